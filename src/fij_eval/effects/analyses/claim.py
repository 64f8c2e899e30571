"""What may be said: the rung of the claim ladder from the records, with all that it stands on.

Each estimand has its rung; the report speaks from the lower one. The secondary effects' p-values
are corrected by Holm here, since they come from several specifications, and the run's departures
from the plan are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fij_eval import plan as plans
from fij_eval.effects import seasons, stepdown
from fij_eval.effects.analyses.common import Result, fields, sample_of, without
from fij_eval.effects.analyses.holm_records import holm_records
from fij_eval.effects.claims import Claim, Evidence, climb
from fij_eval.effects.record import Estimate, from_frame
from fij_eval.effects.samples import Sample, Windows, windows
from fij_eval.errors import EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = (
    "panel",
    "estimates_main",
    "estimates_primary",
    "estimates_composition",
    "estimates_trends",
    "estimates_robustness",
)
SETTINGS = ("specifications", "windows", "sample", "network", "inference")
ANALYSIS = "claim"
PLACEBOS = ("trends.placebo_time.", "robustness.placebo_outcome.", "robustness.placebo_space.")


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``claim.<what>.<estimand>`` and ``claim.rung``; tables of values and departures.

    Tables: ``values`` (number by estimand and name), ``words``, ``sources`` (record behind each),
    ``plan`` (checksum, version), ``planned`` (every entry of the plan) and ``deviations``.
    """
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    known = {record.key: record for key in INPUTS[1:] for record in from_frame(frames[key])}
    seasons.check(known.values())
    records: list[Estimate] = []
    claims: dict[str, Claim] = {}
    for estimand in plan.primary.estimands:
        common = _common(sample, chosen, estimand)
        try:
            claims[estimand] = climb(evidence(known, estimand, sample))
        except EstimationError as error:
            key = f"{ANALYSIS}.rung.{estimand}"
            records.append(
                without(common, key=key, term="rung", scale="statistic", reason=error.what)
            )
            continue
        records += _records(claims[estimand], common, sample)
    records.append(_headline(claims, _common(sample, chosen, plan.primary.estimands[0]), plan))
    records += holm_records(
        (r for r in known.values() if r.plan_status == "secondary"),
        analysis=ANALYSIS,
        key=lambda r: f"{ANALYSIS}.holm.{r.spec}",
        over="secondary effects",
    )
    return Result(tuple(records), _tables(claims, parts, plan))


def evidence(known: Mapping[str, Estimate], estimand: str, sample: Sample) -> Evidence:
    """What the ladder stands on for one estimand.

    Randomization counts by the larger of the two p-values, on the coefficient and on t. The
    minimum detectable effect is that of the pseudo-networks, which looks at no participant; where
    there is none, that of the standard error.

    Args:
        known: Records by key.
        estimand: ``municipality_average`` or ``person_average``.
        sample: The analysis sample.

    Raises:
        EstimationError: If there is no primary estimate or no minimum detectable effect.
    """
    primary = known.get(f"primary.pp.{estimand}.att")
    if primary is None:
        raise EstimationError(
            "There is no primary estimate in percentage points",
            where=f"primary.pp.{estimand}.att",
            remedy="put the scale pp back into the plan",
        )
    p_values = [
        record.p_value
        for name in ("ri", "ri_t")
        if (record := known.get(f"primary.pp.{estimand}.{name}")) is not None
    ]
    tested = [p for p in p_values if p is not None]
    detectable = [
        record.estimate
        for key in (f"robustness.aa.{estimand}.adjusted.mde", f"primary.pp.{estimand}.mde")
        if (record := known.get(key)) is not None and record.estimate is not None
    ]
    if not detectable:
        raise EstimationError(
            f"Nothing can be said: there is no standard error ({primary.note})",
            where=primary.key,
        )
    breakdown = known.get(f"trends.honest.{estimand}.breakdown")
    return Evidence(
        primary=primary,
        other_scale=known.get(f"primary.logit.{estimand}.att"),
        randomization_p=max(tested) if len(tested) == len(p_values) and tested else None,
        breakdown=None if breakdown is None else breakdown.estimate,
        composition_adjusted=known.get(f"composition.offset.{estimand}.att"),
        placebo_p={
            key: record.p_value
            for key, record in sorted(known.items())
            if key.startswith(PLACEBOS)
            and record.estimand == estimand
            and record.p_value is not None
        },
        mde=detectable[0],
        pre_periods=stepdown.pre_periods(sample),
    )


def _common(sample: Sample, chosen: Windows, estimand: str) -> dict[str, Any]:
    return fields(
        ANALYSIS,
        sample,
        spec=f"claim.{estimand}",
        estimator="claim_ladder",
        estimand=estimand,
        windows=chosen,
        plan_status="primary",
    )


def _records(found: Claim, common: dict[str, Any], sample: Sample) -> list[Estimate]:
    """Rung, criteria and number of snapshots before kick-off."""
    estimand = str(common["estimand"])
    counts: dict[str, Any] = {"n_units": len(sample.units), "n_treated": int(sample.treated.sum())}
    periods = stepdown.pre_periods(sample)
    rows = [
        ("rung", float(found.rung), "; ".join(found.notes)),
        *(
            (f"criterion_{name}", float(holds), "1 holds, 0 does not")
            for name, holds in found.criteria.items()
        ),
        ("pre_periods", float(periods), "snapshots before kick-off"),
        ("step", float(stepdown.step(periods)), "step of methods that they allow"),
    ]
    return [
        Estimate(
            key=f"{ANALYSIS}.{term}.{estimand}",
            term=term,
            scale="statistic",
            estimate=value,
            note=note,
            **counts,
            **common,
        )
        for term, value, note in rows
    ]


def _headline(claims: Mapping[str, Claim], common: dict[str, Any], plan: AnalysisPlan) -> Estimate:
    """The rung that the report speaks from: the lowest, and the lowest there is if one lacks."""
    key, common = f"{ANALYSIS}.rung", common | {"spec": "claim"}
    if len(claims) < len(plan.primary.estimands):
        lacking = ", ".join(e for e in plan.primary.estimands if e not in claims)
        return without(
            common,
            key=key,
            term="rung",
            scale="statistic",
            reason=f"the primary analysis has no result for {lacking}",
        )
    lowest = min(claims, key=lambda estimand: claims[estimand].rung)
    directions = {found.direction for found in claims.values()}
    return Estimate(
        key=key,
        term="rung",
        scale="statistic",
        estimate=float(claims[lowest].rung),
        note=f"lowest over the estimands ({lowest}), "
        + ("all with the same sign" if len(directions) == 1 else "with different signs"),
        **common,
    )


def _tables(
    claims: Mapping[str, Claim], parts: Parts, plan: AnalysisPlan
) -> dict[str, pd.DataFrame]:
    """Values, notes and sources of the claims; the plan and the run's departures from it."""
    import pandas as pd

    departures = plans.deviations(plan, parts)
    values = [
        {"estimand": estimand, "name": name, "number": number}
        for estimand, found in claims.items()
        for name, number in found.values.items()  # noqa: PD011 -- no frame: the claim's numbers
    ]
    words = [
        {"estimand": estimand, "name": "direction", "text": found.direction}
        for estimand, found in claims.items()
    ]
    words += [
        {"estimand": estimand, "name": "sentence", "text": found.sentence}
        for estimand, found in claims.items()
    ]
    words += [
        {"estimand": estimand, "name": f"note_{k}", "text": note}
        for estimand, found in claims.items()
        for k, note in enumerate(found.notes)
    ]
    sources = [
        {"estimand": estimand, "name": name, "key": key}
        for estimand, found in claims.items()
        for name, key in found.sources.items()
    ]
    listed = [
        {"where": d.where, "planned": d.planned, "run": d.run, "everything": d.everything}
        for d in departures
    ]
    facts = [
        {"name": "checksum", "text": plans.checksum(plan)},
        {"name": "version", "text": str(plan.version)},
        {"name": "deviations", "text": str(len(departures))},
    ]
    tables: dict[str, list[dict[str, Any]]] = {
        "values": values,
        "words": words,
        "sources": sources,
        "deviations": listed,
        "plan": facts,
        "planned": [
            {"where": p.where, "planned": p.planned, "run": p.run}
            for p in plans.compared(plan, parts)
        ],
    }
    return {name: pd.DataFrame(rows) for name, rows in tables.items() if rows}
