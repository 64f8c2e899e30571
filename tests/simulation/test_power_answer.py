"""The answer to what can be detected: a table and a figure from the long records."""

from pathlib import Path

import pandas as pd
import pytest

from fij_eval.simulation import bench, power, power_answer
from fij_eval.simulation.truth import ESTIMANDS

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


def of_panel(design, se):
    shared = {"source": "panel", "design": design, "estimator": "twfe_expected", "draws": 400,
              "simulated": True}  # fmt: skip
    rows = []
    for estimand in ESTIMANDS:
        at = {**shared, "estimand": estimand}
        rows += [
            {**at, "measure": "se", "value": se, "mcse": 0.0002},
            {**at, "measure": "mde", "value": 2.8 * se, "mcse": 0.0006},
            {**at, "measure": "size", "value": 0.05, "mcse": 0.01},
            {**at, "measure": "power", "effect": 0.01, "value": 0.2},
            {**at, "measure": "power", "effect": 0.03, "value": 0.8},
        ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def answers():
    rows = [*of_panel("as_now", 0.01), *of_panel("one_post_snapshot", 0.012)]
    found = pd.DataFrame(rows).reindex(columns=list(power.COLUMNS))
    of_bench = power.from_bench(bench.read_summary(REFERENCE / "bench.csv"))
    return pd.concat([found, of_bench], ignore_index=True)


def cells(answers, source, design, *, inflow="yes", average="municipality"):
    for line in power_answer.table(answers).splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if row[:4] == [source, design, inflow, average]:
            return row[4:]
    raise AssertionError((source, design, inflow, average))


def test_the_table_gives_each_design_its_error_and_what_it_can_detect(answers):
    panel = cells(answers, "this panel, drawn networks", "as now")
    assert panel == ["1.00 ± 0.02", "2.8 ± 0.1", "", "0.050 ± 0.010"]
    fewer = cells(answers, "this panel, drawn networks", "one snapshot after kick-off")
    assert fewer[1].startswith("3.4")
    for name in power_answer.WORDS.values():
        if "snapshot before" not in name and "snapshot after" not in name and "worked" not in name:
            assert cells(answers, "simulated worlds", name)[0]


def value(cell):
    return float(cell.split(" ± ")[0])


def test_more_snapshots_counts_and_inflow_data_change_the_answer_as_documented(answers):
    def of(design, **more):
        return cells(answers, "simulated worlds", design, **more)

    assert value(of("a snapshot every month")[0]) < value(of("as now")[0])
    # counts instead of rounded shares, and hidden cells shown: nothing to speak of
    rounded, exact = (of(f"{name}, 3 pp") for name in ("rounded counts and shares", "exact counts"))
    assert value(rounded[0]) == pytest.approx(value(exact[0]), abs=0.05)
    # without inflow data a falling inflow is taken for an effect
    falling = "inflow falls among participants, known by quarter"
    known, unknown = of(falling), of(falling, inflow="no")
    assert abs(value(known[2])) < 0.2
    assert abs(value(unknown[2])) > 1.0
    assert value(unknown[3]) > 5 * value(known[3])


def test_the_figure_is_the_same_twice_and_names_every_design(answers):
    one = power_answer.figure(answers)
    assert one == power_answer.figure(answers)
    assert one.startswith("<?xml")
    drawn = power_answer.figure(answers.assign(simulated=False))
    assert drawn != one  # a real panel has no heading that calls it simulated


def test_the_verb_writes_table_and_figure_beside_the_records(answers, tmp_path, monkeypatch):
    from fij_eval.verbs_bench import BENCH_VERBS

    written = {}
    monkeypatch.setattr(power, "write_power", lambda *_, **named: written.update(named))
    verb = next(v for v in BENCH_VERBS if v.name == "power")
    import argparse

    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    root = Path(__file__).parents[2]
    arguments = parser.parse_args(
        ["--panel", "p.parquet", "--output", str(tmp_path / "a.parquet"),
         "--settings", str(root / "config.yaml")]
    )  # fmt: skip
    files = verb.run(arguments)
    suffixes = sorted(path.suffix for path in files.outputs)
    assert suffixes == [".csv", ".md", ".parquet", ".svg"]
    assert written["seed"] is not None
