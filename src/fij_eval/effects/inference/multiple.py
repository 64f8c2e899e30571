"""Several hypotheses at once: joint max-t, Holm, Romano-Wolf, and the band that holds all at once.

Draws are t values of all hypotheses from the same bootstrap or the same assignments, so that their
dependence is kept.

Sources: Holm (1979); Westfall & Young (1993) for max-t; Romano & Wolf (2005; 2016 for
the p-values); Montiel Olea & Plagborg-Møller (2019) and Freyaldenhoven, Hansen, Pérez & Shapiro
(2021) for the sup-t band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fij_eval.effects.distributions import normal_quantile, t_quantile
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.inference.p_values import TIE
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Joint tests of a family of hypotheses.

    Attributes:
        single_step: p-values adjusted by the maximum over the whole family, shape (K,).
        step_down: Romano-Wolf p-values, each by the maximum over those not yet rejected, (K,).
        critical: Value that the largest |t| of the family passes with probability 1 - level.
        p_any: p-value of the hypothesis that all are true.
        draws: Number of draws.
    """

    single_step: FloatArray
    step_down: FloatArray
    critical: float
    p_any: float
    draws: int


def holm(p_values: ArrayLike) -> FloatArray:
    """Holm's step-down p-values, shape (K,).

    Raises:
        EstimationError: If a p-value is missing or outside 0-1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise EstimationError("A p-value of the family is missing or not between 0 and 1")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def family(observed: ArrayLike, draws: ArrayLike, *, level: float = 0.95) -> Family:
    """Joint max-t and Romano-Wolf p-values from joint draws under the null.

    Args:
        observed: t values, shape (K,).
        draws: t values of the same hypotheses under the null, shape (B, K). Row b comes from the
            same resample or assignment throughout.
        level: Joint confidence level of ``critical``.

    Returns:
        p-values (1 + count) / (B + 1), made monotone in step-down.

    Raises:
        EstimationError: If shapes do not match or a value is missing.
    """
    t = np.abs(np.asarray(observed, dtype=np.float64))
    drawn = np.abs(np.asarray(draws, dtype=np.float64))
    if t.ndim != 1 or drawn.ndim != 2 or drawn.shape[1] != len(t) or len(drawn) == 0:
        raise EstimationError("Draws and observed values of a family do not match in shape")
    if np.isnan(t).any() or np.isnan(drawn).any():
        raise EstimationError(
            "A t value of the family is missing",
            remedy="leave the hypothesis out and say why",
        )
    if not len(t):
        raise EstimationError(
            "There is no hypothesis to judge", remedy="name at least one in the plan"
        )
    order = np.argsort(-t, kind="stable")
    # the largest over the hypotheses from the j-th largest downwards, for every j at once
    from_here = np.maximum.accumulate(drawn[:, order][:, ::-1], axis=1)[:, ::-1]
    size = t[order] * (1 - TIE)
    count = len(drawn) + 1
    stepped = (1 + (from_here >= size).sum(axis=0)) / count
    step_down = np.empty_like(t)
    step_down[order] = np.maximum.accumulate(stepped)
    largest = from_here[:, 0]
    single = (1 + (largest[:, None] >= t * (1 - TIE)).sum(axis=0)) / count
    return Family(
        single_step=single,
        step_down=step_down,
        critical=float(np.quantile(largest, level, method="higher")),
        p_any=float(single.min()),
        draws=len(drawn),
    )


def sup_t(
    covariance: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    df: float | None = None,
    draws: int = 100_000,
) -> float:
    """Multiplier of the standard errors for a band that holds all coefficients at once.

    Args:
        covariance: Covariance of the coefficients, shape (K, K).
        rng: Stream of the draws.
        level: Joint level.
        df: Degrees of freedom of a multivariate t; None for the normal.
        draws: Number of draws.

    Raises:
        EstimationError: If the covariance is no covariance.
    """
    sigma = np.asarray(covariance, dtype=np.float64)
    error = np.sqrt(np.diag(sigma))
    if not (np.isfinite(sigma).all() and (error > 0).all()):
        raise EstimationError("A coefficient of the band has no positive variance")
    correlation = sigma / np.outer(error, error)
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    if values[0] < -1e-8:  # rounding of a singular covariance, no more
        raise EstimationError("The covariance of the band is not positive semidefinite")
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    z = np.abs(rng.standard_normal((draws, len(error))) @ half.T).max(axis=1)
    if df is not None:
        z = z / np.sqrt(rng.chisquare(df, size=draws) / df)
    # a band is never narrower than the interval of one coefficient
    tail = (1 + level) / 2
    single = normal_quantile(tail) if df is None else t_quantile(tail, df)
    return max(float(np.quantile(z, level)), single)
