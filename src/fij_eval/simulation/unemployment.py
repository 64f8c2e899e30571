"""Registered unemployment per municipality and month: simulated, in the pattern of recent years.

Levels lie near the registered unemployment of 2023-2025 (about two per cent of the labour force),
differ by region and centrality, and step up in April 2025, when the real statistics were
modernised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.months import month_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places

#: Labour force as a share of the population.
LABOUR_FORCE = 0.53
#: Mean rate of a region in 2024, per cent: simulated, higher round the Oslofjord and in the south.
REGION_RATE = {
    "oslofjord": 2.3,
    "inland": 1.8,
    "south": 2.2,
    "west": 1.7,
    "central": 1.7,
    "north": 1.6,
}
#: Change for each step of centrality away from the middle: remote places have less.
CENTRALITY_RATE = -0.05
#: Spread between municipalities of the same kind, as a standard deviation of the log rate.
PLACE_LOG_SD = 0.22
#: Level of a year beside 2024.
YEAR_FACTOR = {2022: 0.92, 2023: 0.92, 2024: 1.0, 2025: 1.05, 2026: 1.07}
#: Seasonal factors, January to December.
SEASON = (1.10, 1.07, 1.03, 0.99, 0.95, 0.95, 1.02, 1.03, 0.96, 0.94, 0.97, 0.99)
#: The modernised statistics count more people from April 2025 on.
BREAK = month_number("2025-04")
BREAK_FACTOR = 1.08
#: Monthly shocks: autocorrelation and standard deviation of the log rate.
SHOCK_RHO = 0.8
SHOCK_SD = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Unemployment:
    """Registered unemployed and the labour force.

    Attributes:
        unemployed: Persons by municipality and month.
        labour_force: Persons by municipality and month.
    """

    unemployed: NDArray[np.int64]
    labour_force: NDArray[np.int64]


def base_rate(places: Places, rng: np.random.Generator) -> NDArray[np.float64]:
    """Mean unemployment of each municipality in 2024, per cent of the labour force."""
    level = np.array([REGION_RATE[region] for region in places.regions])
    level = level + CENTRALITY_RATE * (places.centrality - 4)
    rate: NDArray[np.float64] = level * np.exp(PLACE_LOG_SD * rng.standard_normal(len(places)))
    return rate


def monthly(
    places: Places, rate: NDArray[np.float64], months: Sequence[int], rng: np.random.Generator
) -> Unemployment:
    """Unemployed in each month.

    Args:
        places: Municipalities.
        rate: Mean rate of 2024, per cent.
        months: Consecutive month numbers.
        rng: Random stream.
    """
    numbers = np.asarray(months)
    years = numbers // 12
    known = sorted(YEAR_FACTOR)
    factor = np.array([YEAR_FACTOR[min(max(y, known[0]), known[-1])] for y in years])
    factor = factor * np.array(SEASON)[numbers % 12] * np.where(numbers >= BREAK, BREAK_FACTOR, 1)
    shock = np.empty((len(places), len(numbers)))
    state = rng.standard_normal(len(places))
    for column in range(len(numbers)):
        shock[:, column] = state
        state = SHOCK_RHO * state + np.sqrt(1 - SHOCK_RHO**2) * rng.standard_normal(len(places))
    population = places.population_of(2024)[:, None]
    force = np.rint(LABOUR_FORCE * population * np.ones(len(numbers))).astype(np.int64)
    probability = np.clip(rate[:, None] / 100 * factor * np.exp(SHOCK_SD * shock), 0.0, 0.3)
    return Unemployment(unemployed=rng.binomial(force, probability), labour_force=force)
