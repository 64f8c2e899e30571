"""With 1, 2, 3, 4 and 6 snapshots before kick-off the report steps down by rule, and builds."""

from __future__ import annotations

from functools import cache

import figure_worlds
import numpy as np
import pytest
import report_world

from fij_eval.artefacts import write_json
from fij_eval.report import document, registry, style
from fij_eval.report.numbers import numbers
from fij_eval.report.wording import spelled, word

BEFORE = ("2023-02", "2023-05", "2023-08", "2023-11", "2024-02", "2024-04")
AFTER = ("2024-09", "2024-11", "2025-02", "2025-04", "2025-07", "2025-09", "2025-12")
COUNTS = (1, 2, 3, 4, 6)
#: Pictures and tables of what is known of trends.
FIGURES = ("fig14_event_study", "fig17_honest")
TABLES = ("tab10_placebos", "tab14_event_study")
ESTIMAND = "municipality_average"


def settled_unevenly(panel):
    """The panel with settlement of its own each year, which tells residence times apart."""
    rng = np.random.default_rng(2)
    codes = panel["municipality_code"].unique()
    panel = panel.copy()
    since = dict.fromkeys(codes, 0)
    for year in range(2022, 2026):
        own = dict(zip(codes, rng.integers(10, 90, len(codes)), strict=True))
        since = {code: since[code] + own[code] for code in codes}
        rows = panel["reference_month"].str.startswith(str(year))
        for column, values in (("settled_year", own), ("settled_since_2022", since)):
            counts = panel.loc[rows, "municipality_code"].map(values)
            panel.loc[rows, column] = counts.astype("Int64")
    return panel


@cache
def world(count):
    """Settings and inputs with so many snapshots before kick-off."""
    months = (*BEFORE[-count:], *AFTER)
    settings = report_world.settings()
    data = settings.of("data").model_copy(update={"snapshots": months})
    panel = settled_unevenly(report_world.make_panel(months=months))
    return settings.model_copy(update={"data": data}), report_world.make_frames(panel)


def known(count, language="nb"):
    settings, frames = world(count)
    return numbers(language, frames, settings=settings, truth=report_world.TRUTH)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_prose_says_what_so_many_snapshots_allow(count, language):
    found, missing = known(count, language), word(language, "no_number")
    assert found["claim.sentence"]
    # robust intervals take three snapshots, the power of the pre-test two
    unknown = word(language, "reach_unknown")
    assert (found[f"honest.reach.{ESTIMAND}"] == unknown) == (count < 3)
    assert (found[f"pretest.slope.{ESTIMAND}"] == missing) == (count < 2)
    lacking = word(language, "pre_trend_missing")
    assert (lacking in found[f"event.{ESTIMAND}.pre_sentence"]) == (count < 2)
    # without robust intervals the highest rung is out, and the reader is told why
    if count < 3:
        assert word(language, "criterion_C") in found["claim.fails"]
        assert word(language, "criterion_C") in found["claim.reading"]
        assert found["claim.rung"] != spelled(4, language)


@pytest.mark.parametrize("count", COUNTS)
def test_figures_and_tables_of_trends_are_made(count):
    _, frames = world(count)
    for name in FIGURES:
        module = registry.figure(name)
        with style.applied():
            drawing = module.make(
                {key: frames[key] for key in module.INPUTS}, figure_worlds.context("nb")
            )
        assert len(drawing.words.alt) > 20, name
    for name in TABLES:
        module = registry.table(name)
        table = module.make(
            {key: frames[key] for key in module.INPUTS}, figure_worlds.context("nb")
        )
        assert table.rows, name


@pytest.mark.parametrize("count", COUNTS)
def test_the_document_builds(count, tmp_path):
    write_json(tmp_path / "numbers.json", known(count))
    given = report_world.stand_ins(tmp_path)
    document.write(
        "rapport",
        "nb",
        **given,
        numbers=tmp_path / "numbers.json",
        output=tmp_path / "rapport.pdf",
    )
    assert (tmp_path / "rapport.pdf").read_bytes().startswith(b"%PDF")
