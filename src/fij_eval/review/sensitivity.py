"""What a number of the prose depends on, found by changing its inputs and watching it.

Nothing is declared, so nothing can be out of date: a record belongs to a number if the number
changes when the record does. Records are searched by halves, so that hundreds of them take a few
dozen trials. A trial that fails says that something near by needs the record, not that this number
does: it is a reason to look closer, and no finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fij_eval.months import add_months, is_month

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import pandas as pd

#: Stands for a number that cannot be made from changed inputs.
FAILED = "\x00"
#: Fields of a record that are moved; amounts far above what rounding hides.
_LEVELS = ("estimate", "ci_low", "ci_high")
_COUNTS = ("n_units", "n_treated", "n_obs", "persons")
_NEVER = "2001-01..2001-02"
#: Words of the settings that can stand in each other's place.
_WORDS = (
    ("itt", "participants"),
    ("preliminary", "final"),
    ("size_group", "region"),
    ("municipality_average", "person_average"),
    ("primary", "secondary", "exploratory"),
    ("window", "all_pre", "all_post"),
    ("did_2x2", "twfe"),
)
#: A month or day, and two that no data have.
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_EARLY, _LATE = "2001-01-01", "2097-12-31"
_GOLDEN = 0.6180339887


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a frame.

    Attributes:
        name: What is changed, and how: the same name on the same frame is the same change.
        frame: Makes the changed frame.
    """

    name: Hashable
    frame: Callable[[], pd.DataFrame]


def rows_behind(frame: pd.DataFrame, made: Callable[[Change], str], value: str) -> list[int]:
    """Rows of records that a number changes with.

    Args:
        frame: Records, as ``effects/record.py`` writes them.
        made: The number from a frame in this one's place.
        value: The number as it is.

    Returns:
        Positions of the rows, in order.
    """

    def outcomes(rows: Sequence[int]) -> Iterator[str]:
        return (made(changed) for changed in _other_records(frame, rows))

    return list(_by_halves(range(len(frame)), outcomes, value))


def columns_behind(
    frame: pd.DataFrame, made: Callable[[Change], str], value: str
) -> list[str] | None:
    """Columns of a table that a number changes with; nothing if it does not use the table.

    Args:
        frame: Any table.
        made: The number from a frame in this one's place.
        value: The number as it is.

    Returns:
        Names of the columns, possibly none although the table is used; None if it is not.
    """
    names = list(frame.columns)

    def outcomes(chosen: Sequence[int]) -> Iterator[str]:
        columns = [str(names[position]) for position in chosen]
        return (made(changed) for changed in _other_columns(frame, columns))

    found = [str(names[position]) for position in _by_halves(range(len(names)), outcomes, value)]
    if found or any(made(half) not in (value, FAILED) for half in _halves(frame)):
        return found
    return None


def as_a_whole(key: str, frame: pd.DataFrame) -> Iterator[Change]:
    """Changes of all that a frame holds at once.

    Args:
        key: Key of the input; records go by ``estimates_<analysis>``.
        frame: Records or any other table.
    """
    if key.startswith("estimates_"):
        yield from _other_records(frame, range(len(frame)))
    else:
        yield from _other_columns(frame, [str(name) for name in frame.columns])
        yield from _halves(frame)


def other_settings(content: Mapping[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """Settings with one of them changed, some of them not possible.

    Args:
        content: Parts of the settings as plain values.

    Yields:
        Key of the setting that is changed, and all settings with it.
    """
    for path, leaf in _leaves(content):
        for other in _other_values(leaf):
            yield ".".join(path), _with(content, path, other)


def _by_halves(
    positions: Sequence[int], outcomes: Callable[[Sequence[int]], Iterator[str]], value: str
) -> Iterator[int]:
    """The positions that matter, each found by halving the groups that may."""
    if not positions:
        return
    if len(positions) == 1:
        if any(made not in (value, FAILED) for made in outcomes(positions)):
            yield positions[0]
        return
    if all(made == value for made in outcomes(positions)):
        return
    middle = len(positions) // 2
    yield from _by_halves(positions[:middle], outcomes, value)
    yield from _by_halves(positions[middle:], outcomes, value)


def _other_records(frame: pd.DataFrame, rows: Sequence[int]) -> Iterator[Change]:
    """The records with some of them moved up, moved down, and without numbers."""
    name = (rows[0], len(rows))
    yield Change((*name, "up"), lambda: _moved(frame, rows, 1.0))
    yield Change((*name, "down"), lambda: _moved(frame, rows, -1.0))
    yield Change((*name, "gone"), lambda: _without_numbers(frame, rows))


def _moved(frame: pd.DataFrame, rows: Sequence[int], sign: float) -> pd.DataFrame:
    import numpy as np

    chosen = list(rows)
    at = frame.index[chosen]
    # each by an amount of its own, so that a difference of two records moves as well
    amounts = 1.0 + np.array([row * _GOLDEN % 1.0 for row in chosen])
    other = frame.copy()
    for name in _LEVELS:
        other.loc[at, name] = frame.loc[at, name] + sign * amounts
    other.loc[at, "se"] = frame.loc[at, "se"] + amounts
    other.loc[at, "p_value"] = 0.9 if sign > 0 else 1e-9
    for name in _COUNTS:
        other.loc[at, name] = frame.loc[at, name] + [1009 + row for row in chosen]
    other.loc[at, ["base", "post"]] = _NEVER
    other.loc[at, "covariates"] = "log_population" if sign > 0 else ""
    return other


def _without_numbers(frame: pd.DataFrame, rows: Sequence[int]) -> pd.DataFrame:
    at = frame.index[list(rows)]
    other = frame.copy()
    for name in (*_LEVELS, "se", "p_value"):
        other.loc[at, name] = float("nan")
    other.loc[at, "note"] = "-"
    return other


def _other_columns(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[Change]:
    """The table with some columns turned upside down, and with one value throughout."""

    def turned() -> pd.DataFrame:
        return frame.assign(**{column: frame[column].array[::-1] for column in columns})

    def even() -> pd.DataFrame:
        if not len(frame):
            return frame
        return frame.assign(**{c: frame[c].array.take([0] * len(frame)) for c in columns})

    yield Change((*columns, "turned"), turned)
    yield Change((*columns, "even"), even)
    for name, day in (("earlier", _EARLY), ("later", _LATE)):
        yield Change((*columns, name), partial(_others, frame, tuple(columns), day))


def _others(frame: pd.DataFrame, columns: Sequence[str], day: str) -> pd.DataFrame:
    return frame.assign(**{column: _other(frame[column], day) for column in columns})


def _other(column: pd.Series, day: str) -> pd.Series:
    """Another value in each cell of a column, where one of the same kind can be thought of."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column):
        return ~column
    if pd.api.types.is_numeric_dtype(column):
        return column + 1
    texts = column.astype("object")
    dates = texts.map(lambda text: bool(_DATE.fullmatch(str(text))))
    return texts.mask(dates, texts.map(lambda text: day[: len(str(text))])).astype(column.dtype)


def _halves(frame: pd.DataFrame) -> Iterator[Change]:
    """The first half of the rows, and the other."""
    middle = len(frame) // 2
    yield Change("first half", lambda: frame.iloc[:middle])
    yield Change("other half", lambda: frame.iloc[middle:])


def _leaves(
    content: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Values and their places; an entry of a list goes by its number, from 1."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _leaves(value, (*path, str(key)))
        return
    yield path, content
    if isinstance(content, list) and content and isinstance(content[0], Mapping):
        for number, value in enumerate(content, 1):
            yield from _leaves(value, (*path, str(number)))


def _other_values(value: object) -> Iterator[object]:
    """Values that could stand in a value's place."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield value + 1
        yield value * 0.9
    elif isinstance(value, str) and is_month(value):
        yield add_months(value, 1)
        yield add_months(value, -1)
    elif isinstance(value, str) and value.isdigit():
        yield value[:-1] + ("1" if value[-1] != "1" else "2")
    elif isinstance(value, str):
        yield from (word for words in _WORDS if value in words for word in words if word != value)
    elif isinstance(value, list):
        yield value[:-1] if value else ["log_population"]


def _with(content: Mapping[str, object], path: Sequence[str], value: object) -> dict[str, object]:
    head, *rest = path
    inner = content[head]
    if rest and isinstance(inner, Mapping):
        return {**content, head: _with(inner, rest, value)}
    if rest and isinstance(inner, list):
        at = int(rest[0]) - 1
        entry = _with(inner[at], rest[1:], value) if rest[1:] else value
        return {**content, head: [*inner[:at], entry, *inner[at + 1 :]]}
    return {**content, head: value}
