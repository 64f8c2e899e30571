"""Cells and sheets of a workbook: text that is never a formula, links, widths, print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import FORMULA
from fij_eval.report.workbook_cells import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from fij_eval.report.colophon import Colophon
    from fij_eval.report.workbook_cells import Column

INK, QUIET, WARNING, TINT = "12436D", "5A5A5A", "8A3206", "FDEFE6"
_FONT = "Calibri"
_WIDEST = 46
_NARROWEST = 11
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def put(
    sheet: Worksheet,
    row: int,
    column: int,
    value: str | None,
    *,
    bold: bool = False,
    size: int = 11,
    colour: str = "000000",
    tint: str = "",
    wrap: bool = False,
    right: bool = False,
) -> Any:  # noqa: ANN401 -- openpyxl's cell, of one of three classes
    """Text in a cell, never a formula."""
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = put_value(sheet, row, column, Cell(value), right=right)
    cell.font = Font(name=_FONT, bold=bold, size=size, color=colour)
    cell.alignment = Alignment(
        wrap_text=wrap, vertical="top", horizontal="right" if right else "left"
    )
    if tint:
        cell.fill = PatternFill("solid", fgColor=tint)
    return cell


def put_value(sheet: Worksheet, row: int, column: int, shown: Cell, *, right: bool) -> Any:  # noqa: ANN401 -- as above
    """A value in a cell; text that a spreadsheet could take for a formula is marked as text."""
    from openpyxl.styles import Alignment, Font

    cell = sheet.cell(row, column)
    value = shown.value
    if isinstance(value, str):
        cell.value = _CONTROL.sub("\ufffd", value)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA)
    else:
        cell.value = value
        cell.number_format = shown.number_format
    cell.font = Font(name=_FONT, size=11)
    cell.alignment = Alignment(vertical="top", horizontal="right" if right else "left")
    return cell


def link(sheet: Worksheet, row: int, column: int, words: str, *, target: str) -> None:
    """A link within the workbook."""
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell = put(sheet, row, column, words)
    place = target.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{place}'!A1", display=words)
    cell.font = Font(name=_FONT, underline="single", color="0B5394")


def widths(sheet: Worksheet, shown: Sequence[Column]) -> None:
    """Columns as wide as what stands in them; headings are broken over lines."""
    from openpyxl.utils import get_column_letter

    for k, column in enumerate(shown, start=1):
        longest = max((len(str(cell.value)) for cell in column.cells if cell.value), default=0)
        if column.numeric:
            longest = min(longest, 14)
        word = max((len(part) for part in column.heading.split()), default=0)
        # room for the filter's button beside the heading
        width = min(max(longest + 2, word + 4, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(k)].width = width


def print_setup(sheet: Worksheet, about: Colophon, *, simulated: bool) -> None:
    """On paper: lying, one page wide, with the word on simulated data and the build id."""
    from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddHeader = HeaderFooterItem(
        center=_HeaderFooterPart(text=about.banner if simulated else None)
    )
    sheet.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(text=about.build_id), right=_HeaderFooterPart(text="&P / &N")
    )
