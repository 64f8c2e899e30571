"""Numbers that say what the data are: the run, the network, the months, the outcome's level."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import fij_eval
from fij_eval.errors import ReportError
from fij_eval.report import records, vocabulary
from fij_eval.report.numbers_format import (
    count,
    day_name,
    listed,
    month_name,
    number,
    percent_number,
    percent_words,
    pp,
)
from fij_eval.report.programme import events
from fij_eval.report.snapshots import (
    compared_months,
    interim_months,
    outcome_months,
    pairs,
)
from fij_eval.report.wording import spelled, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language, Parts

_NUMBER = re.compile(r"\d+(\.\d+)?\Z")


def about_run(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """Status, day of the newest data, version, Statbank tables."""
    panel = frames["panel"]
    day = newest_day(panel, frames["source_statbank_immigration"])
    level = settings.of("inference").level
    status = word(language, f"status_{settings.of('report').status}")
    return {
        "meta.simulated": word(language, "yes") if panel["simulated"].any() else "",
        "meta.status": status,
        "meta.status_start": vocabulary.raised(status),
        "meta.data_day": day,
        "meta.data_as_of": day_name(day, language),
        "meta.version": fij_eval.__version__,
        "level": percent_number(level, language, 0),
        "alpha": percent_number(1 - level, language, 0),
        "place.municipalities": count(panel["municipality_code"].nunique(), language),
        **{f"table.{role}": known.table for role, known in settings.of("tables").items()},
    }


def newest_day(*used: pd.DataFrame) -> str:
    """The latest date among the vintages of all values that are used, as an ISO date.

    Raises:
        ReportError: If no vintage holds a date.
    """
    day = vocabulary.newest_day(
        *(frame[name] for frame in used for name in frame.columns if name.endswith("vintage"))
    )
    if not day:
        raise ReportError(
            "No value has a vintage with a date, so the document has no date either",
            where="panel.parquet, column outcome_vintage and its like",
            remedy="see that the raw archive's vintages are dates",
        )
    return day


def about_network(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """Who signed up, when the network ran, and what its programme held."""
    register = frames["register"]
    network = settings.of("network")
    signed = register[register["signed_up"] == "yes"]
    facts = _facts(frames)
    stated = sum(float(facts[key]) for key in ("participants_total", "withdrawn") if key in facts)
    arm = f"arm_{network.treated}"
    definite = word(language, f"{arm}_definite")
    kinds = {
        "kick_off": "kick-off",
        "gathering": "gathering",
        "project_leaders": "project leaders",
        "inspiration": "inspiration",
        "webinar": "webinar",
        "information": "information meeting",
    }
    programme = events(frames["reference_network_calendar"])
    physical = programme["physical"] & (programme["kind"] == "gathering")
    in_arm = frames["panel"].loc[frames["panel"]["arm"] == "network", "municipality_code"]
    return {
        "arm.network": word(language, arm),
        "arm.network_definite": definite,
        "arm.network_definite_start": vocabulary.raised(definite),
        "arm.meaning": word(language, f"{arm}_meaning"),
        "net.start": month_name(network.start, language),
        "net.end": month_name(network.end, language),
        "net.kick_offs": listed(
            (day_name(day, language) for day in sorted(signed["kick_off_date"].unique())), language
        ),
        "net.signups": count(len(signed), language),
        "net.units": count(in_arm.nunique(), language),
        **{
            f"net.{group}": count((signed["size_group"] == group).sum(), language)
            for group in ("small", "medium", "large")
        },
        "net.register_gap": ""
        if stated == len(signed)
        else word(
            language,
            "register_gap",
            stated=count(stated, language),
        ),
        "calendar.n": count(len(programme), language),
        "calendar.physical": spelled(int(physical.sum()), language),
        **{
            f"calendar.{key}": spelled(int((programme["kind"] == kind).sum()), language)
            for key, kind in kinds.items()
        },
    }


def about_interim_report(language: Language, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """What the interim report and the published national points say, as they say it.

    Facts that are words there («about one in four») are no numbers and give no key.
    """
    facts = _facts(frames)
    start, end = interim_months(frames["reference_interim_report"])
    points = frames["reference_national_points"]
    points = points[
        points["measure"].str.startswith("share employed aged") & points["value"].str.match(_NUMBER)
    ]
    return {
        **{f"interim.{key}": number(float(value), language, 0) for key, value in facts.items()},
        "interim.start": month_name(start, language),
        "interim.end": month_name(end, language),
        "interim.share_mean_start": number(float(facts[_mean_key(start)]), language, 0),
        "interim.share_mean_end": number(float(facts[_mean_key(end)]), language, 0),
        **{
            f"national.{row.reference_month}": number(float(str(row.value)), language, 0)
            for row in points.itertuples()
        },
        **{
            f"national.{month}.month": month_name(month, language)
            for month in points["reference_month"]
        },
    }


def about_snapshots(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """Which months have the outcome, and how many cells lack it."""
    panel = frames["panel"]
    start = settings.of("network").start
    months = outcome_months(panel)
    pre, post = [m for m in months if m < start], [m for m in months if m > start]
    without = [month for month in settings.of("data").snapshots if month not in months]
    missing = int(panel["share"].isna().sum())

    def names(chosen: list[str]) -> str:
        found = listed((month_name(month, language) for month in chosen), language)
        return found or word(language, "none")

    return {
        "snap.n": spelled(len(months), language),
        "snap.n_pre": spelled(len(pre), language),
        "snap.n_post": spelled(len(post), language),
        "snap.first": month_name(months[0], language),
        "snap.last": month_name(months[-1], language),
        "snap.pre_list": names(pre),
        "snap.post_list": names(post),
        "snap.without": word(language, "months_without_table", months=names(without))
        if without
        else "",
        "missing.cells": count(len(panel), language),
        "missing.share": count(missing, language),
        "missing.share_percent": percent_words(missing / len(panel), language),
    }


def about_status(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """The level of the outcome in the months that the interim report compares, or the nearest.

    Means over municipalities are those of the figures: the same months, the same municipalities.
    """
    panel = frames["panel"]
    start, end = compared_months(panel, frames["reference_interim_report"])
    known = records.by_key(frames["estimates_description"])
    counties = _counties(panel, known, end)
    both = pairs(panel, start, end, minimum=settings.of("sample").minimum_residents)
    made = {
        "status.month": month_name(end, language),
        "status.all": percent_number(
            records.wanted(known, f"mean.all.everyone.{end}.municipality", "description")[
                "estimate"
            ],
            language,
        ),
        "status.all_pooled": percent_number(
            records.wanted(known, f"mean.all.everyone.{end}.pooled", "description")["estimate"],
            language,
        ),
        "status.county_high": counties[-1][1],
        "status.county_high_share": percent_number(counties[-1][0], language),
        "status.county_low": counties[0][1],
        "status.county_low_share": percent_number(counties[0][0], language),
        "compare.start_month": month_name(start, language),
        "compare.end_month": month_name(end, language),
    }
    for key, arm in (("network", "network"), ("others", "comparison")):
        rows = both[both["arm"] == arm]
        made |= {
            f"compare.{key}.n": count(len(rows), language),
            f"compare.{key}.start": percent_number(rows["share_start"].mean(), language),
            f"compare.{key}.end": percent_number(rows["share_end"].mean(), language),
            f"compare.{key}.change": pp(rows["change"].mean(), language),
        }
    return made


def _counties(
    panel: pd.DataFrame, known: Mapping[str, records.Record], month: str
) -> list[tuple[float, str]]:
    """Unweighted mean and name of each county with a figure in a month, lowest first.

    Raises:
        ReportError: If no county has one.
    """
    names = panel.drop_duplicates("county_code").set_index("county_code")["county_name"]
    means = {name: known.get(f"county.{code}.{month}.municipality") for code, name in names.items()}
    found = sorted(
        (float(mean["estimate"]), str(name)) for name, mean in means.items() if records.known(mean)
    )
    if not found:
        raise ReportError(
            f"No county has a share employed in {month}",
            where="estimates/description.parquet",
            remedy="see checks.json for what was found in the raw files",
        )
    return found


def _facts(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The numbers among the interim report's facts."""
    facts = frames["reference_interim_report"]
    numeric = facts[facts["value"].str.match(_NUMBER)]
    return dict(zip(numeric["key"], numeric["value"], strict=True))


def _mean_key(month: str) -> str:
    """Key of the network's mean in a month among the interim report's facts."""
    return f"share_mean_{month.replace('-', '_')}"
