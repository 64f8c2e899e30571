"""Each check sees the fault that it is for: it stops, or it counts."""

from __future__ import annotations

import pandas as pd
import pytest
from panel_world import article_table, klass_tables, settings

from fij_eval.errors import CheckError
from fij_eval.panel import checks, panel_checks
from fij_eval.panel.build import build
from fij_eval.panel.contracts import MUNICIPALITIES, PANEL, enforce
from fij_eval.panel.findings import Finding
from fij_eval.panel.municipalities import structure_at
from fij_eval.panel.register_counts import check_register_counts, check_size_groups


def with_cells(table, place, /, **cells):
    changed = table.copy()
    rows = changed["name"].eq(place)
    for column, value in cells.items():
        changed.loc[rows, column] = value
    return changed


def built_with(tables, facts, **cells):
    tables["ssb_article_municipal"] = with_cells(tables["ssb_article_municipal"], "Bodø", **cells)
    return build(tables, facts, **settings())


def finding(findings, identifier):
    (found,) = [f for f in findings if f.id == identifier]
    return found


# --- 1 and 17: codes and names -------------------------------------------------------------------


def test_an_unmatched_name_stops_the_build_with_name_file_and_row(tables, facts):
    with pytest.raises(CheckError, match=r"«Bodin» \(row \d+\)") as stopped:
        built_with(tables, facts, name="Bodin")
    assert stopped.value.where == "2023-08.html"


def test_a_name_without_its_county_stops_the_build(tables, facts):
    article = tables["ssb_article_municipal"]
    tables["ssb_article_municipal"] = with_cells(article, "Herøy (Nordland)", name="Herøy")
    with pytest.raises(CheckError, match=r"«Herøy» .* can be 1515 .* 1818"):
        build(tables, facts, **settings())


def test_a_repeated_municipality_breaks_the_panels_contract(panel):
    with pytest.raises(CheckError, match="panel breaks its contract"):
        enforce(pd.concat([panel, panel.iloc[[5]]], ignore_index=True), PANEL, name="panel")


def test_a_repeated_reference_municipality_breaks_its_contract(facts):
    twice = pd.concat([facts.municipalities, facts.municipalities.iloc[[0]]], ignore_index=True)
    with pytest.raises(CheckError, match="0301"):
        enforce(twice, MUNICIPALITIES, name="municipalities")


def test_a_population_that_is_not_the_countrys_stops(tables, facts):
    yearly = tables["statbank_population_yearly"]
    tables["statbank_population_yearly"] = yearly[yearly["Region"].ne("K-0301")]
    with pytest.raises(CheckError, match="sums to 4725443, the country's is 5425270"):
        build(tables, facts, **settings())


def test_a_small_difference_in_population_is_counted():
    counts = pd.DataFrame({"period": ["2024", "2024"], "value": [600_000.0, 399_999.0]})
    totals = pd.DataFrame({"year": ["2024"], "population": ["1000000"]})
    (found,) = checks.check_population_totals(counts, totals)
    assert (found.n, found.examples, found.severity) == (1, ("2024: -1",), "warning")


def test_two_counts_of_one_municipality_and_period_stop(tables, facts):
    quarterly = tables["statbank_population_quarterly"]
    tables["statbank_population_quarterly"] = pd.concat([quarterly, quarterly.iloc[[7]]])
    with pytest.raises(CheckError, match="has two counts of population"):
        build(tables, facts, **settings())


def test_a_code_that_is_no_municipality_in_hl060_stops(tables, facts):
    nav = tables["nav_hl060"]
    tables["nav_hl060"] = nav.assign(code=nav["code"].replace("5601", "5403"))
    with pytest.raises(CheckError, match="no municipalities on 2024-02-01: 5403"):
        build(tables, facts, **settings())


def test_a_municipality_twice_in_hl060_stops(tables, facts):
    nav = tables["nav_hl060"]
    tables["nav_hl060"] = pd.concat([nav, nav.iloc[[3]]])
    with pytest.raises(CheckError, match="twice in 2023-08"):
        build(tables, facts, **settings())


def test_names_beside_other_codes_in_hl060_are_counted(tables, facts):
    nav = tables["nav_hl060"]
    tables["nav_hl060"] = nav.assign(label=nav["label"].replace("5601 Alta", "5601 Vadsø"))
    found = finding(build(tables, facts, **settings())[1], "labels")
    assert (found.n, found.severity) == (1, "warning")
    assert found.examples == ("5601: «5601 Vadsø», not «Alta»",)


# --- 2: signs read as zero -----------------------------------------------------------------------


def test_a_zero_share_without_a_counted_zero_stops(tables, facts):
    hidden = {"employed": pd.NA, "employed_missing": "confidential", "share": 0.0}
    with pytest.raises(CheckError, match="share of zero without zero employed"):
        built_with(tables, facts, **hidden)


def test_a_zero_among_too_few_stops_in_real_data(tables, facts):
    article = tables["ssb_article_municipal"].assign(simulated=False)
    few = {"residents": 2, "employed": 0, "share": 0.0}
    tables["ssb_article_municipal"] = with_cells(article, "Bodø", **few)
    with pytest.raises(CheckError, match="zero employed shown among fewer than 3 residents"):
        build(tables, facts, **settings())


def test_a_zero_among_too_few_is_counted_in_simulated_data(tables, facts):
    _, findings = built_with(tables, facts, residents=2, employed=0, share=0.0)
    assert finding(findings, "zero_among_few").n == 5


def test_a_true_zero_is_kept(tables, facts):
    panel, _ = built_with(tables, facts, residents=12, employed=0, share=0.0)
    bodo = panel[panel["municipality_code"].eq("1804") & panel["residents"].notna()]
    assert bodo["share"].eq(0).all()


def test_a_share_of_nobody_is_missing_not_zero(tables, facts):
    panel, _ = built_with(tables, facts, residents=0, employed=0, share=0.0)
    bodo = panel[panel["municipality_code"].eq("1804") & panel["residents"].notna()]
    assert bodo["share"].isna().all()
    assert set(bodo["share_missing"]) == {"not_applicable"}


def test_hidden_cells_stay_missing_with_their_reason_and_are_counted(tables, facts):
    hidden = {"employed": pd.NA, "employed_missing": "confidential", "share": None,
              "share_missing": "confidential"}  # fmt: skip
    panel, findings = built_with(tables, facts, **hidden)
    bodo = panel[panel["municipality_code"].eq("1804") & panel["residents"].notna()]
    assert bodo["share"].isna().all()
    found = finding(findings, "hidden_shares")
    assert (found.n, found.facts["2025-04"]) == (5, 1)


# --- 3: scale ------------------------------------------------------------------------------------


def test_a_share_that_contradicts_its_counts_stops(tables, facts):
    article = tables["ssb_article_municipal"]
    tables["ssb_article_municipal"] = article.assign(share=article["share"] / 10)
    with pytest.raises(CheckError, match="published share is not employed divided by residents"):
        build(tables, facts, **settings())


@pytest.mark.parametrize("factor", [0.01, 3.0])
def test_a_median_out_of_bounds_stops_where_only_shares_are_published(tables, facts, factor):
    article = tables["ssb_article_municipal"]
    tables["ssb_article_municipal"] = article.assign(
        share=(article["share"] * factor).clip(upper=1), employed_missing="not_published",
        employed=pd.array([pd.NA] * len(article), dtype="Int64"),
    )  # fmt: skip
    with pytest.raises(CheckError, match="The median share employed in 2023-08"):
        build(tables, facts, **settings())


def test_more_employed_than_residents_stops(panel):
    outcome = panel.assign(employed=panel["residents"] + 1)
    with pytest.raises(CheckError, match="more are employed than are resident"):
        panel_checks.check_outcome(outcome)


# --- 5: dates ------------------------------------------------------------------------------------


def test_a_table_published_before_its_month_has_passed_stops():
    with pytest.raises(CheckError, match="published on 2024-09-20, before the month had passed"):
        panel_checks.check_one_vintage(article_table("2024-09", published="2024-09-20"))


@pytest.mark.parametrize(
    "fault",
    [
        {"post": True},
        {"event_months": 5},
        {"treated": False},
    ],
)
def test_misdated_treatment_stops(panel, fault):
    rows = panel["municipality_code"].eq("5601") & panel["reference_month"].eq("2024-04")
    wrong = panel.copy()
    for column, value in fault.items():
        wrong.loc[rows, column] = value
    with pytest.raises(CheckError, match="5601 2024-04"):
        panel_checks.check_treatment(wrong)


def test_a_snapshot_in_the_kick_off_month_is_named(built):
    found = finding(built[1], "kick_off_month")
    assert found.examples == ("2024-06",)


# --- 8: districts --------------------------------------------------------------------------------


def test_oslo_in_an_arm_while_its_district_takes_part_stops(tables, facts):
    network = settings()["network"].model_copy(update={"excluded": ()})
    with pytest.raises(CheckError, match="A district of 0301 takes part") as stopped:
        build(tables, facts, **settings(network=network))
    assert '"0301"' in stopped.value.remedy


# --- 9: seasons ----------------------------------------------------------------------------------


def test_windows_of_different_seasons_are_flagged(built):
    found = finding(built[1], "seasons")
    assert (found.n, found.examples, found.severity) == (2, ("02", "08"), "warning")
    assert found.facts["pre_snapshots"] == 3


def test_windows_of_the_same_season_are_not():
    parts = settings()
    months = ("2023-09", "2024-04", "2025-04", "2025-09")
    (found,) = checks.check_seasons(months, parts["network"], parts["windows"])
    assert (found.n, found.severity) == (0, "info")


# --- 11: denominator -----------------------------------------------------------------------------


def test_jumps_of_the_denominator_are_listed_and_small_counts_are_not_named():
    names = {"1804": "Bodø", "1856": "Røst", "5601": "Alta", "1151": "Utsira", "5522": "Salangen"}
    panel = pd.DataFrame(
        {
            "municipality_code": [code for code in names for _ in range(2)],
            "municipality_name": [name for name in names.values() for _ in range(2)],
            "reference_month": ["2024-02", "2024-04"] * 5,
            "residents": pd.array([100, 131, 3, 8, 100, 130, 19, 30, 40, 20], dtype="Int64"),
            "employed": pd.array([30, 4, 1, 2, 50, 60, 9, 12, 38, 10], dtype="Int64"),
        }
    )
    (found,) = panel_checks.check_denominator(panel, settings()["sample"])
    assert found.n == 4
    # residents and employed apart; fewer than five employed, or five who are not, are not named,
    # nor is a municipality with fewer refugees than the sample asks for: decision 8
    assert found.examples == (
        "1804 Bodø: 100 residents (30 employed) in 2024-02, 131 in 2024-04",
        "5522 Salangen: 40 residents in 2024-02, 20 (10 employed) in 2024-04",
    )


@pytest.mark.parametrize(("before", "after", "stops"), [(200, 20, True), (90, 9, False)])
def test_a_tenfold_denominator_stops_where_there_are_many(before, after, stops):
    panel = pd.DataFrame(
        {
            "municipality_code": ["1804"] * 2,
            "municipality_name": ["Bodø"] * 2,
            "reference_month": ["2024-02", "2024-04"],
            "residents": pd.array([before, after], dtype="Int64"),
            "employed": pd.array([9, 9], dtype="Int64"),
        }
    )
    if not stops:
        assert panel_checks.check_denominator(panel, settings()["sample"])[0].n == 1
        return
    with pytest.raises(CheckError, match=r"10 times as many or as few residents .* 1804 2024-04"):
        panel_checks.check_denominator(panel, settings()["sample"])


# --- 13: vintages --------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "word"), [("vintage", "vintages"), ("file", "files")])
def test_mixed_vintages_or_files_of_one_month_stop(column, word):
    table = article_table("2024-09", published="2024-12-20")
    table.loc[table.index[7:], column] = "2025-03-20"
    with pytest.raises(CheckError, match=f"2024-09 mixes {word}"):
        panel_checks.check_one_vintage(table)


# --- 18: the map's borders -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def structures():
    t = klass_tables()
    parts = (t["klass_municipalities"], t["klass_counties"], t["klass_changes"])
    return [structure_at(date, *parts) for date in ("2023-06-01", "2024-01-01")]


def test_reference_municipalities_of_another_year_stop(facts, structures):
    old, new = structures
    with pytest.raises(CheckError, match="not those of 2023-06-01"):
        checks.check_structure(facts.municipalities, old, new)


def test_borders_that_changed_after_2024_are_flagged(facts, structures):
    old, new = structures
    (found,) = checks.check_structure(facts.municipalities, new, old)
    assert found.severity == "warning"
    # 113 renumbered and 1507 gone; as many and Ålesund, Haram new.
    assert found.n == 114 + 115


def test_two_municipalities_in_one_cell_of_the_map_stop(facts, structures):
    same = facts.municipalities.assign(hex_col=1.0, hex_row=pd.array([1] * 357, dtype="Int64"))
    with pytest.raises(CheckError, match="356 municipalities share a cell"):
        checks.check_structure(same, structures[1], structures[1])


# --- the register against the interim report -----------------------------------------------------


def test_the_registers_counts_are_set_beside_the_interim_reports(facts):
    (found,) = check_register_counts(facts.register, facts.interim)
    assert found.n == 5
    assert "participants_total: 45 in the register, 41 in the report" in found.examples
    assert found.facts["participants_ostfold.report"] == 0
    assert found.facts["participants_oslo_districts.register"] == 1


def test_a_register_with_withdrawals_counts_them_apart(facts, with_register):
    codes = ("5601", "5530", "4621")
    left = with_register(**{f"c{code}": {"status": "withdrew"} for code in codes})
    (found,) = check_register_counts(left.register, facts.interim)
    assert found.facts["withdrawn.register"] == 3
    assert found.facts["participants_total.register"] == 42


def test_a_size_group_that_is_not_the_populations_is_named(panel, with_register):
    other = with_register(c5601={"size_group": "large"})
    places = panel.drop_duplicates("municipality_code")
    (found,) = check_size_groups(other.register, places)
    assert found.examples == ("5601 Alta: large",)


def test_the_sample_is_counted_by_arm(built, panel):
    found = finding(built[1], "sample")
    april = panel[panel["reference_month"].eq("2024-04") & panel["residents"].ge(20)]
    assert found.facts == {
        arm: int(april["arm"].eq(arm).sum()) for arm in ("network", "comparison", "excluded")
    }


def test_a_finding_of_a_severity_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="severity «WARNING» of gaps"):
        Finding(id="gaps", what="Gaps", n=1, severity="WARNING")


def test_a_broken_contract_tells_its_first_three_faults_and_how_many_more(panel):
    broken = panel.drop(columns="share").assign(strange=1)
    broken.loc[[4, 2], "population"] = -1
    with pytest.raises(CheckError) as refused:
        enforce(broken, PANEL, name="panel.parquet")
    assert refused.value.where == "panel.parquet"
    told = refused.value.what.removeprefix("panel.parquet breaks its contract: ").split("; ")
    assert "the column «strange» is unknown" in told
    assert "the column «share» is missing" in told
    assert len(told) == 4
    assert told[-1].startswith("and ")
    with pytest.raises(CheckError) as refused:
        enforce(panel.assign(population=panel["population"].where(panel.index != 4, -1)), PANEL,
                name="panel.parquet")  # fmt: skip
    assert "population in row 4: «-1» fails" in refused.value.what
    assert "more" not in refused.value.what
