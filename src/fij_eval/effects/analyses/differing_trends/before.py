"""What the snapshots before kick-off can tell: power of the pre-test, placebos in time."""

from __future__ import annotations

from typing import Any

from fij_eval.effects import stepdown
from fij_eval.effects.analyses.common import of_difference, tried, without
from fij_eval.effects.analyses.differing_trends.intervals import ANALYSIS, constant
from fij_eval.effects.design import unit_covariates
from fij_eval.effects.event_windows import EventWindows
from fij_eval.effects.inference import pretest
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.placebo import in_time
from fij_eval.effects.samples import Sample, Windows, span, weights
from fij_eval.errors import CheckError, EstimationError
from fij_eval.plan import AnalysisPlan
from fij_eval.randomness import stream
from fij_eval.settings import CURRENT_COVARIATES, Parts

POWERS = (0.5, 0.8)


def pretest_power(
    study: EventWindows,
    chosen: Windows,
    common: dict[str, Any],
    parts: Parts,
    *,
    periods: int,
) -> list[Estimate]:
    """The slope that the pre-test finds with given power, and the bias it would mean."""
    estimand = str(common["estimand"])
    stem = f"{ANALYSIS}.pretest.{estimand}"
    if reason := stepdown.why_not("leads", periods) or constant(study):
        return [without(common, key=f"{stem}.slope", term="slope", reason=reason)]
    records: list[Estimate] = []
    for power in POWERS:

        def made(power: float = power) -> list[Estimate]:
            found = pretest.pretest_power(
                study.covariance,
                study.times,
                pre=study.pre,
                target=study.target(chosen.post),
                power=power,
                rng=stream(parts.of("seed"), "pretest", estimand, f"{power:g}"),
                level=parts.of("inference").level,
            )
            rows = {
                "slope": (found.slope, "difference in trends a month"),
                "bias": (found.bias, "bias of the estimate if that difference went on"),
                "bias_if_passed": (
                    found.bias_if_passed,
                    "the same, where the pre-test found nothing",
                ),
            }
            return [
                Estimate(
                    key=f"{stem}.{term}_{power * 100:.0f}",
                    term=f"{term} at power {power:g}",
                    scale="pp",
                    estimate=value,
                    n_units=study.n_units,
                    n_treated=study.n_treated,
                    note=f"found by the pre-test with probability {power:g}: {what}",
                    **common,
                )
                for term, (value, what) in rows.items()
            ]

        key = f"{stem}.slope_{power * 100:.0f}"
        records += tried(common, key, made, term=f"slope at power {power:g}")
    return records


def placebos_in_time(
    sample: Sample,
    common: dict[str, Any],
    parts: Parts,
    plan: AnalysisPlan,
    *,
    periods: int,
) -> list[Estimate]:
    """Kick-off put before each snapshot before the real one."""
    estimand = str(common["estimand"])
    stem = f"{ANALYSIS}.placebo_time.{estimand}"
    if reason := stepdown.why_not("leads", periods):
        return [without(common, key=f"{stem}.none", term="placebo", reason=reason)]
    before = tuple(month for month in sample.months if month < sample.cohorts[0])
    fixed = [c for c in plan.primary.covariates if c not in CURRENT_COVARIATES]
    level = parts.of("inference").level
    try:
        found = in_time(
            sample.outcome,
            sample.treated,
            months=sample.months,
            pre=sample.at(before),
            weights=weights(sample, estimand),
            covariates=unit_covariates(sample, fixed)[0],
            level=level,
        )
    except CheckError:
        raise
    except EstimationError as error:
        return [without(common, key=f"{stem}.none", term="placebo", reason=error.what)]
    records = []
    for placebo in found:
        key = f"{stem}.{placebo.name}"
        here = common | {
            "base": span(tuple(month for month in before if month < placebo.name)),
            "post": span(tuple(month for month in before if month >= placebo.name)),
            "covariates": tuple(fixed),
        }
        if placebo.result is None:
            records.append(without(here, key=key, term="placebo", reason=placebo.note))
            continue
        records.append(
            of_difference(
                here,
                placebo.result,
                key=key,
                term="placebo",
                level=level,
                note=f"kick-off put before {placebo.name}",
            )
        )
    return records
