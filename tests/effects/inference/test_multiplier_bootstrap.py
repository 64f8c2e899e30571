import numpy as np
import pytest
from scipy import stats

from fij_eval.effects.inference.multiplier import multiplier_bootstrap

DRAWS = 20_000


def influences(n=300, k=4, rho=0.0, seed=1):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    return np.sqrt(rho) * common + np.sqrt(1 - rho) * rng.normal(size=(n, k))


def test_errors_are_those_of_the_influence_functions():
    given = influences() * np.array([1.0, 2.0, 5.0, 0.01])
    found = multiplier_bootstrap(given, rng=np.random.default_rng(2), draws=DRAWS)
    exact = np.sqrt((given**2).sum(axis=0)) / len(given)
    # an interquartile range of 20,000 draws has a standard error of 0.8 per cent; four of them
    np.testing.assert_allclose(found.se, exact, rtol=0.033)


@pytest.mark.parametrize("rho", [0.0, 0.999999])
def test_the_band_widens_with_the_number_of_independent_estimates(rho):
    found = multiplier_bootstrap(influences(rho=rho), rng=np.random.default_rng(2), draws=DRAWS)
    count = 4 if rho == 0 else 1
    exact = stats.norm.ppf(0.5 + 0.95 ** (1 / count) / 2)
    # the sample's own correlations move it by a hundredth, the draws by as much
    assert found.critical == pytest.approx(exact, abs=0.06)


def test_every_draw_is_a_signed_sum():
    one = np.zeros((1_001, 1))
    one[7] = 1_001.0
    found = multiplier_bootstrap(one, rng=np.random.default_rng(1), draws=999)
    # all draws are plus or minus one: quartiles too
    assert found.se[0] == pytest.approx(2 / 1.3489795003921634, rel=1e-12)
    assert found.draws == 999


def test_what_does_not_vary_has_no_error_and_no_part_in_the_band():
    given = influences()
    with_zero = np.column_stack([given, np.zeros(len(given))])
    alone = multiplier_bootstrap(given, rng=np.random.default_rng(1))
    beside = multiplier_bootstrap(with_zero, rng=np.random.default_rng(1))
    assert beside.se[-1] == 0
    assert beside.critical == alone.critical
    assert np.isnan(multiplier_bootstrap(given * 0, rng=np.random.default_rng(1)).critical)


def test_errors_and_band_are_those_of_moderndid_on_the_same_influence_functions():
    from moderndid.did import mboot

    given = influences(rho=0.4)
    found = multiplier_bootstrap(given, rng=np.random.default_rng(2), draws=DRAWS)
    other = mboot(given, len(given), biters=DRAWS, random_state=1)
    # its draws have Mammen's two points, ours signs: the same limit, each within four of its
    # Monte Carlo errors
    np.testing.assert_allclose(found.se, other["se"], rtol=0.05)
    assert found.critical == pytest.approx(other["crit_val"], abs=0.08)
