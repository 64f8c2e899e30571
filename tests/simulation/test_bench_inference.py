"""Tests, bands and robust sets of the bench are those of the effect room, on the same numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fij_eval.effects import event_windows, fractional_draws, quasi_likelihood
from fij_eval.effects.inference.multiple import family
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.effects.samples import windows
from fij_eval.effects.two_windows import as_sample, collapse
from fij_eval.randomness import stream
from fij_eval.simulation import claiming, methods, resampling, room, room_estimators, scores
from fij_eval.simulation.fitted import LOGIT, PP, fits
from fij_eval.simulation.performance import performance
from fij_eval.simulation.scenarios import FAMILIES, SCENARIOS
from fij_eval.simulation.stack import Ground, Inputs, stacked
from fij_eval.simulation.truth import ESTIMANDS

SEED, NUMBER = 5, 3
NAMES = ("S0", "S1_3pp")


@pytest.fixture(scope="module")
def world(places, points, sign_ups):
    ground = Ground(places=places, points=points, sign_ups=sign_ups, seed=SEED)
    scenarios = tuple(SCENARIOS[name] for name in NAMES)
    worlds = [scenario.world for scenario in scenarios]
    played = ground.play(worlds, NUMBER)
    stack = stacked(ground, scenarios, [dict(zip(worlds, played, strict=True))], [NUMBER])
    seen = room._seen(ground, scenarios[1], played[1], NUMBER)
    return stack, room.sample_of(places, played[1], seen), played[1], seen


@pytest.fixture(scope="module")
def fitted(world):
    stack = world[0]
    given = Inputs.of(stack)
    return given, {e: fits(stack, given, stack.weights(e)) for e in ESTIMANDS}


@pytest.fixture(scope="module")
def resample(world):
    return resampling.Resample(SEED, ("S1_3pp",), world[0], [NUMBER])


def data_of(sample, estimand):
    return collapse(
        sample,
        windows(sample, room.WINDOWS),
        estimand=estimand,
        covariates=room_estimators.PLANNED,
    )


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_event_study_and_its_covariance_are_those_of_the_effect_room(world, fitted, estimand):
    stack, sample, _, _ = world
    found = event_windows.estimate(sample, estimand=estimand, covariates=room_estimators.COVARIATES)
    weight = stack.weights(estimand)
    mine = methods.linear(
        np.concatenate(Inputs.of(stack).events, axis=-1), stack.treated, stack.covariates, weight
    )
    at = slice(1, None, 2)  # the second scenario's
    assert found.months == tuple(sample.months[j] for j in stack.events)
    np.testing.assert_allclose(mine.estimate[0, at], found.coefficients, atol=1e-10)
    # the same influences in another order: rounding only
    np.testing.assert_allclose(mine.covariance(at)[0], found.covariance, rtol=1e-7, atol=1e-14)


def test_the_joint_tests_of_the_family_are_those_of_the_primary_analysis(world, fitted, resample):
    stack, sample, _, _ = world
    given, _ = fitted
    weights = {e: stack.weights(e) for e in ESTIMANDS}
    found = resample.family(given, weights)
    drawn = resample._assigned[0]
    columns = []
    for name in (PP, LOGIT):
        for estimand in ESTIMANDS:
            data = data_of(sample, estimand)
            rows = np.flatnonzero(weights[estimand][0] > 0)
            everyone = np.vstack([data.treated[None, :], drawn[:, rows] > 0])
            estimates, errors = (
                permuted_differences(
                    data.change, everyone, weights=data.weight, covariates=data.covariates
                )
                if name == PP
                else scores.statistics(data, everyone)
            )
            columns.append(estimates / errors)
            assert np.isnan(found[name, estimand]["p_max_t"][0, 0])  # not asked for in S0
    t = np.column_stack(columns)
    joint = family(t[0], t[1:])
    members = [(name, estimand) for name in (PP, LOGIT) for estimand in ESTIMANDS]
    for k, member in enumerate(members):
        # a draw may fall on either side of a tie by rounding
        tie = 2 / resampling.DRAWS
        assert found[member]["p_max_t"][0, 1] == pytest.approx(joint.single_step[k], abs=tie)
        assert found[member]["p_romano_wolf"][0, 1] == pytest.approx(joint.step_down[k], abs=tie)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_one_step_tests_on_the_logit_scale_agree_with_refits(world, fitted, resample, estimand):
    """The effect room fits every draw again; here a step is taken. The p-values are near."""
    stack, sample, _, _ = world
    found = resample.family(fitted[0], {e: stack.weights(e) for e in ESTIMANDS})[LOGIT, estimand]
    data = data_of(sample, estimand)
    drawn = resample._assigned[0][:, np.flatnonzero(stack.weights(estimand)[0] > 0)] > 0
    effects, errors = fractional_draws.effects(data, np.vstack([data.treated[None, :], drawn]))
    for column, values in (("p_ri", effects), ("p_ri_t", effects / errors)):
        size = np.abs(values)
        exact = (1 + np.count_nonzero(size[1:] >= size[0])) / len(size)
        # 999 draws leave an error of up to 0.016 between two sets; these are the same draws
        assert found[column][0, 1] == pytest.approx(exact, abs=0.03)
    rng = np.random.default_rng(4)
    _, _, exact = fractional_draws.wild(data, rng=rng, draws=resampling.DRAWS)
    # other draws besides: three errors of a p-value at one half
    assert found["p_wild"][0, 1] == pytest.approx(exact, abs=0.05)


def test_a_test_of_the_true_effect_is_that_of_no_effect_once_it_is_taken_off(
    world, fitted, resample
):
    stack, _, _, _ = world
    plain = fitted[1][ESTIMANDS[0]].plain.outcomes(slice(0, 2))
    truths = np.array([[0.0, 0.03]])
    found = resample.of(plain, truths)
    moved = Inputs.of(stack).change[0][:, [1]] - 0.03 * stack.treated[0][:, None]
    alone = methods.linear(
        moved, stack.treated[0], stack.covariates[0][:, :0], stack.weights(ESTIMANDS[0])[0]
    )
    p, p_t = methods.randomization(alone, resample._assigned[0], of_t=True)
    assert found["p_ri_truth"][0, 1] == p[0]
    assert found["p_ri_t_truth"][0, 1] == p_t[0]
    signs = methods.webb(
        stream(SEED, "bench", "wild", NUMBER), draws=resampling.DRAWS, units=len(moved)
    )
    assert found["p_wild_truth"][0, 1] == methods.wild(alone, signs)[0]
    assert np.isnan(found["p_wild"][0, 0])  # S0 was not asked for


def events(**change):
    covariance = np.full((5, 5), 0.5e-4) + np.eye(5) * 0.5e-4
    truth = np.array([0.0, 0.0, 0.02, 0.02, 0.02])
    parts = {
        "before": 2,
        "coefficients": truth[None, :],
        "covariance": covariance[None],
        "truth": truth[None, :],
        "target": np.full(3, 1 / 3),
        "spacing": np.ones(5),
        "df": np.array([300.0]),
    }
    return claiming._Events(**{**parts, **change})


def test_a_path_inside_is_held_and_one_outside_is_not():
    rng = np.random.default_rng(1)
    assert events().covers(0, rng) == (1.0, 1.0)
    far = events(coefficients=np.array([[0.05, 0.0, 0.02, 0.02, 0.02]]))
    assert far.covers(0, rng) == (0.0, 0.0)
    # 2.2 errors off in one place: outside its own interval, inside the band of five
    near = events(coefficients=np.array([[0.022, 0.0, 0.02, 0.02, 0.02]]))
    assert near.covers(0, rng) == (0.0, 1.0)


def test_trends_before_and_changes_at_the_end_are_found_where_there_are_any():
    assert events().pretest()[0] == pytest.approx(1.0)
    assert events().levelling()[0] == pytest.approx(1.0)
    drift = events(coefficients=np.array([[-0.08, -0.04, 0.0, 0.06, 0.12]]))
    assert drift.pretest()[0] < 0.001
    assert drift.levelling()[0] < 0.001
    assert np.isnan(events(before=0).pretest()[0])


def test_a_line_is_held_by_the_smoothness_set_and_a_bend_only_by_a_wider_one():
    line = np.array([-0.02, -0.01, 0.01, 0.02, 0.03])
    found = events(coefficients=line[None, :]).smooth(0, 0.0)
    assert found == {"smooth_covers_0": 1.0, "smooth_covers_half": 1.0}
    narrow = 1e-3 * events().covariance
    bent = np.array([0.0, 0.0, 0.004, 0.008, 0.012])
    found = events(coefficients=bent[None, :], covariance=narrow).smooth(0, 0.0)
    assert found == {"smooth_covers_0": 0.0, "smooth_covers_half": 1.0}
    assert np.isnan(events(before=1).smooth(0, 0.0)["smooth_covers_0"])


def test_the_gate_counts_randomization_by_the_larger_p_value(world, fitted):
    stack, _, _, _ = world
    shared = {"estimand": ESTIMANDS[0], "fits": fitted[1][ESTIMANDS[0]]}
    family_ = replace(FAMILIES["clean"], thorough=())
    low, high = (
        claiming.claims(SEED, family_, stack, [NUMBER], p=np.full((1, 2), p), **shared)
        for p in (0.01, 0.2)
    )
    assert {row["scenario"] for row in low} == set(NAMES)
    assert all(not row["B"] for row in high)
    assert all(row["B"] for row in low)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize(("link", "name"), [("identity", "did"), ("logit", "logit")])
def test_pooled_quasi_likelihood_is_the_fast_estimator_on_the_same_scale(
    world, fitted, estimand, link, name
):
    """Without covariates; with them the two differ, and the bench has rows of both."""
    _, sample, _, _ = world
    two, halves = as_sample(sample, windows(sample, room.WINDOWS))
    found = quasi_likelihood.estimate(two, halves, estimand=estimand, link=link)
    mine = fitted[1][estimand].named(name).estimate[0, 1]
    # both stop Newton's method far below this
    assert found.att == pytest.approx(mine, abs=1e-8)


def test_groups_have_truths_of_their_own(world):
    _, sample, played, seen = world
    rows = np.flatnonzero(seen.enters)
    effects = np.linspace(0.0, 0.1, len(rows))
    digital = played.network.digital[rows]
    found = dict(
        room_estimators.groups(
            sample,
            windows(sample, room.WINDOWS),
            ESTIMANDS[0],
            digital=digital,
            effects=effects,
        )
    )
    assert set(found) == {
        *("size_small", "size_medium", "size_large"),
        *("form_digital", "form_physical"),
    }
    of = sample.treated & digital
    assert found["form_digital"].truth == pytest.approx(effects[of].mean())
    assert all(np.isfinite(value.estimate) and value.se > 0 for value in found.values())


def records(**columns):
    count = 4_000
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "scenario": "S",
            "replication": np.arange(count),
            "estimator": PP,
            "estimand": ESTIMANDS[0],
            "estimate": 0.003 * rng.standard_normal(count),
            "se_cv1": np.nan,
            "se_cv3": 0.003,
            "df": 300.0,
            "truth": 0.0,
            "rung": pd.array([pd.NA] * count, dtype="Int64"),
        }
    )
    for name in ("se_own", "se_placebo", "p_ri", "p_ri_t", "p_wild", "p_max_t", "p_romano_wolf",
                 "p_ri_truth", "p_ri_t_truth", "p_wild_truth"):  # fmt: skip
        frame[name] = columns.get(name, np.nan)
    return frame


def row(table, inference, estimator=PP):
    return table[(table["inference"] == inference) & (table["estimator"] == estimator)].iloc[0]


def test_an_interval_by_test_inversion_covers_where_the_truth_is_not_rejected():
    table = performance(records(p_wild=0.5, p_wild_truth=np.linspace(0, 1, 4_000)))
    assert row(table, "wild")["coverage"] == pytest.approx(0.95, abs=0.001)
    assert row(table, "wild")["rejection"] == 0.0


def test_the_family_is_rejected_where_any_of_its_hypotheses_is():
    frames = []
    for k, (name, estimand) in enumerate((n, e) for n in (PP, LOGIT) for e in ESTIMANDS):
        one = records(p_max_t=0.5, p_romano_wolf=0.5, p_ri_t=0.5)
        hit = one["replication"] % 100 == k  # one in a hundred each, never together
        one.loc[hit, ["p_max_t", "p_ri_t"]] = 0.01
        frames.append(one.assign(estimator=name, estimand=estimand))
    table = performance(pd.concat(frames, ignore_index=True))
    assert row(table, "max_t", "primary_family")["rejection"] == pytest.approx(0.04)
    assert row(table, "romano_wolf", "primary_family")["rejection"] == 0.0
    assert row(table, "single", "primary_family")["rejection"] == pytest.approx(0.04)


def test_equivalence_is_found_where_the_effect_is_small_against_its_error():
    # 90 per cent interval within one point: |estimate| < 1 - 1.65 x 0.3 points, 1.68 errors
    share = row(performance(records()), "equivalence")["rejection"]
    assert share == pytest.approx(0.908, abs=0.02)
