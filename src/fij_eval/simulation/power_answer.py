"""The answer to «what can be detected?» as a figure and a short table, from the long one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Estimator that the answer is given for, and the one without inflow data.
PRIMARY, WITHOUT_INFLOW = "twfe_expected", "twfe_adjusted"
WORDS = {
    "as_now": "as now",
    "one_base_snapshot": "one snapshot before kick-off",
    "one_post_snapshot": "one snapshot after kick-off",
    "shares_from_counts": "shares worked out from counts",
    "few_snapshots": "four snapshots in all",
    "monthly_snapshots": "a snapshot every month",
    "real_sign_ups": "the real sign-ups",
    "no_persistence": "no persistence of employment",
    "high_persistence": "high persistence of employment",
    "large_shocks": "large municipal shocks",
    "exact_counts": "exact counts, 3 pp",
    "small_cells_hidden": "small cells hidden, 3 pp",
    "rounded": "rounded counts and shares, 3 pp",
    "preliminary": "first vintages, 3 pp",
    "falling_inflow": "inflow falls among participants, known by quarter",
    "falling_inflow_by_year": "inflow falls among participants, known by year",
}
SOURCES = {"panel": "this panel, drawn networks", "bench": "simulated worlds"}
COLOURS = {"municipality_average": "#1b4f72", "person_average": "#b9770e"}


def table(answers: pd.DataFrame) -> str:
    """What can be detected under each design, as a Markdown table.

    Standard error, smallest effect with 80 per cent power and bias in percentage points; how often
    a true null is rejected.

    A row with inflow data has the change in expected share as covariate, one without has not: what
    the two differ in is what inflow data are worth.

    Args:
        answers: From ``power.from_panel`` and ``power.from_bench``.
    """
    cells = {
        (r["source"], r["design"], r["estimator"], r["estimand"], r["measure"]): r
        for r in answers[answers["measure"] != "power"].to_dict("records")
    }
    lines = [
        "| from | design | inflow data | average of | error | detectable | bias | false finds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    keys = dict.fromkeys(
        (r["source"], r["design"], r["estimator"], r["estimand"])
        for r in answers.to_dict("records")
    )
    for key in keys:
        source, design, estimator, estimand = key
        if estimator not in (PRIMARY, WITHOUT_INFLOW):
            continue
        values = [
            _cell(cells.get((*key, measure)), scale, digits)
            for measure, scale, digits in (
                ("se", 100, 2),
                ("mde", 100, 1),
                ("bias", 100, 2),
                ("size", 1, 3),
            )
        ]
        inflow = "yes" if estimator == PRIMARY else "no"
        average = str(estimand).removesuffix("_average")
        lines.append(
            f"| {SOURCES[source]} | {WORDS[design]} | {inflow} | {average} | {' | '.join(values)} |"
        )
    return "\n".join(lines) + "\n"


def _cell(row: object, scale: float, digits: int) -> str:
    """A number with its Monte Carlo error; empty where there is none."""
    if not isinstance(row, dict):
        return ""
    value, error = float(row["value"]) * scale, float(row["mcse"]) * scale
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def figure(answers: pd.DataFrame) -> str:
    """Power against the size of the effect on this panel, and what each design could detect.

    Args:
        answers: As for ``table``.

    Returns:
        SVG, the same bytes for the same numbers.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    chosen = answers[answers["estimator"] == PRIMARY]
    with rc_context({"svg.hashsalt": "fij-eval", "font.size": 8}):
        drawn = Figure(figsize=(10.5, 4.2), layout="constrained")
        left, right = drawn.subplots(1, 2)
        curves = chosen[(chosen["measure"] == "power") & (chosen["design"] == "as_now")]
        for estimand, part in curves.groupby("estimand"):
            name = str(estimand)
            left.plot(
                100 * part["effect"],
                part["value"],
                color=COLOURS[name],
                label=name.replace("_", " "),
            )
        left.axhline(0.8, color="#888888", lw=0.8, ls=":")
        left.set(xlabel="true effect, percentage points", ylabel="chance of finding it",
                 ylim=(0, 1.02), title="This panel, drawn networks")  # fmt: skip
        left.legend(frameon=False)
        mde = chosen[chosen["measure"] == "mde"]
        order = list(dict.fromkeys(zip(mde["source"], mde["design"], strict=True)))
        for estimand, part in mde.groupby("estimand"):
            name = str(estimand)
            places = [
                -order.index((s, d)) for s, d in zip(part["source"], part["design"], strict=True)
            ]
            right.errorbar(
                100 * part["value"],
                [p + (0.12 if name == "municipality_average" else -0.12) for p in places],
                xerr=200 * part["mcse"],
                fmt="o",
                markersize=3.5,
                color=COLOURS[name],
            )
        right.set_yticks(
            [-k for k in range(len(order))],
            [
                f"{WORDS[design]} ({'panel' if s == 'panel' else 'simulated'})"
                for s, design in order
            ],
        )
        right.set(xlabel="detectable with 80 per cent power, percentage points",
                  title="Other designs (line: two Monte Carlo errors)", xlim=(0, None))  # fmt: skip
        simulated = bool(answers.loc[answers["source"] == "panel", "simulated"].any())
        if simulated:
            drawn.suptitle("Simulated data")
        stream = io.BytesIO()
        drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue().decode("utf-8")
