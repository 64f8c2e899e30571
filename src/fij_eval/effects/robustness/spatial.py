"""Whether residual changes of neighbours are alike: Moran's I with a permutation test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.inference.p_values import two_sided
from fij_eval.effects.robustness.cross_section import BoolArray
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Moran:
    """Moran's I.

    Attributes:
        statistic: I with row-standardised weights.
        expected: Its mean under no spatial correlation, -1 / (n - 1).
        p_value: Two-sided, from permutations of values over units.
        units: Units with a neighbour among those with a value.
        isolated: Units with a value but without such a neighbour, left out.
        draws: Number of permutations.
    """

    statistic: float
    expected: float
    p_value: float
    units: int
    isolated: int
    draws: int


def moran(
    values: FloatArray, near: BoolArray, *, rng: np.random.Generator, draws: int = 9_999
) -> Moran:
    """Moran's I of values over units, row-standardised contiguity as weights.

    Args:
        values: For example residual changes, shape (n,); NaN is left out.
        near: Which units touch, (n, n).
        rng: Stream of the permutations.
        draws: Number of permutations.

    Raises:
        EstimationError: If fewer than ten units have a neighbour, or values do not vary.

    Source: Cliff & Ord (1981).
    """
    known = np.isfinite(values)
    linked = known & (near & known).any(axis=1)
    z = values[linked]
    if len(z) < 10 or np.ptp(z) <= 1e-12 * max(float(np.abs(z).max()), 1e-300):
        raise EstimationError(
            f"Moran's I needs ten units with neighbours and values that vary; {len(z)} have some"
        )
    weights = near[np.ix_(linked, linked)].astype(np.float64)
    weights /= weights.sum(axis=1, keepdims=True)
    z = z - z.mean()
    expected = -1 / (len(z) - 1)
    scale = float(z @ z)  # row-standardised: n over the sum of weights is one
    observed = float(z @ weights @ z) / scale
    drawn = rng.permuted(np.broadcast_to(z, (draws, len(z))), axis=1)
    permuted = np.einsum("bn,bn->b", drawn @ weights.T, drawn) / scale
    p = two_sided(permuted - expected, observed - expected)
    return Moran(observed, expected, p, len(z), int((known & ~linked).sum()), draws)
