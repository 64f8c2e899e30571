"""Mean share in work in both arms at each snapshot: the series behind figures 9 and 9b."""

from __future__ import annotations

from textwrap import fill as fill_text
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import ReportError
from fij_eval.months import month_number
from fij_eval.report import placement, records, results, style
from fij_eval.report.context import Catalogue, Context, Words, fill
from fij_eval.report.numbers_format import count, month_name, percent_words
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

WORDS: Catalogue = {
    "nb": {
        "rise": "Andelen i jobb har økt i begge grupper",
        "fall": "Andelen i jobb har falt i begge grupper",
        "apart": "Andelen i jobb utvikler seg ulikt i gruppene",
        "subtitle": "Uvektet gjennomsnitt av kommunenes andel i jobb blant flyktninger fra Ukraina "
        "20–66 år. {network} {network_name} og {comparison} {comparison_name} med minst {minimum} "
        "flyktninger i {reference}. Hvert merke er en måling",
        "pp": "Andel i jobb",
        "kick_off": "Oppstart",
    },
    "en": {
        "rise": "The share in work has risen in both groups",
        "fall": "The share in work has fallen in both groups",
        "apart": "The share in work moves differently in the groups",
        "subtitle": "Unweighted mean of the municipalities' share in work among refugees from "
        "Ukraine aged 20–66. {network} {network_name} and {comparison} {comparison_name} with at "
        "least {minimum} refugees in {reference}. Each mark is a measurement",
        "pp": "Share in work",
        "kick_off": "Kick-off",
    },
}

_ARMS = ("network", "comparison")
_NAME_WIDTH = 20
"""Letters of a name on one line."""


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an arm and month with a mean, in order.

    Returns:
        ``arm``, ``reference_month``, ``mean_share`` (unweighted, eligible municipalities),
        ``logit``, ``municipalities``.

    Raises:
        ReportError: If an arm has no mean in any month.
    """
    import pandas as pd

    found = records.by_key(inputs["estimates_description"])
    rows = []
    for name in _ARMS:
        prefix = f"mean.eligible.{name}."
        for key, record in found.items():
            if not (key.startswith(prefix) and key.endswith(".municipality")):
                continue
            if records.known(record):
                mean = float(record["estimate"])
                inner = 0 < mean < 1
                rows.append(
                    {
                        "arm": name,
                        "reference_month": str(record["term"]),
                        "mean_share": mean,
                        "logit": float(np.log(mean / (1 - mean))) if inner else float("nan"),
                        "municipalities": int(record["n_units"]),
                    }
                )
    frame = pd.DataFrame(
        rows, columns=["arm", "reference_month", "mean_share", "logit", "municipalities"]
    )
    if missing := [name for name in _ARMS if name not in set(frame["arm"])]:
        raise ReportError(
            f"The arm «{missing[0]}» has no mean share in any month", where="estimates/description"
        )
    return frame.sort_values(["arm", "reference_month"], ignore_index=True)


def shares(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    """The series as shares, each line named."""
    lines(axes, frame, "mean_share", context)
    style.percent_ticks(axes.yaxis, context.language)
    style.headline(axes, fill(WORDS, context.language, "pp"), offset_points=20)
    _name_arms(axes, frame, context)


def lines(axes: Axes, frame: pd.DataFrame, column: str, context: Context) -> None:
    """One column of the series, a line an arm."""
    for name in _ARMS:
        part = frame[frame["arm"] == name]
        axes.plot(
            [month_number(month) for month in part["reference_month"]],
            part[column],
            color=style.COLOURS[name],
            marker=style.MARKERS[name],
            markersize=5,
            linewidth=1.2,
            label=arm(name, context),
        )
    axes.margins(y=0.12)
    _time_axis(axes, sorted(frame["reference_month"].unique()), context)
    month = month_number(context.network.start)
    style.upright(axes, month, fill(WORDS, context.language, "kick_off"), colour=style.MUTED)


def _time_axis(axes: Axes, months: list[str], context: Context) -> None:
    """A tick each January, quiet lines across."""
    low, high = month_number(months[0]) - 1.5, month_number(months[-1]) + 1.5
    axes.set_xlim(low, high)
    style.januaries(axes, months, context.language)
    style.grid(axes, "y")


def _name_arms(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    """Each line named beside it in its colour; all of them in a legend if there is no room."""
    parts = [frame[frame["arm"] == name] for name in _ARMS]
    names = [fill_text(arm(name, context), _NAME_WIDTH) for name in _ARMS]
    named = placement.name_lines(
        axes,
        [
            ([month_number(m) for m in part["reference_month"]], part["mean_share"])
            for part in parts
        ],
        names,
        colours=[style.TEXT_COLOURS[name] for name in _ARMS],
        upright=[month_number(context.network.start)],
    )
    if len(named) < len(_ARMS):
        for text in [text for text in axes.texts if text.get_text() in named]:
            text.remove()
        axes.legend(loc="best", framealpha=1.0, edgecolor="none")


def banner_of(inputs: Mapping[str, pd.DataFrame], context: Context) -> str:
    """What the picture says of its data where they are simulated; empty where not."""
    simulated = results.simulated(inputs["estimates_description"])
    return results.banner(context.language, simulated=simulated)


def words(
    inputs: Mapping[str, pd.DataFrame], frame: pd.DataFrame, context: Context, *, told: Catalogue
) -> Words:
    """Words round the series.

    Args:
        inputs: Of the figure.
        frame: From ``data``.
        context: Language, network and sample.
        told: Catalogue whose ``alt`` says what is seen.
    """
    language, panel = context.language, inputs["panel"]
    ends = {
        name: (part["mean_share"].iloc[0], part["mean_share"].iloc[-1])
        for name, part in frame.groupby("arm")
    }
    changes = [last - first for first, last in ends.values()]
    title = "rise" if min(changes) > 0 else "fall" if max(changes) < 0 else "apart"
    most = frame.groupby("arm")["municipalities"].max()
    arms = {
        "network_name": arm("network", context, inline=True),
        "comparison_name": arm("comparison", context, inline=True),
    }
    return Words(
        title=fill(WORDS, language, title),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            network=count(most["network"], language),
            comparison=count(most["comparison"], language),
            minimum=count(context.sample.minimum_residents, language),
            reference=month_name(context.sample.reference_month, language),
            **arms,
        ),
        source=results.source(
            language, panel, simulated=results.simulated(inputs["estimates_description"])
        ),
        alt=fill(
            told,
            language,
            "alt",
            first=month_name(frame["reference_month"].min(), language),
            last=month_name(frame["reference_month"].max(), language),
            network_first=percent_words(ends["network"][0], language),
            network_last=percent_words(ends["network"][1], language),
            comparison_first=percent_words(ends["comparison"][0], language),
            comparison_last=percent_words(ends["comparison"][1], language),
            start=month_name(context.network.start, language),
            **arms,
        ),
    )
