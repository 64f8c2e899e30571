"""The committed records of the full bench: whole, judged as documented, and repeatable."""

import json
from pathlib import Path

import numpy as np
import pytest

from fij_eval.errors import CheckError
from fij_eval.simulation import bench
from fij_eval.simulation.batches import Batch
from fij_eval.simulation.judgement_tables import filled
from fij_eval.simulation.performance import COLUMNS, performance
from fij_eval.simulation.scenarios import FAMILIES
from fij_eval.simulation.stack import Ground

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


@pytest.mark.parametrize(
    ("family", "inference"), [("clean", "CV3"), ("s6", "CV3"), ("room", "own"), ("cohorts", "own")]
)
def test_a_sample_agrees_with_the_records_within_monte_carlo_error(
    stand, summary, family, inference
):
    """Other replications than those of the records: a repetition, not a replay.

    Means of 16 draws with the records' own spread: five standard errors, since some hundred
    comparisons are made at once.
    """
    first = FAMILIES[family].replications
    found = performance(bench.records(stand, Batch(family, first, SAMPLE)))
    both = found.merge(summary, on=KEY, suffixes=("", "_record"))
    both = both[both["inference"] == inference]
    assert len(both) > 10
    error = np.hypot(both["emp_se_record"] / np.sqrt(SAMPLE), both["bias_mcse_record"])
    away = (both["bias"] - both["bias_record"]).abs() / error
    assert away.max() < 5, both.loc[away.idxmax(), KEY].to_dict()
    if inference == "CV3":
        # standard errors vary little between worlds: a quarter is far outside what draws do; those
        # of weighting by covariates vary widely where an arm hardly overlaps the other
        np.testing.assert_allclose(both["mod_se"], both["mod_se_record"], rtol=0.25)


def test_the_documentation_shows_the_tables_of_these_records(summary):
    """Thresholds, gate and estimators: `bench-summary --documentation` changes nothing."""
    text = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    assert filled(text, summary) == text


def test_documentation_without_a_place_for_a_table_is_refused(summary):
    with pytest.raises(CheckError, match="no place for the table «rungs»"):
        filled("nothing", summary)
