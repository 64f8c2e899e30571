"""The committed records of the full bench: whole, judged as documented, and repeatable."""

import json
from pathlib import Path

import numpy as np
import pytest

from fij_eval.simulation import bench
from fij_eval.simulation.batches import Batch
from fij_eval.simulation.evaluate import Ground
from fij_eval.simulation.judgement import judge, markdown
from fij_eval.simulation.performance import COLUMNS, performance
from fij_eval.simulation.scenarios import FAMILIES

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "data" / "reference"
KEY = ["scenario", "estimator", "estimand", "inference"]
#: Replications of the sample: enough to see a fault of two points, few enough for a test.
SAMPLE = 16


@pytest.fixture(scope="module")
def summary():
    return bench.read_summary(REFERENCE / "bench.csv")


@pytest.fixture(scope="module")
def described():
    return json.loads((REFERENCE / "bench.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stand(places, points, sign_ups, described):
    return Ground(places=places, points=points, sign_ups=sign_ups, seed=described["seed"])


def test_the_records_hold_every_scenario_with_its_replications(summary):
    assert tuple(summary.columns) == COLUMNS
    assert not summary.duplicated(KEY).any()
    for family in FAMILIES.values():
        for scenario in family.scenarios:
            rows = summary[summary["scenario"] == scenario.name]
            assert rows["replications"].max() == family.replications, scenario.name


def test_the_description_names_command_seed_cost_and_versions(described):
    assert described["command"].startswith("fij-eval bench --profile full")
    assert described["cpu_seconds"] > 0
    assert {"numpy", "scipy", "pandas"} <= set(described["versions"])
    assert described["replications"] == {f.name: f.replications for f in FAMILIES.values()}


@pytest.mark.parametrize("family", ["clean", "s6"])
def test_a_sample_agrees_with_the_records_within_monte_carlo_error(stand, summary, family):
    """Other replications than those of the records: a repetition, not a replay.

    Means of 16 draws with the records' own spread: five standard errors, since some hundred
    comparisons are made at once.
    """
    first = FAMILIES[family].replications
    found = performance(bench.records(stand, Batch(family, first, SAMPLE)))
    both = found.merge(summary, on=KEY, suffixes=("", "_record"))
    both = both[both["inference"] == "CV3"]
    assert len(both) > 20
    error = np.hypot(both["emp_se_record"] / np.sqrt(SAMPLE), both["bias_mcse_record"])
    away = (both["bias"] - both["bias_record"]).abs() / error
    assert away.max() < 5, both.loc[away.idxmax(), KEY].to_dict()
    # standard errors vary little between worlds: a quarter is far outside what draws do
    np.testing.assert_allclose(both["mod_se"], both["mod_se_record"], rtol=0.25)


def between(text, name):
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    return text[text.index(start) + len(start) : text.index(end)].strip().splitlines()


def test_the_documentation_shows_the_judgement_of_these_records(summary):
    text = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    assert between(text, "thresholds") == markdown(judge(summary))


def test_the_documentation_shows_the_gate_at_lower_limits(summary):
    from fij_eval.simulation.judgement import breakdown_markdown

    text = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    assert between(text, "breakdown") == breakdown_markdown(summary)
