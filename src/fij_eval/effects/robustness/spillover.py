"""Spill-over to neighbours: rings round participants, and comparison with those far away.

If neighbours of participants gain too, the usual comparison is too small by their gain; rings as
regressors of their own compare participants with far municipalities alone.

Source: Butts (2023), «Difference-in-differences with spatial spillovers».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray, Difference, difference
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Ring:
    """The difference of one ring from those beyond the last ring.

    Attributes:
        ring: 0 for participants, 1 for their neighbours, and so on.
        units: Units in the ring.
        result: The difference, None where there is none.
        note: Why there is none.
    """

    ring: int
    units: int
    result: Difference | None
    note: str = ""


def adjacency(neighbours: pd.DataFrame, units: Sequence[str]) -> BoolArray:
    """Which units touch, from a list of pairs.

    Args:
        neighbours: Columns ``a`` and ``b``, each pair at least once, in any order; pairs with units
            that are not listed are left out.
        units: Codes in the order wanted.

    Returns:
        Symmetric, false on the diagonal, (n, n).
    """
    place = {code: i for i, code in enumerate(units)}
    near = np.zeros((len(units), len(units)), dtype=bool)
    for a, b in zip(neighbours["a"].astype(str), neighbours["b"].astype(str), strict=True):
        if a in place and b in place and a != b:
            near[place[a], place[b]] = near[place[b], place[a]] = True
    return near


def distance_to(treated: BoolArray, near: BoolArray) -> NDArray[np.int64]:
    """Borders between each unit and the nearest participant, shape (n,).

    0 for participants, -1 where no way leads to one.
    """
    steps = np.where(treated, 0, -1).astype(np.int64)
    reached, ring = treated.copy(), 0
    while True:
        ring += 1
        fresh = near[reached].any(axis=0) & ~reached
        if not fresh.any():
            return steps
        steps[fresh] = ring
        reached |= fresh


def rings(
    outcome: FloatArray,
    steps: NDArray[np.int64],
    *,
    width: int = 2,
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    level: float = 0.95,
) -> tuple[Ring, ...]:
    """Differences of participants and of each ring from the units beyond the last ring.

    Args:
        outcome: Changes, shape (n,).
        steps: From ``distance_to`` over all municipalities, also those that do not enter, (n,).
        width: Number of rings.
        weights: Shape (n,).
        covariates: Shape (n, k).
        level: Confidence level.

    Returns:
        Participants against far controls first, then ring by ring.

    Raises:
        EstimationError: If ``width`` is not positive.
    """
    if width < 1:
        raise EstimationError("There is no ring to estimate", where="spillover: width")
    dummies = np.column_stack([steps == k for k in range(width + 1)])
    found = []
    for k in range(width + 1):
        others = np.delete(dummies, k, axis=1).astype(np.float64)
        others = others[:, others.any(axis=0)]
        x = others if covariates is None else np.column_stack([others, covariates])
        units = int(np.count_nonzero(dummies[:, k]))
        try:
            result = difference(outcome, dummies[:, k], weights=weights, covariates=x, level=level)
            found.append(Ring(k, units, result))
        except EstimationError as error:
            found.append(Ring(k, units, None, error.what))
    return tuple(found)
