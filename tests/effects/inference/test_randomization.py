"""Randomization inference against refitting under every assignment."""

import itertools

import numpy as np
import pytest
from inference_panels import panel

from fij_eval.effects.inference import assignments, cluster_robust, linear, randomization
from fij_eval.errors import CheckError, EstimationError

STARTS = ("2024-04", "2024-05")


def model(frame, **options):
    return linear.absorb(linear.design(frame, outcome="y", treatment=["treated"], **options))


def strata_of(absorbed, parts=2):
    return [f"s{int(name) % parts}" for name in absorbed.design.unit_names]


def refit(frame, absorbed, labels, **options):
    """Coefficient and error with the treatment of one assignment, estimated from the start."""
    start = {
        name: ("9999-99", *STARTS)[label]
        for name, label in zip(absorbed.design.unit_names, labels, strict=True)
    }
    treated = (frame["reference_month"] >= frame["municipality_code"].map(start)).astype(float)
    fitted = linear.fit(model(frame.assign(treated=treated), **options))
    return fitted.coefficient[0], np.sqrt(cluster_robust.cv1(fitted)[0, 0])


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("covariates", [(), ("x",)])
@pytest.mark.parametrize("cluster", [None, "county"])
def test_permuted_statistics_equal_refits(gaps, weights, covariates, cluster):
    frame = panel(41, units=24, gaps=gaps)
    options = {"weights": weights, "covariates": covariates, "cluster": cluster}
    absorbed = model(frame, **options)
    pattern = randomization.timing(absorbed.design, STARTS)
    cohort = randomization.cohorts(absorbed.design, pattern)
    labels = assignments.draw(cohort, strata_of(absorbed), rng=np.random.default_rng(1), draws=25)
    found = randomization.statistics(absorbed, pattern, labels)
    again = np.array([refit(frame, absorbed, row, **options) for row in labels])
    # the same least squares by another route: rounding only
    np.testing.assert_allclose(found.coefficient, again[:, 0], atol=1e-9)
    np.testing.assert_allclose(found.se, again[:, 1], atol=1e-9)


def test_few_units_are_enumerated_and_give_the_exact_p_value():
    frame = panel(43, units=10, treated=3)
    absorbed = model(frame)
    pattern = randomization.timing(absorbed.design, STARTS)
    cohort = randomization.cohorts(absorbed.design, pattern)
    mine = randomization.randomization_test(
        absorbed, pattern, ["one"] * 10, rng=np.random.default_rng(0)
    )
    every = sorted(set(itertools.permutations(cohort.tolist())))
    assert mine.enumerated
    assert mine.draws == mine.possible == len(every) == 360
    again = np.array([refit(frame, absorbed, row) for row in every])
    real = refit(frame, absorbed, cohort)
    exact = np.mean(np.abs(again[:, 0]) >= abs(real[0]) - 1e-12)
    exact_t = np.mean(np.abs(again[:, 0] / again[:, 1]) >= abs(real[0] / real[1]) - 1e-9)
    assert mine.p_coefficient == pytest.approx(exact, abs=1e-12)
    assert mine.p_t == pytest.approx(exact_t, abs=1e-12)


def test_drawn_p_value_lies_near_the_enumerated_one():
    frame = panel(47, units=12, treated=4)
    absorbed = model(frame)
    pattern = randomization.timing(absorbed.design, STARTS)
    strata = ["one"] * 12
    exact = randomization.randomization_test(
        absorbed, pattern, strata, rng=np.random.default_rng(0), draws=50_000
    )
    drawn = randomization.randomization_test(
        absorbed, pattern, strata, rng=np.random.default_rng(2), draws=2_000
    )
    assert exact.enumerated
    assert not drawn.enumerated
    p = exact.p_coefficient
    # four Monte Carlo standard errors, and one draw for the +1
    allowed = 4 * np.sqrt(p * (1 - p) / 2_000) + 1 / 2_000
    assert drawn.p_coefficient == pytest.approx(p, abs=allowed)


def test_adding_a_constant_effect_moves_the_interval_by_it():
    frame = panel(53)
    absorbed = model(frame)
    pattern = randomization.timing(absorbed.design, STARTS)
    moved = model(frame.assign(y=frame["y"] + 2.5 * frame["treated"]))
    first, second = (
        randomization.randomization_test(
            m, pattern, strata_of(m), rng=np.random.default_rng(3), draws=999
        )
        for m in (absorbed, moved)
    )
    # limits come from a bisection to 1e-5 standard errors
    assert second.ci_low - first.ci_low == pytest.approx(2.5, abs=1e-3)
    assert second.ci_high - first.ci_high == pytest.approx(2.5, abs=1e-3)
    assert first.ci_low < first.coefficient < first.ci_high


def test_size_under_no_effect_is_as_stated():
    rejected = []
    for seed in range(200):
        frame = panel(1_000 + seed, units=16, treated=5)
        frame["y"] -= 0.3 * frame["treated"]
        absorbed = model(frame)
        test = randomization.randomization_test(
            absorbed,
            randomization.timing(absorbed.design, STARTS),
            ["one"] * 16,
            rng=np.random.default_rng(seed),
            draws=199,
        )
        rejected.append(test.p_t <= 0.1)
    # an exact test: 10 % less or more three Monte Carlo standard errors of 200 trials
    assert abs(np.mean(rejected) - 0.1) < 3 * np.sqrt(0.1 * 0.9 / 200)


def test_assignments_keep_the_counts_of_every_stratum():
    cohort = np.array([1, 1, 0, 0, 0, 2, 0, 0], dtype=np.int8)
    strata = list("aaaabbbb")
    labels = assignments.draw(cohort, strata, rng=np.random.default_rng(0), draws=500)
    assert (np.sort(labels[:, :4], axis=1) == [0, 0, 1, 1]).all()
    assert (np.sort(labels[:, 4:], axis=1) == [0, 0, 0, 2]).all()
    assert len(np.unique(labels, axis=0)) == assignments.possible(cohort, strata) == 24
    with pytest.raises(CheckError, match=r"3 units with label 0 .* stratum «a»"):
        assignments.check(labels[:, ::-1], cohort, strata)


def test_strata_without_both_arms_and_strange_timing_are_refused():
    frame = panel(59, units=12, treated=4)
    absorbed = model(frame)
    pattern = randomization.timing(absorbed.design, STARTS)
    own = [f"s{i}" for i in range(12)]
    with pytest.raises(EstimationError, match="nothing can be permuted"):
        randomization.randomization_test(absorbed, pattern, own, rng=np.random.default_rng(0))
    with pytest.raises(EstimationError, match="follows no kick-off cohort"):
        randomization.cohorts(absorbed.design, pattern[:, :1])
    with pytest.raises(EstimationError, match="does not vary"):
        randomization.randomization_test(
            model(frame.assign(y=1.0)), pattern, ["one"] * 12, rng=np.random.default_rng(0)
        )
