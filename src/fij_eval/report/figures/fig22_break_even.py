"""Figure 22: how each assumption alone moves the number of persons in work that costs equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.effects.details import frame_of
from fij_eval.report import results, style, without
from fij_eval.report.assumptions import assumption, value
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("details_persons", "estimates_persons", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{first} flytter regnestykket mest",
        "what": "Regnestykket over kostnader",
        "subtitle": "Flere personer i jobb per kommune som skal til for at spart sosialhjelp "
        "svarer til kostnadene. Én antakelse endres om gangen, fra lav til høy; de andre holdes på "
        "midten ({central} personer, stiplet). Bare avgiften er kjent",
        "axis": "Flere personer i jobb per kommune",
        "alt": "Vannrette søyler for {n} antakelser, den bredeste øverst. Med alle antakelser på "
        "midten går regnestykket opp med {central} personer per kommune. {parts}",
        "alt_part": "{assumption}: {low} ved {value_low} og {high} ved {value_high}.",
        "source": "Kilder: NIBRs delrapport, juni 2025 (avgiften); antakelser i innstillingene.",
    },
    "en": {
        "title": "{first} matters most for the calculation",
        "what": "The calculation of costs",
        "subtitle": "More persons in work per municipality for which social assistance saved "
        "equals the costs. One assumption is changed at a time, from low to high; the others stay "
        "in the middle ({central} persons, dashed). Only the fee is known",
        "axis": "More persons in work per municipality",
        "alt": "Level bars for {n} assumptions, the widest on top. With all assumptions in the "
        "middle, costs are met by {central} persons per municipality. {parts}",
        "alt_part": "{assumption}: {low} at {value_low} and {high} at {value_high}.",
        "source": "Sources: NIBR's interim report, June 2025 (the fee); assumptions of the "
        "settings.",
    },
}

_ENDS = ("low", "high")


def data(details: pd.DataFrame) -> pd.DataFrame:
    """The one-way sensitivity, the widest first, without what cannot be worked out."""
    return frame_of(details, "sensitivity").dropna().reset_index(drop=True)


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A bar an assumption, its low and high value written at the ends that they give."""
    language = context.language
    figure = style.canvas(0.78 * len(frame) + 1.6, banner=banner)
    axes = style.axes_in(figure, left=4.6, bottom=1.2, top=0.3, right=0.4)
    levels = list(range(len(frame)))[::-1]
    low, high = (frame[[f"break_even_{end}" for end in _ENDS]].agg(f, axis=1) for f in
                 ("min", "max"))  # fmt: skip
    axes.barh(levels, high - low, left=low, height=0.5, color=style.NETWORK, zorder=2)
    axes.axvline(float(frame["break_even_central"].iloc[0]), color=style.TEXT, linewidth=0.9,
                 linestyle=style.DASHED, zorder=3)  # fmt: skip
    span = float(high.max() - min(low.min(), 0))
    # room for the values that stand at both ends of the widest bar
    axes.set_xlim(float(low.min()) - 0.22 * span, float(high.max()) + 0.22 * span)
    for level, row in zip(levels, frame.to_dict("records"), strict=True):
        _ends(axes, level, row, context)
    axes.set_yticks(levels, [assumption(str(a), language) for a in frame["assumption"]])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    style.number_ticks(axes.xaxis, language)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick >= 0])
    axes.set_xlim(float(low.min()) - 0.22 * span, float(high.max()) + 0.22 * span)
    style.grid(axes, "x")
    axes.set_xlabel(fill(WORDS, language, "axis"))
    return figure


def _ends(axes: Axes, level: int, row: Mapping[Any, Any], context: Context) -> None:
    """The assumption's value at the end of the bar that it gives."""
    for end in _ENDS:
        other = "high" if end == "low" else "low"
        x = float(row[f"break_even_{end}"])
        right = x >= float(row[f"break_even_{other}"])
        axes.annotate(
            value(str(row["assumption"]), float(row[end]), context.language),
            (x, level),
            xytext=(4 if right else -4, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=style.SMALL,
        )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 22."""
    language = context.language
    simulated = results.simulated(inputs["estimates_persons"])
    frame = data(inputs["details_persons"])
    if frame.empty:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    central = number(frame["break_even_central"].iloc[0], language)
    parts = [
        fill(
            WORDS,
            language,
            "alt_part",
            assumption=assumption(row["assumption"], language),
            **{
                name: text
                for end in _ENDS
                for name, text in (
                    (end, number(row[f"break_even_{end}"], language)),
                    (f"value_{end}", value(row["assumption"], row[end], language)),
                )
            },
        )
        for row in frame.to_dict("records")
    ]
    return Drawing(
        # nothing that is drawn comes from the outcome: settings alone
        figure=draw(frame, context, banner=""),
        data=frame,
        words=Words(
            title=fill(
                WORDS,
                language,
                "title",
                first=assumption(str(frame["assumption"].iloc[0]), language),
            ),
            subtitle=fill(WORDS, language, "subtitle", central=central),
            source=fill(WORDS, language, "source"),
            alt=fill(
                WORDS,
                language,
                "alt",
                n=count(len(frame), language),
                central=central,
                parts=" ".join(parts),
            ),
        ),
        simulated=False,
    )
