"""The forms that the SSB article's tables come in: page, CSV, workbook.

The browser downloads from the page (HTML) the same tables as CSV (UTF-8, semicolons, cells as
displayed) and as XLSX (white space taken out, comma turned to point).
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.sources.html_tables import read_page
from fij_eval.sources.ssb_article_table import MUNICIPAL, NATIONAL, heading_of, number_in
from fij_eval.sources.table_columns import Grid
from fij_eval.sources.text_files import csv_rows
from fij_eval.sources.workbooks import read_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fij_eval.sources.numbers import CellValue
    from fij_eval.sources.workbooks import Sheet

# 357 municipalities, and some rows of notes.
MAX_ROWS = 5_000
MAX_COLUMNS = 50


def numbered_grids(content: bytes, *, where: str, table: str | None) -> tuple[dict[str, Grid], str]:
    """The article's tables in one file, not yet read.

    Args:
        content: Bytes of the file.
        where: The file; its ending (html, htm, csv, xlsx) says how it is read.
        table: ``1`` or ``2`` for a file that holds one table, where it is known.

    Returns:
        Grid by the number of its table, and the decimal mark of texts in it.

    Raises:
        InputError: If the file cannot be read, or it is not told which table it holds.
    """
    ending = PurePosixPath(where).suffix.casefold()
    if ending in (".html", ".htm"):
        return _number_page(_page_grids(content, where), where), ","
    if ending == ".csv":
        grid = Grid(where=where, rows=csv_rows(content, where=where))
        return _number_files([grid], table), ","
    if ending == ".xlsx":
        sheets = read_sheets(content, where=where, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
        return _number_files([_sheet_grid(s, where) for s in sheets.values()], table), "."
    raise InputError(
        f"A file ending in «{ending}» is not a form that the article's tables come in",
        where=where,
        remedy="give the page as .html, or the table as .csv or .xlsx",
    )


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
