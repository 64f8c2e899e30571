"""Intervals that allow trends to differ after treatment as much as they differed before it.

The target is a weighted average of post-period effects. Under relative magnitudes the difference
in trends may change from one snapshot to the next by at most M-bar times its largest change before
treatment. The confidence set is the union, over which earlier change is the largest and its sign,
of the hybrid conditional/least-favourable sets of Andrews, Roth & Pakes (2023).

The dual of their linear programme has a feasible set that does not depend on the data, and for this
restriction its vertices can be written down: with T post-periods there are T + 2 (``_Component``).
So every programme is a maximum over T + 2 numbers, every critical value a formula, and a whole grid
of hypothesised values is a few array operations; no solver is called.

Decisions component by component are those of moderndid 0.2 (a test compares them), but its union
leaves out the earliest change before treatment, which the definition and R's HonestDiD include;
where that change is the largest its intervals are too short.

Source: Rambachan & Roth (2023), sections 2.4.1 and 3, footnote 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.errors import CheckError, EstimationError

# Draws for the least favourable critical value. Its level is a tenth of the test's, so that 200 of
# these lie beyond it.
LEAST_FAVOURABLE_DRAWS = 40_000
GRID = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Coefficients of an event study with a universal base, in order of time.

    Attributes:
        coefficients: Pre-periods, then post-periods; the base period, zero, lies between, (K,).
        covariance: Their covariance, shape (K, K).
        pre: Number of pre-period coefficients.
        target: Weights of the post-periods in the target, shape (K - pre,).
        spacing: Length of each of the K steps between neighbours among the K + 1 periods, base
            period included, in order, shape (K,). Ones compare changes by snapshot, as in the
            source; months between snapshots compare changes by month.
    """

    coefficients: FloatArray
    covariance: FloatArray
    pre: int
    target: FloatArray
    spacing: FloatArray

    @property
    def estimate(self) -> float:
        """The target under parallel trends."""
        return float(self.target @ self.coefficients[self.pre :])

    @property
    def se(self) -> float:
        """Standard error of ``estimate``."""
        post = self.covariance[self.pre :, self.pre :]
        return float(np.sqrt(self.target @ post @ self.target))


@dataclass(frozen=True, slots=True)
class RobustInterval:
    """Interval for the target under a restriction on the difference in trends.

    Attributes:
        restriction: ``relative_magnitudes`` or ``smoothness``.
        bound: M-bar or M.
        ci_low: Lower limit.
        ci_high: Upper limit.
        level: Confidence level.
    """

    restriction: str
    bound: float
    ci_low: float
    ci_high: float
    level: float

    @property
    def excludes_zero(self) -> bool:
        """Whether no effect lies outside the interval."""
        return self.ci_low > 0 or self.ci_high < 0


def event_study(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    *,
    pre: int,
    target: ArrayLike | None = None,
    spacing: ArrayLike | None = None,
) -> EventStudy:
    """Checked input of the robust intervals.

    Args:
        coefficients: Pre-periods then post-periods, without the base period, shape (K,).
        covariance: Full covariance, shape (K, K).
        pre: Number of pre-period coefficients.
        target: Weights of the post-periods; None for their average.
        spacing: See ``EventStudy``; None for ones.

    Raises:
        EstimationError: If there are fewer than two pre-period coefficients or no post-period.
        CheckError: If the covariance is diagonal, not symmetric or not positive semidefinite.
    """
    beta = np.asarray(coefficients, dtype=np.float64)
    sigma = np.asarray(covariance, dtype=np.float64)
    post = len(beta) - pre
    if pre < 2 or post < 1:
        raise EstimationError(
            f"Robust intervals need at least two coefficients before the base period and one after "
            f"it; there are {pre} and {post}",
            remedy="with fewer pre-periods nothing can be learnt of how far trends differ",
        )
    weights = np.full(post, 1 / post) if target is None else np.asarray(target, dtype=np.float64)
    gaps = np.ones(len(beta)) if spacing is None else np.asarray(spacing, dtype=np.float64)
    if sigma.shape != (len(beta),) * 2 or weights.shape != (post,) or gaps.shape != beta.shape:
        raise CheckError("Coefficients, covariance, target and spacing do not match in shape")
    if not (np.isfinite(beta).all() and np.isfinite(sigma).all() and (gaps > 0).all()):
        raise CheckError("A coefficient, a covariance or a spacing is missing or not positive")
    if np.abs(sigma - np.diag(np.diag(sigma))).max() <= 1e-12 * np.diag(sigma).max():
        raise CheckError(
            "The covariance of the event study is diagonal, which coefficients that share a base "
            "period cannot have",
            where="robust intervals",
            remedy="pass the full covariance of the event study",
        )
    smallest = np.linalg.eigvalsh((sigma + sigma.T) / 2)[0]
    if np.abs(sigma - sigma.T).max() > 1e-8 * np.abs(sigma).max() or smallest < -1e-10 * (
        np.abs(sigma).max()
    ):
        raise CheckError("The covariance of the event study is not symmetric and positive")
    return EventStudy(beta, (sigma + sigma.T) / 2, pre, weights, gaps)


def relative_magnitudes(
    study: EventStudy,
    *,
    rng: np.random.Generator,
    bounds: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
    level: float = 0.95,
) -> tuple[RobustInterval, ...]:
    """Robust intervals for the target, one for each M-bar.

    Args:
        study: The event study.
        rng: Stream of the draws for the least favourable critical values.
        bounds: Values of M-bar, not negative.
        level: Confidence level.

    Raises:
        EstimationError: If a bound is negative, or a set is empty.
    """
    normal = rng.standard_normal((LEAST_FAVOURABLE_DRAWS, len(study.coefficients)))
    return tuple(_interval(study, bound, normal, level) for bound in bounds)


def accepted(
    study: EventStudy,
    values: ArrayLike,
    *,
    bound: float,
    normal: FloatArray,
    level: float = 0.95,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether hypothesised values of the target lie in the robust confidence set at one M-bar.

    The set itself, without the search for its ends: what a simulation needs many times.

    Args:
        study: The event study.
        values: Values of the target, shape (J,).
        bound: M-bar, not negative.
        normal: Standard normal draws for the least favourable critical values, shape (B, K); the
            same draws may serve many studies.
        level: Confidence level.

    Raises:
        EstimationError: If the bound is negative.
    """
    theta = np.asarray(values, dtype=np.float64)
    return _in_set(list(_components(study, bound, normal, 1 - level)), theta)


def breakdown(
    study: EventStudy, *, rng: np.random.Generator, level: float = 0.95, highest: float = 10.0
) -> float:
    """Largest M-bar for which the robust interval excludes no effect.

    Args:
        study: The event study.
        rng: Stream of the draws, the same for every M-bar.
        level: Confidence level.
        highest: Where the search ends.

    Returns:
        The value to 0.01, 0 if the interval holds no effect even for M-bar 0, and ``highest`` if it
        never does.
    """
    normal = rng.standard_normal((LEAST_FAVOURABLE_DRAWS, len(study.coefficients)))
    if not _interval(study, 0.0, normal, level).excludes_zero:
        return 0.0
    if _interval(study, highest, normal, level).excludes_zero:
        return highest
    low, high = 0.0, highest
    while high - low > 0.01:
        middle = (low + high) / 2
        if _interval(study, middle, normal, level).excludes_zero:
            low = middle
        else:
            high = middle
    return low


def _interval(study: EventStudy, bound: float, normal: FloatArray, level: float) -> RobustInterval:
    """Interval from the outermost accepted values, refined by bisection."""
    components = list(_components(study, bound, normal, 1 - level))
    steps = np.concatenate([study.coefficients[: study.pre], [0.0]])
    largest = float(np.max(np.abs(np.diff(steps)) / study.spacing[: study.pre]))
    reach = np.abs(study.target) @ np.cumsum(study.spacing[study.pre :])
    half = bound * float(reach) * largest + 20 * study.se
    for _ in range(12):  # doubled until both ends are rejected
        grid = study.estimate + half * np.linspace(-1, 1, GRID + 1)
        inside = np.flatnonzero(_in_set(components, grid))
        if not inside.size or (inside[0] > 0 and inside[-1] < GRID):
            break
        half *= 2
    if not inside.size:
        raise EstimationError(
            "No value of the effect is compatible with the restriction on trends",
            where=f"relative magnitudes, M-bar {bound}",
        )
    limits = []
    for edge, outside in ((inside[0], inside[0] - 1), (inside[-1], inside[-1] + 1)):
        if not 0 <= outside <= GRID:
            limits.append(np.inf if outside > GRID else -np.inf)
            continue
        good, bad = grid[edge], grid[outside]
        for _ in range(20):
            middle = (good + bad) / 2
            held = _in_set(components, np.array([middle]))[0]
            good, bad = (middle, bad) if held else (good, middle)
        limits.append(float(good))
    return RobustInterval("relative_magnitudes", bound, limits[0], limits[1], level)


@dataclass(frozen=True, slots=True, eq=False)
class _Component:
    """The test when a given earlier change, with a given sign, is the largest.

    The moments are, for each post-period t, plus and minus the change of the trend difference less
    M-bar times the largest earlier change v. The dual is: maximise lambda'y over lambda >= 0 with
    lambda'sd = 1 that leave only the target of the effects, (lambda+ - lambda-)'D = c l', where D
    takes first differences. So lambda+ - lambda- = c m with m_t the sum of the target's weights
    from t on. The vertices are c > 0 and c < 0 with nothing in both lambda+ and lambda-, and, with
    c = 0, both of one t. In numbers: (l'b - theta - k v), (theta - l'b - k v) and -2 M v, each over
    the matching sum of standard deviations.

    Attributes:
        at_zero: Vertex values at theta = 0, shape (J,).
        slope: What a unit of theta takes from them, shape (J,).
        covariance: Covariance of the vertex values, shape (J, J).
        least_favourable: Critical value of the first stage.
        size: Size of the second stage.
    """

    at_zero: FloatArray
    slope: FloatArray
    covariance: FloatArray
    least_favourable: float
    size: float

    def rejects(self, theta: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the hybrid test rejects each hypothesised value of the target."""
        values = self.at_zero[:, None] - self.slope[:, None] * theta
        best = values.argmax(axis=0)
        column = np.arange(len(theta))
        eta = values[best, column]
        variance = np.diag(self.covariance)[best]
        ratio = self.covariance[:, best] / np.where(variance > 0, variance, 1.0)
        # the value at which another vertex takes over, given what is independent of this one
        with np.errstate(divide="ignore", invalid="ignore"):
            cross = (values - ratio * eta) / (1 - ratio)
        near = np.abs(1 - ratio) < 1e-9
        low = np.where((ratio < 1) & ~near, cross, -np.inf).max(axis=0)
        high = np.where((ratio > 1) & ~near, cross, np.inf).min(axis=0)
        high = np.minimum(high, self.least_favourable)
        sd = np.sqrt(np.where(variance > 0, variance, 1.0))
        tail = _tail(eta / sd, low / sd, high / sd)
        second = (eta > 0) & (tail < self.size)
        rejects = (eta > self.least_favourable) | second
        # a vertex without variance is the identified set itself
        return np.asarray(np.where(variance > 0, rejects, eta > 0))


def _in_set(
    components: Sequence[_Component], theta: FloatArray
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether some component does not reject each hypothesised value of the target."""
    return np.asarray(np.logical_or.reduce([~one.rejects(theta) for one in components]))


def _components(
    study: EventStudy, bound: float, normal: FloatArray, alpha: float
) -> Iterator[_Component]:
    """All components of the union, with their first-stage critical values."""
    if bound < 0:
        raise EstimationError("M-bar is negative")
    pre, k = study.pre, len(study.coefficients)
    post = k - pre
    kappa = alpha / 10
    # rows that take changes: before (the last one ends in the base period's zero) and after
    steps = np.zeros((k, k))
    for row in range(pre):
        steps[row, row] = -1
        if row + 1 < pre:
            steps[row, row + 1] = 1
    for row in range(pre, k):
        steps[row, row] = 1
        if row > pre:
            steps[row, row - 1] = -1
    rate = steps / study.spacing[:, None]
    allowed = bound * study.spacing[pre:]
    m = np.cumsum(study.target[::-1])[::-1]
    effect = np.concatenate([np.zeros(pre), study.target])
    half = np.linalg.cholesky(study.covariance + 1e-14 * np.trace(study.covariance) * np.eye(k))
    for row in range(pre):
        for sign in (1.0, -1.0):
            v = sign * rate[row]
            moments = [s * steps[pre + t] - allowed[t] * v for s in (1, -1) for t in range(post)]
            sd = np.sqrt(np.einsum("jk,kl,jl->j", moments, study.covariance, np.array(moments)))
            up, down = sd[:post], sd[post:]
            slack = float(np.abs(m) @ allowed) * v
            plus = float(np.maximum(m, 0) @ up + np.maximum(-m, 0) @ down)
            minus = float(np.maximum(m, 0) @ down + np.maximum(-m, 0) @ up)
            rows = [(effect - slack) / plus, (-effect - slack) / minus]
            rows += [-2 * allowed[t] * v / (up[t] + down[t]) for t in range(post)]
            gradient = np.array(rows)
            slope = np.concatenate([[1 / plus, -1 / minus], np.zeros(post)])
            drawn = (normal @ (gradient @ half).T).max(axis=1)
            yield _Component(
                at_zero=gradient @ study.coefficients,
                slope=slope,
                covariance=gradient @ study.covariance @ gradient.T,
                least_favourable=float(np.quantile(drawn, 1 - kappa)),
                size=(alpha - kappa) / (1 - kappa),
            )


def _tail(z: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Probability that a standard normal between ``low`` and ``high`` exceeds ``z``.

    One where z lies outside the limits, which only rounding can bring about. In logarithms, because
    the limits may lie far out in the tail.
    """
    inside = (low <= z) & (z <= high) & (low < high)
    log_z, log_low, log_high = (stats.norm.logsf(x) for x in (z, low, high))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.exp(log_z - log_low) * np.expm1(log_high - log_z) / np.expm1(log_high - log_low)
    return np.where(inside & np.isfinite(ratio), ratio, 1.0)
