"""IMDi's pages of settled refugees, one a year with a table a county, to one table.

``:`` and ``<5`` are one to four persons. Rows of totals are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources.html_tables import read_page
from fij_eval.sources.labels import without_notes
from fij_eval.sources.missing import Missing
from fij_eval.sources.numbers import UnreadableCellError, read_count
from fij_eval.sources.parsed import by_year, counts, reasons, texts
from fij_eval.sources.table_columns import Grid, find_heading, rows_below

if TYPE_CHECKING:
    from pathlib import Path

    from fij_eval.sources.html_tables import HtmlTable
    from fij_eval.sources.table_columns import Heading, Row

MEASURES = ("requested", "decided", "settled", "settled_collective")
SIGNS = dict.fromkeys((":", "<5", "< 5", "<\u00a05"), Missing.BELOW_FIVE)

_TOTAL = re.compile(r"(?:sum|total|totalt|i alt)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b20[0-9]{2}\b")


@dataclass(frozen=True, slots=True)
class _Settlement:
    """One municipality: county, name, row and readings in the order of ``MEASURES``."""

    county: str
    name: str
    row: int
    readings: tuple[tuple[int | None, Missing], ...]


def classify(heading: str) -> str | None:
    """The measure that a column heading names."""
    words = heading.casefold()
    for word, measure in (
        ("kollektiv", "settled_collective"),
        ("anmod", "requested"),
        ("vedta", "decided"),
        ("bosatt", "settled"),
    ):
        if word in words:
            return measure
    return None


def parse(
    content: bytes, *, where: str, year: int, vintage: str = "", simulated: bool = False
) -> pd.DataFrame:
    """Settlement by municipality in one year.

    Args:
        content: Bytes of the page.
        where: The file, for messages and the column ``file``.
        year: The year; if the page's titles name years, it must be among them.
        vintage: When the page was published or fetched.
        simulated: Whether the figures are simulated.

    Returns:
        ``year``, ``county``, ``name``, then persons ``requested``, ``decided``, ``settled``,
        ``settled_collective`` each with ``_missing``, then ``vintage``, ``file``, ``row`` (in its
        county's table), ``simulated``; one row a municipality.

    Raises:
        InputError: If the page has no such tables, or a table or cell cannot be read.
    """
    page = read_page(content, where=where)
    years = {int(found) for title in page.titles for found in _YEAR.findall(title)}
    if years and year not in years:
        raise _fault(f"The page is titled {min(years)}, but kept as {year}", where)
    rows: list[_Settlement] = []
    counties: set[str] = set()
    for table in page.tables:
        if not any(row and row[0].casefold().startswith("kommune") for row in table.rows):
            continue
        found = _read_county(table, where)
        if found[0].county in counties:
            raise _fault(f"The county «{found[0].county}» has two tables", where)
        counties.add(found[0].county)
        rows += found
    if not rows:
        raise _fault("The page has no table with a column of municipalities", where)
    columns = {
        "year": pd.Series([year] * len(rows), dtype="Int64"),
        "county": texts([row.county for row in rows]),
        "name": texts([row.name for row in rows]),
    }
    for place, measure in enumerate(MEASURES):
        readings = [row.readings[place] for row in rows]
        columns[measure] = counts(readings)
        columns[f"{measure}_missing"] = reasons(readings)
    columns["vintage"] = texts([vintage] * len(rows))
    columns["file"] = texts([where] * len(rows))
    columns["row"] = pd.Series([row.row for row in rows], dtype="Int64")
    return pd.DataFrame(columns).assign(simulated=simulated)


def write_tables(index: Path, output: Path) -> None:
    """Parse the newest vintage of each year's page to ``imdi_settlement.parquet``.

    Args:
        index: ``data/raw/<mode>/index/imdi.json``.
        output: Folder of the parquet file.

    Raises:
        InputError: If there is no page, or one is not what it should be.
        ArchiveError: If a file is gone or changed.
    """
    frame = by_year(index, "imdi", "bosetting", parse)
    write_parquet(output / "imdi_settlement.parquet", frame)


def _read_county(table: HtmlTable, where: str) -> list[_Settlement]:
    """The municipalities of one county's table."""
    county = without_notes(table.title)
    at = f"{where}, table on line {table.line} («{county[:60]}»)"
    if not county:
        raise _fault("A table of municipalities has no caption or heading with its county", at)
    grid = Grid(where=at, rows=table.rows, spanned=table.spanned, title=table.title)
    heading = find_heading(grid, classify)
    if heading is None or "settled" not in heading.columns:
        raise _fault("The table has no column «Bosatt»", at)
    found: list[_Settlement] = []
    for row in rows_below(grid, heading):
        name = without_notes(row.label)
        if _TOTAL.match(name):
            continue
        place = f"{grid.place(row.number)} («{row.label[:60]}»)"
        if not name or name in {other.name for other in found}:
            raise _fault("A municipality has no name, or stands twice in its county", place)
        readings = tuple(_reading(heading, row, measure, place) for measure in MEASURES)
        found.append(_Settlement(county, name, grid.first + row.number, readings))
    if not found:
        raise _fault("The table has no rows of figures", at)
    return found


def _reading(heading: Heading, row: Row, measure: str, where: str) -> tuple[int | None, Missing]:
    if measure not in heading.columns:
        return None, Missing.NOT_PUBLISHED
    try:
        # IMDi documents no sign for zero, so «-» is a fault.
        return read_count(row.cells[measure], signs=SIGNS, zero_signs=())
    except UnreadableCellError as error:
        raise _fault(str(error), f"{where}, column «{heading.names[measure][:60]}»") from error


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="compare with the page; if IMDi has changed its form, the parser must follow",
    )
