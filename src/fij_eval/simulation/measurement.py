"""From what is true to what is published: hiding, rounding, revising, dating.

Pure functions; a published figure that is hidden is marked, never set to a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.months import add_months

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Months from the reference month to publication.
PUBLISHED_AFTER = 3
#: Months from the first publication to the revised one.
REVISED_AFTER = 2
#: Late reports: part of the wage earners missing, and part of the others wrongly counted, in the
#: first vintage; part of the residents registered late.
LATE_EMPLOYED, FALSE_EMPLOYED, LATE_RESIDENTS = 0.015, 0.002, 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A municipal table as published.

    Attributes:
        residents: Refugees aged 20-66; meaningless where hidden.
        employed: Wage earners among them; meaningless where hidden.
        hidden_residents: Whether the residents are hidden.
        hidden_employed: Whether the wage earners and the share are hidden.
    """

    residents: NDArray[np.int64]
    employed: NDArray[np.int64]
    hidden_residents: NDArray[np.bool_]
    hidden_employed: NDArray[np.bool_]


def publish(
    residents: NDArray[np.int64], employed: NDArray[np.int64], *, hide_below: int
) -> Published:
    """Hide cells that could point to a person.

    Residents are hidden where there are some but fewer than ``hide_below``; wage earners and the
    share are hidden there too, and where fewer than ``hide_below`` are in work. A municipality
    without residents hides nothing.
    """
    few = (residents > 0) & (residents < hide_below)
    few_employed = (residents > 0) & (employed < hide_below)
    return Published(
        residents=residents,
        employed=employed,
        hidden_residents=few,
        hidden_employed=few | few_employed,
    )


def first_vintage(
    residents: NDArray[np.int64], employed: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Preliminary counts: some residents and wage earners are reported late, a few in error.

    Returns:
        Residents and wage earners as first published; never more wage earners than residents.
    """
    late = rng.binomial(employed, LATE_EMPLOYED)
    false = rng.binomial(residents - employed, FALSE_EMPLOYED)
    unregistered = rng.binomial(residents - employed - false, LATE_RESIDENTS)
    return residents - unregistered, employed - late + false


def round_to_three(values: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """One and two become 0 or 3 at random, with the expected value kept."""
    draw = rng.random(values.shape)
    small = (values == 1) | (values == 2)
    rounded: NDArray[np.int64] = np.where(small, np.where(draw * 3 < values, 3, 0), values)
    return rounded


def perturb_small(values: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts under ten are moved by at most two, never below zero; zero stays zero."""
    moved = np.maximum(values + rng.integers(-2, 3, size=values.shape), 0)
    small: NDArray[np.int64] = np.where((values > 0) & (values < 10), moved, values)
    return small


def publication_date(month: str, *, revision: int = 0) -> date:
    """Day on which a month's table is published: mid-month, on a working day.

    Args:
        month: Reference month.
        revision: 0 for the first publication, 1 for the revised one.
    """
    year, number = add_months(month, PUBLISHED_AFTER + REVISED_AFTER * revision).split("-")
    day = date(int(year), int(number), 12)
    return date(day.year, day.month, 12 + (0, 0, 0, 0, 0, 2, 1)[day.weekday()])
