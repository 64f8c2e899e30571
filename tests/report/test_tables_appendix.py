"""Tables of the appendices: codebook, missing values, all estimates, sources."""

from __future__ import annotations

import pandas as pd
import pytest
import report_world

from fij_eval.effects import run
from fij_eval.panel.codebook import codebook_rows
from fij_eval.panel.definitions import definition_of
from fij_eval.report import making, record_names, registry
from fij_eval.report.context import Context, places
from fij_eval.report.record_names import ANALYSES
from fij_eval.report.tables import (
    tabv3_codebook,
    tabv4_missing,
    tabv5_estimates,
    tabv7_other_measures,
    tabv10_sources,
)

NAMES = (
    *("tabv1_plan", "tabv3_codebook", "tabv4_missing", "tabv5_estimates", "tabv8_checklists"),
    *("tabv7_other_measures", "tabv9_municipalities", "tabv10_sources"),
    *("tab13_estimators", "tab13b_scale"),
    "tab15_persons",
)


def context(language="nb"):
    parts = report_world.settings()
    return Context(language=language, network=parts.of("network"), sample=parts.of("sample"))


def inputs():
    frames = report_world.demo_frames()
    return frames | {"codebook": pd.DataFrame(codebook_rows(frames["panel"]))}


@pytest.mark.parametrize("name", NAMES)
def test_words_are_the_same_in_both_languages(name):
    words = registry.table(name).WORDS
    assert words["nb"].keys() == words["en"].keys()
    for key, template in words["nb"].items():
        assert places(template) == places(words["en"][key]), key


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_cells_are_finished_strings(name, language):
    table = registry.table(name).make(inputs(), context(language))
    assert len(table.rows) == len(table.data)
    for cell in (cell for row in table.rows for cell in row):
        assert isinstance(cell, str)
        assert cell not in ("nan", "None", "<NA>")


def test_other_outcomes_are_counted_by_their_intervals_and_say_what_they_do_not_show():
    frames = inputs()
    table = tabv7_other_measures.make(frames, context("nb"))
    assert len(table.rows) == 2 * len(tabv7_other_measures.OUTCOMES)
    found = table.data[table.data["ci_low"].notna()]
    apart = ((found["ci_low"] > 0) | (found["ci_high"] < 0)).sum()
    assert table.title.startswith(f"{apart} av {len(found)} ")
    assert "sier ikke hvorfor" in table.notes[0]
    # an outcome that changed differently is counted, one that cannot be compared is not
    frame = frames["estimates_composition"].copy()
    inflow = frame["key"] == "composition.inflow.municipality_average.att"
    frame.loc[inflow, ["estimate", "se", "ci_low", "ci_high"]] = [0.02, 0.005, 0.01, 0.03]
    moved = tabv7_other_measures.make(frames | {"estimates_composition": frame}, context("nb"))
    was = found["key"] == "composition.inflow.municipality_average.att"
    already = bool(((found["ci_low"] > 0) | (found["ci_high"] < 0))[was].any())
    assert moved.title.startswith(f"{apart + (not already)} av {len(found) + (not was.any())} ")
    frame.loc[inflow, ["estimate", "se", "ci_low", "ci_high"]] = float("nan")
    unknown = tabv7_other_measures.make(frames | {"estimates_composition": frame}, context("nb"))
    assert unknown.rows[2][1] == ".."


def test_the_codebook_shows_each_variable_once_in_the_readers_language():
    table = tabv3_codebook.make(inputs(), context("nb"))
    shown = [row[0] for row in table.rows]
    assert len(shown) == len(set(shown))
    assert "share" in shown
    assert "share_missing" not in shown
    assert "Statistics Norway" not in str(table.rows)


def test_numbers_of_the_codebook_are_numbers_in_the_readers_file(tmp_path):
    told = inputs()["codebook"].astype(str)
    table = tabv3_codebook.make({"codebook": told}, context("nb"))
    making.write_csv(tmp_path / "codebook.csv", table.data, "nb")
    lines = (tmp_path / "codebook.csv").read_text(encoding="utf-8-sig").splitlines()
    shares = [line.rpartition(";")[2] for line in lines[1:]]
    assert any("," in share for share in shares)
    assert not any("." in share for share in shares)


def test_every_unit_and_source_of_the_codebook_has_norwegian_words():
    panel = report_world.demo_frames()["panel"]
    for name in panel.columns:
        if not name.endswith(tabv3_codebook.COMPANIONS):
            definition = definition_of(name)
            for key in ("unit", "source"):
                text = tabv3_codebook.translated(definition[key], context("nb"))
                for english in (
                    "persons",
                    "share",
                    "months",
                    "class",
                    "Norway",
                    "derived",
                    " and ",
                ):
                    assert english not in text, name


def test_missing_values_are_counted_by_reason_and_never_as_zero():
    panel = report_world.demo_frames()["panel"]
    frame = tabv4_missing.data(panel).set_index("variable")
    assert frame.loc["share", "confidential"] == panel["share"].isna().sum() > 0
    assert frame.loc["population", "missing"] == 0
    table = tabv4_missing.make(inputs(), context("nb"))
    assert "Skjult av hensyn til personvern" in table.header
    assert "Færre enn fire" not in table.header
    population = next(row for row in table.rows if row[0] == "Folketall")
    assert population == ("Folketall", "", "0", "0,0")


def test_a_panel_without_gaps_says_so():
    panel = report_world.demo_frames()["panel"]
    whole = panel[panel["share"].notna()]
    table = tabv4_missing.make({"panel": whole}, context("nb"))
    assert table.title == "Ingen tall mangler"


def test_every_record_of_every_analysis_stands_in_the_table_once():
    frames = inputs()
    table = tabv5_estimates.make(frames, context("nb"))
    keys = [
        key
        for prefix in ("municipality", "person")
        for key in table.data[f"{prefix}_key"].dropna().to_list()
    ]
    recorded = [
        key
        for name in ANALYSES["nb"]
        if name != "description"
        for key in frames[f"estimates_{name}"]["key"].to_list()
    ]
    assert sorted(keys) == sorted(recorded)
    assert f" {len(recorded)} " in table.title
    assert list(table.groups.values()) == list(ANALYSES["nb"].values())
    assert set(ANALYSES["nb"]) == set(run.ANALYSES) - {"description"}


def test_the_two_estimands_of_a_result_stand_in_one_row():
    table = tabv5_estimates.make(inputs(), context("nb"))
    rows = table.data.set_index("municipality_key")
    assert rows.loc["did_municipality.att", "person_key"] == "did_person.att"
    key = "robustness.aa.{}.adjusted.mde"
    person = rows.loc[key.format("municipality_average"), "person_key"]
    assert person == key.format("person_average")


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_part_of_a_record_has_words(language, monkeypatch):
    def without_words(key):
        raise AssertionError(f"no words for {key}")

    monkeypatch.setattr(record_names, "_plain", without_words)
    frames = inputs()
    for name in ANALYSES[language]:
        assert record_names.analysis_name(name, language)
        for record in frames[f"estimates_{name}"].to_dict("records"):
            assert record_names.record_name(record, language)


def test_a_part_of_a_record_that_is_new_stands_as_it_is_written():
    record = {
        "key": "primary.new.municipality_average.att", "analysis": "primary", "base": "",
        "spec": "primary.new_thing.municipality_average", "term": "fresh_term", "covariates": "",
        "estimator": "x",
    }  # fmt: skip
    assert record_names.record_name(record, "en") == "Primary, new thing: fresh term"


def test_an_estimate_without_a_number_has_the_sign_for_it():
    frames = inputs()
    main = frames["estimates_main"].copy()
    main.loc[0, ["estimate", "se", "ci_low", "ci_high", "p_value"]] = float("nan")
    table = tabv5_estimates.make(frames | {"estimates_main": main}, context("nb"))
    row = table.data.index[table.data["municipality_key"] == main["key"].iloc[0]][0]
    assert table.rows[row][2:5] == ("..", "", "")
    assert any(note.startswith("..") for note in table.notes)


def test_every_value_of_the_panel_is_traced_to_a_source_and_vintage():
    panel = report_world.demo_frames()["panel"].assign(
        outcome_source=lambda frame: "ssb_article/" + frame["reference_month"],
        population_source="statbank/01222",
    )
    immigration = report_world.demo_frames()["source_statbank_immigration"]
    frame = tabv10_sources.data(panel, immigration)
    # outcome, population, unemployed, settled
    assert frame["cells"].sum() == 4 * len(panel) + len(immigration)
    given = {"panel": panel, "source_statbank_immigration": immigration}
    table = tabv10_sources.make(given, context("nb"))
    named = [row[0] for row in table.rows]
    assert "SSB, statistikkbanken, tabell 01222" in named
    assert "SSB, statistikkbanken, tabell 07822" in named
    assert any("april\u00a02025" in name for name in named)
    assert any("25." in row[1] and "februar" in row[1] for row in table.rows)
