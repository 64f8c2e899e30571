"""KLASS answers (JSON) to tables of codes and of code changes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources.labels import clean
from fij_eval.sources.parsed import checked_date, entries_of, newest, one_of, texts
from fij_eval.sources.store import RawStore
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fij_eval.sources.store import Entry

#: Item in the archive -> file, number of digits of a code.
CODE_LISTS = {
    "131-codes": ("klass_municipalities", 4),
    "104-codes": ("klass_counties", 2),
    "103-codes": ("klass_districts", 6),
}
CHANGES = ("131-changes", "klass_changes")


def parse_codes(content: bytes, *, where: str, digits: int, range_end: str = "") -> pd.DataFrame:
    """Codes of a classification, one row a code and version.

    Args:
        content: Answer of ``/classifications/<id>/codes?from=&to=``.
        where: The file, for messages.
        digits: Digits of a code: 4 for municipalities, 2 for counties, 6 for districts.
        range_end: The ``to`` of the request; a version that is valid until then is open, since the
            service cuts validity to the range that was asked for.

    Returns:
        ``code``, ``name``, ``valid_from`` (inclusive), ``valid_to`` (exclusive; ISO dates, empty
        while open). The codes of nines («Uoppgitt») are left out.

    Raises:
        InputError: If a row is not a code, or two versions of one code overlap.
    """
    rows = []
    for number, row in enumerate(_rows(content, "codes", where), start=1):
        at = f"{where}, code {number}"
        code = _text(row, "code", at)
        if not (len(code) == digits and code.isascii() and code.isdigit()):
            raise _fault(f"«{code}» is not a code of {digits} digits", at)
        start = checked_date(row.get("validFromInRequestedRange"), where=at, what="Valid from")
        end = row.get("validToInRequestedRange") or ""
        if end and checked_date(end, where=at, what="Valid to") <= start:
            raise _fault(f"The code {code} ends {end}, before it starts {start}", at)
        if code != "9" * digits:
            until = "" if end == range_end else end
            rows.append((code, clean(_text(row, "name", at)), start, until))
    rows.sort(key=lambda row: (row[0], row[2]))
    for before, after in pairwise(rows):
        if before[0] == after[0] and (not before[3] or before[3] > after[2]):
            raise _fault(f"Two versions of the code {before[0]} overlap from {after[2]}", where)
    return _frame(rows, ("code", "name", "valid_from", "valid_to"))


def parse_changes(content: bytes, *, where: str) -> pd.DataFrame:
    """Code changes, one row a pair.

    Args:
        content: Answer of ``/classifications/131/changes?from=&to=``.
        where: The file, for messages.

    Returns:
        ``old_code``, ``old_name``, ``new_code``, ``new_name`` (empty where there is none),
        ``occurred`` (ISO date).

    Raises:
        InputError: If a row is not a change.
    """
    rows = []
    for number, row in enumerate(_rows(content, "codeChanges", where), start=1):
        at = f"{where}, change {number}"
        words = [
            clean(_text(row, key, at)) if row.get(key) is not None else ""
            for key in ("oldCode", "oldName", "newCode", "newName")
        ]
        codes = [code for code in (words[0], words[2]) if code]
        if not codes or any(len(c) != 4 or not (c.isascii() and c.isdigit()) for c in codes):
            raise _fault("A change does not name municipality codes of four digits", at)
        rows.append((*words, checked_date(row.get("changeOccurred"), where=at, what="Change of")))
    rows.sort(key=lambda row: (row[4], *row[:4]))
    if len(set(rows)) < len(rows):
        raise _fault("A change stands twice", where)
    return _frame(rows, ("old_code", "old_name", "new_code", "new_name", "occurred"))


def write_tables(index: Path, output: Path) -> None:
    """Parse the newest vintage of each list.

    Args:
        index: ``data/raw/<mode>/index/klass.json``.
        output: Folder for ``klass_*.parquet``.

    Raises:
        InputError: If a list is not in the index or not what it should be.
        ArchiveError: If a file is gone or changed.
    """
    store = RawStore(index.parent.parent)
    entries = newest(entries_of(index, "klass"))
    frames = {}
    for item, (name, digits) in CODE_LISTS.items():
        entry = one_of(entries, item, index=index)
        frames[name] = parse_codes(
            store.read(entry), where=entry.path, digits=digits, range_end=_range_end(entry)
        )
    entry = one_of(entries, CHANGES[0], index=index)
    frames[CHANGES[1]] = parse_changes(store.read(entry), where=entry.path)
    for name, frame in frames.items():
        write_parquet(output / f"{name}.parquet", frame)


def _range_end(entry: Entry) -> str:
    """The ``to`` of the request, empty if it had none."""
    return parse_qs(urlsplit(entry.url).query).get("to", [""])[0]


def _rows(content: bytes, key: str, where: str) -> list[dict[str, Any]]:
    rows = json_document(content, where=where).get(key)
    if not isinstance(rows, list) or not rows or any(not isinstance(r, dict) for r in rows):
        raise _fault(f"The answer has no list «{key}» of objects", where)
    return rows


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _fault(f"«{key}» is not a text", where)
    return value


def _frame(rows: Sequence[tuple[str, ...]], names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: texts([row[i] for row in rows]) for i, name in enumerate(names)})


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="fetch the list again; if it comes back the same, the service has changed its form "
        "and the parser must follow",
    )
