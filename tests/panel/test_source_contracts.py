"""A parsed table that is not what it should be stops before anything is built on it."""

from __future__ import annotations

import pandas as pd
import pytest
from panel_world import settings

from fij_eval.errors import CheckError
from fij_eval.panel.build import build
from fij_eval.panel.source_contracts import SOURCE_CONTRACTS, checked_source, with_reasons


def test_the_tables_of_the_invented_world_keep_their_contracts(tables):
    for name in SOURCE_CONTRACTS:
        pd.testing.assert_frame_equal(checked_source(tables[name], name), tables[name])


@pytest.mark.parametrize("name", sorted(SOURCE_CONTRACTS))
def test_a_table_without_one_of_its_columns_stops_and_names_it(tables, facts, name):
    column = next(iter(SOURCE_CONTRACTS[name].columns))
    tables[name] = tables[name].drop(columns=column)
    with pytest.raises(CheckError, match=f"{name} breaks its contract.*«{column}» is missing"):
        build(tables, facts, **settings())


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("ssb_article_municipal", "share", 34.5),
        ("ssb_article_municipal", "reference_month", "2024-13"),
        ("ssb_article_municipal", "share_missing", "because"),
        ("nav_hl060", "unemployment_rate", 2.4),
        ("klass_municipalities", "code", "301"),
        ("klass_changes", "occurred", "1.1.2024"),
        ("statbank_population_yearly", "value", -1.0),
    ],
)
def test_a_value_out_of_its_range_stops_with_the_value(tables, name, column, value):
    table = tables[name]
    table.loc[table.index[3], column] = value
    with pytest.raises(CheckError, match=rf"{column} in row 3: «{value}»"):
        checked_source(table, name)


@pytest.mark.parametrize("name", sorted(set(SOURCE_CONTRACTS) - {"klass_changes"}))
def test_a_table_without_rows_stops(tables, name):
    with pytest.raises(CheckError, match="no rows"):
        checked_source(tables[name].iloc[:0], name)


def test_a_value_missing_without_a_reason_stops():
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "n_missing": ["", ""]})
    with pytest.raises(CheckError, match="n and its reason for being missing disagree"):
        with_reasons(frame, name="table")


def test_a_hidden_value_read_as_zero_stops():
    frame = pd.DataFrame({"n": [0], "n_missing": ["confidential"]})
    with pytest.raises(CheckError, match="first «0» with reason «confidential»"):
        with_reasons(frame, name="table")
