"""Check 4 of the method in what readers see: captions and alt texts say how means are weighted.

A figure or table whose words do not stops the build; each rule has a text that breaks it.
"""

from __future__ import annotations

import figure_worlds as worlds
import pandas as pd
import pytest
import report_world

from fij_eval.errors import CheckError
from fij_eval.panel.codebook import codebook_rows
from fij_eval.report import making, registry, series, style, weighting
from fij_eval.report.context import Context
from fij_eval.report.figures import fig09_series, fig14_event_study, fig20_groups
from fij_eval.report.tables import tab05_main

BOTH = pd.DataFrame({"estimand": ["municipality_average", "person_average"], "estimate": [1, 2]})
NOTHING = pd.DataFrame({"municipalities": [1]})


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", registry.FIGURES)
def test_every_figure_says_how_its_means_are_weighted(name, language):
    module = registry.figure(name)
    with style.applied():
        drawing = module.make(worlds.inputs(module.INPUTS), worlds.context(language))
    weighting.check(name, making.said_by_figure(drawing), drawing.data, language)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", registry.TABLES)
def test_every_table_says_how_its_means_are_weighted(name, language):
    module = registry.table(name)
    frames = report_world.demo_frames()
    frames |= {"codebook": pd.DataFrame(codebook_rows(frames["panel"]))}
    frames |= worlds.inputs([key for key in module.INPUTS if key not in frames])
    parts = report_world.settings()
    context = Context(language=language, network=parts.of("network"), sample=parts.of("sample"))
    table = module.make(frames, context)
    weighting.check(name, making.said_by_table(table), table.data, language)


@pytest.mark.parametrize(
    ("language", "text", "data", "told"),
    [
        ("nb", "Gjennomsnitt av kommunenes andel i jobb", NOTHING, "«Gjennomsnitt» has no"),
        ("nb", "Snittet gikk opp", NOTHING, "«Snittet» has no"),
        ("en", "The mean of the shares in work", NOTHING, "«mean» has no"),
        ("nb", "Anslag når hver kommune teller likt", BOTH, "The person average is shown"),
        ("en", "Weighted by refugees in April 2024", BOTH, "The municipality average is shown"),
        ("en", "Estimates by group", BOTH[["estimate"]], "Estimates are shown"),
    ],
)
def test_words_without_weighting_stop(language, text, data, told):
    with pytest.raises(CheckError, match=told):
        weighting.check("fig00", {"caption": text}, data, language)


def test_words_with_weighting_pass_and_what_holds_no_mean_needs_none():
    said = "Uvektet gjennomsnitt til venstre; til høyre teller hver flyktning likt"
    weighting.check("fig00", {"caption": said}, BOTH, "nb")
    weighting.check("fig00", {"caption": "Kommuner etter fylke"}, NOTHING, "nb")


@pytest.mark.parametrize(
    ("module", "key", "pair", "where"),
    [
        (fig09_series, "subtitle", ("nb", "Uvektet gjennomsnitt", "Gjennomsnitt"), "caption"),
        (fig09_series, "alt", ("nb", "uvektede gjennomsnittet", "gjennomsnittet"), "alt text"),
        (fig09_series, "subtitle", ("en", "Unweighted mean", "Mean"), "caption"),
        (fig14_event_study, "person_average", ("nb", "Persongjennomsnitt", "Personer"), "caption"),
        (fig20_groups, "alt", ("en", "where each municipality counts the same", ""), "alt text"),
    ],
)
def test_a_figure_that_does_not_say_it_is_not_written(  # noqa: PLR0917
    module, key, pair, where, monkeypatch, tmp_path
):
    language, old, new = pair
    own = module.WORDS[language]
    words = own if key in own else series.WORDS[language]  # figures 9 and 9b share theirs
    assert old in words[key]
    monkeypatch.setitem(words, key, words[key].replace(old, new))
    name = module.__name__.rpartition(".")[2]
    with pytest.raises(CheckError, match=f"in the {where} of {name}"):
        _write(registry.write_figure, name, language, tmp_path, "svg")
    assert not list((tmp_path / "made").glob("*"))


def test_a_table_that_does_not_say_it_is_not_written(monkeypatch, tmp_path):
    monkeypatch.setattr(tab05_main, "estimand", lambda *_: "Kommunegjennomsnitt")
    with pytest.raises(CheckError, match=r"person average is shown.*in the caption of tab05_main"):
        _write(registry.write_table, "tab05_main", "nb", tmp_path, "csv")
    assert not list((tmp_path / "made").glob("*"))


def _write(write, name, language, folder, ending):
    """Make a figure or table of the made-up world from files, as a rule does."""
    module = registry.figure(name) if ending == "svg" else registry.table(name)
    inputs = {}
    for key, frame in worlds.inputs(module.INPUTS).items():
        kind = "csv" if key.startswith("reference_") else "parquet"
        inputs[key] = folder / f"{key}.{kind}"
        if kind == "csv":
            frame.to_csv(inputs[key], index=False)
        else:
            frame.to_parquet(inputs[key], index=False)
    context = worlds.context(language)
    output = folder / "made" / f"{name}.{ending}"
    write(name, inputs, output, context)
