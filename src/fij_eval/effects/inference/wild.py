"""Wild cluster restricted bootstrap (WCR) of one coefficient.

The null is imposed, a weight for each cluster's restricted residuals is drawn, and the
cluster-robust t of every draw follows from sums by cluster: all draws are one matrix product, never
a loop of regressions. Because those sums are linear in the hypothesised value, the interval by test
inversion needs no further draws.

Sources: Cameron, Gelbach & Miller (2008); Webb (2023) for the six-point weights; MacKinnon, Nielsen
& Webb (2023, section 5); Roodman, MacKinnon, Nielsen & Webb (2019) for the algebra.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fij_eval.effects.inference.cluster_robust import cv1_factor
from fij_eval.effects.inference.linear import Absorbed, FloatArray
from fij_eval.effects.inference.p_values import TIE, as_far
from fij_eval.errors import EstimationError

Weights = Literal["rademacher", "webb"]

#: Webb's six points: mean zero, variance one, for few clusters (Webb 2023).
WEBB = np.outer([-1, 1], np.sqrt([0.5, 1.0, 1.5])).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class WildBootstrap:
    """Result of a wild cluster restricted bootstrap.

    Attributes:
        coefficient: The estimate.
        se: CV1 standard error.
        t: The sample's t for the null.
        null: Hypothesised value.
        p_value: Two-sided, symmetric: share of draws with |t| at least as large. For drawn signs
            (1 + count) / (draws + 1); for enumerated signs the exact share.
        ci_low: Lower limit by test inversion; -inf where the test never rejects.
        ci_high: Upper limit.
        level: Confidence level.
        draws: Number of draws, or of sign vectors enumerated.
        enumerated: Whether all sign vectors were used.
        weights: ``rademacher`` or ``webb``.
        t_draws: t of each draw under the null, shape (draws,).
    """

    coefficient: float
    se: float
    t: float
    null: float
    p_value: float
    ci_low: float
    ci_high: float
    level: float
    draws: int
    enumerated: bool
    weights: Weights
    t_draws: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Everything that t depends on, as polynomials in the hypothesised value b.

    The numerator of a draw is ``n0 - b n1`` and its variance ``v0 - 2 b v1 + b^2 v2``.
    """

    n0: FloatArray
    n1: FloatArray
    v0: FloatArray
    v1: FloatArray
    v2: FloatArray

    def t(self, b: float) -> FloatArray:
        variance = self.v0 - 2 * b * self.v1 + b * b * self.v2
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (self.n0 - b * self.n1) / np.sqrt(np.maximum(variance, 0.0))
        # where all scores vanish the draw says nothing against the null: it counts as large
        return np.where(np.isfinite(t), t, np.inf)


def wild_bootstrap(
    absorbed: Absorbed,
    *,
    rng: np.random.Generator,
    column: int = 0,
    null: float = 0.0,
    draws: int = 9_999,
    weights: Weights = "webb",
    level: float = 0.95,
) -> WildBootstrap:
    """Wild cluster restricted bootstrap of the coefficient on one treatment.

    With Rademacher weights and 2^G no larger than ``draws`` all sign vectors are enumerated.

    Args:
        absorbed: The partialled-out design; other treatments are partialled out of this one.
        rng: Stream of the draws.
        column: Which treatment.
        null: Hypothesised value of its coefficient.
        draws: Number of draws.
        weights: Distribution of the cluster weights; Webb's six points for few clusters.
        level: Confidence level of the interval.

    Raises:
        EstimationError: If the outcome has no variation left.
    """
    others = np.delete(absorbed.treatment, column, axis=1)
    basis = np.column_stack([absorbed.basis, _orthonormalised(others)])
    d = absorbed.treatment[:, column] - basis @ (basis.T @ absorbed.treatment[:, column])
    y = absorbed.outcome - basis @ (basis.T @ absorbed.outcome)
    q = absorbed.by_cluster(d * d)
    a = absorbed.by_cluster(d * y)
    gram = float(q.sum())
    coefficient = float(a.sum()) / gram
    factor = cv1_factor(absorbed)
    scores = a - coefficient * q
    se = float(np.sqrt(factor * (scores @ scores))) / gram
    if se <= TIE * np.sqrt(float(y @ y) / gram) or not y.any():
        raise EstimationError("The residuals do not vary, so that there is nothing to resample")

    enumerated = (
        weights == "rademacher" and absorbed.clusters <= 24 and 2**absorbed.clusters <= draws
    )
    signs = (
        _all_signs(absorbed.clusters)
        if enumerated
        else _draw_signs(rng, draws, absorbed.clusters, weights)
    )
    sums = _sums(absorbed, basis, signs, d=d, y=y, scale=np.sqrt(factor) / gram)

    def sample_t(b: float) -> float:
        return (coefficient - b) / se

    def p_value(b: float) -> float:
        count = as_far(sums.t(b), sample_t(b))
        return count / len(signs) if enumerated else (1 + count) / (len(signs) + 1)

    low, high = invert(p_value, coefficient, se, 1 - level)
    return WildBootstrap(
        coefficient=coefficient,
        se=se,
        t=sample_t(null),
        null=null,
        p_value=p_value(null),
        ci_low=low,
        ci_high=high,
        level=level,
        draws=len(signs),
        enumerated=enumerated,
        weights=weights,
        t_draws=sums.t(null),
    )


def invert(
    p_value: Callable[[float], float], centre: float, se: float, alpha: float
) -> tuple[float, float]:
    """Limits of the values around the estimate that a test at ``alpha`` does not reject.

    Args:
        p_value: p-value of a hypothesised value.
        centre: The estimate, which the test must not reject.
        se: Scale of the search.
        alpha: Size of the test.

    Returns:
        Lower and upper limit; infinite where the test does not reject within 1,000 standard errors.
    """
    from scipy.optimize import brentq

    limits = []
    for direction in (-1.0, 1.0):
        inside, step = 0.0, 1.0
        while p_value(centre + direction * step * se) > alpha:
            inside, step = step, step * 1.5
            if step > 1_000:
                break
        if step > 1_000:
            limits.append(direction * np.inf)
            continue
        # the p-value is a step function: bisection to a thousandth of a standard error
        root = brentq(
            lambda s, way=direction: p_value(centre + way * s * se) - alpha - 1e-15,
            inside,
            step,
            xtol=1e-5,
        )
        limits.append(centre + direction * float(root) * se)
    return limits[0], limits[1]


def _sums(
    absorbed: Absorbed,
    basis: FloatArray,
    signs: FloatArray,
    *,
    d: FloatArray,
    y: FloatArray,
    scale: float,
) -> _Sums:
    """Numerators and score sums of all draws.

    In a draw the outcome is v_g times the restricted residual u = y - b d. Its coefficient moves by
    sum(v_g d_g'u_g) / d'd, and the cluster score is v_g d_g'u_g less what period effects,
    covariates and the coefficient take up when the draw is fitted.
    """
    a, q = absorbed.by_cluster(d * y), absorbed.by_cluster(d * d)
    across = absorbed.by_cluster(basis * d[:, None])  # d_g'Z_g, shape (G, r)
    from_y = absorbed.by_cluster(basis * y[:, None])  # Z_g'y_g
    gram = float(q.sum())
    n0, n1 = signs @ a / gram, signs @ q / gram
    v0, v1, v2 = (np.empty(len(signs)) for _ in range(3))
    batch = max(1, 2_000_000 // len(a))  # two arrays of 16 MB at a time
    for first in range(0, len(signs), batch):
        part = slice(first, first + batch)
        v = signs[part]
        score_y = v * a - (v @ from_y) @ across.T - n0[part, None] * q
        score_d = v * q - (v @ across) @ across.T - n1[part, None] * q
        v0[part] = np.einsum("rg,rg->r", score_y, score_y)
        v1[part] = np.einsum("rg,rg->r", score_y, score_d)
        v2[part] = np.einsum("rg,rg->r", score_d, score_d)
    ratio = scale**2
    return _Sums(n0, n1, ratio * v0, ratio * v1, ratio * v2)


def _orthonormalised(columns: FloatArray) -> FloatArray:
    """Orthonormal columns with the same span."""
    return np.asarray(np.linalg.qr(columns)[0], dtype=np.float64)


def _all_signs(clusters: int) -> FloatArray:
    """All 2^G vectors of plus and minus one."""
    bits = np.arange(2**clusters)[:, None] >> np.arange(clusters)
    return np.asarray(1.0 - 2.0 * (bits & 1))


def _draw_signs(
    rng: np.random.Generator, draws: int, clusters: int, weights: Weights
) -> FloatArray:
    """Cluster weights of each draw, shape (draws, G)."""
    if weights == "rademacher":
        return np.asarray(1.0 - 2.0 * rng.integers(0, 2, size=(draws, clusters)))
    return webb_weights(rng, draws, clusters)


def webb_weights(rng: np.random.Generator, draws: int, clusters: int) -> FloatArray:
    """Webb's six points, each as likely as the others, (draws, clusters)."""
    return np.asarray(WEBB[rng.integers(0, 6, size=(draws, clusters), dtype=np.int8)])
