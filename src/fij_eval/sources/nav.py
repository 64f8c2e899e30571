"""NAV's workbook HL060: registered unemployed by municipality and month, one calendar year a file.

Two sheets are read: persons («3. Kommune Antall») and per cent of the labour force («4. Kommune
Prosent av arbeidsst»). ``*`` is one to three persons. Where the table begins is found, not assumed:
a row of month names, and the column with labels such as «0301 Oslo - Oslove».
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.sources.nav_sheet import fault, find_period, read_table
from fij_eval.sources.parsed import by_year, counts, reasons, shares, texts
from fij_eval.sources.workbooks import joined, read_sheets

if TYPE_CHECKING:
    from pathlib import Path

    from fij_eval.sources.workbooks import Sheet

MAX_ROWS = 2_000
MAX_COLUMNS = 100


def parse(
    content: bytes, *, where: str, year: int, vintage: str = "", simulated: bool = False
) -> pd.DataFrame:
    """Registered unemployed in one calendar year.

    Svalbard, «Ukjent», counties and totals are left out, each with a line in the log.

    Args:
        content: Bytes of the workbook.
        where: The file, for messages and the column ``file``.
        year: The year that it should hold.
        vintage: When it was published.
        simulated: Whether the figures are simulated.

    Returns:
        ``code``, ``label``, ``reference_month``, ``unemployed`` (persons), ``unemployed_missing``,
        ``unemployment_rate`` (share of the labour force), ``unemployment_rate_missing``,
        ``vintage``, ``file``, ``simulated``; one row a municipality and month.

    Raises:
        InputError: If it is not this workbook, naming sheet and cell.
    """
    sheets = read_sheets(content, where=where, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    persons = read_table(_sheet(sheets, "antall", where), where, year, percent=False)
    rates = read_table(_sheet(sheets, "prosent", where), where, year, percent=True)
    periods = {table.period for table in (persons, rates) if table.period is not None}
    if len(periods) != 1:
        raise fault("The sheets name no period, or different ones («Januar - august 2026»)", where)
    (last, found_year) = periods.pop()
    if found_year != year:
        raise fault(f"The workbook holds {found_year}, not {year}", where)
    for table, name in ((persons, "persons"), (rates, "per cent")):
        if not table.used <= last <= table.headed:
            raise fault(
                f"The sheet with {name} has headings for {table.headed} months and figures for "
                f"{table.used}, but the period has {last}",
                where,
            )
    if persons.labels.keys() != rates.labels.keys():
        odd = min(persons.labels.keys() ^ rates.labels.keys())
        raise fault(f"The municipality {odd} is in one of the two sheets only", where)
    keys = [(code, month) for code in persons.labels for month in range(1, last + 1)]
    unemployed = [persons.counts[key] for key in keys]
    rate = [rates.shares[key] for key in keys]
    frame = pd.DataFrame(
        {
            "code": texts([code for code, _ in keys]),
            "label": texts([persons.labels[code] for code, _ in keys]),
            "reference_month": texts([f"{year}-{month:02d}" for _, month in keys]),
            "unemployed": counts(unemployed),
            "unemployed_missing": reasons(unemployed),
            "unemployment_rate": shares(rate),
            "unemployment_rate_missing": reasons(rate),
            "vintage": texts([vintage] * len(keys)),
            "file": texts([where] * len(keys)),
        }
    )
    return frame.assign(simulated=simulated)


def year_of(content: bytes, *, where: str) -> int:
    """The calendar year that a workbook says it holds («Januar - august 2026»).

    Args:
        content: Bytes of the workbook.
        where: The file, for messages.

    Raises:
        InputError: If it is not this workbook, or names no year or several.
    """
    sheets = read_sheets(content, where=where, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    found = [find_period(_sheet(sheets, word, where))[0] for word in ("antall", "prosent")]
    years = {period[1] for period in found if period is not None}
    if len(years) != 1:
        raise fault("The sheets name no period, or different ones («Januar - august 2026»)", where)
    return years.pop()


def write_tables(index: Path, output: Path) -> None:
    """Parse the newest vintage of each year's workbook to ``nav_hl060.parquet``.

    Args:
        index: ``data/raw/<mode>/index/nav.json``.
        output: Folder of the parquet file.

    Raises:
        InputError: If there is no workbook, or one is not what it should be.
        ArchiveError: If a file is gone or changed.
    """
    frame = by_year(index, "nav", "hl060", parse)
    write_parquet(output / "nav_hl060.parquet", frame)


def _sheet(sheets: dict[str, Sheet], word: str, where: str) -> Sheet:
    """The sheet of municipalities with the word in its name."""
    found = [s for s in sheets.values() if {"kommune", word} <= set(_words(s.name))]
    if len(found) != 1:
        raise fault(
            f"There are {len(found)} sheets «Kommune … {word}», not one; "
            f"the workbook has {joined(sheets)}",
            where,
        )
    return found[0]


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name.casefold())
