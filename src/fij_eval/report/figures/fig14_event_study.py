"""Figure 14: event study, the difference between the arms at each snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.months import is_month, month_number
from fij_eval.report import event_words, records, results, style
from fij_eval.report.context import Context, Drawing, Words, fill
from fij_eval.report.event_words import WORDS
from fij_eval.report.numbers_format import (
    count,
    month_name,
    percent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


INPUTS = ("estimates_event_study", "panel")

_MOST_PANELS = 2
_SHOWN = 0.0005
"""Smallest difference that is not written 0.0 percentage points: smaller ones count as none."""


def shown_specifications(frame: pd.DataFrame) -> list[str]:
    """Specifications shown: the first of each estimand, in the order of the settings.

    Raises:
        ReportError: If there are no records.
    """
    specs = frame.drop_duplicates("estimand")["spec"].to_list()
    if not specs:
        raise ReportError(
            "There is no event study to show",
            where="estimates/event_study",
            remedy="add a specification with the estimator event_study",
        )
    return [str(spec) for spec in specs[:_MOST_PANELS]]


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a specification shown and month with an estimate; the base month with 0.

    Returns:
        ``spec``, ``estimand``, ``reference_month``, ``period`` (``before``, ``base``, ``after``),
        ``estimate``, ``ci_low``, ``ci_high``, ``band_low``, ``band_high`` (shares), ``level``,
        ``base``, ``n_units``, ``n_treated``.
    """
    frame = inputs["estimates_event_study"]
    shown = frame[frame["spec"].isin(shown_specifications(frame)) & frame["estimate"].notna()]
    months = shown[shown["term"].map(is_month).astype(bool)]
    months = months.rename(columns={"term": "reference_month"})
    period = [
        "base" if month == base else "before" if month < context.network.start else "after"
        for month, base in zip(months["reference_month"], months["base"], strict=True)
    ]
    bands = frame[frame["term"].str.startswith("band ")].set_index("key")
    keys = months["spec"] + ".band." + months["reference_month"]
    columns = ["spec", "estimand", "reference_month", "period", "estimate", "ci_low", "ci_high"]
    return months.assign(
        period=period,
        band_low=bands["ci_low"].reindex(keys).to_numpy(),
        band_high=bands["ci_high"].reindex(keys).to_numpy(),
    )[[*columns, "band_low", "band_high", "level", "base", "n_units", "n_treated"]].reset_index(
        drop=True
    )


def draw(
    frame: pd.DataFrame, means: Mapping[str, float], context: Context, *, banner: str
) -> Figure:
    """A panel a specification, one scale for all."""
    language = context.language
    specs = list(dict.fromkeys(frame["spec"]))
    figure = style.canvas(7.8, banner=banner)
    width = (style.TEXT_WIDTH_CM - 1.3 - 0.2 - 0.9 * (len(specs) - 1)) / len(specs)
    limits = frame[["estimate", "ci_low", "ci_high", "band_low", "band_high"]]
    low, high = float(limits.min().min()), float(limits.max().max())
    margin = 0.08 * (high - low) + 0.002
    for k, spec in enumerate(specs):
        left = 1.3 + k * (width + 0.9)
        right = style.TEXT_WIDTH_CM - left - width
        axes = style.axes_in(figure, left=left, bottom=0.8, top=1.9, right=right)
        part = frame[frame["spec"] == spec]
        axes.set_ylim(min(low - margin, 0), max(high + margin, 0))
        _panel(axes, part, context)
        style.number_ticks(axes.yaxis, language, factor=100)
        base = month_name(str(part["base"].iloc[0]), language)
        axis = (
            fill(WORDS, language, "axis", base=base, mean=percent(means[spec], language))
            if spec in means
            else fill(WORDS, language, "axis_short", base=base)
        )
        style.headline(axes, axis, offset_points=17)
        heading = fill(WORDS, language, str(part["estimand"].iloc[0]))
        style.panel_heading(axes, heading, offset_points=42)
    return figure


def _panel(axes: Axes, part: pd.DataFrame, context: Context) -> None:
    """Points with intervals, hollow before kick-off, the base month as a diamond at zero."""
    colour = style.NETWORK
    axes.axhline(0, color=style.MUTED, linewidth=0.8, zorder=1)
    for row in part.to_dict("records"):
        x = month_number(row["reference_month"])
        if row["period"] == "base":
            axes.plot([x], [0], marker="D", markersize=5.5, color=style.MUTED, zorder=3)
            continue
        if records.known(row, "ci_low"):
            axes.vlines(x, row["ci_low"], row["ci_high"], color=colour, linewidth=2.4, zorder=2)
        if records.known(row, "band_low"):
            axes.vlines(x, row["band_low"], row["band_high"], color=colour, linewidth=0.8, zorder=2)
        axes.plot(
            [x],
            [row["estimate"]],
            marker="o",
            markersize=5.5,
            markeredgecolor=colour,
            markerfacecolor=colour if row["period"] == "after" else "white",
            zorder=3,
        )
    months = sorted(part["reference_month"])
    low, high = month_number(months[0]) - 1.5, month_number(months[-1]) + 1.5
    axes.set_xlim(low, high)
    style.januaries(axes, months, context.language)
    style.grid(axes, "y")
    start = month_number(context.network.start)
    if low < start < high:
        axes.axvline(start, color=style.MUTED, linewidth=0.9, linestyle=style.DASHED, zorder=1)
        for key, shift, ha in (("before", -4, "right"), ("after", 4, "left")):
            axes.annotate(
                fill(WORDS, context.language, key),
                (start, 1),
                xycoords=axes.get_xaxis_transform(),
                xytext=(shift, 2),
                textcoords="offset points",
                ha=ha,
                va="bottom",
                fontsize=style.SMALL,
                color=style.MUTED,
            )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 14.

    Raises:
        ReportError: If no event study has an estimate.
    """
    language = context.language
    estimates = inputs["estimates_event_study"]
    frame = data(inputs, context)
    if frame.empty:
        reasons = "; ".join(sorted({str(note) for note in estimates["note"] if str(note)}))
        raise ReportError(
            f"No event study has an estimate ({reasons})", where="estimates/event_study"
        )
    found = records.by_key(estimates)
    specs = list(dict.fromkeys(frame["spec"]))
    means = {
        spec: float(found[f"{spec}.base_mean"]["estimate"])
        for spec in specs
        if records.known(found.get(f"{spec}.base_mean"))
    }
    first = frame[frame["spec"] == specs[0]]
    base = month_name(str(first["base"].iloc[0]), language)
    after = first[first["period"] == "after"]
    simulated = results.simulated(estimates)
    return Drawing(
        figure=draw(frame, means, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title_none", base=base)
            if after.empty
            else fill(
                WORDS,
                language,
                "title",
                above=count(int((after["estimate"] >= _SHOWN).sum()), language),
                n=count(len(after), language),
            ),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                base=base,
                level=percent(float(frame["level"].iloc[0]), language, 0),
                zeros=event_words.zeros(after, specs[0], frame, language),
                samples=event_words.samples(frame, specs, language),
                tests=event_words.tests(found, frame, specs, language),
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(
                WORDS, language, "alt", base=base, parts=event_words.alt(frame, specs, language)
            ),
        ),
        simulated=simulated,
    )
