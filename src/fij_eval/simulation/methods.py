"""Fast array versions of the effect analysis's linear estimators, over many replications at once.

On a balanced panel with one kick-off the two-way fixed-effects regression of two windows, with
covariates of the reference month multiplied by period, is the regression of each unit's change on
treatment and covariates. So everything that shares covariates shares one QR decomposition: all
outcomes (windows, event-study months, placebos, worlds that differ in the effect alone) are columns
of one right-hand side, and leading axes run over replications. Tests hold the results against the
effect room's own estimators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fij_eval.effects.inference.p_values import TIE
from fij_eval.effects.inference.wild import WEBB

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: A column of which less than this part is left beside the others is taken as determined by them.
COLLINEAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """Regressions of m outcomes on treatment and shared covariates; leading axes are replications.

    Attributes:
        estimate: Coefficients on treatment, (..., m).
        influence: Each unit's part in the coefficient, residual form (CV1), (..., n, m).
        leverage: Diagonal of the hat matrix, (..., n).
        units: Units that enter, (...,).
        regressors: Number of coefficients, intercept and treatment included.
        basis: Orthonormal basis of intercept and covariates, weighted, (..., n, k).
        root: Root of the weights, (..., n); 0 for units that do not enter.
        treatment: Treatment with the basis taken out, (..., n).
        outcome: Outcomes with the basis taken out, (..., n, m).
        gram: Squared length of ``treatment``, (...,).
    """

    estimate: FloatArray
    influence: FloatArray
    leverage: FloatArray
    units: FloatArray
    regressors: int
    basis: FloatArray
    root: FloatArray
    treatment: FloatArray
    outcome: FloatArray
    gram: FloatArray

    @property
    def df(self) -> FloatArray:
        """Degrees of freedom G - 1, (...,)."""
        return self.units - 1

    def outcomes(self, columns: slice) -> LinearFit:
        """Some of the outcomes alone."""
        return replace(
            self,
            estimate=self.estimate[..., columns],
            influence=self.influence[..., columns],
            outcome=self.outcome[..., columns],
        )

    def tested_at(self, effects: FloatArray) -> LinearFit:
        """Beside the outcomes, all of them with an effect taken off the treated.

        A test of no effect on the second half is a test of that effect on the first. Of one
        replication.

        Args:
            effects: One for each outcome, (m,).
        """
        moved = self.outcome - self.treatment[:, None] * effects
        return replace(
            self,
            estimate=np.concatenate([self.estimate, self.estimate - effects]),
            influence=np.concatenate([self.influence, self.influence], axis=-1),
            outcome=np.concatenate([self.outcome, moved], axis=-1),
        )

    def one(self, replication: int) -> LinearFit:
        """The fit of one replication."""
        at = replication
        return replace(
            self,
            estimate=self.estimate[at],
            influence=self.influence[at],
            leverage=self.leverage[at],
            units=self.units[at],
            basis=self.basis[at],
            root=self.root[at],
            treatment=self.treatment[at],
            outcome=self.outcome[at],
            gram=self.gram[at],
        )

    @property
    def left_out(self) -> FloatArray:
        """Coefficient less that without each unit, exact, (..., n, m)."""
        return self.influence / (1 - self.leverage)[..., None]

    def cv1(self) -> FloatArray:
        """Cluster-robust errors of the regression of changes, (..., m).

        With one change a cluster this is HC1: the factor is G / (G - k).
        """
        factor = self.units / (self.units - self.regressors)
        return np.asarray(np.sqrt(factor[..., None] * (self.influence**2).sum(axis=-2)))

    def cv3(self) -> FloatArray:
        """Cluster-jackknife errors (MacKinnon, Nielsen & Webb 2023, eq. 15), (..., m)."""
        factor = (self.units - 1) / self.units
        return np.asarray(np.sqrt(factor[..., None] * (self.left_out**2).sum(axis=-2)))

    def covariance(self, columns: slice) -> FloatArray:
        """Jackknife covariance (CV3) of some outcomes' coefficients, (..., m', m').

        The one of the effect room's event study (``event_windows``).
        """
        away = self.left_out[..., columns]
        factor = ((self.units - 1) / self.units)[..., None, None]
        return np.asarray(factor * (np.swapaxes(away, -1, -2) @ away))


def linear(
    outcome: FloatArray, treated: FloatArray, covariates: FloatArray, weight: FloatArray
) -> LinearFit:
    """Weighted regressions of outcomes on treatment, intercept and covariates.

    Args:
        outcome: (..., n, m).
        treated: 0 or 1, (..., n).
        covariates: (..., n, k), without intercept.
        weight: 0 for units that do not enter, (..., n). What stands in their other rows is ignored.

    Raises:
        ValueError: If covariates determine treatment or one another.
    """
    enters = weight > 0
    root = np.sqrt(weight)
    total = weight.sum(axis=-1)
    clean = np.where(enters[..., None], covariates, 0.0)
    mean = (clean * weight[..., None]).sum(axis=-2) / total[..., None]
    centred = (clean - mean[..., None, :]) * root[..., None]
    size = np.linalg.norm(centred, axis=-2, keepdims=True)
    columns = np.concatenate([root[..., None], centred / np.where(size > 0, size, 1.0)], axis=-1)
    basis, triangle = np.linalg.qr(columns)
    pivots = np.abs(np.diagonal(triangle, axis1=-2, axis2=-1))[..., 1:]
    if (pivots <= COLLINEAR).any():
        raise ValueError("a covariate is constant or determined by the others")
    d = np.where(enters, treated, 0.0) * root
    length = np.linalg.norm(d, axis=-1)
    d = d - _project(basis, d[..., None])[..., 0]
    gram = (d**2).sum(axis=-1)
    if (gram <= COLLINEAR * np.maximum(length, 1e-300) ** 2).any():
        raise ValueError("covariates determine who is treated")
    y = np.where(enters[..., None], outcome, 0.0) * root[..., None]
    y = y - _project(basis, y)
    estimate = (d[..., None, :] @ y)[..., 0, :] / gram[..., None]
    residual = y - d[..., None] * estimate[..., None, :]
    return LinearFit(
        estimate=estimate,
        influence=d[..., None] * residual / gram[..., None, None],
        leverage=(basis**2).sum(axis=-1) + d**2 / gram[..., None],
        units=enters.sum(axis=-1).astype(np.float64),
        regressors=covariates.shape[-1] + 2,
        basis=basis,
        root=root,
        treatment=d,
        outcome=y,
        gram=gram,
    )


def p_values(estimate: FloatArray, se: FloatArray, df: FloatArray) -> FloatArray:
    """Two-sided p-values of no effect from t with ``df``, (..., m)."""
    return np.asarray(2 * stats.t.sf(np.abs(estimate / se), df[..., None]))


def assignments(
    treated: BoolArray,
    enters: BoolArray,
    strata: NDArray[np.int64],
    *,
    rng: np.random.Generator,
    draws: int,
) -> FloatArray:
    """Treatment permuted within strata among the units that enter, (draws, n).

    As many are treated in each stratum as really are: those with the smallest of uniform keys.
    """
    out = np.zeros((draws, len(treated)))
    for stratum in np.unique(strata[enters]):
        members = np.flatnonzero(enters & (strata == stratum))
        wanted = int(treated[members].sum())
        if not 0 < wanted < len(members):
            out[:, members] = wanted > 0
            continue
        keys = rng.random((draws, len(members)))
        cut = np.partition(keys, wanted - 1, axis=1)[:, wanted - 1 : wanted]
        out[:, members] = keys <= cut
    return out


def randomization(
    fit: LinearFit, assigned: FloatArray, *, of_t: bool
) -> tuple[FloatArray, FloatArray]:
    """Randomization p-values on coefficient and on t for all outcomes of one replication.

    Each assignment is partialled out anew; its coefficient on every outcome is one matrix product.

    Args:
        fit: Of one replication (no leading axes).
        assigned: From ``assignments``, (B, n).
        of_t: Whether the test on t is wanted as well.

    Returns:
        p-values (1 + count) / (B + 1) on the coefficient and on t (HC1), each (m,); NaN where not
        wanted.
    """
    scaled = assigned * fit.root
    scaled = scaled - (scaled @ fit.basis) @ fit.basis.T
    gram = (scaled**2).sum(axis=1)
    drawn = (scaled @ fit.outcome) / gram[:, None]
    size = np.abs(fit.estimate) * (1 - TIE)
    p = (1 + (np.abs(drawn) >= size).sum(axis=0)) / (len(assigned) + 1)
    if not of_t:
        return p, np.full(len(p), np.nan)
    squared = scaled**2
    # sum over units of d^2 (y - b d)^2, term by term
    cross = (squared * scaled) @ fit.outcome
    fourth = np.einsum("bn,bn->b", squared, squared)[:, None]
    meat = squared @ fit.outcome**2 - 2 * drawn * cross + drawn**2 * fourth
    t = np.abs(drawn) * gram[:, None] / np.sqrt(meat)
    own = np.abs(fit.estimate) / np.sqrt((fit.influence**2).sum(axis=0))
    p_t = (1 + (t >= own * (1 - TIE)).sum(axis=0)) / (len(assigned) + 1)
    return p, p_t


def webb(rng: np.random.Generator, *, draws: int, units: int) -> FloatArray:
    """Webb's weights, (draws, units)."""
    return np.asarray(WEBB[rng.integers(0, 6, size=(draws, units))])


def wild(fit: LinearFit, signs: FloatArray) -> FloatArray:
    """p-values of the wild cluster restricted bootstrap of no effect, (m,), one replication.

    Restricted residuals are those of the outcome on the covariates alone; with one change a
    cluster the bootstrap is that of Cameron, Gelbach & Miller (2008) with clusters of one.

    Args:
        fit: Of one replication.
        signs: From ``webb``.
    """
    p = np.empty(fit.estimate.shape[-1])
    d = fit.treatment
    powers = np.column_stack([d, d**3])
    for column in range(len(p)):
        drawn = signs * fit.outcome[:, column]
        drawn = drawn - (drawn @ fit.basis) @ fit.basis.T
        linear, cubic = (drawn @ powers).T
        b = linear / fit.gram
        meat = (drawn * drawn) @ d**2 - 2 * b * cubic + b**2 * (d**4).sum()
        t = np.abs(b) / np.sqrt(meat)
        own = np.abs(fit.estimate[column]) / np.sqrt((fit.influence[:, column] ** 2).sum())
        p[column] = (1 + np.count_nonzero(t * fit.gram >= own * (1 - TIE))) / (len(signs) + 1)
    return p


def wald(estimate: FloatArray, covariance: FloatArray, df: FloatArray) -> FloatArray:
    """p-values of the joint test that all of q coefficients are zero, F(q, df), (...,)."""
    q = estimate.shape[-1]
    solved = np.linalg.solve(covariance, estimate[..., None])[..., 0]
    statistic = (estimate * solved).sum(axis=-1) / q
    return np.asarray(stats.f.sf(statistic, q, df))


def _project(basis: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(basis @ (np.swapaxes(basis, -1, -2) @ values))
