"""Figure 10: how far the arms differ before kick-off, before and after weighting (Love plot)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.report import results, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, number
from fij_eval.report.variables import LARGE, variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("details_selection", "details_estimators", "estimates_selection", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} kjennetegn skiller gruppene tydelig",
        "subtitle": "Normalisert forskjell mellom nettverket og andre kommuner før oppstart, når "
        "hver kommune teller likt. Fylt: slik kommunene er. Hult: når andre kommuner vektes så de "
        "ligner (entropibalansering), for kjennetegn som er med i vektingen. Stiplet: {large} i "
        "størrelse",
        "axis": "Normalisert forskjell (nettverk minus andre)",
        "raw": "Uten vekter",
        "weighted": "Med vekter",
        "alt": "Prikkdiagram med {n} kjennetegn. Forskjellene går fra {low} ({lowest}) til {high} "
        "({highest}). {k} av dem er større enn {large} i størrelse. Etter vekting er den største "
        "forskjellen {left}.",
        "alt_unweighted": "Prikkdiagram med {n} kjennetegn. Forskjellene går fra {low} ({lowest}) "
        "til {high} ({highest}). {k} av dem er større enn {large} i størrelse.",
    },
    "en": {
        "title": "{k} of {n} characteristics clearly set the groups apart",
        "subtitle": "Normalised difference between the network and other municipalities before "
        "kick-off, where each municipality counts the same. Filled: as they are. Hollow: with the "
        "others weighted to be like the network (entropy balancing), for what is weighted on. "
        "Dashed: {large} in size",
        "axis": "Normalised difference (network less others)",
        "raw": "Without weights",
        "weighted": "With weights",
        "alt": "Dot chart of {n} characteristics. The differences run from {low} ({lowest}) to "
        "{high} ({highest}). {k} of them are beyond {large} in size. After weighting the largest "
        "difference is {left}.",
        "alt_unweighted": "Dot chart of {n} characteristics. The differences run from {low} "
        "({lowest}) to {high} ({highest}). {k} of them are beyond {large} in size.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """``variable``, ``difference``, ``difference_weighted`` (missing if not weighted on), by size.

    The largest positive difference comes first.
    """
    frame = frame_of(inputs["details_selection"], "balance.municipality_average")
    raw = frame[["variable", "normalised_difference"]].dropna()
    table, weighted = "balance.municipality_average", inputs["details_estimators"]
    if has(weighted, table):
        after = frame_of(weighted, table).set_index("covariate")["difference_weighted"]
        found = after.reindex(raw["variable"]).to_list()
    else:
        found = [float("nan")] * len(raw)
    return (
        raw.rename(columns={"normalised_difference": "difference"})
        .assign(difference_weighted=found)
        .sort_values("difference", ascending=False, kind="stable", ignore_index=True)
    )


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """A row a characteristic: filled as it is, hollow after weighting."""
    language = context.language
    figure = style.canvas(0.38 * len(frame) + 2.6, banner=banner)
    axes = style.axes_in(figure, left=6.2, bottom=1.2, top=0.9, right=0.5)
    levels = list(range(len(frame)))[::-1]
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    for edge in (-LARGE, LARGE):
        axes.axvline(edge, color=style.MUTED, linewidth=0.8, linestyle=style.DASHED)
    after = frame["difference_weighted"]
    axes.hlines(levels, frame["difference"], after, color=style.GREY, linewidth=1.2, zorder=2)
    if after.notna().any():
        axes.plot(after, levels, linestyle="none", marker="o", markersize=5.5,
                  markerfacecolor="white", markeredgecolor=style.NETWORK, zorder=3,
                  label=fill(WORDS, language, "weighted"))  # fmt: skip
    axes.plot(frame["difference"], levels, linestyle="none", marker="o", markersize=5.5,
              color=style.NETWORK, zorder=4, label=fill(WORDS, language, "raw"))  # fmt: skip
    axes.set_yticks(levels, [variable(name, language) for name in frame["variable"]])
    axes.set_ylim(-0.7, len(frame) - 0.3)
    largest = max(frame["difference"].abs().max(), LARGE) * 1.12
    axes.set_xlim(-largest, largest)
    style.grid(axes, "y")
    style.number_ticks(axes.xaxis, language)
    axes.set_xlabel(fill(WORDS, language, "axis"))
    style.legend_above(axes, columns=2)
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 10."""
    language = context.language
    frame = data(inputs)
    simulated = results.simulated(inputs["estimates_selection"])
    n = count(len(frame), language)
    k = count(int((frame["difference"].abs() > LARGE).sum()), language)
    large = number(LARGE, language, 2)
    values = {
        "n": n,
        "k": k,
        "large": large,
        "low": number(frame["difference"].min(), language, 2),
        "high": number(frame["difference"].max(), language, 2),
        "lowest": variable(str(frame["variable"].iloc[-1]), language),
        "highest": variable(str(frame["variable"].iloc[0]), language),
    }
    left = frame["difference_weighted"].abs().max()
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", k=k, n=n),
            subtitle=fill(WORDS, language, "subtitle", large=large),
            source=results.source(
                language, inputs["panel"], simulated=simulated, more=("unemployment", "settlement")
            ),
            alt=fill(WORDS, language, "alt_unweighted", **values)
            if left != left  # noqa: PLR0124 -- missing
            else fill(WORDS, language, "alt", **values, left=number(left, language, 2)),
        ),
        simulated=simulated,
    )
