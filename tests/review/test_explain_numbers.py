"""A number is traced to the records that change it, and to the raw files behind them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import report_world
import small_build

from fij_eval import cli
from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.review import explain, sensitivity
from fij_eval.review import graph as graphs
from fij_eval.review.trial import Trials

#: One process makes the build in small for all.
pytestmark = pytest.mark.xdist_group("review")

#: What is the same whatever the inputs hold: the program's version, and that what is called
#: unadjusted has no covariates.
FIXED = {
    "meta.version",
    *(
        f"{estimator}.{estimand}_average.covariates"
        for estimator in ("did", "twfe")
        for estimand in ("municipality", "person")
    ),
}
NUMBER = "did.municipality_average.pp"


def records(shown):
    return [line.split()[1] for line in shown.splitlines() if line.startswith("  record ")]


def test_a_number_is_traced_to_its_record_and_no_other(manifest):
    shown = explain.explain(NUMBER, mode="demo", language="nb")
    value = json.loads(Path(small_build.NUMBERS).read_text(encoding="utf-8"))[NUMBER]
    assert f"= «{value}»" in shown.splitlines()[0]
    assert records(shown) == ["did_municipality.att"]


def test_what_made_it_and_what_it_rests_on_are_told(manifest):
    shown = explain.explain(NUMBER, mode="demo", language="nb")
    assert "snakemake -f results/demo/numbers/nb.json" in shown
    assert "estimates/main: rule estimates; again: snakemake -f" in shown
    assert "nav x  2025-01-06" in shown
    assert "simulated" in shown
    assert "code: 1 files, all as when it was made" in shown


def test_a_number_from_several_records_names_each(manifest):
    shown = explain.explain("range.low", mode="demo", language="nb")
    main = report_world.demo_frames()["estimates_main"]
    assert sorted(records(shown)) == sorted(main.loc[main["term"] == "att", "key"])


def test_a_number_of_a_table_names_its_column(manifest):
    shown = explain.explain("net.small", mode="demo", language="nb")
    assert not records(shown)
    (line,) = [line for line in shown.splitlines() if line.startswith("  table ")]
    assert "register" in line
    assert "size_group" in line


def test_a_number_of_the_settings_names_the_key(manifest):
    shown = explain.explain("sample.minimum", mode="demo", language="nb")
    assert "setting sample.minimum_residents" in shown


def test_a_record_and_a_file_are_explained_as_well(manifest):
    shown = explain.explain("did_municipality.att", mode="demo", language="nb")
    assert "in results/demo/estimates/main.parquet" in shown
    assert "rule estimates" in shown
    assert "rule table" in explain.explain(small_build.TABLE, mode="demo", language="nb")


def test_every_number_of_the_report_is_traced_to_what_it_rests_on(manifest):
    """Any number, not only those that the other tests name."""
    graph = graphs.of_mode("demo")
    job = graph.jobs["numbers/nb"]
    trials = Trials("nb", explain._inputs(job["command"]), job["settings"])
    numbers = json.loads(Path(small_build.NUMBERS).read_text(encoding="utf-8"))
    assert len(numbers) > 200
    assert trials.values == numbers
    assert {key for key in numbers if not trials.rests_on(key)} == FIXED


def test_what_changed_since_the_build_is_said(manifest):
    Path(small_build.CODE).write_text("# another step\n", encoding="utf-8")
    path = Path("results/demo/estimates/main.parquet")
    frame = report_world.demo_frames()["estimates_main"].copy()
    frame["estimate"] += 0.05
    write_parquet(path, frame)
    shown = explain.explain(NUMBER, mode="demo", language="nb")
    assert f"changed since it was made: {small_build.CODE}" in shown
    assert "The inputs have changed since the build" in shown
    assert "(differs now)" in shown


def test_an_unknown_key_is_refused_with_a_near_one(manifest, capsys):
    with pytest.raises(InputError, match=f"did you mean .*{NUMBER}"):
        explain.explain("did.municipality_averge.pp", mode="demo", language="nb")
    assert cli.main(["explain", "no such thing"]) == InputError.exit_code
    assert "Traceback" not in capsys.readouterr().err


def test_without_a_build_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="run `snakemake`"):
        explain.explain(NUMBER, mode="live", language="nb")


def same(frame):
    return sensitivity.Change("same", lambda: frame)


def test_a_difference_of_two_records_is_traced_to_both():
    """Moved by the same amount the difference would stay, so each moves by one of its own."""
    frame = report_world.demo_frames()["estimates_event_study"]

    def made(change):
        values = change.frame()["estimate"].tolist()
        return f"{values[3] - values[7]:.1f}"

    assert sensitivity.rows_behind(frame, made, made(same(frame))) == [3, 7]


def test_a_table_that_is_not_used_is_not_named():
    frame = report_world.demo_frames()["register"]
    assert sensitivity.columns_behind(frame, lambda _: "same", "same") is None


def test_a_record_that_only_a_neighbour_needs_is_not_named():
    """Numbers are made in groups: one that cannot be made takes the others of its group along."""
    frame = report_world.demo_frames()["estimates_event_study"]

    def made(change):
        values = change.frame()["estimate"]
        return sensitivity.FAILED if values.isna()[5] else f"{values[2]:.1f}"

    assert sensitivity.rows_behind(frame, made, made(same(frame))) == [2]
