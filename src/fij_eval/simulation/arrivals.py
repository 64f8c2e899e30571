"""Who lives where and since when: persons from settlement counts.

Settlement per municipality and year is real for 2022, 2023 and 2024 to 13 November; what came
later is simulated in the pattern of the years before. Each settled person becomes, with a fixed
chance, a person aged 20-66 with a month of arrival and one of departure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.months import month_number
from fij_eval.simulation.places import HIDDEN_SETTLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places

FIRST_MONTH = month_number("2022-01")
QUARTERS_A_YEAR = 4
#: Residents aged 20-66 for each settled person of any age. Above the share of adults among the
#: settled, since people who settle without an agreement are in the population but not in the
#: settlement counts. With ``DEPARTURE`` tuned to a little over 47,000 residents in June 2024 and to
#: the residents that the published persons and shares imply in July and December 2025.
RESIDENTS_PER_SETTLED = 0.92
#: Chance of leaving the country or the age group within a quarter.
DEPARTURE = 0.055
#: Chance that a settled person moves on at once, to a municipality drawn by population: residents
#: are more concentrated in large municipalities than settlement is (the largest twentieth had more
#: than 371 in April 2024).
MOVES_ON = 0.08
#: How a year's settlement falls on its quarters. 2022 starts with the war in late February; the
#: third row is 1 January to 13 November, the fourth what was left of 2024.
QUARTERLY = (
    (0.01, 0.24, 0.37, 0.38),
    (0.27, 0.25, 0.22, 0.26),
    (0.29, 0.29, 0.27, 0.15),
    (0.0, 0.0, 0.0, 1.0),
)
#: Settled in the rest of 2024 and in each later year, whole country: simulated, on the falling
#: trend of 2024.
SETTLED_REST_OF_2024 = 2_600
SETTLED_LATER = 9_500
LATER_QUARTERLY = (0.20, 0.20, 0.30, 0.30)
#: Overdispersion of simulated settlement: a gamma factor of this shape on each municipality.
SETTLED_SHAPE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Everyone aged 20-66 who ever settled.

    Attributes:
        place: Row of the municipality.
        arrival: Month number of arrival, with fractions.
        departure: Month number of departure, with fractions.
        settled: Settled persons of all ages by municipality and quarter since 2022Q1.
    """

    place: NDArray[np.int64]
    arrival: NDArray[np.float64]
    departure: NDArray[np.float64]
    settled: NDArray[np.int64]


def settle(
    places: Places,
    *,
    last_month: int,
    factor: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> Persons:
    """Draw the persons of a world.

    Args:
        places: Municipalities.
        last_month: Month number up to which settlement is needed.
        factor: Factor on settlement, by municipality and year since 2022 (a falling inflow); None
            is 1 throughout. The settlement counts show it, as published counts would.
        rng: Random stream.
    """
    years = max(4, (last_month - FIRST_MONTH) // 12 + 1)
    settled = _settled_quarterly(places, years, rng)
    if factor is not None:
        each = np.repeat(factor[:, :years], QUARTERS_A_YEAR, axis=1)
        settled = rng.binomial(settled, np.minimum(each, 1.0)) + rng.poisson(
            settled * np.maximum(each - 1.0, 0.0)
        )
    entering = rng.binomial(settled, RESIDENTS_PER_SETTLED)
    cell = np.repeat(np.arange(entering.size), entering.ravel())
    place, quarter = np.divmod(cell, entering.shape[1])
    moving = np.flatnonzero(rng.random(cell.size) < MOVES_ON)
    population = places.population_of(2024)
    place[moving] = rng.choice(len(places), moving.size, p=population / population.sum())
    arrival = FIRST_MONTH + 3.0 * (quarter + rng.random(cell.size))
    stay = rng.exponential(-3.0 / np.log1p(-DEPARTURE), cell.size)
    return Persons(place=place, arrival=arrival, departure=arrival + stay, settled=settled)


def _settled_quarterly(places: Places, years: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Settled persons by municipality and quarter, hidden and later figures drawn."""
    known = np.where(
        places.settled == HIDDEN_SETTLED,
        rng.integers(1, 5, size=places.settled.shape),
        places.settled,
    )
    for group in places.split:
        # The source books the years before the split on one part; persons lived in both.
        rows = np.array(group)
        weights = places.population_of(2024)[rows].astype(float)
        together = known[rows, :2].sum(axis=0)
        known[rows, :2] = rng.multinomial(together, weights / weights.sum()).T
    pattern = (known[:, 1] + known[:, 2] + 1.0) / (known[:, 1:3].sum() + len(places))
    quarters = np.zeros((len(places), years * QUARTERS_A_YEAR), dtype=np.int64)
    for year, count in ((0, known[:, 0]), (1, known[:, 1]), (2, known[:, 2])):
        columns = slice(year * QUARTERS_A_YEAR, (year + 1) * QUARTERS_A_YEAR)
        quarters[:, columns] += rng.multinomial(count, QUARTERLY[year])
    for year in range(2, years):
        total = SETTLED_REST_OF_2024 if year == 2 else SETTLED_LATER
        profile = QUARTERLY[3] if year == 2 else LATER_QUARTERLY
        mean = total * pattern * rng.gamma(SETTLED_SHAPE, 1 / SETTLED_SHAPE, len(places))
        columns = slice(year * QUARTERS_A_YEAR, (year + 1) * QUARTERS_A_YEAR)
        quarters[:, columns] += rng.multinomial(rng.poisson(mean), profile)
    return quarters
