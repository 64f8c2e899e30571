"""The gate's look at places: no words over others, off the type area, or too small to read.

typst sets a table whose columns are too wide for the page, or a word too long for its cell, without
a warning. What a reader would see is measured in the finished document: where the letters stand.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fij_eval.report.pdf_pages import Box, Page, Rows, Run

#: Smallest size of print, in points; what is raised or lowered (an exponent) may be smaller.
SMALLEST_PRINT = 8.5
#: Width and height, in points, that two boxes may share: letters lean over their neighbours.
_SLACK = 1.0
#: How far, in points, a full stop or comma may hang over the end of its line.
_HANGING = 2.5
#: Words of two columns nearer than this, in points, read as one: a space is about as wide.
NARROWEST_GAP = 3.0
#: Letters of the longest exponent or index.
_LONGEST_EXPONENT = 2
#: Faults of one kind that are told.
_TOLD = 3


def faults(pages: Sequence[Page], margins: tuple[float, float] | None) -> list[str]:
    """What is wrong with the places of words, by page.

    Args:
        pages: All pages.
        margins: Left and right margin, in points; without them, words may go to the page's edge.
    """
    found: list[str] = []
    before = False
    for number, page in enumerate(pages, start=1):
        kinds = (
            _overlaps(page.runs),
            _outside(page, margins or (0.0, 0.0)),
            _small(page.runs),
            _crowded(page),
            _headless(page.tables, goes_on=before),
        )
        found += [f"page {number}: {fault}" for kind in kinds for fault in [*kind][:_TOLD]]
        before = bool(page.tables)
    return found


def _overlaps(runs: Sequence[Run]) -> Iterator[str]:
    """Words that stand over others."""
    rest = sorted((run for run in runs if run.words.strip()), key=lambda run: run.box.left)
    for i, run in enumerate(rest):
        for other in rest[i + 1 :]:
            if other.box.left > run.box.right - _SLACK:
                break
            if min(run.box.common(other.box)) > _SLACK:
                yield f"«{_short(run.words)}» and «{_short(other.words)}» stand over each other"


def _outside(page: Page, margins: tuple[float, float]) -> Iterator[str]:
    """Words beyond the margins at the sides, or off the page."""
    low, high = margins[0] - _HANGING, page.width - margins[1] + _HANGING
    for run in page.runs:
        if not run.words.strip():
            continue
        if run.box.left < low or run.box.right > high:
            yield f"«{_short(run.words)}» stands beyond the margin"
        elif run.box.bottom < 0 or run.box.top > page.height:
            yield f"«{_short(run.words)}» stands off the page"


def _small(runs: Sequence[Run]) -> Iterator[str]:
    """Words smaller than print allows, but for signs raised or lowered beside larger ones."""
    for run in runs:
        if run.size >= SMALLEST_PRINT - 0.01 or not run.words.strip():
            continue
        raised = len(run.words.strip()) <= _LONGEST_EXPONENT and any(
            other.size > run.size * 1.3 and _beside(run, other) for other in runs
        )
        if not raised:
            yield f"«{_short(run.words)}» is set in {run.size:.1f} points"


def _beside(small: Run, large: Run) -> bool:
    """Whether a sign stands close to a larger one, at its foot or head."""
    wide, high = small.box.common(large.box)
    return wide > -small.size / 2 and high > 0


def _crowded(page: Page) -> Iterator[str]:
    """Cells of a row whose words meet, or nearly."""
    boxes: dict[int, Box] = {}
    words: dict[int, str] = {}
    for run in page.runs:
        if run.mark >= 0 and run.words.strip():
            box = boxes.get(run.mark)
            boxes[run.mark] = run.box if box is None else box.joined(run.box)
            words[run.mark] = words.get(run.mark, "") + run.words
    for row in (row for table in page.tables for row in table):
        cells = []
        for cell in row:
            marks = sorted(cell.marks & boxes.keys())
            if marks:
                box = boxes[marks[0]]
                for mark in marks[1:]:
                    box = box.joined(boxes[mark])
                cells.append((box, "".join(words[mark] for mark in marks)))
        cells.sort(key=lambda pair: pair[0].left)
        for (box, text), (next_box, next_text) in pairwise(cells):
            if next_box.left - box.right < NARROWEST_GAP:
                yield f"the cells «{_short(text)}» and «{_short(next_text)}» of a table meet"


def _headless(tables: Sequence[Rows], *, goes_on: bool) -> Iterator[str]:
    """Tables without a row of headings; a table may go on from the page before without one."""
    for i, table in enumerate(tables):
        continued = i == 0 and goes_on
        if table and not continued and not all(cell.heading for cell in table[0]):
            yield f"table {i + 1} on it has no row of headings"


def _short(words: str, length: int = 40) -> str:
    """Words on one line, cut to a length."""
    line = " ".join(words.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
