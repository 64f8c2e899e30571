"""Frames that are no estimates but belong to an analysis, in one long table a file.

A covariance, a specification curve, weights, points of a funnel: each is a small frame of its own
shape. One long form lets every analysis write the same files and every reader find its frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("table", "row", "field", "value", "text")


def to_long(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a cell: ``table``, ``row`` (from 0), ``field``, and ``value`` or ``text``.

    Numbers and truth values go to ``value``, everything else to ``text``; a missing number is
    missing in both.
    """
    import pandas as pd

    pieces = []
    for table, frame in frames.items():
        for name in frame.columns:
            column = frame[name].reset_index(drop=True)
            numeric = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
            nothing = pd.Series([None] * len(column), dtype="object")
            pieces.append(
                pd.DataFrame(
                    {
                        "table": table,
                        "row": range(len(column)),
                        "field": str(name),
                        "value": column.astype("float64") if numeric else None,
                        "text": nothing if numeric else column.astype("str"),
                    }
                )
            )
    if not pieces:
        return _typed(pd.DataFrame(columns=list(COLUMNS)))
    return _typed(pd.concat([_typed(piece) for piece in pieces], ignore_index=True))


def frame_of(long: pd.DataFrame, table: str) -> pd.DataFrame:
    """One of the frames again: numbers as float64, text as str, columns and rows in order.

    Raises:
        InputError: If there is none with this name.
    """
    import pandas as pd

    part = long[long["table"] == table]
    if part.empty:
        raise InputError(
            f"There is no table «{table}» among the details",
            remedy="run the stage `estimates` again",
        )
    columns = {}
    for name in part["field"].drop_duplicates():
        cells = part[part["field"] == name].sort_values("row")
        numeric = cells["text"].isna().all()
        columns[str(name)] = cells["value" if numeric else "text"].to_numpy()
    return pd.DataFrame(columns)


def has(long: pd.DataFrame, table: str) -> bool:
    """Whether there is a table with this name (one without rows counts as none)."""
    return bool((long["table"] == table).any())


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(
        {"table": "str", "row": "int64", "field": "str", "value": "float64", "text": "str"}
    )
