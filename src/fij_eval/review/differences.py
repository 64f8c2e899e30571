"""How two files differ: records by key, tables by cell, JSON by leaf, everything else by line."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, SupportsFloat

from fij_eval.artefacts import read_json, read_parquet
from fij_eval.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

#: Fields of a record that are measured in the same unit as its standard error.
IN_UNITS_OF_SE = ("estimate", "ci_low", "ci_high")
MISSING = "(missing)"

_COMPARED = "A file that is compared"
_AGAIN = "build it again: `snakemake -f <file>`"
_LONGEST = 60
#: A number as programs write it, or with a comma for spreadsheets; codes such as 0301 are text.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)([.,]\d+)?([eE][+-]?\d+)?")


class Verdict(StrEnum):
    """What is made of one difference."""

    WITHIN = "within tolerance"
    OTHER_BYTES = "other bytes, same content"
    DIFFERS = "differs"
    ONLY_A = "only in A"
    ONLY_B = "only in B"


#: Verdicts that leave two results equal.
HARMLESS = (Verdict.WITHIN, Verdict.OTHER_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two builds are not the same.

    Attributes:
        file: Path below both folders.
        item: Key of the record, words that name the row, path of the leaf, or line; empty for the
            file as a whole.
        field: Field or column; empty where there is none.
        old: Value in A as text.
        new: Value in B as text.
        difference: ``new - old`` for numbers.
        in_se: The difference in standard errors of A, for estimates and limits of intervals.
        verdict: What is made of it.
    """

    file: str
    item: str = ""
    field: str = ""
    old: str = ""
    new: str = ""
    difference: float | None = None
    in_se: float | None = None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers may lie apart: by a share of the larger one, or by an amount."""

    relative: float = 0.0
    absolute: float = 0.0

    def allows(self, old: float, new: float) -> bool:
        """Whether the two count as the same."""
        return math.isclose(old, new, rel_tol=self.relative, abs_tol=self.absolute)


def of_files(name: str, old: Path, new: Path, tolerance: Tolerance) -> list[Difference]:
    """All differences between two versions of a file.

    Args:
        name: What to call it.
        old: The version in A.
        new: The version in B.
        tolerance: For numbers in records, tables and JSON; text has none.

    Raises:
        InputError: If a file cannot be read as what its name says.
    """
    before, after = old.read_bytes(), new.read_bytes()
    if before == after:
        return []
    match old.suffix:
        case ".parquet" | ".csv":
            found = list(_of_tables(name, _table(old), _table(new), tolerance))
        case ".json":
            one, two = (read_json(path, what=_COMPARED, remedy=_AGAIN) for path in (old, new))
            found = list(_of_json(name, one, two, tolerance))
        case _:
            return [_of_text(name, before, after)]
    return found or [Difference(file=name, verdict=Verdict.OTHER_BYTES)]


def _of_tables(
    name: str, old: pd.DataFrame, new: pd.DataFrame, tolerance: Tolerance
) -> Iterator[Difference]:
    """Differences between two tables, row by row as their keys say."""
    columns = [column for column in old.columns if column in set(new.columns)]
    for column in old.columns:
        if column not in columns:
            yield Difference(file=name, field=str(column), verdict=Verdict.ONLY_A)
    for column in new.columns:
        if column not in columns:
            yield Difference(file=name, field=str(column), verdict=Verdict.ONLY_B)
    key = _key(old, new, columns)
    before, after = _rows(old, key), _rows(new, key)
    for place in [*before, *(place for place in after if place not in before)]:
        item = " ".join(str(part) for part in place)
        if place not in after:
            yield Difference(file=name, item=item, verdict=Verdict.ONLY_A)
        elif place not in before:
            yield Difference(file=name, item=item, verdict=Verdict.ONLY_B)
        else:
            pairs: dict[Hashable, tuple[object, object]] = {
                column: (before[place][column], after[place][column]) for column in columns
            }
            yield from _of_rows(name, item, pairs, tolerance)


def _of_rows(
    name: str,
    item: str,
    pairs: Mapping[Hashable, tuple[object, object]],
    tolerance: Tolerance,
) -> Iterator[Difference]:
    error = _number(pairs["se"][0]) if "se" in pairs else None
    for column, (old, new) in pairs.items():
        found = _of_values(old, new, tolerance)
        if found is None:
            continue
        verdict, change = found
        in_se = change / error if change is not None and error else None
        yield Difference(
            file=name,
            item=item,
            field=str(column),
            old=_shown(old),
            new=_shown(new),
            difference=change,
            in_se=in_se if column in IN_UNITS_OF_SE else None,
            verdict=verdict,
        )


def _of_values(
    old: object, new: object, tolerance: Tolerance
) -> tuple[Verdict, float | None] | None:
    """The verdict on two values and by how much they differ; nothing where they are the same."""
    if _is_missing(old) or _is_missing(new):
        return None if _is_missing(old) and _is_missing(new) else (Verdict.DIFFERS, None)
    before, after = _number(old), _number(new)
    if before is None or after is None:
        return None if str(old) == str(new) else (Verdict.DIFFERS, None)
    if before == after:
        return None
    verdict = Verdict.WITHIN if tolerance.allows(before, after) else Verdict.DIFFERS
    return verdict, after - before


def _of_json(name: str, old: object, new: object, tolerance: Tolerance) -> Iterator[Difference]:
    before, after = dict(leaves(old)), dict(leaves(new))
    for path in [*before, *(path for path in after if path not in before)]:
        if path not in after:
            text = _shown(before[path])
            yield Difference(file=name, item=path, old=text, verdict=Verdict.ONLY_A)
        elif path not in before:
            text = _shown(after[path])
            yield Difference(file=name, item=path, new=text, verdict=Verdict.ONLY_B)
        else:
            one, two = before[path], after[path]
            found: tuple[Verdict, float | None] | None
            if isinstance(one, str) or isinstance(two, str):
                # in JSON a text that looks like a number is still a text
                found = None if one == two else (Verdict.DIFFERS, None)
            else:
                found = _of_values(one, two, tolerance)
            if found is not None:
                yield Difference(
                    file=name,
                    item=path,
                    old=_shown(one),
                    new=_shown(two),
                    difference=found[1],
                    verdict=found[0],
                )


def leaves(content: object, path: str = "") -> Iterator[tuple[str, object]]:
    """The values of a JSON document under paths such as ``a.b[2]``."""
    if isinstance(content, Mapping) and content:
        for key, value in content.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list) and content:
        for number, value in enumerate(content, start=1):
            yield from leaves(value, f"{path}[{number}]")
    else:
        yield path, content


def _of_text(name: str, old: bytes, new: bytes) -> Difference:
    """The first line that differs; for what is no text, the sizes."""
    try:
        before, after = (content.decode("utf-8").splitlines() for content in (old, new))
    except UnicodeDecodeError:
        sizes = (f"{len(content)} bytes" for content in (old, new))
        return Difference(file=name, old=next(sizes), new=next(sizes), verdict=Verdict.DIFFERS)
    number = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    lines = (text[number] if number < len(text) else "" for text in (before, after))
    return Difference(
        file=name,
        item=f"line {number + 1}",
        old=_shortened(next(lines)),
        new=_shortened(next(lines)),
        verdict=Verdict.DIFFERS,
    )


def _key(old: pd.DataFrame, new: pd.DataFrame, columns: Sequence[Hashable]) -> list[Hashable]:
    """The fewest leading columns that tell every row of both tables; none if none do."""
    if "key" in columns and old["key"].is_unique and new["key"].is_unique:
        return ["key"]
    for count in range(1, len(columns) + 1):
        chosen = list(columns[:count])
        if any(frame[chosen[-1]].dtype.kind == "f" for frame in (old, new)):
            return []
        if not any(frame.duplicated(chosen).any() for frame in (old, new)):
            return chosen
    return []


def _rows(
    frame: pd.DataFrame, key: Sequence[Hashable]
) -> dict[tuple[object, ...], dict[Hashable, Any]]:
    rows = frame.to_dict("records")
    if not key:
        return {("row", number): row for number, row in enumerate(rows, start=1)}
    return {tuple(row[column] for column in key): row for row in rows}


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    if path.suffix == ".parquet":
        return read_parquet(path)
    try:
        with path.open(encoding="utf-8-sig") as stream:
            head = stream.readline()
        separator = ";" if head.count(";") > head.count(",") else ","
        return pd.read_csv(path, sep=separator, dtype="str", keep_default_na=False)
    except (ValueError, OSError) as error:
        raise InputError(
            f"{_COMPARED} cannot be read ({error})", where=str(path), remedy=_AGAIN
        ) from error


def _is_missing(value: object) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]  # any scalar will do


def _number(value: object) -> float | None:
    """The value as a number, if it is one or is written as one."""
    if isinstance(value, str):
        return float(value.replace(",", ".")) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, SupportsFloat) or _is_missing(value):
        return None
    found = float(value)
    return found if math.isfinite(found) else None


def _shown(value: object) -> str:
    if _is_missing(value):
        return MISSING
    if isinstance(value, float):
        return f"{value:.10g}"
    return _shortened(str(value))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
