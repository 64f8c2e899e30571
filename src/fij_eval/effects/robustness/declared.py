"""The grid of specifications that is declared before results, from the analysis sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray
from fij_eval.effects.robustness.joining import common_support, joining_model
from fij_eval.effects.robustness.specification_curve import (
    Comparison,
    Composition,
    Grid,
    Window,
    scales,
)
from fij_eval.effects.samples import Sample
from fij_eval.errors import EstimationError

#: Facts of the reference month that the propensity of taking part is modelled on.
PROPENSITY_COVARIATES = ("log_population", "unemployment_rate", "refugees_per_capita")


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A grid, and the choices that these data do not allow.

    Attributes:
        grid: The declared choices.
        left_out: Why a choice of the design is not in the grid, by ``axis: choice``.
    """

    grid: Grid
    left_out: Mapping[str, str]


def declared_grid(
    sample: Sample,
    *,
    post: Sequence[str],
    near: BoolArray | None = None,
    same_region: BoolArray | None = None,
    expected: FloatArray | None = None,
    inflow: FloatArray | None = None,
) -> Declared:
    """All combinations of base, scale, weights, composition and comparison group.

    Args:
        sample: The analysis sample: n units, T months.
        post: Months after kick-off that are compared with.
        near: Which units share a border, (n, n), in the order of ``sample.units``.
        same_region: Which units share an economic region, (n, n).
        expected: Expected share given residence time, (n, T).
        inflow: Refugees settled after kick-off per resident refugee, (n,).

    Raises:
        EstimationError: If there is no month before kick-off or none of ``post``.
    """
    left_out: dict[str, str] = {}
    treated = sample.treated
    before = [k for k, month in enumerate(sample.months) if month < sample.cohorts[0]]
    after = [k for k, month in enumerate(sample.months) if month in post]
    if not before or not after:
        raise EstimationError(
            "A specification curve needs a month before kick-off and one after it",
            remedy="look at which months have a table",
        )
    on_scale = scales(
        sample.outcome, sample.employed, sample.residents, treated=treated, post=after
    )
    return Declared(
        Grid(
            base=_bases(sample.months, before, after, left_out),
            scale=on_scale,
            weights={"none": None, "residents": sample.units["weight"].to_numpy(dtype=float)},
            composition=_compositions(expected, inflow, treated, left_out),
            comparison=_comparisons(sample, near, same_region, left_out),
        ),
        left_out,
    )


def _bases(
    months: Sequence[str], before: Sequence[int], after: Sequence[int], left_out: dict[str, str]
) -> dict[str, Window]:
    """Each month before kick-off, all, all but the last, and the same seasons on both sides."""
    found = {months[k]: Window((k,), tuple(after)) for k in before}
    if len(before) < 2:
        left_out["base: all"] = left_out["base: without last"] = "one month before kick-off"
    else:
        found["all"] = Window(tuple(before), tuple(after))
        found["without last"] = Window(tuple(before[:-1]), tuple(after))
    season = {k: months[k][5:] for k in (*before, *after)}
    base = tuple(k for k in before if season[k] in {season[j] for j in after})
    matched = tuple(k for k in after if season[k] in {season[j] for j in before})
    if base:
        found["same season"] = Window(base, matched)
    else:
        left_out["base: same season"] = "no calendar month both before and after kick-off"
    return found


def _compositions(
    expected: FloatArray | None,
    inflow: FloatArray | None,
    treated: BoolArray,
    left_out: dict[str, str],
) -> dict[str, Composition]:
    """Nothing, expected share as offset and as covariate, without high inflow."""
    found = {"none": Composition()}
    if expected is None:
        left_out["composition: offset"] = left_out["composition: covariate"] = (
            "no expected share given residence time"
        )
    else:
        inside = np.clip(expected, 1e-6, 1 - 1e-6)
        offset = {
            "pp": expected,
            "logit": np.log(inside / (1 - inside)),
            "ratio": np.log(inside),
        }
        found["offset"] = Composition(offset=offset)
        found["covariate"] = Composition(covariate=expected)
    if inflow is None or not np.isfinite(inflow).any():
        left_out["composition: low inflow"] = "no inflow of refugees"
    else:
        # the highest quarter of both arms together, so that the rule looks at no arm
        keep = inflow <= np.nanquantile(inflow, 0.75)
        if (keep & treated).any() and (keep & ~treated).any():
            found["low inflow"] = Composition(keep=keep)
        else:
            left_out["composition: low inflow"] = "an arm has high inflow throughout"
    return found


def _comparisons(
    sample: Sample,
    near: BoolArray | None,
    same_region: BoolArray | None,
    left_out: dict[str, str],
) -> dict[str, Comparison]:
    """All others; within region and size; beyond neighbours; other regions; common support."""
    found = {"all": Comparison()}
    groups = [sample.units[name].astype(str).to_numpy() for name in ("region", "size_group")]
    dummies = [g == level for g in groups for level in np.unique(g)[1:]]
    if dummies:
        found["same size and region"] = Comparison(
            covariates=np.column_stack(dummies).astype(float)
        )
    else:
        left_out["comparison: same size and region"] = "one size group and one region"
    for name, pairs, missing in (
        ("not neighbours", near, "no list of neighbours"),
        ("other economic regions", same_region, "no economic regions"),
    ):
        if pairs is None:
            left_out[f"comparison: {name}"] = missing
        else:
            found[name] = Comparison(near=pairs)
    x = sample.units[list(PROPENSITY_COVARIATES)].to_numpy(dtype=float)
    try:
        model = joining_model(sample.treated, x, PROPENSITY_COVARIATES)
        found["common support"] = Comparison(keep=common_support(model.propensity, sample.treated))
    except EstimationError as error:
        left_out["comparison: common support"] = error.what
    return found
