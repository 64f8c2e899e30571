"""Groups of municipalities, each with the effect that could have been found in it.

Size group, form of taking part, share at the start, and status in the register: participants and
withdrawers beside everyone who signed up. All are exploratory and described, not ranked; p-values
are corrected by Holm within each grouping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.analyses.common import (
    ALL_OTHERS,
    Result,
    effect,
    fields,
    sample_of,
    too_few,
    without,
)
from fij_eval.effects.analyses.holm_records import holm_records
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inference.equivalence import mde
from fij_eval.effects.record import Estimate, found_with
from fij_eval.effects.samples import Flags, Sample, Windows, windows
from fij_eval.effects.two_windows import absorbed, collapse
from fij_eval.errors import EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference")
ANALYSIS = "heterogeneity"
SIZE_GROUPS = ("small", "medium", "large")
FORMS = ("physical", "digital", "unknown")
STATUSES = ("participant", "signed_up", "withdrew")
HALVES = ("below_median", "above_median")


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``heterogeneity.<grouping>.<group>.<estimand>.<att|mde|holm>``.

    A size group and a half by share are compared with comparison municipalities of the same kind,
    the other groups with all.
    """
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    facts = _facts(frames["panel"], sample, chosen.base)
    records: list[Estimate] = []
    for estimand in plan.primary.estimands:
        for grouping, groups in facts.items():
            found: list[Estimate] = []
            for group, keep in groups.items():
                found += _group(
                    sample,
                    chosen,
                    keep,
                    grouping=grouping,
                    group=group,
                    estimand=estimand,
                    covariates=_usable(plan.primary.covariates, grouping),
                    parts=parts,
                )
            records += found
            records += holm_records(
                found,
                analysis=ANALYSIS,
                key=lambda r: f"{r.key.removesuffix('.att')}.holm",
                over="groups",
            )
    return Result(tuple(records))


def _usable(covariates: tuple[str, ...], grouping: str) -> tuple[str, ...]:
    """Covariates without the one that the grouping is made of."""
    return tuple(c for c in covariates if c != grouping)


def _facts(
    panel: pd.DataFrame, sample: Sample, base: tuple[str, ...]
) -> dict[str, dict[str, Flags]]:
    """Grouping -> group -> units that enter (network units of the group and their comparison)."""
    then = panel[panel["reference_month"] == sample.reference_month].set_index("municipality_code")
    then = then.reindex(sample.units.index)
    size = sample.units["size_group"].to_numpy(dtype=object)
    form, status = (then[c].to_numpy(dtype=object) for c in ("network_form", "network_status"))
    others = ~sample.treated
    cells = sample.outcome[:, sample.at(base)]
    known = np.isfinite(cells)
    level = np.where(
        known.any(axis=1),
        np.where(known, cells, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1),
        np.nan,
    )
    of_network = level[sample.treated & np.isfinite(level)]
    median = float(np.median(of_network)) if len(of_network) else np.nan
    return {
        "size_group": {g: size == g for g in SIZE_GROUPS},
        "form": {g: others | (form == g) for g in FORMS},
        "status": {g: others | (status == g) for g in STATUSES},
        "base_share": {
            HALVES[0]: np.nan_to_num(level, nan=np.inf) <= median,
            HALVES[1]: np.nan_to_num(level, nan=-np.inf) > median,
        },
    }


def _group(
    sample: Sample,
    chosen: Windows,
    keep: Flags,
    *,
    grouping: str,
    group: str,
    estimand: str,
    covariates: tuple[str, ...],
    parts: Parts,
) -> list[Estimate]:
    """Effect and minimum detectable effect of one group, or why there is none."""
    inference = parts.of("inference")
    stem = f"{ANALYSIS}.{grouping}.{group}.{estimand}"
    common = fields(
        ANALYSIS,
        sample,
        spec=f"{grouping}.{group}.{estimand}",
        estimator="did_adjusted",
        estimand=estimand,
        windows=chosen,
        covariates=covariates,
        units=f"eligible, {grouping} {group}",
        comparison="comparison municipalities of the same group"
        if grouping in ("size_group", "base_share")
        else ALL_OTHERS,
    )
    treated = int((keep & sample.treated).sum())
    if treated == 0:
        reason = "no municipality of the network in this group"
        return [without(common, key=f"{stem}.att", reason=reason)]
    try:
        data = collapse(sample.only(keep), chosen, estimand=estimand, covariates=covariates)
        fitted = linear.fit(absorbed(data))
        variance = (
            float("nan")
            if too_few(data.n_units, data.n_treated)
            else float(cluster_robust.cv3(fitted)[0, 0])
        )
    except EstimationError as error:
        return [without(common, key=f"{stem}.att", reason=error.what)]
    record = effect(
        common,
        key=f"{stem}.att",
        value=float(fitted.coefficient[0]),
        variance=variance,
        level=inference.level,
        inference="CV3 t(G-1)",
        **data.counts,
    )
    if record.se is None or record.df is None:
        return [
            record,
            without(common, key=f"{stem}.mde", term="mde", reason=record.note or "no error"),
        ]
    detectable = mde(record.se, df=record.df, level=inference.level, target_power=inference.power)
    size = Estimate(
        key=f"{stem}.mde",
        term="mde",
        scale="pp",
        estimate=detectable,
        level=inference.level,
        null=found_with(inference.power),
        note="from the standard error of the design",
        **data.counts,
        **common,
    )
    return [record, size]
