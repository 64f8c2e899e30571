"""Placebos against hand arithmetic; the A/A test against known spread."""

import numpy as np
import pytest

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


def test_placebo_outcomes_keep_their_names_and_reasons():
    arm, values, _ = world()
    found = placebo.in_outcome(
        {"unemployment": values, "unknown": np.full_like(values, np.nan)},
        arm,
        base=(0, 1),
        post=(4, 5),
    )
    assert found[0].result is not None
    assert found[1].result is None
    assert "cannot be formed" in found[1].note


def test_a_placebo_outcome_is_adjusted_as_the_analysis_is():
    arm, values, rng = world()
    known = rng.normal(size=60) + arm  # a fact that differs between the arms
    moved = values.copy()
    moved[:, 4:] += 0.5 * known[:, None]
    options = {"base": (0, 1), "post": (4, 5), "covariates": known[:, None]}
    (found,) = placebo.in_outcome({"unemployment": moved}, arm, **options)
    (before,) = placebo.in_outcome({"unemployment": values}, arm, **options)
    # what follows the fact alone moves nothing beyond it: the same least squares, up to rounding
    assert found.result.estimate == pytest.approx(before.result.estimate, abs=1e-12)


def test_placebo_in_space_leaves_participants_out():
    arm, values, _ = world()
    near = np.zeros((60, 60), dtype=bool)
    near[14, 15:20] = near[15:20, 14] = True
    values[:15] = 99.0
    found = placebo.in_space(values, arm, near, base=(0, 1), post=(4, 5)).result
    moved = change(values, (0, 1), (4, 5))
    by_hand = moved[15:20].mean() - moved[20:].mean()
    assert (found.n_units, found.n_treated) == (45, 5)
    assert found.estimate == pytest.approx(by_hand, abs=1e-12)


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


def test_networks_without_a_number_are_counted_and_too_few_refused():
    found = aa_test(np.r_[np.random.default_rng(0).normal(size=300), np.nan], np.ones(301), df=100)
    assert (found.draws, found.failed) == (300, 1)
    with pytest.raises(EstimationError, match="200"):
        aa_test(np.zeros(10), np.ones(10), df=5)
