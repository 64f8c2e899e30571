"""Figure 3: share in work against registered unemployment in the municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import scatter, style
from fij_eval.report.context import Catalogue, Context, Drawing
from fij_eval.report.numbers_format import percent_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

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


def _enough(rows: pd.DataFrame) -> pd.Series:
    """Whether so many are registered as unemployed that the rate may be shown."""
    return rows["unemployed"].ge(SMALLEST_COUNT).fillna(value=False).astype(bool)


def _finish(axes: Axes, frame: pd.DataFrame, context: Context) -> None:  # noqa: ARG001 -- no names
    style.percent_ticks(axes.xaxis, context.language)


SHOWN = scatter.Against(
    column="unemployment_rate",
    source="unemployment",
    words=WORDS,
    said=percent_words,
    simulated=True,
    enough=_enough,
    finish=_finish,
)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 3, for the last month that the interim report compares.

    Raises:
        ReportError: If no municipality has both figures.
    """
    return scatter.drawing(inputs, context, SHOWN)
