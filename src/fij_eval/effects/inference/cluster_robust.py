"""Cluster-robust errors, the cluster jackknife, and how evenly clusters carry the coefficient.

Source: MacKinnon, Nielsen & Webb (2023), Journal of Econometrics 232(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.clustered import MINIMUM_TREATED_CLUSTERS
from fij_eval.effects.inference.linear import (
    COLLINEAR,
    Absorbed,
    Fit,
    FloatArray,
    IntArray,
    orthonormal,
)
from fij_eval.errors import EstimationError


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


def why_no_error(found: ClusterDiagnostics) -> str:
    """Why no cluster-robust error should be given, as a note for the record; empty if it may."""
    if found.treated < MINIMUM_TREATED_CLUSTERS:
        return (
            f"{found.treated} treated clusters are too few for a standard error: "
            "randomization inference only"
        )
    untreated = found.clusters - found.treated
    if untreated < MINIMUM_TREATED_CLUSTERS:
        return (
            f"{untreated} untreated clusters are too few for a standard error: "
            "randomization inference only"
        )
    return ""


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


def _without(absorbed: Absorbed, cluster: int) -> FloatArray:
    """Coefficients without one cluster where a nuisance column vanishes with it."""
    keep = absorbed.design.cluster != cluster
    basis = orthonormal(absorbed.basis[keep], size=np.ones(absorbed.basis.shape[1]))
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
