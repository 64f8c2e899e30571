"""What the bench is held to, as limits on numbers of its summary (``docs/bench.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.simulation.fitted import LOGIT, PP
from fij_eval.simulation.performance import EVENTS, FAMILY, GATE

if TYPE_CHECKING:
    from collections.abc import Iterator

ADJUSTED = "twfe_adjusted"
#: Estimators with covariates that run through the effect room's own code.
ROOM = (
    "cs_regression_adjusted",
    "cs_weighting_adjusted",
    "cs_doubly_robust_adjusted",
    "imputation_adjusted",
    "entropy_balancing",
    "matching",
)
Limits = tuple[float, float]
#: What the design asks of size, coverage, and the bias of estimators with covariates (pp).
SIZE: Limits = (0.035, 0.065)
COVERAGE: Limits = (0.93, 0.97)
BIAS: Limits = (-0.2, 0.2)
#: Size of randomization inference, and how often rung 4 may come out falsely.
RANDOMIZATION: Limits = (-np.inf, 0.06)
RARE: Limits = (-np.inf, 0.05)
ANY: Limits = (0.0, np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One sentence of the design as limits on one number of the summary.

    Attributes:
        group: The design's number of the scenario.
        what: What is measured.
        scenario: Scenario of the row.
        estimator: Estimator of the row.
        inference: Inference method of the row.
        measure: Column of the row.
        limits: Lowest and highest value that holds; biases in percentage points.
        less: A scenario whose value is taken off; none if empty.
    """

    group: str
    what: str
    scenario: str
    estimator: str
    inference: str
    measure: str
    limits: Limits
    less: str = ""


def thresholds() -> Iterator[Threshold]:
    """All of them, in the order of the design."""
    yield from _clean()
    yield from _resampled()
    yield from _event_study()
    yield from _room()
    yield from _threats()
    yield from _designs()
    yield from _chain()


def _bias(
    group: str, what: str, scenario: str, estimator: str, limits: Limits = BIAS, **more: str
) -> Threshold:
    """Bias, in the row of the cluster jackknife unless said otherwise."""
    return Threshold(
        group=group,
        what=what,
        scenario=scenario,
        estimator=estimator,
        inference=more.get("inference", "CV3"),
        measure="bias",
        limits=limits,
        less=more.get("less", ""),
    )


def _rate(
    group: str, what: str, at: tuple[str, str, str], limits: Limits, less: str = ""
) -> Threshold:
    """How often something is rejected or comes out, at (scenario, estimator, inference)."""
    return Threshold(
        group=group,
        what=what,
        scenario=at[0],
        estimator=at[1],
        inference=at[2],
        measure="rejection",
        limits=limits,
        less=less,
    )


def _coverage(group: str, what: str, scenario: str, estimator: str, inference: str) -> Threshold:
    """How often intervals hold the truth."""
    return Threshold(
        group=group,
        what=what,
        scenario=scenario,
        estimator=estimator,
        inference=inference,
        measure="coverage",
        limits=COVERAGE,
    )


def _clean() -> Iterator[Threshold]:
    for e in (ADJUSTED, PP, LOGIT):
        yield _bias("S0", f"bias of {e}", "S0", e)
        for inference in ("CV1", "CV3"):
            yield _rate("S0", f"size of {e}, {inference}", ("S0", e, inference), SIZE)
        for effect in (1, 2, 3, 5):
            what = f"coverage of {e}, CV3, {effect} pp"
            yield _coverage("S1", what, f"S1_{effect}pp", e, "CV3")
        yield _bias("S2", f"bias of {e} against its own truth", "S2", e)
    for more, fewer in ((2, 1), (3, 2), (5, 3)):
        what = f"power of {PP}, CV3, at {more} pp less that at {fewer} pp"
        yield _rate("S1", what, (f"S1_{more}pp", PP, "CV3"), ANY, f"S1_{fewer}pp")


def _resampled() -> Iterator[Threshold]:
    """Tests by permutation and bootstrap, singly and for the primary family."""
    words = {
        "randomization": "randomization on the coefficient",
        "randomization_t": "randomization on t",
        "wild": "wild bootstrap",
    }
    for e in (PP, LOGIT):
        for inference, word in words.items():
            limits = SIZE if inference == "wild" else RANDOMIZATION
            yield _rate("S0", f"size of {e}, {word}", ("S0", e, inference), limits)
    for inference, word in words.items():
        yield _coverage("S1", f"coverage of {PP}, {word}, 3 pp", "S1_3pp", PP, inference)
    for inference, word in (("max_t", "joint max-t"), ("romano_wolf", "Romano-Wolf")):
        what = f"any false rejection in the primary family, {word}"
        yield _rate("S0", what, ("S0", FAMILY, inference), (-np.inf, SIZE[1]))


def _event_study() -> Iterator[Threshold]:
    """The band holds the whole path, and the two joint tests keep their size."""
    for scenario in ("S0", "S1_3pp"):
        what = f"whole path inside the event study's band, {scenario}"
        yield _coverage(scenario[:2], what, scenario, EVENTS, "band")
    for inference, word in (("pre_trend", "pre-trends"), ("levelling_off", "levelling off")):
        yield _rate("S0", f"size of the test of {word}", ("S0", EVENTS, inference), SIZE)


def _room() -> Iterator[Threshold]:
    """The effect room's other estimators with covariates, by their own errors."""
    for e in ROOM:
        yield _bias("S0", f"bias of {e}", "R_S0", e, inference="own")
        yield _rate("S0", f"size of {e}", ("R_S0", e, "own"), SIZE)
        yield _coverage("S1", f"coverage of {e}, 3 pp", "R_S1_3pp", e, "own")
    what, e = "size of the specification curve's joint test", "specification_curve"
    yield _rate("S0", what, ("Q_S0", e, "randomization"), (-np.inf, SIZE[1]))


def _threats() -> Iterator[Threshold]:
    what = f"bias of {PP}, here the wrong scale, shows"
    yield _bias("S3", what, "S3", PP, (-np.inf, BIAS[0]))
    yield _rate("S3", "rung 4 kept out", ("S3", GATE, "rung_4"), RARE)
    what = "both scales (criterion A) kept from agreeing"
    yield _rate("S3", what, ("S3", GATE, "A"), RARE)
    what = "robust set at M-bar 1 holds the truth"
    yield _rate("S4", what, ("S4", GATE, "robust_covers"), (0.90, np.inf))
    for e in (PP, LOGIT):
        what = f"bias of {e}, base of all four snapshots"
        yield _bias("S5", what, "S5", e, (-0.5, 0.5))
    what = "base axis of the curve: how far apart its medians are, less without the dip"
    yield _bias("S5", what, "Q_S5", "curve_axis_base", ANY, inference="none", less="Q_S0")
    for e in (PP, LOGIT):
        for scenario, label in (("S6", "by quarter"), ("S6_yearly", "by year")):
            yield _bias("S6", f"bias of {e}, settlement known {label}", scenario, e)


def _designs() -> Iterator[Threshold]:
    for scenario in ("S7_hidden", "S7_rounded", "S7_preliminary"):
        for e in (PP, LOGIT):
            what = f"bias of {e}, {scenario} less exact counts"
            yield _bias("S7", what, scenario, e, (-0.1, 0.1), less="S1_3pp")
    for e in (ADJUSTED, PP):
        yield _bias("S8", f"bias of {e}, far controls", "S8", e, (-0.3, 0.3))
    what = "rung 4 with one snapshot before kick-off, 5 pp"
    yield _rate("S9", what, ("S9_1_5pp", GATE, "rung_4"), (-np.inf, 0.0))
    # growing effects, two cohorts: what theory says the static regression estimates
    for what, e in (
        ("static regression less the weighted effects of theory", "static_twfe_theory"),
        ("group-time effects less the effect on the treated", "cs_two_cohorts"),
    ):
        yield _bias("S10", what, "S10_5pp", e, (-0.1, 0.1), inference="own", less="S10_0pp")
    for scenario in ("S12_independent", "S12_persistent", "S12_shocks"):
        for e in (PP, LOGIT):
            yield _rate("S12", f"size of {e}, CV3, {scenario}", (scenario, e, "CV3"), SIZE)


def _chain() -> Iterator[Threshold]:
    for scenario in ("S0", "S13_0pp", "S4", "S5", "S6"):
        group = "S13" if scenario.startswith("S13") else scenario
        yield _rate(group, "false rung 4", (scenario, GATE, "rung_4"), RARE)
    for scenario in ("S1_5pp", "S13_5pp"):
        what = f"rung 3 or 4 at 5 pp ({scenario})"
        yield _rate("S13", what, (scenario, GATE, "rung_3_or_4"), (0.90, np.inf))
