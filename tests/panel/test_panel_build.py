"""The panel has a row for each municipality and month, each value right or with a reason."""

from __future__ import annotations

import dataclasses
import json
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from panel_world import MONTHS, REFERENCE, article_table, settings

from fij_eval.artefacts import write_parquet
from fij_eval.errors import CheckError, InputError
from fij_eval.panel import codebook
from fij_eval.panel.build import SOURCES, _check_labels, build, write_panel
from fij_eval.panel.contracts import PANEL, enforce


def rows(panel, code, **months):
    return panel[panel["municipality_code"].eq(code)].set_index("reference_month")


def test_there_is_a_row_for_each_of_357_municipalities_and_each_snapshot(panel):
    assert len(panel) == 357 * len(MONTHS)
    assert panel.groupby("reference_month")["municipality_code"].nunique().eq(357).all()


def test_every_missing_value_has_a_reason_and_every_value_has_none(panel):
    reasons = [c for c in panel.columns if c.endswith("_missing")]
    assert len(reasons) == 8
    for column in reasons:
        absent = panel[column.removesuffix("_missing")].isna()
        assert absent.eq(panel[column].ne("")).all(), column


def test_every_value_has_its_vintage_and_source(panel):
    for value, stem in (("share", "outcome"), ("population", "population"),
                        ("unemployed", "unemployment"), ("settled_year", "settled")):  # fmt: skip
        there = panel[value].notna()
        assert panel.loc[there, f"{stem}_vintage"].ne("").all()
        assert panel.loc[there, f"{stem}_source"].ne("").all()


def test_figures_follow_renumbered_municipalities_across_the_reform(panel, tables):
    article = tables["ssb_article_municipal"]
    raw = article[article["reference_month"].eq("2023-08") & article["name"].eq("Alta")].iloc[0]
    alta = rows(panel, "5601").loc["2023-08"]
    assert (alta["residents"], alta["employed"]) == (raw["residents"], raw["employed"])
    # The division is done in double precision on both sides.
    assert alta["share"] == pytest.approx(raw["employed"] / raw["residents"], abs=1e-15)


@pytest.mark.parametrize("code", ["1508", "1580"])
def test_alesund_and_haram_have_no_figures_before_the_split(panel, code):
    before = rows(panel, code).loc["2023-08"]
    for name in ("residents", "employed", "share", "population", "unemployed",
                 "unemployment_rate", "settled_year", "settled_since_2022"):  # fmt: skip
        assert pd.isna(before[name]), name
        assert before[f"{name}_missing"] == "split_municipality"
    after = rows(panel, code).loc["2024-02"]
    assert after[["residents", "share", "population", "unemployed"]].notna().all()


def test_the_latest_vintage_of_a_month_is_used_alone(panel, tables):
    article = tables["ssb_article_municipal"]
    revised = article[article["vintage"].eq("2025-03-20")].set_index("name")["employed"]
    september = panel[panel["reference_month"].eq("2024-09")].set_index("municipality_name")
    assert september["outcome_vintage"].unique().tolist() == ["2025-03-20"]
    assert september.loc["Bodø", "employed"] == revised["Bodø"]


def test_a_snapshot_without_a_table_has_rows_that_say_so(built):
    panel, findings = built
    june = panel[panel["reference_month"].eq("2024-06")]
    assert june["share"].isna().all()
    assert set(june["share_missing"]) == {"not_published"}
    assert june["unemployed"].notna().all()
    assert june["simulated"].all()
    (finding,) = [f for f in findings if f.id == "months_not_published"]
    assert (finding.n, finding.examples) == (1, ("2024-06",))


@pytest.mark.parametrize(
    ("month", "period", "source"),
    [
        ("2023-08", "2023K2", "statbank/01222"),
        ("2024-02", "2024", "statbank/07459"),
        ("2024-04", "2024K1", "statbank/01222"),
        ("2025-04", "2025", "statbank/07459"),
    ],
)
def test_population_is_the_latest_count_at_or_before_the_month(panel, month, period, source):
    bodo = rows(panel, "1804").loc[month]
    assert (bodo["population_period"], bodo["population_source"]) == (period, source)


def test_a_municipality_that_did_not_exist_has_no_population_of_zero(tables, facts):
    yearly = tables["statbank_population_yearly"]
    zero = yearly["Region"].eq("K-1804") & yearly["Tid"].eq("2024")
    tables["statbank_population_yearly"] = yearly.assign(value=yearly["value"].mask(zero, 0.0))
    # Bodø's people are booked elsewhere, so that the country's sum still holds.
    oslo = yearly["Region"].eq("K-0301") & yearly["Tid"].eq("2024")
    tables["statbank_population_yearly"].loc[oslo, "value"] += yearly.loc[zero, "value"].iloc[0]
    panel, _ = build(tables, facts, **settings())
    assert rows(panel, "1804").loc["2024-02", "population_period"] == "2023K4"
    assert panel["population"].ne(0).all()


def test_settlement_is_the_calendar_years_and_is_summed_only_over_whole_years(panel):
    bodo = rows(panel, "1804")
    assert bodo.loc["2023-08", "settled_year"] == 23
    assert bodo.loc["2025-04", "settled_since_2022"] == 22 + 23 + 24 + 25
    utsira = rows(panel, "1151").loc["2025-04"]
    assert pd.isna(utsira["settled_since_2022"])
    assert utsira["settled_since_2022_missing"] == "below_five"


def test_a_year_without_a_page_is_not_a_year_without_settlement(tables, facts):
    imdi = tables["imdi_settlement"]
    tables["imdi_settlement"] = imdi[imdi["year"].ne(2023)]
    panel, _ = build(tables, facts, **settings())
    bodo = rows(panel, "1804")
    assert bodo.loc["2023-08", "settled_year_missing"] == "not_published"
    assert bodo.loc["2025-04", "settled_since_2022_missing"] == "not_published"
    assert bodo.loc["2025-04", "settled_year"] == 25


def test_unemployment_is_marked_after_its_break(panel):
    marked = panel.loc[panel["unemployment_break"], "reference_month"]
    assert set(marked) == {"2025-04"}


def test_size_groups_follow_population_on_1_january_2024_for_all(panel, facts):
    people = facts.municipalities.set_index("municipality_code")["population_2024"]
    group = panel.drop_duplicates("municipality_code").set_index("municipality_code")["size_group"]
    assert group[people < 10_000].eq("small").all()
    assert group[people.between(10_000, 25_000)].eq("medium").all()
    assert group[people > 25_000].eq("large").all()


def test_oslo_is_in_neither_arm_and_has_no_status_from_its_district(panel):
    oslo = rows(panel, "0301")
    assert set(oslo["arm"]) == {"excluded"}
    assert set(oslo["network_status"]) == {"none"}
    assert not oslo["treated"].any()


def test_everyone_else_who_signed_up_is_in_the_network(panel):
    network = panel.loc[panel["arm"].eq("network"), "municipality_code"].nunique()
    assert network == 44


@pytest.mark.parametrize(("treated", "arm"), [("itt", "network"), ("participants", "excluded")])
def test_those_that_withdrew_are_treated_by_intention_or_in_neither_arm(
    tables, with_register, treated, arm
):
    left = with_register(c5601={"status": "withdrew", "withdrew_on": "2024-11-01"})
    network = settings()["network"].model_copy(update={"treated": treated})
    panel, _ = build(tables, left, **settings(network=network))
    assert set(rows(panel, "5601")["arm"]) == {arm}
    assert set(rows(panel, "5601")["withdrew_on"]) == {"2024-11-01"}


def test_time_is_counted_from_each_municipalitys_own_kick_off_month(tables, with_register):
    later = with_register(c5601={"kick_off_date": "2024-09-22"})
    panel, _ = build(tables, later, **settings())
    alta, senja = rows(panel, "5601"), rows(panel, "5530")
    assert alta.loc["2024-09", "event_months"] == 0
    assert not alta.loc["2024-09", "post"]
    assert senja.loc["2024-09", "event_months"] == 3
    assert senja.loc["2024-09", "post"]
    assert alta.loc["2025-04", "event_months"] == 7


def test_outside_the_network_there_is_no_event_time_but_a_before_and_after(panel):
    others = panel[panel["arm"].eq("comparison")]
    assert others["event_months"].isna().all()
    assert others["post"].eq(others["reference_month"].gt("2024-06")).all()


def test_rows_come_out_alike_in_whatever_order_they_come_in(tables, facts, panel):
    shuffled = {name: t.sample(frac=1, random_state=3) for name, t in tables.items()}
    pd.testing.assert_frame_equal(build(shuffled, facts, **settings())[0], panel)


def test_inputs_are_left_as_they_were(tables, facts):
    before = {name: t.copy() for name, t in tables.items()}
    build(tables, facts, **settings())
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_no_table_at_all_stops(tables, facts):
    tables["ssb_article_municipal"] = article_table("2022-08", published="2022-11-01")
    with pytest.raises(CheckError, match=r"No reference month of data\.snapshots"):
        build(tables, facts, **settings())


def test_a_municipality_missing_from_a_table_is_found_and_has_no_row(tables, facts):
    article = tables["ssb_article_municipal"]
    tables["ssb_article_municipal"] = article[article["name"].ne("Bodø")]
    panel, findings = build(tables, facts, **settings())
    assert rows(panel, "1804").loc["2024-04", "share_missing"] == "no_row"
    (finding,) = [f for f in findings if f.id == "rows_absent"]
    assert (finding.n, finding.severity) == (5, "warning")


def write(tmp_path, tables, *, register=REFERENCE / "network_register.csv"):
    for name in SOURCES:
        write_parquet(tmp_path / "sources" / f"{name}.parquet", tables[name])
    write_panel(
        tmp_path / "sources",
        REFERENCE,
        register,
        tmp_path / "out" / "panel.parquet",
        tmp_path / "out" / "codebook.json",
        tmp_path / "out" / "checks.json",
        **settings(),
    )
    return {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_the_files_are_the_same_bytes_each_time_and_the_panel_keeps_its_contract(tmp_path, tables):
    first = write(tmp_path / "a", tables)
    assert first == write(tmp_path / "b", tables)
    assert set(first) == {"panel.parquet", "codebook.json", "codebook.csv", "checks.json"}
    read = pd.read_parquet(tmp_path / "a" / "out" / "panel.parquet")
    enforce(read, PANEL, name="panel.parquet")
    checks = json.loads(first["checks.json"])
    assert checks["warnings"] == sum(f["severity"] == "warning" for f in checks["findings"])


def test_a_broken_register_leaves_nothing_half_written(tmp_path, tables):
    bad = tmp_path / "register.csv"
    bad.write_text("municipality_code\n5601\n", encoding="utf-8")
    with pytest.raises(InputError, match="header"):
        write(tmp_path, tables, register=bad)
    assert not (tmp_path / "out").exists()


def test_the_codebook_has_every_variable_in_both_languages_with_its_reasons(tmp_path, tables):
    variables = json.loads(write(tmp_path, tables)["codebook.json"])["variables"]
    assert [v["name"] for v in variables] == list(PANEL.columns)
    for variable in variables:
        for key in ("label_nb", "label_en", "definition_nb", "definition_en", "source", "type"):
            assert variable[key], (variable["name"], key)
    share = next(v for v in variables if v["name"] == "share")
    assert share["n"] + share["n_missing"] == 357 * len(MONTHS)
    assert share["reasons"] == {"not_published": 357, "split_municipality": 2}
    assert sum(share["reasons"].values()) == share["n_missing"]
    assert re.fullmatch(r"0\.\d+ to 0\.\d+", share["observed"])
    assert share["allowed"] == "0 to 1"


def test_figures_of_a_code_that_was_not_carried_to_2024_stop(tables, facts):
    lost = tables["klass_changes"].query("old_code != '3001'")
    with pytest.raises(CheckError, match="did not exist in 2024, first 3001 in 2023-08"):
        build(tables | {"klass_changes": lost}, facts, **settings())


def test_a_panel_that_breaks_its_contract_stops_by_its_name(tables, facts):
    odd = facts.municipalities.assign(region="abroad")
    with pytest.raises(CheckError, match=r"panel breaks its contract: region .* Where: panel\."):
        build(tables, dataclasses.replace(facts, municipalities=odd), **settings())


def test_facts_can_be_replaced_without_touching_the_shared_ones(facts):
    other = dataclasses.replace(facts, register=facts.register.iloc[:0])
    assert len(facts.register) == 45
    assert other.register.empty


def test_a_row_is_simulated_if_what_it_is_made_of_is(tables, facts):
    real = {
        name: frame.assign(simulated=False) if "simulated" in frame else frame
        for name, frame in tables.items()
    }
    panel, _ = build(real, facts, **settings())
    assert panel["simulated"].dtype == bool
    assert not panel["simulated"].any()
    nav = real["nav_hl060"]
    late = nav["reference_month"].eq(MONTHS[-1])
    panel, _ = build(real | {"nav_hl060": nav.assign(simulated=late)}, facts, **settings())
    assert panel["simulated"].tolist() == panel["reference_month"].eq(MONTHS[-1]).tolist()


def test_a_column_without_values_or_limits_has_none_in_the_codebook():
    assert codebook._observed(pd.Series([None, None], dtype="Int64"), persons=True) == ""
    assert codebook._observed(pd.Series([3, 40], dtype="Int64"), persons=True) == "under 5 to 40"
    assert codebook._observed(pd.Series([3, 40], dtype="Int64"), persons=False) == "3 to 40"
    limits = [
        SimpleNamespace(statistics=statistics)
        for statistics in (
            {"allowed_values": ["", "a"]},
            {"pattern": re.compile("[0-9]+")},
            {"min_value": 0, "max_value": 1},
            {"min_value": 5},
            {"other": 1},
        )
    ]
    assert codebook._allowed(limits) == "«» | a; matches [0-9]+; 0 to 1; at least 5"


def test_without_figures_of_unemployment_there_are_no_labels_to_check():
    assert _check_labels(pd.DataFrame({"reference_month": []}), None) == []
