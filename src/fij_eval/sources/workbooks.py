"""Cells of an XLSX workbook, read without running or fetching anything in it.

Formulas and error values are refused where a cell is used, the unpacked size is checked before
anything is unpacked, and entities in its XML are refused (defusedxml).
"""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils import get_column_letter

from fij_eval.errors import FijError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fij_eval.sources.numbers import CellValue

MAX_UNPACKED = 64 * 2**20
#: openpyxl reads a sheet that does not state its size to the end before it gives any row, so a
#: sheet's own size must be bounded; one of 357 municipalities holds less than a megabyte.
MAX_PART = 16 * 2**20
MAX_MEMBERS = 500

# openpyxl's kinds of cells that come as text but are none.
_TEXT_FAULTS = {"f": "is a formula", "e": "is an error value"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        value: Text, number or nothing; a date as ``date``.
        percent: Whether it is a number shown as per cent (0.023 shown as 2,3 %).
        fault: Why its value cannot be used: it is a formula, an error or a truth value.
    """

    value: CellValue | date
    percent: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet from A1, rows of equal or different length."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]

    def place(self, row: int, column: int) -> str:
        """The name of a cell counted from 0, ``sheet «…», cell B7``."""
        return f"sheet «{self.name}», cell {get_column_letter(column + 1)}{row + 1}"


def read_sheets(content: bytes, *, where: str, max_rows: int, max_columns: int) -> dict[str, Sheet]:
    """All sheets of a workbook.

    Args:
        content: Bytes of the file.
        where: The file, for messages.
        max_rows: More rows than this with anything in them are refused.
        max_columns: Likewise columns.

    Raises:
        InputError: If it is not an XLSX workbook, or is absurdly large.
    """
    _check_archive(content, where)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that no cell's value depends on.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            return {
                sheet.title: _read_sheet(sheet, where, max_rows, max_columns)
                for sheet in book.worksheets
            }
    except FijError:
        raise
    except Exception as error:
        # A broken workbook makes openpyxl raise almost anything: KeyError, TypeError, zlib.error …
        cause = error.__cause__ or error
        problem = " ".join(f"{type(cause).__name__}: {cause}".split())[:120]
        raise InputError(
            f"The workbook cannot be read ({problem})",
            where=where,
            remedy="download it again, or open it and save it as .xlsx",
        ) from error


def _check_archive(content: bytes, where: str) -> None:
    """Refuse what is not a ZIP archive, and archives that unpack to absurd sizes."""
    if not openpyxl.DEFUSEDXML:
        raise InputError(
            "Workbooks are not read without the package defusedxml",
            where=where,
            remedy="install the packages of requirements.lock",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        page = content.lstrip()[:1] == b"<"
        raise InputError(
            "The file is not an XLSX workbook" + (", but a web page" if page else ""),
            where=where,
            remedy="download it again, or open it and save it as .xlsx",
        ) from error
    # zipfile never unpacks more of a member than the size it states, so the sum is a bound.
    size = sum(member.file_size for member in members)
    largest = max((member.file_size for member in members), default=0)
    if size > MAX_UNPACKED or largest > MAX_PART or len(members) > MAX_MEMBERS:
        raise InputError(
            f"The workbook unpacks to {size} bytes in {len(members)} parts, more than any such "
            "workbook does",
            where=where,
            remedy="check that it is the file that was meant",
        )


def _read_sheet(sheet: Any, where: str, max_rows: int, max_columns: int) -> Sheet:  # noqa: ANN401 -- openpyxl's read-only sheet
    """The cells of a sheet, up to one row and column beyond the limits."""
    # The size that a sheet states of itself may be missing or wrong.
    sheet.reset_dimensions()
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(
        sheet.iter_rows(max_row=max_rows + 1, max_col=max_columns + 1), start=1
    ):
        for cell in row:
            # empty cells know no place
            if cell.value is not None and getattr(cell, "row", number) != number:
                raise InputError(
                    f"A cell in row {number} says that it is {cell.coordinate}, so nobody can tell "
                    "where it belongs",
                    where=f"{where}, sheet «{sheet.title}»",
                    remedy="download the workbook again",
                )
        cells = tuple(_read_cell(cell) for cell in row)
        used = [place for place, cell in enumerate(cells, start=1) if cell.value is not None]
        if used and (number > max_rows or used[-1] > max_columns):
            raise InputError(
                f"The sheet has more than {max_rows} rows or {max_columns} columns",
                where=f"{where}, sheet «{sheet.title}»",
                remedy="check that it is the file that was meant",
            )
        rows.append(cells)
    return Sheet(name=sheet.title, rows=tuple(rows))


def _read_cell(cell: Any) -> Cell:  # noqa: ANN401 -- openpyxl's read-only and empty cells
    value = cell.value
    if value is None:
        return Cell(None)
    if isinstance(value, str):
        return Cell(value, fault=_TEXT_FAULTS.get(cell.data_type, ""))
    if isinstance(value, bool):
        return Cell(int(value), fault="is a truth value")
    if isinstance(value, int | float):
        return Cell(value, percent="%" in (cell.number_format or ""))
    if isinstance(value, date):  # datetime is one too
        return Cell(date(value.year, value.month, value.day))
    return Cell(str(value), fault=f"is of the kind {type(value).__name__}")


def joined(names: Iterable[str]) -> str:
    """Names of sheets in words, for a message."""
    return ", ".join(f"«{name}»" for name in names)
