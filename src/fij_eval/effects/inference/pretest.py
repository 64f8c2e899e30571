"""What a test of pre-trends could have seen, and what passing it leaves.

A pre-test that finds nothing says little where it had little power, and conditioning on it changes
the bias. Both are computed for a linear difference in trends.

Source: Roth (2022), American Economic Review: Insights 4(3); the slope found with given power and
the bias given a passed test are those of its section I and of the R package ``pretrends``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.errors import EstimationError

PretestForm = Literal["any", "joint"]

# The rectangle probability is a quasi-Monte Carlo sum: a fixed seed makes it a smooth function of
# the slope, so that it can be inverted.
_SEED = 20220


@dataclass(frozen=True, slots=True)
class PretestPower:
    """A linear difference in trends that the pre-test finds with given probability.

    Attributes:
        form: ``any``: some pre-period coefficient is significant; ``joint``: the Wald test is.
        power: Probability of finding it.
        slope: Difference in trends per unit of time.
        bias: Bias of the target that the slope implies.
        bias_if_passed: Bias of the target in samples in which the pre-test finds nothing.
        size: Probability that the pre-test rejects when trends are the same.
    """

    form: PretestForm
    power: float
    slope: float
    bias: float
    bias_if_passed: float
    size: float


def pretest_power(
    covariance: ArrayLike,
    times: ArrayLike,
    *,
    pre: int,
    target: ArrayLike,
    power: float,
    rng: np.random.Generator,
    form: PretestForm = "any",
    level: float = 0.95,
    draws: int = 100_000,
) -> PretestPower:
    """Slope that the pre-test finds with probability ``power``, and the bias that it implies.

    Args:
        covariance: Covariance of the event-study coefficients, pre-periods first, (K, K).
        times: Time of each coefficient relative to the base period, shape (K,); negative before.
        pre: Number of pre-period coefficients.
        target: Weights of the post-period coefficients in the target, shape (K - pre,).
        power: Probability of finding the slope.
        rng: Stream of the draws for the bias given a passed test.
        form: Which pre-test.
        level: Confidence level of the pre-test.
        draws: Number of draws.

    Raises:
        EstimationError: If there is no pre-period, shapes do not match, or the power is below the
            pre-test's size.
    """
    sigma = np.asarray(covariance, dtype=np.float64)
    when = np.asarray(times, dtype=np.float64)
    weights = np.asarray(target, dtype=np.float64)
    if pre < 1:
        raise EstimationError("Without a period before the base period there is no pre-test")
    if sigma.shape != (len(when), len(when)) or len(weights) != len(when) - pre:
        raise EstimationError("Covariance, times and target of a pre-test do not match in shape")
    before = sigma[:pre, :pre]
    rejection = _rejection(before, when[:pre], form, level)
    size = rejection(0.0)
    if not size < power < 1:
        raise EstimationError(
            f"The pre-test rejects with probability {size:.3f} when trends are the same, so that "
            f"no slope gives {power}",
            remedy="ask for a higher power",
        )
    unit = float(np.sqrt(np.diag(before)).max() / np.abs(when[:pre]).max())
    high = unit
    while rejection(high) < power:
        high *= 2
    slope = float(brentq(lambda s: rejection(s) - power, 0.0, high, xtol=1e-9 * unit))
    shifted = slope * when[:pre]
    half = np.linalg.cholesky(before)
    drawn = shifted + rng.standard_normal((draws, pre)) @ half.T
    passed = ~_rejects(drawn, before, form, level)
    mean_if_passed = drawn[passed].mean(axis=0)
    bias = slope * float(weights @ when[pre:])
    # regression of the target on the pre-period coefficients carries the truncation over
    carried = weights @ sigma[pre:, :pre] @ np.linalg.solve(before, mean_if_passed - shifted)
    return PretestPower(form, power, slope, bias, bias + float(carried), size)


def _rejection(
    before: FloatArray, when: FloatArray, form: PretestForm, level: float
) -> Callable[[float], float]:
    """Probability that the pre-test rejects, as a function of the slope."""
    if form == "joint":
        information = float(when @ np.linalg.solve(before, when))
        cut = stats.chi2.ppf(level, len(when))

        def joint(slope: float) -> float:
            return float(stats.ncx2.sf(cut, len(when), max(slope**2 * information, 1e-300)))

        return joint
    width = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(before))

    def some(slope: float) -> float:
        inside = stats.multivariate_normal.cdf(
            width,
            mean=slope * when,
            cov=before,
            lower_limit=-width,
            rng=np.random.default_rng(_SEED),
        )
        return 1 - float(inside)

    return some


def _rejects(
    drawn: FloatArray, before: FloatArray, form: PretestForm, level: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether the pre-test rejects in each draw."""
    if form == "joint":
        wald = np.einsum("bk,bk->b", drawn, np.linalg.solve(before, drawn.T).T)
        return np.asarray(wald > stats.chi2.ppf(level, drawn.shape[1]))
    width = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(before))
    return np.asarray((np.abs(drawn) > width).any(axis=1))
