"""What the bench says of the claim ladder before any result: how often its rungs can come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report.numbers_format import count, pp
from fij_eval.report.wording import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

#: Scenario -> the effect that was put in, as a share.
EFFECTS = {"S0": 0.0, "S1_5pp": 0.05, "S1_8pp": 0.08}
RUNGS = ("rung_3", "rung_4")
#: Below this share of the simulations a rung is said to be out of reach.
RARELY = 0.05
ESTIMAND = "municipality_average"


def about_gate(language: Language, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """How often the two highest rungs come out in clean simulated worlds, and what follows.

    Raises:
        ReportError: If the summary of the bench lacks a scenario.
    """
    bench = frames["reference_bench"]
    rows = bench[(bench["estimator"] == "claim_gate") & (bench["estimand"] == ESTIMAND)]
    at = {
        (str(row["scenario"]), str(row["inference"])): row
        for row in rows[rows["inference"].isin(RUNGS)].to_dict("records")
    }
    if missing := [f"{s}, {r}" for s in EFFECTS for r in RUNGS if (s, r) not in at]:
        raise ReportError(
            f"The summary of the bench does not say how often {missing[0]} comes out",
            where="data/reference/bench.csv",
            remedy="run the full profile of the bench",
        )
    made = {}
    for scenario, effect in EFFECTS.items():
        name = f"gate.{round(100 * effect)}pp"
        made[f"{name}.effect"] = pp(effect, language, 0)
        for rung in RUNGS:
            row = at[scenario, rung]
            times, of = float(row["rejection"]), int(row["replications"])
            made[f"{name}.{rung}"] = count(round(times * of), language)
            made[f"{name}.of"] = count(of, language)
    often = float(at["S1_5pp", "rung_4"]["rejection"])
    made["gate.reading"] = word(language, "gate_rarely" if often < RARELY else "gate_sometimes")
    return made
