"""Every figure keeps the contract: words in both languages, no collisions, the same bytes, no names
of municipalities with few refugees."""

import ast
import json
from pathlib import Path

import figure_worlds as worlds
import pandas as pd
import pytest

from fij_eval.errors import ReportError
from fij_eval.report import labels, making, registry, style
from fij_eval.report.context import places

SOURCE = Path(registry.__file__).parent
ALL = registry.FIGURES
NAMED = ("fig03_unemployment", "fig04_population", "fig05_change_network")
#: Figures of the simulation itself: simulated whatever the panel is.
OF_THE_SIMULATION = ("fig21_bench",)
SIMULATED = (
    *("fig02_county_shares", "fig03_unemployment", "fig04_population", "fig05_change_network"),
    *("fig05b_change_others", "fig06_timeline", "fig09_series", "fig09b_series_shares"),
    "fig14_event_study",
    *("fig12_funnel", "fig13_flow", "fig10_love", "fig11_composition", "fig15_pseudo_networks"),
    *("fig16_power", "fig17_honest", "fig18_specification_curve", "fig19_leave_one_out"),
    *("fig20_groups", "fig23_synthetic", "fig24_estimators", "fig25_overlap"),
    *OF_THE_SIMULATION,
)


def _made(name, language="nb", *, months=worlds.MONTHS, seed=1, simulated=True):
    module = registry.figure(name)
    with style.applied():
        return module.make(
            worlds.inputs(module.INPUTS, months, seed, simulated=simulated),
            worlds.context(language),
        )


@pytest.mark.parametrize("name", ALL)
def test_words_are_complete_in_both_languages(name):
    words = registry.figure(name).WORDS
    assert set(words) == {"nb", "en"}
    assert set(words["nb"]) == set(words["en"])
    for key, template in words["nb"].items():
        assert places(template) == places(words["en"][key]), key


@pytest.mark.parametrize("name", ALL)
def test_inputs_are_a_literal_that_can_be_read_without_importing(name):
    tree = ast.parse((SOURCE / "figures" / f"{name}.py").read_text(encoding="utf-8"))
    values = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "INPUTS"
    ]
    assert values == [registry.figure(name).INPUTS]


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", ALL)
def test_no_text_overlaps_or_leaves_the_canvas(name, language):
    drawing = _made(name, language)
    with style.applied():
        assert labels.collisions(drawing.figure) == []


@pytest.mark.parametrize("name", ALL)
def test_no_text_is_smaller_than_print_allows(name):
    drawing = _made(name)
    small = {t.get_text(): t.get_fontsize() for t in labels.shown_texts(drawing.figure)}
    assert min(small.values()) >= style.SMALL


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", ALL)
def test_words_round_the_figure_are_fit_for_readers(name, language):
    words = _made(name, language).words
    assert len(words.title.split()) <= 10
    assert len(words.alt) >= 20
    assert words.alt not in (words.title, words.subtitle)
    assert words.source.endswith(".")
    for text in (words.title, words.subtitle, words.source, words.alt):
        assert text
        assert "nan" not in text.lower().split()
        assert "{" not in text
    assert not words.title.endswith(".")


@pytest.mark.parametrize("name", SIMULATED)
@pytest.mark.parametrize(("language", "said"), [("nb", "Simulert"), ("en", "Simulated")])
def test_simulated_data_say_so_inside_the_picture(name, language, said):
    drawing = _made(name, language)
    with style.applied():
        assert said in style.svg_bytes(drawing.figure).decode()
    assert drawing.simulated


@pytest.mark.parametrize("name", [name for name in ALL if name not in OF_THE_SIMULATION])
def test_real_data_are_not_called_simulated(name):
    drawing = _made(name, simulated=False)
    with style.applied():
        assert "Simulert" not in style.svg_bytes(drawing.figure).decode()
    assert "simulert" not in drawing.words.source
    assert not drawing.simulated


@pytest.mark.parametrize("name", NAMED)
def test_no_municipality_with_few_refugees_is_named_or_shown(name):
    drawing = _made(name)
    months = {drawing.data[c].iloc[0] for c in drawing.data if c.startswith(("month", "reference"))}
    panel = worlds.panel()
    few = panel[panel["reference_month"].isin(months) & (panel["residents"] < 20)]
    assert not few.empty
    assert not set(few["municipality_code"]) & set(drawing.data["municipality_code"])
    shown = " ".join(text.get_text() for text in labels.shown_texts(drawing.figure))
    only_few = set(few["municipality_name"]) - set(drawing.data["municipality_name"])
    assert [name for name in only_few if f"{name} (" in shown] == []


@pytest.mark.parametrize("name", ["fig07_map", "fig09_series"])
def test_two_runs_write_equal_bytes_and_whole_files(name, tmp_path):
    module = registry.figure(name)
    for key, frame in worlds.inputs(module.INPUTS).items():
        if key.startswith("reference_"):
            frame.to_csv(tmp_path / f"{key}.csv", index=False)
        else:
            frame.to_parquet(tmp_path / f"{key}.parquet", index=False)
    inputs = {path.stem: path for path in tmp_path.iterdir()}
    written = []
    for folder in ("first", "second"):
        output = tmp_path / folder / f"{name}.svg"
        registry.write_figure(name, inputs, output, worlds.context())
        written.append({path.name: path.read_bytes() for path in output.parent.iterdir()})
    assert set(written[0]) == {f"{name}.{ending}" for ending in ("svg", "csv", "json")}
    assert written[0] == written[1]
    words = json.loads(written[0][f"{name}.json"])
    assert words["width_cm"] == 16
    assert b"<svg" in written[0][f"{name}.svg"]
    data = pd.read_csv(
        tmp_path / "first" / f"{name}.csv", sep=";", decimal=",", encoding="utf-8-sig"
    )
    assert len(data) > 10


def test_a_missing_input_stops_with_what_to_do(tmp_path):
    with pytest.raises(ReportError, match="reference_network_register is not given"):
        making.read_inputs({}, ("reference_network_register",), "fig08_counties")


def test_an_unknown_figure_stops_with_the_names_there_are():
    with pytest.raises(ReportError, match="fig01_immigration"):
        registry.figure("fig99")


@pytest.mark.parametrize("name", ["fig05_change_network", "fig05b_change_others"])
def test_other_snapshots_are_used_and_named_where_the_wanted_ones_are_missing(name):
    months = ("2023-11", "2024-04", "2024-11", "2025-09")
    drawing = _made(name, months=months)
    assert drawing.data["month_start"].iloc[0] == "2024-11"
    assert drawing.data["month_end"].iloc[0] == "2025-09"
    assert "september\u00a02024 finnes ikke; november\u00a02024 vises" in drawing.words.subtitle


def test_months_in_different_seasons_are_flagged_and_same_seasons_are_not():
    assert "ulike årstider" in _made("fig05_change_network").words.subtitle
    # the nearest to September 2024 and April 2025 lie twelve months apart here
    same = ("2023-11", "2024-04", "2025-04")
    assert "ulike årstider" not in _made("fig05_change_network", months=same).words.subtitle
