"""Adjusted p-values against closed forms, brute force and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fij_eval.effects.inference import multiple
from fij_eval.errors import EstimationError

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(probabilities)
@settings(max_examples=60, deadline=None)
def test_holm_equals_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    np.testing.assert_allclose(multiple.holm(p), multipletests(p, method="holm")[1], atol=1e-12)


def brute_romano_wolf(t, draws):
    """Algorithm of Romano & Wolf (2016), one hypothesis at a time."""
    order = sorted(range(len(t)), key=lambda k: -abs(t[k]))
    adjusted, last = {}, 0.0
    for position, k in enumerate(order):
        rest = order[position:]
        count = sum(max(abs(row[j]) for j in rest) >= abs(t[k]) for row in draws)
        last = max(last, (1 + count) / (len(draws) + 1))
        adjusted[k] = last
    return [adjusted[k] for k in range(len(t))]


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_romano_wolf_equals_its_algorithm_step_by_step(seed, k):
    rng = np.random.default_rng(seed)
    t, draws = rng.normal(size=k) * 2, rng.normal(size=(99, k))
    found = multiple.family(t, draws)
    np.testing.assert_allclose(found.step_down, brute_romano_wolf(t, draws), atol=1e-12)
    assert (found.step_down <= found.single_step + 1e-12).all()
    assert found.p_any == pytest.approx(found.single_step.min())


def test_max_t_of_independent_hypotheses_is_sidak():
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((200_000, 4))
    t = np.array([2.5, 1.0, 0.3, 2.0])
    sidak = 1 - (1 - 2 * stats.norm.sf(t)) ** 4
    # four Monte Carlo standard errors of a share from 200,000 draws
    allowed = 4 * np.sqrt(0.25 / 200_000)
    np.testing.assert_allclose(multiple.family(t, draws).single_step, sidak, atol=allowed)


def test_equal_hypotheses_cost_nothing():
    rng = np.random.default_rng(2)
    one = rng.standard_normal((999, 1))
    alone = multiple.family([2.2], one)
    thrice = multiple.family([2.2] * 3, np.repeat(one, 3, axis=1))
    np.testing.assert_allclose(thrice.single_step, alone.single_step[0])
    np.testing.assert_allclose(thrice.step_down, alone.step_down[0])


@pytest.mark.parametrize("k", [1, 3, 10])
def test_band_of_independent_coefficients_is_sidak(k):
    found = multiple.sup_t(np.diag(np.arange(1.0, k + 1)), rng=np.random.default_rng(3))
    exact = stats.norm.ppf((1 + 0.95 ** (1 / k)) / 2)
    # quantile from 100,000 draws: standard error about 0.006 at most, four of them
    assert found == pytest.approx(exact, abs=0.025)


def test_band_of_perfectly_correlated_coefficients_is_the_single_interval():
    found = multiple.sup_t(np.ones((4, 4)), rng=np.random.default_rng(4), df=20)
    assert found == pytest.approx(stats.t.ppf(0.975, 20), abs=0.03)  # Monte Carlo, as above


def test_missing_values_and_wrong_shapes_are_refused():
    with pytest.raises(EstimationError, match="not between"):
        multiple.holm([0.2, np.nan])
    with pytest.raises(EstimationError, match="missing"):
        multiple.family([np.nan], np.zeros((9, 1)))
    with pytest.raises(EstimationError, match="shape"):
        multiple.family([1.0, 2.0], np.zeros((9, 3)))
    with pytest.raises(EstimationError, match="positive variance"):
        multiple.sup_t(np.zeros((2, 2)), rng=np.random.default_rng(0))
    with pytest.raises(EstimationError, match="semidefinite"):
        multiple.sup_t([[1, 2], [2, 1]], rng=np.random.default_rng(0))
