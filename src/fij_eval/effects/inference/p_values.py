"""p-values from draws: how often chance goes as far as what was observed."""

from __future__ import annotations

import numpy as np

from fij_eval.effects.inference.linear import FloatArray

#: Draws that equal the observed value up to rounding count as at least as large: the observed one
#: itself and its mirror image can be among them.
TIE = 1e-9


def as_far(drawn: FloatArray, observed: float) -> int:
    """How many draws lie at least as far from zero as the observed value."""
    return int(np.count_nonzero(np.abs(drawn) >= abs(observed) * (1 - TIE)))


def two_sided(drawn: FloatArray, observed: float) -> float:
    """(1 + count) / (1 + draws) of the draws that have a number."""
    known = drawn[np.isfinite(drawn)]
    return (1 + as_far(known, observed)) / (1 + len(known))
