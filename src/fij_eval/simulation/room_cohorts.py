"""Two months of kick-off: where estimators part, and what theory says that each estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects import group_time
from fij_eval.simulation.room_estimators import Value, value_of
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from fij_eval.effects.estimators import Pair
    from fij_eval.effects.samples import Sample
    from fij_eval.simulation.observed import Observed
    from fij_eval.simulation.outcome import Simulated

    FloatArray = NDArray[np.float64]


def cohorts(
    simulated: Simulated, seen: Observed, sample: Sample, estimand: str, effects: FloatArray
) -> Iterator[tuple[str, Value]]:
    """Two months of kick-off: group-time effects over all that comes after, and static regression.

    The static regression is held twice: against the effect on the treated (where it is biased when
    effects grow) and against the weighted mean of effects that theory gives it (Goodman-Bacon 2021;
    de Chaisemartin & D'Haultfoeuille 2020), where it should have no bias.
    """
    rows = np.flatnonzero(seen.enters)
    weight = np.ones(len(rows)) if estimand == ESTIMANDS[0] else seen.residents[rows]
    months = np.array(simulated.world.months)
    on = seen.treated[rows, None] & (simulated.network.start[rows, None] <= months)
    true = effects[rows]
    att = float((weight[:, None] * on * true).sum() / (weight[:, None] * on).sum())

    def of_groups() -> Pair:
        found = group_time.estimate(sample, estimand=estimand, method="reg")
        overall = group_time.aggregate(found, "simple")
        return overall.att, overall.variance

    yield "cs_two_cohorts", value_of(of_groups, att)
    # a snapshot in the month of a kick-off is not yet treated, which tells the cohorts apart
    after = seen.treated[rows, None] & (simulated.network.start[rows, None] < months)
    att = float((weight[:, None] * after * true).sum() / (weight[:, None] * after).sum())
    estimate, se, theory = static_regression(sample.outcome, after, weight, true)
    yield "static_twfe", Value(estimate, se, att)
    yield "static_twfe_theory", Value(estimate, se, theory)


def static_regression(
    outcome: FloatArray, on: NDArray[np.bool_], weight: FloatArray, effects: FloatArray
) -> tuple[float, float, float]:
    """Two-way fixed effects with one coefficient, and the mean of effects that it estimates.

    Args:
        outcome: Balanced, (n, T).
        on: Treatment, (n, T).
        weight: Of the units, (n,).
        effects: True effects, (n, T).

    Returns:
        Coefficient, CV1 error by unit, and the sum over treated cells of d times the effect over
        the sum of d times treatment, with d what is left of treatment beside the fixed effects.
    """
    w = weight[:, None] / weight.sum()

    def within(values: FloatArray) -> FloatArray:
        by_unit = values - values.mean(axis=1, keepdims=True)
        return np.asarray(by_unit - (w * by_unit).sum(axis=0))

    d, y = within(on.astype(float)), within(outcome)
    gram = float((w * d * d).sum())
    coefficient = float((w * d * y).sum()) / gram
    scores = (w * d * (y - coefficient * d)).sum(axis=1) / gram
    units = len(weight)
    se = float(np.sqrt(units / (units - 1) * (scores**2).sum()))
    return coefficient, se, float((w * d * np.where(on, effects, 0.0)).sum() / gram)
