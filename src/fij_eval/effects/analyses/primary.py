"""The primary analysis, as the plan says: two estimands on two scales, judged together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.effects import checks
from fij_eval.effects.analyses.common import Result, fields, sample_of, without
from fij_eval.effects.analyses.primary_family.case import Case
from fij_eval.effects.analyses.primary_family.joint import joint
from fij_eval.effects.analyses.primary_family.log_odds import log_odds
from fij_eval.effects.analyses.primary_family.points import points
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, windows
from fij_eval.effects.two_windows import collapse

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "seed")
ANALYSIS = "primary"
ESTIMATORS = {"pp": "did_adjusted", "logit": "fractional_logit"}


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``primary.<scale>.<estimand>.<what>``; tables ``clusters`` and ``family``."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    covariates = plan.primary.covariates
    checks.check_dating(sample, covariates)
    largest = checks.check_equalities(sample, chosen)
    checks.check_weights(
        checks.treatment_pattern(sample, chosen),
        (*chosen.base, *chosen.post),
        where="primary analysis",
    )
    records: list[Estimate] = [_equalities(sample, chosen, largest)]
    details: dict[str, pd.DataFrame] = {}
    cases: list[Case] = []
    for estimand in plan.primary.estimands:
        common = {
            scale: fields(
                ANALYSIS,
                sample,
                spec=f"primary.{scale}.{estimand}",
                estimator=ESTIMATORS[scale],
                estimand=estimand,
                windows=chosen,
                covariates=covariates,
                plan_status="primary",
            )
            for scale in plan.primary.scales
        }
        try:
            data = collapse(
                sample,
                chosen,
                estimand=estimand,
                covariates=covariates,
                strata=parts.of("inference").strata,
            )
        except NotEstimableError as error:
            records += [
                without(c, key=f"{c['spec']}.att", reason=error.reason) for c in common.values()
            ]
            continue
        case = Case(estimand, data, parts)
        cases.append(case)
        if "pp" in common:
            found, clusters = points(case, common["pp"], sample, chosen)
            records += found
            if clusters is not None:
                details[f"clusters.{estimand}"] = clusters
        if "logit" in common:
            records += log_odds(case, common["logit"])
    tested, table = joint(cases, records, plan.primary.scales, parts)
    if table is not None:
        details["family"] = table
    found_records = (*records, *tested)
    _check_rows(found_records, plan.primary.estimands)
    return Result(found_records, details)


def _check_rows(records: tuple[Estimate, ...], estimands: tuple[str, ...]) -> None:
    """Both scales of an estimand work on the same municipalities."""
    known = {record.key: record for record in records}
    for estimand in estimands:
        pair = [known.get(f"primary.{scale}.{estimand}.att") for scale in ("pp", "logit")]
        units = [r.n_units for r in pair if r is not None and r.estimate is not None]
        if len(units) == len(pair):
            checks.check_same_rows(*units, where=f"primary analysis, {estimand}")


def _equalities(sample: Sample, chosen: Windows, largest: float) -> Estimate:
    """The record of the check that one-cohort estimators are one."""
    common = fields(
        ANALYSIS,
        sample,
        spec="check",
        estimator="one_cohort_equalities",
        estimand="municipality_average",
        windows=chosen,
        plan_status="descriptive",
    )
    cohorts = len(sample.cohorts)
    return Estimate(
        key="primary.check.equalities",
        term="largest_difference",
        scale="statistic",
        estimate=largest,
        null=f"at most {checks.EQUAL:g}",
        n_units=len(sample.units),
        n_treated=int(sample.treated.sum()),
        note="" if cohorts == 1 else f"{cohorts} months of kick-off: not compared",
        **common,
    )
