"""Funnel limits for shares of municipalities of different size, over-dispersion allowed for.

Municipalities differ by more than chance; limits from binomial variation alone would mark most of
them. The additive model adds a variance between municipalities, estimated from the winsorised
z-scores, so that few outliers do not widen the funnel for all.

Source: Spiegelhalter (2005), Statistics in Medicine 24; DerSimonian & Laird (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.distributions import normal_quantile
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel.

    Attributes:
        target: Pooled share that the funnel narrows to.
        dispersion: Mean squared winsorised z: 1 if chance explains everything.
        between: Standard deviation between municipalities beyond chance, as a share.
        units: Municipalities that enter.
    """

    target: float
    dispersion: float
    between: float
    units: int

    def limits(self, residents: FloatArray, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limit at given numbers of residents, within 0-1."""
        variance = self.target * (1 - self.target) / residents + self.between**2
        half = normal_quantile((1 + level) / 2) * np.sqrt(variance)
        return np.clip(self.target - half, 0, 1), np.clip(self.target + half, 0, 1)


def funnel(employed: FloatArray, residents: FloatArray, *, winsorise: float = 0.1) -> Funnel:
    """Funnel of shares employed.

    Args:
        employed: Persons in work, shape (n,); NaN is left out.
        residents: Residents, shape (n,).
        winsorise: Part of each tail of the z-scores that is drawn in to its quantile.

    Raises:
        EstimationError: If fewer than ten municipalities enter, or the pooled share is 0 or 1.
    """
    known = np.isfinite(employed) & np.isfinite(residents) & (residents > 0)
    e, n = employed[known], residents[known]
    target = float(e.sum() / n.sum()) if len(n) else np.nan
    if len(n) < 10 or not 0 < target < 1:
        raise EstimationError(
            "A funnel needs ten municipalities and a pooled share between 0 and 1"
        )
    variance = target * (1 - target) / n
    z = (e / n - target) / np.sqrt(variance)
    low, high = np.quantile(z, [winsorise, 1 - winsorise])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    weight = 1 / variance
    excess = len(n) * phi - (len(n) - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return Funnel(target, phi, float(np.sqrt(max(excess / scale, 0.0))), len(n))


def outside(
    employed: FloatArray,
    residents: FloatArray,
    shape: Funnel,
    *,
    level: float = 0.95,
) -> BoolArray:
    """Whether each share lies outside the funnel; false where it is missing."""
    low, high = shape.limits(np.where(residents > 0, residents, np.nan), level)
    share = employed / np.where(residents > 0, residents, np.nan)
    return np.asarray((share < low) | (share > high))
