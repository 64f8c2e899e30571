"""Figure 4: share in work against the number of inhabitants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import NullLocator

from fij_eval.errors import ReportError
from fij_eval.report import disclosure, scatter, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, number, percent_words
from fij_eval.report.snapshots import at, compared_months, interim_months, remarks
from fij_eval.report.vocabulary import arm, shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from fij_eval.settings import SampleSettings

_TICKS = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)

INPUTS = ("panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "negative": "Små kommuner har høyere andel i jobb enn store",
        "positive": "Store kommuner har høyere andel i jobb enn små",
        "weak": "Liten sammenheng mellom folketall og andel i jobb",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år etter antall innbyggere "
        "(logaritmisk skala), {month}. {n} kommuner med minst {minimum} flyktninger. "
        "Stiplet: rett linje gjennom alle, uvektet.{remarks}",
        "axis": "Innbyggere (logaritmisk skala)",
        "alt": "Punktdiagram med en prikk for hver av {n} kommuner: {network} {network_name} og "
        "{comparison} {comparison_name}. Folketallet går fra {x_low} til {x_high} og andelen i "
        "jobb fra {y_low} til {y_high}. Korrelasjonen med logaritmen av folketallet er {r}.",
    },
    "en": {
        "negative": "Small municipalities have a higher share in work than large",
        "positive": "Large municipalities have a higher share in work than small",
        "weak": "Little association between population and the share in work",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66 by number of inhabitants "
        "(logarithmic scale), {month}. {n} municipalities with at least {minimum} refugees. "
        "Dashed: straight line through all, unweighted.{remarks}",
        "axis": "Inhabitants (logarithmic scale)",
        "alt": "Scatter plot with a point for each of {n} municipalities: {network} {network_name} "
        "and {comparison} {comparison_name}. The population runs from {x_low} to {x_high} and the "
        "share in work from {y_low} to {y_high}. The correlation with the logarithm of the "
        "population is {r}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], month: str, sample: SampleSettings) -> pd.DataFrame:
    """One row a municipality with both figures that may be shown (``report/disclosure.py``).

    Returns:
        Code, name, ``arm``, ``share``, ``unemployment_rate``, ``residents``, ``reference_month``.
    """
    rows = disclosure.shown(inputs["panel"], month, sample)
    known = rows[rows["population"].notna()].astype({"population": "int64"})
    columns = ["municipality_code", "municipality_name", "arm", "share", "population"]
    return known[[*columns, "residents", "reference_month"]].reset_index(drop=True)


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """The scatter."""
    figure, axes = scatter.draw(frame, "population", context, banner=banner, logarithmic=True)
    low, high = axes.get_xlim()
    axes.set_xticks([tick for tick in _TICKS if low <= tick <= high])
    axes.xaxis.set_minor_locator(NullLocator())
    style.number_ticks(axes.xaxis, context.language)
    axes.set_xlabel(fill(WORDS, context.language, "axis"))
    style.headline(axes, shared(context.language, "share"), offset_points=19)
    scatter.name_largest(axes, frame, "population")
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 4, for the last month that the interim report compares.

    Raises:
        ReportError: If no municipality has both figures.
    """
    language = context.language
    panel, facts = inputs["panel"], inputs["reference_interim_report"]
    _, month = compared_months(panel, facts)
    frame = data(inputs, month, context.sample)
    if frame.empty:
        raise ReportError(f"No municipality has both a share and a population in {month}")
    r = scatter.correlation(np.log(frame["population"]), frame["share"])
    title = "weak" if abs(r) < scatter.WEAK else "negative" if r < 0 else "positive"
    simulated = bool(panel["simulated"].any())
    arms = frame["arm"].value_counts()
    rows = panel[panel["reference_month"] == month]
    every = at(panel, month, minimum=context.sample.minimum_residents)
    hidden = int(every["population"].notna().sum()) - len(frame)
    return Drawing(
        figure=draw(
            frame, context, banner=shared(language, "banner_employment") if simulated else ""
        ),
        data=frame,
        words=Words(
            title=fill(WORDS, language, title),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                month=month_name(month, language),
                n=count(len(frame), language),
                minimum=count(context.sample.minimum_residents, language),
                remarks=remarks(language, shown=[month], wanted=[interim_months(facts)[1]])
                + disclosure.left_out(hidden, context),
            ),
            source=source_line(
                language,
                ["employment", "population"],
                simulated=["employment"] if simulated else [],
                vintages=rows["outcome_vintage"],
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                n=count(len(frame), language),
                network=count(arms.get("network", 0), language),
                network_name=arm("network", context, inline=True),
                comparison=count(arms.get("comparison", 0), language),
                comparison_name=arm("comparison", context, inline=True),
                x_low=count(frame["population"].min(), language),
                x_high=count(frame["population"].max(), language),
                y_low=percent_words(frame["share"].min(), language, 0),
                y_high=percent_words(frame["share"].max(), language, 0),
                r=number(r, language, 2),
            ),
        ),
        simulated=simulated,
    )
