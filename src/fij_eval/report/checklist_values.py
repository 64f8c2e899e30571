"""What the answers of the checklists may hold: what the run found, as finished strings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fij_eval.effects.details import frame_of, has
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import disclosure, records
from fij_eval.report.numbers_format import (
    count,
    day_name,
    interval,
    listed,
    month_name,
    number,
    one_sign,
    p_value,
    percent_number,
    pp_number,
    signed_pp,
    whole,
)
from fij_eval.report.programme import events
from fij_eval.report.results import HASH_DIGITS
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.variables import LARGE
from fij_eval.report.vocabulary import shared, window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from fij_eval.report.context import Context
    from fij_eval.report.records import Record
    from fij_eval.settings import Language

#: The estimand that the answers speak of, and its record.
MAIN = "municipality_average"
ESTIMATE = f"primary.pp.{MAIN}.att"


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
    table = f"balance.{MAIN}"
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
    main = found.get(ESTIMATE)
    facts = frame_of(inputs["details_claim"], "plan").set_index("name")["text"]
    rung, breakdown = (
        _estimate(found, k) for k in ("claim.rung", f"trends.honest.{MAIN}.breakdown")
    )
    size = found.get(f"robustness.aa.{MAIN}.adjusted.size")
    specifications = _estimate(found, "curve.specifications")
    joint = found.get(f"primary.pp.{MAIN}.max_t")
    scales = [
        float(record["estimate"])
        for key, record in found.items()
        if key.startswith("scale.") and key.endswith(f".{MAIN}.att") and records.known(record)
    ]
    stem = f"robustness.leave_out.{MAIN}.municipality"
    made: dict[str, float | None] = {
        "estimate": _estimate(found, ESTIMATE),
        "scale_low": min(scales, default=None),
        "scale_high": max(scales, default=None),
        "composition_none": _estimate(found, f"composition.none.{MAIN}.att"),
        "composition_offset": _estimate(found, f"composition.offset.{MAIN}.att"),
        "far": _estimate(found, f"robustness.spillover.{MAIN}.far_controls"),
        "hidden_low": _estimate(found, f"robustness.hidden.{MAIN}.low"),
        "hidden_high": _estimate(found, f"robustness.hidden.{MAIN}.high"),
        "leave_low": _estimate(found, f"{stem}.lowest"),
        "leave_high": _estimate(found, f"{stem}.highest"),
    }
    mde = _estimate(found, f"primary.pp.{MAIN}.mde")

    def shown(value: float | None, form: Callable[[float, Language], str]) -> str:
        return gap if value is None else form(value, language)

    return {
        **{
            name: gap if value is None else signed_pp(value, language, unit=False)
            for name, value in made.items()
        },
        "mde": shown(mde, pp_number),
        "n": gap if main is None else count(main["n_units"], language),
        "treated": gap if main is None else count(main["n_treated"], language),
        "ci": gap
        if not records.known(main, "ci_low")
        else interval(main["ci_low"], main["ci_high"], language),
        "base": gap if main is None else window(str(main["base"]), language),
        "rung": shown(rung, whole),
        "breakdown": shown(breakdown, number),
        "size": gap if not records.known(size) else percent_number(size["estimate"], language),
        "alpha": gap
        if not records.known(size)
        else percent_number(1 - size["level"], language, 0),
        "specifications": shown(specifications, whole),
        "joint": gap if not records.known(joint, "p_value")
        else one_sign(f"=\u00a0{p_value(joint['p_value'], language)}"),
        "effective": _effective(inputs["details_primary"], context),
        "hash": str(facts["checksum"])[:HASH_DIGITS],
        "departures": str(facts["deviations"]),
    }  # fmt: skip


def _effective(details: pd.DataFrame, context: Context) -> str:
    """As how many municipalities of equal weight the sample carries the estimate."""
    gap = shared(context.language, "missing")
    if not has(details, f"clusters.{MAIN}"):
        return gap
    known = frame_of(details, f"clusters.{MAIN}").set_index("what")["number"]
    value: Any = known.get("effective")
    known_value = value is not None and math.isfinite(value)
    return number(value, context.language, 0) if known_value else gap


def _estimate(found: Mapping[str, Record], key: str) -> float | None:
    record = found.get(key)
    return float(record["estimate"]) if records.known(record) else None
