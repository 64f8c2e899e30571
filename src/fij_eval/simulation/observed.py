"""Worlds as an analyst sees them: arrays of units by snapshots for many replications."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.composition import expected_share, residence_mix
from fij_eval.months import month_number
from fij_eval.randomness import stream
from fij_eval.simulation import arrivals, measurement
from fij_eval.simulation.truth import municipal_effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places
    from fij_eval.simulation.scenarios import Scenario

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

#: Refugees 20-66 that a municipality needs in the reference month, as in the settings.
MINIMUM_RESIDENTS = 20
REFERENCE_MONTH = "2024-04"
#: Length of the base window, start of the post window and end of the network, as in the settings.
BASE_MONTHS, POST_FROM, END = 12, 6, "2025-12"
#: Decimals of a published share (per cent).
DECIMALS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Columns of the snapshots that enter.

    Attributes:
        used: All that enter.
        base: Of the base window.
        post: Of the post window.
        pre: Before kick-off.
        reference: The last one before kick-off, the base of the event study.
    """

    used: tuple[int, ...]
    base: tuple[int, ...]
    post: tuple[int, ...]
    pre: tuple[int, ...]
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observed:
    """What one replication of a scenario shows.

    Attributes:
        share: Share employed, (n, T); NaN where missing.
        enters: Units with what the estimates need, (n,).
        treated: Who signed up, (n,).
        residents: In the reference month, (n,).
        covariates: Of the reference month, (n, k).
        expected: Expected share given residence time, (n, T).
        near: Comparison units next to a participant, (n,).
        truth: True effect over the post window in probabilities, by unit, (n,).
        realised: The same as realised in the draws, (n,).
        path: True effect by snapshot in probabilities, (n, T).
    """

    share: FloatArray
    enters: BoolArray
    treated: BoolArray
    residents: FloatArray
    covariates: FloatArray
    expected: FloatArray
    near: BoolArray
    truth: FloatArray
    realised: FloatArray
    path: FloatArray


def periods(snapshots: Sequence[str], *, kick_off: str, pre_periods: int = 0) -> Periods:
    """Windows by the rules of the settings.

    Args:
        snapshots: Months in order.
        kick_off: Month of the start.
        pre_periods: How many snapshots before kick-off enter, the last ones; 0 is all.
    """
    numbers = [month_number(month) for month in snapshots]
    start = month_number(kick_off)
    pre = tuple(j for j, m in enumerate(numbers) if m < start)
    if pre_periods:
        pre = pre[-pre_periods:]
    after = tuple(j for j, m in enumerate(numbers) if m > start)
    end = month_number(END)
    return Periods(
        used=pre + after,
        base=tuple(j for j in pre if numbers[j] >= start - BASE_MONTHS),
        post=tuple(j for j in after if start + POST_FROM <= numbers[j] <= end),
        pre=pre,
        reference=pre[-1],
    )


def static_covariates(places: Places) -> FloatArray:
    """Log population, size group and region as columns, (n, k)."""
    size = places.size_group()
    regions = sorted(set(places.regions))
    return np.column_stack(
        [
            np.log(places.population_of(2024)),
            *((size == group).astype(float) for group in (1, 2)),
            *((np.array(places.regions) == name).astype(float) for name in regions[1:]),
        ]
    )


def touching(places: Places) -> BoolArray:
    """Which municipalities touch, (n, n)."""
    near = np.zeros((len(places), len(places)), dtype=bool)
    one, other = places.neighbours.T
    near[one, other] = near[other, one] = True
    return near


def observe(
    places: Places,
    scenario: Scenario,
    simulated: Simulated,
    chosen: Periods,
    *,
    seed: int,
    replication: int,
    like: Observed | None = None,
) -> Observed:
    """One world through the measurement layer, with the covariates that an analyst would have.

    Args:
        places: Municipalities.
        scenario: How the world is observed.
        simulated: The world played out.
        chosen: Snapshots that enter.
        seed: Seed of the settings.
        replication: Number of the replication.
        like: What a scenario of the same replication showed that differs in the effect on
            participants alone: all but shares and truths is taken from it.
    """
    residents = simulated.residents
    share = _share(scenario, simulated, seed=seed, replication=replication)
    by_snapshot = municipal_effects(simulated)
    effects = {name: values[:, chosen.post].mean(axis=1) for name, values in by_snapshot.items()}
    if like is not None:
        return replace(
            like,
            share=share,
            truth=np.where(like.enters, effects["expected"], 0.0),
            realised=np.where(like.enters, effects["realised"], 0.0),
            path=np.where(like.enters[:, None], by_snapshot["expected"], 0.0),
        )
    then = residents[:, simulated.column(REFERENCE_MONTH)].astype(float)
    allowed = ~np.isin(np.array(places.codes), simulated.world.excluded)
    treated = simulated.network.signed_up
    settled = simulated.settled.astype(float)
    if scenario.inflow == "year":
        years = settled.reshape(len(settled), -1, arrivals.QUARTERS_A_YEAR)
        settled = np.repeat(years.mean(axis=2), arrivals.QUARTERS_A_YEAR, axis=1)
    mix = residence_mix(settled, first_month=arrivals.FIRST_MONTH, months=simulated.world.months)
    expected = expected_share(
        mix,
        share,
        np.where(residents > 0, residents, np.nan),
        profile_from=allowed & ~treated & (then >= MINIMUM_RESIDENTS),
    )
    seen = np.isfinite(share)
    if scenario.measurement == "exact":
        whole = seen[:, chosen.used].all(axis=1)
    else:
        whole = seen[:, chosen.base].any(axis=1) & seen[:, chosen.post].any(axis=1)
    whole &= np.isfinite(expected[:, chosen.used]).all(axis=1)
    enters = allowed & (then >= MINIMUM_RESIDENTS) & whole
    near = (touching(places) & treated).any(axis=1) & ~treated
    covariates = np.column_stack(
        [
            static_covariates(places),
            simulated.base_unemployment,
            then / places.population_of(2024),
        ]
    )
    return Observed(
        share=share,
        enters=enters & ~near if scenario.far_controls else enters,
        treated=treated,
        residents=then,
        covariates=covariates,
        expected=expected,
        near=near,
        truth=np.where(enters, effects["expected"], 0.0),
        realised=np.where(enters, effects["realised"], 0.0),
        path=np.where(enters[:, None], by_snapshot["expected"], 0.0),
    )


def _share(scenario: Scenario, simulated: Simulated, *, seed: int, replication: int) -> FloatArray:
    """Share employed as published; NaN where hidden or nobody lives."""
    residents, employed = simulated.residents, simulated.employed
    if scenario.measurement == "preliminary":
        rng = stream(seed, "bench", "vintage", replication)
        residents, employed = measurement.first_vintage(residents, employed, rng)
    shown = residents > 0
    if scenario.measurement == "hidden":
        published = measurement.publish(residents, employed, hide_below=3)
        shown &= ~published.hidden_employed
    share = np.divide(
        employed, residents, out=np.full(residents.shape, np.nan), where=residents > 0
    )
    if scenario.measurement == "rounded":
        rng = stream(seed, "bench", "rounding", replication)
        counted = measurement.round_to_three(employed, rng)
        share = np.minimum(counted / np.maximum(residents, 1), 1.0)
        share = np.round(share, DECIMALS + 2)
    return np.where(shown, share, np.nan)
