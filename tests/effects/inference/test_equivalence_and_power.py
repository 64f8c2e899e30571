"""Equivalence, detectable effects and the power of pre-tests against independent values."""

import numpy as np
import pytest
from scipy import stats

from fij_eval.effects.inference import equivalence, pretest
from fij_eval.errors import EstimationError


def test_tost_agrees_with_its_interval_at_the_boundary():
    for estimate in (-0.4, 0.0, 0.3):
        found = equivalence.tost(estimate, 0.5, margin=1.0, df=30)
        assert found.equivalent == (found.ci_low > -1 and found.ci_high < 1)
        at_limit = equivalence.tost(estimate, 0.5, margin=max(-found.ci_low, found.ci_high), df=30)
        assert at_limit.p_value == pytest.approx(0.05, abs=1e-12)  # closed form both ways


def test_tost_equals_statsmodels():
    from statsmodels.stats.weightstats import ttost_paired

    rng = np.random.default_rng(2)
    x = rng.normal(0.1, 1, size=40)
    theirs = ttost_paired(x, np.zeros(40), -0.5, 0.5)[0]
    mine = equivalence.tost(x.mean(), x.std(ddof=1) / np.sqrt(40), margin=0.5, df=39)
    assert mine.p_value == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("n", [10, 40, 357])
def test_detectable_effect_and_power_equal_statsmodels(n):
    from statsmodels.stats.power import TTestPower

    theirs = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8)
    mine = equivalence.mde(1 / np.sqrt(n), df=n - 1)
    assert mine == pytest.approx(theirs, rel=1e-5)  # their root finder's tolerance
    assert equivalence.power(mine, 1 / np.sqrt(n), df=n - 1) == pytest.approx(0.8, abs=1e-8)


def test_detectable_effect_in_large_samples_is_2_8_standard_errors():
    assert equivalence.mde(1.0) == pytest.approx(stats.norm.ppf([0.975, 0.8]).sum(), abs=1e-4)


def test_detectable_effect_from_normal_draws_equals_the_formula():
    draws = np.random.default_rng(3).normal(0, 2, size=200_000)
    # quantiles of 200,000 draws: about 0.5 % each
    assert equivalence.mde_from_draws(draws) == pytest.approx(equivalence.mde(2.0), rel=0.015)


def test_detectable_effect_from_draws_is_found_at_the_stated_rate():
    draws = np.random.default_rng(4).standard_exponential(20_000) - 1
    effect = equivalence.mde_from_draws(draws)
    cut = np.quantile(np.abs(draws), 0.95)
    for sign in (1, -1):
        assert np.mean(np.abs(draws + sign * effect) > cut) >= 0.8 - 1e-3  # one draw's rounding


def test_largest_compatible_effect_is_the_far_limit():
    half = stats.t.ppf(0.975, 20) * 0.5
    assert equivalence.largest_compatible(-0.2, 0.5, df=20) == pytest.approx(0.2 + half)


def test_impossible_errors_and_powers_are_refused():
    with pytest.raises(EstimationError, match="standard error"):
        equivalence.tost(0.1, 0.0, margin=1)
    with pytest.raises(EstimationError, match="margin"):
        equivalence.tost(0.1, 1.0, margin=-1)
    with pytest.raises(EstimationError, match="power"):
        equivalence.mde(1.0, target_power=0.04)
    with pytest.raises(EstimationError, match="Too few"):
        equivalence.mde_from_draws(np.arange(20.0))
    with pytest.raises(EstimationError, match="spread"):
        equivalence.mde_from_draws(np.zeros(500))


# Values of the R package pretrends 0.1.0 (Roth 2022) for six coefficients, these standard errors
# and an AR(1) correlation of 0.5. R's own repeated calls spread over 5e-4.
TIMES = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
ERRORS = np.array([0.050, 0.045, 0.040, 0.100, 0.110, 0.120])
LAG = np.abs(np.arange(6)[:, None] - np.arange(6))
SIGMA = 0.5**LAG * np.outer(ERRORS, ERRORS)
AVERAGE = np.full(3, 1 / 3)


def roth(power, **options):
    return pretest.pretest_power(
        SIGMA,
        TIMES,
        pre=3,
        target=AVERAGE,
        power=power,
        rng=np.random.default_rng(1),
        **options,
    )


@pytest.mark.parametrize(("power", "slope"), [(0.5, 0.027901593818477), (0.8, 0.0424249541097126)])
def test_detectable_slope_equals_the_r_package(power, slope):
    found = roth(power)
    assert found.slope == pytest.approx(slope, rel=2e-3)  # R's Monte Carlo spread
    assert found.bias == pytest.approx(found.slope * 2)


@pytest.mark.parametrize(("slope", "power"), [(0.02, 0.331636386010325), (0.05, 0.901493717618343)])
def test_power_at_a_slope_equals_the_r_package(slope, power):
    assert roth(power).slope == pytest.approx(slope, rel=2e-3)  # likewise


def test_one_coefficient_has_a_closed_form():
    found = pretest.pretest_power(
        np.diag([0.04, 0.09]), [-2.0, 3.0], pre=1, target=[1.0], power=0.8, rng=rng()
    )
    size = equivalence.mde(0.2)
    assert found.slope == pytest.approx(size / 2, rel=1e-4)  # accuracy of the rectangle
    assert found.size == pytest.approx(0.05, abs=1e-5)
    # uncorrelated with what is tested, the target's bias does not depend on the test
    assert found.bias_if_passed == pytest.approx(found.bias, rel=1e-12)


def rng():
    return np.random.default_rng(0)


def test_joint_form_inverts_the_noncentral_chi_square():
    found = roth(0.6, form="joint")
    before = SIGMA[:3, :3]
    noncentral = found.slope**2 * TIMES[:3] @ np.linalg.solve(before, TIMES[:3])
    assert stats.ncx2.sf(stats.chi2.ppf(0.95, 3), 3, noncentral) == pytest.approx(0.6, abs=1e-6)
    assert found.size == pytest.approx(0.05, abs=1e-9)


def test_passing_the_pretest_changes_the_bias_as_simulation_says():
    found = roth(0.5)
    draws = np.random.default_rng(7).multivariate_normal(found.slope * TIMES, SIGMA, size=400_000)
    passed = (np.abs(draws[:, :3]) < 1.959964 * ERRORS[:3]).all(axis=1)
    simulated = draws[passed][:, 3:].mean()
    # standard error of the mean of 200,000 draws with spread 0.09 is 0.0002
    assert found.bias_if_passed == pytest.approx(simulated, abs=0.001)


def test_no_pre_period_wrong_shapes_and_too_low_power_are_refused():
    with pytest.raises(EstimationError, match="no pre-test"):
        pretest.pretest_power(SIGMA, TIMES, pre=0, target=np.ones(6), power=0.5, rng=rng())
    with pytest.raises(EstimationError, match="shape"):
        pretest.pretest_power(SIGMA, TIMES, pre=3, target=[1.0], power=0.5, rng=rng())
    with pytest.raises(EstimationError, match="same"):
        roth(0.06)
