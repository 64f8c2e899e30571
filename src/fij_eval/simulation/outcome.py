"""The data-generating mechanism: who of the residents is in work in each snapshot.

Person i in municipality m, month t, with b quarters since arrival, is in work without the network
with

    logit p = h(b) + a_i + alpha_m + gamma_t + e_mt + season_mt + slope_m t + dip_m 1{t in dip},
    h(b) = logit(0.03 + 0.62 (1 - exp(-(b - 1.2)_+ / 8))),

and with the network with the effect added to p or to logit p. gamma_t is solved so that the
expected national share is the published one. A person is in work if Phi(z_it) < p, with z_it a
stationary AR(1) in time, discretised exactly to the spacing of the snapshots: independent draws
would overstate the noise of changes. Both potential outcomes use the same z, so that their
difference is the effect alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit, ndtr

from fij_eval.months import month_number
from fij_eval.randomness import stream
from fij_eval.simulation import arrivals, national, network, unemployment
from fij_eval.simulation.world import COUNTY_LEVEL, REGION_LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places, SignUp
    from fij_eval.simulation.world import World

#: Chance of work by residence time: at arrival, the most that time adds, quarters before anything
#: happens, and quarters for the approach (design constants of the mechanism).
AT_ARRIVAL, TIME_ADDS, WAIT, APPROACH = 0.03, 0.62, 1.2, 8.0
QUARTER = 3.0
#: Newton's steps for gamma stop here: far below what any rounding of a share can show.
GAMMA_TOLERANCE = 1e-10
GAMMA_STEPS = 50
#: Fields of a world that change nothing but the effect.
EFFECT_FIELDS = (
    "effect",
    "link",
    "phase_in_months",
    "effect_by_size",
    "effect_digital",
    "spillover",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One world played out; arrays are municipalities by snapshots unless said otherwise.

    Attributes:
        world: Its parameters.
        network: Who takes part.
        residents: Refugees aged 20-66.
        employed: Of these, in work.
        employed_untreated: The same persons in work without the network.
        expected: Expected number in work (the sum of p).
        expected_untreated: The same without the network.
        gamma: National term by snapshot.
        level: Municipal level alpha by municipality.
        base_unemployment: Mean unemployment of 2024 by municipality, per cent.
        settled: Settled persons of all ages by municipality and quarter since 2022Q1.
    """

    world: World
    network: network.Network
    residents: NDArray[np.int64]
    employed: NDArray[np.int64]
    employed_untreated: NDArray[np.int64]
    expected: NDArray[np.float64]
    expected_untreated: NDArray[np.float64]
    gamma: NDArray[np.float64]
    level: NDArray[np.float64]
    base_unemployment: NDArray[np.float64]
    settled: NDArray[np.int64]

    def column(self, month: str) -> int:
        """Column of a snapshot."""
        return self.world.snapshots.index(month)


def residence_profile(quarters: NDArray[np.float64]) -> NDArray[np.float64]:
    """h(b): log odds of work by quarters since arrival, before all other terms."""
    waited = np.maximum(quarters - WAIT, 0.0)
    h: NDArray[np.float64] = logit(AT_ARRIVAL + TIME_ADDS * -np.expm1(-waited / APPROACH))
    return h


def simulate(
    places: Places,
    world: World,
    *,
    points: Sequence[tuple[int, float]],
    sign_ups: Sequence[SignUp] = (),
    seed: int,
    replication: int = 0,
) -> Simulated:
    """Play out one world.

    Every source of randomness has a stream of its own, named by purpose and replication. Worlds
    that differ only in effect, link, spillover or trends therefore share all draws.

    Args:
        places: Municipalities.
        world: Parameters.
        points: Published national shares (``national.read_points``).
        sign_ups: The register; used if the world's participants are the register's.
        seed: Seed of the settings.
        replication: Number of the replication.
    """
    return simulate_each(
        places, (world,), points=points, sign_ups=sign_ups, seed=seed, replication=replication
    )[0]


def simulate_each(
    places: Places,
    worlds: Sequence[World],
    *,
    points: Sequence[tuple[int, float]],
    sign_ups: Sequence[SignUp] = (),
    seed: int,
    replication: int = 0,
) -> tuple[Simulated, ...]:
    """Play out worlds that differ in nothing but the effect, in one pass over the persons.

    The persons, their latent positions and what becomes of them without the network are drawn and
    computed once; each world gives what ``simulate`` gives for it, to the last bit.

    Args:
        places: Municipalities.
        worlds: Worlds that differ in ``EFFECT_FIELDS`` only. Where the national share includes the
            effect the national term depends on it, so such a world comes alone.
        points: Published national shares.
        sign_ups: The register.
        seed: Seed of the settings.
        replication: Number of the replication.

    Raises:
        ValueError: If the worlds cannot share a pass.
    """
    world = _common(worlds)

    def rng(purpose: str) -> np.random.Generator:
        return stream(seed, "world", purpose, replication)

    if world.participants == "register":
        net = network.registered(places, world, sign_ups)
    else:
        net = network.drawn(places, world, rng("participants"))
    rate = unemployment.base_rate(places, rng("unemployment"))
    level = _levels(places, world, net, rate, rng("levels"))
    persons = arrivals.settle(
        places,
        last_month=world.months[-1],
        factor=_inflow_factor(world, net),
        rng=rng("arrivals"),
    )
    terms = level[:, None] + _moving_terms(places, world, net, rng("shocks"), rng("slopes"))
    effects = [network.effect_by_month(places, w, net) for w in worlds]
    path = national.national_path(points, world.months)
    personal = rng("persons").standard_normal(persons.place.size) * world.person_sd
    draws = rng("work")

    shape = (len(places), len(world.months))
    residents, employed_untreated, untreated = (np.zeros(shape) for _ in range(3))
    employed, expected = ([np.zeros(shape) for _ in worlds] for _ in range(2))
    gamma = np.zeros(shape[1])
    start = 0.0
    latent = draws.standard_normal(persons.place.size)
    for column, month in enumerate(world.months):
        if column:
            gap = (month - world.months[column - 1]) / QUARTER
            rho = world.persistence**gap
            latent *= rho
            latent += np.sqrt(1 - rho * rho) * draws.standard_normal(latent.size)
        now = month + 0.5
        here = np.flatnonzero((persons.arrival <= now) & (persons.departure > now))
        place = persons.place[here]
        score = residence_profile((now - persons.arrival[here]) / QUARTER) + personal[here]
        score += terms[place, column]
        start = _solve(score, path[column], effects[0][place, column], world, start)
        gamma[column] = start
        score += start
        p_untreated = expit(score)
        position = ndtr(latent[here])
        residents[:, column] = np.bincount(place, minlength=shape[0])
        employed_untreated[:, column] = np.bincount(place, position < p_untreated, shape[0])
        untreated[:, column] = np.bincount(place, p_untreated, shape[0])
        for number, (each, effect) in enumerate(zip(worlds, effects, strict=True)):
            if not effect[:, column].any():
                employed[number][:, column] = employed_untreated[:, column]
                expected[number][:, column] = untreated[:, column]
                continue
            reached = effect[place, column]
            if each.link == "additive":
                p = np.clip(p_untreated + reached, 0.0, 1.0)
            else:
                p = expit(score + reached)
            employed[number][:, column] = np.bincount(place, position < p, shape[0])
            expected[number][:, column] = np.bincount(place, p, shape[0])
    return tuple(
        Simulated(
            world=each,
            network=net,
            residents=residents.astype(np.int64),
            employed=employed[number].astype(np.int64),
            employed_untreated=employed_untreated.astype(np.int64),
            expected=expected[number],
            expected_untreated=untreated,
            gamma=gamma,
            level=level,
            base_unemployment=rate,
            settled=persons.settled,
        )
        for number, each in enumerate(worlds)
    )


def _common(worlds: Sequence[World]) -> World:
    """The first world, if the others differ from it in nothing but the effect."""
    if not worlds:
        raise ValueError("no world is given")
    first = worlds[0]
    neutral = {name: getattr(first, name) for name in EFFECT_FIELDS}
    if any(replace(world, **neutral) != first for world in worlds):
        raise ValueError("the worlds differ in more than the effect")
    if len(worlds) > 1 and first.national_with_effect:
        raise ValueError("a national share that includes the effect belongs to one world")
    return first


def _levels(
    places: Places,
    world: World,
    net: network.Network,
    rate: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """alpha_m: region, size, unemployment and what is left.

    What is left is centred within counties, and within the sign-ups of a register, since the
    published means of both are what the levels are tuned to; a drawn network has no published mean.
    """
    region = np.array([REGION_LEVEL[name] for name in places.regions])
    region = region + np.array([COUNTY_LEVEL.get(code, 0.0) for code in places.county_codes])
    size = np.log(places.population_of(2024))
    noise = world.place_sd * rng.standard_normal(len(places))
    # Oslo is a county of one: its level is its county's, and centring leaves it no noise.
    county = np.unique(places.county_codes, return_inverse=True)[1]
    noise = _centred(noise, county)
    if world.participants == "register":
        # Frisch-Waugh-Lovell: the sign-ups' mean is taken out beside those of the counties.
        joined = _centred(net.signed_up.astype(float), county)
        if (spread := float((joined * joined).sum())) > 0:
            noise = noise - joined * float((joined * noise).sum()) / spread
    level: NDArray[np.float64] = (
        region
        + world.size_slope * (size - size.mean())
        + world.unemployment_slope * (rate - rate.mean())
        + world.level_treated * net.signed_up
        + noise
    )
    return level


def _centred(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values less the mean of their group."""
    mean = np.bincount(group, weights=values) / np.bincount(group)
    centred: NDArray[np.float64] = values - mean[group]
    return centred


def _moving_terms(
    places: Places,
    world: World,
    net: network.Network,
    shocks: np.random.Generator,
    slopes: np.random.Generator,
) -> NDArray[np.float64]:
    """Shocks, season, trends and dip, municipalities by snapshots, in log odds."""
    months = np.array(world.months, dtype=float)
    terms = np.empty((len(places), len(months)))
    state = shocks.standard_normal(len(places))
    for column in range(len(months)):
        if column:
            rho = world.shock_rho ** ((months[column] - months[column - 1]) / QUARTER)
            state = rho * state + np.sqrt(1 - rho * rho) * shocks.standard_normal(len(places))
        terms[:, column] = world.shock_sd * state
    amplitude = world.season * (places.population_of(2024) / 10_000) ** -0.25
    terms += amplitude[:, None] * np.cos(national.seasonal_angle(months))
    years = (months - month_number(world.kick_off)) / 12
    slope = world.slope_sd * slopes.standard_normal(len(places))
    terms += (slope + world.slope_treated * net.signed_up)[:, None] * years
    first, last = (month_number(month) for month in world.dip_months)
    dipping = (months >= first) & (months <= last)
    terms += world.dip_treated * net.signed_up[:, None] * dipping
    return terms


def _inflow_factor(world: World, net: network.Network) -> NDArray[np.float64] | None:
    """Factor on participants' settlement by year since 2022; None if there is no trend."""
    if world.inflow_trend_treated == 0.0:
        return None
    years = np.arange(max(4, (world.months[-1] - arrivals.FIRST_MONTH) // 12 + 1))
    trend = np.maximum(0.0, 1 + world.inflow_trend_treated) ** np.maximum(0, years - 1)
    return np.where(net.signed_up[:, None], trend, 1.0)


def _solve(
    score: NDArray[np.float64],
    share: float,
    effect: NDArray[np.float64],
    world: World,
    start: float,
) -> float:
    """gamma: the term that makes the expected national share the published one, by Newton's method.

    Where the published share includes an additive effect, its mean is taken off the share: exact
    but for the few whose probability would pass one.
    """
    if score.size == 0:
        return start
    offset = score
    if world.national_with_effect:
        if world.link == "additive":
            share -= float(effect.mean())
        else:
            offset = score + effect
    gamma = start
    for _ in range(GAMMA_STEPS):
        p = expit(offset + gamma)
        mean = float(p.mean())
        gap = mean - share
        if abs(gap) < GAMMA_TOLERANCE:
            break
        # A plain mean and no dot product: threads of a linear algebra library would make the last
        # digit depend on the number of cores.
        gamma -= float(np.clip(gap / (p * (1 - p)).mean(), -2.0, 2.0))
    return gamma
