"""Columns of a published table, found by the words in its heading, and the rows below.

The same for a page, a CSV file and a workbook: a grid of texts and numbers in which some rows stand
above the heading (titles), one or more are the heading, and notes follow the last figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from fij_eval.errors import InputError
from fij_eval.sources.labels import clean
from fij_eval.sources.numbers import CellValue

#: Finds the measure that a heading names; None if it names none.
Classifier = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it stands in a file.

    Attributes:
        where: The file and the table in it, for messages.
        rows: Cells.
        spanned: Rows (from 0) in which a cell covers several places; the cell stands in each.
        first: Number of the first row as a reader would count it.
        title: Caption or heading outside the rows.
    """

    where: str
    rows: tuple[tuple[CellValue, ...], ...]
    spanned: frozenset[int] = frozenset()
    first: int = 1
    title: str = ""

    def place(self, row: int) -> str:
        """The row's name in messages."""
        return f"{self.where}, row {self.first + row}"


@dataclass(frozen=True, slots=True)
class Heading:
    """What the heading says.

    Attributes:
        end: First row below it.
        columns: Measure -> column.
        names: Measure -> heading, for messages.
        title: Texts above the heading, after the grid's own title.
    """

    end: int
    columns: Mapping[str, int]
    names: Mapping[str, str]
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of figures: its number in the grid, its label, the cell of each measure."""

    number: int
    label: str
    cells: Mapping[str, CellValue]


def find_heading(grid: Grid, classify: Classifier) -> Heading | None:
    """The heading: the first row that names a measure after its first cell, and rows that go on it.

    A row goes on the heading where its first cell is empty or spans from the row above.

    Returns:
        None if no row names a measure.

    Raises:
        InputError: If a measure has two columns, or a column has a heading that is not known.
    """
    for number, row in enumerate(grid.rows):
        words = [_text(cell) for cell in row]
        if len(set(words)) == 1 or not any(classify(word) for word in words[1:]):
            continue
        end = number + 1
        while end < len(grid.rows) and _continues(grid, number, end):
            end += 1
        return _heading(grid, number, end, classify)
    return None


def rows_below(grid: Grid, heading: Heading) -> list[Row]:
    """The rows of figures.

    Rows without any figure after the last one that has one are notes and are left out, as are rows
    that one text fills.

    Raises:
        InputError: If a row has figures without a label, or not as many cells as the heading.
    """
    found: list[tuple[Row, bool]] = []
    for number in range(heading.end, len(grid.rows)):
        row = grid.rows[number]
        label = _text(row[0]) if row else ""
        cells = {m: row[c] if c < len(row) else None for m, c in heading.columns.items()}
        texts = {_text(cell) for cell in row[1:]} - {""}
        if number in grid.spanned:
            if texts <= {label}:
                continue
            raise _fault("A cell covers several rows or columns of figures", grid.place(number))
        if not label and texts:
            raise _fault("A row of figures has no label", grid.place(number))
        used = any(_text(cell) for cell in cells.values())
        columns = heading.columns.values()
        if texts and (not used or len(row) <= max(columns) or _outside(row, columns)):
            raise _fault(
                f"The cells of the row «{label[:40]}» do not lie below the headings",
                grid.place(number),
            )
        if label:
            found.append((Row(number, label, cells), used))
    last = max((i for i, (_, used) in enumerate(found) if used), default=-1)
    return [row for row, _ in found[: last + 1]]


def _heading(grid: Grid, start: int, end: int, classify: Classifier) -> Heading:
    columns: dict[str, int] = {}
    names: dict[str, str] = {}
    width = max(len(row) for row in grid.rows[start:end])
    for column in range(1, width):
        parts = [_text(row[column]) for row in grid.rows[start:end] if column < len(row)]
        name = " ".join(dict.fromkeys(filter(None, parts)))
        if not name:
            continue
        measure = classify(name)
        if measure is None or measure in columns:
            problem = "is not known" if measure is None else f"is a second one for «{measure}»"
            raise _fault(f"The column heading «{name[:60]}» {problem}", grid.place(start))
        columns[measure], names[measure] = column, name
    above = [_text(row[0]) for row in grid.rows[:start] if row]
    return Heading(
        end=end,
        columns=columns,
        names=names,
        title=" ".join(filter(None, [grid.title, *above])),
    )


def _continues(grid: Grid, start: int, number: int) -> bool:
    """Whether a row belongs to the heading that starts above it."""
    first, row = grid.rows[start], grid.rows[number]
    if not row or not any(_text(cell) for cell in row[1:]):
        return False
    label = _text(row[0])
    return not label or (number in grid.spanned and label == _text(first[0]))


def _outside(row: Sequence[CellValue], columns: Collection[int]) -> bool:
    """Whether a cell in no known column holds anything."""
    return any(_text(cell) for i, cell in enumerate(row) if i and i not in columns)


def _text(cell: CellValue) -> str:
    return "" if cell is None else clean(str(cell))


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="look at the table in the source; if it has a new form, the parser must follow",
    )
