"""The claim gate on simulated worlds: which rung each replication reaches, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from fij_eval.effects.claims import Claim, Evidence, climb
from fij_eval.effects.inference import honest
from fij_eval.effects.record import Estimate
from fij_eval.randomness import stream
from fij_eval.simulation.performance import LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: Draws behind the least favourable critical values, the same for all replications.
NORMAL_DRAWS = 4_000
#: Breakdown of which criterion C asks.
BOUND = 1.0
#: Values of M-bar at which the breakdown is looked for.
BREAKDOWNS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
POWER = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An estimate with its error and degrees of freedom."""

    estimate: float
    se: float
    df: float

    @property
    def half(self) -> float:
        """Half the width of the t interval."""
        return _quantile((1 + LEVEL) / 2, self.df) * self.se

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval excludes no effect."""
        return abs(self.estimate) > self.half

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect."""
        return float(2 * stats.t.sf(abs(self.estimate) / self.se, self.df))


def common_normal(seed: int, coefficients: int) -> FloatArray:
    """Draws for the least favourable critical values."""
    rng = stream(seed, "bench", "least_favourable", coefficients)
    return rng.standard_normal((NORMAL_DRAWS, coefficients))


@cache
def _quantile(probability: float, df: float) -> float:
    """Quantile of t: the same few degrees of freedom are asked for thousands of times."""
    return float(stats.t.ppf(probability, df))


@dataclass(frozen=True, slots=True)
class Robust:
    """What the robust set of one replication says.

    Attributes:
        excludes_zero: Whether the set at M-bar 1 leaves out no effect.
        covers: Whether it holds the true effect.
        covers_at_zero: Whether the set at M-bar 0 does: trends alike after kick-off.
        breakdown: Largest of ``BREAKDOWNS`` at which zero is left out; NaN if not searched for,
            -1 if not even at 0.
    """

    excludes_zero: bool
    covers: bool
    covers_at_zero: bool
    breakdown: float


def robust(
    coefficients: FloatArray,
    covariance: FloatArray,
    *,
    pre: int,
    target: FloatArray,
    spacing: FloatArray,
    truth: float,
    normal: FloatArray,
    search: bool,
) -> Robust | None:
    """The robust set at M-bar 1 and, where asked for, the breakdown on a grid.

    None with fewer than two coefficients before kick-off, where nothing is learnt of how far trends
    differ.
    """
    if pre < 2:
        return None
    study = honest.event_study(coefficients, covariance, pre=pre, target=target, spacing=spacing)

    def holds(bound: float) -> NDArray[np.bool_]:
        values = np.array([0.0, truth])
        return honest.accepted(study, values, bound=bound, normal=normal, level=LEVEL)

    zero, true = holds(BOUND)
    breakdown = np.nan
    if search:
        # sets grow with M-bar, so that the grid can be halved
        low, high = -1, len(BREAKDOWNS)
        while high - low > 1:
            middle = (low + high) // 2
            if holds(BREAKDOWNS[middle])[0]:
                high = middle
            else:
                low = middle
        breakdown = BREAKDOWNS[low] if low >= 0 else -1.0
    return Robust(not zero, bool(true), bool(holds(0.0)[1]), breakdown)


def claim(
    *,
    primary: Number,
    logit: Number,
    offset: Number,
    placebo: Number | None,
    randomization_p: float,
    excludes_zero_at_one: bool | None,
    pre_periods: int,
    estimand: str,
) -> Claim:
    """The rung by the effect room's own ladder.

    Composition is adjusted twice: by the change in expected share as covariate in ``primary``, and
    by taking it off the outcome in ``offset``; criterion D sets the second against the first.

    Args:
        primary: In percentage points, with covariates and expected share.
        logit: The same on the logit scale, as average partial effect.
        offset: With the expected share taken off the outcome.
        placebo: The second half of the base window against the first; None with one snapshot.
        randomization_p: Stratified, of ``primary``.
        excludes_zero_at_one: Whether the robust set at M-bar 1 excludes zero; None if unknown.
        pre_periods: Snapshots before kick-off.
        estimand: Whose average.
    """
    breakdown = None if excludes_zero_at_one is None else BOUND if excludes_zero_at_one else 0.0
    critical = _quantile((1 + LEVEL) / 2, primary.df) + _quantile(POWER, primary.df)
    return climb(
        Evidence(
            primary=_record("primary", primary, estimand),
            other_scale=_record("logit", logit, estimand),
            randomization_p=randomization_p,
            breakdown=breakdown,
            composition_adjusted=_record("offset", offset, estimand),
            placebo_p={} if placebo is None else {"time": placebo.p_value},
            mde=critical * primary.se,
            pre_periods=pre_periods,
        )
    )


def _record(name: str, number: Number, estimand: str) -> Estimate:
    return Estimate(
        key=name,
        analysis="bench",
        spec=name,
        estimator=name,
        term="att",
        estimand=estimand,
        scale="pp",
        sample="simulated",
        comparison="all",
        base="",
        post="",
        weights="",
        estimate=number.estimate,
        se=number.se,
        ci_low=number.estimate - number.half,
        ci_high=number.estimate + number.half,
        p_value=number.p_value,
        df=number.df,
        level=LEVEL,
        simulated=True,
    )
