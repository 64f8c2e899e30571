"""How far trends may differ before the result falls: robust intervals, pre-test power, placebos.

The event study has the primary analysis's covariates and the last snapshot before kick-off as base;
the target is the average over the post window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fij_eval.effects import event_windows, stepdown
from fij_eval.effects.analyses.common import (
    Result,
    covariance_frame,
    effect,
    fields,
    sample_of,
    without,
)
from fij_eval.effects.analyses.differing_trends.before import placebos_in_time, pretest_power
from fij_eval.effects.analyses.differing_trends.intervals import robust_intervals
from fij_eval.effects.event_windows import EventWindows
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, windows

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "trends"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``trends.<method>.<estimand>.<term>``; covariances as tables."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    periods = stepdown.pre_periods(sample)
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    for estimand in plan.primary.estimands:
        common = fields(
            ANALYSIS,
            sample,
            spec=f"event_windows.{estimand}",
            estimator="event_windows",
            estimand=estimand,
            windows=chosen,
            covariates=plan.primary.covariates,
        )
        try:
            study = event_windows.estimate(
                sample, estimand=estimand, covariates=plan.primary.covariates
            )
        except NotEstimableError as error:
            records.append(
                without(common, key=f"{ANALYSIS}.event.{estimand}.att", reason=error.reason)
            )
            continue
        common |= {"base": study.base}
        records += _coefficients(study, common, parts.of("inference").level)
        details[f"covariance.{estimand}"] = covariance_frame(study.months, study.covariance).assign(
            coefficient=study.coefficients
        )
        records += robust_intervals(study, chosen, common, parts, periods=periods)
        records += pretest_power(study, chosen, common, parts, periods=periods)
        records += placebos_in_time(sample, common, parts, plan, periods=periods)
    return Result(tuple(records), details)


def _coefficients(study: EventWindows, common: dict[str, Any], level: float) -> list[Estimate]:
    """A record a snapshot."""
    estimand = common["estimand"]
    records = [
        effect(
            common | {"post": month},
            key=f"{ANALYSIS}.event.{estimand}.{month}",
            term=month,
            value=float(study.coefficients[k]),
            variance=float(study.covariance[k, k]),
            level=level,
            inference="CV3 t(G-1)",
            n_units=study.n_units,
            n_treated=study.n_treated,
        )
        for k, month in enumerate(study.months)
    ]
    records += [
        without(
            common | {"post": month},
            key=f"{ANALYSIS}.event.{estimand}.{month}",
            term=month,
            reason=reason,
        )
        for month, reason in study.missing.items()
    ]
    return records
