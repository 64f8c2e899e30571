"""Cluster-robust errors of a linear regression, t intervals and Wald tests.

Convention everywhere in the project: clusters are municipalities; the small-sample factor is
G/(G-1) x (N-1)/(N-k), where k counts the regressors that are written out and not the fixed
effects, which are nested in or absorbed beside the clusters; the reference distribution is t with
G-1 degrees of freedom (Cameron & Miller 2015, Journal of Human Resources 50(2), section II.C).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.distributions import f_tail, t_quantile, t_tail
from fij_eval.effects.samples import Floats, NotEstimableError

#: How records name this error, and the cluster jackknife's.
LABEL = "CV1 by municipality, t(G-1), fixed effects not counted"
LABEL_JACKKNIFE = "CV3 by municipality, t(G-1)"
#: With fewer clusters in an arm CV1 is far too small and the jackknife far off (MacKinnon, Nielsen
#: & Webb 2023, Journal of Econometrics 232(2), section 3.3; MacKinnon & Webb 2018), so no error is
#: given: randomization inference only.
MINIMUM_TREATED_CLUSTERS = 6
#: An error this small beside the estimate is rounding, not sampling.
_NO_VARIATION = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """Error, interval and p-value of one estimate; all empty with the reason in ``note``."""

    se: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    df: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WaldTest:
    """F statistic of q linear restrictions, with its degrees of freedom and p-value."""

    statistic: float
    df_numerator: int
    df_denominator: int
    p_value: float


def cv1(x: Floats, residuals: Floats, weights: Floats, clusters: npt.NDArray[np.intp]) -> Floats:
    """Cluster-robust covariance CV1 of a weighted least-squares fit.

    Args:
        x: N x k regressors.
        residuals: N residuals.
        weights: N weights.
        clusters: N cluster numbers.

    Returns:
        k x k covariance, (X'WX)^-1 (sum_g s_g s_g') (X'WX)^-1 times G/(G-1) x (N-1)/(N-k).

    Raises:
        NotEstimableError: If there is one cluster only, or no residual degree of freedom.
    """
    n, k = x.shape
    labels, position = np.unique(clusters, return_inverse=True)
    groups = len(labels)
    if groups < 2:
        raise NotEstimableError("one cluster only: no cluster-robust error exists")
    if n <= k:
        raise NotEstimableError(f"{n} observations for {k} coefficients")
    scores = np.zeros((groups, k))
    np.add.at(scores, position, x * (weights * residuals)[:, None])
    bread = np.linalg.inv(x.T @ (x * weights[:, None]))
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    covariance: Floats = factor * bread @ (scores.T @ scores) @ bread
    return covariance


def interval(
    estimate: float,
    variance: float,
    *,
    clusters: int,
    treated_clusters: int,
    comparison_clusters: int | None = None,
    level: float,
) -> Interval:
    """The t(G-1) interval and the p-value of no effect.

    Args:
        estimate: The estimate.
        variance: Its cluster-robust variance.
        clusters: Number of clusters G.
        treated_clusters: Of these, with a treated unit.
        comparison_clusters: With a comparison unit; all others if clusters lie within arms.
        level: Confidence level.

    Returns:
        The interval; without numbers, and with the reason, where fewer than six clusters of an arm
        are there or the outcome leaves no variation.
    """
    if comparison_clusters is None:
        comparison_clusters = clusters - treated_clusters
    fewest = min(treated_clusters, comparison_clusters)
    if fewest < MINIMUM_TREATED_CLUSTERS:
        which = "treated" if treated_clusters == fewest else "comparison"
        return Interval(
            None, note=f"no error: {fewest} {which} clusters are too few for a cluster-robust one"
        )
    se = float(np.sqrt(max(variance, 0.0)))
    if not se > _NO_VARIATION * max(1.0, abs(estimate)):
        return Interval(None, note="no error: the outcome leaves no variation within the arms")
    df = clusters - 1
    half = t_quantile(0.5 + level / 2, df) * se
    p_value = float(2 * t_tail(abs(estimate) / se, df))
    return Interval(se, estimate - half, estimate + half, p_value, float(df))


def wald(estimates: Floats, covariance: Floats, restrictions: Floats, *, clusters: int) -> WaldTest:
    """F test of ``restrictions @ estimates = 0`` with F(q, G-1).

    Args:
        estimates: k estimates.
        covariance: k x k.
        restrictions: q x k of full row rank.
        clusters: Number of clusters G.

    Raises:
        NotEstimableError: If there are as many restrictions as clusters, or their covariance is
            singular.
    """
    q = restrictions.shape[0]
    if q == 0:
        raise NotEstimableError("nothing to test")
    if q >= clusters:
        raise NotEstimableError(f"{q} restrictions cannot be tested with {clusters} clusters")
    gap = restrictions @ estimates
    spread = restrictions @ covariance @ restrictions.T
    scale = np.sqrt(np.clip(np.diag(spread), 0, None))
    varies = bool((scale > _NO_VARIATION).all())
    if not varies or np.linalg.matrix_rank(spread / np.outer(scale, scale), tol=1e-10) < q:
        raise NotEstimableError(f"the covariance of the {q} restrictions is singular")
    statistic = float(gap @ np.linalg.solve(spread, gap)) / q
    return WaldTest(statistic, q, clusters - 1, f_tail(statistic, q, clusters - 1))
