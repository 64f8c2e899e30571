"""Every estimator and inference method on a batch of replications of one family of worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fij_eval.simulation.claiming import COLUMNS as CLAIM_COLUMNS
from fij_eval.simulation.claiming import claims as claims_of
from fij_eval.simulation.fitted import PP, fits
from fij_eval.simulation.resampling import Resample
from fij_eval.simulation.stack import Inputs, averaged, designs, stacked
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.fitted import Found
    from fij_eval.simulation.scenarios import Family
    from fij_eval.simulation.stack import Ground, Stack

    FloatArray = NDArray[np.float64]

#: p-values of methods that give no error.
P_VALUES = (
    "p_ri",
    "p_ri_t",
    "p_wild",
    "p_max_t",
    "p_romano_wolf",
    "p_ri_truth",
    "p_ri_t_truth",
    "p_wild_truth",
)
#: Columns of a batch's records, in order.
COLUMNS = (
    "scenario",
    "replication",
    "estimator",
    "estimand",
    "estimate",
    "se_cv1",
    "se_cv3",
    "se_own",
    "se_placebo",
    "df",
    *P_VALUES,
    "truth",
    "realised",
    "units",
    "treated",
)


def run(
    ground: Ground, family: Family, replications: Iterable[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records of a batch: estimates, and claims where the family's gate is measured.

    The numbers of a replication depend on the seed and its number alone.

    Returns:
        Columns ``COLUMNS``, one row an estimate; columns of ``claiming``, one row a claim.
    """
    numbers = list(replications)
    worlds = list(dict.fromkeys(scenario.world for scenario in family.scenarios))
    played = [dict(zip(worlds, ground.play(worlds, number), strict=True)) for number in numbers]
    rows: list[pd.DataFrame] = []
    claims: list[dict[str, object]] = []
    for scenarios in designs(family):
        stack = stacked(ground, scenarios, played, numbers)
        found, judged = _evaluate(ground.seed, family, stack, numbers)
        rows.extend(found)
        claims.extend(judged)
    return (
        pd.concat(rows, ignore_index=True)[list(COLUMNS)],
        pd.DataFrame(claims, columns=list(CLAIM_COLUMNS)),
    )


def _evaluate(
    seed: int, family: Family, stack: Stack, numbers: Sequence[int]
) -> tuple[list[pd.DataFrame], list[dict[str, object]]]:
    """All estimators of one design, for both estimands."""
    given = Inputs.of(stack)
    weights = {estimand: stack.weights(estimand) for estimand in ESTIMANDS}
    every = {estimand: fits(stack, given, weight) for estimand, weight in weights.items()}
    p: dict[tuple[str, str], dict[str, FloatArray]] = {}
    if stack.exact:
        resample = Resample(seed, family.thorough, stack, numbers)
        p = resample.family(given, weights)
        count = len(stack.scenarios)
        for estimand, fit in every.items():
            truths = averaged(stack.truth, stack.treated * weights[estimand])
            p["did", estimand] = resample.of(fit.plain.outcomes(slice(0, count)), truths)
            own = resample.of(fit.primary.outcomes(slice(0, count)), truths)
            p[PP, estimand] = {**p[PP, estimand], **own}
    records: list[pd.DataFrame] = []
    claims: list[dict[str, object]] = []
    for estimand, fit in every.items():
        treated = stack.treated * weights[estimand]
        truths, realised = averaged(stack.truth, treated), averaged(stack.realised, treated)
        records += [
            _frame(
                stack,
                numbers,
                estimand,
                found,
                p=p.get((found.name, estimand), {}),
                truths=truths,
                realised=realised,
            )
            for found in fit.found
        ]
        if family.gate and stack.exact:
            # randomization counts by the larger of its two p-values, as in the effect room
            own = p[PP, estimand]
            larger = np.maximum(own["p_ri"], own["p_ri_t"])
            claims += claims_of(seed, family, stack, numbers, estimand=estimand, fits=fit, p=larger)
    return records, claims


def _frame(
    stack: Stack,
    numbers: Sequence[int],
    estimand: str,
    found: Found,
    *,
    p: Mapping[str, FloatArray],
    truths: FloatArray,
    realised: FloatArray,
) -> pd.DataFrame:
    """Rows of the records."""
    count = len(stack.scenarios)
    missing = np.full(found.estimate.shape, np.nan)
    return pd.DataFrame(
        {
            "scenario": np.tile([s.name for s in stack.scenarios], len(numbers)),
            "replication": np.repeat(numbers, count),
            "estimator": found.name,
            "estimand": estimand,
            "estimate": found.estimate.ravel(),
            "se_cv1": found.cv1.ravel(),
            "se_cv3": found.cv3.ravel(),
            "se_own": np.nan,
            "se_placebo": np.nan,
            "df": np.repeat(found.df, count),
            **{column: p.get(column, missing).ravel() for column in P_VALUES},
            "truth": 0.0 if found.zero_truth else truths.ravel(),
            "realised": 0.0 if found.zero_truth else realised.ravel(),
            "units": np.repeat(stack.enters.sum(axis=1), count),
            "treated": np.repeat((stack.enters * stack.treated).sum(axis=1).astype(int), count),
        }
    )
