"""Figure 23: synthetic difference in differences with its weights, where it is worth showing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.effects.stepdown import NEEDED
from fij_eval.months import month_number
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, month_short, number, percent
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("details_estimators", "estimates_estimators", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{n} like kommuner ville bære den syntetiske kontrollen",
        "what": "Syntetisk kontroll med vekter (minst {needed} målinger før oppstart)",
        "subtitle": "Andel i jobb i nettverket og i en vektet gruppe av andre kommuner, og "
        "vektene: hvor mye hver måling før oppstart og hver kommune teller. Hver kommune i "
        "nettverket teller likt",
        "synthetic": "Syntetisk kontroll",
        "paths": "Andel i jobb",
        "time": "Vekt på målingen",
        "units": "Vekt på kommunen",
        "rank": "Kommuner etter vekt",
        "alt": "Linjer for nettverket og den syntetiske kontrollen fra {first} til {last}. "
        "Nettverket går fra {network_first} til {network_last}, kontrollen fra {synthetic_first} "
        "til {synthetic_last}. Størst vekt har {month} blant målingene ({time}). Den største "
        "vekten på en kommune er {unit}.",
    },
    "en": {
        "title": "{n} equal municipalities would carry the synthetic control",
        "what": "Synthetic control with weights (at least {needed} measurements before the start)",
        "subtitle": "Share in work in the network and in a weighted group of other municipalities, "
        "and the weights: how much each measurement before the start and each municipality counts. "
        "Each municipality of the network counts the same",
        "synthetic": "Synthetic control",
        "paths": "Share in work",
        "time": "Weight of the measurement",
        "units": "Weight of the municipality",
        "rank": "Municipalities by weight",
        "alt": "Lines for the network and the synthetic control from {first} to {last}. The "
        "network goes from {network_first} to {network_last}, the control from {synthetic_first} "
        "to {synthetic_last}. {month} has the largest weight among measurements ({time}). The "
        "largest weight of a municipality is {unit}.",
    },
}

_TABLES = ("paths", "time_weights", "unit_weights")


def shown(panel: pd.DataFrame, start: str) -> bool:
    """Whether there are enough measurements before the start for the weights to be shown."""
    before = sum(month < start for month in outcome_months(panel))
    return before >= NEEDED["synthetic_shown"]


def data(details: pd.DataFrame) -> pd.DataFrame:
    """Paths and weights in one frame; municipalities are ranked by weight and not named.

    Returns:
        ``what``, ``month``, ``rank``, ``network``, ``synthetic``, ``weight``.
    """
    import pandas as pd

    which = results.ESTIMANDS[0]
    columns = ["what", "month", "rank", "network", "synthetic", "weight"]
    if not all(has(details, f"{table}.{which}") for table in _TABLES):
        return pd.DataFrame(columns=columns)
    paths, times, units = (frame_of(details, f"{table}.{which}") for table in _TABLES)
    ordered = units[units["weight"] > 0].sort_values("weight", ascending=False, kind="stable")
    pieces = [
        paths.assign(what="path"),
        times.assign(what="time_weight"),
        ordered.assign(what="unit_weight", rank=range(1, len(ordered) + 1)),
    ]
    return pd.concat(pieces, ignore_index=True).reindex(columns=columns)


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Paths on the left, weights of measurements and of municipalities on the right."""
    language = context.language
    figure = style.canvas(9.0, banner=banner)
    left = style.axes_in(figure, left=1.3, bottom=0.9, top=1.3, right=6.4)
    upper = style.axes_in(figure, left=11.0, bottom=5.9, top=1.3, right=0.3)
    lower = style.axes_in(figure, left=11.0, bottom=1.2, top=5.2, right=0.3)
    _paths(left, frame[frame["what"] == "path"], context)
    times = frame[frame["what"] == "time_weight"]
    upper.bar(range(len(times)), times["weight"], color=style.NETWORK, width=0.6)
    upper.set_xticks(range(len(times)), [month_short(m, language).replace("\u00a0", "\n")
                                         for m in times["month"]])  # fmt: skip
    units = frame[frame["what"] == "unit_weight"]
    lower.bar(units["rank"], units["weight"], color=style.OTHERS, width=1.0)
    lower.set_xlabel(fill(WORDS, language, "rank"))
    for axes, words in ((upper, "time"), (lower, "units")):
        style.percent_ticks(axes.yaxis, language)
        style.grid(axes, "y")
        style.headline(axes, fill(WORDS, language, words))
    return figure


def _paths(axes: Axes, paths: pd.DataFrame, context: Context) -> None:
    at = [month_number(month) for month in paths["month"]]
    for key, name, label in (
        ("synthetic", "comparison", fill(WORDS, context.language, "synthetic")),
        ("network", "network", arm("network", context)),
    ):
        axes.plot(at, paths[key], color=style.COLOURS[name], marker=style.MARKERS[name],
                  markersize=5, linewidth=1.4, label=label)  # fmt: skip
    axes.axvline(month_number(context.network.start), color=style.MUTED, linewidth=0.9,
                 linestyle=style.DASHED)  # fmt: skip
    style.januaries(axes, list(paths["month"]), context.language)
    style.percent_ticks(axes.yaxis, context.language)
    style.grid(axes, "y")
    style.headline(axes, fill(WORDS, context.language, "paths"), offset_points=19)
    style.legend_above(axes, columns=2)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 23; with too few measurements before the start, the frame that says so."""
    language = context.language
    simulated = results.simulated(inputs["estimates_estimators"])
    frame = data(inputs["details_estimators"])
    record = records.by_key(inputs["estimates_estimators"]).get(
        f"estimators.synthetic_did.{results.ESTIMANDS[0]}.att"
    )
    enough = shown(inputs["panel"], context.network.start) and records.known(record)
    if frame.empty or not enough:
        needed = count(NEEDED["synthetic_shown"], language)
        return without.drawing(
            WORDS, frame.iloc[:0], context, inputs, simulated=simulated, needed=needed
        )
    paths = frame[frame["what"] == "path"]
    times = frame[frame["what"] == "time_weight"]
    units = frame[frame["what"] == "unit_weight"]["weight"]
    heaviest = times.sort_values("weight", kind="stable").to_dict("records")[-1]
    ends = {
        f"{arm_}_{end}": percent(float(paths[arm_].iloc[place]), language)
        for arm_ in ("network", "synthetic")
        for end, place in (("first", 0), ("last", -1))
    }
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(
                WORDS, language, "title", n=number(1 / float((units**2).sum()), language, 0)
            ),
            subtitle=fill(WORDS, language, "subtitle"),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(
                WORDS,
                language,
                "alt",
                first=month_name(str(paths["month"].iloc[0]), language),
                last=month_name(str(paths["month"].iloc[-1]), language),
                **ends,
                month=month_name(str(heaviest["month"]), language),
                time=percent(float(heaviest["weight"]), language, 0),
                unit=percent(float(units.max()), language),
            ),
        ),
        simulated=simulated,
    )
