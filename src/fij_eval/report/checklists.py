"""Checklists filled by the run: each point with its answer, and where in the report it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.effects.details import frame_of, has
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import disclosure, records
from fij_eval.report.checklist_words import ANSWERS
from fij_eval.report.context import Context, fill, places
from fij_eval.report.numbers_format import (
    count,
    day_name,
    interval,
    listed,
    month_name,
    number,
    p_value,
    percent_number,
    pp_number,
    signed_pp,
)
from fij_eval.report.programme import events
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.vocabulary import shared, window

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.report.records import Record

#: Characteristics beyond this normalised difference set the arms apart (Imbens & Rubin 2015).
LARGE = 0.25
_MAIN = "municipality_average"
_ESTIMATE = f"primary.pp.{_MAIN}.att"


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a checklist.

    Attributes:
        group: Its checklist: ``strobe``, ``trend``, ``top`` or ``referee``.
        number: Its number there.
        point: Key of its words.
        answer: Key of the answer; one that begins with ``open`` is none.
        where: Labels of chapters, figures and tables that hold it.
        record: Key of the record behind it.
    """

    group: str
    number: int
    point: str
    answer: str
    where: tuple[str, ...]
    record: str = ""

    @property
    def answered(self) -> bool:
        """Whether the run can answer it."""
        return not self.answer.startswith("open")


def _list(group: str, *points: tuple[str, str, str, str]) -> tuple[Item, ...]:
    return tuple(
        Item(group, k, point, answer or point, tuple(where.split()), record)
        for k, (point, answer, where, record) in enumerate(points, start=1)
    )


ITEMS: tuple[Item, ...] = (
    *_list(
        "strobe",
        ("title", "", "sec-brief sec-summary", ""),
        ("background", "", "sec-background", ""),
        ("objectives", "", "sec-questions", ""),
        ("design", "", "sec-method", ""),
        ("setting", "", "sec-data fig06_timeline", ""),
        ("units", "", "sec-sample fig13_flow", ""),
        ("variables", "", "sec-data tabv3_codebook", ""),
        ("sources", "", "sec-data tabv10_sources", ""),
        ("bias", "", "robustness", ""),
        ("size", "", "sec-power fig16_power tab09_power", f"primary.pp.{_MAIN}.mde"),
        ("quantitative", "", "sec-scale tab13b_scale", ""),
        ("methods", "", "sec-method tabv1_plan tab08_inference", ""),
        ("flow", "", "fig13_flow", ""),
        ("descriptive", "", "tab02_means tabv4_missing", ""),
        ("outcomes", "", "fig09_series", ""),
        ("results", "", "tab05_main", _ESTIMATE),
        ("other", "", "fig18_specification_curve tab13_estimators tab11_groups", "curve.median"),
        ("key", "", "sec-conclusion", "claim.rung"),
        ("limits", "", "sec-limits", ""),
        ("interpretation", "", "sec-discussion", ""),
        ("general", "", "sec-discussion", ""),
        ("funding", "open_funding", "", ""),
    ),
    *_list(
        "trend",
        ("title", "", "sec-brief sec-summary", ""),
        ("background", "", "sec-background", ""),
        ("recruited", "", "sec-network tab01_participants", ""),
        ("intervention", "", "sec-network fig06_timeline", ""),
        ("objectives", "", "sec-questions", ""),
        ("outcomes", "", "sec-data fig09_series", ""),
        ("size", "", "sec-power tab09_power", f"primary.pp.{_MAIN}.mde"),
        ("assignment", "", "tab04_joining", "selection.auc"),
        ("blinding", "", "app-V1", ""),
        ("unit", "", "tab08_inference tab10_placebos", f"robustness.county_clusters.{_MAIN}.att"),
        ("methods", "", "sec-method tabv1_plan", ""),
        ("flow", "", "fig13_flow", ""),
        ("recruitment", "", "sec-network fig06_timeline", ""),
        ("baseline", "", "tab03_balance", ""),
        ("equivalence", "", "tab03_balance fig10_love", ""),
        ("analysed", "", "tab05_main", _ESTIMATE),
        ("results", "", "tab05_main fig14_event_study", _ESTIMATE),
        ("other", "", "fig18_specification_curve tabv5_estimates", "curve.median"),
        ("harms", "", "tab10_placebos", f"robustness.spillover.{_MAIN}.ring_1"),
        ("interpretation", "", "sec-discussion", ""),
        ("general", "", "sec-discussion", ""),
        ("evidence", "", "sec-background sec-discussion", ""),
    ),
    *_list(
        "top",
        ("cite", "", "tabv10_sources", ""),
        ("data", "", "app-V10", ""),
        ("code", "", "app-V10", ""),
        ("materials", "", "app-V1 tab01_participants", ""),
        ("reporting", "", "app-V8", ""),
        ("registered", "open_registered", "", ""),
        ("plan", "", "app-V1 tabv1_plan", ""),
        ("replication", "", "app-V10", ""),
    ),
    *_list(
        "referee",
        ("r_rise", "", "fig05_change_network fig05b_change_others", ""),
        ("r_base", "", "sec-method tab14_event_study", ""),
        ("r_scale", "", "fig09_series tab13b_scale", f"scale.identity.adjusted.{_MAIN}.att"),
        ("r_composition", "", "fig11_composition tab06_composition",
         f"composition.offset.{_MAIN}.att"),
        ("r_power", "", "sec-power fig16_power", f"primary.pp.{_MAIN}.mde"),
        ("r_trends", "", "fig17_honest", f"trends.honest.{_MAIN}.breakdown"),
        ("r_size", "", "fig15_pseudo_networks tab09_power",
         f"robustness.aa.{_MAIN}.adjusted.size"),
        ("r_clusters", "", "tab08_inference", _ESTIMATE),
        ("r_spill", "", "tab10_placebos", f"robustness.spillover.{_MAIN}.far_controls"),
        ("r_hidden", "", "tab10_placebos", f"robustness.hidden.{_MAIN}.low"),
        ("r_one", "", "fig19_leave_one_out",
         f"robustness.leave_out.{_MAIN}.municipality.lowest"),
        ("r_many", "", "tab08_inference", f"primary.pp.{_MAIN}.max_t"),
        ("r_register", "", "sec-network tab01_participants", ""),
        ("r_truth", "", "fig21_bench tab12_bench", ""),
        ("r_named", "", "app-V9 tabv9_municipalities", ""),
    ),
)  # fmt: skip


def answer(item: Item, values: Mapping[str, str], context: Context) -> str:
    """The answer in words, its places filled with what the run found."""
    key = item.answer
    if key == "r_base" and "–" not in values["base"]:
        key = "r_base_one"
    if key == "r_register" and values["unsettled"] == count(0, context.language):
        key = "r_register_settled"
    wanted = places(ANSWERS[context.language][key])
    return fill(ANSWERS, context.language, key, **{name: values[name] for name in wanted})


def values(inputs: Mapping[str, pd.DataFrame], context: Context) -> dict[str, str]:
    """What answers may hold, as strings; the standard sign for what is missing."""
    found: dict[str, Record] = {}
    for key, frame in inputs.items():
        if key.startswith("estimates_"):
            found |= records.by_key(frame)
    return {
        **_about_data(inputs, context),
        **_about_network(inputs, context),
        **_about_groups(inputs, found, context),
        **_about_results(inputs, found, context),
    }


def _about_data(inputs: Mapping[str, pd.DataFrame], context: Context) -> dict[str, str]:
    language, panel = context.language, inputs["panel"]
    months = outcome_months(panel)
    every = panel["municipality_code"].nunique()
    may = disclosure.named(panel, context.sample)
    return {
        "months": count(len(months), language),
        "first": month_name(months[0], language),
        "last": month_name(months[-1], language),
        "start": month_name(context.network.start, language),
        "end": month_name(context.network.end, language),
        "minimum": count(context.sample.minimum_residents, language),
        "reference": month_name(context.sample.reference_month, language),
        "all": count(every, language),
        "not_named": count(every - len(may), language),
        "smallest": count(SMALLEST_COUNT, language),
        "missing": count(int(panel["share"].isna().sum()), language),
        "cells": count(len(panel), language),
        "variables": count(inputs["codebook"]["name"].nunique(), language),
    }


def _about_network(inputs: Mapping[str, pd.DataFrame], context: Context) -> dict[str, str]:
    language, register = context.language, inputs["register"]
    signed = register[register["signed_up"] == "yes"]
    return {
        "signups": count(len(signed), language),
        "confirmed": count(int((signed["status"] == "participant").sum()), language),
        "unsettled": count(int((signed["status"] == "signed_up").sum()), language),
        "kick_offs": listed(
            (day_name(day, language) for day in sorted(set(signed["kick_off_date"]))), language
        ),
        "events": count(len(events(inputs["reference_network_calendar"])), language),
    }


def _about_groups(
    inputs: Mapping[str, pd.DataFrame], found: Mapping[str, Record], context: Context
) -> dict[str, str]:
    language = context.language
    gap = shared(language, "missing")
    table = f"balance.{_MAIN}"
    known, apart = gap, gap
    if has(inputs["details_selection"], table):
        difference = frame_of(inputs["details_selection"], table)["normalised_difference"].dropna()
        known = count(len(difference), language)
        apart = count(int((difference.abs() > LARGE).sum()), language)
    auc = _estimate(found, "selection.auc")
    arms = [_estimate(found, f"sample.analysed.{arm}") for arm in ("network", "comparison")]
    sizes = [arm for arm in arms if arm is not None]
    return {
        "characteristics": known,
        "unbalanced": apart,
        "large": number(LARGE, language, 2),
        "auc": gap if auc is None else number(100 * auc, language, 0),
        "n_sample": count(round(sum(sizes)), language) if len(sizes) == len(arms) else gap,
    }


def _about_results(
    inputs: Mapping[str, pd.DataFrame], found: Mapping[str, Record], context: Context
) -> dict[str, str]:
    language = context.language
    gap = shared(language, "missing")
    main = found.get(_ESTIMATE)
    facts = frame_of(inputs["details_claim"], "plan").set_index("name")["text"]
    rung, breakdown = (
        _estimate(found, k) for k in ("claim.rung", f"trends.honest.{_MAIN}.breakdown")
    )
    size = _estimate(found, f"robustness.aa.{_MAIN}.adjusted.size")
    specifications = _estimate(found, "curve.specifications")
    joint = found.get(f"primary.pp.{_MAIN}.max_t")
    scales = [
        float(record["estimate"])
        for key, record in found.items()
        if key.startswith("scale.") and key.endswith(f".{_MAIN}.att") and records.known(record)
    ]
    stem = f"robustness.leave_out.{_MAIN}.municipality"
    made: dict[str, float | None] = {
        "estimate": None if main is None else _estimate(found, _ESTIMATE),
        "scale_low": min(scales, default=None),
        "scale_high": max(scales, default=None),
        "composition_none": _estimate(found, f"composition.none.{_MAIN}.att"),
        "composition_offset": _estimate(found, f"composition.offset.{_MAIN}.att"),
        "far": _estimate(found, f"robustness.spillover.{_MAIN}.far_controls"),
        "hidden_low": _estimate(found, f"robustness.hidden.{_MAIN}.low"),
        "hidden_high": _estimate(found, f"robustness.hidden.{_MAIN}.high"),
        "leave_low": _estimate(found, f"{stem}.lowest"),
        "leave_high": _estimate(found, f"{stem}.highest"),
    }
    mde = _estimate(found, f"primary.pp.{_MAIN}.mde")
    return {
        **{
            name: gap if value is None else signed_pp(value, language, unit=False)
            for name, value in made.items()
        },
        "mde": gap if mde is None else pp_number(mde, language),
        "n": gap if main is None else count(main["n_units"], language),
        "treated": gap if main is None else count(main["n_treated"], language),
        "ci": gap
        if main is None or main["ci_low"] != main["ci_low"]
        else interval(main["ci_low"], main["ci_high"], language),
        "base": gap if main is None else window(str(main["base"]), language),
        "rung": gap if rung is None else count(round(rung), language),
        "breakdown": gap if breakdown is None else number(breakdown, language),
        "size": gap if size is None else percent_number(size, language),
        "specifications": gap if specifications is None else count(round(specifications), language),
        "joint": gap if joint is None or joint["p_value"] != joint["p_value"]
        else _equals(p_value(joint["p_value"], language)),
        "effective": _effective(inputs["details_primary"], context),
        "hash": str(facts["checksum"])[:12],
        "departures": str(facts["deviations"]),
    }  # fmt: skip


def _equals(p: str) -> str:
    return p if p[0] in "<>" else f"=\u00a0{p}"


def _effective(details: pd.DataFrame, context: Context) -> str:
    """As how many municipalities of equal weight the sample carries the estimate."""
    gap = shared(context.language, "missing")
    if not has(details, f"clusters.{_MAIN}"):
        return gap
    known = frame_of(details, f"clusters.{_MAIN}").set_index("what")["number"]
    value: Any = known.get("effective")
    known_value = value is not None and math.isfinite(value)
    return number(value, context.language, 0) if known_value else gap


def _estimate(found: Mapping[str, Record], key: str) -> float | None:
    record = found.get(key)
    return float(record["estimate"]) if record is not None and records.known(record) else None
