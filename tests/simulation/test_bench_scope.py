"""The bench covers every estimator and inference method of the effect analysis, and every fault."""

import ast
import re
from pathlib import Path

import pytest

from fij_eval.simulation import bench

ROOT = Path(__file__).parents[2]
EFFECTS = ROOT / "src" / "fij_eval" / "effects"
FAST, ROOM, SLOW = "S0", "R_S0", "Q_S0"

#: Module of an estimator -> its rows in the records: scenario, estimator, inference.
ESTIMATORS = {
    "did2x2": [(FAST, "did", "CV3"), (ROOM, "did_2x2", "own")],
    "twfe": [(FAST, "twfe_adjusted", "CV1"), (FAST, "twfe_expected", "CV3")],
    "event_study": [(FAST, "event_study", "band"), (FAST, "event_study", "levelling_off")],
    "event_windows": [(FAST, "event_study", "pointwise"), (FAST, "event_study", "pre_trend")],
    "fractional": [(FAST, "logit", "CV3"), (FAST, "logit_expected", "CV1")],
    "quasi_likelihood": [
        (ROOM, "identity_expected", "own"),
        (ROOM, "fractional_expected", "own"),
        (ROOM, "log_mean_expected", "own"),
        (ROOM, "poisson_offset", "own"),
        (ROOM, "poisson_offset_expected", "own"),
        (ROOM, "binomial_expected", "own"),
    ],
    "ancova": [(FAST, "ancova", "CV1")],
    "group_time": [
        (ROOM, "cs", "own"),
        (ROOM, "cs_regression_adjusted", "own"),
        (ROOM, "cs_weighting_adjusted", "own"),
        (ROOM, "cs_doubly_robust_adjusted", "own"),
    ],
    "imputation": [(ROOM, "imputation", "own"), (ROOM, "imputation_adjusted", "own")],
    "balancing": [(ROOM, "entropy_balancing", "own")],
    "matching": [(ROOM, "matching", "own")],
    "synthetic_did": [(SLOW, "synthetic_did", "own"), (SLOW, "synthetic_did", "placebo")],
}
#: Module of an inference method -> its rows; an empty list is machinery of the others.
INFERENCE = {
    "cluster_robust": [(FAST, "twfe_expected", "CV1"), (FAST, "twfe_expected", "CV3")],
    "equivalence": [(FAST, "twfe_expected", "equivalence")],
    "honest": [
        ("S4", "claim_gate", "robust_covers"),
        (FAST, "claim_gate", "robust_covers_0"),
    ],
    "smoothness": [
        ("S4", "claim_gate", "smooth_covers_0"),
        (FAST, "claim_gate", "smooth_covers_half"),
    ],
    "multiple": [
        (FAST, "primary_family", "max_t"),
        (FAST, "primary_family", "romano_wolf"),
        (FAST, "twfe_expected", "max_t"),
    ],
    "pretest": [("S4", "event_study", "pre_trend")],
    "randomization": [
        (FAST, "twfe_expected", "randomization"),
        (FAST, "twfe_expected", "randomization_t"),
        (FAST, "logit_expected", "randomization"),
        (FAST, "logit_expected", "randomization_t"),
    ],
    "wild": [(FAST, "twfe_expected", "wild"), (FAST, "logit_expected", "wild")],
    "assignments": [],
    "linear": [],
    "multiplier": [],  # no analysis calls it
    "p_values": [],
    "records": [],
}
#: Variants of composition, groups, and the curve, which are no module of an estimator.
OTHERS = [
    (FAST, "twfe_offset", "CV3"),
    (FAST, "inflow", "CV3"),
    (FAST, "placebo_time", "CV3"),
    (ROOM, "size_small", "own"),
    (ROOM, "size_medium", "own"),
    (ROOM, "size_large", "own"),
    (ROOM, "form_digital", "own"),
    (ROOM, "form_physical", "own"),
    (SLOW, "specification_curve", "randomization"),
    ("Q_S5", "curve_axis_base", "none"),
]


@pytest.fixture(scope="module")
def rows():
    summary = bench.read_summary(ROOT / "data" / "reference" / "bench.csv")
    return set(summary[["scenario", "estimator", "inference"]].itertuples(index=False, name=None))


def estimator_modules():
    """Modules of the effect room with a function ``estimate`` that takes a sample."""
    for path in EFFECTS.glob("*.py"):
        if path.stem == "run":
            continue  # runs whole analyses by name
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if any(isinstance(node, ast.FunctionDef) and node.name == "estimate" for node in body):
            yield path.stem


def test_every_estimator_of_the_effect_room_is_in_the_records(rows):
    assert set(ESTIMATORS) == set(estimator_modules())
    missing = [row for found in ESTIMATORS.values() for row in found if row not in rows]
    assert missing == []
    assert [row for row in OTHERS if row not in rows] == []


def test_every_inference_method_of_the_effect_room_is_in_the_records(rows):
    modules = {path.stem for path in (EFFECTS / "inference").glob("*.py")} - {"__init__"}
    assert set(INFERENCE) == modules
    assert [row for found in INFERENCE.values() for row in found if row not in rows] == []


def test_each_injected_fault_of_the_design_has_its_test():
    """S11 is no world: the documentation lists the 18 faults with the test that injects each."""
    text = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| (\d+) \| .+? \| `(tests/[\w/]+\.py)::(test_\w+)` \|$", text, re.MULTILINE
    )
    assert sorted({int(number) for number, _, _ in listed}) == list(range(1, 19))
    for _, file, name in listed:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in names, f"{file}::{name}"
