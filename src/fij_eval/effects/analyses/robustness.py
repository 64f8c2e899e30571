"""Trying to break the result: placebos, pseudo-networks, leaving out, neighbours, hidden cells.

All on the two windows of the primary analysis with its covariates, in percentage points; placebos
in time and robust intervals stand in the analysis ``trends``, the specification curve in ``curve``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.attempts.hidden import hidden_cells
from fij_eval.effects.analyses.attempts.left_out import each_left_out
from fij_eval.effects.analyses.attempts.neighbours import (
    borders,
    county_clusters,
    neighbours_and_rings,
    residual_likeness,
)
from fij_eval.effects.analyses.attempts.networks import networks_that_were_not
from fij_eval.effects.analyses.attempts.placebos import other_employment, outcome_placebos
from fij_eval.effects.analyses.common import Result, fields, sample_of, without
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.spillover import adjacency
from fij_eval.effects.samples import NotEstimableError, windows
from fij_eval.effects.two_windows import collapse

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel", "reference_neighbours", "source_statbank_labour_status")
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "robustness"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``robustness.<what>.<estimand>.<term>`` and their tables."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    pairs = frames["reference_neighbours"]
    near = adjacency(pairs, [str(c) for c in sample.units.index])
    steps = borders(frames["panel"], pairs, sample)
    labour = other_employment(frames["source_statbank_labour_status"], sample)
    for estimand in plan.primary.estimands:
        try:
            data = collapse(
                sample,
                chosen,
                estimand=estimand,
                covariates=plan.primary.covariates,
                strata=parts.of("inference").strata,
            )
        except NotEstimableError as error:
            common = fields(
                ANALYSIS,
                sample,
                spec=f"all.{estimand}",
                estimator="did_adjusted",
                estimand=estimand,
                windows=chosen,
            )
            records.append(
                without(common, key=f"{ANALYSIS}.all.{estimand}.att", reason=error.reason)
            )
            continue
        case = Case(sample, chosen, data, estimand, plan.primary.covariates, parts)
        records += outcome_placebos(case, labour)
        records += neighbours_and_rings(case, steps)
        records += networks_that_were_not(case, details)
        records += each_left_out(case, details)
        records += county_clusters(case)
        records += residual_likeness(case, near)
        records += hidden_cells(case)
    return Result(tuple(records), details)
