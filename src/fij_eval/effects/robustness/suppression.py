"""Bounds on the estimate from what hidden cells can at least and at most have held.

The estimator is linear in the outcome, so that the bound is exact: each hidden cell takes the limit
that moves the estimate furthest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.inference.linear import Absorbed, FloatArray, fit
from fij_eval.errors import CheckError

#: Fewest and most persons in a hidden count.
_HIDDEN = (0, 2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest estimate that hidden cells allow.

    Attributes:
        low: Smallest.
        high: Largest.
        middle: With every hidden cell midway.
        hidden: Hidden cells that enter.
    """

    low: float
    high: float
    middle: float
    hidden: int


def hidden_limits(share: FloatArray, residents: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest share of each cell.

    A share that is not hidden is both. A hidden one lies between the fewest and the
    most persons in work that a hidden count can be, of the residents; where residents are hidden
    too, between 0 and 1.

    Args:
        share: Shape (n,), NaN where hidden.
        residents: Shape (n,), NaN where hidden.

    Returns:
        Lower and upper limits, shape (n,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.clip(k / residents, 0.0, 1.0) for k in _HIDDEN)
    unknown = ~(residents > 0)
    low, high = np.where(unknown, 0.0, low), np.where(unknown, 1.0, high)
    seen = np.isfinite(share)
    return np.where(seen, share, low), np.where(seen, share, high)


def bounds(absorbed: Absorbed, low: FloatArray, high: FloatArray) -> Bounds:
    """Bounds on the coefficient of the one treatment.

    Args:
        absorbed: Design with one treatment over all cells, hidden ones included with any outcome.
        low: Least outcome of each row of the design, shape (n,).
        high: Greatest.

    Raises:
        CheckError: If a lower limit is above its upper limit, missing, or of another shape.
    """
    n = len(absorbed.outcome)
    if low.shape != (n,) or high.shape != (n,) or not (low <= high).all():
        raise CheckError(
            "Limits of hidden cells are missing, crossed, or do not match the rows of the design"
        )
    fitted = fit(absorbed)
    # partialling out the outcome as well changes nothing: d is orthogonal to what it takes away
    pull = absorbed.treatment[:, 0] * absorbed.root_weight * fitted.gram_inverse[0, 0]
    ends = (np.where(pull > 0, low, high), np.where(pull > 0, high, low))
    return Bounds(
        low=float(pull @ ends[0]),
        high=float(pull @ ends[1]),
        middle=float(pull @ ((low + high) / 2)),
        hidden=int(np.count_nonzero(low < high)),
    )
