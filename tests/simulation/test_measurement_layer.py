from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fij_eval.randomness import stream
from fij_eval.simulation.measurement import (
    first_vintage,
    perturb_small,
    publication_date,
    publish,
    round_to_three,
)


def test_few_persons_are_hidden_and_nobody_is_not():
    residents = np.array([0, 1, 2, 3, 20, 20, 20])
    employed = np.array([0, 1, 0, 3, 0, 2, 3])
    shown = publish(residents, employed, hide_below=3)
    assert shown.hidden_residents.tolist() == [False, True, True, False, False, False, False]
    assert shown.hidden_employed.tolist() == [False, True, True, False, True, True, False]


def test_hiding_can_be_switched_off():
    shown = publish(np.array([1, 5]), np.array([0, 1]), hide_below=0)
    assert not shown.hidden_residents.any()
    assert not shown.hidden_employed.any()


def test_ones_and_twos_become_zero_or_three_with_the_mean_kept():
    values = np.repeat(np.arange(6), 30_000)
    rounded = round_to_three(values, stream(1, "test"))
    assert set(rounded.tolist()) == {0, 3, 4, 5}
    for value in (1, 2):
        # Bernoulli times three: standard error 3 * 0.47 / sqrt(30,000) = 0.008; four of them.
        assert abs(rounded[values == value].mean() - value) < 0.033
    assert (rounded[values >= 3] == values[values >= 3]).all()
    assert (rounded[values == 0] == 0).all()


@given(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.integers(0, 2**20))
def test_a_first_vintage_is_a_possible_table(sizes, seed):
    residents = np.array(sizes)
    rng = stream(seed, "test")
    employed = rng.binomial(residents, 0.4)
    n, k = first_vintage(residents, employed, rng)
    assert (k >= 0).all()
    assert (k <= n).all()
    assert (n <= residents).all()


def test_a_first_vintage_is_a_little_low():
    residents = np.full(2_000, 200)
    employed = np.full(2_000, 80)
    _, k = first_vintage(residents, employed, stream(1, "test"))
    # 80 x 0.015 late less 120 x 0.002 false = 0.96 on average; standard error 0.027.
    assert abs((employed - k).mean() - 0.96) < 0.11


def test_perturbing_moves_small_counts_only():
    values = np.repeat(np.array([0, 1, 9, 10, 500]), 200)
    moved = perturb_small(values, stream(1, "test"))
    assert (moved[values == 0] == 0).all()
    assert (moved[values >= 10] == values[values >= 10]).all()
    assert (np.abs(moved - values) <= 2).all()
    assert (moved >= 0).all()
    assert (moved[values == 9] != 9).any()


def test_tables_are_published_on_working_days_three_months_after():
    for month in ("2023-08", "2023-11", "2024-09", "2024-11", "2025-02"):
        first, revised = publication_date(month), publication_date(month, revision=1)
        assert first.weekday() < 5
        assert 75 < (first - date.fromisoformat(f"{month}-15")).days < 105
        assert revised > first
