"""The SSB article on Ukrainians in work, to one table of municipalities and one of the country.

Three forms of the same tables: the page (HTML), and what the browser downloads from it, CSV
(UTF-8, semicolons, cells as displayed) and XLSX (white space taken out, comma turned to point).
Every vintage is kept: a month that was published twice has two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources import statbank_outcome
from fij_eval.sources.html_tables import read_page
from fij_eval.sources.numbers import CellValue
from fij_eval.sources.parsed import checked_date, counts, entries_of, reasons, shares, texts
from fij_eval.sources.ssb_article_table import (
    MEASURES,
    MUNICIPAL,
    NATIONAL,
    ArticleTable,
    heading_of,
    number_in,
    read_table,
)
from fij_eval.sources.store import RawStore
from fij_eval.sources.table_columns import Grid
from fij_eval.sources.text_files import csv_rows
from fij_eval.sources.workbooks import read_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fij_eval.sources.ssb_article_table import ArticleRow
    from fij_eval.sources.store import Entry
    from fij_eval.sources.workbooks import Sheet

# 357 municipalities, and some rows of notes.
MAX_ROWS = 5_000
MAX_COLUMNS = 50


def parse(
    content: bytes, *, where: str, reference_month: str | None = None, table: str | None = None
) -> dict[str, ArticleTable]:
    """The article's tables in one file.

    Args:
        content: Bytes of the file.
        where: The file; its ending (html, htm, csv, xlsx) says how it is read.
        reference_month: Month of Tabell 2 (``YYYY-MM``), where it is known; else its caption must
            name one.
        table: ``1`` or ``2`` for a file that holds one table, where it is known; else its caption
            must say «Tabell 1» or «Tabell 2».

    Returns:
        Table by number; a page must hold Tabell 2.

    Raises:
        InputError: If the file, a table or a cell cannot be read, naming file and row.
    """
    ending = PurePosixPath(where).suffix.casefold()
    decimal = ","
    if ending in (".html", ".htm"):
        numbered = _number_page(_page_grids(content, where), where)
    elif ending == ".csv":
        numbered = _number_files([Grid(where=where, rows=csv_rows(content, where=where))], table)
    elif ending == ".xlsx":
        sheets = read_sheets(content, where=where, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
        numbered = _number_files([_sheet_grid(s, where) for s in sheets.values()], table)
        decimal = "."
    else:
        raise InputError(
            f"A file ending in «{ending}» is not a form that the article's tables come in",
            where=where,
            remedy="give the page as .html, or the table as .csv or .xlsx",
        )
    return {
        number: read_table(grid, number, reference_month=reference_month, decimal=decimal)
        for number, grid in sorted(numbered.items())
    }


def write_tables(index: Path, output: Path) -> None:
    """Parse every vintage to ``ssb_article_municipal.parquet`` and ``…_national.parquet``.

    Where a vintage has a table in several files, they must agree cell by cell, and the one with
    most columns is used.

    Args:
        index: ``data/raw/<mode>/index/ssb_article.json``.
        output: Folder of the parquet files.

    Raises:
        InputError: If a file cannot be read, or two of a vintage disagree, naming the cell.
        ArchiveError: If a file is gone or changed.
    """
    store = RawStore(index.parent.parent)
    found: dict[tuple[str, str, str], tuple[Entry, ArticleTable]] = {}
    for entry in entries_of(index, "ssb_article"):
        if entry.path.endswith(".json"):
            for each in statbank_outcome.parse(store.read(entry), where=entry.path):
                key = (MUNICIPAL, each.rows[0].month, entry.vintage)
                found[key] = _with_part(found.get(key), entry, each)
            continue
        month = str(entry.about.get("reference_month", ""))
        tables = parse(
            store.read(entry),
            where=entry.path,
            reference_month=month,
            table=entry.about.get("table"),
        )
        for number, table in tables.items():
            key = (number, month, entry.vintage)
            if key in found:
                _require_equal(found[key][1], table)
            if key not in found or len(table.measures) > len(found[key][1].measures):
                found[key] = (entry, table)
    found = _preferred(found)
    for number, name in ((MUNICIPAL, "municipal"), (NATIONAL, "national")):
        parts = [found[key] for key in sorted(found) if key[0] == number]
        if number == MUNICIPAL and not parts:
            raise InputError(
                "No file holds Tabell 2, the table of municipalities",
                where=str(index),
                remedy="fetch the article, or put its Tabell 2 into data/manual/",
            )
        write_parquet(output / f"ssb_article_{name}.parquet", _frame(parts, number))


def _with_part(
    known: tuple[Entry, ArticleTable] | None, entry: Entry, table: ArticleTable
) -> tuple[Entry, ArticleTable]:
    """A month's table of Statbank; the parts of a request that was split are one."""
    if known is None or not ("part" in known[0].about and "part" in entry.about):
        return entry, table
    return known[0], replace(known[1], rows=(*known[1].rows, *table.rows))


def _preferred(
    found: dict[tuple[str, str, str], tuple[Entry, ArticleTable]],
) -> dict[tuple[str, str, str], tuple[Entry, ArticleTable]]:
    """The tables without those of the article whose month Statbank has."""
    from_statbank = {key[:2] for key, (entry, _) in found.items() if entry.path.endswith(".json")}
    return {
        key: value
        for key, value in found.items()
        if key[:2] not in from_statbank or value[0].path.endswith(".json")
    }


def _page_grids(content: bytes, where: str) -> list[Grid]:
    """The tables of a page; the title is the caption if it numbers the table, else the heading."""
    return [
        Grid(
            where=f"{where}, table on line {table.line}",
            rows=table.rows,
            spanned=table.spanned,
            title=table.caption if number_in(table.caption) else table.title,
        )
        for table in read_page(content, where=where).tables
    ]


def _sheet_grid(sheet: Sheet, where: str) -> Grid:
    """A sheet; dates become months (a spreadsheet makes dates of «September 2024»)."""
    rows: list[tuple[CellValue, ...]] = []
    for number, cells in enumerate(sheet.rows):
        row: list[CellValue] = []
        for column, cell in enumerate(cells):
            value = cell.value
            if cell.fault:
                raise InputError(
                    f"The cell {cell.fault}, not a figure",
                    where=f"{where}, {sheet.place(number, column)}",
                    remedy="download the table again, or paste values in place of formulas",
                )
            if isinstance(value, date):
                value = f"{value.year}-{value.month:02d}"
            elif cell.percent and isinstance(value, int | float):
                # 34,5 % is kept as 0.345; ten digits are far more than any share has.
                value = round(value * 100, 10)
            row.append(value)
        rows.append(tuple(row))
    return Grid(where=f"{where}, sheet «{sheet.name}»", rows=tuple(rows))


def _number_page(grids: Sequence[Grid], where: str) -> dict[str, Grid]:
    """Tabell 1 and 2 of a page, found by their captions."""
    found: dict[str, Grid] = {}
    for grid in grids:
        number = number_in(grid.title)
        if number is None:
            continue
        # A page may hold the same table twice, for narrow and for wide screens.
        if number in found and found[number].rows != grid.rows:
            raise InputError(
                f"The page has two different tables captioned «Tabell {number}»",
                where=f"{found[number].where}, and {grid.where}",
                remedy="save the page again, or put the tables as CSV into data/manual/",
            )
        found.setdefault(number, grid)
    if MUNICIPAL not in found:
        raise InputError(
            "The page has no table captioned «Tabell 2»",
            where=where,
            remedy="check that it is the article's page; if its form has changed, put the tables "
            "as CSV into data/manual/",
        )
    return found


def _number_files(grids: Sequence[Grid], table: str | None) -> dict[str, Grid]:
    """The tables of a CSV file or workbook, by what stands above them or what is known."""
    tables = [(grid, head) for grid in grids if (head := heading_of(grid)) is not None]
    if not tables:
        raise InputError(
            "The file has no heading with residents, employed or their share",
            where=grids[0].where if grids else "",
            remedy="check that it is a table of the article, separated by semicolons if it is CSV",
        )
    found: dict[str, Grid] = {}
    for grid, head in tables:
        stated = number_in(head.title)
        number = stated or table
        if number not in (NATIONAL, MUNICIPAL) or (table and stated and table != stated):
            raise InputError(
                f"The file is kept as Tabell {table}, but says Tabell {stated}"
                if table and stated
                else "It is not known whether the file is Tabell 1 or Tabell 2",
                where=grid.where,
                remedy="give the table's number (1 or 2) where the file is described",
            )
        if number in found:
            raise InputError(
                f"The file holds Tabell {number} twice",
                where=grid.where,
                remedy="leave one table in each file",
            )
        found[number] = grid
    return found


def _require_equal(one: ArticleTable, other: ArticleTable) -> None:
    """Refuse two files of one vintage that differ in a cell."""
    where = f"{one.where}, and {other.where}"
    remedy = (
        "find out which of them is right, and take the other out; if both are, they are two "
        "vintages and need two publication dates"
    )
    if len(one.rows) != len(other.rows):
        raise InputError(
            f"Two files of one vintage differ: {len(one.rows)} rows and {len(other.rows)}",
            where=where,
            remedy=remedy,
        )
    for a, b in zip(one.rows, other.rows, strict=True):
        differing = [m for m in one.measures & other.measures if getattr(a, m) != getattr(b, m)]
        if a.name != b.name or a.month != b.month:
            what = f"«{a.label}» and «{b.label}» stand in the same place (rows {a.row} and {b.row})"
        elif differing:
            measure = min(differing, key=MEASURES.index)
            values = " and ".join(_shown(getattr(r, measure)) for r in (a, b))
            what = f"{measure} of «{a.name}» (rows {a.row} and {b.row}) is {values}"
        else:
            continue
        raise InputError(f"Two files of one vintage differ: {what}", where=where, remedy=remedy)


def _shown(reading: tuple[float | None, object]) -> str:
    value, reason = reading
    return f"missing ({reason})" if value is None else f"{value:g}"


def _frame(parts: Sequence[tuple[Entry, ArticleTable]], number: str) -> pd.DataFrame:
    """All rows of a table, over vintages."""
    rows: list[tuple[Entry, ArticleRow]] = [(e, row) for e, table in parts for row in table.rows]
    columns: dict[str, pd.Series] = {}
    if number == MUNICIPAL:
        columns["label"] = texts([row.label for _, row in rows])
        columns["name"] = texts([row.name for _, row in rows])
    columns["reference_month"] = texts([row.month for _, row in rows])
    columns["published"] = texts(
        [
            checked_date(
                e.about.get("published") or e.updated[:10],
                where=e.path,
                what="The date of publication",
            )
            for e, _ in rows
        ]
    )
    columns["vintage"] = texts([e.vintage for e, _ in rows])
    for measure in MEASURES:
        readings = [getattr(row, measure) for _, row in rows]
        columns[measure] = shares(readings) if measure == "share" else counts(readings)
        columns[f"{measure}_missing"] = reasons(readings)
    columns["file"] = texts([e.path for e, _ in rows])
    columns["row"] = pd.Series([row.row for _, row in rows], dtype="Int64")
    columns["simulated"] = pd.Series([e.simulated for e, _ in rows], dtype="bool")
    return pd.DataFrame(columns)
