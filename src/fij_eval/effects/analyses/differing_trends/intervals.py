"""Intervals that allow trends to differ, and the difference at which the result falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from fij_eval.effects import stepdown
from fij_eval.effects.analyses.common import too_few, tried, without
from fij_eval.effects.event_windows import EventWindows
from fij_eval.effects.inference import honest, smoothness
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Windows
from fij_eval.randomness import stream
from fij_eval.settings import Parts

ANALYSIS = "trends"
#: A variance of a share smaller than this is rounding.
_NO_VARIATION = 1e-24


def robust_intervals(
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
        or constant(study)
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
        about = counts | common | {"inference": "relative magnitudes by month, hybrid"}
        return [
            *(
                Estimate(
                    key=f"{stem}.m{interval.bound:g}",
                    term=f"relative_magnitudes {interval.bound:g}",
                    scale="pp",
                    note="trends may change from snapshot to snapshot by so many times their "
                    "largest change before kick-off",
                    **_limits(given, interval),
                    **about,
                )
                for interval in found
            ),
            Estimate(
                key=f"{stem}.breakdown",
                term="breakdown",
                scale="statistic",
                estimate=value,
                note="largest multiple for which the interval excludes no effect",
                **about,
            ),
        ]

    def smooth() -> list[Estimate]:
        given = honest.event_study(
            study.coefficients, study.covariance, pre=study.pre, target=study.target(chosen.post)
        )
        bounds = [pp / 100 for pp in settings.smoothness_pp]
        found = smoothness.smoothness(given, bounds=bounds, level=level)
        value = smoothness.breakdown_smoothness(given, level=level)
        how = "smoothness, fixed length; snapshots count as equally far apart"
        about = counts | common | {"inference": how}
        return [
            *(
                Estimate(
                    key=f"{stem}.s{interval.bound * 100:g}",
                    term=f"smoothness {interval.bound * 100:g}",
                    scale="pp",
                    note="trends may bend by so many percentage points from snapshot to snapshot",
                    **_limits(given, interval),
                    **about,
                )
                for interval in found
            ),
            Estimate(
                key=f"{stem}.breakdown_smoothness",
                term="breakdown_smoothness",
                scale="pp",
                estimate=value if np.isfinite(value) else None,
                note="largest bend for which the interval excludes no effect"
                if np.isfinite(value)
                else "no bend within 1,000 standard errors makes the interval hold no effect",
                **about,
            ),
        ]

    return [
        *tried(common, f"{stem}.breakdown", relative, term="breakdown", scale="statistic"),
        *tried(common, f"{stem}.breakdown_smoothness", smooth, term="breakdown_smoothness"),
    ]


def _limits(given: honest.EventStudy, found: honest.RobustInterval) -> dict[str, Any]:
    return {
        "estimate": given.estimate,
        "se": given.se,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
    }


def constant(study: EventWindows) -> str:
    """Why nothing can be said of trends where the outcome leaves no variation."""
    varies = np.diag(study.covariance).min() > _NO_VARIATION
    return "" if varies else "the outcome does not vary within the arms"
