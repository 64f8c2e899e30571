from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import panel
from panels import NETWORK, SAMPLE, WINDOWS
from scipy.special import expit

from fij_eval.effects import (
    details,
    did2x2,
    event_study,
    event_windows,
    fractional,
    fractional_draws,
    quasi_likelihood,
    settlement,
)
from fij_eval.effects.inference import linear
from fij_eval.effects.samples import NotEstimableError, build, windows
from fij_eval.effects.two_windows import absorbed, as_sample, collapse

FACTS = ("log_population", "size_group", "region", "unemployment_rate")
ESTIMANDS = ("municipality_average", "person_average")


def sample(**other):
    return build(panel(**other), sample=SAMPLE, network=NETWORK)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_without_covariates_the_two_windows_are_the_2x2(estimand):
    given = sample()
    chosen = windows(given, WINDOWS)
    found = linear.fit(absorbed(collapse(given, chosen, estimand=estimand))).coefficient[0]
    # the same arithmetic in another order
    assert found == pytest.approx(did2x2.estimate(given, chosen, estimand=estimand).att, abs=1e-12)


def test_a_gap_does_not_bring_the_level_of_its_month_with_it():
    given = sample(noise=0.0, effect=0.0)
    level = np.arange(len(given.months)) * 0.03  # months differ, municipalities by a constant
    grid = given.outcome[:, :1] + level
    whole = replace(given, outcome=grid)
    with_gap = grid.copy()
    with_gap[0, 0] = np.nan
    chosen = windows(given, WINDOWS)
    one = collapse(whole, chosen, estimand=ESTIMANDS[0])
    other = collapse(replace(given, outcome=with_gap), chosen, estimand=ESTIMANDS[0])
    # the levels are made of 89 municipalities instead of 90 in one of nine months: a tenth of a
    # point on the mean of all, but the municipality with the gap moves with the others
    drift = (other.base - one.base)[1:]
    assert np.ptp(drift) < 1e-12
    plain = np.nanmean(with_gap[0, given.at(chosen.base)]) - one.base[0]
    assert abs(other.base[0] - one.base[0]) < abs(plain) / 2


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_fractional_logit_of_two_windows_is_the_pooled_quasi_likelihood(estimand):
    given = sample()
    chosen = windows(given, WINDOWS)
    data = collapse(given, chosen, estimand=estimand, covariates=FACTS)
    found = fractional.estimate(data)
    two, halves = as_sample(given, chosen)
    pooled = quasi_likelihood.estimate(
        two, halves, estimand=estimand, link="logit", covariates=FACTS
    )
    # two Newton's methods to 1e-11 on the same likelihood
    assert found.att == pytest.approx(pooled.att, abs=1e-8)
    assert found.log_odds == pytest.approx(pooled.contrast, abs=1e-7)
    assert found.cv1**2 == pytest.approx(pooled.variance, rel=1e-6)


def test_the_jackknife_of_the_fractional_logit_is_that_of_leaving_each_out():
    given = sample(units=30, treated=10)
    chosen = windows(given, WINDOWS)
    data = collapse(given, chosen, estimand=ESTIMANDS[0], covariates=("log_population",))
    found = fractional.estimate(data)
    away = []
    for i in range(data.n_units):
        keep = np.arange(data.n_units) != i
        two, halves = as_sample(given.only(keep), chosen)
        left = quasi_likelihood.estimate(
            two, halves, estimand=ESTIMANDS[0], link="logit", covariates=("log_population",)
        )
        away.append(left.att - found.att)
    n = data.n_units
    expected = np.sqrt((n - 1) / n * np.sum(np.square(away)))
    # window means of the others move by the evening-out of months, nothing on a balanced panel
    assert found.cv3 == pytest.approx(expected, rel=1e-6)


def test_shares_of_zero_and_one_keep_their_rows_on_the_logit_scale():
    given = sample()
    grid = given.outcome.copy()
    grid[40], grid[41] = 0.0, 1.0
    chosen = windows(given, WINDOWS)
    data = collapse(replace(given, outcome=grid), chosen, estimand=ESTIMANDS[0])
    assert data.n_units == len(given.units)
    assert np.isfinite(fractional.estimate(data).att)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_every_assignment_is_fitted_again_as_one_at_a_time(estimand):
    given = sample(effect=0.06, units=80, treated=25)
    data = collapse(given, windows(given, WINDOWS), estimand=estimand, covariates=FACTS)
    rng = np.random.default_rng(3)
    drawn = np.vstack([data.treated, rng.permuted(np.tile(data.treated, (40, 1)), axis=1)])
    estimates, errors = fractional_draws.effects(data, drawn)
    whole = fractional.estimate(data)
    # Newton's method to 1e-11 on both sides
    assert estimates[0] == pytest.approx(whole.att, abs=1e-10)
    assert errors[0] == pytest.approx(whole.cv1, rel=1e-8)
    for treated, value, error in zip(drawn, estimates, errors, strict=True):
        one = fractional.effect_and_error(replace(data, treated=treated))
        assert (value, error) == pytest.approx(one, abs=1e-10)


def test_assignments_without_a_fit_are_missing_and_others_stand():
    given = sample(units=40, treated=12)
    # only three municipalities lie in one region: a network of them leaves it no comparison unit
    rare = given.units.index[[0, 20, 30]]
    region = np.where(given.units.index.isin(rare), "north", "east")
    given = replace(given, units=given.units.assign(region=region))
    data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[0], covariates=("region",))
    inside = np.isin(data.codes, rare)
    other = ~inside & (np.arange(data.n_units) % 3 == 0)
    some = other.copy()
    some[np.flatnonzero(inside)[0]] = True
    estimates, errors = fractional_draws.effects(data, np.vstack([inside | other, some, ~other]))
    assert np.isnan(estimates[0])
    assert np.isnan(errors[0])
    assert np.isfinite(estimates[1:]).sum() >= 1
    assert estimates[1] == pytest.approx(
        fractional.effect_and_error(replace(data, treated=some))[0], abs=1e-10
    )


def test_estimates_of_drawn_networks_centre_on_no_effect_and_their_t_is_near_normal():
    given = sample(effect=0.06, units=200, treated=60)
    data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[0], covariates=FACTS)
    rng = np.random.default_rng(3)
    drawn = rng.permuted(np.tile(data.treated, (400, 1)), axis=1)
    estimates, errors = fractional_draws.effects(data, drawn)
    t = estimates / errors
    # the mean of 400 draws lies within four of its errors
    assert abs(t.mean()) < 4 / np.sqrt(400)
    assert 0.8 < t.std() < 1.25


def test_drawn_shares_are_fitted_again_as_one_at_a_time():
    given = sample(effect=0.03, units=60, treated=20)
    data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[1], covariates=FACTS)
    t, drawn, p = fractional_draws.wild(data, rng=np.random.default_rng(5), draws=30)
    value, error = fractional.effect_and_error(data)
    assert t == pytest.approx(value / error, rel=1e-10)
    assert p == (1 + np.count_nonzero(np.abs(drawn) >= abs(t))) / 31
    # by hand: means of the model without effect, residuals by Webb's six points
    n, k = data.n_units, data.covariates.shape[1] + 1
    x, d = np.column_stack([np.ones(n), data.covariates]), data.treated.astype(float)
    blank = np.zeros_like(x)
    both = np.vstack([np.column_stack([x, blank, d]), np.column_stack([blank, x, d])])
    y, w = np.concatenate([data.base, data.post]), np.tile(data.weight, 2)
    beta = quasi_likelihood.fit(y, both, w, link="logit")
    assert len(beta) == 2 * k + 1
    mean = expit(both @ beta)
    webb = np.sqrt([0.5, 1, 1.5])
    points = np.concatenate([-webb, webb])
    signs = points[np.random.default_rng(5).integers(0, 6, size=(30, n), dtype=np.int8)]
    for sign, found in zip(signs, drawn, strict=True):
        shares = mean + np.tile(sign, 2) * (y - mean)
        made = replace(data, base=shares[:n], post=shares[n:])
        one = fractional.effect_and_error(made)
        assert found == pytest.approx(one[0] / one[1], abs=1e-7)  # Newton's method to 1e-11


def test_the_bootstrap_finds_an_effect_and_not_its_absence():
    p = []
    for effect in (0.0, 0.08):
        given = sample(effect=effect, units=120, treated=40)
        data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[0])
        p.append(fractional_draws.wild(data, rng=np.random.default_rng(1), draws=499)[2])
    assert p[1] == pytest.approx(1 / 500)
    assert p[0] > 0.05


def test_the_bootstrap_keeps_its_size():
    rejected = []
    for seed in range(120):
        given = sample(effect=0.0, units=60, treated=15, seed=seed + 1)
        data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[0])
        p = fractional_draws.wild(data, rng=np.random.default_rng(seed), draws=199)[2]
        rejected.append(p <= 0.1)
    # nominal 0.1; four Monte Carlo errors of 120 samples
    assert abs(np.mean(rejected) - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 120)


def test_bootstrap_and_randomization_of_the_same_statistic_agree():
    """Two tests of no effect with the same t: one draws residuals, one networks.

    They differ by Monte Carlo (1,999 draws: 0.011 at p = 0.5) and by what each holds fixed, which
    is of the order of one over the square root of the number of treated units.
    """
    apart = []
    for seed in range(8):
        given = sample(effect=0.01 * (seed % 3), units=200, treated=60, seed=seed + 1)
        data = collapse(given, windows(given, WINDOWS), estimand=ESTIMANDS[0], covariates=FACTS)
        rng = np.random.default_rng(seed)
        p_wild = fractional_draws.wild(data, rng=rng, draws=1_999)[2]
        drawn = rng.permuted(np.tile(data.treated, (1_999, 1)), axis=1)
        estimates, errors = fractional_draws.effects(data, np.vstack([data.treated, drawn]))
        t = np.abs(estimates / errors)
        apart.append(abs(p_wild - (t >= t[0] * (1 - 1e-9)).mean()))
    assert max(apart) < 0.05
    assert np.mean(apart) < 0.02


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_event_windows_are_the_fixed_effects_event_study_on_a_balanced_panel(estimand):
    given = sample()
    found = event_windows.estimate(given, estimand=estimand, covariates=FACTS)
    other = event_study.estimate(given, base="2024-04", estimand=estimand, covariates=FACTS)
    expected = dict(zip(other.fit.names, other.fit.estimates, strict=True))
    # an iterative and a direct projection on the same columns
    for month, value in zip(found.months, found.coefficients, strict=True):
        assert value == pytest.approx(expected[month], abs=1e-8)
    assert found.base == "2024-04"
    assert found.pre == 3
    assert found.spacing.tolist() == [3, 3, 2, 5, 2, 3, 2, 3, 2, 3]


def test_event_windows_without_a_snapshot_before_kick_off_say_so():
    with pytest.raises(NotEstimableError, match="no snapshot before kick-off"):
        event_windows.estimate(
            replace(sample(), start="2023-01", units=sample().units.assign(kick_off="2023-01")),
            estimand=ESTIMANDS[0],
        )


def test_quarterly_inflow_adds_up_to_the_years_and_starts_in_the_second_quarter_of_2022():
    given = panel()
    codes = build(given, sample=SAMPLE, network=NETWORK).units.index
    inflow = settlement.quarterly_inflow(given, codes)
    assert inflow.shape == (len(codes), 16)
    assert (inflow[:, 0] == 0).all()
    last = given[given["reference_month"] == "2025-12"].set_index("municipality_code")
    assert inflow.sum(axis=1) == pytest.approx(
        last.loc[codes, "settled_since_2022"].to_numpy(dtype=float)
    )
    assert inflow[:, 4:8].sum(axis=1) == pytest.approx(
        given[given["reference_month"] == "2023-11"]
        .set_index("municipality_code")
        .loc[codes, "settled_year"]
        .to_numpy(dtype=float)
    )


def test_hidden_settlement_enters_by_its_middle_and_unknown_settlement_not_at_all():
    given = panel().copy()
    code = given["municipality_code"].iloc[0]
    other = given["municipality_code"].iloc[1]
    in_2024 = given["reference_month"].str.startswith("2024")
    given.loc[in_2024 & given["municipality_code"].eq(code), "settled_year"] = pd.NA
    given.loc[in_2024 & given["municipality_code"].eq(code), "settled_year_missing"] = "below_five"
    given.loc[in_2024 & given["municipality_code"].eq(other), "settled_year"] = pd.NA
    given.loc[in_2024 & given["municipality_code"].eq(other), "settled_year_missing"] = "blank"
    inflow = settlement.quarterly_inflow(given, pd.Index([code, other]))
    assert inflow[0, 8:12].sum() == pytest.approx(2.5)
    assert np.isnan(inflow[1, 8:12]).all()


def test_a_sum_below_what_its_year_holds_says_nothing_of_the_years_before():
    given = panel().copy()
    code, other = given["municipality_code"].unique()[:2]
    given.loc[given["municipality_code"].eq(code), "settled_since_2022"] = 0
    inflow = settlement.quarterly_inflow(given, pd.Index([code, other]))
    assert np.isnan(inflow[0, 1:4]).all()
    assert (inflow[1, 1:4] > 0).all()


def test_details_come_back_as_they_were():
    frames = {
        "a": pd.DataFrame({"month": ["2024-01", "2024-04"], "value": [1.5, np.nan]}),
        "b": pd.DataFrame({"flag": [True, False, True], "n": [1, 2, 3]}),
    }
    long = details.to_long(frames)
    back = details.frame_of(long, "a")
    assert back["month"].tolist() == ["2024-01", "2024-04"]
    assert back["value"].iloc[0] == 1.5
    assert np.isnan(back["value"].iloc[1])
    assert details.frame_of(long, "b")["flag"].tolist() == [1.0, 0.0, 1.0]
    assert details.has(long, "b")
    assert not details.has(long, "c")


def test_a_covariate_that_no_longer_varies_among_some_units_is_left_out():
    data = collapse(
        sample(), windows(sample(), WINDOWS), estimand="person_average", covariates=FACTS
    )
    still = replace(data, covariates=np.column_stack([data.covariates, np.zeros(data.n_units)]))
    assert fractional.effect_and_error(still) == fractional.effect_and_error(data)
    assigned = np.random.default_rng(1).permuted(np.tile(data.treated, (3, 1)), axis=1)
    np.testing.assert_array_equal(
        fractional_draws.effects(still, assigned), fractional_draws.effects(data, assigned)
    )


def test_what_is_counted_follows_the_units_that_are_kept():
    given = sample(gaps=0.1)
    chosen = windows(given, WINDOWS)
    whole = collapse(given, chosen, estimand="person_average")
    some, rest = whole.only(whole.treated), whole.only(~whole.treated)
    assert some.counts["n_units"] == some.counts["n_treated"] == whole.n_treated
    for name in ("n_units", "n_obs", "persons"):
        assert some.counts[name] + rest.counts[name] == whole.counts[name]
        assert some.counts[name] < whole.counts[name]
