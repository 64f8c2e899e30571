"""What a number of the prose depends on, found by changing its inputs and watching it.

Nothing is declared, so nothing can be out of date: a record belongs to a number if the number
changes when the record does. Records are searched by halves, so that hundreds of them take a few
dozen trials. A trial that fails says that something near by needs the record, not that this number
does: it is a reason to look closer, and no finding.
"""

from __future__ import annotations

from collections.abc import Mapping
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
_GOLDEN = 0.6180339887


def rows_behind(frame: pd.DataFrame, made: Callable[[pd.DataFrame], str], value: str) -> list[int]:
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
    frame: pd.DataFrame, made: Callable[[pd.DataFrame], str], value: str
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
        columns = [names[position] for position in chosen]
        return (made(changed) for changed in _other_columns(frame, columns))

    found = [str(names[position]) for position in _by_halves(range(len(names)), outcomes, value)]
    if found or made(frame.head(len(frame) // 2)) not in (value, FAILED):
        return found
    return None


def settings_behind(
    content: Mapping[str, object], made: Callable[[Mapping[str, object]], str], value: str
) -> list[str]:
    """Keys of the settings that a number changes with.

    Args:
        content: Parts of the settings as plain values.
        made: The number from other settings; ``value`` itself where they are not possible.
        value: The number as it is.
    """
    return [
        ".".join(path)
        for path, leaf in _leaves(content)
        if any(
            made(_with(content, path, other)) not in (value, FAILED)
            for other in _other_values(leaf)
        )
    ]


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


def _other_records(frame: pd.DataFrame, rows: Sequence[int]) -> Iterator[pd.DataFrame]:
    """The records with some of them moved up, moved down, and without numbers."""
    import numpy as np

    chosen = list(rows)
    at = frame.index[chosen]
    # each by an amount of its own, so that a difference of two records moves as well
    amounts = 1.0 + np.array([row * _GOLDEN % 1.0 for row in chosen])
    for sign in (1.0, -1.0):
        other = frame.copy()
        for name in _LEVELS:
            other.loc[at, name] = frame.loc[at, name] + sign * amounts
        other.loc[at, "se"] = frame.loc[at, "se"] + amounts
        other.loc[at, "p_value"] = 0.9 if sign > 0 else 1e-9
        for name in _COUNTS:
            other.loc[at, name] = frame.loc[at, name] + [1009 + row for row in chosen]
        other.loc[at, ["base", "post"]] = _NEVER
        yield other
    other = frame.copy()
    for name in (*_LEVELS, "se", "p_value"):
        other.loc[at, name] = float("nan")
    other.loc[at, "note"] = "-"
    yield other


def _other_columns(frame: pd.DataFrame, columns: Sequence[Hashable]) -> Iterator[pd.DataFrame]:
    """The table with some columns turned upside down, and with one value throughout."""
    turned = frame.copy()
    for column in columns:
        turned[column] = frame[column].array[::-1]
    yield turned
    even = frame.copy()
    for column in columns:
        even[column] = frame[column].array.take([0] * len(frame)) if len(frame) else frame[column]
    yield even


def _leaves(
    content: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    from collections.abc import Mapping

    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _leaves(value, (*path, str(key)))
    else:
        yield path, content


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
    elif isinstance(value, list) and value:
        yield value[:-1]


def _with(content: Mapping[str, object], path: Sequence[str], value: object) -> dict[str, object]:
    head, *rest = path
    inner = content[head]
    new = _with(inner, rest, value) if rest and isinstance(inner, Mapping) else value
    return {**content, head: new}
