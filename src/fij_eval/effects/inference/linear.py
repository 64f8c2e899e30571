"""Partialling out: a two-way fixed-effects regression reduced to the treatment and the outcome.

By the Frisch-Waugh-Lovell theorem the coefficient on treatment is ``d'y / d'd`` once unit effects,
period effects and covariates have been removed from both. What remains is small enough that every
inference method of this package (cluster-robust, jackknife, wild bootstrap, randomization) is
arithmetic on sums by cluster instead of a loop of regressions.

Unit effects are removed by weighted demeaning, which is exact on unbalanced panels; period dummies
and covariates, demeaned likewise, are orthonormalised by a pivoted QR that drops collinear columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg
from numpy.typing import NDArray

from fij_eval.errors import EstimationError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# A column counts as collinear when what is left of it, relative to what it was, is below this:
# well above rounding (1e-16 times the number of cells), far below any real variation.
COLLINEAR = 1e-9


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

    def residualise(self, values: FloatArray) -> FloatArray:
        """Partial unit effects, period effects and covariates out of further columns.

        Args:
            values: Columns in the rows of the design, unweighted, shape (n,) or (n, m).

        Returns:
            Residuals times the root of the weights, same shape.
        """
        scaled = _within(values, self.root_weight, self.unit_starts)
        return np.asarray(scaled - self.basis @ (self.basis.T @ scaled))


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


@dataclass(frozen=True, slots=True, eq=False)
class ClusterDiagnostics:
    """How evenly the clusters carry the coefficient (MacKinnon, Nielsen & Webb 2023).

    Attributes:
        clusters: Number of clusters, G.
        treated: Clusters with any treated row.
        sizes: Rows by cluster, shape (G,).
        leverage: Trace of the cluster's block of the hat matrix, unit effects included, (G,).
        partial_leverage: The cluster's share of the treatment's residual variation, shape (G,).
        effective: Effective number of clusters: G / (1 + squared coefficient of variation of the
            partial leverage); Carter, Schnepel & Steigerwald (2017), with uncorrelated errors
            within clusters, the one version that exists with cluster fixed effects.
        influence: Coefficient without the cluster, shape (G,), or None where it was not asked for.
    """

    clusters: int
    treated: int
    sizes: IntArray
    leverage: FloatArray
    partial_leverage: FloatArray
    effective: float
    influence: FloatArray | None = None


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
    values = frame[numbers].astype("float64").to_numpy()
    keep = np.isfinite(values).all(axis=1)
    keys = pd.DataFrame(
        {
            "unit": frame[unit].astype(str).to_numpy(),
            "period": frame[period].astype(str).to_numpy(),
            "cluster": frame[cluster or unit].astype(str).to_numpy(),
        }
    )
    counts = keys.loc[keep, "unit"].value_counts()
    single = set(counts.index[counts < 2])
    dropped = tuple(sorted(set(keys["unit"]) - set(counts.index[counts >= 2])))
    keep &= ~keys["unit"].isin(single).to_numpy()
    keys, values = keys[keep], values[keep]
    if keys.duplicated(["unit", "period"]).any():
        raise EstimationError("A unit and period stands twice in the frame of a regression")
    if keys.drop_duplicates(["unit", "cluster"])["unit"].duplicated().any():
        raise EstimationError("A unit lies in more than one cluster")
    for name, what in (("unit", "units"), ("period", "periods"), ("cluster", "clusters")):
        if keys[name].nunique() < 2:
            raise EstimationError(
                f"Fewer than two {what} have complete rows, so that no difference can be formed",
                remedy="look at what is missing in the outcome, the weights and the covariates",
            )
    order = np.lexsort((keys["period"], keys["unit"], keys["cluster"]))
    keys, values = keys.iloc[order], values[order]
    weight = values[:, -1] if weights else np.ones(len(values))
    if (weight <= 0).any():
        raise EstimationError("A weight is not positive", where=str(weights))
    codes = {name: pd.factorize(keys[name], sort=name == "period") for name in keys.columns}
    k = len(treatment)
    return Design(
        outcome=values[:, 0],
        treatment=values[:, 1 : 1 + k],
        weights=weight,
        covariates=values[:, 1 + k : 1 + k + len(covariates)],
        unit=codes["unit"][0].astype(np.int64),
        period=codes["period"][0].astype(np.int64),
        cluster=codes["cluster"][0].astype(np.int64),
        unit_names=tuple(codes["unit"][1]),
        period_names=tuple(codes["period"][1]),
        cluster_names=tuple(codes["cluster"][1]),
        dropped=dropped,
    )


def absorb(model: Design) -> Absorbed:
    """Partial unit effects, period effects and covariates out of outcome and treatments.

    Raises:
        EstimationError: If a treatment does not vary beyond the effects and covariates.
    """
    root = np.sqrt(model.weights)
    units, clusters = _starts(model.unit), _starts(model.cluster)
    periods = np.eye(len(model.period_names))[model.period][:, 1:]
    nuisance = _within(np.column_stack([periods, model.covariates]), root, units)
    basis = _orthonormal(nuisance)
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


def cv1_factor(absorbed: Absorbed, *, counted: str = "none") -> float:
    """Small-sample factor of CV1: G/(G-1) times (n-1)/(n-k).

    Args:
        absorbed: The partialled-out design.
        counted: What k counts besides treatments and covariates: ``none``, ``nested`` (period
            effects, but not the unit effects that lie within clusters) or ``full`` (both). Programs
            differ in this and in nothing else.
    """
    model = absorbed.design
    n, g = len(model.outcome), absorbed.clusters
    slopes = model.treatment.shape[1] + absorbed.basis.shape[1] - (len(model.period_names) - 1)
    effects = {
        "none": 0,
        "nested": len(model.period_names),
        "full": len(model.unit_names) + len(model.period_names) - 1,
    }
    return float(g / (g - 1) * (n - 1) / (n - slopes - effects[counted]))


def cv1(fitted: Fit, *, counted: str = "none") -> FloatArray:
    """Cluster-robust covariance CV1 of the coefficients, shape (K, K).

    Args:
        fitted: A fit.
        counted: See ``cv1_factor``.
    """
    half = fitted.scores @ fitted.gram_inverse
    return np.asarray(cv1_factor(fitted.absorbed, counted=counted) * half.T @ half)


def jackknife(fitted: Fit) -> FloatArray:
    """Coefficients with each cluster left out in turn, shape (G, K).

    Period effects and covariates are estimated anew each time; unit effects lie within clusters and
    need not be. From cluster sums alone (MacKinnon, Nielsen & Webb 2023, eq. 14).

    Raises:
        EstimationError: If without one cluster the coefficient is not identified.
    """
    absorbed = fitted.absorbed
    k = absorbed.treatment.shape[1]
    norm = np.linalg.norm(absorbed.treatment, axis=0)
    regressors = np.column_stack([absorbed.treatment / norm, absorbed.basis])
    gram = regressors.T @ regressors
    moment = regressors.T @ absorbed.outcome
    width = regressors.shape[1]
    ends = np.append(absorbed.cluster_starts[1:], len(regressors))
    left_out = np.empty((absorbed.clusters, k))
    batch = max(1, 4_000_000 // width**2)  # about 32 MB of matrices at a time
    for first in range(0, absorbed.clusters, batch):
        chosen = range(first, min(first + batch, absorbed.clusters))
        blocks = [regressors[absorbed.cluster_starts[g] : ends[g]] for g in chosen]
        grams = gram - np.stack([b.T @ b for b in blocks])
        moments = moment - np.stack(
            [
                b.T @ absorbed.outcome[absorbed.cluster_starts[g] : ends[g]]
                for g, b in zip(chosen, blocks, strict=True)
            ]
        )
        smallest = np.linalg.eigvalsh(grams)[:, 0]
        for position, g in enumerate(chosen):
            if smallest[position] > COLLINEAR:
                left_out[g] = np.linalg.solve(grams[position], moments[position])[:k] / norm
            else:
                left_out[g] = _without(absorbed, g)
    return left_out


def cv3(fitted: Fit, left_out: FloatArray | None = None) -> FloatArray:
    """Cluster-jackknife covariance CV3 of the coefficients, shape (K, K).

    Args:
        fitted: A fit.
        left_out: Coefficients from ``jackknife``, where they are at hand already.

    Raises:
        EstimationError: As ``jackknife``.

    Deviations are taken from the full-sample coefficient: MacKinnon, Nielsen & Webb (2023, eq. 15).
    """
    away = (jackknife(fitted) if left_out is None else left_out) - fitted.coefficient
    g = fitted.absorbed.clusters
    return np.asarray((g - 1) / g * away.T @ away)


def diagnostics(
    fitted: Fit, *, column: int = 0, left_out: FloatArray | None = None
) -> ClusterDiagnostics:
    """Cluster sizes, leverage, partial leverage and effective number of clusters.

    Args:
        fitted: A fit.
        column: Which treatment.
        left_out: Coefficients from ``jackknife``, given on as influence.
    """
    absorbed = fitted.absorbed
    model = absorbed.design
    d = absorbed.treatment
    hat = np.einsum("nk,kl,nl->n", d, fitted.gram_inverse, d) + (absorbed.basis**2).sum(axis=1)
    units = np.zeros(absorbed.clusters)
    np.add.at(units, model.cluster[absorbed.unit_starts], 1.0)
    others = np.delete(d, column, axis=1)
    own = d[:, column]
    if others.shape[1]:
        own = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
    partial = absorbed.by_cluster(own**2) / (own @ own)
    spread = float(np.mean((partial / partial.mean() - 1) ** 2))
    treated = absorbed.by_cluster((model.treatment[:, column] != 0).astype(np.float64)) > 0
    return ClusterDiagnostics(
        clusters=absorbed.clusters,
        treated=int(treated.sum()),
        sizes=np.diff(np.append(absorbed.cluster_starts, len(d))).astype(np.int64),
        leverage=absorbed.by_cluster(hat) + units,
        partial_leverage=partial,
        effective=absorbed.clusters / (1 + spread),
        influence=None if left_out is None else left_out[:, column],
    )


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


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Orthonormal basis of the columns' span, collinear ones dropped."""
    norm = np.linalg.norm(columns, axis=0)
    scale = max(float(norm.max(initial=0.0)), 1.0)
    columns = columns[:, norm > COLLINEAR * scale]
    if columns.shape[1] == 0:
        return np.zeros((len(columns), 0))
    columns = columns / np.linalg.norm(columns, axis=0)
    q, r, _ = scipy.linalg.qr(columns, mode="economic", pivoting=True, check_finite=False)
    return np.ascontiguousarray(q[:, np.abs(np.diag(r)) > COLLINEAR])


def _without(absorbed: Absorbed, cluster: int) -> FloatArray:
    """Coefficients without one cluster where a nuisance column vanishes with it."""
    keep = absorbed.design.cluster != cluster
    basis = _orthonormal(absorbed.basis[keep])
    d, y = absorbed.treatment[keep], absorbed.outcome[keep]
    d = d - basis @ (basis.T @ d)
    whole = np.linalg.norm(absorbed.treatment, axis=0)
    if (np.linalg.norm(d, axis=0) <= np.sqrt(COLLINEAR) * whole).any():
        raise EstimationError(
            "The coefficient is not identified without cluster "
            f"«{absorbed.design.cluster_names[cluster]}», so the jackknife has no error to give",
            remedy="use randomization inference",
        )
    return np.asarray(np.linalg.lstsq(d, y, rcond=None)[0], dtype=np.float64)
