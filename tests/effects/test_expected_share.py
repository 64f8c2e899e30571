import numpy as np
import pytest

from fij_eval.effects.composition import expected_share, residence_mix
from fij_eval.errors import EstimationError

FIRST = 2022 * 12
MONTHS = tuple(FIRST + m for m in (19, 22, 25, 27, 32, 39, 47))


def test_the_mix_counts_quarters_since_settlement():
    settled = np.zeros((1, 8))
    settled[0, 0], settled[0, 4] = 30, 10
    mix = residence_mix(
        settled, first_month=FIRST, months=[FIRST + 19], classes=(0, 2, 4), staying=1.0
    )
    # middles of the quarters lie 18 and 6 months before mid-August of the second year: six and two
    # quarters, both within the classes from two and from four
    np.testing.assert_allclose(mix[0, 0], [0.0, 0.25, 0.75])


def test_who_leaves_weighs_less():
    settled = np.array([[10.0, 0, 0, 0, 10.0, 0, 0, 0]])
    stay = residence_mix(settled, first_month=FIRST, months=[FIRST + 25], staying=1.0)
    leave = residence_mix(settled, first_month=FIRST, months=[FIRST + 25], staying=0.8)
    assert leave[0, 0, -1] < stay[0, 0, -1]
    np.testing.assert_allclose(leave.sum(axis=2), 1.0)


def test_settlement_after_the_snapshot_does_not_count():
    settled = np.array([[0.0, 0, 0, 5.0]])
    mix = residence_mix(settled, first_month=FIRST, months=[FIRST + 2])
    assert np.isnan(mix).all()


@pytest.fixture
def world():
    rng = np.random.default_rng(4)
    settled = rng.poisson(rng.gamma(1.5, 6.0, size=(120, 16)) + 1.0)
    mix = residence_mix(settled, first_month=FIRST, months=MONTHS)
    profile = np.array([0.05, 0.2, 0.4, 0.6])
    level = rng.normal(0.0, 0.1, size=(120, 1))
    time = np.linspace(0.0, 0.1, len(MONTHS))
    return mix, mix @ profile + level + time, np.full(mix.shape[:2], 50.0), profile


def test_a_profile_over_residence_time_is_recovered(world):
    """Without noise the expected share moves within a municipality as the truth does."""
    mix, share, residents, profile = world
    found = expected_share(mix, share, residents, profile_from=np.ones(len(mix), dtype=bool))
    moved = found - found.mean(axis=0)
    true = mix @ profile - (mix @ profile).mean(axis=0)
    # least squares on exact data: rounding only
    np.testing.assert_allclose(moved, true, atol=1e-9)


def test_a_units_own_observations_do_not_move_its_profile(world):
    mix, share, residents, _ = world
    noisy = share + np.random.default_rng(1).normal(0, 0.05, share.shape)
    everyone = np.ones(len(mix), dtype=bool)
    before = expected_share(mix, noisy, residents, profile_from=everyone)
    changed = noisy.copy()
    changed[7] += np.linspace(0, 0.5, len(MONTHS))
    after = expected_share(mix, changed, residents, profile_from=everyone)
    # the mean over all of a snapshot moves with it, the unit's distance from it must not
    np.testing.assert_allclose(after[7] - after.mean(0), before[7] - before.mean(0), atol=2e-3)
    others = np.abs((after - after.mean(0)) - (before - before.mean(0)))
    assert np.delete(others, 7, axis=0).max() > 2e-3


def test_an_effect_on_the_network_does_not_reach_the_profile(world):
    mix, share, residents, _ = world
    treated = np.arange(len(mix)) < 20
    plain = expected_share(mix, share, residents, profile_from=~treated)
    lifted = share + np.where(treated, 0.2, 0.0)[:, None] * np.linspace(0, 1, len(MONTHS))
    found = expected_share(mix, lifted, residents, profile_from=~treated)
    np.testing.assert_array_equal(plain, found)


def test_missing_stays_missing_and_leaves_the_others_alone(world):
    mix, share, residents, profile = world
    gaps, holes = mix.copy(), share.copy()
    gaps[3] = np.nan
    holes[5, 2] = np.nan
    found = expected_share(gaps, holes, residents, profile_from=np.ones(len(mix), dtype=bool))
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()
    step = (found[0] - found[1]) - (found[0, 0] - found[1, 0])
    true = (mix[0] - mix[1]) @ profile
    np.testing.assert_allclose(step, true - true[0], atol=1e-9)


def test_a_mix_that_does_not_vary_is_refused(world):
    _, share, residents, _ = world
    same = np.full((*share.shape, 4), 0.25)
    with pytest.raises(EstimationError, match="does not vary enough"):
        expected_share(same, share, residents, profile_from=np.ones(len(share), dtype=bool))
