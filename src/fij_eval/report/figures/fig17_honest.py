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
        "subtitle": "Intervall ({level}) for forskjellen når gruppene uten nettverket kan ha "
        "utviklet seg ulikt. Øverst: fra måling til måling inntil så mange ganger den største "
        "forskjellen før oppstart. Nederst: en forskjell som fortsetter, men kan knekke. "
        "Grenseverdi øverst (hvor intervallet når null): {values}",
        "municipality_average": "Hver kommune teller likt",
        "person_average": "Hver flyktning teller likt",
        "relative_magnitudes": "Tillatt avvik, ganger det største før oppstart",
        "smoothness": "Tillatt knekk fra måling til måling, prosentpoeng",
        "up": "Prosentpoeng",
        "value": "{breakdown} ({estimand})",
        "alt": "Intervaller som blir bredere jo større avvik som tillates. {parts}",
        "alt_part": "{estimand}: {first} uten avvik, {last} ved {bound} ganger avviket før "
        "oppstart. Grenseverdien er {breakdown}.",
        "alt_smooth": "{estimand}, nederst: {first} når forskjellen fortsetter rett fram, {last} "
        "når den kan knekke {bound} prosentpoeng.",
    },
    "en": {
        "title_none": "The interval includes zero even without differing trends",
        "title_zero": "Small differences in trends make the answer uncertain",
        "title": "The answer stands deviations up to {breakdown} times earlier ones",
        "what": "The test of how much trends may differ",
        "subtitle": "Interval ({level}) for the difference where the groups may have developed "
        "differently without the network. Above: from one measurement to the next by up to so many "
        "times the largest difference before kick-off. Below: a difference that goes on but may "
        "bend. Breakdown value above (where the interval reaches zero): {values}",
        "municipality_average": "Each municipality counts the same",
        "person_average": "Each refugee counts the same",
        "relative_magnitudes": "Deviation allowed, times the largest before kick-off",
        "smoothness": "Bend allowed per measurement, percentage points",
        "up": "Percentage points",
        "value": "{breakdown} ({estimand})",
        "alt": "Intervals that widen as larger deviations are allowed. {parts}",
        "alt_part": "{estimand}: {first} without deviation, {last} at {bound} times the "
        "deviation before kick-off. The breakdown value is {breakdown}.",
        "alt_smooth": "{estimand}, below: {first} where the difference goes straight on, {last} "
        "where it may bend by {bound} percentage points.",
    },
}

RESTRICTIONS = ("relative_magnitudes", "smoothness")
_SHOWN = 0.05
"""Smallest breakdown value that is not written as zero."""


def data(frame: pd.DataFrame) -> pd.DataFrame:
    """Intervals by restriction and bound.

    Returns:
        ``restriction``, ``estimand``, ``bound`` (a multiple, or percentage points), ``estimate``,
        ``ci_low``, ``ci_high``, ``breakdown`` (of the relative magnitudes), ``level``.
    """
    kind = frame["term"].str.partition(" ")
    rows = frame[kind[0].isin(RESTRICTIONS) & frame["ci_low"].notna()]
    found = records.by_key(frame)
    limits = [
        found.get(f"trends.honest.{estimand}.breakdown", {}).get("estimate", float("nan"))
        for estimand in rows["estimand"]
    ]
    return (
        rows.assign(
            restriction=kind[0].loc[rows.index],
            bound=kind[2].loc[rows.index].astype("float64"),
            breakdown=limits,
        )[[
            "restriction", "estimand", "bound", "estimate", "ci_low", "ci_high", "breakdown",
            "level",
        ]]
        .sort_values(["restriction", "estimand", "bound"], kind="stable")
        .reset_index(drop=True)
    )  # fmt: skip


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A column an estimand, a row a restriction, one scale for all."""
    language = context.language
    names = list(dict.fromkeys(frame["estimand"]))
    kinds = [kind for kind in RESTRICTIONS if kind in set(frame["restriction"])]
    high_cm, top, below = 3.4, 1.5, 1.9
    figure = style.canvas(top + len(kinds) * (high_cm + below) - below + 1.25, banner=banner)
    gap = 1.1
    width = (style.TEXT_WIDTH_CM - 1.3 - gap * (len(names) - 1)) / len(names)
    low, high = float(frame["ci_low"].min()), float(frame["ci_high"].max())
    margin = 0.06 * (high - low)
    for k, name in enumerate(names):
        for j, kind in enumerate(kinds):
            left, under = 1.1 + k * (width + gap), len(kinds) - 1 - j
            axes = style.axes_in(
                figure,
                left=left,
                bottom=1.25 + under * (high_cm + below),
                top=top + j * (high_cm + below),
                right=style.TEXT_WIDTH_CM - left - width,
            )
            axes.set_ylim(low - margin, high + margin)
            part = frame[(frame["estimand"] == name) & (frame["restriction"] == kind)]
            _panel(axes, part, kind, language)
            style.headline(axes, fill(WORDS, language, "up"), offset_points=4)
            if j == 0:
                style.panel_heading(axes, fill(WORDS, language, str(name)), offset_points=22)
    return figure


def _panel(axes: Axes, part: pd.DataFrame, kind: str, language: Language) -> None:
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
    axes.set_xlabel(fill(WORDS, language, kind))


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 17."""
    language, estimates = context.language, inputs["estimates_trends"]
    simulated = results.simulated(estimates)
    frame = data(estimates)
    if (frame["restriction"] == "relative_magnitudes").sum() == 0:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    relative = frame[frame["restriction"] == "relative_magnitudes"]
    values, parts = [], []
    for name, part in relative.groupby("estimand", sort=True):
        estimand = fill(WORDS, language, str(name))
        breakdown = number(part["breakdown"].iloc[0], language, 1)
        values.append(
            fill(WORDS, language, "value", breakdown=breakdown, estimand=estimand.lower())
        )
        said = _ends(part, language) | {"estimand": estimand, "breakdown": breakdown}
        parts.append(fill(WORDS, language, "alt_part", **said))
    for name, part in frame[frame["restriction"] == "smoothness"].groupby("estimand", sort=True):
        said = _ends(part, language) | {"estimand": fill(WORDS, language, str(name))}
        parts.append(fill(WORDS, language, "alt_smooth", **said))
    lowest = float(relative["breakdown"].min())
    without_deviation = relative[relative["bound"] == 0]
    holds = (without_deviation["ci_low"] <= 0) & (without_deviation["ci_high"] >= 0)
    title = "title_none" if holds.all() else "title_zero" if lowest < _SHOWN else "title"
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


def _ends(part: pd.DataFrame, language: Language) -> dict[str, str]:
    """The intervals at the smallest and the largest bound, and the largest bound."""
    first, last = part.iloc[0], part.iloc[-1]
    return {
        "first": interval(first["ci_low"], first["ci_high"], language),
        "last": interval(last["ci_low"], last["ci_high"], language),
        "bound": number(last["bound"], language, 1),
    }
