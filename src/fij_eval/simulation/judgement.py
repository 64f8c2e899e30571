"""The design's thresholds held against the bench: what holds, what does not, and by how much.

Nothing here is tuned: a threshold that does not hold is reported as such. A result is ``held`` if
the measured value lies within the limits, ``near`` if only two Monte Carlo errors bring it there,
and ``not held`` otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

Verdict = Literal["held", "near", "not held"]

#: The two co-primary estimators and the adjusted one without composition.
PP, LOGIT, ADJUSTED = "twfe_expected", "logit_expected", "twfe_adjusted"
GATE = "claim_gate"
COLUMNS = ("group", "what", "estimand", "value", "mcse", "low", "high", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One sentence of the design as limits on one number of the summary."""

    group: str
    what: str
    scenario: str
    estimator: str
    inference: str
    measure: str
    low: float = -np.inf
    high: float = np.inf
    less: str = ""  # a scenario whose value is taken off


def judge(summary: pd.DataFrame) -> pd.DataFrame:
    """One row a threshold and estimand.

    Args:
        summary: From ``bench.read_summary``.

    Returns:
        Columns ``COLUMNS``; biases in percentage points, rates 0-1. A threshold whose scenario is
        not in the summary (as in the quick profile) has no row.
    """
    keys = ["scenario", "estimator", "estimand", "inference"]
    found = {tuple(row[k] for k in keys): row for row in summary.to_dict("records")}
    rows = []
    for check in _checks():
        for estimand in ESTIMANDS:
            key = (check.scenario, check.estimator, estimand, check.inference)
            if key not in found:
                continue
            row = found[key]
            scale = 100.0 if check.measure == "bias" else 1.0
            value = float(row[check.measure]) * scale
            mcse = float(row[f"{check.measure}_mcse"]) * scale
            if check.less:
                other = found[check.less, *key[1:]]
                value -= float(other[check.measure]) * scale
                # the two share their draws, so that this error is an upper bound in practice
                mcse = float(np.hypot(mcse, float(other[f"{check.measure}_mcse"]) * scale))
            rows.append(
                {
                    "group": check.group,
                    "what": check.what,
                    "estimand": estimand,
                    "value": value,
                    "mcse": mcse,
                    "low": check.low,
                    "high": check.high,
                    "verdict": _verdict(value, mcse, check.low, check.high),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _verdict(value: float, mcse: float, low: float, high: float) -> Verdict:
    if low <= value <= high:
        return "held"
    away = max(low - value, value - high)
    return "near" if away <= 2 * mcse else "not held"


def _checks() -> Iterator[_Check]:
    yield from _clean()
    yield from _threats()
    yield from _designs()
    yield from _chain()


def _clean() -> Iterator[_Check]:
    for estimator in (ADJUSTED, PP, LOGIT):
        yield _Check(
            group="S0",
            what=f"bias of {estimator}",
            scenario="S0",
            estimator=estimator,
            inference="CV3",
            measure="bias",
            low=-0.2,
            high=0.2,
        )
        for inference in ("CV1", "CV3"):
            yield _Check(
                group="S0",
                what=f"size of {estimator}, {inference}",
                scenario="S0",
                estimator=estimator,
                inference=inference,
                measure="rejection",
                low=0.035,
                high=0.065,
            )
        for effect in (1, 2, 3, 5):
            yield _Check(
                group="S1",
                what=f"coverage of {estimator}, CV3, {effect} pp",
                scenario=f"S1_{effect}pp",
                estimator=estimator,
                inference="CV3",
                measure="coverage",
                low=0.93,
                high=0.97,
            )
        yield _Check(
            group="S2",
            what=f"bias of {estimator} against its own truth",
            scenario="S2",
            estimator=estimator,
            inference="CV3",
            measure="bias",
            low=-0.2,
            high=0.2,
        )
    yield _Check(
        group="S0",
        what=f"size of {PP}, randomization",
        scenario="S0",
        estimator=PP,
        inference="randomization",
        measure="rejection",
        high=0.06,
    )
    yield _Check(
        group="S0",
        what=f"size of {PP}, wild bootstrap",
        scenario="S0",
        estimator=PP,
        inference="wild",
        measure="rejection",
        low=0.035,
        high=0.065,
    )
    for more, fewer in ((2, 1), (3, 2), (5, 3)):
        yield _Check(
            group="S1",
            what=f"power of {PP}, CV3, at {more} pp less that at {fewer} pp",
            scenario=f"S1_{more}pp",
            less=f"S1_{fewer}pp",
            estimator=PP,
            inference="CV3",
            measure="rejection",
            low=0.0,
        )


def _threats() -> Iterator[_Check]:
    yield _Check(
        group="S3",
        what="rung 4 kept out",
        scenario="S3",
        estimator=GATE,
        inference="rung_4",
        measure="rejection",
        high=0.05,
    )
    yield _Check(
        group="S3",
        what="both scales (criterion A) kept from agreeing",
        scenario="S3",
        estimator=GATE,
        inference="A",
        measure="rejection",
        high=0.05,
    )
    yield _Check(
        group="S4",
        what="robust set at M-bar 1 holds the truth",
        scenario="S4",
        estimator=GATE,
        inference="robust_covers",
        measure="rejection",
        low=0.90,
    )
    for estimator in (PP, LOGIT):
        yield _Check(
            group="S5",
            what=f"bias of {estimator}, base of all four snapshots",
            scenario="S5",
            estimator=estimator,
            inference="CV3",
            measure="bias",
            low=-0.5,
            high=0.5,
        )
        for scenario, label in (("S6", "by quarter"), ("S6_yearly", "by year")):
            yield _Check(
                group="S6",
                what=f"bias of {estimator}, settlement known {label}",
                scenario=scenario,
                estimator=estimator,
                inference="CV3",
                measure="bias",
                low=-0.2,
                high=0.2,
            )


def _designs() -> Iterator[_Check]:
    for scenario in ("S7_hidden", "S7_rounded", "S7_preliminary"):
        for estimator in (PP, LOGIT):
            yield _Check(
                group="S7",
                what=f"bias of {estimator}, {scenario} less exact counts",
                scenario=scenario,
                less="S1_3pp",
                estimator=estimator,
                inference="CV3",
                measure="bias",
                low=-0.1,
                high=0.1,
            )
    for estimator in (ADJUSTED, PP):
        yield _Check(
            group="S8",
            what=f"bias of {estimator}, far controls",
            scenario="S8",
            estimator=estimator,
            inference="CV3",
            measure="bias",
            low=-0.3,
            high=0.3,
        )
    yield _Check(
        group="S9",
        what="rung 4 with one snapshot before kick-off, 5 pp",
        scenario="S9_1_5pp",
        estimator=GATE,
        inference="rung_4",
        measure="rejection",
        high=0.0,
    )
    # growing effects, two cohorts: what theory says the static regression estimates
    yield _Check(
        group="S10",
        what="static regression less the weighted effects of theory",
        scenario="S10_5pp",
        less="S10_0pp",
        estimator="static_twfe_theory",
        inference="CV1",
        measure="bias",
        low=-0.1,
        high=0.1,
    )
    yield _Check(
        group="S10",
        what="group-time effects less the effect on the treated",
        scenario="S10_5pp",
        less="S10_0pp",
        estimator="cs_two_cohorts",
        inference="CV1",
        measure="bias",
        low=-0.1,
        high=0.1,
    )
    for scenario in ("S12_independent", "S12_persistent", "S12_shocks"):
        for estimator in (PP, LOGIT):
            yield _Check(
                group="S12",
                what=f"size of {estimator}, CV3, {scenario}",
                scenario=scenario,
                estimator=estimator,
                inference="CV3",
                measure="rejection",
                low=0.035,
                high=0.065,
            )


def _chain() -> Iterator[_Check]:
    for scenario in ("S0", "S13_0pp", "S4", "S5", "S6"):
        yield _Check(
            group="S13" if scenario.startswith("S13") else scenario,
            what="false rung 4",
            scenario=scenario,
            estimator=GATE,
            inference="rung_4",
            measure="rejection",
            high=0.05,
        )
    for scenario in ("S1_5pp", "S13_5pp"):
        yield _Check(
            group="S13",
            what=f"rung 3 or 4 at 5 pp ({scenario})",
            scenario=scenario,
            estimator=GATE,
            inference="rung_3_or_4",
            measure="rejection",
            low=0.90,
        )


def markdown(judged: pd.DataFrame) -> list[str]:
    """The judgement as lines of a Markdown table, for the documentation.

    Args:
        judged: From ``judge``.
    """
    lines = [
        "| scenario | threshold | average of | found (± Monte Carlo error) | limits | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in judged.to_dict("records"):
        bias = row["what"].startswith(("bias", "static", "group-time"))
        digits, unit = (2, " pp") if bias else (3, "")
        limits = " to ".join(
            "" if np.isinf(row[side]) else f"{row[side]:g}" for side in ("low", "high")
        )
        limits = limits.strip()
        if limits.startswith("to "):
            limits = f"at most {limits[3:]}"
        elif limits.endswith(" to"):
            limits = f"at least {limits[:-3]}"
        average = str(row["estimand"]).removesuffix("_average")
        value = f"{row['value']:.{digits}f} ± {row['mcse']:.{digits}f}{unit}"
        verdict = row["verdict"] if row["verdict"] == "held" else f"**{row['verdict']}**"
        lines.append(
            f"| {row['group']} | {row['what']} | {average} | {value} | {limits} | {verdict} |"
        )
    return lines


#: Scenarios for which the documentation shows how often criterion C would hold at lower limits.
GATE_SCENARIOS = ("S0", "S13_0pp", "S3", "S4", "S5", "S6", "S1_3pp", "S1_5pp", "S13_5pp", "S1_8pp")
LIMITS = ("0.2", "0.3", "0.4", "0.5", "0.75")


def breakdown_markdown(summary: pd.DataFrame) -> list[str]:
    """How often A and B hold with a breakdown value of at least each limit, as a Markdown table.

    Args:
        summary: From ``bench.read_summary``.
    """
    rows = summary[(summary["estimator"] == GATE) & (summary["estimand"] == ESTIMANDS[0])]
    found = {
        (str(row["scenario"]), str(row["inference"])): float(row["rejection"])
        for row in rows.to_dict("records")
    }
    lines = [
        f"| scenario | {' | '.join(LIMITS)} | 1 (rung 4) | rung 3 or 4 |",
        f"|---|{'---|' * (len(LIMITS) + 2)}",
    ]
    for scenario in GATE_SCENARIOS:
        if (scenario, "C") not in found:
            continue
        names = (*(f"breakdown_{limit}" for limit in LIMITS), "rung_4", "rung_3_or_4")
        values = " | ".join(f"{found[scenario, name]:.3f}" for name in names)
        lines.append(f"| {scenario} | {values} |")
    return lines
