"""Worlds that differ in nothing but the effect may share one pass over the persons."""

from dataclasses import replace

import numpy as np
import pytest

from fij_eval.simulation.outcome import simulate, simulate_each
from fij_eval.simulation.world import World

BASE = World(snapshots=("2024-04", "2024-11", "2025-09"), participants="drawn")
WORLDS = (
    BASE,
    replace(BASE, effect=0.03),
    replace(BASE, effect=0.2, link="logit", spillover=0.5),
    replace(BASE, effect=0.04, effect_by_size=(1.0, 0.5, 0.0), effect_digital=0.5),
)


def test_a_shared_pass_gives_each_world_what_it_gets_alone(places, points):
    shared = simulate_each(places, WORLDS, points=points, seed=4, replication=2)
    for world, found in zip(WORLDS, shared, strict=True):
        alone = simulate(places, world, points=points, seed=4, replication=2)
        for name in ("residents", "employed", "employed_untreated", "expected"):
            np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))


@pytest.mark.parametrize(
    ("worlds", "message"),
    [
        ((), "no world"),
        ((BASE, replace(BASE, shock_sd=0.2)), "more than the effect"),
        ((replace(BASE, national_with_effect=True, effect=e) for e in (0.0, 0.1)), "one world"),
    ],
)
def test_worlds_that_cannot_share_a_pass_are_refused(places, points, worlds, message):
    with pytest.raises(ValueError, match=message):
        simulate_each(places, tuple(worlds), points=points, seed=4)


def test_a_falling_inflow_shows_in_the_settlement_counts(play):
    """What an analyst sees of settlement must fall with it, or no covariate could mend it."""
    clean = play(BASE)
    falling = play(replace(BASE, inflow_trend_treated=-0.5))
    taking = clean.network.signed_up
    later = slice(8, None)  # quarters from 2024 on
    before, after = clean.settled[taking, later].sum(), falling.settled[taking, later].sum()
    # 2024 halves and 2025 quarters: between 0.25 and 0.5, draws move it by a few per cent.
    assert 0.2 < after / before < 0.55
    np.testing.assert_array_equal(clean.settled[:, :8], falling.settled[:, :8])
