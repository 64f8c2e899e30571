"""Figure 12: funnel of shares against the number of refugees, without names and without a rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import NullLocator

from fij_eval.effects.robustness.funnel import Funnel, funnel, outside
from fij_eval.errors import EstimationError, ReportError
from fij_eval.report import disclosure, labels, results, scatter, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, percent, pp
from fij_eval.report.snapshots import at, compared_months, interim_months, remarks
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.settings import SampleSettings

INPUTS = ("panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} kommuner ligger utenfor det ventede",
        "subtitle": "Andel i jobb etter antall flyktninger 20–66 år (logaritmisk skala), {month}. "
        "{n} kommuner med minst {minimum} flyktninger, ikke rangert. Grensene rommer {inner} og "
        "{outer} av kommunene om de bare skilte seg ved tilfeldighet og en vanlig spredning "
        "(standardavvik {between}). Å ligge utenfor sier ikke hvorfor.{remarks}",
        "axis": "Flyktninger 20–66 år (logaritmisk skala)",
        "target": "Samlet {share}",
        "alt": "Punktdiagram med en prikk for hver av {n} kommuner, {network} i nettverket. "
        "Traktformede grenser ligger rundt den samlede andelen, {share}. Andelene går fra {low} "
        "til {high}. {k} kommuner ligger utenfor grensen for {inner}, {k_outer} av dem utenfor "
        "grensen for {outer}.",
    },
    "en": {
        "title": "{k} of {n} municipalities lie outside what is expected",
        "subtitle": "Share in work by number of refugees aged 20–66 (logarithmic scale), {month}. "
        "{n} municipalities with at least {minimum} refugees, not ranked. The limits hold {inner} "
        "and {outer} of the municipalities if they differed by chance and an ordinary spread "
        "(standard deviation {between}) alone. To lie outside does not say why.{remarks}",
        "axis": "Refugees aged 20–66 (logarithmic scale)",
        "target": "Pooled {share}",
        "alt": "Scatter plot with a point for each of {n} municipalities, {network} in the "
        "network. Funnel-shaped limits lie round the pooled share, {share}. The shares run from "
        "{low} to {high}. {k} municipalities lie outside the limit for {inner}, {k_outer} of them "
        "outside the limit for {outer}.",
    },
}

INNER, OUTER = 0.95, 0.998
_TICKS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


def data(panel: pd.DataFrame, month: str, sample: SampleSettings) -> tuple[pd.DataFrame, Funnel]:
    """One row a municipality that may be shown, without code and name, and the funnel of all.

    The funnel is laid round all municipalities with enough refugees; those with too few persons in
    or out of work (``report/disclosure.py``) shape it and are not shown.

    Returns:
        ``arm``, ``residents``, ``share``, ``outside_inner``, ``outside_outer``,
        ``reference_month``, by number of refugees.

    Raises:
        ReportError: If there are too few municipalities for a funnel.
    """
    rows = at(panel, month, minimum=sample.minimum_residents)
    rows = rows.sort_values(["residents", "share", "arm"], kind="stable")
    residents = rows["residents"].to_numpy(dtype=float)
    employed = rows["share"].to_numpy(dtype=float) * residents
    try:
        shape = funnel(employed, residents)
    except EstimationError as error:
        raise ReportError(error.what, where="figure 12") from error
    marked = rows.assign(
        outside_inner=outside(employed, residents, shape, level=INNER),
        outside_outer=outside(employed, residents, shape, level=OUTER),
    )
    shown = set(disclosure.shown(panel, month, sample)["municipality_code"])
    columns = ["arm", "residents", "share", "reference_month", "outside_inner", "outside_outer"]
    kept = marked["municipality_code"].isin(shown)
    return marked.loc[kept, columns].reset_index(drop=True), shape


def draw(frame: pd.DataFrame, shape: Funnel, context: Context, *, banner: str) -> Figure:
    """Points by arm, the pooled share, two pairs of limits named at their right ends."""
    figure = style.canvas(8.0, banner=banner)
    axes = style.axes_in(figure, left=1.2, bottom=1.25, top=1.3, right=2.5)
    axes.set_xscale("log")
    scatter.dots(axes, frame, "residents", context)
    low, high = float(frame["residents"].min()), float(frame["residents"].max())
    across = np.geomspace(low, high * 1.05, 200)
    ends = {shape.target: fill(WORDS, context.language, "target", share=_target(shape, context))}
    axes.plot(across, np.full_like(across, shape.target), color=style.MUTED, linewidth=1.0)
    for level, dashes in ((INNER, (4, 2)), (OUTER, (1, 1.5))):
        for limit in shape.limits(across, level):
            axes.plot(across, limit, color=style.MUTED, linewidth=0.9, linestyle=(0, dashes))
            ends[float(limit[-1])] = _level(level, context)
    axes.set_xlim(low * 0.93, high * 1.05)
    axes.set_ylim(*axes.get_ylim())
    _name(axes, ends)
    axes.set_xticks([tick for tick in _TICKS if low <= tick <= high])
    axes.xaxis.set_minor_locator(NullLocator())
    style.number_ticks(axes.xaxis, context.language)
    style.percent_ticks(axes.yaxis, context.language)
    style.grid(axes, "y")
    axes.set_xlabel(fill(WORDS, context.language, "axis"))
    style.headline(axes, shared(context.language, "share"), offset_points=19)
    style.legend_above(axes, columns=2)
    return figure


def _name(axes: Axes, ends: Mapping[float, str]) -> None:
    """Names beside the right ends of the lines, apart where lines are near."""
    places = labels.spread(list(ends), 1.25 * float(labels.size_of(axes, "0")[1]))
    for place, words in zip(places, ends.values(), strict=True):
        axes.annotate(
            words,
            (1, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
            color=style.MUTED,
            annotation_clip=False,
        )


def _level(level: float, context: Context) -> str:
    return percent(level, context.language, 0 if level == INNER else 1)


def _target(shape: Funnel, context: Context) -> str:
    return percent(shape.target, context.language)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 12.

    Raises:
        ReportError: If there are too few municipalities for a funnel.
    """
    language, panel = context.language, inputs["panel"]
    month = compared_months(panel, inputs["reference_interim_report"])[1]
    frame, shape = data(panel, month, context.sample)
    hidden = len(at(panel, month, minimum=context.sample.minimum_residents)) - len(frame)
    simulated = results.simulated(panel[panel["reference_month"] == month])
    n, k = count(len(frame), language), count(int(frame["outside_inner"].sum()), language)
    inner, outer = _level(INNER, context), _level(OUTER, context)
    return Drawing(
        figure=draw(frame, shape, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", k=k, n=n),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                month=month_name(month, language),
                n=n,
                minimum=count(context.sample.minimum_residents, language),
                inner=inner,
                outer=outer,
                between=pp(shape.between, language),
                remarks=remarks(
                    language,
                    shown=[month],
                    wanted=[interim_months(inputs["reference_interim_report"])[1]],
                )
                + disclosure.left_out(hidden, context),
            ),
            source=results.source(
                language, panel[panel["reference_month"] == month], simulated=simulated
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                n=n,
                network=count(int((frame["arm"] == "network").sum()), language),
                share=_target(shape, context),
                low=percent(frame["share"].min(), language),
                high=percent(frame["share"].max(), language),
                k=k,
                k_outer=count(int(frame["outside_outer"].sum()), language),
                inner=inner,
                outer=outer,
            ),
        ),
        simulated=simulated,
    )
