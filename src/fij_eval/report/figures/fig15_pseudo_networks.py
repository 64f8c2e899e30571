"""Figure 15: our estimate beside those of drawn networks that no one took part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.details import frame_of, has
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, percent, signed_pp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("details_robustness", "estimates_robustness", "estimates_primary", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{share} av tilfeldige nettverk gir like stor forskjell",
        "what": "Sammenlikningen med tilfeldige nettverk",
        "subtitle": "Anslag for {draws} nettverk trukket blant kommuner som ikke meldte seg på, "
        "med like mange fra hver størrelsesgruppe. Ingen av dem deltok, så spredningen viser hva "
        "tilfeldighet gir. Strek: anslaget for det virkelige nettverket. Samme metode, med "
        "justering",
        "municipality_average": "Hver kommune teller likt",
        "person_average": "Hver flyktning teller likt",
        "axis": "Anslag, prosentpoeng",
        "ours": "Vårt anslag\n{estimate}",
        "alt": "To stolpediagrammer av anslag for {draws} tilfeldige nettverk. {parts}",
        "alt_part": "{estimand}: de fleste ligger mellom {low} og {high}; det virkelige anslaget "
        "er {estimate}, og {share} av de tilfeldige er like store eller større.",
    },
    "en": {
        "title": "{share} of random networks give as large a difference",
        "what": "The comparison with drawn networks",
        "subtitle": "Estimates of {draws} networks drawn among municipalities that did not sign "
        "up, as many from each size group. They did not take part, so the spread shows what "
        "chance gives. Line: the estimate of the real network. Same method, with adjustment",
        "municipality_average": "Each municipality counts the same",
        "person_average": "Each refugee counts the same",
        "axis": "Estimate, percentage points",
        "ours": "Our estimate\n{estimate}",
        "alt": "Two bar charts of estimates of {draws} drawn networks. {parts}",
        "alt_part": "{estimand}: most lie between {low} and {high}; the real estimate is "
        "{estimate}, and {share} of the drawn ones are as large or larger.",
    },
}

_BINS = 40
_MOST = (0.025, 0.975)
"""Quantiles that «most» lie between."""


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """``estimand``, ``draw``, ``estimate`` of each drawn network, ``ours`` beside it."""
    import pandas as pd

    found = records.by_key(inputs["estimates_primary"])
    pieces = []
    for estimand in results.ESTIMANDS:
        table, ours = f"aa.{estimand}", found.get(f"primary.pp.{estimand}.att")
        if not has(inputs["details_robustness"], table) or not records.known(ours):
            continue
        drawn = frame_of(inputs["details_robustness"], table)["adjusted"].dropna()
        if not drawn.empty:
            pieces.append(
                pd.DataFrame(
                    {
                        "estimand": estimand,
                        "draw": drawn.index + 1,
                        "estimate": drawn.to_numpy(),
                        "ours": ours["estimate"],
                    }
                )
            )
    columns = ["estimand", "draw", "estimate", "ours"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def as_large(part: pd.DataFrame) -> float:
    """Share of drawn networks whose estimate is as large as ours or larger, sign aside."""
    return float((part["estimate"].abs() >= abs(part["ours"].iloc[0])).mean())


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A panel an estimand, one scale."""
    language = context.language
    names = list(dict.fromkeys(frame["estimand"]))
    figure = style.canvas(6.6, banner=banner)
    gap = 0.9
    width = (style.TEXT_WIDTH_CM - 0.6 - gap * (len(names) - 1)) / len(names)
    edge = float(frame[["estimate", "ours"]].abs().max().max()) * 1.1
    for k, name in enumerate(names):
        left = 0.3 + k * (width + gap)
        axes = style.axes_in(figure, left=left, bottom=1.25, top=1.9,
                             right=style.TEXT_WIDTH_CM - left - width)  # fmt: skip
        _panel(axes, frame[frame["estimand"] == name], edge, context)
        style.panel_heading(axes, fill(WORDS, language, str(name)), offset_points=36)
    return figure


def _panel(axes: Axes, part: pd.DataFrame, edge: float, context: Context) -> None:
    ours = float(part["ours"].iloc[0])
    axes.hist(part["estimate"], bins=np.linspace(-edge, edge, _BINS + 1).tolist(),
              color=style.GREY)  # fmt: skip
    axes.axvline(ours, color=style.NETWORK, linewidth=2.0)
    axes.annotate(
        fill(WORDS, context.language, "ours",
             estimate=signed_pp(ours, context.language, unit=False)),
        (ours, 1), xycoords=axes.get_xaxis_transform(), xytext=(0, 3),
        textcoords="offset points", ha="center", va="bottom", color=style.NETWORK,
        fontsize=style.SMALL,
    )  # fmt: skip
    axes.set_xlim(-edge, edge)
    axes.set_yticks([])
    style.number_ticks(axes.xaxis, context.language, factor=100)
    axes.set_xlabel(fill(WORDS, context.language, "axis"))


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 15."""
    language = context.language
    simulated = results.simulated(inputs["estimates_robustness"])
    frame = data(inputs)
    if frame.empty:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    parts = {str(name): part for name, part in frame.groupby("estimand", sort=False)}
    draws = count(max(len(part) for part in parts.values()), language)
    first = percent(as_large(next(iter(parts.values()))), language)
    said = [
        fill(
            WORDS,
            language,
            "alt_part",
            estimand=fill(WORDS, language, name),
            low=signed_pp(part["estimate"].quantile(_MOST[0]), language, unit=False),
            high=signed_pp(part["estimate"].quantile(_MOST[1]), language),
            estimate=signed_pp(part["ours"].iloc[0], language),
            share=percent(as_large(part), language),
        )
        for name, part in parts.items()
    ]
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", share=first),
            subtitle=fill(WORDS, language, "subtitle", draws=draws),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(WORDS, language, "alt", draws=draws, parts=" ".join(said)),
        ),
        simulated=simulated,
    )
