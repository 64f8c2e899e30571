import numpy as np
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import ancova, did2x2, samples


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def both(panel, estimand="municipality_average", covariates=()):
    sample = sample_of(panel)
    windows = samples.windows(sample, WINDOWS)
    return (
        sample,
        windows,
        ancova.estimate(sample, windows, estimand=estimand, covariates=covariates),
    )


def means(sample, windows):
    base = np.nanmean(sample.outcome[:, sample.at(windows.base)], axis=1)
    return base, np.nanmean(sample.outcome[:, sample.at(windows.post)], axis=1)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
@pytest.mark.parametrize("covariates", [(), ("log_population", "region")])
def test_estimates_and_errors_equal_those_of_statsmodels(estimand, covariates):
    import pandas as pd
    import statsmodels.api as sm

    sample, windows, found = both(make_panel(gaps=0.1), estimand, covariates)
    base, post = means(sample, windows)
    x = [np.ones(len(base))]
    if covariates:
        dummies = pd.get_dummies(sample.units["region"], dtype=float, drop_first=True)
        x += [sample.units["log_population"].to_numpy(), *dummies.to_numpy().T]
    d, w = sample.treated.astype(float), samples.weights(sample, estimand)
    fit = sm.WLS(post, np.column_stack([*x, base, d]), weights=w).fit(cov_type="HC1")
    plain = sm.WLS(post - base, np.column_stack([*x, d]), weights=w).fit(cov_type="HC1")
    # two programs' least squares
    assert (found.att, found.persistence) == pytest.approx(tuple(fit.params[[-1, -2]]), abs=1e-10)
    assert np.sqrt(found.variance) == pytest.approx(fit.bse[-1], rel=1e-8)
    assert found.did == pytest.approx(plain.params[-1], abs=1e-10)
    assert np.sqrt(found.did_variance) == pytest.approx(plain.bse[-1], rel=1e-8)


def test_the_gap_between_the_two_is_what_theory_says():
    sample, windows, found = both(make_panel())
    base, _ = means(sample, windows)
    apart = base[sample.treated].mean() - base[~sample.treated].mean()
    # Ding & Li (2019): an identity of least squares, rounding alone
    assert found.did - found.att == pytest.approx((found.persistence - 1) * apart, abs=1e-13)


def test_without_covariates_the_difference_is_the_two_by_two():
    sample, windows, found = both(make_panel(gaps=0.1), "person_average")
    hand = did2x2.estimate(sample, windows, estimand="person_average")
    assert found.did == pytest.approx(hand.att, abs=1e-13)  # the same means; rounding alone
    assert found.did_variance == pytest.approx(hand.variance, rel=1e-10)


@pytest.mark.parametrize(("shift", "direction"), [(-0.1, "did_above"), (0.1, "ancova_above")])
def test_direction_follows_from_where_the_network_starts(shift, direction):
    panel = make_panel(units=120, treated=40, effect=0.0)
    lifted = panel["share"] + shift * panel["arm"].eq("network")
    # half of what a municipality is apart from the mean is lost over time
    before = panel.groupby("municipality_code")["share"].transform("first")
    late = panel["reference_month"].gt("2024-06")
    panel["share"] = (
        lifted + 0.2 - 0.5 * (before + shift * panel["arm"].eq("network")) * late
    ).clip(0, 1)
    _, _, found = both(panel)
    assert 0 < found.persistence < 1
    assert found.direction == direction


def test_persistence_outside_zero_to_one_is_no_bracket():
    panel = make_panel(units=120, treated=40, noise=0.001)
    before = panel.groupby("municipality_code")["share"].transform("first")
    late = panel["reference_month"].gt("2024-06")
    panel["share"] = (panel["share"] + before * late).clip(0, 1)
    _, _, found = both(panel)
    assert found.persistence > 1
    assert found.direction == "no_bracket"


def test_a_past_or_covariate_that_determines_the_arm_leaves_no_estimate():
    panel = make_panel()
    panel["share"] = np.where(panel["arm"].eq("network"), 0.2, 0.4)
    with pytest.raises(samples.NotEstimableError, match="determine the arm"):
        both(panel)
    flat = make_panel().assign(share=0.3)
    with pytest.raises(samples.NotEstimableError, match="determine the outcome"):
        both(flat)
