"""The primary effect in percentage points, with every method of inference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import checks
from fij_eval.effects.analyses.common import effect, tried, without
from fij_eval.effects.analyses.primary_family.case import Case, sizes
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inference.randomization import randomization_test, timing
from fij_eval.effects.inference.records import inferences
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, Windows
from fij_eval.effects.two_windows import PERIODS, TwoWindows, absorbed
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd


def points(
    case: Case, common: dict[str, Any], sample: Sample, chosen: Windows
) -> tuple[list[Estimate], pd.DataFrame | None]:
    """All inference for the adjusted difference in percentage points, and the cluster table."""
    stem = str(common["spec"])
    try:
        design = absorbed(case.data)
        value = float(linear.fit(design).coefficient[0])
        record = Estimate(
            key=stem,
            term="att",
            scale="pp",
            estimate=value,
            level=case.inference.level,
            note="",
            **case.data.counts,
            **common,
        )
        found, clusters = inferences(
            record,
            design,
            pattern=timing(design.design, PERIODS[1:]),
            strata=case.data.strata,
            seed=case.parts.of("seed"),
            draws=case.inference.draws,
        )
    except CheckError:
        raise
    except EstimationError as error:
        reason = error.reason if isinstance(error, NotEstimableError) else error.what
        return [without(common, key=f"{stem}.att", reason=reason)], None
    by_method = {r.key.removeprefix(f"{stem}."): r for r in found}
    headline = replace(by_method.pop("cv3"), key=f"{stem}.att")
    others = [replace(r, term=f"att_{method}") for method, r in by_method.items()]
    others += _other_strata(case, sample, record, design)
    balanced = _without_gaps(case, common, sample, chosen, headline)
    table = _clusters(case.data, clusters)
    levels = _levels(case, common, value)
    return [headline, *others, *levels, *balanced, *sizes(headline, case.inference)], table


def _other_strata(
    case: Case, sample: Sample, record: Estimate, design: linear.Absorbed
) -> list[Estimate]:
    """Randomization within the other strata than those of the settings, as a variant."""
    other = "region" if case.inference.strata == "size_group" else "size_group"
    strata = sample.units[other].astype(str).to_numpy()[case.data.rows]
    key = f"{record.key}.ri_{other}"
    blank: dict[str, Any] = {"key": key, "term": f"att_ri_{other}"}
    try:
        found = randomization_test(
            design,
            timing(design.design, PERIODS[1:]),
            strata.tolist(),
            rng=stream(case.parts.of("seed"), "randomization", key),
            draws=case.inference.draws,
            level=case.inference.level,
        )
    except CheckError:
        raise
    except EstimationError as error:
        return [replace(record, **blank, note=error.what)]
    return [
        replace(
            record,
            **blank,
            p_value=found.p_t,
            inference=f"randomization within {other}, t",
            seed=case.parts.of("seed"),
            draws=found.draws,
        )
    ]


def _levels(case: Case, common: dict[str, Any], value: float) -> list[Estimate]:
    """The network's mean share in the post window, and what it would have been."""
    data = case.data
    observed = float(np.average(data.post[data.treated], weights=data.weight[data.treated]))
    return [
        Estimate(
            key=f"{common['spec']}.{term}",
            term=term,
            scale="share",
            estimate=share,
            note=note,
            **case.data.counts,
            **common,
        )
        for term, share, note in (
            ("observed", observed, "mean share of the network in the post window"),
            ("predicted", observed - value, "the same less the estimate"),
        )
    ]


def _without_gaps(
    case: Case, common: dict[str, Any], sample: Sample, chosen: Windows, headline: Estimate
) -> list[Estimate]:
    """The estimate on municipalities with every snapshot of the windows (attrition by hiding)."""
    inside = sample.at((*chosen.base, *chosen.post))
    whole = np.isfinite(sample.outcome[case.data.rows][:, inside]).all(axis=1)

    def made() -> Estimate:
        data = case.data.only(whole)
        fitted = linear.fit(absorbed(data))
        return effect(
            common | {"sample": "eligible without gaps"},
            key=f"{common['spec']}.balanced",
            term="att_balanced",
            value=float(fitted.coefficient[0]),
            variance=float(cluster_robust.cv3(fitted)[0, 0]),
            level=case.inference.level,
            inference="CV3 t(G-1)",
            **data.counts,
        )

    key = f"{common['spec']}.balanced"
    found = tried(common, key, made, term="att_balanced")
    acknowledged = case.inference.attrition == "report"
    return [checks.check_attrition(headline, r, acknowledged=acknowledged) for r in found]


def _clusters(data: TwoWindows, found: cluster_robust.ClusterDiagnostics) -> pd.DataFrame:
    """How evenly municipalities carry the estimate."""
    import pandas as pd

    rows = {
        "clusters": found.clusters,
        "treated": found.treated,
        "effective": found.effective,
        "leverage_mean": found.leverage.mean(),
        "leverage_max": found.leverage.max(),
        "partial_leverage_mean": found.partial_leverage.mean(),
        "partial_leverage_max": found.partial_leverage.max(),
        "weight_min": data.weight.min(),
        "weight_max": data.weight.max(),
        "estimate_min": np.nan if found.influence is None else found.influence.min(),
        "estimate_max": np.nan if found.influence is None else found.influence.max(),
    }
    return pd.DataFrame({"what": list(rows), "number": [float(v) for v in rows.values()]})
