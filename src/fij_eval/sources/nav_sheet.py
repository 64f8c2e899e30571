"""One sheet of NAV's workbook HL060: where its table begins, its labels and its figures."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.sources.labels import clean, month_number_of
from fij_eval.sources.missing import Missing
from fij_eval.sources.numbers import UnreadableCellError, read_count, read_percent
from fij_eval.sources.workbooks import Cell

if TYPE_CHECKING:
    from fij_eval.sources.workbooks import Sheet

_LOG = logging.getLogger(__name__)

SIGNS = {"*": Missing.BELOW_FOUR}
# Rows at the top that are searched for the period and the months.
_HEAD = 40
# A municipality's rate is a few per cent; a sheet whose largest is below this holds shares instead.
_LARGEST_IF_SHARES = 0.5

_PERIOD = re.compile(r"([^\W\d_]+)(?:\s*[-–]\s*([^\W\d_]+))?\s+(20[0-9]{2})")
_MONTH_HEADING = re.compile(r"([^\W\d_]{3,9})\.?(?:\s+(20[0-9]{2}))?")
_MUNICIPALITY = re.compile(r"([0-9]{4})\s+(\S.*)")
_NOT_MUNICIPALITY = re.compile(
    r"(?:[0-9]{4}\s+)?(?:ukjent|uoppgitt)\b"
    r"|(?:i alt|totalt?|sum|hele landet|landet|norge)\b"
    r"|[0-9]{2}\s+\S"
    r"|(?:2100|2111|2121|2131)\s",  # Svalbard, Jan Mayen, the shelf
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NavTable:
    """One sheet: labels, readings of each code and month, period, months headed and months used."""

    labels: dict[str, str]
    counts: dict[tuple[str, int], tuple[int | None, Missing]]
    shares: dict[tuple[str, int], tuple[float | None, Missing]]
    period: tuple[int, int] | None
    headed: int
    used: int


def read_table(sheet: Sheet, where: str, year: int, *, percent: bool) -> NavTable:
    """Labels and readings of one sheet.

    Args:
        sheet: The sheet.
        where: The file, for messages.
        year: The year that its months should be in.
        percent: Whether it holds per cent of the labour force, not persons.

    Raises:
        InputError: If the table is not found or a cell cannot be read, naming sheet and cell.
    """
    period, period_place = find_period(sheet)
    head, columns = _find_months(sheet, period_place, year, where)
    first = min(columns.values())
    label_column = _find_labels(sheet, head, first, where)
    labels: dict[str, str] = {}
    cells: dict[tuple[str, int], tuple[int, int]] = {}
    for number in range(head + 1, len(sheet.rows)):
        row = sheet.rows[number]
        used = [c for c in columns.values() if c < len(row) and row[c].value not in (None, "")]
        label = _label(sheet, number, label_column, where)
        match = _MUNICIPALITY.fullmatch(label)
        if _NOT_MUNICIPALITY.match(label):
            _LOG.info("%s, sheet «%s»: «%s» is left out", where, sheet.name, label)
        elif match is not None:
            if match[1] in labels:
                place = sheet.place(number, label_column)
                raise fault(f"The municipality {match[1]} stands twice", f"{where}, {place}")
            labels[match[1]] = label
            cells.update({(match[1], month): (number, c) for month, c in columns.items()})
        elif used:
            place = sheet.place(number, label_column)
            raise fault(f"A row of figures has the label «{label[:60]}»", f"{where}, {place}")
    persons: dict[tuple[str, int], tuple[int | None, Missing]] = {}
    rates: dict[tuple[str, int], tuple[float | None, Missing]] = {}
    if percent:
        rates = {key: _rate(sheet, place, where) for key, place in cells.items()}
        _refuse_shares(sheet, [value for value, _ in rates.values() if value is not None], where)
    else:
        persons = {key: _persons(sheet, place, where) for key, place in cells.items()}
    # A workbook may have empty columns for months to come; which months count, the period says.
    readings = {**persons, **rates}.items()
    filled = [month for (_, month), (_, reason) in readings if reason != Missing.BLANK]
    last = max(filled, default=0)
    return NavTable(labels, persons, rates, period, headed=max(columns), used=last)


def find_period(sheet: Sheet) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Last month and year of the period cell, and where it stands; a range goes before a month."""
    found: list[tuple[bool, tuple[int, int], tuple[int, int]]] = []
    for number, row in enumerate(sheet.rows[:_HEAD]):
        for column, cell in enumerate(row):
            match = _PERIOD.fullmatch(clean(cell.value)) if isinstance(cell.value, str) else None
            if match is None:
                continue
            start, end = month_number_of(match[1]), month_number_of(match[2] or match[1])
            if start == 1 and end is not None:
                found.append((match[2] is None, (end, int(match[3])), (number, column)))
    if not found:
        return None, None
    _, period, place = min(found, key=lambda item: item[0])
    return period, place


def _find_months(
    sheet: Sheet, period_place: tuple[int, int] | None, year: int, where: str
) -> tuple[int, dict[int, int]]:
    """The row of month names, and the column of each month."""
    for number, row in enumerate(sheet.rows[:_HEAD]):
        months = [
            (month, column)
            for column, cell in enumerate(row)
            if (number, column) != period_place
            and (month := _month_heading(cell, year)) is not None
        ]
        if not months:
            continue
        names = [month for month, _ in months]
        if names != list(range(1, len(names) + 1)):
            raise fault(
                f"The months in the heading are not January {year} and on, each once",
                f"{where}, {sheet.place(number, months[0][1])}",
            )
        return number, dict(months)
    raise fault("There is no row of month names", f"{where}, sheet «{sheet.name}»")


def _month_heading(cell: Cell, year: int) -> int | None:
    """The month that a heading names; 0 for a month of another year; None if it names none."""
    if isinstance(cell.value, date):
        return cell.value.month if cell.value.year == year else 0
    if not isinstance(cell.value, str) or cell.fault:
        return None
    match = _MONTH_HEADING.fullmatch(clean(cell.value))
    month = month_number_of(match[1]) if match else None
    if match is None or month is None:
        return None
    return month if match[2] in (None, str(year)) else 0


def _find_labels(sheet: Sheet, head: int, first_month: int, where: str) -> int:
    """The column with «0301 Oslo - Oslove»."""
    for row in sheet.rows[head + 1 :]:
        for column, cell in enumerate(row[:first_month]):
            if isinstance(cell.value, str) and _MUNICIPALITY.fullmatch(clean(cell.value)):
                return column
    raise fault(
        "There is no label of a municipality, as «0301 Oslo - Oslove», before the months",
        f"{where}, sheet «{sheet.name}»",
    )


def _label(sheet: Sheet, row: int, column: int, where: str) -> str:
    cell = _cell(sheet, row, column)
    if cell.fault:
        raise fault(f"The label {cell.fault}", f"{where}, {sheet.place(row, column)}")
    return "" if cell.value is None else clean(str(cell.value))


def _cell(sheet: Sheet, row: int, column: int) -> Cell:
    """The cell, empty where the row is shorter."""
    cells = sheet.rows[row]
    return cells[column] if column < len(cells) else Cell(None)


def _usable(sheet: Sheet, place: tuple[int, int], where: str) -> str | int | float | None:
    """The value of a cell that may hold a figure."""
    cell = _cell(sheet, *place)
    if cell.fault or isinstance(cell.value, date):
        raise fault(
            f"The cell {cell.fault or 'is a date'}, not a figure",
            f"{where}, {sheet.place(*place)}",
        )
    return cell.value


def _persons(sheet: Sheet, place: tuple[int, int], where: str) -> tuple[int | None, Missing]:
    value = _usable(sheet, place, where)
    try:
        return read_count(value, signs=SIGNS, zero_signs=())
    except UnreadableCellError as error:
        raise fault(str(error), f"{where}, {sheet.place(*place)}") from error


def _rate(sheet: Sheet, place: tuple[int, int], where: str) -> tuple[float | None, Missing]:
    value = _usable(sheet, place, where)
    if _cell(sheet, *place).percent and isinstance(value, int | float):
        # 2,3 % is kept as 0.023; ten digits are far more than any rate has.
        value = round(value * 100, 10)
    try:
        return read_percent(value, signs=SIGNS, zero_signs=())
    except UnreadableCellError as error:
        raise fault(str(error), f"{where}, {sheet.place(*place)}") from error


def _refuse_shares(sheet: Sheet, rates: list[float], where: str) -> None:
    """Refuse a sheet of shares 0-1 that are not marked as per cent."""
    if len(rates) >= 20 and 0 < max(rates) * 100 < _LARGEST_IF_SHARES:
        raise fault(
            f"No figure is above {_LARGEST_IF_SHARES} per cent: they seem to be shares",
            f"{where}, sheet «{sheet.name}»",
        )


def fault(what: str, where: str) -> InputError:
    """The error for a workbook that is not as documented."""
    return InputError(
        what,
        where=where,
        remedy="check that it is NAV's workbook HL060 as downloaded; if it is, the form has "
        "changed and the parser must follow",
    )
