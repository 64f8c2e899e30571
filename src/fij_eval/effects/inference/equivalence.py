"""What the data could have found and can rule out: equivalence, compatible effects, power.

Sources: Schuirmann (1987) for the two one-sided tests; Bloom (1995) for the minimum detectable
effect as a multiple of the standard error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Result of two one-sided tests.

    Attributes:
        margin: Effects smaller than this in size count as none.
        p_value: The larger of the two one-sided p-values: of the hypothesis that the effect is at
            least the margin in size.
        equivalent: Whether that hypothesis is rejected at ``1 - level``.
        ci_low: Lower limit of the interval at ``2 level - 1``, which lies within the margins
            exactly when ``equivalent``.
        ci_high: Upper limit.
        level: Confidence level of the tests.
    """

    margin: float
    p_value: float
    equivalent: bool
    ci_low: float
    ci_high: float
    level: float


def tost(
    estimate: float, se: float, *, margin: float, df: float = np.inf, level: float = 0.95
) -> Equivalence:
    """Two one-sided t tests of the hypothesis that the effect is at least ``margin`` in size.

    Args:
        estimate: The estimate.
        se: Its standard error.
        margin: Positive margin, in the unit of the estimate.
        df: Degrees of freedom; infinite for the normal.
        level: Confidence level.

    Raises:
        EstimationError: If the error or the margin is not positive.
    """
    from scipy import stats  # half a second, which only analyses that ask for it should pay

    _positive(se, "The standard error")
    _positive(margin, "The margin of equivalence")
    above = stats.t.sf((estimate + margin) / se, df)
    below = stats.t.cdf((estimate - margin) / se, df)
    p = float(max(above, below))
    half = float(stats.t.ppf(level, df)) * se
    return Equivalence(margin, p, p < 1 - level, estimate - half, estimate + half, level)


def largest_compatible(
    estimate: float, se: float, *, df: float = np.inf, level: float = 0.95
) -> float:
    """The largest effect in size that the two-sided interval at ``level`` holds.

    Raises:
        EstimationError: If the error is not positive.
    """
    from scipy import stats

    _positive(se, "The standard error")
    return abs(estimate) + float(stats.t.ppf((1 + level) / 2, df)) * se


def power(effect: float, se: float, *, df: float = np.inf, level: float = 0.95) -> float:
    """Probability that the two-sided t test rejects no effect when the effect is ``effect``.

    Raises:
        EstimationError: If the error is not positive.
    """
    from scipy import stats

    _positive(se, "The standard error")
    away = effect / se
    if np.isinf(df):
        cut = stats.norm.ppf((1 + level) / 2)
        return float(stats.norm.sf(cut - away) + stats.norm.cdf(-cut - away))
    cut = stats.t.ppf((1 + level) / 2, df)
    return float(stats.nct.sf(cut, df, away) + stats.nct.sf(cut, df, -away))


def mde(se: float, *, df: float = np.inf, level: float = 0.95, target_power: float = 0.8) -> float:
    """Minimum detectable effect: the smallest size found with probability ``target_power``.

    Args:
        se: Standard error that the design gives.
        df: Degrees of freedom.
        level: Confidence level of the two-sided test.
        target_power: Probability of rejection.

    Raises:
        EstimationError: If the error is not positive or the power not above the test's size.
    """
    _positive(se, "The standard error")
    if not 1 - level < target_power < 1:
        raise EstimationError("The power asked for does not lie between the test's size and one")
    from scipy.optimize import brentq

    root = brentq(
        lambda size: power(size, 1.0, df=df, level=level) - target_power, 0.0, 50.0, xtol=1e-10
    )
    return float(root) * se


def mde_from_draws(draws: ArrayLike, *, level: float = 0.95, target_power: float = 0.8) -> float:
    """Minimum detectable effect from estimates of an effect that is not there.

    The test rejects beyond the quantile of the draws' size; an effect shifts the draws. Nothing is
    assumed of their shape, only that an effect moves them and does not spread them. The answer is
    the larger of the two directions.

    Args:
        draws: Estimates under no effect (A/A or randomization), shape (B,).
        level: Confidence level of the two-sided test.
        target_power: Probability of rejection.

    Raises:
        EstimationError: If there are too few draws for the tails, or they do not vary.
    """
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or len(values) * (1 - level) < 10:
        raise EstimationError(
            "Too few estimates under no effect for a minimum detectable effect",
            remedy="ask for at least 200 draws at level 0.95",
        )
    _positive(float(values.std()), "The spread of the estimates under no effect")
    cut = float(np.quantile(np.abs(values), level))
    # the rejection on the far side is left out: at this power it is far below one in a thousand
    upward = cut - float(np.quantile(values, 1 - target_power))
    downward = cut + float(np.quantile(values, target_power))
    return max(upward, downward)


def _positive(value: float, what: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise EstimationError(f"{what} is not a positive number")
