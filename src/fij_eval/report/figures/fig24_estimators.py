"""Figure 24: what other estimators say, beside the planned analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.estimator_names import ESTIMATORS, estimator, key_of
from fij_eval.report.numbers_format import count, interval, percent, signed_pp
from fij_eval.report.vocabulary import lowered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("estimates_estimators", "estimates_primary", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} andre metoder gir samme fortegn",
        "what": "Sammenlikningen av metoder",
        "subtitle": "Forskjell i endring i andel i jobb, prosentpoeng, med {level} intervall. "
        "Stiplet: planens anslag. Til venstre teller hver kommune likt, til høyre hver flyktning",
        "municipality_average": "Hver kommune teller likt",
        "person_average": "Hver flyktning teller likt",
        "axis": "Prosentpoeng",
        "alt": "Punkter med intervaller for planens analyse og {n} andre metoder. {parts}",
        "alt_part": "{estimand}: planens analyse gir {plan}; de andre går fra {low} ({lowest}) til "
        "{high} ({highest}).",
    },
    "en": {
        "title": "{k} of {n} other methods give the same sign",
        "what": "The comparison of methods",
        "subtitle": "Difference in the change of the share in work, percentage points, with "
        "{level} interval. Dashed: the planned estimate. On the left each municipality counts the "
        "same, on the right each refugee",
        "municipality_average": "Each municipality counts the same",
        "person_average": "Each refugee counts the same",
        "axis": "Percentage points",
        "alt": "Points with intervals for the planned analysis and {n} other methods. {parts}",
        "alt_part": "{estimand}: the planned analysis gives {plan}; the others run from {low} "
        "({lowest}) to {high} ({highest}).",
    },
}


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """``method``, ``estimand``, ``estimate``, ``ci_low``, ``ci_high``, ``level``, ``n_units``.

    The planned analysis comes first, as ``plan``; methods without a number are left out.
    """
    import pandas as pd

    found = records.by_key(inputs["estimates_estimators"]) | records.by_key(
        inputs["estimates_primary"]
    )
    fields = ("estimate", "ci_low", "ci_high", "level", "n_units")
    rows = [
        {"method": method, "estimand": which} | {name: record[name] for name in fields}
        for which in results.ESTIMANDS
        for method, key in (
            ("plan", f"primary.pp.{which}.att"),
            *((name, key_of(pattern, which)) for name, pattern in ESTIMATORS),
        )
        if records.known(record := found.get(key))
    ]
    return pd.DataFrame(rows, columns=["method", "estimand", *fields])


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A row a method, a panel an estimand, one scale."""
    language = context.language
    methods = [m for m in ("plan", *(name for name, _ in ESTIMATORS)) if m in set(frame["method"])]
    levels = {method: -k for k, method in enumerate(methods)}
    figure = style.canvas(0.5 * len(methods) + 2.3, banner=banner)
    limits = frame[["estimate", "ci_low", "ci_high"]]
    low, high = min(float(limits.min().min()), 0), max(float(limits.max().max()), 0)
    margin = 0.05 * (high - low) + 0.001
    left, width, gap = 5.7, 4.75, 0.5
    for k, which in enumerate(results.ESTIMANDS):
        start = left + k * (width + gap)
        axes = style.axes_in(figure, left=start, bottom=1.2, top=0.8,
                             right=style.TEXT_WIDTH_CM - start - width)  # fmt: skip
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(-len(methods) + 0.4, 0.6)
        _panel(axes, frame[frame["estimand"] == which], levels)
        names = [estimator(method, language) for method in methods] if k == 0 else []
        axes.set_yticks([levels[m] for m in methods] if k == 0 else [], names)
        axes.tick_params(axis="y", length=0)
        style.number_ticks(axes.xaxis, language, factor=100)
        style.grid(axes, "x")
        axes.set_xlabel(fill(WORDS, language, "axis"))
        style.panel_heading(axes, fill(WORDS, language, which), offset_points=6)
    return figure


def _panel(axes: Axes, part: pd.DataFrame, levels: Mapping[str, int]) -> None:
    """Point and interval of each method; the planned one filled and its estimate dashed down."""
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    for row in part.to_dict("records"):
        y, plan = levels[row["method"]], row["method"] == "plan"
        if plan:
            axes.axvline(row["estimate"], color=style.NETWORK, linewidth=0.9,
                         linestyle=style.DASHED, zorder=1)  # fmt: skip
        if records.known(row, "ci_low"):
            axes.hlines(y, row["ci_low"], row["ci_high"], color=style.NETWORK,
                        linewidth=2.2 if plan else 1.4)  # fmt: skip
        axes.plot([row["estimate"]], [y], marker="o", markersize=6 if plan else 5,
                  color=style.NETWORK,
                  markerfacecolor=style.NETWORK if plan else "white")  # fmt: skip


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 24."""
    language, estimates = context.language, inputs["estimates_estimators"]
    simulated = results.simulated(estimates)
    frame = data(inputs)
    others = frame[frame["method"] != "plan"]
    planned = frame[frame["method"] == "plan"].set_index("estimand")["estimate"]
    compared = others[others["estimand"].isin(planned.index)]
    if compared.empty:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    first = compared[compared["estimand"] == compared["estimand"].iloc[0]]
    same = first["estimate"] * float(planned[first["estimand"].iloc[0]]) > 0
    n = count(len(first), language)
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", k=count(int(same.sum()), language), n=n),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                level=percent(float(frame["level"].iloc[0]), language, 0),
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(WORDS, language, "alt", n=n, parts=" ".join(_parts(frame, context))),
        ),
        simulated=simulated,
    )


def _parts(frame: pd.DataFrame, context: Context) -> list[str]:
    """What is seen in each panel."""
    language = context.language
    parts = []
    for which, part in frame.groupby("estimand", sort=False):
        plan, others = part[part["method"] == "plan"], part[part["method"] != "plan"]
        if plan.empty or others.empty:
            continue
        row = plan.to_dict("records")[0]
        said = signed_pp(row["estimate"], language)
        if records.known(row, "ci_low"):
            said += f" ({interval(row['ci_low'], row['ci_high'], language)})"
        ordered = others.sort_values("estimate", kind="stable").to_dict("records")
        lowest, highest = ordered[0], ordered[-1]
        parts.append(
            fill(
                WORDS,
                language,
                "alt_part",
                estimand=fill(WORDS, language, str(which)),
                plan=said,
                low=signed_pp(lowest["estimate"], language, unit=False),
                high=signed_pp(highest["estimate"], language, unit=False),
                lowest=lowered(estimator(str(lowest["method"]), language)),
                highest=lowered(estimator(str(highest["method"]), language)),
            )
        )
    return parts
