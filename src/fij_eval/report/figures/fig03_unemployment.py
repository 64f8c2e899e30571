"""Figure 3: share in work against registered unemployment in the municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.panel.definitions import SMALLEST_COUNT
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

INPUTS = ("panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "negative": "Andelen i jobb er lavere der ledigheten er høyere",
        "positive": "Andelen i jobb er høyere der ledigheten er høyere",
        "weak": "Liten sammenheng mellom ledighet og andel i jobb",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år og registrerte ledige i "
        "prosent av arbeidsstyrken, {month}. {n} kommuner med minst {minimum} flyktninger. "
        "Stiplet: rett linje gjennom alle, uvektet.{remarks}",
        "axis": "Registrerte ledige i prosent av arbeidsstyrken",
        "alt": "Punktdiagram med en prikk for hver av {n} kommuner: {network} {network_name} og "
        "{comparison} {comparison_name}. Ledigheten går fra {x_low} til {x_high} og andelen i jobb "
        "fra {y_low} til {y_high}. Sammenhengen (korrelasjonen) er {r}.",
    },
    "en": {
        "negative": "The share in work is lower where unemployment is higher",
        "positive": "The share in work is higher where unemployment is higher",
        "weak": "Little association between unemployment and the share in work",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66 and registered "
        "unemployed in per cent of the labour force, {month}. {n} municipalities with at least "
        "{minimum} refugees. Dashed: straight line through all, unweighted.{remarks}",
        "axis": "Registered unemployed in per cent of the labour force",
        "alt": "Scatter plot with a point for each of {n} municipalities: {network} {network_name} "
        "and {comparison} {comparison_name}. Unemployment runs from {x_low} to {x_high} and the "
        "share in work from {y_low} to {y_high}. The correlation is {r}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], month: str, sample: SampleSettings) -> pd.DataFrame:
    """One row a municipality with both figures that may be shown (``report/disclosure.py``).

    Returns:
        Code, name, ``arm``, ``share``, ``unemployment_rate``, ``residents``, ``reference_month``.
    """
    rows = disclosure.shown(inputs["panel"], month, sample)
    known = rows[rows["unemployment_rate"].notna() & _enough(rows)]
    columns = ["municipality_code", "municipality_name", "arm", "share", "unemployment_rate"]
    return known[[*columns, "residents", "reference_month"]].reset_index(drop=True)


def _enough(rows: pd.DataFrame) -> pd.Series:
    """Whether so many are registered as unemployed that the rate may be shown."""
    enough = rows["unemployed"].ge(SMALLEST_COUNT).fillna(value=False)
    return enough.astype(bool)


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """The scatter."""
    figure, axes = scatter.draw(frame, "unemployment_rate", context, banner=banner)
    style.percent_ticks(axes.xaxis, context.language)
    axes.set_xlabel(fill(WORDS, context.language, "axis"))
    style.headline(axes, shared(context.language, "share"), offset_points=19)
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 3, for the last month that the interim report compares.

    Raises:
        ReportError: If no municipality has both figures.
    """
    language = context.language
    panel, facts = inputs["panel"], inputs["reference_interim_report"]
    _, month = compared_months(panel, facts)
    frame = data(inputs, month, context.sample)
    if frame.empty:
        raise ReportError(f"No municipality has both a share and an unemployment rate in {month}")
    r = scatter.correlation(frame["unemployment_rate"], frame["share"])
    title = "weak" if abs(r) < scatter.WEAK else "negative" if r < 0 else "positive"
    simulated = bool(panel["simulated"].any())
    arms = frame["arm"].value_counts()
    rows = panel[panel["reference_month"] == month]
    every = at(panel, month, minimum=context.sample.minimum_residents)
    hidden = int(every["unemployment_rate"].notna().sum()) - len(frame)
    return Drawing(
        figure=draw(frame, context, banner=shared(language, "banner_both") if simulated else ""),
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
                ["employment", "unemployment"],
                simulated=["employment", "unemployment"] if simulated else [],
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
                x_low=percent_words(frame["unemployment_rate"].min(), language),
                x_high=percent_words(frame["unemployment_rate"].max(), language),
                y_low=percent_words(frame["share"].min(), language, 0),
                y_high=percent_words(frame["share"].max(), language, 0),
                r=number(r, language, 2),
            ),
        ),
        simulated=simulated,
    )
