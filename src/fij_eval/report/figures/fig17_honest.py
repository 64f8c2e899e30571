"""Figure 17: how far trends may differ until the interval includes zero (Rambachan & Roth 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import interval, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.settings import Language

INPUTS = ("estimates_trends", "panel")

WORDS: Catalogue = {
    "nb": {
        "title_none": "Intervallet rommer null også uten avvik i utviklingen",
        "title_zero": "Små avvik i utviklingen gjør svaret usikkert",
        "title": "Svaret tåler avvik opptil {breakdown} ganger de før oppstart",
        "what": "Prøven av hvor ulik utviklingen kan ha vært",
        "subtitle": "Intervall ({level}) for forskjellen når utviklingen uten nettverket kan ha "
        "skilt seg fra måling til måling med inntil så mange ganger den største forskjellen før "
        "oppstart. Ved null antas lik utvikling. Grenseverdi (hvor intervallet når null): {values}",
        "municipality_average": "Hver kommune likt",
        "person_average": "Hver flyktning likt",
        "axis": "Tillatt avvik, ganger det største før oppstart",
        "up": "Prosentpoeng",
        "value": "{breakdown} ({estimand})",
        "alt": "Intervaller som blir bredere jo større avvik som tillates. {parts}",
        "alt_part": "{estimand}: {first} uten avvik, {last} ved {bound} ganger avviket før "
        "oppstart. Grenseverdien er {breakdown}.",
    },
    "en": {
        "title_none": "The interval holds zero even without differing trends",
        "title_zero": "Small differences in trends make the answer uncertain",
        "title": "The answer stands deviations up to {breakdown} times earlier ones",
        "what": "The test of how much trends may differ",
        "subtitle": "Interval ({level}) for the difference where the development without the "
        "network may have differed from one measurement to the next by up to so many times the "
        "largest difference before kick-off. At zero, like developments are assumed. Breakdown "
        "value (where the interval reaches zero): {values}",
        "municipality_average": "Each municipality alike",
        "person_average": "Each refugee alike",
        "axis": "Deviation allowed, times the largest before kick-off",
        "up": "Percentage points",
        "value": "{breakdown} ({estimand})",
        "alt": "Intervals that widen as larger deviations are allowed. {parts}",
        "alt_part": "{estimand}: {first} without deviation, {last} at {bound} times the "
        "deviation before kick-off. The breakdown value is {breakdown}.",
    },
}

_TERM = "relative_magnitudes "
_SHOWN = 0.05
"""Smallest breakdown value that is not written as zero."""


def data(frame: pd.DataFrame) -> pd.DataFrame:
    """``estimand``, ``bound``, ``estimate``, ``ci_low``, ``ci_high``, ``breakdown``, ``level``."""
    rows = frame[frame["term"].str.startswith(_TERM) & frame["ci_low"].notna()]
    found = records.by_key(frame)
    limits = [
        found.get(f"trends.honest.{estimand}.breakdown", {}).get("estimate", float("nan"))
        for estimand in rows["estimand"]
    ]
    return (
        rows.assign(bound=rows["term"].str.removeprefix(_TERM).astype("float64"), breakdown=limits)[
            ["estimand", "bound", "estimate", "ci_low", "ci_high", "breakdown", "level"]
        ]
        .sort_values(["estimand", "bound"], kind="stable")
        .reset_index(drop=True)
    )


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A panel an estimand, one scale."""
    language = context.language
    names = list(dict.fromkeys(frame["estimand"]))
    figure = style.canvas(7.0, banner=banner)
    gap = 1.1
    width = (style.TEXT_WIDTH_CM - 1.3 - gap * (len(names) - 1)) / len(names)
    low, high = float(frame["ci_low"].min()), float(frame["ci_high"].max())
    margin = 0.06 * (high - low)
    for k, name in enumerate(names):
        left = 1.1 + k * (width + gap)
        axes = style.axes_in(figure, left=left, bottom=1.25, top=1.5,
                             right=style.TEXT_WIDTH_CM - left - width)  # fmt: skip
        axes.set_ylim(low - margin, high + margin)
        _panel(axes, frame[frame["estimand"] == name], language)
        style.headline(axes, fill(WORDS, language, "up"), offset_points=4)
        axes.annotate(
            fill(WORDS, language, str(name)), (0, 1), xycoords="axes fraction",
            xytext=(0, 22), textcoords="offset points", fontweight="bold", va="bottom",
        )  # fmt: skip
    return figure


def _panel(axes: Axes, part: pd.DataFrame, language: Language) -> None:
    """Interval at each bound, its colour quiet where it holds zero."""
    axes.axhline(0, color=style.MUTED, linewidth=0.8)
    places = range(len(part))
    for place, row in zip(places, part.to_dict("records"), strict=True):
        holds = row["ci_low"] <= 0 <= row["ci_high"]
        axes.vlines(place, row["ci_low"], row["ci_high"], linewidth=5,
                    color=style.GREY if holds else style.NETWORK)  # fmt: skip
    axes.plot(list(places), part["estimate"], linestyle="none", marker="o", markersize=4,
              markerfacecolor="white", markeredgecolor=style.NETWORK)  # fmt: skip
    axes.set_xticks(
        list(places),
        [number(b, language, 0 if float(b).is_integer() else 1) for b in part["bound"]],
    )
    axes.set_xlim(-0.6, len(part) - 0.4)
    style.number_ticks(axes.yaxis, language, factor=100)
    style.grid(axes, "y")
    axes.set_xlabel(fill(WORDS, language, "axis"))


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 17."""
    language, estimates = context.language, inputs["estimates_trends"]
    simulated = results.simulated(estimates)
    frame = data(estimates)
    if frame.empty:
        return without.drawing(
            fill(WORDS, language, "what"), frame, context, panel=inputs["panel"],
            simulated=simulated,
        )  # fmt: skip
    values, parts = [], []
    for name in sorted(set(frame["estimand"])):
        part = frame[frame["estimand"] == name]
        estimand = fill(WORDS, language, str(name))
        breakdown = number(part["breakdown"].iloc[0], language, 1)
        values.append(
            fill(WORDS, language, "value", breakdown=breakdown, estimand=estimand.lower())
        )
        first, last = part.iloc[0], part.iloc[-1]
        parts.append(
            fill(
                WORDS,
                language,
                "alt_part",
                estimand=estimand,
                first=interval(first["ci_low"], first["ci_high"], language),
                last=interval(last["ci_low"], last["ci_high"], language),
                bound=number(last["bound"], language, 1),
                breakdown=breakdown,
            )
        )
    lowest = float(frame["breakdown"].min())
    without_deviation = frame[frame["bound"] == 0]
    holds = (without_deviation["ci_low"] <= 0) & (without_deviation["ci_high"] >= 0)
    title = "title_none" if holds.any() else "title_zero" if lowest < _SHOWN else "title"
    words = {"breakdown": number(lowest, language, 1)} if title == "title" else {}
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, title, **words),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                level=percent(float(frame["level"].iloc[0]), language, 0),
                values=", ".join(values),
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(WORDS, language, "alt", parts=" ".join(parts)),
        ),
        simulated=simulated,
    )
