"""Balance, the model of joining, the funnel and decompositions against independent values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fij_eval.effects.robustness.balance import balance
from fij_eval.effects.robustness.decomposition import decompose
from fij_eval.effects.robustness.funnel import funnel, outside
from fij_eval.effects.robustness.joining import common_support, joining_model
from fij_eval.errors import EstimationError


def test_normalised_difference_by_hand():
    values = np.array([1.0, 2.0, 3.0, 4.0, 6.0, 8.0, np.nan])
    arm = np.array([True] * 3 + [False] * 4)
    row = balance({"x": values}, arm).iloc[0]
    assert row["mean_treated"] == 2
    assert row["mean_comparison"] == 6
    assert row["normalised_difference"] == pytest.approx(-4 / np.sqrt((1 + 4) / 2))
    assert row["log_sd_ratio"] == pytest.approx(np.log(1 / 2))
    assert (row["n_treated"], row["n_comparison"]) == (3, 3)


def test_equal_weights_change_nothing_and_doubling_the_sample_hardly():
    rng = np.random.default_rng(0)
    values, arm = rng.normal(size=200), np.arange(200) < 60
    plain = balance({"x": values}, arm).iloc[0]
    weighted = balance({"x": values}, arm, weights=np.full(200, 3.0)).iloc[0]
    assert weighted["normalised_difference"] == pytest.approx(plain["normalised_difference"])
    twice = balance({"x": np.tile(values, 2)}, np.tile(arm, 2)).iloc[0]
    assert twice["normalised_difference"] == pytest.approx(
        plain["normalised_difference"],
        rel=0.01,  # n - 1 against n
    )


def test_a_variable_without_variation_says_so():
    row = balance({"x": np.ones(6)}, np.arange(6) < 3).iloc[0]
    assert np.isnan(row["normalised_difference"])
    assert row["note"]


def test_a_spread_that_is_rounding_is_none():
    rng = np.random.default_rng(2)
    arm = np.arange(60) < 20
    values = np.where(arm, 0.1, rng.normal(0.1, 0.02, 60))
    values[3] = np.nextafter(0.1, 1)
    row = balance({"x": values}, arm).iloc[0]
    assert row["sd_treated"] == 0.0
    assert np.isnan(row["log_sd_ratio"])
    assert np.isfinite(row["normalised_difference"])


def joiners(seed=0, n=200):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) * [1, 5, 0.1] + [0, 100, 3]
    index = -1 + 0.8 * x[:, 0] + 0.1 * (x[:, 1] - 100)
    return rng.random(n) < 1 / (1 + np.exp(-index)), x


def test_joining_model_equals_statsmodels():
    import statsmodels.api as sm

    arm, x = joiners()
    mine = joining_model(arm, x, ["a", "b", "c"])
    theirs = sm.Logit(arm.astype(float), sm.add_constant(x)).fit(disp=0, tol=1e-12)
    # both stop when steps vanish: their tolerance
    np.testing.assert_allclose(mine.coefficient, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(mine.se, theirs.bse, rtol=1e-5)
    np.testing.assert_allclose(mine.p_value, theirs.pvalues, atol=1e-6)
    np.testing.assert_allclose(mine.propensity, theirs.predict(), atol=1e-8)
    assert mine.p_joint == pytest.approx(theirs.llr_pvalue, rel=1e-6)


def test_auc_counts_pairs():
    arm, x = joiners(1, n=80)
    x[3, 1] = np.nan
    mine = joining_model(arm, x, ["a", "b", "c"])
    score = mine.propensity
    assert np.isnan(score[3])
    mine_arm = np.isfinite(score) & arm
    other = np.isfinite(score) & ~arm
    wins = (score[mine_arm][:, None] > score[other]) + 0.5 * (
        score[mine_arm][:, None] == score[other]
    )
    assert mine.auc == pytest.approx(wins.mean(), abs=1e-12)  # the same count
    assert 0 < mine.auc_error < 0.1


def test_separation_collinearity_and_one_arm_are_refused():
    arm, x = joiners(2)
    with pytest.raises(EstimationError, match="separate"):
        joining_model(arm, np.column_stack([x, arm + 0.0]), list("abcd"))
    with pytest.raises(EstimationError, match="collinear"):
        joining_model(arm, np.column_stack([x, 2 * x[:, 0]]), list("abcd"))
    with pytest.raises(EstimationError, match="one arm"):
        joining_model(np.zeros_like(arm), x, list("abc"))


def test_common_support_leaves_out_what_one_arm_lacks():
    propensity = np.array([0.1, 0.2, 0.3, 0.4, 0.3, 0.4, 0.5, 0.9, np.nan])
    arm = np.array([False] * 4 + [True] * 5)
    kept = common_support(propensity, arm, trim=0.0)
    assert kept.tolist() == [False, False, True, True, True, True, False, False, False]


def test_funnel_of_binomial_shares_holds_95_per_cent_and_sees_no_spread():
    rng = np.random.default_rng(3)
    n = rng.integers(50, 500, size=3_000).astype(float)
    e = rng.binomial(n.astype(int), 0.4).astype(float)
    found = funnel(e, n)
    assert found.target == pytest.approx(0.4, abs=0.003)  # four errors of the pooled share
    assert found.between < 0.006  # winsorising pulls the dispersion below one
    # four Monte Carlo errors of a share among 3,000
    assert np.mean(outside(e, n, found)) == pytest.approx(0.05, abs=0.016)


def test_funnel_finds_the_spread_between_municipalities():
    rng = np.random.default_rng(4)
    n = rng.integers(50, 500, size=3_000).astype(float)
    e = rng.binomial(n.astype(int), np.clip(rng.normal(0.4, 0.08, size=3_000), 0, 1)).astype(float)
    found = funnel(e, n)
    # a tenth of each tail drawn in takes about a fifth of the spread
    assert 0.055 < found.between < 0.085
    without = funnel(e, n, winsorise=0.0)
    assert without.between == pytest.approx(0.08, rel=0.05)
    low, high = found.limits(np.array([20.0, 1e9]))
    assert high[0] - low[0] > high[1] - low[1] == pytest.approx(2 * 1.96 * found.between, rel=1e-3)


def test_too_few_municipalities_have_no_funnel():
    with pytest.raises(EstimationError, match="ten"):
        funnel(np.ones(5), np.full(5, 9.0))


def test_kitagawa_by_hand():
    # two groups: rates 0.2 and 0.6 become 0.3 and 0.6 while the first shrinks from 1/2 to 1/4
    found = decompose(
        lambda factors: float(factors["composition"] @ factors["rates"]),
        {"rates": np.array([0.2, 0.6]), "composition": np.array([0.5, 0.5])},
        {"rates": np.array([0.3, 0.6]), "composition": np.array([0.25, 0.75])},
    )
    assert (found.before, found.after) == (pytest.approx(0.4), pytest.approx(0.525))
    assert found.parts["rates"] == pytest.approx(0.1 * (0.5 + 0.25) / 2)
    assert found.parts["composition"] == pytest.approx(-0.25 * (0.25 - 0.6))


def test_a_factor_that_is_missing_is_refused():
    with pytest.raises(EstimationError, match="missing value"):
        decompose(
            lambda factors: float(factors["rates"].sum()),
            {"rates": np.array([0.2, np.nan])},
            {"rates": np.ones(2)},
        )


shares = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(np.array)


@given(st.tuples(shares, shares, shares, shares, shares, shares))
@settings(max_examples=50, deadline=None)
def test_parts_add_up_and_equal_all_orders(factors):
    a0, b0, c0, a1, b1, c1 = factors

    def value(f):
        return float((f["a"] * f["b"]) @ f["c"])

    found = decompose(value, {"a": a0, "b": b0, "c": c0}, {"a": a1, "b": b1, "c": c1})
    assert sum(found.parts.values()) == pytest.approx(found.after - found.before, abs=1e-12)
    # by hand for one factor: the four states of the two others, ends weighing a third each
    d = a1 - a0
    by_hand = d @ (b0 * c0 / 3 + b1 * c0 / 6 + b0 * c1 / 6 + b1 * c1 / 3)
    assert found.parts["a"] == pytest.approx(by_hand, abs=1e-12)
