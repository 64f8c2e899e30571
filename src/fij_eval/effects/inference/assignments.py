"""Who could have taken part instead: assignments of units to kick-off cohorts within strata.

An assignment gives every unit a label: 0 for the comparison arm, 1..C for the kick-off cohorts. All
assignments of a test have the same number of each label in every stratum as the real one; a check
enforces it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fij_eval.errors import CheckError, EstimationError

Labels: TypeAlias = NDArray[np.int8]


def possible(cohort: Labels, strata: Sequence[str]) -> int:
    """Number of distinct assignments that keep the strata's counts."""
    total = 1
    for members in _members(strata):
        left = len(members)
        for count in np.bincount(cohort[members]):
            total *= math.comb(left, int(count))
            left -= int(count)
    return total


def draw(cohort: Labels, strata: Sequence[str], *, rng: np.random.Generator, draws: int) -> Labels:
    """Random assignments, labels permuted within strata.

    Args:
        cohort: The real labels, shape (N,).
        strata: Stratum of each unit, length N.
        rng: Stream of the draws.
        draws: Number of assignments.

    Returns:
        Labels, shape (draws, N).

    Raises:
        EstimationError: If the strata leave no other assignment than the real one.
    """
    if possible(cohort, strata) < 2:
        raise EstimationError(
            "Within every stratum all units are in the same arm, so that nothing can be permuted",
            remedy="use coarser strata",
        )
    labels = np.empty((draws, len(cohort)), dtype=np.int8)
    for members in _members(strata):
        labels[:, members] = rng.permuted(
            np.broadcast_to(cohort[members], (draws, len(members))), axis=1
        )
    check(labels, cohort, strata)
    return labels


def enumerate_all(cohort: Labels, strata: Sequence[str], *, limit: int = 200_000) -> Labels:
    """Every assignment that keeps the strata's counts, the real one among them.

    Raises:
        EstimationError: If there are more than ``limit``.
    """
    if (total := possible(cohort, strata)) > limit:
        raise EstimationError(f"{total} assignments are too many to enumerate", remedy="draw them")
    members = _members(strata)
    labels = np.empty((total, len(cohort)), dtype=np.int8)
    rows = itertools.product(*(list(_arrangements(cohort[m])) for m in members))
    for row, parts in enumerate(rows):
        for group, part in zip(members, parts, strict=True):
            labels[row, group] = part
    check(labels, cohort, strata)
    return labels


def check(labels: Labels, cohort: Labels, strata: Sequence[str]) -> None:
    """Stop if an assignment does not keep the strata's counts.

    Raises:
        CheckError: With the stratum and the first offending assignment.
    """
    for members in _members(strata):
        for value in np.union1d(np.unique(cohort), np.unique(labels)):
            wanted = int(np.count_nonzero(cohort[members] == value))
            found = np.count_nonzero(labels[:, members] == value, axis=1)
            if (wrong := np.flatnonzero(found != wanted)).size:
                raise CheckError(
                    f"A permuted assignment has {found[wrong[0]]} units with label {value} where "
                    f"the real one has {wanted}",
                    where=f"stratum «{strata[members[0]]}», assignment {wrong[0]}",
                    remedy="permute within strata only",
                )


def _members(strata: Sequence[str]) -> list[NDArray[np.intp]]:
    """Units of each stratum."""
    names = np.asarray(strata, dtype=str)
    return [np.flatnonzero(names == name) for name in np.unique(names)]


def _arrangements(labels: Labels) -> Iterator[Labels]:
    """All distinct orders of the labels."""
    values, counts = np.unique(labels, return_counts=True)
    if len(values) == 1:
        yield labels.copy()
        return
    rest = np.repeat(values[:-1], counts[:-1])
    for places in itertools.combinations(range(len(labels)), int(counts[-1])):
        chosen = np.zeros(len(labels), dtype=bool)
        chosen[list(places)] = True
        for other in _arrangements(rest):
            out = np.empty(len(labels), dtype=np.int8)
            out[chosen] = values[-1]
            out[~chosen] = other
            yield out
