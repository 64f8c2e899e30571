"""Statbank tables (json-stat2) to ``statbank_<role>.parquet``, one form for all modes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources import jsonstat
from fij_eval.sources.parsed import entries_of, newest
from fij_eval.sources.store import RawStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fij_eval.settings import StatbankTable
    from fij_eval.sources.store import Entry

_LOG = logging.getLogger(__name__)


def parse(
    content: bytes, *, where: str, table: StatbankTable, vintage: str, simulated: bool
) -> pd.DataFrame:
    """One answer as a tidy frame.

    Args:
        content: Bytes of the answer.
        where: The file, for messages.
        table: What was asked for; its variables must be dimensions of the answer.
        vintage: When the source last changed the table.
        simulated: Whether the figures are simulated.

    Returns:
        For each dimension a column of codes and one of labels, ``value`` (in the table's unit),
        ``value_missing``, ``table``, ``vintage``, ``simulated``; one row a cell.

    Raises:
        InputError: If the answer is not json-stat2, is of another table, or lacks a variable.
    """
    cube = jsonstat.parse(content, where=where)
    px = cube.extension.get("px")
    given = px.get("tableid") if isinstance(px, dict) else None
    if given is not None and given != table.table:
        raise InputError(
            f"The answer is of table «{given}», not {table.table}",
            where=where,
            remedy="fetch the table again, or correct its number in the settings",
        )
    found = [dimension.code for dimension in cube.dimensions]
    if lost := [variable for variable in table.selection if variable not in found]:
        raise InputError(
            f"Table {table.table} has no variable «{lost[0]}»; it has {', '.join(found)}",
            where=where,
            remedy="correct the selection of the table in the settings",
        )
    own = ("table", "vintage", "simulated")
    frame = cube.frame()
    if taken := [name for name in own if name in frame.columns]:
        raise InputError(
            f"A variable of table {table.table} is named «{taken[0]}», as a column of the parser",
            where=where,
            remedy="leave the variable out of the selection in the settings",
        )
    return frame.assign(
        table=pd.Series(table.table, index=frame.index, dtype="str"),
        vintage=pd.Series(vintage, index=frame.index, dtype="str"),
        simulated=simulated,
    )


def write_tables(index: Path, output: Path, *, tables: Mapping[str, StatbankTable]) -> None:
    """Parse the newest vintage of every table in the settings.

    A table may lie in several files of one vintage, when a request was split over a variable; they
    are joined, and a cell that is in two of them is a fault.

    Args:
        index: ``data/raw/<mode>/index/statbank.json``.
        output: Folder for ``statbank_<role>.parquet``.
        tables: The part ``tables`` of the settings.

    Raises:
        InputError: If a table is not in the index, or an answer is not what it should be.
        ArchiveError: If a file is gone or changed.
    """
    store = RawStore(index.parent.parent)
    entries = entries_of(index, "statbank")
    frames = {
        role: _role_frame(store, _files_of(entries, role, table, index), table)
        for role, table in tables.items()
        if role != "outcome"  # read with the article, whose place it takes
    }
    for role, frame in frames.items():
        write_parquet(output / f"statbank_{role}.parquet", frame)
        _LOG.info("statbank_%s: %d cells of table %s", role, len(frame), tables[role].table)


def _files_of(entries: list[Entry], role: str, table: StatbankTable, index: Path) -> list[Entry]:
    """The files of the newest vintage of a role's table."""
    found = [e for e in entries if e.about.get("role") == role and e.item == table.table]
    if not found:
        others = sorted({e.item for e in entries if e.about.get("role") == role})
        hint = f"; it has {', '.join(others)} for this role" if others else ""
        raise InputError(
            f"The index names no file of table {table.table} for the role «{role}»{hint}",
            where=str(index),
            remedy="run the stage `raw` again, so that the archive follows the settings",
        )
    return newest(found)


def _role_frame(store: RawStore, files: list[Entry], table: StatbankTable) -> pd.DataFrame:
    """All files of one vintage of a table as one frame."""
    parts = [
        parse(
            store.read(entry),
            where=entry.path,
            table=table,
            vintage=entry.vintage,
            simulated=entry.simulated,
        )
        for entry in files
    ]
    if len(parts) == 1:
        return parts[0]
    for entry, part in zip(files[1:], parts[1:], strict=True):
        if list(part.columns) != list(parts[0].columns):
            raise InputError(
                f"The parts of table {table.table} do not have the same variables",
                where=f"{files[0].path} and {entry.path}",
                remedy="fetch the table again",
            )
    frame = pd.concat(parts, ignore_index=True)
    given = frame.columns[: list(frame.columns).index("value")]
    codes = [name for name in given if not (name.endswith("_label") and name[:-6] in given)]
    twice = frame.duplicated(codes)
    if twice.any():
        first = frame.loc[twice, codes].iloc[0]
        cell = ", ".join(f"{code}={name}" for code, name in first.items())
        raise InputError(
            f"The cell {cell} of table {table.table} is in more than one file",
            where=", ".join(entry.path for entry in files),
            remedy="fetch the table again",
        )
    return frame
