"""Figure 16: how large a difference must be to be found, known before any result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.inference.equivalence import power
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, percent, pp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from fij_eval.report.records import Record

INPUTS = ("estimates_primary", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Forskjeller under {mde} vil ofte ikke bli funnet",
        "what": "Styrkeberegningen",
        "subtitle": "Sjansen for at analysen finner en forskjell av ulik størrelse, ved {level} "
        "sikkerhet. Regnet av standardfeilen i planens analyse, uten å se på anslaget. {n} "
        "kommuner, {treated} av dem i nettverket",
        "axis": "Sann forskjell, prosentpoeng",
        "up": "Sjanse for å finne den",
        "municipality_average": "Hver kommune teller likt",
        "person_average": "Hver flyktning teller likt",
        "alt": "Linjediagram av sjansen for å finne en forskjell mot hvor stor den er. {parts} "
        "Sjansen er {target} ved den minste forskjellen som regnes som påviselig.",
        "alt_part": "{estimand}: {one} ved ett prosentpoeng, {three} ved tre; minste påviselige "
        "er {mde}.",
    },
    "en": {
        "title": "Differences below {mde} will often not be found",
        "what": "The power calculation",
        "subtitle": "Chance that the analysis finds a difference of a given size, at {level} "
        "confidence. From the standard error of the planned analysis, without a look at the "
        "estimate. {n} municipalities, {treated} of them in the network",
        "axis": "True difference, percentage points",
        "up": "Chance of finding it",
        "municipality_average": "Each municipality counts the same",
        "person_average": "Each refugee counts the same",
        "alt": "Line chart of the chance of finding a difference against its size. {parts} The "
        "chance is {target} at the smallest difference that counts as detectable.",
        "alt_part": "{estimand}: {one} at one percentage point, {three} at three; the smallest "
        "detectable is {mde}.",
    },
}

_LINES = {"municipality_average": "-", "person_average": (0, (5, 2))}
_SIZES = np.round(np.arange(0, 0.0601, 0.001), 4)


def data(frame: pd.DataFrame) -> pd.DataFrame:
    """``estimand``, ``size`` (share), ``power``, ``mde`` for the planned analysis in points."""
    import pandas as pd

    found = records.by_key(frame)
    pieces = []
    for estimand in results.ESTIMANDS:
        record, detectable = (found.get(f"primary.pp.{estimand}.{term}") for term in ("att", "mde"))
        if not (records.known(record, "ci_low") and records.known(detectable)):
            continue
        chance = [_chance(size, record) for size in _SIZES]
        pieces.append(
            pd.DataFrame(
                {
                    "estimand": estimand,
                    "size": _SIZES,
                    "power": chance,
                    "mde": detectable["estimate"],
                }
            )
        )
    columns = ["estimand", "size", "power", "mde"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def _chance(size: float, record: Record) -> float:
    """Chance that the test of a record finds a difference of this size."""
    return power(size, record["se"], df=record["df"], level=record["level"])


def draw(frame: pd.DataFrame, context: Context, *, banner: str, target: float) -> Figure:
    """A line an estimand, the chance aimed at dashed, the smallest detectable size marked."""
    language = context.language
    figure = style.canvas(6.6, banner=banner)
    axes = style.axes_in(figure, left=1.3, bottom=1.25, top=0.95, right=0.4)
    axes.axhline(target, color=style.MUTED, linewidth=0.8, linestyle=style.DASHED)
    for estimand, part in frame.groupby("estimand", sort=False):
        name = str(estimand)
        axes.plot(part["size"], part["power"], color=style.NETWORK, linewidth=1.6,
                  linestyle=_LINES[name], label=fill(WORDS, language, name))  # fmt: skip
        axes.plot(
            [part["mde"].iloc[0]],
            [target],
            marker="o",
            markersize=6,
            color=style.NETWORK,
            markerfacecolor="white" if name == "person_average" else style.NETWORK,
        )
    axes.set_xlim(0, float(frame["size"].max()))
    axes.set_ylim(0, 1.02)
    style.number_ticks(axes.xaxis, language, factor=100)
    style.percent_ticks(axes.yaxis, language)
    style.grid(axes, "y")
    axes.set_xlabel(fill(WORDS, language, "axis"))
    style.headline(axes, fill(WORDS, language, "up"), offset_points=16)
    # long enough for the dashes to be seen
    style.legend_above(axes, columns=2, handle=2.6)
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 16."""
    language, estimates = context.language, inputs["estimates_primary"]
    simulated = results.simulated(estimates)
    frame = data(estimates)
    if frame.empty:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    found = records.by_key(estimates)
    parts = []
    for estimand in dict.fromkeys(frame["estimand"]):
        record = found[f"primary.pp.{estimand}.att"]
        one, three = (_chance(size, record) for size in (0.01, 0.03))
        mde = float(frame.loc[frame["estimand"] == estimand, "mde"].iloc[0])
        parts.append(
            fill(
                WORDS,
                language,
                "alt_part",
                estimand=fill(WORDS, language, str(estimand)),
                one=percent(one, language, 0),
                three=percent(three, language, 0),
                mde=pp(mde, language),
            )
        )
    first = found[f"primary.pp.{frame['estimand'].iloc[0]}.att"]
    target = _chance(float(frame["mde"].iloc[0]), first)
    return Drawing(
        figure=draw(
            frame,
            context,
            banner=results.banner(language, simulated=simulated),
            target=target,
        ),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", mde=pp(frame["mde"].max(), language)),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                level=percent(first["level"], language, 0),
                n=count(first["n_units"], language),
                treated=count(first["n_treated"], language),
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(
                WORDS, language, "alt", parts=" ".join(parts), target=percent(target, language, 0)
            ),
        ),
        simulated=simulated,
    )
