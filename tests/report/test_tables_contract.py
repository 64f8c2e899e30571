"""Tables: what readers see and the numbers behind it agree, in both languages."""

import json
import re

import figure_worlds as worlds
import numpy as np
import pandas as pd
import pytest

from fij_eval.errors import ReportError
from fij_eval.report import registry
from fij_eval.report.context import places
from fij_eval.report.tables import (
    tab01_participants,
    tab02_means,
    tab05_main,
    tab14_event_study,
    tabv2_reproduction,
)

NAMES = (
    "tab01_participants",
    "tab02_means",
    "tab05_main",
    "tab14_event_study",
    "tabv2_reproduction",
)


def _made(name, language="nb", *, treated="itt", simulated=True, **changed):
    module = registry.table(name)
    inputs = worlds.inputs(module.INPUTS, simulated=simulated) | changed
    return module.make(inputs, worlds.context(language, treated))


def _value(text):
    return float(text.replace("−", "-").replace("\u2009", "").replace(",", "."))


@pytest.mark.parametrize("name", NAMES)
def test_words_of_a_table_are_complete_in_both_languages(name):
    words = registry.table(name).WORDS
    assert set(words["nb"]) == set(words["en"])
    for key, template in words["nb"].items():
        assert places(template) == places(words["en"][key]), key


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_cells_are_finished_strings_in_the_languages_form(name, language):
    table = _made(name, language)
    wrong = re.compile(r"\d\.\d" if language == "nb" else r"\d,\d(?!\d\d)")
    for row in table.rows:
        for cell in row:
            assert isinstance(cell, str)
            assert not wrong.search(cell), cell
            assert cell.lower() not in ("nan", "none", "<na>")
            assert "-" not in re.sub(r"[A-Za-zÆØÅæøå]-|-[a-zæøå]", "", cell)  # a real minus sign
    assert len(table.data) == len(table.rows)
    assert len(table.title.split()) <= 10
    assert 0 in table.groups


@pytest.mark.parametrize("name", NAMES)
def test_tables_of_simulated_data_say_so_in_their_source(name):
    assert "(simulert)" in _made(name).source
    assert "simulert" not in _made(name, simulated=False).source


def test_the_same_table_is_written_with_its_numbers_and_its_words(tmp_path):
    inputs = {}
    for key, frame in worlds.inputs(tab02_means.INPUTS).items():
        inputs[key] = tmp_path / f"{key}.parquet"
        frame.to_parquet(inputs[key], index=False)
    for language, separator, mark in (("nb", ";", ","), ("en", ",", ".")):
        output = tmp_path / language / "tab02_means.csv"
        registry.write_table("tab02_means", inputs, output, worlds.context(language))
        encoding = "utf-8-sig" if language == "nb" else "utf-8"
        numbers = pd.read_csv(output, sep=separator, decimal=mark, encoding=encoding)
        expected = tab02_means.data(worlds.inputs(tab02_means.INPUTS))
        # nine significant digits are written
        assert np.allclose(numbers["change"], expected["change"], rtol=1e-8)
        words = json.loads(output.with_suffix(".json").read_text(encoding="utf-8"))
        assert len(words["rows"]) == len(expected)
        assert set(words["groups"]) == {"0", "3"}


def test_participants_are_all_sign_ups_in_their_groups_and_a_district_has_no_figures():
    table = _made("tab01_participants")
    register = worlds.reference("network_register")
    assert len(table.rows) == len(register)
    assert len(table.groups) == 3
    sizes = register["size_group"].value_counts()
    headings = list(table.groups.values())
    for group, heading in zip(("small", "medium", "large"), headings, strict=True):
        assert f": {sizes[group]} " in heading
    alna = next(row for row in table.rows if row[0] == "Bydel Alna")
    assert alna[3:] == ("..", "..")


def test_participants_with_few_refugees_are_listed_without_their_number():
    table = _made("tab01_participants")
    few = table.data[table.data["few"]]
    assert not few.empty
    assert few["residents"].isna().all()
    cells = {row[0]: row[4] for row in table.rows}
    assert {cells[name] for name in few["name"]} == {"under 20"}


def test_form_and_status_are_shown_once_they_are_known():
    register = worlds.reference("network_register")
    register.loc[3, "mode"] = "digital"
    register.loc[4, "status"] = "withdrew"
    table = _made("tab01_participants", reference_network_register=register)
    assert table.header[-2:] == ("Form", "Status")
    assert any(row[-2] == "digital" for row in table.rows)
    assert any(row[-1] == "trakk seg" for row in table.rows)
    assert "Form" not in _made("tab01_participants").header


def test_the_difference_of_the_changes_is_the_two_by_two_estimate():
    frame = tab02_means.data(worlds.inputs(tab02_means.INPUTS))
    for _, part in frame.groupby("spec"):
        rows = part.set_index("row")
        by_hand = rows.loc["network", "change"] - rows.loc["comparison", "change"]
        # two ways to the same number
        assert rows.loc["difference", "change"] == pytest.approx(by_hand, abs=1e-12)
        network = rows.loc["network"]
        assert network["change"] == pytest.approx(network["post"] - network["base"], abs=1e-12)


def test_the_title_of_the_means_names_the_arm_with_the_larger_change():
    frame = tab02_means.data(worlds.inputs(tab02_means.INPUTS)).set_index(["spec", "row"])
    first = frame.loc["did_municipality"]["change"]
    larger = "påmeldte" if first["network"] > first["comparison"] else "andre"
    assert f"størst i {larger}" in _made("tab02_means").title


def test_main_estimates_are_shown_with_interval_and_every_note():
    table = _made("tab05_main")
    main = worlds.records("main").set_index("key")
    row = table.rows[2]  # after the planned analysis on both scales
    record = main.loc["did_municipality.att"]
    assert _value(row[1]) == pytest.approx(100 * record["estimate"], abs=0.0051)  # two decimals
    low, high = row[3].split("\u00a0til\u00a0")
    assert _value(low) == pytest.approx(100 * record["ci_low"], abs=0.0051)
    assert _value(high) == pytest.approx(100 * record["ci_high"], abs=0.0051)
    assert any("folketall (logaritmen) og landsdel" in note for note in table.notes)
    assert list(table.groups) == [0, 5]


def test_the_planned_estimates_come_first_on_both_scales_for_both_estimands():
    table = _made("tab05_main")
    primary = worlds.inputs(("estimates_primary",))["estimates_primary"].set_index("key")
    for row, key in (
        (0, "primary.pp.municipality_average.att"),
        (1, "primary.logit.municipality_average.att"),
        (5, "primary.pp.person_average.att"),
        (6, "primary.logit.person_average.att"),
    ):
        # two decimals
        assert _value(table.rows[row][1]) == pytest.approx(
            100 * primary.loc[key, "estimate"], abs=0.0051
        )
    assert "botiden alene" in " ".join(table.notes)


def test_an_estimate_that_cannot_be_given_is_a_sign_and_never_a_number():
    main = worlds.records("main")
    gone = main["spec"] == "twfe_adjusted"
    columns = ["estimate", "se", "ci_low", "ci_high", "p_value"]
    main.loc[gone, columns] = np.nan
    main.loc[gone, "note"] = "collinear"
    table = _made("tab05_main", estimates_main=main)
    lost = next(row for row in table.rows if "justert" in row[0])
    assert lost[1:] == ("..",) * 6
    assert any(note.startswith("..") for note in table.notes)


def test_two_sets_of_covariates_are_told_apart():
    main = worlds.records("main")
    more = main[main["spec"] == "twfe_adjusted"].assign(
        key="other.att", spec="other", covariates="centrality"
    )
    table = _made("tab05_main", estimates_main=pd.concat([main, more], ignore_index=True))
    names = [row[0] for row in table.rows]
    assert any("(a)" in name for name in names)
    assert any("(b)" in name for name in names)
    assert any("(b)" in note and "sentralitet" in note for note in table.notes)


def test_the_event_study_table_has_a_row_a_month_and_its_tests_in_notes():
    table = _made("tab14_event_study")
    assert len(table.rows) == 2 * len(worlds.MONTHS)
    base = next(row for row in table.rows if row[2] == "basis")
    assert base[0] == "april\u00a02024"
    assert base[3:] == ("", "", "")
    assert any("p\u00a0=\u00a0" in note or "p\u00a0<" in note for note in table.notes)
    assert table.rows[0][1] == "−10"


def test_reproduction_compares_counts_exactly_and_shares_within_a_point():
    frame = tabv2_reproduction.data(worlds.inputs(tabv2_reproduction.INPUTS)).set_index("key")
    register = worlds.reference("network_register")
    assert frame.loc["participants_total", "here"] == len(register)
    assert frame.loc["participants_total", "difference"] == len(register) - 41
    assert frame.loc["participants_ostfold", "within"] == "yes"
    panel = worlds.panel()
    finnmark = panel[(panel["county_code"] == "56") & (panel["reference_month"] == "2025-04")]
    assert frame.loc["share_finnmark_2025_04", "here"] == pytest.approx(
        finnmark["share"].mean(),
        abs=1e-12,  # the same mean
    )
    assert frame.loc["share_finnmark_2025_04", "within"] == "no"
    assert frame.loc["share_finnmark_2025_04", "reason"] == "simulated"
    # sign-ups do not say who withdrew: nothing is compared, and it is not zero
    assert np.isnan(frame.loc["withdrawn", "here"])
    assert frame.loc["withdrawn", "within"] in ("", np.nan)


def test_reproduction_has_every_figure_that_the_task_names():
    keys = set(tabv2_reproduction.data(worlds.inputs(tabv2_reproduction.INPUTS))["key"])
    assert keys >= {
        *("share_mean_2024_09", "share_mean_2025_04", "share_finnmark_2025_04"),
        *("share_troms_2025_04", "share_min_2025_04", "share_max_2025_04"),
        *("participants_total", "participants_small", "participants_medium"),
        *("participants_large", "participants_buskerud", "participants_trondelag"),
        "participants_ostfold",
    }


def test_reproduction_within_tolerance_is_recognised():
    description = worlds.records("description")
    wanted = {
        "mean.all.network.2024-09.municipality": 0.344,
        "max.all.network.2025-04": 0.70,
        "min.all.network.2025-04": 0.2251,
    }
    for key, value in wanted.items():
        description.loc[description["key"] == key, "estimate"] = value
    inputs = worlds.inputs(tabv2_reproduction.INPUTS) | {"estimates_description": description}
    frame = tabv2_reproduction.data(inputs).set_index("key")
    assert frame.loc["share_mean_2024_09", "within"] == "yes"
    assert frame.loc["share_max_2025_04", "within"] == "yes"  # «over 64»
    assert frame.loc["share_min_2025_04", "within"] == "no"  # 1.5 points off


def test_missing_means_stop_the_table_with_what_to_do():
    main = worlds.records("main")
    with pytest.raises(ReportError, match="did_2x2"):
        _made("tab02_means", estimates_main=main[main["estimator"] != "did_2x2"])
    with pytest.raises(ReportError, match="no main estimate"):
        tab05_main.data({"estimates_main": main.iloc[0:0]})
    with pytest.raises(ReportError, match="no event study"):
        tab14_event_study.data(
            {"estimates_event_study": worlds.records("event_study").iloc[0:0]}, worlds.context()
        )


def test_participants_in_the_words_follow_who_counts_as_treated():
    assert "deltakerkommuner" in _made("tab05_main", treated="participants").subtitle
    assert "påmeldte kommuner" in _made("tab05_main").subtitle
    assert tab01_participants.WORDS["nb"]["signed_up"] == "påmeldt"
