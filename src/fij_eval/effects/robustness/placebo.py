"""Placebos: the same regression where no effect can be - earlier, elsewhere, another outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import (
    BoolArray,
    Difference,
    change,
    difference,
)
from fij_eval.errors import EstimationError

Kind = Literal["time", "outcome", "space"]


@dataclass(frozen=True, slots=True)
class Placebo:
    """One placebo.

    Attributes:
        kind: ``time``, ``outcome`` or ``space``.
        name: Which one: the pseudo kick-off, the outcome, or ``neighbours``.
        result: The difference, None where there is none.
        note: Why there is none.
    """

    kind: Kind
    name: str
    result: Difference | None
    note: str = ""


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
    return tuple(
        _placebo(
            "time",
            months[columns[k]],
            change(values, columns[:k], columns[k:]),
            treated,
            weights=weights,
            covariates=covariates,
            level=level,
        )
        for k in range(1, len(columns))
    )


def in_outcome(
    outcomes: Mapping[str, FloatArray],
    treated: BoolArray,
    *,
    base: Sequence[int],
    post: Sequence[int],
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    level: float = 0.95,
) -> tuple[Placebo, ...]:
    """The same windows on outcomes that taking part should not move.

    Args:
        outcomes: Outcomes by name, each (n, T).
        treated: Shape (n,).
        base: Columns before.
        post: Columns after.
        weights: Shape (n,).
        covariates: Shape (n, k).
        level: Confidence level.
    """
    return tuple(
        _placebo(
            "outcome",
            name,
            change(values, base, post),
            treated,
            weights=weights,
            covariates=covariates,
            level=level,
        )
        for name, values in outcomes.items()
    )


def in_space(
    values: FloatArray,
    treated: BoolArray,
    near: BoolArray,
    *,
    base: Sequence[int],
    post: Sequence[int],
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    level: float = 0.95,
) -> Placebo:
    """Neighbours of participants as if they had taken part; participants are left out.

    A difference here is spill-over, or a region in which things went differently.

    Args:
        values: Outcome, shape (n, T).
        treated: Shape (n,).
        near: Which units touch, (n, n).
        base: Columns before.
        post: Columns after.
        weights: Shape (n,).
        covariates: Shape (n, k).
        level: Confidence level.
    """
    beside = (near & treated).any(axis=1) & ~treated
    return _placebo(
        "space",
        "neighbours",
        np.where(treated, np.nan, change(values, base, post)),
        beside,
        weights=weights,
        covariates=covariates,
        level=level,
    )


def _placebo(
    kind: Kind,
    name: str,
    outcome: FloatArray,
    treated: BoolArray,
    *,
    weights: FloatArray | None,
    covariates: FloatArray | None,
    level: float,
) -> Placebo:
    try:
        found = difference(outcome, treated, weights=weights, covariates=covariates, level=level)
    except EstimationError as error:
        return Placebo(kind, name, None, error.what)
    return Placebo(kind, name, found)
