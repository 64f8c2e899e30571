"""The reference tables are what their description says, and agree with one another."""

from __future__ import annotations

import json

import pytest
from frictionless import Package, system
from panel_world import REFERENCE, rows_of

from fij_eval.errors import CheckError, InputError
from fij_eval.panel.municipalities import read_csv, read_reference

DESCRIPTION = json.loads((REFERENCE / "datapackage.json").read_text(encoding="utf-8"))


def test_the_data_package_is_valid_table_by_table():
    with system.use_context(trusted=True):
        report = Package(str(REFERENCE / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "message"])


def test_every_table_is_described_with_its_sources_and_fields():
    described = {resource["path"] for resource in DESCRIPTION["resources"]}
    assert described == {path.name for path in REFERENCE.glob("*.csv")}
    for resource in DESCRIPTION["resources"]:
        assert resource["description"], resource["name"]
        assert resource["sources"], resource["name"]
        assert all(field["title"] for field in resource["schema"]["fields"])


def test_there_are_357_municipalities_in_15_counties_with_a_region_each():
    frame = read_reference(REFERENCE)
    assert len(frame) == 357
    assert frame["county_code"].nunique() == 15
    assert frame["region"].nunique() == 6
    assert frame["municipality_code"].str.slice(0, 2).eq(frame["county_code"]).all()


@pytest.mark.parametrize("year", range(2022, 2027))
def test_municipalities_population_sums_to_the_countrys(year):
    total = {row["year"]: int(row["population"]) for row in rows_of("population_totals.csv")}
    people = [int(row[f"population_{year}"] or 0) for row in rows_of("municipalities.csv")]
    assert sum(people) == total[str(year)]


def test_the_reform_of_2024_renumbered_113_and_split_one():
    changes = [row["change"] for row in rows_of("code_changes.csv")]
    counts = {kind: changes.count(kind) for kind in set(changes)}
    assert counts == {"unchanged": 242, "renumbered": 113, "split": 2}


def test_neighbours_stand_once_and_land_borders_are_shared_edges():
    rows = rows_of("neighbours.csv")
    assert len(rows) == 966
    assert all(row["a"] < row["b"] for row in rows)
    assert sum(row["shared_edge_incl_sea"] == "1" for row in rows) == 946
    on_land = {code for row in rows if row["land_border"] == "1" for code in (row["a"], row["b"])}
    codes = {row["municipality_code"] for row in rows_of("municipalities.csv")}
    assert len(codes - on_land) == 24


@pytest.fixture
def folder(tmp_path):
    for name in ("municipalities.csv", "regions.csv"):
        (tmp_path / name).write_bytes((REFERENCE / name).read_bytes())
    return tmp_path


def edit(folder, old, new):
    path = folder / "municipalities.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_fact_that_is_no_number_is_refused(folder):
    edit(folder, "Eigersund,11,Rogaland,11001,4", "Eigersund,11,Rogaland,11001,fire")
    with pytest.raises(InputError, match="not a number"):
        read_reference(folder)


def test_a_code_that_lost_its_zero_breaks_the_contract(folder):
    edit(folder, "\n0301,Oslo", "\n301,Oslo")
    with pytest.raises(CheckError, match="«301»"):
        read_reference(folder)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path / "none.csv")
