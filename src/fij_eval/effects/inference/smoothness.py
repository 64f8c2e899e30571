"""Fixed-length intervals when the difference in trends may bend by at most M from step to step.

The interval is centred at a weighted sum of all coefficients, with the target's weights on the
post-periods. Its half-length is the level's quantile of the size of a normal with the largest bias
that the restriction allows and the sum's variance; the pre-period weights minimise it.

Any path of trend differences that is zero in the base period is a first slope plus bends. So the
bias is a linear function of these: its coefficient on the slope must vanish, or the bias has no
limit, and the largest bias is M times the sum of the sizes of its coefficients on the bends.

Source: Rambachan & Roth (2023), sections 2.4.2 and 4.1; Armstrong & Kolesár (2018, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.optimize import LinearConstraint, brentq, minimize
from scipy.special import ndtr

from fij_eval.effects.inference.honest import EventStudy, RobustInterval
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.errors import EstimationError


def smoothness(
    study: EventStudy, *, bounds: Sequence[float], level: float = 0.95
) -> tuple[RobustInterval, ...]:
    """Fixed-length intervals for the target, one for each M.

    Args:
        study: The event study. M bounds the change of the slope, per unit of ``study.spacing``,
            from one step to the next.
        bounds: Values of M, in the unit of the coefficients, not negative.
        level: Confidence level.

    Raises:
        EstimationError: If a bound is negative, or the optimiser finds no solution.
    """
    problem = _Problem.of(study)
    return tuple(_interval(study, problem, bound, level) for bound in bounds)


def breakdown_smoothness(
    study: EventStudy, *, level: float = 0.95, relative_accuracy: float = 0.001
) -> float:
    """Largest M for which the fixed-length interval excludes no effect.

    Returns:
        The value to ``relative_accuracy`` of the standard error, 0 if the interval holds no effect
        even for M = 0, and infinity if it never does within 1,000 standard errors.
    """
    problem = _Problem.of(study)

    def excludes(bound: float) -> bool:
        return _interval(study, problem, bound, level).excludes_zero

    if not excludes(0.0):
        return 0.0
    low, high = 0.0, study.se
    while excludes(high):
        low, high = high, 2 * high
        if high > 1_000 * study.se:
            return float("inf")
    while high - low > relative_accuracy * study.se:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return low


def folded_quantile(bias: float, level: float) -> float:
    """Quantile of the size of a normal with mean ``bias`` and variance one."""

    def excess(x: float) -> float:
        return float(ndtr(x - bias) - ndtr(-x - bias)) - level

    return float(brentq(excess, 0.0, bias + 10.0, xtol=1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The pre-period weights that make the bias finite, and what bias and variance they give.

    Weights on all coefficients are ``start + free u``; the bias has the coefficients ``bend_start +
    bend_free u`` on the bends that u can move and adds ``fixed`` for those that it cannot.
    Everything is measured in the target's standard errors.
    """

    start: FloatArray
    free: FloatArray
    bend_start: FloatArray
    bend_free: FloatArray
    fixed: float
    covariance: FloatArray
    scale: float

    @classmethod
    def of(cls, study: EventStudy) -> _Problem:
        k, pre = len(study.coefficients), study.pre
        levels = np.insert(np.eye(k), pre, 0.0, axis=0)
        slopes = np.diff(levels, axis=0) / study.spacing[:, None]
        # from coefficients to the first slope after the base and all bends; inverted
        path = np.linalg.inv(np.vstack([slopes[pre], np.diff(slopes, axis=0)]))
        target = np.concatenate([np.zeros(pre), study.target])
        slope_of_pre = path[:pre, 0]
        particular = np.zeros(k)
        particular[:pre] = -slope_of_pre * (target @ path[:, 0]) / (slope_of_pre @ slope_of_pre)
        free = np.zeros((k, pre - 1))
        free[:pre] = linalg.null_space(slope_of_pre[None, :])
        start = target + particular
        bend_start, bend_free = path[:, 1:].T @ start, path[:, 1:].T @ free
        moves = np.abs(bend_free).max(axis=1) > 1e-10 * np.abs(bend_free).max()
        return cls(
            start=start,
            free=free,
            bend_start=bend_start[moves],
            bend_free=bend_free[moves],
            fixed=float(np.abs(bend_start[~moves]).sum()),
            covariance=study.covariance / study.se**2,
            scale=study.se,
        )

    def smallest_variance(self) -> FloatArray:
        """The u with the smallest variance."""
        left = self.free.T @ self.covariance
        return np.asarray(np.linalg.solve(left @ self.free, -left @ self.start))

    def variance(self, u: FloatArray) -> tuple[float, FloatArray]:
        """Variance and its gradient."""
        weights = self.start + self.free @ u
        pull = self.covariance @ weights
        return float(weights @ pull), np.asarray(2 * self.free.T @ pull)

    def best(self, bound: float, level: float) -> tuple[FloatArray, float]:
        """Weights and half-length, in target standard errors, for M in the same unit."""
        u = self.smallest_variance()
        if bound == 0:
            half = folded_quantile(0.0, level) * np.sqrt(self.variance(u)[0])
            return self.start + self.free @ u, float(half)
        count = self.free.shape[1]

        def half_length(x: FloatArray) -> tuple[float, FloatArray]:
            variance, gradient = self.variance(x[:count])
            sd = np.sqrt(variance)
            largest = bound * (self.fixed + x[count:].sum())
            t = largest / sd
            q = folded_quantile(t, level)
            near, far = np.exp(-((q - t) ** 2) / 2), np.exp(-((q + t) ** 2) / 2)
            rate = float((near - far) / (near + far))  # of the quantile in t
            on_sd = q - rate * t
            slope = np.concatenate(
                [on_sd * gradient / (2 * sd), np.full(len(x) - count, rate * bound)]
            )
            return float(q * sd), slope

        # z >= |bends|, so that the sum of sizes is smooth
        rows = np.vstack(
            [
                np.column_stack([-self.bend_free, np.eye(len(self.bend_start))]),
                np.column_stack([self.bend_free, np.eye(len(self.bend_start))]),
            ]
        )
        shift = np.concatenate([-self.bend_start, self.bend_start])
        limits = LinearConstraint(rows, lb=-shift)
        flattest = np.linalg.lstsq(self.bend_free, -self.bend_start, rcond=None)[0]
        best: tuple[FloatArray, float] | None = None
        for first in (u, flattest, (u + flattest) / 2):
            sizes = np.abs(self.bend_start + self.bend_free @ first)
            found = minimize(
                half_length,
                np.concatenate([first, sizes]),
                jac=True,
                constraints=[limits],
                method="SLSQP",
                options={"ftol": 1e-12, "maxiter": 500},
            )
            reached = found.x[:count]
            if not np.isfinite(reached).all():
                continue
            exact = np.concatenate([reached, np.abs(self.bend_start + self.bend_free @ reached)])
            value = half_length(exact)[0]
            if np.isfinite(value) and (best is None or value < best[1]):
                best = (self.start + self.free @ reached, value)
        if best is None:
            raise EstimationError(
                "The optimal fixed-length interval could not be found",
                where=f"smoothness, M {bound * self.scale:g}",
            )
        return best


def _interval(study: EventStudy, problem: _Problem, bound: float, level: float) -> RobustInterval:
    if bound < 0:
        raise EstimationError("M is negative")
    weights, half = problem.best(bound / problem.scale, level)
    centre = float(weights @ study.coefficients)
    reach = half * problem.scale
    return RobustInterval("smoothness", bound, centre - reach, centre + reach, level)
