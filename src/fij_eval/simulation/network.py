"""Who takes part in a world, from when, and how much of the effect reaches each municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import SettingsError
from fij_eval.months import month_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places, SignUp
    from fij_eval.simulation.world import World

#: Start of a municipality that never takes part.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Participation; every array has one row a municipality.

    Attributes:
        signed_up: Whether it signed up (intention to treat).
        takes_part: Whether it signed up and did not withdraw.
        digital: Whether it takes part only digitally.
        start: Month number of kick-off, ``NEVER`` for others.
    """

    signed_up: NDArray[np.bool_]
    takes_part: NDArray[np.bool_]
    digital: NDArray[np.bool_]
    start: NDArray[np.int64]


def registered(places: Places, world: World, sign_ups: Sequence[SignUp]) -> Network:
    """The network of the register, without the units that the world excludes."""
    row_of = places.row_of()
    kept = [s for s in sign_ups if s.signed_up and s.municipality_code not in world.excluded]
    rows = np.array([row_of[s.municipality_code] for s in kept], dtype=np.int64)
    withdrew = np.array([s.withdrew for s in kept], dtype=bool)
    signed_up = np.zeros(len(places), dtype=bool)
    signed_up[rows] = True
    takes_part = np.zeros(len(places), dtype=bool)
    takes_part[rows[~withdrew]] = True
    digital = np.zeros(len(places), dtype=bool)
    digital[rows] = [s.digital for s in kept]
    start = np.full(len(places), NEVER)
    start[rows] = [s.start for s in kept]
    return Network(signed_up=signed_up, takes_part=takes_part, digital=digital, start=start)


def drawn(places: Places, world: World, rng: np.random.Generator) -> Network:
    """A network drawn at random within size groups, as many of each as the world says.

    Raises:
        SettingsError: If a size group has fewer municipalities than are to be drawn.
    """
    size = places.size_group()
    allowed = ~np.isin(np.array(places.codes), world.excluded)
    order = rng.permutation(len(places))
    taking = np.zeros(len(places), dtype=bool)
    for group, wanted in enumerate(world.drawn_by_size):
        candidates = order[(size == group)[order] & allowed[order]]
        if len(candidates) < wanted:
            raise SettingsError(
                f"{wanted} participants are to be drawn of {len(candidates)} municipalities",
                where=f"size group {group} of the simulated world",
                remedy="draw fewer",
            )
        taking[candidates[:wanted]] = True
    digital = taking & (rng.random(len(places)) < world.digital_share)
    late = taking & (rng.random(len(places)) < world.late_share)
    start = np.where(taking, month_number(world.kick_off), NEVER)
    start[late] = month_number(world.late_start)
    return Network(signed_up=taking, takes_part=taking.copy(), digital=digital, start=start)


def effect_by_month(places: Places, world: World, network: Network) -> NDArray[np.float64]:
    """Effect that reaches each municipality in each snapshot, on the world's own scale.

    The effect starts at kick-off, grows in a straight line for ``phase_in_months`` and then stays.
    Neighbours that do not take part get ``spillover`` of the largest effect next door.

    Returns:
        Municipalities by snapshots.
    """
    months = np.array(world.months)
    since = np.where(network.takes_part, network.start, 0)[:, None]
    elapsed = np.where(network.takes_part[:, None], months - since, 0).astype(float)
    phase = np.clip(elapsed / world.phase_in_months, 0.0, 1.0) if world.phase_in_months else None
    if phase is None:
        phase = (elapsed > 0).astype(float)
    factor = np.array(world.effect_by_size)[places.size_group()]
    factor = factor * np.where(network.digital, world.effect_digital, 1.0) * network.takes_part
    own: NDArray[np.float64] = world.effect * factor[:, None] * phase
    if world.spillover == 0.0:
        return own
    near = np.zeros_like(own)
    for one, other in (places.neighbours.T, places.neighbours[:, ::-1].T):
        # maximum.at on |effect| would lose the sign; the sign is that of the world's effect.
        np.maximum.at(near, one, np.abs(own)[other])
    reached = np.sign(world.effect) * world.spillover * near
    return np.where(network.takes_part[:, None], own, reached)
