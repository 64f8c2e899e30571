"""The register's rows as they stand in the file, checked: the one place that says what is wrong.

Read by the panel and by the simulated world alike, so that a researcher hears the same from both.
It needs no package, and no more of the panel than the comparison of names.
"""

from __future__ import annotations

import csv
import difflib
import io
from datetime import date
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.panel import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COLUMNS = (
    "municipality_code",
    "district_code",
    "name",
    "size_group",
    "signed_up",
    "kick_off_date",
    "withdrew_on",
    "mode",
    "status",
    "source",
    "confidence",
)
CHOICES = {
    "size_group": ("small", "medium", "large"),
    "signed_up": ("yes", "no"),
    "mode": ("physical", "digital", "unknown"),
    "status": ("signed_up", "participant", "withdrew"),
    "confidence": ("high", "medium", "low"),
}
_DISTRICT_WORD = "bydel "
_SHOWN = 5


def participants(
    path: Path, known: Mapping[str, str], areas: Mapping[str, str]
) -> list[dict[str, str]]:
    """The register's rows as they stand, checked as ``read_register`` says.

    Args:
        path: CSV, UTF-8.
        known: Code and name of each municipality.
        areas: Code and name of each of Oslo's districts.

    Raises:
        InputError: If anything is wrong.
    """
    rows = _rows(path)
    faults = [
        f"row {number}, {fault}"
        for number, row in rows
        for fault in (*_code_faults(row, known, areas), *_value_faults(row))
    ]
    faults += _repetitions(rows)
    if faults:
        shown = "; ".join(faults[:_SHOWN])
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise InputError(
            f"The register of participants has {len(faults)} fault"
            f"{'s' if len(faults) > 1 else ''}: {shown}{more}",
            where=str(path),
            remedy="correct the rows; every column and its values are described in docs/data.md",
        )
    return [row for _, row in rows]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers in the file (the header is row 1)."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The register of participants cannot be read ({error.strerror})",
            where=str(path),
            remedy="name an existing file in data.register",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The register of participants is not UTF-8 (byte {error.start})",
            where=str(path),
            remedy="save it as «CSV UTF-8»",
        ) from error
    lines = text.splitlines()
    head = lines[0] if lines else ""
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header, path)
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InputError(
                    f"Row {reader.line_num} of the register has {len(cells)} cells, not "
                    f"{len(header)}",
                    where=str(path),
                    remedy="put text that holds the separator in quotes, and leave empty cells "
                    "empty",
                )
            values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            rows.append((reader.line_num, values))
    except csv.Error as error:
        raise InputError(
            f"The register of participants is not CSV ({error}, row {reader.line_num})",
            where=str(path),
            remedy="mend the quotes in the row",
        ) from error
    if not rows:
        raise InputError(
            "The register of participants has no rows",
            where=str(path),
            remedy="restore the register that came with the project, or fill one in",
        )
    return rows


def _check_header(header: list[str], path: Path) -> None:
    """Refuse a header that lacks a column, or has one too many."""
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    if not (missing or unknown or twice):
        return
    parts = [f"the column «{name}» is missing" for name in missing]
    for name in unknown:
        near = difflib.get_close_matches(name, missing, n=1, cutoff=0.6)
        parts.append(f"«{name}» is unknown" + (f" (did you mean «{near[0]}»?)" if near else ""))
    parts += [f"«{name}» stands twice" for name in twice]
    raise InputError(
        f"The register's header is not what it should be: {'; '.join(parts)}",
        where=f"{path}, row 1",
        remedy=f"the columns are {', '.join(COLUMNS)}",
    )


def _code_faults(
    row: Mapping[str, str], known: Mapping[str, str], areas: Mapping[str, str]
) -> Iterator[str]:
    """What is wrong with a row's codes and name."""
    code, district, name = row["municipality_code"], row["district_code"], row["name"]
    if code not in known:
        yield f"municipality_code: «{code}» {_code_hint(code, 4, known)}"
        return
    if not district:
        if not names.same(name, known[code]):
            yield f"name: «{name}» is not the name of {code}, which is {known[code]}"
        return
    if district not in areas:
        yield f"district_code: «{district}» {_code_hint(district, 6, areas)}"
    elif not district.startswith(code):
        yield f"district_code: «{district}» is no part of {code} {known[code]}"
    elif names.folded(name).removeprefix(_DISTRICT_WORD) != names.folded(areas[district]):
        yield f"name: «{name}» is not the name of {district}, which is {areas[district]}"


def _code_hint(code: str, length: int, known: Mapping[str, str]) -> str:
    """Why a code is refused."""
    padded = code.zfill(length)
    if code.isdigit() and len(code) < length and padded in known:
        return (
            f"has lost its leading zero (write {padded}; in a spreadsheet, format the column as "
            "text)"
        )
    return f"is no code of 2024 with {length} digits"


def _value_faults(row: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a row's other values."""
    for column, allowed in CHOICES.items():
        value = row[column]
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, n=1, cutoff=0.6)
            hint = f" (did you mean «{near[0]}»?)" if near else ""
            yield f"{column}: «{value}» is not one of {', '.join(allowed)}{hint}"
    if not row["source"]:
        yield "source: is empty; say where the row is known from"
    kick_off, withdrew = _day(row["kick_off_date"]), _day(row["withdrew_on"])
    if kick_off is None:
        yield f"kick_off_date: «{row['kick_off_date']}» is not a date written YYYY-MM-DD"
    if row["withdrew_on"] and withdrew is None:
        yield f"withdrew_on: «{row['withdrew_on']}» is not a date written YYYY-MM-DD"
    if kick_off and withdrew and withdrew < kick_off:
        yield f"withdrew_on: {withdrew} lies before the kick-off on {kick_off}"
    if row["withdrew_on"] and row["status"] != "withdrew":
        yield f"withdrew_on: is given, but status is «{row['status']}», not «withdrew»"
    if row["signed_up"] == "no" and row["status"] in ("signed_up", "withdrew"):
        yield f"signed_up: is «no», but status is «{row['status']}»"


def _day(text: str) -> date | None:
    """The date, or nothing if the text is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _repetitions(rows: list[tuple[int, dict[str, str]]]) -> list[str]:
    """Participants that stand twice, and a municipality beside its own district."""
    faults = []
    first: dict[tuple[str, str], int] = {}
    for number, row in rows:
        key = (row["municipality_code"], row["district_code"])
        if key in first:
            faults.append(
                f"row {number}, municipality_code: {' '.join(key).strip()} stands in row "
                f"{first[key]} too"
            )
        first.setdefault(key, number)
    for (code, district), number in first.items():
        if district and (code, "") in first:
            faults.append(
                f"row {number}, district_code: {district} is a part of {code}, which stands in "
                f"row {first[code, '']}; the two would be counted twice"
            )
    return faults
