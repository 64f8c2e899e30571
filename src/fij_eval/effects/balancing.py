"""Entropy balancing: comparison units weighted so that their covariates match the network's.

Hainmueller (2012, Political Analysis 20(1), equations 4-8): the weights that stay nearest to equal
ones (or to residents, for the person average) in relative entropy while the weighted means of the
covariates equal the network's. The effect is the difference of the weighted mean changes, which is
doubly robust (Zhao & Percival 2017, Journal of Causal Inference 5(1)). Balance is on facts of the
reference month, never on outcomes before kick-off: matching on one noisy level invites regression
to the mean. The error counts that the weights are estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.changes import Changes, at_least_one, changes
from fij_eval.effects.samples import Floats, NotEstimableError, Sample, Windows

_MOST_STEPS, _STOP = 200, 1e-12
#: Weights this uneven (log of the largest over the mean) mean that no finite solution exists.
_UNEVEN = 30.0


@dataclass(frozen=True, eq=False, slots=True)
class Covariate:
    """Balance of one covariate column: means, and normalised differences of the arms.

    The normalised difference is the difference in means over the root of the mean of the arms'
    variances before weighting (Imbens & Rubin 2015, section 14.2).
    """

    name: str
    network: float
    comparison: float
    comparison_weighted: float
    difference: float
    difference_weighted: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Balanced:
    """The estimate with its weights and the balance they reach.

    Attributes:
        att: The effect.
        variance: Its variance, with the estimation of the weights in it.
        comparison_weights: Weight of each comparison unit, sum one.
        units: What entered; comparison units in the order of the weights.
        effective_comparisons: 1 / sum of squared weights.
        largest_weight: The largest weight.
        balance: Balance of each covariate before and after.
    """

    att: float
    variance: float
    comparison_weights: Floats
    units: Changes
    effective_comparisons: float
    largest_weight: float
    balance: tuple[Covariate, ...]


def estimate(
    sample: Sample, windows: Windows, *, estimand: str, covariates: Sequence[str]
) -> Balanced:
    """The effect with comparison units weighted by entropy balancing.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates of the reference month.

    Raises:
        NotEstimableError: If an arm is empty, there is no covariate, or no weights balance them:
            the network's means lie outside what comparison units span.
    """
    units = changes(sample, windows, estimand=estimand, covariates=at_least_one(covariates))
    d = units.treated
    aim = units.weight[d] / units.weight[d].sum()
    start = units.weight[~d] / units.weight[~d].sum()
    mean = aim @ units.x[d]
    omega = entropy_weights(units.x[~d], mean, start)
    m1, m0 = float(aim @ units.change[d]), float(omega @ units.change[~d])
    centred = units.x - mean
    # What the balancing leaves of each change: the residual of a weighted regression on covariates.
    spread = centred[~d].T @ (centred[~d] * omega[:, None])
    slope = np.linalg.lstsq(spread, centred[~d].T @ (omega * (units.change[~d] - m0)))[0]
    influence = np.zeros(len(d))
    influence[d] = aim * (units.change[d] - m1 - centred[d] @ slope)
    influence[~d] = -omega * (units.change[~d] - m0 - centred[~d] @ slope)
    return Balanced(
        att=m1 - m0,
        variance=float((influence**2).sum()) * len(d) / (len(d) - 1),
        comparison_weights=omega,
        units=units,
        effective_comparisons=float(1 / (omega**2).sum()),
        largest_weight=float(omega.max()),
        balance=balance(units, omega),
    )


def entropy_weights(x: Floats, mean: Floats, start: Floats) -> Floats:
    """Weights nearest to ``start`` in relative entropy whose mean of x is ``mean``, n, sum one.

    Newton's method on the dual, log of sum start exp(-(x - mean) lambda), which is convex.

    Args:
        x: Covariates of comparison units, n x k.
        mean: Means to reach, k.
        start: Base weights, n, sum one.

    Raises:
        NotEstimableError: If no positive weights reach the means.
    """
    centred = x - mean
    scale = np.sqrt((centred**2).mean(axis=0))
    centred = centred / np.where(scale > 0, scale, 1.0)
    lam = np.zeros(x.shape[1])
    value, omega = _dual(centred, start, lam)
    for _ in range(_MOST_STEPS):
        gradient = -omega @ centred
        if np.abs(gradient).max(initial=0.0) < _STOP:
            return omega
        hessian = centred.T @ (centred * omega[:, None]) - np.outer(gradient, gradient)
        step = -np.linalg.lstsq(hessian, gradient)[0]
        if not np.isfinite(step).all():  # so uneven that the curvature is rounding
            break
        length, fall = 1.0, float(gradient @ step)
        while length > _STOP:
            new, weighted = _dual(centred, start, lam + length * step)
            if new <= value + 1e-4 * length * fall + 1e-15 * (1 + abs(value)):
                break
            length /= 2
        lam, value, omega = lam + length * step, new, weighted
        if np.log(omega.max() * len(omega)) > _UNEVEN or np.abs(lam).max() > 1 / _STOP:
            break
    raise NotEstimableError(
        "no weights of comparison municipalities reach the network's covariate means"
    )


def balance(units: Changes, omega: Floats) -> tuple[Covariate, ...]:
    """Balance of each covariate before and after weighting the comparison units by ``omega``."""
    d = units.treated
    w1 = units.weight[d] / units.weight[d].sum()
    w0 = units.weight[~d] / units.weight[~d].sum()
    rows = []
    for name, column in zip(units.names, units.x.T, strict=True):
        one, zero, weighted = w1 @ column[d], w0 @ column[~d], omega @ column[~d]
        spread = np.sqrt((_variance(column[d], w1) + _variance(column[~d], w0)) / 2)
        by = spread if spread > 0 else np.nan
        rows.append(
            Covariate(
                name,
                float(one),
                float(zero),
                float(weighted),
                float((one - zero) / by),
                float((one - weighted) / by),
            )
        )
    return tuple(rows)


def _variance(values: Floats, w: Floats) -> float:
    """Weighted variance, weights with sum one."""
    return float(w @ (values - w @ values) ** 2)


def _dual(centred: Floats, start: Floats, lam: Floats) -> tuple[float, Floats]:
    """Value of the dual and the weights it implies."""
    exponent = -centred @ lam
    top = exponent.max()
    raw = start * np.exp(exponent - top)
    total = raw.sum()
    return float(np.log(total) + top), raw / total
