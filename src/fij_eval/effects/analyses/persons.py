"""The effect in persons, and what taking part took set against what a person in work saves.

Persons: the person-average effect times refugees 20-66 in the network's municipalities. The fee is
published; travel, hours, wages, social assistance and duration are assumptions of the settings with
a low, a central and a high value. Break-even is the number of persons in work, by taking part, at
which what is saved equals what was spent; each assumption is varied alone for the sensitivity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects.analyses.common import Result, fields, sample_of, without
from fij_eval.effects.record import Estimate, from_frame
from fij_eval.effects.samples import Sample, Windows, windows

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts
    from fij_eval.settings_analysis import PersonsSettings

INPUTS = ("panel", "estimates_primary")
SETTINGS = ("windows", "sample", "network", "persons")
ANALYSIS = "persons"
SOURCE = "primary.pp.person_average.att"
ASSUMPTIONS = (
    "travel_nok",
    "hours",
    "hourly_wage_nok",
    "social_assistance_nok",
    "years_in_work",
)
#: More hours, travel and pay cost more; more saved a person and longer spells save more.
_COSTS = ("travel_nok", "hours", "hourly_wage_nok")


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:  # noqa: ARG001 -- every analysis has these arguments
    """Records ``persons.<what>``; the one-way sensitivity as table ``sensitivity``."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    settings: PersonsSettings = parts.of("persons")
    primary = {r.key: r for r in from_frame(frames["estimates_primary"])}
    effect = primary.get(SOURCE)
    members = int(sample.treated.sum())
    refugees = _refugees(sample, chosen)
    records = [
        *_persons(sample, chosen, effect, refugees),
        *_break_even(sample, chosen, settings, members, refugees),
        *_balance(sample, chosen, effect, settings, members=members, refugees=refugees),
    ]
    return Result(tuple(records), {"sensitivity": sensitivity(settings)})


def cost(settings: PersonsSettings, values: Mapping[str, float]) -> float:
    """What one municipality spent, NOK: fee, travel, hours times their price."""
    return settings.fee_nok + values["travel_nok"] + values["hours"] * values["hourly_wage_nok"]


def saved(values: Mapping[str, float]) -> float:
    """What one person in work saves the municipality, NOK."""
    return values["social_assistance_nok"] * values["years_in_work"]


def case(settings: PersonsSettings, which: str) -> dict[str, float]:
    """All assumptions at their ``favourable``, ``central`` or ``unfavourable`` value.

    Favourable: low costs and high savings.
    """
    ends = {
        "central": ("central", "central"),
        "favourable": ("low", "high"),
        "unfavourable": ("high", "low"),
    }[which]
    return {
        name: float(getattr(getattr(settings, name), ends[0] if name in _COSTS else ends[1]))
        for name in ASSUMPTIONS
    }


def break_even(settings: PersonsSettings, values: Mapping[str, float]) -> float | None:
    """Persons in work a municipality at which savings equal costs; None if nothing is saved."""
    gain = saved(values)
    return cost(settings, values) / gain if gain > 0 else None


def sensitivity(settings: PersonsSettings) -> pd.DataFrame:
    """Break-even with each assumption alone at its low and its high value.

    Returns:
        ``assumption``, ``low``, ``central``, ``high`` and the break-even at each (persons a
        municipality), by width.
    """
    import pandas as pd

    middle = case(settings, "central")
    rows = []
    for name in ASSUMPTIONS:
        at = getattr(settings, name)
        found = {
            end: break_even(settings, middle | {name: float(getattr(at, end))})
            for end in ("low", "central", "high")
        }
        rows.append(
            {
                "assumption": name,
                "low": at.low,
                "central": at.central,
                "high": at.high,
                **{f"break_even_{end}": value for end, value in found.items()},
            }
        )
    frame = pd.DataFrame(rows).astype(
        {f"break_even_{end}": "float64" for end in ("low", "central", "high")}
    )
    width = (frame["break_even_high"] - frame["break_even_low"]).abs()
    order = width.sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _refugees(sample: Sample, chosen: Windows) -> float:
    """Refugees 20-66 in the network's municipalities, mean over the post window's snapshots.

    Where a count is hidden, that of the reference month stands in.
    """
    frozen = sample.units["weight"].to_numpy(dtype=float)[sample.treated]
    if not chosen.post:
        return float(frozen.sum())
    counts = sample.residents[sample.treated][:, sample.at(chosen.post)]
    return float(np.where(np.isfinite(counts), counts, frozen[:, None]).sum(axis=0).mean())


def _common(sample: Sample, chosen: Windows, spec: str) -> dict[str, Any]:
    return fields(
        ANALYSIS,
        sample,
        spec=spec,
        estimator="arithmetic",
        estimand="person_average",
        windows=chosen,
    )


def _persons(
    sample: Sample, chosen: Windows, effect: Estimate | None, refugees: float
) -> list[Estimate]:
    """The effect times refugees."""
    common = _common(sample, chosen, "persons")
    counted = Estimate(
        key="persons.refugees",
        term="refugees",
        scale="persons",
        estimate=refugees,
        n_units=int(sample.treated.sum()),
        n_treated=int(sample.treated.sum()),
        note="mean over the snapshots of the post window",
        **common,
    )
    if effect is None or effect.estimate is None:
        reason = effect.note if effect is not None else "the plan has no person average"
        return [counted, without(common, key="persons.att", reason=reason, scale="persons")]
    times: dict[str, Any] = {
        name: None if getattr(effect, name) is None else getattr(effect, name) * refugees
        for name in ("estimate", "se", "ci_low", "ci_high")
    }
    return [
        counted,
        Estimate(
            key="persons.att",
            term="att",
            scale="persons",
            inference=effect.inference,
            p_value=effect.p_value,
            df=effect.df,
            level=effect.level,
            n_units=effect.n_units,
            n_treated=effect.n_treated,
            persons=round(refugees),
            note=f"{SOURCE} times refugees 20-66 in the network's municipalities",
            **times,
            **common,
        ),
    ]


def _break_even(
    sample: Sample, chosen: Windows, settings: PersonsSettings, members: int, refugees: float
) -> list[Estimate]:
    """Costs and break-even in the central, the favourable and the unfavourable case."""
    common = _common(sample, chosen, "break_even") | {"plan_status": "descriptive"}
    records = []
    for which in ("central", "favourable", "unfavourable"):
        values = case(settings, which)
        persons = break_even(settings, values)
        spent = cost(settings, values)
        rows = [
            ("cost_each", spent, "nok", "a municipality"),
            ("cost", spent * members, "nok", "all municipalities of the network in the sample"),
            ("saved", saved(values), "nok", "a person in work who otherwise would not be"),
        ]
        if persons is not None:
            rows += [
                ("break_even_each", persons, "persons", "a municipality"),
                ("break_even", persons * members, "persons", "all municipalities"),
            ]
            if refugees > 0:
                at = persons * members / refugees
                rows.append(("break_even_pp", at, "pp", "effect at which savings equal costs"))
        records += [
            Estimate(
                key=f"persons.{which}.{term}",
                term=term,
                scale=scale,
                estimate=value,
                n_units=members,
                n_treated=members,
                note=f"{which} case: {note}",
                **common,
            )
            for term, value, scale, note in rows
        ]
        if persons is None:
            records.append(
                without(
                    common,
                    key=f"persons.{which}.break_even",
                    term="break_even",
                    scale="persons",
                    reason="nothing is saved in this case",
                )
            )
    return records


def _balance(
    sample: Sample,
    chosen: Windows,
    effect: Estimate | None,
    settings: PersonsSettings,
    *,
    members: int,
    refugees: float,
) -> list[Estimate]:
    """Savings less costs over all municipalities, at the estimate and at the interval's limits."""
    common = _common(sample, chosen, "net")
    records = []
    for which in ("central", "favourable", "unfavourable"):
        key = f"persons.{which}.net"
        if effect is None or effect.estimate is None:
            reason = effect.note if effect is not None else "the plan has no person average"
            records.append(without(common, key=key, term="net", scale="nok", reason=reason))
            continue
        values = case(settings, which)
        spent = cost(settings, values) * members

        def net(
            share: float | None, spent: float = spent, gain: float = saved(values)
        ) -> float | None:
            return None if share is None else share * refugees * gain - spent

        records.append(
            Estimate(
                key=key,
                term="net",
                scale="nok",
                estimate=net(effect.estimate),
                ci_low=net(effect.ci_low),
                ci_high=net(effect.ci_high),
                level=effect.level,
                inference=effect.inference,
                n_units=members,
                n_treated=members,
                note=f"{which} case: savings less costs, all municipalities",
                **common,
            )
        )
    return records
