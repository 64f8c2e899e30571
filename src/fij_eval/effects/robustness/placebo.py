"""Placebos in time: the same regression before kick-off, where no effect can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import (
    BoolArray,
    Difference,
    change,
    difference,
)
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Placebo:
    """One placebo.

    Attributes:
        name: The pseudo kick-off.
        result: The difference, None where there is none.
        note: Why there is none.
    """

    name: str
    result: Difference | None
    note: str


def in_time(
    values: FloatArray,
    treated: BoolArray,
    *,
    months: Sequence[str],
    pre: Sequence[int],
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    level: float = 0.95,
) -> tuple[Placebo, ...]:
    """A kick-off put before each pre-period but the first, later periods left out.

    Args:
        values: Outcome, shape (n, T).
        treated: Shape (n,).
        months: Names of the T columns.
        pre: Columns before the real kick-off, in order.
        weights: Shape (n,).
        covariates: Shape (n, k).
        level: Confidence level.

    Returns:
        One placebo a pseudo kick-off, named by the first month that counts as after it; none with
        fewer than two pre-periods.
    """
    columns = list(pre)
    found = []
    for k in range(1, len(columns)):
        name, result, note = months[columns[k]], None, ""
        try:
            result = difference(
                change(values, columns[:k], columns[k:]),
                treated,
                weights=weights,
                covariates=covariates,
                level=level,
            )
        except EstimationError as error:
            note = error.what
        found.append(Placebo(name, result, note))
    return tuple(found)
