from dataclasses import replace

import numpy as np
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import balancing, did2x2, doubly_robust, matching, samples
from fij_eval.effects.changes import Changes

COVARIATES = ("log_population", "unemployment_rate", "size_group")


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def set_up(**more):
    sample = sample_of(make_panel(units=120, treated=40, **more))
    return sample, samples.windows(sample, WINDOWS)


def test_matching_on_the_propensity_gives_the_published_effect():
    # Dehejia & Wahba's sample of the NSW experiment with the propensity of Sekhon (2011, Journal of
    # Statistical Software 42(7), R package Matching): effect on earnings in 1978 2624.3, 344 pairs.
    from causaldata import nsw_mixtape

    data = nsw_mixtape.load_pandas().data
    names = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
    units = Changes(
        base=np.zeros(len(data)),
        post=data["re78"].to_numpy(dtype=float),
        treated=data["treat"].to_numpy() == 1,
        x=data[names].to_numpy(dtype=float),
        names=tuple(names),
        weight=np.ones(len(data)),
        rows=tuple(range(len(data))),
        n_obs=len(data),
    )
    scaled = (units.x - units.x.mean(axis=0)) / units.x.std(axis=0)
    x = np.column_stack([np.ones(len(scaled)), scaled])
    beta = doubly_robust.logit(x, units.treated.astype(float), np.ones(len(x)))
    score = 1 / (1 + np.exp(-x @ beta))
    z = (score / score.std(ddof=1))[:, None]
    share = matching.match(z, units.treated, 1)
    found = matching.effect(units, z, share, neighbours=1, corrected=False)
    assert found["att"] == pytest.approx(2624.3, abs=0.05)  # printed to one decimal
    assert int((share > 0).sum()) == 344
    # its error, 802.19, assumes equal variances; ours does not
    assert np.sqrt(found["variance"]) == pytest.approx(802.19, rel=0.15)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_balanced_weights_reach_the_networks_means(estimand):
    sample, windows = set_up()
    found = balancing.estimate(sample, windows, estimand=estimand, covariates=COVARIATES)
    assert found.comparison_weights.min() > 0
    assert found.comparison_weights.sum() == pytest.approx(1, abs=1e-12)  # rounding alone
    for row in found.balance:
        # Newton's method stops at 1e-12
        assert row.comparison_weighted == pytest.approx(row.network, abs=1e-9)
        assert abs(row.difference_weighted) < 1e-9
    assert max(abs(row.difference) for row in found.balance) > 0.05


def test_balanced_weights_are_the_least_uneven_ones():
    from scipy.optimize import minimize

    rng = np.random.default_rng(5)
    x, mean = rng.normal(size=(12, 2)), np.array([0.3, -0.2])
    start = rng.uniform(0.5, 2, 12)
    start = start / start.sum()
    found = balancing.entropy_weights(x, mean, start)
    other = minimize(
        lambda w: (w * np.log(w / start)).sum(),
        start,
        bounds=[(1e-9, 1)] * 12,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "eq", "fun": lambda w: w @ x - mean},
        ],
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(found, other.x, atol=1e-5)  # SLSQP works with numeric gradients


def test_the_balanced_effect_is_the_weighted_regression_on_the_covariates():
    import statsmodels.api as sm

    sample, windows = set_up(gaps=0.1)
    found = balancing.estimate(sample, windows, estimand="person_average", covariates=COVARIATES)
    units, d = found.units, found.units.treated
    w = np.zeros(len(d))
    w[d] = units.weight[d] / units.weight[d].sum()
    w[~d] = found.comparison_weights
    x = np.column_stack([d.astype(float), np.ones(len(d)), units.x])
    fit = sm.WLS(units.change, x, weights=w).fit()
    # where covariates balance exactly, controlling for them changes nothing; rounding alone
    assert found.att == pytest.approx(fit.params[0], abs=1e-10)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_the_balanced_error_is_that_of_small_changes_in_each_units_weight(estimand):
    sample, windows = set_up()
    found = balancing.estimate(sample, windows, estimand=estimand, covariates=COVARIATES)
    units, d = found.units, found.units.treated

    def again(case):
        """The whole estimate with cases weighted."""
        w = units.weight * case
        aim = w[d] / w[d].sum()
        omega = balancing.entropy_weights(units.x[~d], aim @ units.x[d], w[~d] / w[~d].sum())
        return aim @ units.change[d] - omega @ units.change[~d]

    step, n = 1e-5, len(d)
    slopes = np.array(
        [(again(1 + step * (np.arange(n) == i)) - again(np.ones(n))) / step for i in range(n)]
    )
    # the infinitesimal jackknife by differences of one part in 1e5
    expected = (slopes**2).sum() * n / (n - 1)
    assert found.variance == pytest.approx(expected, rel=1e-3)


def test_means_outside_what_comparison_units_span_leave_no_estimate():
    sample, windows = set_up()
    far = sample.units["log_population"] + 20 * sample.treated
    sample = replace(sample, units=sample.units.assign(log_population=far))
    with pytest.raises(samples.NotEstimableError, match="no weights"):
        balancing.estimate(
            sample, windows, estimand="municipality_average", covariates=("log_population",)
        )
    with pytest.raises(samples.NotEstimableError, match="separate the arms"):
        matching.overlap(
            sample, windows, estimand="municipality_average", covariates=("log_population",)
        )


def test_without_covariates_nothing_is_balanced():
    sample, windows = set_up()
    with pytest.raises(samples.NotEstimableError, match="no covariate"):
        balancing.estimate(sample, windows, estimand="person_average", covariates=())


@pytest.mark.parametrize("neighbours", [1, 3])
def test_matches_are_the_nearest_by_hand(neighbours):
    sample, windows = set_up()
    found = matching.estimate(
        sample,
        windows,
        estimand="municipality_average",
        covariates=("log_population", "unemployment_rate"),
        neighbours=neighbours,
    )
    x, d, y = found.units.x, found.units.treated, found.units.change
    inverse = np.linalg.inv(np.cov(x.T, bias=True))
    gaps = []
    for i in np.nonzero(d)[0]:
        far = [((x[i] - x[j]) @ inverse @ (x[i] - x[j]), j) for j in np.nonzero(~d)[0]]
        near = [j for _, j in sorted(far)[:neighbours]]
        gaps.append(y[i] - np.mean([y[j] for j in near]))
    assert found.uncorrected == pytest.approx(np.mean(gaps), abs=1e-12)  # rounding alone


def test_matching_every_unit_is_the_two_by_two():
    sample, windows = set_up()
    everyone = matching.estimate(
        sample,
        windows,
        estimand="municipality_average",
        covariates=("log_population",),
        neighbours=80,
    )
    hand = did2x2.estimate(sample, windows, estimand="municipality_average")
    assert everyone.uncorrected == pytest.approx(hand.att, abs=1e-12)  # rounding alone


def test_correction_removes_what_a_linear_trend_leaves():
    sample, windows = set_up(noise=0.0, effect=0.0)
    slope = 0.05 * (sample.units["log_population"].to_numpy() - 9)
    late = np.array([month > "2024-06" for month in sample.months])
    sample = replace(sample, outcome=sample.outcome + slope[:, None] * late)
    found = matching.estimate(
        sample, windows, estimand="municipality_average", covariates=("log_population",)
    )
    assert found.att == pytest.approx(0, abs=1e-10)  # exactly linear; rounding alone


def test_overlap_of_like_arms_is_near_even_odds():
    sample, windows = set_up(seed=8)
    found = matching.overlap(
        sample, windows, estimand="municipality_average", covariates=COVARIATES
    )
    # maximum likelihood with a constant: mean propensity is the network's share
    assert found.propensity.mean() == pytest.approx(40 / 120, abs=1e-9)
    assert 0.4 < found.discrimination < 0.75
    assert found.outside <= 2
