"""The bench's fast estimators give what the effect room's own give."""

import numpy as np
import pytest

from fij_eval.effects import did2x2, event_study, twfe
from fij_eval.effects import fractional as of_windows
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.samples import windows
from fij_eval.effects.two_windows import absorbed, collapse
from fij_eval.simulation import fractional, methods, stack
from fij_eval.simulation.observed import observe, periods
from fij_eval.simulation.outcome import simulate
from fij_eval.simulation.room import COVARIATES, WINDOWS, sample_of
from fij_eval.simulation.scenarios import SCENARIOS

ESTIMANDS = ("municipality_average", "person_average")


@pytest.fixture(scope="module")
def seen(places, points):
    scenario = SCENARIOS["S1_3pp"]
    simulated = simulate(places, scenario.world, points=points, seed=5)
    chosen = periods(scenario.world.snapshots, kick_off=scenario.world.kick_off)
    observed = observe(places, scenario, simulated, chosen, seed=5, replication=0)
    return simulated, observed, chosen


@pytest.fixture(scope="module")
def sample(places, seen):
    simulated, observed, _ = seen
    return sample_of(places, simulated, observed)


def weight_of(observed, estimand):
    weight = observed.enters.astype(float)
    return weight if estimand == ESTIMANDS[0] else weight * observed.residents


def change(observed, chosen):
    base = observed.share[:, chosen.base].mean(axis=1)
    return observed.share[:, chosen.post].mean(axis=1) - base


def fitted(observed, chosen, estimand, covariates):
    return methods.linear(
        change(observed, chosen)[:, None],
        observed.treated.astype(float),
        covariates,
        weight_of(observed, estimand),
    )


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_plain_difference_is_the_two_by_two(seen, sample, estimand):
    _, observed, chosen = seen
    fit = fitted(observed, chosen, estimand, observed.covariates[:, :0])
    found = did2x2.estimate(sample, windows(sample, WINDOWS), estimand=estimand)
    # the same arithmetic in another order: rounding only
    assert fit.estimate[0] == pytest.approx(found.att, abs=1e-12)
    assert fit.cv1()[0] == pytest.approx(np.sqrt(found.variance), rel=1e-9)
    assert fit.units == found.n_units


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_adjusted_difference_is_two_way_fixed_effects(seen, sample, estimand):
    _, observed, chosen = seen
    fit = fitted(observed, chosen, estimand, observed.covariates)
    found = twfe.estimate(
        sample, windows(sample, WINDOWS), estimand=estimand, covariates=COVARIATES
    )
    # least squares by another decomposition
    assert fit.estimate[0] == pytest.approx(found.estimates[0], abs=1e-10)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_primary_estimate_and_its_jackknife_are_those_of_the_effect_room(
    seen, sample, estimand
):
    _, observed, chosen = seen
    growth = observed.expected[:, chosen.post].mean(axis=1)
    growth = growth - observed.expected[:, chosen.base].mean(axis=1)
    fit = fitted(
        observed, chosen, estimand, np.column_stack([observed.covariates, np.nan_to_num(growth)])
    )
    data = collapse(
        sample,
        windows(sample, WINDOWS),
        estimand=estimand,
        covariates=(*COVARIATES, "expected_share"),
    )
    found = linear.fit(absorbed(data))
    assert fit.estimate[0] == pytest.approx(found.coefficient[0], abs=1e-10)
    assert fit.cv3()[0] == pytest.approx(np.sqrt(cluster_robust.cv3(found)[0, 0]), rel=1e-8)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_fractional_logit_is_that_of_the_effect_room(seen, sample, estimand):
    _, observed, chosen = seen
    fit = fractional.did(
        observed.share[:, chosen.base].mean(axis=1),
        observed.share[:, chosen.post].mean(axis=1),
        observed.treated.astype(float),
        observed.covariates,
        weight_of(observed, estimand),
    )
    data = collapse(sample, windows(sample, WINDOWS), estimand=estimand, covariates=COVARIATES)
    found = of_windows.estimate(data)
    assert fit.converged
    # both stop Newton's method far below this
    assert fit.estimate == pytest.approx(found.att, abs=1e-8)
    # the same influence functions
    assert fit.cv1() == pytest.approx(found.cv1, rel=1e-5)
    # one Newton step against full refits: an approximation, close with some 300 units
    assert fit.cv3() == pytest.approx(found.cv3, rel=0.03)


def test_the_event_study_is_that_of_the_effect_room(seen, sample):
    _, observed, chosen = seen
    found = event_study.estimate(
        sample, base="2024-04", estimand=ESTIMANDS[0], covariates=COVARIATES
    )
    events = [j for j in chosen.used if j != chosen.reference]
    fit = methods.linear(
        observed.share[:, events] - observed.share[:, [chosen.reference]],
        observed.treated.astype(float),
        observed.covariates,
        weight_of(observed, ESTIMANDS[0]),
    )
    np.testing.assert_allclose(fit.estimate, found.fit.estimates, atol=1e-10)
    assert found.fit.names == tuple(sample.months[j] for j in events)


def test_many_replications_at_once_give_what_each_gives_alone(seen):
    _, observed, chosen = seen
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(4, len(observed.enters)))
    outcome = np.nan_to_num(change(observed, chosen)) + 0.05 * noise
    enters = observed.enters & (rng.random((4, len(observed.enters))) > 0.1)
    stacked = methods.linear(
        outcome[..., None],
        np.tile(observed.treated.astype(float), (4, 1)),
        np.tile(observed.covariates, (4, 1, 1)),
        enters.astype(float),
    )
    for r in range(4):
        alone = methods.linear(
            outcome[r][:, None],
            observed.treated.astype(float),
            observed.covariates,
            enters[r].astype(float),
        )
        np.testing.assert_array_equal(stacked.estimate[r], alone.estimate)
        np.testing.assert_array_equal(stacked.cv3()[r], alone.cv3())


def test_leaving_a_unit_out_is_exact(seen):
    _, observed, chosen = seen
    fit = fitted(observed, chosen, ESTIMANDS[1], observed.covariates)
    unit = int(np.flatnonzero(observed.enters & observed.treated)[0])
    weight = weight_of(observed, ESTIMANDS[1])
    weight[unit] = 0.0
    without = methods.linear(
        change(observed, chosen)[:, None],
        observed.treated.astype(float),
        observed.covariates,
        weight,
    )
    gap = fit.estimate[0] - without.estimate[0]
    assert fit.left_out[unit, 0] == pytest.approx(gap, rel=1e-8)


def test_assignments_keep_the_counts_of_the_strata():
    rng = np.random.default_rng(1)
    treated = rng.random(60) < 0.3
    enters = rng.random(60) < 0.9
    strata = rng.integers(0, 3, 60)
    drawn = methods.assignments(treated, enters, strata, rng=rng, draws=50)
    for stratum in range(3):
        rows = enters & (strata == stratum)
        assert (drawn[:, rows].sum(axis=1) == treated[rows].sum()).all()
    assert not drawn[:, ~enters].any()
    assert len({tuple(row) for row in drawn.astype(int)}) == 50


def test_randomization_matches_regressions_one_at_a_time(seen):
    _, observed, chosen = seen
    fit = fitted(observed, chosen, ESTIMANDS[1], observed.covariates)
    strata = np.zeros(len(observed.enters), dtype=np.int64)
    rng = np.random.default_rng(2)
    drawn = methods.assignments(observed.treated, observed.enters, strata, rng=rng, draws=99)
    p, p_t = methods.randomization(fit, drawn, of_t=True)
    coefficients, ts = [], []
    for assigned in drawn:
        one = methods.linear(
            change(observed, chosen)[:, None],
            assigned,
            observed.covariates,
            weight_of(observed, ESTIMANDS[1]),
        )
        coefficients.append(one.estimate[0])
        ts.append(one.estimate[0] / one.cv1()[0])
    count = np.sum(np.abs(coefficients) >= abs(fit.estimate[0]))
    assert p[0] == pytest.approx((1 + count) / 100)
    own = abs(fit.estimate[0] / fit.cv1()[0])
    assert p_t[0] == pytest.approx((1 + np.sum(np.abs(ts) >= own)) / 100)


def test_the_wild_bootstrap_finds_an_effect_and_no_effect():
    rng = np.random.default_rng(7)
    treated = np.repeat([1.0, 0.0], [40, 160])
    none = rng.normal(size=(200, 1))
    weight = np.ones(200)
    nothing = np.empty((200, 0))
    large = methods.linear(none + treated[:, None], treated, nothing, weight)
    assert methods.wild(large, methods.webb(rng, draws=499, units=200))[0] < 0.01
    # under the null the p-value of the bootstrap is near that of t: both within a few hundredths
    fit = methods.linear(none, treated, nothing, weight)
    p_t = methods.p_values(fit.estimate, fit.cv1(), fit.df)
    signs = methods.webb(rng, draws=1999, units=200)
    assert methods.wild(fit, signs)[0] == pytest.approx(p_t[0], abs=0.05)


def test_covariates_that_determine_treatment_are_refused():
    treated = np.repeat([1.0, 0.0], 10)
    with pytest.raises(ValueError, match="determine who is treated"):
        methods.linear(np.zeros((20, 1)), treated, treated[:, None] * 2, np.ones(20))
    with pytest.raises(ValueError, match="determined by the others"):
        methods.linear(np.zeros((20, 1)), treated, np.ones((20, 1)), np.ones(20))


def test_windows_follow_the_rules_of_the_settings(sample):
    chosen = windows(sample, WINDOWS)
    found = periods(sample.months, kick_off="2024-06")
    assert tuple(sample.months[j] for j in found.base) == chosen.base
    assert tuple(sample.months[j] for j in found.post) == chosen.post
    few = periods(sample.months, kick_off="2024-06", pre_periods=2)
    assert [sample.months[j] for j in few.pre] == ["2024-02", "2024-04"]
    assert few.base == few.pre


def test_scenarios_seen_alike_share_one_design():
    from fij_eval.simulation.scenarios import FAMILIES

    designs = stack.designs(FAMILIES["clean"])
    together = {s.name for s in designs[0]}
    assert {"S0", "S1_3pp", "S2"} <= together
    assert not together & {"S7_hidden", "S7_rounded", "S8"}
