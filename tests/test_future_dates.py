"""What a clock that was ahead has dated in the future counts by its content, in its order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fij_eval import build_memory, future_dates
from fij_eval.artefacts import write_text

NOW = 1_700_000_000.0
LATER = NOW + 150_000_000
CODE, RAW, PLAN = "src/fij_eval/step.py", "data/raw/demo/nav/x/d.json", "analysis_plan.yaml"
INDEX, PANEL = "data/raw/demo/index/nav.json", "data/processed/demo/panel.parquet"
TABLE, OTHER = "results/demo/tables/nb/tab.csv", "results/live/tables/nb/tab.csv"
BENCH = "results/bench/quick/clean/00000-00049.parquet"
SOURCES, RESULTS = (CODE, RAW, PLAN), (INDEX, PANEL, TABLE, OTHER, BENCH)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (*SOURCES, *RESULTS):
        write_text(Path(name), "x\n")
        date(name, NOW - 100)


def date(name, when):
    os.utime(name, (when, when))


def dated(name):
    return Path(name).stat().st_mtime


def mend():
    return future_dates.mend([Path(PLAN), Path("not-there.csv")], now=NOW)


def test_what_is_not_of_the_future_stays_as_it_is():
    date(TABLE, NOW)
    assert mend() == 0
    assert dated(TABLE) == NOW
    assert {dated(name) for name in (*SOURCES, PANEL, BENCH)} == {NOW - 100}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_of_the_future_is_older_than_all_it_is_made_from(name):
    date(name, LATER)
    assert mend() == 1
    assert build_memory.LONG_AGO < dated(name) < NOW - 100


@pytest.mark.parametrize("name", SOURCES)
def test_what_results_are_made_from_is_newer_than_they(name):
    date(name, LATER)
    assert mend() == 1
    assert NOW - 1 < dated(name) <= NOW


def test_the_order_stays_as_it_was():
    order = (TABLE, PANEL, INDEX), (PLAN, CODE, RAW)
    for names in order:
        for k, name in enumerate(names):
            date(name, LATER + k)
    assert mend() == 6
    for first, second, third in order:
        assert dated(first) < dated(second) < dated(third)
    assert dated(INDEX) < dated(PLAN)
    assert dated(RAW) <= NOW


def test_files_that_are_not_ours_to_date_are_left(monkeypatch):
    date(CODE, LATER)

    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert mend() == 0
