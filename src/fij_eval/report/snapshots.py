"""Snapshots of the panel as figures and tables show them: pure selections and means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.months import month_number, months_between
from fij_eval.report.numbers_format import month_name
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from fij_eval.settings import Language

_INTERIM_MEAN = re.compile(r"share_mean_(\d{4})_(\d{2})\Z")


def interim_months(facts: pd.DataFrame) -> tuple[str, str]:
    """First and last month that the interim report gives a mean of the network for.

    Args:
        facts: ``data/reference/interim_report.csv``.

    Raises:
        ReportError: If it gives fewer than two.
    """
    found = sorted(f"{m[1]}-{m[2]}" for key in facts["key"] if (m := _INTERIM_MEAN.match(str(key))))
    if len(found) < 2:
        raise ReportError(
            "The interim report's facts hold fewer than two months with a mean of the network",
            where="data/reference/interim_report.csv",
            remedy="restore the rows share_mean_YYYY_MM of the file that came with the project",
        )
    return found[0], found[-1]


def outcome_months(panel: pd.DataFrame) -> list[str]:
    """Months with a share employed for at least one municipality, in order.

    Raises:
        ReportError: If there is none.
    """
    months = sorted(panel.loc[panel["share"].notna(), "reference_month"].unique())
    if not months:
        raise ReportError(
            "The panel holds no share employed for any month",
            where="panel.parquet",
            remedy="see checks.json beside it for what was found in the raw files",
        )
    return [str(month) for month in months]


def nearest(months: Sequence[str], wanted: str) -> str:
    """The month of those there are that lies nearest; the later of two as near."""
    return min(months, key=lambda month: (abs(months_between(wanted, month)), -month_number(month)))


def compared_months(panel: pd.DataFrame, facts: pd.DataFrame) -> tuple[str, str]:
    """The two months that the interim report compares, or the nearest there are.

    Raises:
        ReportError: If the panel holds fewer than two months.
    """
    months = outcome_months(panel)
    if len(months) < 2:
        raise ReportError(
            f"Two months are compared, and the panel holds one ({months[0]})",
            where="panel.parquet",
            remedy="add a reference month under data.snapshots",
        )
    wanted_start, wanted_end = interim_months(facts)
    end = nearest(months[1:], wanted_end)
    return nearest([month for month in months if month < end], wanted_start), end


def remarks(language: Language, *, shown: Sequence[str], wanted: Sequence[str]) -> str:
    """What a reader must know of the months shown: replaced ones, and different seasons."""
    sentences = [
        shared(
            language,
            "substitute",
            wanted=month_name(asked, language),
            used=month_name(used, language),
        )
        for asked, used in zip(wanted, shown, strict=True)
        if asked != used
    ]
    if len(shown) == 2 and months_between(shown[0], shown[1]) % 12:
        sentences.append(shared(language, "seasons"))
    return "".join(f" {sentence}" for sentence in sentences)


def at(panel: pd.DataFrame, month: str, *, minimum: int) -> pd.DataFrame:
    """Rows of one month and of both arms with a share and at least ``minimum`` refugees.

    A municipality whose number of refugees is not known is not among them unless ``minimum`` is 0;
    one outside both arms (Oslo) never is.
    """
    known = (panel["reference_month"] == month) & panel["share"].notna()
    enough = panel["residents"].ge(minimum).fillna(value=minimum == 0).astype(bool)
    return panel[known & enough & (panel["arm"] != "excluded")].reset_index(drop=True)


def pairs(panel: pd.DataFrame, start: str, end: str, *, minimum: int) -> pd.DataFrame:
    """Municipalities with a share in both months and enough refugees in both.

    Returns:
        One row a municipality: code, name, county, arm, size group, share and residents at start
        and end, change.
    """
    keys = ["municipality_code", "municipality_name", "county_name", "arm", "size_group"]
    values = ["share", "residents"]
    first = at(panel, start, minimum=minimum)[["municipality_code", *values]]
    last = at(panel, end, minimum=minimum)[[*keys, *values]]
    both = last.merge(first, on="municipality_code", suffixes=("_end", "_start"))
    return both.assign(change=both["share_end"] - both["share_start"])
