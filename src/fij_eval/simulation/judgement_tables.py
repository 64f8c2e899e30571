"""The bench's results as Markdown tables for the documentation, made from the records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import CheckError
from fij_eval.simulation.judgement import judge
from fij_eval.simulation.performance import GATE
from fij_eval.simulation.scenarios import SCENARIOS
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

#: Scenarios for which the documentation shows how often criterion C would hold at lower limits.
GATE_SCENARIOS = ("S0", "S13_0pp", "S3", "S4", "S5", "S6", "S1_3pp", "S1_5pp", "S13_5pp", "S1_8pp")
LIMITS = ("0.2", "0.3", "0.4", "0.5", "0.75")
RUNGS = ("rung_1", "rung_2", "rung_3", "rung_4")
#: Worlds without effect and with 3 pp in which the estimators are set side by side: those of the
#: fast estimators, of the effect room's own, and of the slow ones.
CLEAN, EFFECT = ("S0", "R_S0", "Q_S0"), ("S1_3pp", "R_S1_3pp", "Q_S1_3pp")
#: Rows of the summary that are no estimators of the effect.
NO_EFFECT = ("inflow", "placebo_time")


def filled(text: str, summary: pd.DataFrame) -> str:
    """The documentation with its tables made anew between their marks.

    Args:
        text: Markdown in which ``<!-- name -->`` and ``<!-- /name -->`` stand round each table.
        summary: From ``bench.read_summary``.

    Raises:
        CheckError: If a mark is missing.
    """
    made = {
        "rungs": rungs(summary),
        "breakdown": breakdown(summary),
        "estimators-clean": estimators(summary, CLEAN),
        "estimators-effect": estimators(summary, EFFECT),
        "thresholds": thresholds(judge(summary)),
    }
    for name, lines in made.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if start not in text or end not in text:
            raise CheckError(
                f"The documentation of the bench has no place for the table «{name}»",
                where="docs/bench.md",
                remedy=f"put «{start.strip()}» and «{end}» where it shall stand",
            )
        head, rest = text.split(start, 1)
        tail = rest.split(end, 1)[1]
        text = "\n".join((f"{head}{start.rstrip()}", *lines, f"{end}{tail}"))
    return text


def thresholds(judged: pd.DataFrame) -> list[str]:
    """The judgement as lines of a Markdown table, for the documentation.

    Args:
        judged: From ``judge``.
    """
    lines = [
        "| scenario | threshold | average of | found (± Monte Carlo error) | limits | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in judged.to_dict("records"):
        digits, unit = (2, " pp") if row["measure"] == "bias" else (3, "")
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


def breakdown(summary: pd.DataFrame) -> list[str]:
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


def rungs(summary: pd.DataFrame) -> list[str]:
    """How often each rung comes out in each scenario, as a Markdown table.

    Args:
        summary: From ``bench.read_summary``.
    """
    rows = summary[(summary["estimator"] == GATE) & summary["inference"].isin(RUNGS)]
    found = {
        (str(row["scenario"]), str(row["estimand"]), str(row["inference"])): row
        for row in rows.to_dict("records")
    }
    lines = [
        "| scenario | world | rung 1 | rung 2 | rung 3 | rung 4 | rung 4, person average |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, scenario in SCENARIOS.items():
        if (name, ESTIMANDS[0], "rung_1") not in found:
            continue
        cells = [found[name, ESTIMANDS[0], rung] for rung in RUNGS]
        cells.append(found[name, ESTIMANDS[1], "rung_4"])
        values = " | ".join(_with_error(cell, "rejection", 3) for cell in cells)
        lines.append(f"| {name} | {scenario.what} | {values} |")
    return lines


def estimators(summary: pd.DataFrame, worlds: tuple[str, ...]) -> list[str]:
    """Performance of every estimator and inference method in worlds alike, as a Markdown table.

    Args:
        summary: From ``bench.read_summary``.
        worlds: ``CLEAN`` or ``EFFECT``.
    """
    rows = summary[
        summary["scenario"].isin(worlds)
        & (summary["estimand"] == ESTIMANDS[0])
        & summary["bias"].notna()
        & ~summary["estimator"].isin(NO_EFFECT)
        & ~summary["estimator"].str.startswith("curve_axis")
    ]
    measures = (
        ("bias", 100.0, 2),
        ("emp_se", 100.0, 2),
        ("mod_se", 100.0, 2),
        ("rmse", 100.0, 2),
        ("coverage", 1.0, 3),
        ("rejection", 1.0, 3),
        ("mde", 100.0, 1),
        *((("type_m", 1.0, 2), ("type_s", 1.0, 3)) if worlds == EFFECT else ()),
    )
    names = {
        "bias": "bias",
        "emp_se": "empirical error",
        "mod_se": "mean standard error",
        "rmse": "RMSE",
        "coverage": "coverage",
        "rejection": "power" if worlds == EFFECT else "size",
        "mde": "MDE",
        "type_m": "Type-M",
        "type_s": "Type-S",
    }
    lines = [
        f"| estimator | inference | worlds | {' | '.join(names[m] for m, _, _ in measures)} |",
        f"|{'---|' * (len(measures) + 3)}",
    ]
    for row in rows.to_dict("records"):
        cells = " | ".join(_with_error(row, m, digits, scale) for m, scale, digits in measures)
        lines.append(
            f"| {row['estimator']} | {row['inference']} | {int(row['replications'])} | {cells} |"
        )
    return lines


def _with_error(
    row: Mapping[Hashable, object], measure: str, digits: int, scale: float = 1.0
) -> str:
    """A number with its Monte Carlo error; empty where there is none."""
    value, error = (float(str(row[name])) * scale for name in (measure, f"{measure}_mcse"))
    return f"{value:.{digits}f} ± {error:.{digits}f}" if np.isfinite(value) else ""
