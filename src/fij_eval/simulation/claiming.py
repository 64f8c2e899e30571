"""Claims on simulated worlds, and the event study that they stand on: bands, tests, robust sets.

The covariance between snapshots is the effect room's own, the cluster jackknife's, so that what the
report's intervals do is what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from fij_eval.effects.event_study import LEVELLING_OFF
from fij_eval.effects.inference import honest, smoothness
from fij_eval.effects.inference.multiple import sup_t
from fij_eval.randomness import stream
from fij_eval.simulation import gate, methods
from fij_eval.simulation.fitted import LOGIT
from fij_eval.simulation.performance import LEVEL
from fij_eval.simulation.stack import averaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.fitted import Fits, Found
    from fij_eval.simulation.scenarios import Family
    from fij_eval.simulation.stack import Stack

    FloatArray = NDArray[np.float64]

#: Scenarios whose robust sets are computed in every replication, to judge what they cover.
ROBUST_ALWAYS = ("S0", "S1_3pp", "S4")
#: Bounds on how much trends may bend from snapshot to snapshot, as shares, and their columns.
BENDS = {"smooth_covers_0": 0.0, "smooth_covers_half": 0.005}
#: Draws behind the band's multiplier in each replication.
BAND_DRAWS = 4_000
#: Columns of a claim.
COLUMNS = (
    "scenario",
    "replication",
    "estimand",
    "rung",
    *"ABCDE",
    "breakdown",
    "robust_covers_0",
    "robust_covers",
    *BENDS,
    "pretest_p",
    "levelling_p",
    "pointwise_covers",
    "band_covers",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Events:
    """The event study of one scenario in all replications.

    Attributes:
        before: Snapshots with a coefficient before the base.
        coefficients: (R, K).
        covariance: (R, K, K).
        truth: True coefficients, (R, K).
        target: Weights on the coefficients after the base.
        spacing: Quarters between neighbours, base included, (K,).
        df: (R,).
    """

    before: int
    coefficients: FloatArray
    covariance: FloatArray
    truth: FloatArray
    target: FloatArray
    spacing: FloatArray
    df: FloatArray

    def pretest(self) -> FloatArray:
        """p-values of the test that all coefficients before kick-off are zero, (R,)."""
        if not self.before:
            return np.full(len(self.coefficients), np.nan)
        part = slice(0, self.before)
        return methods.wald(self.coefficients[:, part], self.covariance[:, part, part], self.df)

    def levelling(self) -> FloatArray:
        """p-values of the test that the last coefficients are equal, (R,)."""
        last = min(LEVELLING_OFF, self.coefficients.shape[1] - self.before)
        if last < 2:
            return np.full(len(self.coefficients), np.nan)
        rows = np.diff(np.eye(self.coefficients.shape[1])[-last:], axis=0)
        return methods.wald(self.coefficients @ rows.T, rows @ self.covariance @ rows.T, self.df)

    def covers(self, r: int, rng: np.random.Generator) -> tuple[float, float]:
        """Whether all pointwise intervals, and whether the band, hold all true coefficients."""
        covariance = self.covariance[r]
        away = np.abs(self.coefficients[r] - self.truth[r]) / np.sqrt(np.diag(covariance))
        df = float(self.df[r])
        single = float(stats.t.ppf((1 + LEVEL) / 2, df))
        joint = sup_t(covariance, rng=rng, level=LEVEL, df=df, draws=BAND_DRAWS)
        return float((away <= single).all()), float((away <= joint).all())

    def smooth(self, r: int, truth: float) -> dict[str, float]:
        """Whether the fixed-length intervals hold the true effect; NaN with too few snapshots."""
        if self.before < 2:
            return dict.fromkeys(BENDS, np.nan)
        study = honest.event_study(
            self.coefficients[r], self.covariance[r], pre=self.before, target=self.target
        )
        found = smoothness.smoothness(study, bounds=list(BENDS.values()), level=LEVEL)
        return {
            name: float(interval.ci_low <= truth <= interval.ci_high)
            for name, interval in zip(BENDS, found, strict=True)
        }


def claims(
    seed: int,
    family: Family,
    stack: Stack,
    numbers: Sequence[int],
    *,
    estimand: str,
    fits: Fits,
    p: FloatArray,
) -> list[dict[str, object]]:
    """One claim a replication and scenario.

    Args:
        seed: Of the settings.
        family: The scenarios' family.
        stack: One design.
        numbers: The replications' numbers.
        estimand: Whose average.
        fits: All estimators for this estimand.
        p: Randomization p-value of the primary estimate, (R, S).
    """
    weight = stack.weights(estimand)
    truths = averaged(stack.truth, stack.treated * weight)
    logit, offset = fits.named(LOGIT), fits.named("twfe_offset")
    count, primary = len(stack.scenarios), fits.primary
    placebo = any(found.name == "placebo_time" for found in fits.found)
    normal = gate.common_normal(seed, len(stack.events))
    se = primary.cv3()
    rows: list[dict[str, object]] = []
    for s, scenario in enumerate(stack.scenarios):
        events = _events(stack, fits, weight, s, first=2 if placebo else 1)
        pretest, levelling = events.pretest(), events.levelling()
        always = scenario.name in ROBUST_ALWAYS
        for r, number in enumerate(numbers):
            df, truth = float(primary.df[r]), float(truths[r, s])
            main = gate.Number(estimate=float(primary.estimate[r, s]), se=float(se[r, s]), df=df)
            other = _number(logit, r, s)
            certain = bool(main.excludes_zero and other.excludes_zero and p[r, s] < 1 - LEVEL)
            held = None
            if certain or always:
                held = gate.robust(
                    events.coefficients[r],
                    events.covariance[r],
                    pre=events.before,
                    target=events.target,
                    spacing=events.spacing,
                    truth=truth,
                    normal=normal,
                    search=certain,
                )
            earlier = None
            if placebo:
                column = count + s
                earlier = gate.Number(
                    estimate=float(primary.estimate[r, column]), se=float(se[r, column]), df=df
                )
            found = gate.claim(
                primary=main,
                logit=other,
                offset=_number(offset, r, s),
                placebo=earlier,
                randomization_p=float(p[r, s]),
                excludes_zero_at_one=None if held is None else held.excludes_zero,
                pre_periods=len(stack.chosen.pre),
                estimand=estimand,
            )
            pointwise, band = np.nan, np.nan
            if scenario.name in family.thorough:
                rng = stream(seed, "bench", "band", number)
                pointwise, band = events.covers(r, rng)
            rows.append(
                {
                    "scenario": scenario.name,
                    "replication": number,
                    "estimand": estimand,
                    "rung": int(found.rung),
                    **{key: bool(value) for key, value in found.criteria.items()},
                    "breakdown": np.nan if held is None else held.breakdown,
                    "robust_covers_0": np.nan if held is None else float(held.covers_at_zero),
                    "robust_covers": np.nan if held is None else float(held.covers),
                    **(events.smooth(r, truth) if always else dict.fromkeys(BENDS, np.nan)),
                    "pretest_p": float(pretest[r]),
                    "levelling_p": float(levelling[r]),
                    "pointwise_covers": pointwise,
                    "band_covers": band,
                }
            )
    return rows


def _events(stack: Stack, fits: Fits, weight: FloatArray, s: int, *, first: int) -> _Events:
    """The event study of one scenario; its columns start with block ``first`` of the regression."""
    chosen, count = stack.chosen, len(stack.scenarios)
    before = sum(j < chosen.reference for j in stack.events)
    target = np.array([j in chosen.post for j in stack.events[before:]], dtype=float)
    at = slice(first * count + s, None, count)
    share = stack.treated * weight
    share = share / share.sum(axis=1, keepdims=True)
    path = (share[:, None, :] @ stack.path[:, s])[:, 0]
    return _Events(
        before=before,
        coefficients=fits.primary.estimate[:, at],
        covariance=fits.primary.covariance(at),
        truth=path[:, list(stack.events)] - path[:, [chosen.reference]],
        target=target / target.sum(),
        spacing=_spacing(stack.months, stack.events, chosen.reference),
        df=fits.primary.df,
    )


def _number(found: Found, r: int, s: int) -> gate.Number:
    return gate.Number(
        estimate=float(found.estimate[r, s]), se=float(found.cv3[r, s]), df=float(found.df[r])
    )


def _spacing(months: NDArray[np.int64], events: Sequence[int], reference: int) -> FloatArray:
    """Quarters from each snapshot to the next towards the base, in the robust intervals' order."""
    ordered = sorted([*events, reference])
    gaps = dict(zip(ordered[1:], np.diff(months[ordered]), strict=True))
    before = [gaps[ordered[ordered.index(j) + 1]] for j in events if j < reference]
    after = [gaps[j] for j in events if j > reference]
    return np.array([*before, *after], dtype=float) / 3.0
