"""Fractional logit difference in differences over many replications at once.

The outcome is the mean share of a window, its logit linear in covariates and arm before kick-off
and, without the network, after it (Wooldridge 2023, Econometrics Journal 26(3)). With the canonical
link the pooled quasi-likelihood estimate is that of imputation: a fit of the base window on all
units and one of the post window on comparison units predict what the treated would have had; the
effect is the mean observed less the mean predicted share, in percentage points. Shares of 0 and 1
stay in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

STEPS = 25
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class FractionalFit:
    """Effects as differences in shares; leading axes are replications.

    Attributes:
        estimate: (...,).
        influence: Each unit's part, residual form, (..., n).
        left_out: One-step approximation to the estimate less that without each unit, (..., n).
        units: Units that enter, (...,).
        converged: Whether both fits did, (...,).
    """

    estimate: FloatArray
    influence: FloatArray
    left_out: FloatArray
    units: FloatArray
    converged: NDArray[np.bool_]

    @property
    def df(self) -> FloatArray:
        """Degrees of freedom G - 1."""
        return self.units - 1

    def cv1(self) -> FloatArray:
        """Cluster-robust error G / (G - 1), (...,)."""
        factor = self.units / (self.units - 1)
        return np.asarray(np.sqrt(factor * (self.influence**2).sum(axis=-1)))

    def cv3(self) -> FloatArray:
        """Cluster-jackknife error, one Newton step from the full sample, (...,)."""
        factor = (self.units - 1) / self.units
        return np.asarray(np.sqrt(factor * (self.left_out**2).sum(axis=-1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Logit:
    """A weighted fractional logit: coefficients, scores and leverage."""

    coefficient: FloatArray
    mean: FloatArray
    scores: FloatArray
    inverse: FloatArray
    leverage: FloatArray
    converged: NDArray[np.bool_]


def did(
    base: FloatArray,
    post: FloatArray,
    treated: FloatArray,
    covariates: FloatArray,
    weight: FloatArray,
) -> FractionalFit:
    """Fractional logit difference in differences of two windows.

    Args:
        base: Mean share in the base window, (..., n).
        post: Mean share in the post window, (..., n).
        treated: 0 or 1, (..., n).
        covariates: (..., n, k), without intercept.
        weight: 0 for units that do not enter, (..., n).
    """
    enters = weight > 0
    d = np.where(enters, treated, 0.0)
    clean = np.where(enters[..., None], covariates, 0.0)
    total = weight.sum(axis=-1)[..., None]
    mean = (clean * weight[..., None]).sum(axis=-2) / total
    spread = np.sqrt(((clean - mean[..., None, :]) ** 2 * weight[..., None]).sum(axis=-2) / total)
    x = (clean - mean[..., None, :]) / np.where(spread > 0, spread, 1.0)[..., None, :]
    one = np.concatenate([np.ones_like(d)[..., None], x], axis=-1)
    y0, y1 = (np.where(enters, values, 0.0) for values in (base, post))
    before = _logit(y0, np.concatenate([one, d[..., None]], axis=-1), weight)
    after = _logit(y1, one, weight * (1 - d))
    gap = before.coefficient[..., -1]
    predicted = expit(_times(one, after.coefficient) + gap[..., None])
    share = weight * d / (weight * d).sum(axis=-1)[..., None]
    estimate = (share * (y1 - predicted)).sum(axis=-1)
    slope = share * predicted * (1 - predicted)
    # how the mean prediction moves with the coefficients of either fit
    with_after = _sums(slope, one)
    with_gap = slope.sum(axis=-1)
    direct = share * (y1 - predicted - estimate[..., None])
    own = 1 - share
    through_after = _times(after.scores, _times(after.inverse, with_after))
    through_gap = _times(before.scores, before.inverse[..., -1])
    through_gap = through_gap * with_gap[..., None]
    return FractionalFit(
        estimate=estimate,
        influence=direct - through_after - through_gap,
        left_out=direct / own
        - through_after / (1 - after.leverage)
        - through_gap / (1 - before.leverage),
        units=enters.sum(axis=-1).astype(np.float64),
        converged=before.converged & after.converged,
    )


def _logit(y: FloatArray, x: FloatArray, weight: FloatArray) -> _Logit:
    """Newton's method on the Bernoulli quasi-likelihood, all replications together."""
    coefficient = np.zeros((*x.shape[:-2], x.shape[-1]))
    level = (weight * y).sum(axis=-1) / weight.sum(axis=-1)
    coefficient[..., 0] = np.log(level / (1 - level))
    moved = np.full(level.shape, np.inf)
    for _ in range(STEPS):
        mean = np.asarray(expit(_times(x, coefficient)))
        hessian = np.swapaxes(x, -1, -2) @ (x * (weight * mean * (1 - mean))[..., None])
        gradient = _sums(weight * (y - mean), x)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        # a replication that is done stays as it is, so that its numbers do not depend on the others
        going = moved >= TOLERANCE
        coefficient = coefficient + np.where(going[..., None], np.clip(step, -2.0, 2.0), 0.0)
        moved = np.where(going, np.abs(step).max(axis=-1), moved)
        if (moved < TOLERANCE).all():
            break
    mean = np.asarray(expit(_times(x, coefficient)))
    variance = weight * mean * (1 - mean)
    hessian = np.swapaxes(x, -1, -2) @ (x * variance[..., None])
    inverse: FloatArray = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return _Logit(
        coefficient=coefficient,
        mean=mean,
        scores=x * (weight * (y - mean))[..., None],
        inverse=inverse,
        leverage=((x @ inverse) * x).sum(axis=-1) * variance,
        converged=np.asarray(moved < np.sqrt(TOLERANCE)),
    )


def _times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Matrix times vector; a product a replication, so that none depends on the others."""
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _sums(values: FloatArray, matrix: FloatArray) -> FloatArray:
    """Vector times matrix, likewise."""
    return np.asarray((values[..., None, :] @ matrix)[..., 0, :])
