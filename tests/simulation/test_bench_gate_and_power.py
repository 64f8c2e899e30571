"""The claim gate on simulated evidence, and what the panel's own noise lets one detect."""

import numpy as np
import pandas as pd
import pytest

from fij_eval.effects.samples import windows
from fij_eval.simulation import gate, power, room
from fij_eval.simulation.observed import observe, periods
from fij_eval.simulation.outcome import simulate
from fij_eval.simulation.scenarios import SCENARIOS


def number(estimate, se=0.01):
    return gate.Number(estimate=estimate, se=se, df=300.0)


def claim(**change):
    evidence = {
        "primary": number(0.05),
        "logit": number(0.05),
        "offset": number(0.05),
        "placebo": number(0.0),
        "randomization_p": 0.001,
        "excludes_zero_at_one": True,
        "pre_periods": 4,
        "estimand": "municipality_average",
    }
    return gate.claim(**{**evidence, **change}).rung


def test_each_criterion_alone_keeps_rung_four_out():
    assert claim() == 4
    assert claim(excludes_zero_at_one=False) == 3
    assert claim(excludes_zero_at_one=None) == 3
    assert claim(offset=number(0.02)) == 3
    assert claim(placebo=number(0.05)) == 3
    assert claim(placebo=None) == 3
    assert claim(pre_periods=1) == 3
    assert claim(randomization_p=0.2) == 1
    assert claim(logit=number(-0.05)) == 1
    assert claim(primary=number(0.001)) == 2
    assert claim(primary=number(0.015), logit=number(0.0)) == 1


def study(effect, drift):
    """Three coefficients before kick-off and four after, on a common base."""
    covariance = np.full((7, 7), 0.5e-4) + np.eye(7) * 0.5e-4
    before = drift * np.array([-3.0, -2.0, -1.0])
    after = effect + drift * np.arange(1.0, 5.0)
    return {
        "coefficients": np.concatenate([before, after]),
        "covariance": covariance,
        "pre": 3,
        "target": np.full(4, 0.25),
        "spacing": np.ones(7),
        "truth": effect,
        "normal": gate.common_normal(1, 7),
        "search": True,
    }


def test_a_large_effect_without_drift_is_robust_and_a_drift_is_not():
    large = gate.robust(**study(0.5, 0.0))
    assert large.excludes_zero
    assert large.covers
    assert large.breakdown == 1.0
    drifting = gate.robust(**study(0.0, 0.02))
    assert not drifting.excludes_zero
    assert drifting.covers
    assert drifting.breakdown < 1.0


def test_with_one_coefficient_before_kick_off_nothing_is_robust():
    parts = study(0.5, 0.0)
    assert gate.robust(**{**parts, "pre": 1}) is None


@pytest.fixture(scope="module")
def sample(places, points):
    scenario = SCENARIOS["S1_5pp"]
    simulated = simulate(places, scenario.world, points=points, seed=8)
    chosen = periods(scenario.world.snapshots, kick_off=scenario.world.kick_off)
    seen = observe(places, scenario, simulated, chosen, seed=8, replication=0)
    return room.sample_of(places, simulated, seen)


@pytest.fixture(scope="module")
def answers(sample):
    chosen = windows(sample, room.WINDOWS)
    return power.from_panel(sample, chosen, draws=400, level=0.95, seed=1)


def value(answers, measure, *, design="as_now", estimator="twfe_adjusted"):
    chosen = answers[
        (answers["measure"] == measure)
        & (answers["design"] == design)
        & (answers["estimator"] == estimator)
        & (answers["estimand"] == "municipality_average")
    ]
    return chosen.set_index("effect")["value"] if measure == "power" else chosen["value"].item()


def test_the_detectable_effect_follows_from_the_noise_of_the_panel(answers):
    se, mde = value(answers, "se"), value(answers, "mde")
    # 2.8 standard errors by theory; the quantiles of 400 draws are uncertain by a tenth
    assert mde == pytest.approx(2.8 * se, rel=0.15)
    # nominal five per cent; the error of 400 draws is 1.1 points
    assert value(answers, "size") == pytest.approx(0.05, abs=0.04)


def test_power_grows_with_the_effect(answers):
    curve = value(answers, "power").sort_index()
    assert curve.is_monotonic_increasing
    assert curve.index.tolist() == list(power.EFFECTS)
    assert curve.iloc[-1] > 0.95


def test_fewer_snapshots_are_noisier(answers):
    now = value(answers, "se")
    assert value(answers, "se", design="one_base_snapshot") > now
    assert value(answers, "se", design="one_post_snapshot") > now


def test_the_effect_on_participants_does_not_move_the_answer(sample, answers):
    """Only municipalities outside the network enter: power is known before the result."""
    from dataclasses import replace

    lifted = sample.outcome + np.where(sample.treated, 0.1, 0.0)[:, None] * np.linspace(
        0, 1, len(sample.months)
    )
    moved = power.from_panel(
        replace(sample, outcome=lifted),
        windows(sample, room.WINDOWS),
        draws=400,
        level=0.95,
        seed=1,
    )
    same = (answers["estimator"] == "did") & (answers["design"] == "as_now")
    pd.testing.assert_frame_equal(answers[same], moved[same])


def test_the_bench_answers_for_other_designs():
    row = {
        "scenario": "S0",
        "estimator": "did",
        "estimand": "person_average",
        "inference": "CV3",
        "replications": 1000,
        "emp_se": 0.01,
        "emp_se_mcse": 0.0002,
        "mde": 0.028,
        "mde_mcse": 0.0006,
        "rejection": 0.05,
        "rejection_mcse": 0.007,
        "bias": 0.0,
        "bias_mcse": 0.0003,
    }
    few = {**row, "scenario": "D_few", "emp_se": 0.012}
    other = {**row, "scenario": "S4"}
    found = power.from_bench(pd.DataFrame([row, few, other]))
    assert set(found["design"]) == {"as_now", "few_snapshots"}
    assert found["simulated"].all()
    se = found[found["measure"] == "se"].set_index("design")["value"]
    assert se["few_snapshots"] > se["as_now"]
