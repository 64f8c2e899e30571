"""Partialling out: a two-way fixed-effects regression reduced to the treatment and the outcome.

By the Frisch-Waugh-Lovell theorem the coefficient on treatment is ``d'y / d'd`` once unit effects,
period effects and covariates have been removed from both. What remains is small enough that every
inference method of this package (cluster-robust, jackknife, wild bootstrap, randomization) is
arithmetic on sums by cluster instead of a loop of regressions.

Unit effects are removed by weighted demeaning, which is exact on unbalanced panels; period dummies
and covariates, demeaned likewise, are orthonormalised; collinear columns are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fij_eval.errors import EstimationError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# A column counts as collinear when what is left of it, relative to what it was, is below this:
# well above rounding (1e-16 times the number of cells), far below any real variation.
COLLINEAR = 1e-9
# The same for sums of squares of several columns, whose rounding is that of the squares.
SINGULAR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A regression of an outcome on treatments with unit and period effects.

    Rows are municipality-months that are present, sorted by cluster, unit and period. Units lie
    within clusters.

    Attributes:
        outcome: Outcome, shape (n,).
        treatment: Treatment columns of interest, shape (n, K).
        weights: Positive weights, shape (n,).
        covariates: Further regressors, shape (n, k).
        unit: Codes 0..N-1 of the units, shape (n,).
        period: Codes 0..T-1 of the periods, shape (n,).
        cluster: Codes 0..G-1 of the clusters, shape (n,).
        unit_names: Names of the units by code.
        period_names: Names of the periods by code.
        cluster_names: Names of the clusters by code.
        dropped: Units left out because they have fewer than two complete rows.
    """

    outcome: FloatArray
    treatment: FloatArray
    weights: FloatArray
    covariates: FloatArray
    unit: IntArray
    period: IntArray
    cluster: IntArray
    unit_names: tuple[str, ...]
    period_names: tuple[str, ...]
    cluster_names: tuple[str, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Absorbed:
    """The design with unit effects, period effects and covariates partialled out.

    All columns are multiplied by the root of the weight, so that plain sums of products are
    weighted ones.

    Attributes:
        design: The design that it came from.
        outcome: Residualised outcome, shape (n,).
        treatment: Residualised treatments, shape (n, K).
        basis: Orthonormal basis of period effects and covariates after unit effects, (n, r).
        root_weight: Root of the weights, shape (n,).
        unit_starts: First row of each unit, shape (N,).
        cluster_starts: First row of each cluster, shape (G,).
    """

    design: Design
    outcome: FloatArray
    treatment: FloatArray
    basis: FloatArray
    root_weight: FloatArray
    unit_starts: IntArray
    cluster_starts: IntArray

    @property
    def clusters(self) -> int:
        """Number of clusters, G."""
        return len(self.cluster_starts)

    def by_cluster(self, values: FloatArray) -> FloatArray:
        """Sums of rows within each cluster, shape (G, ...)."""
        return np.asarray(np.add.reduceat(values, self.cluster_starts, axis=0))

    def by_unit(self, values: FloatArray) -> FloatArray:
        """Sums of rows within each unit, shape (N, ...)."""
        return np.asarray(np.add.reduceat(values, self.unit_starts, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients on the treatments and what their errors are made of.

    Attributes:
        absorbed: The partialled-out design.
        coefficient: Shape (K,).
        gram_inverse: Inverse of d'd, shape (K, K).
        scores: Sums of d times residual by cluster, shape (G, K).
    """

    absorbed: Absorbed
    coefficient: FloatArray
    gram_inverse: FloatArray
    scores: FloatArray


def design(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: Sequence[str],
    covariates: Sequence[str] = (),
    weights: str | None = None,
    unit: str = "municipality_code",
    period: str = "reference_month",
    cluster: str | None = None,
) -> Design:
    """Arrays of a regression from a tidy panel.

    Rows with anything missing and units that are left with one row are dropped.

    Args:
        frame: One row a unit and period.
        outcome: Column of the outcome.
        treatment: Columns of the treatments (bool or number).
        covariates: Columns of further regressors, numeric.
        weights: Column of positive weights; None for none.
        unit: Column of the unit.
        period: Column of the period.
        cluster: Column of the cluster, constant within unit; None for the unit.

    Raises:
        EstimationError: If a unit and period stands twice, a unit lies in two clusters, a weight is
            not positive, or fewer than two units, periods or clusters remain.
    """
    numbers = [outcome, *treatment, *covariates, *([weights] if weights else [])]
    values = np.column_stack([frame[name].to_numpy("float64", na_value=np.nan) for name in numbers])
    units, unit_names = _codes(frame[unit])
    periods, period_names = _codes(frame[period])
    clusters, cluster_names = (
        _codes(frame[cluster]) if cluster and cluster != unit else (units, unit_names)
    )
    keep = np.isfinite(values).all(axis=1)
    rows_left = np.bincount(units[keep], minlength=len(unit_names))
    dropped = tuple(unit_names[rows_left < 2])
    keep &= rows_left[units] >= 2
    units, periods, clusters, values = units[keep], periods[keep], clusters[keep], values[keep]
    cells = units * len(period_names) + periods
    if len(np.unique(cells)) < len(cells):
        raise EstimationError("A unit and period stands twice in the frame of a regression")
    if len(np.unique(units * len(cluster_names) + clusters)) > len(np.unique(units)):
        raise EstimationError("A unit lies in more than one cluster")
    for codes, what in ((units, "units"), (periods, "periods"), (clusters, "clusters")):
        if len(np.unique(codes)) < 2:
            raise EstimationError(
                f"Fewer than two {what} have complete rows, so that no difference can be formed",
                remedy="look at what is missing in the outcome, the weights and the covariates",
            )
    order = np.lexsort((periods, units, clusters))
    values = values[order]
    weight = values[:, -1] if weights else np.ones(len(values))
    if (weight <= 0).any():
        raise EstimationError("A weight is not positive", where=str(weights))
    unit_code, unit_left = _renumber(units[order], unit_names)
    period_code, period_left = _renumber(periods[order], period_names, by_code=True)
    cluster_code, cluster_left = _renumber(clusters[order], cluster_names)
    k = len(treatment)
    return Design(
        outcome=values[:, 0],
        treatment=values[:, 1 : 1 + k],
        weights=weight,
        covariates=values[:, 1 + k : 1 + k + len(covariates)],
        unit=unit_code,
        period=period_code,
        cluster=cluster_code,
        unit_names=unit_left,
        period_names=period_left,
        cluster_names=cluster_left,
        dropped=dropped,
    )


def _codes(column: pd.Series) -> tuple[IntArray, NDArray[np.object_]]:
    """Codes and sorted names of a column's values."""
    codes, names = pd.factorize(column, sort=True)
    if (codes < 0).any():
        raise EstimationError("A unit, period or cluster has no name", where=str(column.name))
    return codes.astype(np.int64), np.array([str(name) for name in names], dtype=object)


def _renumber(
    codes: IntArray, names: NDArray[np.object_], *, by_code: bool = False
) -> tuple[IntArray, tuple[str, ...]]:
    """Codes without gaps, in order of appearance or of the codes, and their names."""
    used, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.arange(len(used)) if by_code else np.argsort(first)
    rank = np.empty(len(used), dtype=np.int64)
    rank[order] = np.arange(len(used))
    return rank[inverse], tuple(str(name) for name in names[used[order]])


def absorb(model: Design) -> Absorbed:
    """Partial unit effects, period effects and covariates out of outcome and treatments.

    Raises:
        EstimationError: If a treatment does not vary beyond the effects and covariates.
    """
    root = np.sqrt(model.weights)
    units, clusters = _starts(model.unit), _starts(model.cluster)
    basis = _period_basis(model, root, units)
    if model.covariates.shape[1]:
        left = _within(model.covariates, root, units)
        left = left - basis @ (basis.T @ left)
        size = np.linalg.norm(model.covariates * root[:, None], axis=0)
        basis = np.column_stack([basis, orthonormal(left, size=size)])
    both = _within(np.column_stack([model.outcome, model.treatment]), root, units)
    size = np.linalg.norm(both, axis=0)
    both = both - basis @ (basis.T @ both)
    left = np.linalg.norm(both, axis=0)
    if (left[1:] <= COLLINEAR * np.maximum(size[1:], COLLINEAR)).any():
        raise EstimationError(
            "A treatment does not vary beyond unit effects, period effects and covariates",
            remedy="both arms need observations before and after kick-off; drop covariates that "
            "single out the treated",
        )
    return Absorbed(model, both[:, 0], both[:, 1:], basis, root, units, clusters)


def fit(absorbed: Absorbed) -> Fit:
    """Coefficients on the treatments and their scores by cluster.

    Raises:
        EstimationError: If the treatments are collinear with each other.
    """
    d, y = absorbed.treatment, absorbed.outcome
    gram = d.T @ d
    scale = np.sqrt(np.diag(gram))
    if np.linalg.eigvalsh(gram / np.outer(scale, scale))[0] <= COLLINEAR:
        raise EstimationError("The treatments are collinear with each other")
    inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    coefficient = inverse @ (d.T @ y)
    scores = absorbed.by_cluster(d * (y - d @ coefficient)[:, None])
    return Fit(absorbed, coefficient, inverse, scores)


def _starts(codes: IntArray) -> IntArray:
    """First row of each run of equal codes."""
    return np.flatnonzero(np.append(True, np.diff(codes) != 0)).astype(np.int64)


def _within(values: FloatArray, root: FloatArray, starts: IntArray) -> FloatArray:
    """Deviations from weighted unit means, times the root of the weight."""
    flat = values.ndim == 1
    columns = values[:, None] if flat else values
    lengths = np.diff(np.append(starts, len(root)))
    total = np.add.reduceat(root**2, starts)
    means = np.add.reduceat(columns * (root**2)[:, None], starts, axis=0) / total[:, None]
    out = (columns - np.repeat(means, lengths, axis=0)) * root[:, None]
    return np.asarray(out[:, 0] if flat else out)


def _period_basis(model: Design, root: FloatArray, starts: IntArray) -> FloatArray:
    """Orthonormal basis of the period effects after unit effects, (n, T - 1)."""
    periods = len(model.period_names)
    sizes = np.diff(np.append(starts, len(root)))
    if (sizes == periods).all() and (root == np.repeat(root[starts], sizes)).all():
        # every unit has every period at one weight: the same contrasts, times the root of it
        contrasts = orthonormal(np.eye(periods)[:, 1:] - 1 / periods, size=np.ones(periods - 1))
        scale = root / np.sqrt(np.sum(root[starts] ** 2))
        return np.asarray(contrasts[model.period] * scale[:, None])
    dummies = np.eye(periods)[model.period][:, 1:]
    return orthonormal(
        _within(dummies, root, starts), size=np.linalg.norm(dummies * root[:, None], axis=0)
    )


def orthonormal(columns: FloatArray, *, size: FloatArray) -> FloatArray:
    """Orthonormal basis of the columns' span, collinear ones dropped.

    Args:
        columns: Shape (n, m).
        size: Norm of each column before anything was taken out of it, (m,): a column of which
            nearly nothing is left counts as zero, whatever its unit.
    """
    columns = columns[:, np.linalg.norm(columns, axis=0) > COLLINEAR * size]
    if columns.shape[1] == 0:
        return np.zeros((len(columns), 0))
    columns = columns / np.linalg.norm(columns, axis=0)
    values, vectors = np.linalg.eigh(columns.T @ columns)
    kept = values > SINGULAR * values[-1]
    rough = columns @ (vectors[:, kept] / np.sqrt(values[kept]))
    # sums of squares double the digits that are lost: a second pass makes the basis orthonormal
    half = np.linalg.cholesky(rough.T @ rough)
    return np.ascontiguousarray(np.linalg.solve(half, rough.T).T)
