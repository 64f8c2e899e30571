"""Figure 25: whether the network's municipalities have any like them outside (overlap)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.details import frame_of, has
from fij_eval.report import results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, percent
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("details_estimators", "estimates_estimators", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Alle nettverkets kommuner har lignende kommuner utenfor",
        "title_some": "{k} av nettverkets kommuner mangler lignende kommuner utenfor",
        "what": "Overlappet mellom gruppene",
        "subtitle": "Sannsynlighet for å være med i nettverket, anslått fra folketall, størrelse, "
        "landsdel, ledighet og flyktninger per innbygger. Andel av hver gruppe i hvert trinn, "
        "{network} kommuner i nettverket (opp) og {comparison} andre (ned)",
        "axis": "Anslått sannsynlighet for å være med",
        "up": "Andel av gruppen",
        "alt": "To stolpediagram rygg mot rygg. I nettverket går sannsynligheten fra {low_network} "
        "til {high_network}, med median {median_network}. Blant andre kommuner går den fra "
        "{low_comparison} til {high_comparison}, med median {median_comparison}.",
    },
    "en": {
        "title": "All network municipalities have similar municipalities outside",
        "title_some": "{k} network municipalities have no similar municipality outside",
        "what": "The overlap of the groups",
        "subtitle": "Probability of being in the network, estimated from population, size, region, "
        "unemployment and refugees per inhabitant. Share of each group in each step, {network} "
        "municipalities in the network (up) and {comparison} others (down)",
        "axis": "Estimated probability of being in the network",
        "up": "Share of the group",
        "alt": "Two bar charts back to back. In the network the probability runs from "
        "{low_network} to {high_network}, with median {median_network}. Among other municipalities "
        "it runs from {low_comparison} to {high_comparison}, with median {median_comparison}.",
    },
}

#: Steps of the probability.
_STEP = 0.05


def propensities(details: pd.DataFrame) -> dict[str, np.ndarray]:
    """Probability of being in the network by arm; empty where it could not be estimated."""
    table = f"overlap.{results.ESTIMANDS[0]}"
    if not has(details, table):
        return {}
    frame = frame_of(details, table)
    inside = frame["network"].to_numpy() == 1
    values = frame["propensity"].to_numpy(dtype=float)
    return {"network": values[inside], "comparison": values[~inside]}


def data(found: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """``arm``, ``low``, ``high``, ``municipalities``, ``share``: one row a step and arm."""
    import pandas as pd

    columns = ["arm", "low", "high", "municipalities", "share"]
    if not found:
        return pd.DataFrame(columns=columns)
    top = max(float(values.max()) for values in found.values())
    edges = np.arange(0, top + _STEP, _STEP).round(10)
    if edges[-1] <= top:
        edges = np.append(edges, edges[-1] + _STEP)
    rows = []
    for name, values in found.items():
        counts, _ = np.histogram(values, bins=edges)
        rows += [
            (name, low, high, int(n), n / len(values))
            for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
    return pd.DataFrame(rows, columns=columns)


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Bars of the network upwards, of the others downwards."""
    from matplotlib.ticker import FuncFormatter

    language = context.language
    figure = style.canvas(6.4, banner=banner)
    axes = style.axes_in(figure, left=1.4, bottom=1.25, top=1.1, right=0.4)
    for name, sign in (("network", 1), ("comparison", -1)):
        part = frame[frame["arm"] == name]
        axes.bar(part["low"] + _STEP / 2, sign * part["share"], width=0.92 * _STEP,
                 color=style.COLOURS[name])  # fmt: skip
        largest = float(part["share"].max())
        axes.annotate(
            arm(name, context),
            (1, 0.96 if sign > 0 else 0.04),
            xycoords="axes fraction",
            ha="right",
            va="top" if sign > 0 else "bottom",
            color=style.TEXT_COLOURS[name],
            fontweight="bold",
        )
        axes.set_ylim(
            min(axes.get_ylim()[0], -1.1 * largest),
            max(axes.get_ylim()[1], 1.1 * largest),
        )
    axes.axhline(0, color=style.MUTED, linewidth=0.8)
    style.percent_ticks(axes.xaxis, language)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: percent(abs(y), language, 0)))
    style.grid(axes, "y")
    axes.set_xlabel(fill(WORDS, language, "axis"))
    style.headline(axes, fill(WORDS, language, "up"))
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 25."""
    language = context.language
    simulated = results.simulated(inputs["estimates_estimators"])
    found = propensities(inputs["details_estimators"])
    frame = data(found)
    if not found:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    alone = int((found["network"] > found["comparison"].max()).sum())
    said = {
        f"{what}_{name}": percent(float(f(values)), language, 0)
        for name, values in found.items()
        for what, f in (("low", np.min), ("high", np.max), ("median", np.median))
    }
    return Drawing(
        # unemployment, on which the probability stands, is simulated where employment is
        figure=draw(
            frame, context, banner=results.banner(language, simulated=simulated, what="other")
        ),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title_some", k=count(alone, language))
            if alone
            else fill(WORDS, language, "title"),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                **{name: count(len(values), language) for name, values in found.items()},
            ),
            source=results.source(
                language, inputs["panel"], simulated=simulated, more=("unemployment", "population")
            ),
            alt=fill(WORDS, language, "alt", **said),
        ),
        simulated=simulated,
    )
