import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from fij_eval.errors import SettingsError
from fij_eval.months import month_number
from fij_eval.simulation.national import national_path
from fij_eval.simulation.network import NEVER
from fij_eval.simulation.outcome import residence_profile
from fij_eval.simulation.world import World

SNAPSHOTS = ("2023-11", "2024-04", "2024-09", "2025-04", "2025-12")
CLEAN = World(snapshots=SNAPSHOTS)
COUNTS = ("residents", "employed", "employed_untreated", "expected", "expected_untreated")


def share(simulated, field="employed"):
    n = np.where(simulated.residents > 0, simulated.residents, np.nan)
    return getattr(simulated, field) / n


def test_the_same_seed_and_replication_give_the_same_world(play):
    one, two = play(CLEAN), play(CLEAN)
    for name in COUNTS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert (play(CLEAN, replication=1).employed != one.employed).any()
    assert (play(CLEAN, seed=2).employed != one.employed).any()


@pytest.mark.parametrize("link", ["additive", "logit"])
def test_worlds_with_and_without_effect_share_everything_but_the_effect(play, link):
    without = play(CLEAN)
    with_effect = play(replace(CLEAN, effect=0.1, link=link))
    taking = without.network.takes_part
    np.testing.assert_array_equal(with_effect.residents, without.residents)
    np.testing.assert_array_equal(with_effect.employed_untreated, without.employed)
    np.testing.assert_array_equal(with_effect.employed[~taking], without.employed[~taking])
    before = [s < "2024-06" for s in SNAPSHOTS]
    np.testing.assert_array_equal(with_effect.employed[:, before], without.employed[:, before])
    # The same draws: a positive effect puts nobody out of work.
    assert (with_effect.employed[taking] >= without.employed[taking]).all()
    assert with_effect.employed[taking].sum() > without.employed[taking].sum()


def test_an_additive_effect_is_exact_in_every_municipality(play):
    simulated = play(replace(CLEAN, effect=0.03))
    taking = simulated.network.takes_part
    gain = share(simulated, "expected") - share(simulated, "expected_untreated")
    phase = np.array([0, 0, 3 / 12, 10 / 12, 1])
    # A person above 97 per cent is cut at one: less than a thousandth of a point of a share.
    np.testing.assert_allclose(gain[taking], np.tile(0.03 * phase, (taking.sum(), 1)), atol=1e-5)
    assert not gain[~taking & (simulated.residents > 0).all(axis=1)].any()


def test_a_small_logit_effect_is_its_derivative(play):
    """d expit(x + delta) = delta p (1 - p), and p (1 - p) lies below a quarter everywhere."""
    delta = 1e-4
    simulated = play(replace(CLEAN, effect=delta, link="logit", phase_in_months=0))
    taking = simulated.network.takes_part
    gain = (share(simulated, "expected") - share(simulated, "expected_untreated"))[taking, -1]
    p = share(simulated, "expected_untreated")[taking, -1]
    # By Jensen's inequality the mean of p(1-p) over persons is at most that of the mean.
    assert (gain > 0).all()
    assert (gain <= delta * p * (1 - p) * (1 + 1e-3)).all()


def test_the_effect_can_differ_by_size_and_form(play, places):
    digital = play(
        replace(
            CLEAN,
            participants="drawn",
            effect=0.04,
            effect_by_size=(1.0, 0.5, 0.0),
            effect_digital=0.25,
            digital_share=0.5,
        )
    )
    gain = (share(digital, "expected") - share(digital, "expected_untreated"))[:, -1]
    size, taking = places.size_group(), digital.network.takes_part
    form = digital.network.digital
    assert form[taking].any()
    assert not form[taking].all()
    for group, factor in enumerate((1.0, 0.5, 0.0)):
        rows = taking & (size == group)
        expected = 0.04 * factor * np.where(form[rows], 0.25, 1.0)
        np.testing.assert_allclose(gain[rows], expected, atol=1e-5)  # as above


def test_spillover_reaches_neighbours_and_nobody_else(play, places):
    simulated = play(replace(CLEAN, effect=-0.02, spillover=0.5))
    taking = simulated.network.takes_part
    near = np.zeros(len(places), dtype=bool)
    for a, b in places.neighbours:
        near[a] |= taking[b]
        near[b] |= taking[a]
    people = simulated.residents[:, -1] > 0
    gain = (share(simulated, "expected") - share(simulated, "expected_untreated"))[:, -1]
    # A probability below one point would be cut at zero; h(0) = 0.03 and low levels allow a few.
    np.testing.assert_allclose(gain[near & ~taking & people], -0.01, atol=2e-4)
    assert not gain[~near & ~taking & people].any()


def test_a_second_cohort_starts_later(play):
    simulated = play(replace(CLEAN, participants="drawn", effect=0.03, late_share=0.5))
    starts = set(simulated.network.start[simulated.network.takes_part].tolist())
    assert starts == {month_number("2024-06"), month_number("2024-09")}
    late = simulated.network.start == month_number("2024-09")
    gain = share(simulated, "expected") - share(simulated, "expected_untreated")
    assert not gain[late, SNAPSHOTS.index("2024-09")].any()
    assert (gain[late, -1] > 0).all()


def test_participants_are_drawn_by_size_and_never_among_the_excluded(play, places):
    size = places.size_group()
    for replication in range(20):
        simulated = play(
            World(snapshots=("2024-04",), participants="drawn"), replication=replication
        )
        taking = simulated.network.takes_part
        assert np.bincount(size[taking], minlength=3).tolist() == [16, 14, 11]
        assert not taking[places.codes.index("0301")]
        assert (simulated.network.start[~taking] == NEVER).all()


def test_more_participants_than_municipalities_are_refused(play):
    with pytest.raises(SettingsError, match="are to be drawn of"):
        play(replace(CLEAN, participants="drawn", drawn_by_size=(400, 0, 0)))


def test_the_register_gives_the_participants_without_oslo(play, places, sign_ups):
    taking = play(CLEAN).network.takes_part
    assert taking.sum() == len(sign_ups) == 44
    assert not taking[places.codes.index("0301")]


def test_those_that_withdrew_get_no_effect_but_count_as_signed_up(places, points, sign_ups):
    from fij_eval.simulation.outcome import simulate

    left = (replace(sign_ups[0], withdrew=True), *sign_ups[1:])
    world = replace(CLEAN, effect=0.05)
    simulated = simulate(places, world, points=points, sign_ups=left, seed=1)
    row = places.codes.index(left[0].municipality_code)
    assert simulated.network.signed_up[row]
    assert not simulated.network.takes_part[row]
    np.testing.assert_array_equal(simulated.employed[row], simulated.employed_untreated[row])


def test_the_expected_national_share_is_the_published_path(play, points):
    path = national_path(points, CLEAN.months)
    clean = play(CLEAN)
    expected = clean.expected.sum(axis=0) / clean.residents.sum(axis=0)
    # Newton's method stops at 1e-10.
    np.testing.assert_allclose(expected, path, atol=1e-9)
    for link, effect in (("additive", 0.03), ("logit", 0.2)):
        shown = play(replace(CLEAN, effect=effect, link=link, national_with_effect=True))
        observed = shown.expected.sum(axis=0) / shown.residents.sum(axis=0)
        # Newton's tolerance, and the few that an additive effect would lift above one.
        np.testing.assert_allclose(observed, path, atol=1e-6)


def test_the_national_path_goes_through_the_published_points(points):
    path = national_path(points, [month for month, _ in points])
    np.testing.assert_allclose(path, [value for _, value in points], atol=1e-12)
    published = dict(points)
    assert published[month_number("2023-08")] == pytest.approx(0.195)  # «just under 20»
    assert published[month_number("2024-04")] == pytest.approx(0.205)  # «over 20»
    assert published[month_number("2024-12")] == pytest.approx(0.31)


def test_realised_shares_scatter_round_the_expected_ones(play):
    gaps = []
    for seed in range(8):
        simulated = play(CLEAN, seed=seed)
        n = simulated.residents[:, -1]
        gaps.append(
            (simulated.employed[:, -1] - simulated.expected[:, -1])[n > 0] / np.sqrt(n[n > 0])
        )
    # A sum of independent indicators has a variance of at most n/4: 0.5 per root n, and less where
    # p is not a half; the mean of 8 x 356 such gaps has a standard error of about 0.01.
    assert abs(np.concatenate(gaps).mean()) < 0.05
    assert 0.35 < np.concatenate(gaps).std() < 0.5


def test_residence_time_starts_at_three_per_cent_and_levels_off():
    quarters = np.array([0.0, 1.2, 9.2, 1e6])
    expected = [0.03, 0.03, 0.03 + 0.62 * (1 - np.exp(-1)), 0.65]
    np.testing.assert_allclose(expit(residence_profile(quarters)), expected, rtol=1e-12)


def test_persistence_makes_changes_quieter(play):
    def noise(persistence):
        world = replace(CLEAN, persistence=persistence, shock_sd=0.0)
        simulated = play(world)
        gap = (simulated.employed - simulated.expected) / np.sqrt(
            np.maximum(simulated.residents, 1)
        )
        return np.std(gap[:, 2] - gap[:, 1])

    assert noise(0.93) < 0.85 * noise(0.0)


def test_an_unchanging_position_is_carried_over_any_spacing(play):
    """With persistence one nobody's latent position moves, however the months are spaced."""
    dense = tuple(f"2025-{month:02d}" for month in range(1, 13))
    world = World(snapshots=dense, persistence=1.0, shock_sd=0.0, season=0.0)
    sparse = replace(world, snapshots=("2025-01", "2025-12"))
    one, two = play(world), play(sparse)
    np.testing.assert_array_equal(one.employed[:, [0, -1]], two.employed)


def test_a_dip_and_a_slope_move_participants_only_and_only_then(play):
    clean = play(CLEAN)
    taking = clean.network.signed_up
    dip = play(replace(CLEAN, dip_treated=-0.5))
    gap = share(dip, "expected_untreated") - share(clean, "expected_untreated")
    at = SNAPSHOTS.index("2024-04")
    # Others rise a little, since the national share is held; without the dip nothing moves.
    assert (gap[taking, at] < -0.01).all()
    assert np.nanmax(np.abs(np.delete(gap, at, axis=1))) < 1e-8
    slope = play(replace(CLEAN, slope_treated=0.3))
    drift = share(slope, "expected_untreated") - share(clean, "expected_untreated")
    assert np.mean(drift[taking, -1]) > 0.03
    assert np.mean(drift[taking, 0]) < -0.01


def test_a_falling_inflow_lowers_participants_residents(play):
    clean, falling = play(CLEAN), play(replace(CLEAN, inflow_trend_treated=-0.5))
    taking = clean.network.signed_up
    change = falling.residents[:, -1] / np.maximum(clean.residents[:, -1], 1)
    assert falling.residents[taking, -1].sum() < 0.9 * clean.residents[taking, -1].sum()
    # Others are drawn anew around the same mean: their total moves by a fraction of a per cent.
    assert change[~taking].mean() == pytest.approx(1.0, abs=0.05)


def test_an_impossible_world_is_refused():
    with pytest.raises(ValueError, match="in order"):
        World(snapshots=("2024-04", "2024-02"))
    with pytest.raises(ValueError, match="outside 0 to 1"):
        World(snapshots=("2024-04",), persistence=1.2)
    with pytest.raises(ValueError, match="neither additive nor logit"):
        World(snapshots=("2024-04",), link="probit")


def test_no_line_of_python_runs_once_a_person(play):
    """Arrays, no loop: fewer lines are executed than there are persons, by far."""
    world = World(snapshots=("2024-04", "2024-11", "2025-09"), participants="drawn")
    persons = int(play(world).residents[:, -1].sum())
    lines = 0

    def count(_frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        return count

    sys.settrace(count)
    try:
        play(world, replication=1)
    finally:
        sys.settrace(None)
    assert persons > 20_000
    assert 100 < lines < persons / 2
