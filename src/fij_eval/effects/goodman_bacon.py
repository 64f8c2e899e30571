"""What two-way fixed effects compare with what, and with which weight.

With several months of kick-off the two-way fixed-effects coefficient of a balanced panel is a
weighted mean of all 2x2 comparisons between groups that differ in timing (Goodman-Bacon 2021,
Journal of Econometrics 225(2), theorem 1). Those of late with early starters use treated units as
comparison: they are the forbidden ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fij_eval.effects.samples import Floats, NotEstimableError

Kind = Literal["treated_never", "earlier_later", "later_earlier"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One 2x2.

    Attributes:
        kind: ``treated_never``; ``earlier_later`` (late starters, before they start, as
            comparison); ``later_earlier`` (early starters, already treated, as comparison).
        treated: First treated period of the group whose change is the effect.
        comparison: That of the group it is compared with; -1 for never.
        weight: Its part of the coefficient; all sum to one.
        estimate: Its difference in differences.
    """

    kind: Kind
    treated: int
    comparison: int
    weight: float
    estimate: float


def decompose(outcome: Floats, first: np.ndarray) -> tuple[Comparison, ...]:
    """All comparisons behind the two-way fixed-effects coefficient, unweighted.

    Args:
        outcome: Balanced panel, n x T.
        first: First treated period of each unit, n; -1 for never.

    Raises:
        NotEstimableError: If a cell is missing, a unit is treated from the first period, or
            nothing differs in timing.
    """
    periods = outcome.shape[1]
    if not np.isfinite(outcome).all():
        raise NotEstimableError("the decomposition needs a balanced panel")
    if (first == 0).any() or (first >= periods).any():
        raise NotEstimableError("a unit is treated throughout or after the last snapshot")
    cohorts = [int(c) for c in np.unique(first) if c > 0]
    size = {c: float((first == c).mean()) for c in (*cohorts, -1)}
    path = {c: outcome[first == c].mean(axis=0) for c in size if size[c] > 0}
    exposed = {c: 1 - c / periods for c in cohorts}
    found: list[Comparison] = []
    for k in cohorts:
        if size[-1] > 0:
            share = size[k] * size[-1]
            weight = share * exposed[k] * (1 - exposed[k])
            value = _change(path[k], k, 0, periods) - _change(path[-1], k, 0, periods)
            found.append(Comparison("treated_never", k, -1, weight, value))
        for late in (c for c in cohorts if c > k):
            share, apart = size[k] * size[late], exposed[k] - exposed[late]
            value = _change(path[k], k, 0, late) - _change(path[late], k, 0, late)
            weight = share * apart * (1 - exposed[k])
            found.append(Comparison("earlier_later", k, late, weight, value))
            value = _change(path[late], late, k, periods) - _change(path[k], late, k, periods)
            weight = share * apart * exposed[late]
            found.append(Comparison("later_earlier", late, k, weight, value))
    total = sum(c.weight for c in found)
    if not total > 0:
        raise NotEstimableError("no two groups differ in timing")
    return tuple(
        Comparison(c.kind, c.treated, c.comparison, c.weight / total, c.estimate) for c in found
    )


def _change(path: Floats, at: int, first: int, last: int) -> float:
    """Mean from ``at`` up to ``last`` less mean from ``first`` up to ``at``."""
    return float(path[at:last].mean() - path[first:at].mean())
