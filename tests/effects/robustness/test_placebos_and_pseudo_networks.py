"""Placebos against hand arithmetic; the A/A test against known spread."""

import numpy as np
import pytest

from fij_eval.effects.analyses.aa_records import aa_records
from fij_eval.effects.record import power_in
from fij_eval.effects.robustness import placebo
from fij_eval.effects.robustness.cross_section import change, permuted_differences
from fij_eval.effects.robustness.pseudo_networks import aa_test, pseudo_networks
from fij_eval.errors import CheckError, EstimationError

MONTHS = ("2023-08", "2023-11", "2024-02", "2024-04", "2024-09", "2025-04")


def world(seed=0, n=60, treated=15):
    rng = np.random.default_rng(seed)
    arm = np.arange(n) < treated
    return arm, rng.normal(0.3, 0.05, size=(n, len(MONTHS))), rng


def test_placebos_in_time_use_periods_before_kick_off_only():
    arm, values, _ = world()
    values[:, 4:] = np.nan
    found = placebo.in_time(values, arm, months=MONTHS, pre=(0, 1, 2, 3))
    assert [p.name for p in found] == ["2023-11", "2024-02", "2024-04"]
    for k, one in enumerate(found, start=1):
        moved = values[:, k:4].mean(axis=1) - values[:, :k].mean(axis=1)
        by_hand = moved[arm].mean() - moved[~arm].mean()
        assert one.result.estimate == pytest.approx(by_hand, abs=1e-12)  # the same sums


def test_one_period_before_kick_off_gives_no_placebo_in_time():
    arm, values, _ = world()
    assert placebo.in_time(values, arm, months=MONTHS, pre=(0,)) == ()


def test_a_placebo_that_cannot_be_formed_says_why():
    arm, values, _ = world()
    values[:, 1] = np.nan
    found = placebo.in_time(values, arm, months=MONTHS, pre=(0, 1))
    assert [(p.name, p.result) for p in found] == [("2023-11", None)]
    assert "cannot be formed" in found[0].note


def test_pseudo_networks_have_the_register_counts_and_no_participant():
    arm, _, rng = world()
    strata = [f"s{i % 3}" for i in range(60)]
    labels = pseudo_networks(arm, strata, rng=rng, draws=300)
    assert not labels[:, arm].any()
    for name in ("s0", "s1", "s2"):
        members = np.array([s == name for s in strata])
        assert (labels[:, members].sum(axis=1) == (arm & members).sum()).all()
    assert len(np.unique(labels, axis=0)) > 290


def test_too_few_non_participants_are_refused():
    arm, _, rng = world(treated=50)
    with pytest.raises(CheckError, match="too few"):
        pseudo_networks(arm, ["one"] * 60, rng=rng, draws=10)


def test_pseudo_networks_of_independent_errors_have_right_size_and_spread():
    arm, values, rng = world(3, n=400, treated=40)
    labels = pseudo_networks(arm, ["one"] * 400, rng=rng, draws=2_000)
    outcome = change(values, (0, 1), (4, 5))
    estimate, se = permuted_differences(outcome, labels == 1, keep=~arm)
    found = aa_test(estimate, se, df=358)
    spread = outcome[~arm].std(ddof=1) * np.sqrt(1 / 40 + 1 / 320)
    # spread of a sample mean without replacement; 2,000 draws give it to 1.6 %, four of them
    assert found.spread == pytest.approx(spread, rel=0.065)
    assert abs(found.mean) < 4 * found.mean_error
    assert abs(found.size - 0.05) < 0.02  # four Monte Carlo errors
    assert found.mde == pytest.approx(2.8 * spread, rel=0.1)  # 1.96 + 0.84 for normal draws


def test_what_a_test_detects_is_found_at_its_level_and_power():
    estimate = np.random.default_rng(1).normal(size=1_000)
    found = {
        (level, power): aa_test(estimate, np.ones(1_000), df=500, level=level, power=power)
        for level in (0.9, 0.95)
        for power in (0.8, 0.9)
    }
    assert found[0.95, 0.9].mde > found[0.95, 0.8].mde > found[0.9, 0.8].mde
    common = {"analysis": "x", "spec": "x", "estimator": "x", "estimand": "municipality_average"}
    common |= dict.fromkeys(("sample", "comparison", "base", "post"), "") | {"weights": "none"}
    records = aa_records(found[0.9, 0.9], common, key="x", units=9, seed=1)
    assert {record.level for record in records} == {0.9}
    (sized,) = (record for record in records if record.term == "aa mde")
    assert power_in(sized.null) == 0.9


def test_networks_without_a_number_are_counted_and_too_few_refused():
    found = aa_test(np.r_[np.random.default_rng(0).normal(size=300), np.nan], np.ones(301), df=100)
    assert (found.draws, found.failed) == (300, 1)
    with pytest.raises(EstimationError, match="200"):
        aa_test(np.zeros(10), np.ones(10), df=5)
