"""How far trends may differ before the result falls: robust intervals, pre-test power, placebos.

The event study has the primary analysis's covariates and the last snapshot before kick-off as base;
the target is the average over the post window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import event_windows, stepdown
from fij_eval.effects.analyses.common import (
    Result,
    effect,
    fields,
    sample_of,
    too_few,
    tried,
    without,
)
from fij_eval.effects.design import unit_covariates
from fij_eval.effects.event_windows import EventWindows
from fij_eval.effects.inference import honest, pretest, smoothness
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.placebo import in_time
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, weights, windows
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream
from fij_eval.settings import CURRENT_COVARIATES

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "trends"
POWERS = (0.5, 0.8)
#: A variance of a share smaller than this is rounding.
_NO_VARIATION = 1e-24


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
        details[f"covariance.{estimand}"] = _covariance(study)
        records += _robust(study, chosen, common, parts, periods=periods)
        records += _pretest(study, chosen, common, parts, periods=periods)
        records += _in_time(sample, common, parts, plan, periods=periods)
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
            inference="influence function, t(G-1)",
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


def _covariance(study: EventWindows) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(study.covariance, columns=list(study.months))
    frame.insert(0, "month", list(study.months))
    frame["coefficient"] = study.coefficients
    return frame


def _robust(
    study: EventWindows,
    chosen: Windows,
    common: dict[str, Any],
    parts: Parts,
    *,
    periods: int,
) -> list[Estimate]:
    """Intervals under relative magnitudes and smoothness, and the breakdown values."""
    estimand = str(common["estimand"])
    stem = f"{ANALYSIS}.honest.{estimand}"
    reason = (
        stepdown.why_not("robust_trends", periods)
        or too_few(study.n_units, study.n_treated)
        or _constant(study)
    )
    if reason:
        return [
            without(common, key=f"{stem}.{term}", term=term, scale=scale, reason=reason)
            for term, scale in (("breakdown", "statistic"), ("breakdown_smoothness", "pp"))
        ]
    level, settings = parts.of("inference").level, parts.of("robustness")
    counts: dict[str, Any] = {
        "n_units": study.n_units,
        "n_treated": study.n_treated,
        "level": level,
    }

    def draws_for(purpose: str) -> np.random.Generator:
        return stream(parts.of("seed"), "honest", estimand, purpose)

    def relative() -> list[Estimate]:
        given = honest.event_study(
            study.coefficients,
            study.covariance,
            pre=study.pre,
            target=study.target(chosen.post),
            spacing=study.spacing,
        )
        found = honest.relative_magnitudes(
            given, rng=draws_for("bounds"), bounds=settings.relative_magnitudes, level=level
        )
        value = honest.breakdown(given, rng=draws_for("breakdown"), level=level)
        return [
            *(
                Estimate(
                    key=f"{stem}.m{interval.bound:g}",
                    term=f"relative_magnitudes {interval.bound:g}",
                    scale="pp",
                    estimate=given.estimate,
                    se=given.se,
                    ci_low=interval.ci_low,
                    ci_high=interval.ci_high,
                    inference="relative magnitudes by month, hybrid",
                    note="trends may change from snapshot to snapshot by so many times their "
                    "largest change before kick-off",
                    **counts,
                    **common,
                )
                for interval in found
            ),
            Estimate(
                key=f"{stem}.breakdown",
                term="breakdown",
                scale="statistic",
                estimate=value,
                inference="relative magnitudes by month, hybrid",
                note="largest multiple for which the interval excludes no effect",
                **counts,
                **common,
            ),
        ]

    def smooth() -> list[Estimate]:
        given = honest.event_study(
            study.coefficients, study.covariance, pre=study.pre, target=study.target(chosen.post)
        )
        bounds = [pp / 100 for pp in settings.smoothness_pp]
        found = smoothness.smoothness(given, bounds=bounds, level=level)
        value = smoothness.breakdown_smoothness(given, level=level)
        return [
            *(
                Estimate(
                    key=f"{stem}.s{interval.bound * 100:g}",
                    term=f"smoothness {interval.bound * 100:g}",
                    scale="pp",
                    estimate=given.estimate,
                    se=given.se,
                    ci_low=interval.ci_low,
                    ci_high=interval.ci_high,
                    inference="smoothness, fixed length; snapshots count as equally far apart",
                    note="trends may bend by so many percentage points from snapshot to snapshot",
                    **counts,
                    **common,
                )
                for interval in found
            ),
            Estimate(
                key=f"{stem}.breakdown_smoothness",
                term="breakdown_smoothness",
                scale="pp",
                estimate=value if np.isfinite(value) else None,
                inference="smoothness, fixed length; snapshots count as equally far apart",
                note="largest bend for which the interval excludes no effect"
                if np.isfinite(value)
                else "no bend within 1,000 standard errors makes the interval hold no effect",
                **counts,
                **common,
            ),
        ]

    return [
        *tried(common, f"{stem}.breakdown", relative, term="breakdown", scale="statistic"),
        *tried(common, f"{stem}.breakdown_smoothness", smooth, term="breakdown_smoothness"),
    ]


def _constant(study: EventWindows) -> str:
    """Why nothing can be said of trends where the outcome leaves no variation."""
    varies = np.diag(study.covariance).min() > _NO_VARIATION
    return "" if varies else "the outcome does not vary within the arms"


def _pretest(
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
    if reason := stepdown.why_not("leads", periods) or _constant(study):
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

        records += tried(common, f"{stem}.slope_{power * 100:.0f}", made, term="slope")
    return records


def _in_time(
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
    pre = [k for k, month in enumerate(sample.months) if month < sample.cohorts[0]]
    fixed = [c for c in plan.primary.covariates if c not in CURRENT_COVARIATES]
    try:
        found = in_time(
            sample.outcome,
            sample.treated,
            months=sample.months,
            pre=pre,
            weights=weights(sample, estimand),
            covariates=unit_covariates(sample, fixed)[0],
            level=parts.of("inference").level,
        )
    except CheckError:
        raise
    except EstimationError as error:
        return [without(common, key=f"{stem}.none", term="placebo", reason=error.what)]
    records = []
    for placebo in found:
        key = f"{stem}.{placebo.name}"
        here = common | {
            "post": sample.months[pre[-1]],
            "base": sample.months[pre[0]],
            "covariates": tuple(fixed),
        }
        if placebo.result is None:
            records.append(without(here, key=key, term="placebo", reason=placebo.note))
            continue
        result = placebo.result
        records.append(
            Estimate(
                key=key,
                term="placebo",
                scale="pp",
                estimate=result.estimate,
                se=result.se,
                ci_low=result.ci_low,
                ci_high=result.ci_high,
                p_value=result.p_value,
                df=float(result.df),
                inference=f"HC1 t({result.df})",
                n_units=result.n_units,
                n_treated=result.n_treated,
                note=f"kick-off put before {placebo.name}",
                **here,
            )
        )
    return records
