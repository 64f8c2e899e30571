"""Decomposition of a change into what each factor contributes, adding up exactly.

The contribution of a factor is its effect averaged over all orders in which factors could have
changed. With a rate and a composition this is Kitagawa's decomposition.

Source: Kitagawa (1955); Das Gupta (1993); Shorrocks (2013).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A change and what each factor contributes to it.

    Attributes:
        before: Value before.
        after: Value after.
        parts: Contribution by factor; they add up to ``after - before``.
    """

    before: float
    after: float
    parts: Mapping[str, float]


def decompose(
    value: Callable[[Mapping[str, FloatArray]], float],
    before: Mapping[str, FloatArray],
    after: Mapping[str, FloatArray],
) -> Decomposition:
    """Contribution of each factor to the change of a value.

    Args:
        value: The value from all factors.
        before: Factors before, by name.
        after: Factors after, same names.

    Raises:
        EstimationError: If the factors differ, or a value is missing.
    """
    names = tuple(before)
    if set(names) != set(after):
        raise EstimationError("The factors before and after are not the same")
    at: dict[frozenset[str], float] = {}
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            mixed = {name: (after if name in chosen else before)[name] for name in names}
            at[frozenset(chosen)] = float(value(mixed))
    if not all(math.isfinite(v) for v in at.values()):
        raise EstimationError(
            "A decomposition meets a missing value",
            remedy="give every group a rate before and after, or merge groups",
        )
    count = math.factorial(len(names))
    parts = {}
    for name in names:
        others = [n for n in names if n != name]
        total = 0.0
        for size in range(len(others) + 1):
            orders = math.factorial(size) * math.factorial(len(others) - size)
            for chosen in itertools.combinations(others, size):
                total += orders * (at[frozenset((*chosen, name))] - at[frozenset(chosen)])
        parts[name] = total / count
    return Decomposition(at[frozenset()], at[frozenset(names)], MappingProxyType(parts))
