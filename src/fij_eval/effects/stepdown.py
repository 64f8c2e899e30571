"""What may be done with so many snapshots before kick-off, by rule.

With one snapshot there is a difference in differences and nothing can be said of trends; with two
there is one lead; three give two changes, so that it can be asked how much trends differed; four
are the fewest from which synthetic weights are found, and below five they are not worth showing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from fij_eval.effects.samples import Sample

Method = Literal["difference", "leads", "robust_trends", "synthetic", "synthetic_shown"]

#: Fewest snapshots before kick-off for each method, the base included.
NEEDED = MappingProxyType(
    {"difference": 1, "leads": 2, "robust_trends": 3, "synthetic": 4, "synthetic_shown": 5}
)
_WORDS = MappingProxyType(
    {
        "difference": "a comparison over time",
        "leads": "anything about trends before kick-off",
        "robust_trends": "intervals that allow trends to differ",
        "synthetic": "synthetic weights",
        "synthetic_shown": "synthetic weights worth showing",
    }
)


def pre_periods(sample: Sample) -> int:
    """Snapshots before the first kick-off with the outcome for at least one municipality."""
    return sum(month < sample.cohorts[0] for month in sample.months)


def why_not(method: Method, periods: int) -> str:
    """Why the method is not used with so many snapshots before kick-off; empty if it is."""
    needed = NEEDED[method]
    if periods >= needed:
        return ""
    have = "no snapshot" if periods == 0 else f"{periods} snapshot{'s' if periods > 1 else ''}"
    return f"{have} before kick-off; {_WORDS[method]} needs {needed}"


def step(periods: int) -> int:
    """Step of the ladder of methods that the number of snapshots reaches, 0 to 4.

    0: nothing; 1: difference in differences; 2: one lead; 3: robust intervals; 4: all.
    """
    return sum(
        periods >= NEEDED[name]
        for name in ("difference", "leads", "robust_trends", "synthetic_shown")
    )
