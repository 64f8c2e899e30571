"""Performance measures against draws of which they are known."""

import numpy as np
import pandas as pd
import pytest

from fij_eval.effects.inference.equivalence import mde, power
from fij_eval.simulation.judgement import judge
from fij_eval.simulation.performance import performance

COUNT = 20_000
SE, EFFECT, DF = 0.01, 0.02, 300


def records(*, bias=0.0, effect=EFFECT, claimed=SE, count=COUNT, seed=1):
    rng = np.random.default_rng(seed)
    estimate = effect + bias + SE * rng.standard_normal(count)
    return pd.DataFrame(
        {
            "scenario": "S",
            "replication": np.arange(count),
            "estimator": "e",
            "estimand": "municipality_average",
            "estimate": estimate,
            "se_cv1": claimed,
            "se_cv3": claimed,
            "df": float(DF),
            "p_ri": rng.random(count),
            "p_ri_t": np.nan,
            "p_wild": np.nan,
            **dict.fromkeys(("se_own", "se_placebo", "p_max_t", "p_romano_wolf"), np.nan),
            **dict.fromkeys(("p_ri_truth", "p_ri_t_truth", "p_wild_truth"), np.nan),
            "truth": effect,
            "rung": pd.array([pd.NA] * count, dtype="Int64"),
        }
    )


def row(frame, inference="CV3"):
    table = performance(frame)
    return table[table["inference"] == inference].iloc[0]


def test_a_sound_estimator_has_the_performance_of_theory():
    found = row(records())
    # four Monte Carlo errors: chance of a false alarm below one in ten thousand each
    for name, aim in (
        ("bias", 0.0),
        ("emp_se", SE),
        ("rmse", SE),
        ("coverage", 0.95),
        ("rejection", power(EFFECT, SE, df=DF)),
        ("mde", mde(SE, df=DF)),
        ("mod_se_error", 0.0),
    ):
        assert abs(found[name] - aim) <= 4 * found[f"{name}_mcse"] + 1e-12, name
    assert found["mod_se"] == pytest.approx(SE)
    assert found["type_m"] > 1  # significant estimates are too large on average
    assert found["type_s"] < 0.001


def test_bias_and_errors_that_are_too_small_show():
    found = row(records(bias=0.005, claimed=SE / 2))
    assert found["bias"] == pytest.approx(0.005, abs=4 * SE / np.sqrt(COUNT))
    assert found["coverage"] < 0.7
    assert found["mod_se_error"] == pytest.approx(-50, abs=2)
    # root of bias squared and spread squared
    assert found["rmse"] == pytest.approx(np.hypot(0.005, SE), rel=0.02)


def test_a_test_without_an_error_is_judged_by_its_p_value():
    found = row(records(effect=0.0), inference="randomization")
    assert found["rejection"] == pytest.approx(0.05, abs=4 * found["rejection_mcse"])
    assert np.isnan(found["coverage"])
    assert np.isnan(found["type_m"])


def test_monte_carlo_errors_are_those_that_repetition_shows():
    """The claimed error of a measure against its spread over 300 repetitions of 400 draws."""
    rows = [row(records(count=400, seed=seed)) for seed in range(300)]
    for name in ("bias", "emp_se", "rmse", "coverage", "rejection"):
        values = np.array([r[name] for r in rows])
        claimed = np.mean([r[f"{name}_mcse"] for r in rows])
        # the spread of 300 values is itself uncertain by four per cent
        assert values.std(ddof=1) == pytest.approx(claimed, rel=0.17), name


def test_replications_without_a_number_are_counted_not_dropped_in_silence():
    frame = records(count=1000)
    frame.loc[:99, "estimate"] = np.nan
    found = row(frame)
    assert found["replications"] == 900
    assert found["converged"] == pytest.approx(0.9)


def summary(bias, mcse):
    columns = {"scenario": "S0", "estimator": "twfe_expected", "inference": "CV3"}
    base = {"rejection": 0.05, "rejection_mcse": 0.005, "coverage": 0.95, "coverage_mcse": 0.005}
    one = {**columns, **base, "bias": bias, "bias_mcse": mcse, "estimand": "person_average"}
    return pd.DataFrame([one])


@pytest.mark.parametrize(
    ("bias", "mcse", "verdict"),
    [(0.001, 0.0001, "held"), (0.0025, 0.0004, "near"), (0.004, 0.0004, "not held")],
)
def test_a_threshold_is_held_near_or_not_held(bias, mcse, verdict):
    found = judge(summary(bias, mcse))
    chosen = found[found["what"] == "bias of twfe_expected"]
    assert chosen["verdict"].tolist() == [verdict]
    assert chosen["value"].tolist() == pytest.approx([100 * bias])
