"""Tabell 1 and Tabell 2 of the SSB article, read from any grid: page, CSV file or workbook.

Columns, found by words in the heading: residents («Bosatte»), wage earners («Sysselsatte
(lønnstakere)»), share in per cent («Andel sysselsatte. Prosent»). Any of them may be absent; its
values are then missing because they are not published.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.months import is_month
from fij_eval.sources.labels import NO_MUNICIPALITIES, month_of_label, months_named, without_notes
from fij_eval.sources.missing import FEWEST_SHOWN, SSB_ZERO_SIGNS, Missing
from fij_eval.sources.numbers import UnreadableCellError, read_count, read_percent
from fij_eval.sources.table_columns import find_heading, rows_below

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fij_eval.sources.table_columns import Grid, Heading, Row

_LOG = logging.getLogger(__name__)

NATIONAL, MUNICIPAL = "1", "2"
MEASURES = ("residents", "employed", "share")

_NUMBER = re.compile(r"\btabell\s+([12])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One municipality (Tabell 2) or one month (Tabell 1).

    Attributes:
        row: Number of the row as a reader counts it.
        label: As written.
        name: Without note references.
        month: Reference month, ``YYYY-MM``.
        residents: Refugees from Ukraine aged 20-66 who are resident, or the reason for none.
        employed: Wage earners among them, likewise.
        share: Share in work, 0-1, likewise.
    """

    row: int
    label: str
    name: str
    month: str
    residents: tuple[int | None, Missing]
    employed: tuple[int | None, Missing]
    share: tuple[float | None, Missing]


@dataclass(frozen=True, slots=True)
class ArticleTable:
    """A table of the article.

    Attributes:
        number: ``1`` (national) or ``2`` (municipalities).
        where: The file and the table in it.
        measures: Measures that have a column.
        rows: Its rows.
    """

    number: str
    where: str
    measures: frozenset[str]
    rows: tuple[ArticleRow, ...]


def number_in(title: str) -> str | None:
    """``1`` or ``2`` if the title says «Tabell 1» or «Tabell 2»."""
    match = _NUMBER.search(title)
    return match[1] if match else None


def classify(heading: str) -> str | None:
    """The measure that a column heading names."""
    words = heading.casefold()
    if "andel" in words or "prosent" in words or "%" in words:
        return "share"
    if "sysselsatt" in words or "lønnstaker" in words:
        return "employed"
    return "residents" if "bosatt" in words else None


def heading_of(grid: Grid) -> Heading | None:
    """The heading of a table of the article; None if the grid is something else."""
    return find_heading(grid, classify)


def read_table(
    grid: Grid, number: str, *, reference_month: str | None, decimal: str = ","
) -> ArticleTable:
    """Read Tabell 1 or 2.

    Args:
        grid: The table as it stands in the file.
        number: ``1`` or ``2``.
        reference_month: Month of the figures, where it is known from outside; it must then agree
            with the caption of Tabell 2.
        decimal: Decimal mark of texts.

    Raises:
        InputError: If the table, its month or a cell cannot be read, naming file and row.
    """
    heading = heading_of(grid)
    if heading is None:
        raise _fault("The table has no column for residents, employed or their share", grid.where)
    month = None if number == NATIONAL else _month(heading.title, reference_month, grid.where)
    rows = []
    for row in rows_below(grid, heading):
        name = without_notes(row.label)
        if number == MUNICIPAL and name.casefold() in NO_MUNICIPALITIES:
            _LOG.info("%s: «%s» is left out", grid.place(row.number), row.label)
            continue
        rows.append(_read_row(grid, heading, row, name=name, month=month, decimal=decimal))
    if not rows:
        raise _fault("The table has no rows of figures", grid.where)
    months = [row.month for row in rows]
    if number == NATIONAL and len(set(months)) < len(months):
        twice = next(m for m in months if months.count(m) > 1)
        raise _fault(f"The month {twice} stands twice", grid.where)
    return ArticleTable(number, grid.where, frozenset(heading.columns), tuple(rows))


def _month(title: str, given: str | None, where: str) -> str:
    """The reference month of Tabell 2, from its caption and from outside."""
    if given is not None and not is_month(given):
        raise _fault(f"The reference month «{given}» is not written YYYY-MM", where)
    # Without its number: «Tabell 2. september 2024» names no day.
    named = months_named(_NUMBER.sub("", title))
    if given is None and len(named) == 1:
        return named[0]
    if given is None:
        raise InputError(
            f"The caption names {len(named)} months, so the reference month is not known",
            where=where,
            remedy="give the reference month where the file is described",
        )
    if named and given not in named:
        raise InputError(
            f"The caption says {' and '.join(named)}, but the file is kept as {given}",
            where=where,
            remedy="correct the reference month where the file is described, or take the right "
            "file",
        )
    return given


def _read_row(
    grid: Grid, heading: Heading, row: Row, *, name: str, month: str | None, decimal: str
) -> ArticleRow:
    """One row, its cells checked against each other."""
    where = f"{grid.place(row.number)} («{row.label[:60]}»)"
    if not name:
        raise _fault("The label holds a note reference only", where)
    found = month if month is not None else month_of_label(row.label)
    if found is None:
        raise _fault("The label is not a month, as «September 2024»", where)
    residents = _count(heading.names, row, "residents", decimal, where)
    employed = _count(heading.names, row, "employed", decimal, where)
    share = _share(heading.names, row, decimal, where)
    if residents[0] is not None and employed[0] is not None and employed[0] > residents[0]:
        raise _fault(f"{employed[0]} are in work among {residents[0]} residents", where)
    sign = str(row.cells.get("share", "")).strip() in SSB_ZERO_SIGNS
    shown = residents[0] is not None and residents[0] >= FEWEST_SHOWN and employed[0] == 0
    if share[0] == 0 and not sign and not shown:
        raise _fault(
            "The share is zero, but the row does not show that nobody is in work among three or "
            "more residents; a zero may stand for a hidden figure",
            where,
        )
    return ArticleRow(
        row=grid.first + row.number,
        label=row.label,
        name=name,
        month=found,
        residents=residents,
        employed=employed,
        share=share,
    )


def _count(
    names: Mapping[str, str], row: Row, measure: str, decimal: str, where: str
) -> tuple[int | None, Missing]:
    if measure not in names:
        return None, Missing.NOT_PUBLISHED
    try:
        return read_count(row.cells[measure], decimal=decimal)
    except UnreadableCellError as error:
        raise _fault(str(error), f"{where}, column «{names[measure][:60]}»") from error


def _share(
    names: Mapping[str, str], row: Row, decimal: str, where: str
) -> tuple[float | None, Missing]:
    if "share" not in names:
        return None, Missing.NOT_PUBLISHED
    try:
        return read_percent(row.cells["share"], decimal=decimal)
    except UnreadableCellError as error:
        raise _fault(str(error), f"{where}, column «{names['share'][:60]}»") from error


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="compare with the table in the article, and download it again; if the article has "
        "a new form, the parser must follow",
    )
