"""Contracts of the frames that pass from room to room: columns, types, ranges, keys.

Shares are 0-1, persons are whole numbers, months are ``YYYY-MM``, codes four digits as text. Where
a value is missing, the column of the same name ending in ``_missing`` holds the reason
(``fij_eval.sources.missing.Missing``), and is empty where it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pandas as pa
from pandera.errors import SchemaErrors

from fij_eval.errors import CheckError
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
CODE = r"^\d{4}$"
SIZE_GROUPS = ("small", "medium", "large")
ARMS = ("network", "comparison", "excluded")
STATUSES = ("none", "signed_up", "participant", "withdrew")
FORMS = ("none", "physical", "digital", "unknown")
REGIONS = ("oslofjord", "inland", "south", "west", "central", "north")

REASONS = [m.value for m in Missing]


def _text(*checks: pa.Check, nullable: bool = False, unique: bool = False) -> pa.Column:
    return pa.Column("str", checks=list(checks) or None, nullable=nullable, unique=unique)


def _count(*, nullable: bool = True) -> pa.Column:
    return pa.Column("Int64", pa.Check.ge(0), nullable=nullable)


def _share(*, nullable: bool = True) -> pa.Column:
    return pa.Column("float64", pa.Check.in_range(0, 1), nullable=nullable)


def _reason() -> pa.Column:
    return pa.Column("str", pa.Check.isin(REASONS))


def _choice(values: Sequence[str]) -> pa.Column:
    return pa.Column("str", pa.Check.isin(list(values)))


#: One row a municipality of 2024 (357). Fixed facts.
MUNICIPALITIES = pa.DataFrameSchema(
    {
        "municipality_code": _text(pa.Check.str_matches(CODE), unique=True),
        "municipality_name": _text(),
        "county_code": _text(pa.Check.str_matches(r"^\d{2}$")),
        "county_name": _text(),
        "region": _choice(REGIONS),
        "centrality": pa.Column("Int64", pa.Check.in_range(1, 6)),
        "economic_region_code": _text(),
        "population_2024": _count(nullable=False),
        "longitude": pa.Column("float64", pa.Check.in_range(4, 32)),
        "latitude": pa.Column("float64", pa.Check.in_range(57, 72)),
        "hex_col": pa.Column("float64"),
        "hex_row": pa.Column("Int64"),
    },
    strict=True,
    ordered=True,
)

#: One row a sign-up; municipalities without one are not in it.
REGISTER = pa.DataFrameSchema(
    {
        "municipality_code": _text(pa.Check.str_matches(CODE)),
        "district_code": _text(pa.Check.str_matches(r"^(\d{6})?$")),
        "name": _text(),
        "size_group": _choice(SIZE_GROUPS),
        "signed_up": _text(pa.Check.isin(["yes", "no"])),
        "kick_off_date": _text(pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}$")),
        "withdrew_on": _text(pa.Check.str_matches(r"^(\d{4}-\d{2}-\d{2})?$")),
        "mode": _choice(FORMS[1:]),
        "status": _choice(STATUSES[1:]),
        "source": _text(),
        "confidence": _choice(("high", "medium", "low")),
    },
    strict=True,
    ordered=True,
)

#: One row a municipality of 2024 and reference month; Oslo is in it with arm ``excluded``.
PANEL = pa.DataFrameSchema(
    {
        "municipality_code": _text(pa.Check.str_matches(CODE)),
        "reference_month": _text(pa.Check.str_matches(MONTH)),
        "municipality_name": _text(),
        "county_code": _text(),
        "county_name": _text(),
        "region": _choice(REGIONS),
        "centrality": pa.Column("Int64", pa.Check.in_range(1, 6)),
        "size_group": _choice(SIZE_GROUPS),
        # outcome: Ukrainian refugees aged 20-66 who are resident, and the wage earners among them
        "residents": _count(),
        "residents_missing": _reason(),
        "employed": _count(),
        "employed_missing": _reason(),
        "share": _share(),
        "share_missing": _reason(),
        "outcome_vintage": _text(),
        "outcome_source": _text(),
        # population: all residents at the latest count at or before the reference month
        "population": _count(),
        "population_missing": _reason(),
        "population_period": _text(),
        "population_vintage": _text(),
        "population_source": _text(),
        # registered unemployed, persons and share of the labour force, in the reference month
        "unemployed": _count(),
        "unemployed_missing": _reason(),
        "unemployment_rate": _share(),
        "unemployment_rate_missing": _reason(),
        "unemployment_break": pa.Column("bool"),
        "unemployment_vintage": _text(),
        "unemployment_source": _text(),
        # refugees settled (all ages) in the calendar year of the reference month, and since 2022
        "settled_year": _count(),
        "settled_year_missing": _reason(),
        "settled_since_2022": _count(),
        "settled_since_2022_missing": _reason(),
        "settled_vintage": _text(),
        "settled_source": _text(),
        # the network
        "arm": _choice(ARMS),
        "network_status": _choice(STATUSES),
        "network_form": _choice(FORMS),
        "kick_off_date": _text(),
        "withdrew_on": _text(),
        "treated": pa.Column("bool"),
        "post": pa.Column("bool"),
        "event_months": pa.Column("Int64", nullable=True),
        "simulated": pa.Column("bool"),
    },
    unique=["municipality_code", "reference_month"],
    strict=True,
    ordered=True,
)


def enforce(frame: pd.DataFrame, schema: pa.DataFrameSchema, *, name: str) -> pd.DataFrame:
    """The frame, if it keeps its contract.

    Args:
        frame: What an earlier step made.
        schema: Contract, one of this module.
        name: Name of the frame or file for the message.

    Raises:
        CheckError: If it does not, with the first offending rows.
    """
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        raise CheckError(
            f"{name} breaks its contract: {_first_faults(error.failure_cases)}",
            where=name,
            remedy="look at the rows that are named in the step's input; if a source changed its "
            "form, the settings or the parser must follow",
        ) from error


def _first_faults(cases: Any, limit: int = 3) -> str:  # noqa: ANN401 -- pandera's frame
    """The first faults in words."""
    faults = []
    for case in cases.head(limit).to_dict("records"):
        if case["check"] == "column_in_dataframe":
            faults.append(f"the column «{case['failure_case']}» is missing")
            continue
        if case["check"] == "column_in_schema":
            faults.append(f"the column «{case['failure_case']}» is unknown")
            continue
        row = "" if case.get("index") is None else f" in row {case['index']}"
        faults.append(f"{case['column']}{row}: «{case['failure_case']}» fails {case['check']}")
    more = len(cases) - limit
    return "; ".join(faults) + (f"; and {more} more" if more > 0 else "")
