"""Contracts of the parsed tables that the panel is built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa

from fij_eval.errors import CheckError
from fij_eval.panel.contracts import CODE, MONTH, REASONS, enforce

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_DATE = r"^\d{4}-\d{2}-\d{2}$"


def _text(pattern: str = "") -> pa.Column:
    return pa.Column("str", pa.Check.str_matches(pattern) if pattern else None)


def _values(**kinds: str) -> dict[str, pa.Column]:
    """A column a value, whole number or share, and its reason."""
    columns = {}
    for name, kind in kinds.items():
        limit = pa.Check.ge(0) if kind == "Int64" else pa.Check.in_range(0, 1)
        columns[name] = pa.Column(kind, limit, nullable=True)
        columns[f"{name}_missing"] = pa.Column("str", pa.Check.isin(REASONS))
    return columns


def _provenance(*, row: bool) -> dict[str, pa.Column]:
    """Where a row is from."""
    columns = {"vintage": _text(), "file": _text(), "simulated": pa.Column("bool")}
    return columns | ({"row": pa.Column("Int64", pa.Check.ge(0))} if row else {})


_PERIODS = _text(r"^\d{4}(K[1-4])?$")
_POPULATION = pa.DataFrameSchema(
    {
        "Region": _text(),
        "Tid": _PERIODS,
        "value": pa.Column("float64", pa.Check.ge(0), nullable=True),
        "value_missing": pa.Column("str", pa.Check.isin(REASONS)),
        "table": _text(),
        "vintage": _text(),
        "simulated": pa.Column("bool"),
    }
)
_VALIDITY = {
    "name": _text(),
    "valid_from": _text(_DATE),
    "valid_to": _text(r"^(\d{4}-\d{2}-\d{2})?$"),
}

#: Contract of each table, by its name; columns beyond these are left alone.
SOURCE_CONTRACTS: Mapping[str, pa.DataFrameSchema] = {
    "ssb_article_municipal": pa.DataFrameSchema(
        {
            "name": _text(),
            "reference_month": _text(MONTH),
            "published": _text(_DATE),
            **_values(residents="Int64", employed="Int64", share="float64"),
            **_provenance(row=True),
        }
    ),
    "nav_hl060": pa.DataFrameSchema(
        {
            "code": _text(),
            "label": _text(),
            "reference_month": _text(MONTH),
            **_values(unemployed="Int64", unemployment_rate="float64"),
            **_provenance(row=False),
        }
    ),
    "imdi_settlement": pa.DataFrameSchema(
        {
            "year": pa.Column("Int64"),
            "county": _text(),
            "name": _text(),
            **_values(settled_collective="Int64"),
            **_provenance(row=True),
        }
    ),
    "klass_municipalities": pa.DataFrameSchema({"code": _text(CODE), **_VALIDITY}),
    "klass_counties": pa.DataFrameSchema({"code": _text(r"^\d{2}$"), **_VALIDITY}),
    "klass_changes": pa.DataFrameSchema(
        {
            "old_code": _text(r"^(\d{4})?$"),
            "old_name": _text(),
            "new_code": _text(r"^(\d{4})?$"),
            "new_name": _text(),
            "occurred": _text(_DATE),
        }
    ),
    "statbank_population_yearly": _POPULATION,
    "statbank_population_quarterly": _POPULATION,
}


def checked_source(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A parsed table, if it keeps its contract and every missing value has its reason.

    Raises:
        CheckError: If it does not, or has no rows.
    """
    if frame.empty and name != "klass_changes":
        raise CheckError(
            "A parsed table has no rows",
            where=name,
            remedy="see the raw files that it was made from",
        )
    return with_reasons(enforce(frame, SOURCE_CONTRACTS[name], name=name), name=name)


def with_reasons(frame: pd.DataFrame, *, name: str) -> pd.DataFrame:
    """The frame, if each missing value has a reason, and no value that is there has one.

    Raises:
        CheckError: If not: a figure would be missing without a word, or a sign be read as a figure.
    """
    for column in frame.columns:
        value = str(column).removesuffix("_missing")
        if value == column or value not in frame.columns:
            continue
        wrong = frame[value].isna().ne(frame[column].ne(""))
        if wrong.any():
            first = frame[wrong].iloc[0]
            raise CheckError(
                f"In {int(wrong.sum())} rows the column {value} and its reason for being missing "
                f"disagree, first «{first[value]}» with reason «{first[column]}»",
                where=f"{name}, row {frame.index[wrong][0]}",
                remedy="the parser or the step that made the table is wrong; report it with the "
                "raw file",
            )
    return frame
