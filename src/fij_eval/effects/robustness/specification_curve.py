"""Specification curve over the five choices that move the answer, with a joint permutation test.

Base window x scale x weights x composition x comparison group. Every combination that is declared
is estimated, none is chosen. The joint test asks how often networks drawn at random within strata
give a curve as extreme: its median, its share of significant results, its average z (Simonsohn,
Simmons & Nelson 2020).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fij_eval.effects.distributions import normal_above, t_tail
from fij_eval.effects.inference import assignments
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.inference.p_values import as_far
from fij_eval.effects.robustness.cross_section import (
    BoolArray,
    change,
    difference,
    permuted_differences,
)
from fij_eval.errors import EstimationError

AXES = ("base", "scale", "weights", "composition", "comparison")


@dataclass(frozen=True, slots=True)
class Window:
    """Columns before and after that are compared."""

    base: tuple[int, ...]
    post: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The outcome on a scale.

    Attributes:
        outcome: Shape (n, T); NaN where missing.
        to_pp: What a unit of the scale is in shares, to first order at the treated units' level
            after kick-off. Effects on all scales are drawn on one axis by it.
    """

    outcome: FloatArray
    to_pp: float


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """How composition is dealt with.

    Attributes:
        offset: Taken from the outcome, by scale, each (n, T); None for nothing.
        covariate: Its change enters as covariate, (n, T); None for none.
        keep: Units that enter, (n,); None for all.
    """

    offset: Mapping[str, FloatArray] | None = None
    covariate: FloatArray | None = None
    keep: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Which units are compared with.

    Attributes:
        keep: Comparison units that may enter, (n,); None for all.
        near: Units that touch each other, (n, n): comparison units near a treated one are left out,
            anew in each assignment. None for no such rule.
        covariates: Further covariates, for example dummies of region and size, (n, k).
    """

    keep: BoolArray | None = None
    near: BoolArray | None = None
    covariates: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The declared choices on each axis, by name."""

    base: Mapping[str, Window]
    scale: Mapping[str, Scale]
    weights: Mapping[str, FloatArray | None]
    composition: Mapping[str, Composition]
    comparison: Mapping[str, Comparison]

    @property
    def size(self) -> int:
        """Number of combinations."""
        return int(np.prod([len(getattr(self, axis)) for axis in AXES]))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """All specifications and their joint test.

    Attributes:
        frame: One row a specification: the five choices, ``estimate`` and ``se`` on the own scale,
            ``estimate_pp``, ``ci_low_pp``, ``ci_high_pp``, ``p_value``, ``n_units``, ``n_treated``
            and ``note`` (why there is no number).
        median_pp: Median estimate.
        share_significant: Share significant at 1 - level with the median's sign.
        mean_z: Average z, with the sign of the estimates.
        p_median: Share of drawn networks whose median is as far from zero.
        p_significant: Share whose share of significant results of one sign is as large.
        p_mean_z: Share whose average z is as far from zero.
        draws: Number of drawn networks.
        estimated: Specifications that have a number.
    """

    frame: pd.DataFrame
    median_pp: float
    share_significant: float
    mean_z: float
    p_median: float
    p_significant: float
    p_mean_z: float
    draws: int
    estimated: int


def scales(
    share: FloatArray,
    employed: FloatArray,
    residents: FloatArray,
    *,
    treated: BoolArray,
    post: Sequence[int],
) -> dict[str, Scale]:
    """The outcome as share, empirical logit and log rate.

    Half a person is added to those in work and those not, so that a share of 0 or 1 keeps its row.

    Args:
        share: Shape (n, T).
        employed: Shape (n, T).
        residents: Shape (n, T).
        treated: Shape (n,).
        post: Columns after kick-off.
    """
    level = float(np.nanmean(share[treated][:, list(post)]))
    logit = np.log((employed + 0.5) / (residents - employed + 0.5))
    rate = np.log((employed + 0.5) / (residents + 0.5))
    return {
        "pp": Scale(share, 1.0),
        "logit": Scale(logit, level * (1 - level)),
        "ratio": Scale(rate, level),
    }


def specification_curve(
    grid: Grid,
    *,
    treated: BoolArray,
    strata: Sequence[str],
    rng: np.random.Generator,
    draws: int = 999,
    level: float = 0.95,
) -> Curve:
    """Estimate every specification, and the curve of every drawn network.

    Args:
        grid: Declared choices.
        treated: Shape (n,).
        strata: Stratum of each unit within which treatment is permuted.
        rng: Stream of the draws.
        draws: Number of drawn networks.
        level: Confidence level.

    Raises:
        EstimationError: If no specification can be estimated, or nothing can be permuted.
    """
    labels = assignments.draw(treated.astype(np.int8), strata, rng=rng, draws=draws)
    everyone = np.vstack([treated[None, :], labels == 1])
    rows, estimates, zs, tails = [], [], [], []
    for names in itertools.product(*(getattr(grid, axis) for axis in AXES)):
        chosen = dict(zip(AXES, names, strict=True))
        row, drawn = _one(grid, chosen, everyone, level)
        rows.append(chosen | row)
        if drawn is not None:
            estimates.append(drawn[0])
            zs.append(drawn[1])
            tails.append(drawn[2])
    if not estimates:
        raise EstimationError(
            "No specification of the curve can be estimated",
            where=str(rows[0].get("note", "")) if rows else "",
        )
    pp, z, p = (np.array(x) for x in (estimates, zs, tails))  # (S, 1 + B), the first is real
    median = np.nanmedian(pp, axis=0)
    mean_z = np.nanmean(z, axis=0)
    significant = p < 1 - level
    share = np.maximum((significant & (pp > 0)).mean(axis=0), (significant & (pp < 0)).mean(axis=0))

    def p_of(values: FloatArray) -> float:
        return (1 + as_far(values[1:], float(values[0]))) / (draws + 1)

    with_sign = significant[:, 0] & (np.sign(pp[:, 0]) == np.sign(median[0]))
    return Curve(
        frame=pd.DataFrame(rows),
        median_pp=float(median[0]),
        share_significant=float(with_sign.mean()),
        mean_z=float(mean_z[0]),
        p_median=p_of(median),
        p_significant=p_of(share),
        p_mean_z=p_of(mean_z),
        draws=draws,
        estimated=len(estimates),
    )


def _one(
    grid: Grid, chosen: Mapping[str, str], everyone: BoolArray, level: float
) -> tuple[dict[str, object], tuple[FloatArray, FloatArray, FloatArray] | None]:
    """One specification: its row, and estimates, z and p-values of all networks."""
    window, scale = grid.base[chosen["base"]], grid.scale[chosen["scale"]]
    composition = grid.composition[chosen["composition"]]
    comparison = grid.comparison[chosen["comparison"]]
    weights = grid.weights[chosen["weights"]]
    values = scale.outcome
    if composition.offset is not None:
        values = values - composition.offset[chosen["scale"]]
    outcome = change(values, window.base, window.post)
    columns = [c for c in (comparison.covariates,) if c is not None]
    if composition.covariate is not None:
        columns.append(change(composition.covariate, window.base, window.post)[:, None])
    covariates = np.column_stack(columns) if columns else None
    treated = everyone[0]
    keep = np.ones(len(treated), dtype=bool) if composition.keep is None else composition.keep
    by_draw = _eligible(comparison, keep, everyone)
    try:
        real = difference(
            outcome,
            treated,
            weights=weights,
            covariates=covariates,
            keep=by_draw[0] if by_draw.ndim == 2 else by_draw,
            level=level,
        )
    except EstimationError as error:
        return {"note": error.what}, None
    estimate, se = permuted_differences(
        outcome, everyone, weights=weights, covariates=covariates, keep=by_draw
    )
    t = estimate / se
    p = 2 * t_tail(np.abs(t), real.df)
    row = {
        "estimate": real.estimate,
        "se": real.se,
        "estimate_pp": real.estimate * scale.to_pp,
        "ci_low_pp": real.ci_low * scale.to_pp,
        "ci_high_pp": real.ci_high * scale.to_pp,
        "p_value": real.p_value,
        "n_units": real.n_units,
        "n_treated": real.n_treated,
        "note": "",
    }
    return row, (estimate * scale.to_pp, np.sign(t) * normal_above(p / 2), p)


def _eligible(comparison: Comparison, keep: BoolArray, everyone: BoolArray) -> BoolArray:
    """Units that enter: (n,), or (1 + B, n) where that depends on who is treated."""
    if comparison.keep is None and comparison.near is None:
        return keep
    allowed = np.ones_like(everyone) if comparison.keep is None else everyone | comparison.keep
    if comparison.near is not None:
        beside = everyone.astype(np.float32) @ comparison.near.astype(np.float32) > 0
        allowed = allowed & (everyone | ~beside)
    return np.asarray(allowed & keep)
