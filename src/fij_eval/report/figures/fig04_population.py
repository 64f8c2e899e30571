"""Figure 4: share in work against the number of inhabitants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import NullLocator

from fij_eval.report import scatter, style
from fij_eval.report.context import Catalogue, Context, Drawing
from fij_eval.report.numbers_format import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

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


def _finish(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    """Round numbers of inhabitants, and names of the largest to find one's way."""
    low, high = axes.get_xlim()
    axes.set_xticks([tick for tick in _TICKS if low <= tick <= high])
    axes.xaxis.set_minor_locator(NullLocator())
    style.number_ticks(axes.xaxis, context.language)
    scatter.name_largest(axes, frame, "population")


SHOWN = scatter.Against(
    column="population",
    source="population",
    words=WORDS,
    said=count,
    logarithmic=True,
    finish=_finish,
)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 4, for the last month that the interim report compares.

    Raises:
        ReportError: If no municipality has both figures.
    """
    return scatter.drawing(inputs, context, SHOWN)
