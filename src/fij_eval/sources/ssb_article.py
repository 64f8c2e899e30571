"""The SSB article on Ukrainians in work, to one table of municipalities and one of the country.

Every vintage is kept: a month that was published twice has two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources import statbank_outcome
from fij_eval.sources.parsed import checked_date, counts, entries_of, reasons, shares, texts
from fij_eval.sources.ssb_article_grids import numbered_grids
from fij_eval.sources.ssb_article_table import (
    MEASURES,
    MUNICIPAL,
    NATIONAL,
    ArticleTable,
    read_table,
)
from fij_eval.sources.store import RawStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fij_eval.sources.ssb_article_table import ArticleRow
    from fij_eval.sources.store import Entry


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
    numbered, decimal = numbered_grids(content, where=where, table=table)
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
