"""Randomization inference: the estimate set against those of all networks that could have been.

For each assignment the treatment is built anew and partialled out anew. Because treatment is a
linear map of the assignment over units, numerator, denominator and cluster scores of every
assignment come from sums by unit: all permuted coefficients and t values are a few matrix products.

Sources: Fisher (1935); Young (2019) and MacKinnon & Webb (2020) for t against coefficient;
Rosenbaum (2002) for the interval by inversion under a constant effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.inference import assignments
from fij_eval.effects.inference.assignments import Labels
from fij_eval.effects.inference.cluster_robust import cv1_factor
from fij_eval.effects.inference.linear import (
    COLLINEAR,
    Absorbed,
    Design,
    FloatArray,
)
from fij_eval.effects.inference.p_values import TIE, as_far
from fij_eval.effects.inference.wild import invert
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True, eq=False)
class AssignmentStatistics:
    """Estimates under assignments.

    Attributes:
        coefficient: Shape (B,).
        se: CV1 standard errors, shape (B,).
        own: Coefficient of the real treatment on each assignment's, shape (B,): what a
            hypothesised constant effect of one takes from ``coefficient``.
    """

    coefficient: FloatArray
    se: FloatArray
    own: FloatArray

    @property
    def t(self) -> FloatArray:
        """Coefficients over their standard errors, shape (B,)."""
        return self.coefficient / self.se


@dataclass(frozen=True, slots=True, eq=False)
class RandomizationTest:
    """Result of a randomization test of no effect on any unit.

    Attributes:
        coefficient: The estimate.
        t: Its CV1 t.
        p_coefficient: Two-sided p-value with the coefficient as statistic.
        p_t: Two-sided p-value with t as statistic.
        ci_low: Lower limit of the constant effects that the coefficient test does not reject.
        ci_high: Upper limit.
        level: Confidence level.
        draws: Number of assignments.
        enumerated: Whether they are all there are.
        possible: Number of distinct assignments within strata.
        statistics: Estimates under the assignments.
    """

    coefficient: float
    t: float
    p_coefficient: float
    p_t: float
    ci_low: float
    ci_high: float
    level: float
    draws: int
    enumerated: bool
    possible: int
    statistics: AssignmentStatistics


def timing(model: Design, first_post: Sequence[str]) -> FloatArray:
    """Treatment in each row if its unit belonged to each cohort.

    Args:
        model: The design.
        first_post: First treated period of each cohort, names as in the design, sorted like them.

    Returns:
        Zeros and ones, shape (n, C).
    """
    months = np.array(model.period_names)[model.period]
    return np.column_stack([(months >= month).astype(np.float64) for month in first_post])


def cohorts(model: Design, pattern: FloatArray) -> Labels:
    """Labels that explain the observed treatment.

    Args:
        model: The design; its first treatment is the observed one.
        pattern: From ``timing``.

    Returns:
        Shape (N,): 0 where a unit is never treated, else the cohort whose pattern it follows.

    Raises:
        EstimationError: If a unit's treatment follows no cohort's pattern.
    """
    treatment = model.treatment[:, 0]
    labels = np.zeros(len(model.unit_names), dtype=np.int8)
    unexplained = np.bincount(model.unit, treatment != 0).astype(bool)
    for c in reversed(range(pattern.shape[1])):
        differs = np.bincount(model.unit, treatment != pattern[:, c]).astype(bool)
        follows = ~differs & np.bincount(model.unit, treatment != 0).astype(bool)
        labels[follows] = c + 1
        unexplained &= ~follows
    if unexplained.any():
        raise EstimationError(
            "The treatment of a unit follows no kick-off cohort",
            where=model.unit_names[int(np.flatnonzero(unexplained)[0])],
            remedy="name the first treated month of every cohort",
        )
    return labels


def statistics(absorbed: Absorbed, pattern: FloatArray, labels: Labels) -> AssignmentStatistics:
    """Coefficient and CV1 error under each assignment, as matrix products.

    Args:
        absorbed: The design, partialled out; it may have this treatment only.
        pattern: Treatment of each row by cohort, shape (n, C).
        labels: Assignments, shape (B, N).

    Raises:
        EstimationError: If the design has other treatments, or an assignment does not vary beyond
            effects and covariates.
    """
    if absorbed.treatment.shape[1] != 1:
        raise EstimationError(
            "Randomization permutes one treatment at a time",
            remedy="give the other terms as covariates",
        )
    parts = _UnitSums.of(absorbed, pattern)
    factor = cv1_factor(absorbed)
    members = absorbed.design.cluster[absorbed.unit_starts]
    first_unit = np.flatnonzero(np.append(True, np.diff(members) != 0))
    out = [np.empty(len(labels)) for _ in range(3)]
    width = max(pattern.shape[1] * labels.shape[1], absorbed.basis.shape[1] ** 2 // 2)
    batch = max(1, 4_000_000 // width)
    for first in range(0, len(labels), batch):
        part = slice(first, first + batch)
        coefficient, own, scores, gram = parts.evaluate(labels[part])
        if (gram <= COLLINEAR * parts.scale).any():
            raise EstimationError(
                "An assignment does not vary beyond effects and covariates",
                remedy="use coarser covariates or strata",
            )
        if len(first_unit) < labels.shape[1]:
            scores = np.add.reduceat(scores, first_unit, axis=1)
        out[0][part] = coefficient
        out[1][part] = np.sqrt(factor * np.einsum("bg,bg->b", scores, scores)) / gram
        out[2][part] = own
    return AssignmentStatistics(*out)


def randomization_test(
    absorbed: Absorbed,
    pattern: FloatArray,
    strata: Sequence[str],
    *,
    rng: np.random.Generator,
    draws: int = 9_999,
    level: float = 0.95,
) -> RandomizationTest:
    """Randomization test on coefficient and t, labels permuted within strata.

    If there are no more than ``draws`` assignments all are enumerated and the p-value is exact;
    otherwise it is (1 + count) / (draws + 1).

    Args:
        absorbed: The design, partialled out, with one treatment.
        pattern: Treatment of each row by cohort, from ``timing``.
        strata: Stratum of each unit in the order of ``design.unit_names``.
        rng: Stream of the draws.
        draws: Number of assignments.
        level: Confidence level of the interval.

    Raises:
        EstimationError: If nothing can be permuted, or treatment follows no cohort.
        CheckError: If an assignment does not keep the strata's counts.
    """
    cohort = cohorts(absorbed.design, pattern)
    total = assignments.possible(cohort, strata)
    enumerated = 1 < total <= draws
    labels = (
        assignments.enumerate_all(cohort, strata, limit=draws)
        if enumerated
        else assignments.draw(cohort, strata, rng=rng, draws=draws)
    )
    found = statistics(absorbed, pattern, labels)
    real = statistics(absorbed, pattern, cohort[None, :])
    coefficient, se = float(real.coefficient[0]), float(real.se[0])
    if se <= TIE * max(abs(coefficient), float(np.abs(absorbed.outcome).max(initial=0.0))):
        raise EstimationError("The outcome does not vary, so that there is nothing to compare")

    def p_of(values: FloatArray, size: float) -> float:
        count = as_far(values, size)
        return count / len(labels) if enumerated else (1 + count) / (len(labels) + 1)

    def p_value(b: float) -> float:
        return p_of(found.coefficient - b * found.own, coefficient - b)

    low, high = invert(p_value, coefficient, se, 1 - level)
    return RandomizationTest(
        coefficient=coefficient,
        t=coefficient / se,
        p_coefficient=p_value(0.0),
        p_t=p_of(found.t, coefficient / se),
        ci_low=low,
        ci_high=high,
        level=level,
        draws=len(labels),
        enumerated=enumerated,
        possible=total,
        statistics=found,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _UnitSums:
    """Sums by unit from which every assignment's regression follows.

    With Z the orthonormal basis of period effects and covariates, w the pattern after unit effects
    and y the partialled-out outcome, and c running over cohorts.
    """

    wy: FloatArray  # w_ic'y_i, (N, C)
    wd: FloatArray  # w_ic'd_i with d the real treatment partialled out, (N, C)
    ww: FloatArray  # w_ic'w_ic, (N, C)
    zw: FloatArray  # Z_i'w_ic, (C, N, r)
    zy: FloatArray  # Z_i'y_i, (N, r)
    zz: FloatArray  # upper triangle of Z_i'Z_i, off-diagonal doubled, (N, r(r+1)/2)
    scale: float

    @classmethod
    def of(cls, absorbed: Absorbed, pattern: FloatArray) -> _UnitSums:
        z, y = absorbed.basis, absorbed.outcome
        root = absorbed.root_weight[:, None]
        sizes = np.diff(np.append(absorbed.unit_starts, len(y)))
        mean = absorbed.by_unit(pattern * root**2) / absorbed.by_unit(root**2)
        w = (pattern - np.repeat(mean, sizes, axis=0)) * root
        upper = np.triu_indices(z.shape[1])
        factor = np.where(upper[0] == upper[1], 1.0, 2.0)
        ends = absorbed.unit_starts + sizes
        zz = np.empty((len(sizes), len(factor)))
        for i, (start, end) in enumerate(zip(absorbed.unit_starts, ends, strict=True)):
            zz[i] = (z[start:end].T @ z[start:end])[upper] * factor
        ww = absorbed.by_unit(w**2)
        return cls(
            wy=absorbed.by_unit(w * y[:, None]),
            wd=absorbed.by_unit(w * absorbed.treatment),
            ww=ww,
            zw=np.stack([absorbed.by_unit(z * w[:, [c]]) for c in range(w.shape[1])]),
            zy=absorbed.by_unit(z * y[:, None]),
            zz=zz,
            scale=float(ww.max(initial=0.0)),
        )

    def evaluate(self, labels: Labels) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Coefficient, coefficient of the real treatment, scores by unit and d'd."""
        taken = np.zeros((len(labels), self.zy.shape[1]))
        chosen = [(labels == c + 1).astype(np.float64) for c in range(self.wy.shape[1])]
        for c, indicator in enumerate(chosen):
            taken += indicator @ self.zw[c]
        dy = -(taken @ self.zy.T)
        dd = np.zeros(labels.shape)
        wd = np.zeros(len(labels))
        for c, indicator in enumerate(chosen):
            dy += indicator * self.wy[:, c]
            wd += indicator @ self.wd[:, c]
            dd += indicator * (self.ww[:, c] - 2 * (taken @ self.zw[c].T))
        upper = np.triu_indices(taken.shape[1])
        dd = dd + (taken[:, upper[0]] * taken[:, upper[1]]) @ self.zz.T
        gram = dd.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            coefficient = dy.sum(axis=1) / gram
            own = wd / gram
        return coefficient, own, dy - coefficient[:, None] * dd, gram
