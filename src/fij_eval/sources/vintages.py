"""What changed between two vintages of a source: which cells, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from fij_eval.artefacts import cell_text, write_text
from fij_eval.errors import ArchiveError
from fij_eval.sources import imdi, jsonstat, klass, nav, ssb_article
from fij_eval.sources.parsed import year_of_item
from fij_eval.sources.ssb_article_table import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fij_eval.sources.store import Entry, RawStore

NO_ROW = "no row"
#: Lines shown; the rest is counted.
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell that differs.

    Attributes:
        cell: Its keys, ``code=0301, reference_month=2024-09``.
        measure: Its column.
        before: As in the first vintage: a figure, or why there is none.
        after: As in the second.
        amount: After minus before, None where either is missing.
    """

    cell: str
    measure: str
    before: str
    after: str
    amount: float | None


def entries_of(store: RawStore, name: str) -> list[Entry]:
    """The entries of a vintage, or the one of a file.

    Args:
        store: The archive.
        name: ``service/item/vintage``, or with ``/file`` after it.

    Raises:
        ArchiveError: If there is none, with those that there are of the item.
    """
    words = name.strip("/").split("/")
    found = [
        entry
        for entry in store.entries()
        if name.strip("/") in (entry.path, entry.path.rpartition("/")[0])
        and "kind" not in entry.about
    ]
    if not found:
        there = [e for e in store.entries() if words[:2] == [e.service, e.item]]
        vintages = sorted({entry.path.rpartition("/")[0] for entry in there})
        hint = f": there are {', '.join(vintages[:8])}" if vintages else ""
        raise ArchiveError(
            f"The archive holds no vintage «{name}»",
            where=str(store.root),
            remedy=f"name it as service/item/vintage, as `fij-eval archive list` shows it{hint}",
        )
    return found


def changes(store: RawStore, before: Sequence[Entry], after: Sequence[Entry]) -> list[Change]:
    """Cells that differ between two vintages, in the order of their keys.

    Args:
        store: The archive.
        before: Entries of one vintage.
        after: Entries of another, of the same service.

    Raises:
        ArchiveError: If they are of different services.
        InputError: If a file cannot be read.
    """
    services = {entry.service for entry in (*before, *after)}
    if len(services) != 1:
        raise ArchiveError(
            f"Vintages of different services cannot be compared ({' and '.join(sorted(services))})",
            where=str(store.root),
            remedy="name two vintages of the same item",
        )
    first, second = _cells(store, before), _cells(store, after)
    found = []
    for key in sorted(first.keys() | second.keys()):
        old, new = first.get(key, (NO_ROW, None)), second.get(key, (NO_ROW, None))
        if old == new:
            continue
        amount = None if old[1] is None or new[1] is None else new[1] - old[1]
        cell, measure = key
        found.append(Change(cell=cell, measure=measure, before=old[0], after=new[0], amount=amount))
    return found


def as_text(found: Sequence[Change]) -> str:
    """The changes for the screen, a line each, and how many there are."""
    lines = [
        f"{change.cell}  {change.measure}: {change.before} → {change.after}"
        + ("" if change.amount is None else f"  ({change.amount:+.6g})")
        for change in found[:MOST_SHOWN]
    ]
    left = len(found) - MOST_SHOWN
    more = f"; {left} not shown, --output FILE.csv has all" if left > 0 else ""
    return "\n".join([*lines, f"{len(found)} cells differ{more}"]) + "\n"


def write_changes(found: Sequence[Change], output: Path) -> None:
    """Write all changes as CSV, one row a cell."""
    text: str = table(found).map(cell_text).to_csv(index=False, lineterminator="\n")
    write_text(output, text)


def table(found: Sequence[Change]) -> pd.DataFrame:
    """The changes as a table, one row a cell."""
    return pd.DataFrame(
        {
            "cell": [change.cell for change in found],
            "measure": [change.measure for change in found],
            "before": [change.before for change in found],
            "after": [change.after for change in found],
            "amount": pd.array([change.amount for change in found], dtype="Float64"),
        }
    )


def _cells(
    store: RawStore, entries: Sequence[Entry]
) -> dict[tuple[str, str], tuple[str, float | None]]:
    """Key and measure -> as shown, and the figure."""
    found: dict[tuple[str, str], tuple[str, float | None]] = {}
    for entry in entries:
        frame, keys, measures = _frame(entry, store.read(entry))
        for row in frame.to_dict("records"):
            cell = ", ".join(f"{key}={row[key]}" for key in keys)
            for measure in measures:
                found[cell, measure] = _shown(row[measure], str(row.get(f"{measure}_missing", "")))
    return found


def _shown(value: Any, reason: str) -> tuple[str, float | None]:  # noqa: ANN401 -- a cell of any column
    if isinstance(value, str):
        return value, None
    if pd.isna(value):
        return f"({reason or 'missing'})", None
    return f"{float(value):.10g}", float(value)


def _frame(entry: Entry, content: bytes) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A file as a table, with its keys and its measures."""
    where = entry.path
    # the outcome's table lies in the article's place, and is one of Statbank all the same
    if entry.service == "statbank" or "role" in entry.about:
        cube = jsonstat.parse(content, where=where)
        return cube.frame(), [d.code for d in cube.dimensions], ["value"]
    match entry.service:
        case "klass" if entry.item in klass.CODE_LISTS:
            digits = klass.CODE_LISTS[entry.item][1]
            frame = klass.parse_codes(content, where=where, digits=digits)
            return frame, ["code", "valid_from"], ["name", "valid_to"]
        case "klass" if entry.item == klass.CHANGES[0]:
            frame = klass.parse_changes(content, where=where)
            return frame, ["old_code", "new_code", "occurred"], ["old_name", "new_name"]
        case "nav":
            frame = nav.parse(content, where=where, year=year_of_item(entry, "hl060"))
            return frame, ["code", "reference_month"], ["unemployed", "unemployment_rate"]
        case "imdi":
            frame = imdi.parse(content, where=where, year=year_of_item(entry, "bosetting"))
            return frame, ["county", "name"], list(imdi.MEASURES)
        case "ssb_article":
            return _article(entry, content), ["table", "name", "month"], list(MEASURES)
    raise ArchiveError(
        f"Vintages of {entry.service} {entry.item} have no cells to compare",
        where=entry.path,
        remedy="compare the files themselves",
    )


def _article(entry: Entry, content: bytes) -> pd.DataFrame:
    tables = ssb_article.parse(
        content,
        where=entry.path,
        reference_month=entry.about.get("reference_month"),
        table=entry.about.get("table"),
    )
    rows = [
        {
            "table": number,
            "name": row.name or row.label,
            "month": row.month,
            **{m: getattr(row, m)[0] for m in MEASURES},
            **{f"{m}_missing": getattr(row, m)[1].value for m in MEASURES},
        }
        for number, table in tables.items()
        for row in table.rows
    ]
    return pd.DataFrame(rows)
