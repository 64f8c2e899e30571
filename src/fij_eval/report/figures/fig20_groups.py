"""Figure 20: the difference within groups of municipalities, with what could be found in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.groups import groups, name
from fij_eval.report.numbers_format import count, interval, percent, pp, signed_pp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("estimates_heterogeneity", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Intervallene i gruppene er brede og overlapper",
        "title_apart": "Intervallene i noen grupper overlapper ikke",
        "what": "Sammenlikningen av grupper",
        "subtitle": "Forskjell mot andre kommuner i hver gruppe, prosentpoeng, med {level} "
        "intervall, når hver kommune teller likt. Lys søyle: forskjeller for små til å bli funnet "
        "i gruppen. Beskrivende: gruppene er små. Grupper uten kommuner i nettverket er utelatt",
        "axis": "Anslag, prosentpoeng",
        "row": "{group} ({n})",
        "alt": "Prikker med intervall for {n} grupper når hver kommune teller likt. {parts}",
        "alt_part": "{group}: {estimate} ({interval}), minste påviselige {mde}.",
    },
    "en": {
        "title": "The groups' intervals are wide and overlap",
        "title_apart": "The intervals of some groups do not overlap",
        "what": "The comparison of groups",
        "subtitle": "Difference from other municipalities within each group, percentage points, "
        "with {level} interval, where each municipality counts the same. Light bar: differences "
        "too small to be found in the group. Descriptive: the groups are small. Groups without "
        "municipalities in the network are left out",
        "axis": "Estimate, percentage points",
        "row": "{group} ({n})",
        "alt": "Dots with intervals for {n} groups where each municipality counts the same. "
        "{parts}",
        "alt_part": "{group}: {estimate} ({interval}), smallest detectable {mde}.",
    },
}

ESTIMAND = "municipality_average"
_HEAD = 0.9
"""Rows that the heading of a grouping takes."""


def data(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a group with an estimate and an error: grouping, group, estimate, limits, ``mde``."""
    import pandas as pd

    rows = [
        {"grouping": g.grouping, "group": g.group}
        | {k: g.att[k] for k in ("estimate", "ci_low", "ci_high", "level", "n_treated", "n_units")}
        | {"mde": g.mde}
        for g in groups(frame, ESTIMAND)
        if records.known(g.att, "ci_low")
    ]
    columns = ["grouping", "group", "estimate", "ci_low", "ci_high", "level", "n_treated",
               "n_units", "mde"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def apart(frame: pd.DataFrame) -> bool:
    """Whether any two intervals within a grouping do not overlap."""
    return any(
        bool(part["ci_low"].max() > part["ci_high"].min())
        for _, part in frame.groupby("grouping", sort=False)
    )


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A row a group under the heading of its grouping."""
    language = context.language
    kinds = list(dict.fromkeys(frame["grouping"]))
    figure = style.canvas(0.54 * (len(frame) + _HEAD * len(kinds)) + 1.6, banner=banner)
    axes = style.axes_in(figure, left=5.6, bottom=1.2, top=0.3, right=0.4)
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    level, places, names = 0.0, [], []
    for kind in kinds:
        style.row_heading(axes, name(str(kind), language), -level - 0.4, left_cm=5.4)
        level += _HEAD
        for row in frame[frame["grouping"] == kind].to_dict("records"):
            y = -level - 0.4
            if row["mde"] == row["mde"]:
                axes.barh(y, 2 * row["mde"], left=-row["mde"], height=0.62, color=style.PALE)
            axes.hlines(y, row["ci_low"], row["ci_high"], color=style.NETWORK, linewidth=1.8)
            axes.plot([row["estimate"]], [y], marker="o", markersize=6, color=style.NETWORK)
            places.append(y)
            n = count(row["n_treated"], language)
            names.append(fill(WORDS, language, "row", group=name(str(row["group"]), language), n=n))
            level += 1
    axes.set_yticks(places, names)
    axes.set_ylim(-level - 0.1, 0.15)
    style.number_ticks(axes.xaxis, language, factor=100)
    style.grid(axes, "x")
    axes.set_xlabel(fill(WORDS, language, "axis"))
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 20."""
    language, estimates = context.language, inputs["estimates_heterogeneity"]
    simulated = results.simulated(estimates)
    frame = data(estimates)
    if frame.empty:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    parts = [
        fill(
            WORDS,
            language,
            "alt_part",
            group=name(str(row["group"]), language),
            estimate=signed_pp(row["estimate"], language, unit=False),
            interval=interval(row["ci_low"], row["ci_high"], language),
            mde=pp(row["mde"], language),
        )
        for row in frame.to_dict("records")
    ]
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title_apart" if apart(frame) else "title"),
            subtitle=fill(
                WORDS, language, "subtitle", level=percent(frame["level"].iloc[0], language, 0)
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(WORDS, language, "alt", n=count(len(frame), language), parts=" ".join(parts)),
        ),
        simulated=simulated,
    )
