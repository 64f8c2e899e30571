"""What every parser shares: the files of an index, and columns with their reasons."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fij_eval.errors import InputError
from fij_eval.sources.missing import Missing
from fij_eval.sources.store import RawStore, read_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from fij_eval.sources.store import Entry

_LOG = logging.getLogger(__name__)


def entries_of(index: Path, service: str) -> list[Entry]:
    """The entries of one service that this run uses.

    Args:
        index: ``data/raw/<mode>/index/<service>.json``.
        service: See ``Entry``.

    Raises:
        ArchiveError: If the index cannot be read.
        InputError: If it names no file of the service.
    """
    entries = [entry for entry in read_index(index) if entry.service == service]
    if not entries:
        raise InputError(
            f"The index names no file of the service «{service}»",
            where=str(index),
            remedy="run the stage `raw` again, or put the files into data/manual/",
        )
    return entries


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of the newest vintage of each item; older ones are named in the log."""
    kept = list(entries)
    latest: dict[str, str] = {}
    for entry in kept:
        latest[entry.item] = max(entry.vintage, latest.get(entry.item, ""))
    for entry in kept:
        if entry.vintage != latest[entry.item]:
            _LOG.info(
                "%s: not used, the newest vintage of %s is %s",
                entry.path,
                entry.item,
                latest[entry.item],
            )
    return [entry for entry in kept if entry.vintage == latest[entry.item]]


def one_of(entries: Sequence[Entry], item: str, *, index: Path) -> Entry:
    """The one entry of an item.

    Raises:
        InputError: If there is none, or more than one file in the newest vintage.
    """
    found = [entry for entry in entries if entry.item == item]
    if len(found) != 1:
        raise InputError(
            f"The index names {len(found)} files for «{item}», not one",
            where=str(index),
            remedy="run the stage `raw` again",
        )
    return found[0]


def year_of_item(entry: Entry, prefix: str) -> int:
    """The year in an item such as ``hl060-2024``.

    Raises:
        InputError: If the item is not the prefix, a hyphen and a year.
    """
    name, _, year = entry.item.rpartition("-")
    if name != prefix or not (year.isascii() and year.isdigit() and len(year) == 4):
        raise InputError(
            f"The item «{entry.item}» is not «{prefix}-» and a year",
            where=entry.path,
            remedy="take the file out of the archive, or fetch it again",
        )
    return int(year)


def by_year(
    index: Path,
    service: str,
    prefix: str,
    parse: Callable[..., pd.DataFrame],
) -> pd.DataFrame:
    """The newest vintage of each year's file, parsed, in the order of the years.

    Args:
        index: ``data/raw/<mode>/index/<service>.json``.
        service: See ``Entry``.
        prefix: What the items are called before the year.
        parse: The service's parser: content, and ``where``, ``year``, ``vintage``, ``simulated``.

    Raises:
        InputError: If there is no file, two of one year, or one is not what it should be.
        ArchiveError: If a file is gone or changed.
    """
    store = RawStore(index.parent.parent)
    years: dict[int, pd.DataFrame] = {}
    for entry in newest(entries_of(index, service)):
        year = year_of_item(entry, prefix)
        if year in years:
            raise InputError(
                f"There are two files of {year} in one vintage",
                where=entry.path,
                remedy="compare them, and take one out of the archive with its description",
            )
        years[year] = parse(
            store.read(entry),
            where=entry.path,
            year=year,
            vintage=entry.vintage,
            simulated=entry.simulated,
        )
    return pd.concat([years[year] for year in sorted(years)], ignore_index=True)


def checked_date(text: object, *, where: str, what: str) -> str:
    """The text, if it is a date written ``YYYY-MM-DD``.

    Raises:
        InputError: If it is not.
    """
    try:
        if isinstance(text, str) and date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise InputError(
        f"{what} «{text}» is not a date written YYYY-MM-DD",
        where=where,
        remedy="correct the date where the file is described, or fetch it again",
    )


def counts(readings: Sequence[tuple[int | None, Missing]]) -> pd.Series:
    """Whole numbers as ``Int64``, missing where there is none."""
    return pd.Series([value for value, _ in readings], dtype="Int64")


def shares(readings: Sequence[tuple[float | None, Missing]]) -> pd.Series:
    """Shares as ``float64``, NaN where there is none."""
    values = [np.nan if value is None else value for value, _ in readings]
    return pd.Series(values, dtype="float64")


def reasons(readings: Sequence[tuple[object, Missing]]) -> pd.Series:
    """Reasons as text, empty where the value is there."""
    return texts([reason.value for _, reason in readings])


def texts(values: Sequence[str]) -> pd.Series:
    """Text as ``str``, also where there are no rows."""
    return pd.Series(list(values), dtype="str")
