"""Figure 1: immigration from Ukraine, year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import results, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, whole
from fij_eval.report.vocabulary import source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("source_statbank_immigration",)

WORDS: Catalogue = {
    "nb": {
        "title": "Innvandringen fra Ukraina var størst i {year}",
        "subtitle": "Personer som innvandret fra Ukraina i løpet av året, {first}–{last}",
        "alt": "Søylediagram over innvandring fra Ukraina i årene {first} til {last}. "
        "Høyest er {year} med {largest} personer; i {last} kom {latest}. "
        "Før 2022 kom det om lag {before} i året.",
        "alt_short": "Søylediagram over innvandring fra Ukraina i årene {first} til {last}. "
        "Høyest er {year} med {largest} personer; i {last} kom {latest}.",
        "axis": "Personer",
    },
    "en": {
        "title": "Immigration from Ukraine was largest in {year}",
        "subtitle": "Persons who immigrated from Ukraine during the year, {first}–{last}",
        "alt": "Bar chart of immigration from Ukraine in the years {first} to {last}. "
        "The highest is {year} with {largest} persons; in {last} {latest} came. "
        "Before 2022 about {before} came a year.",
        "alt_short": "Bar chart of immigration from Ukraine in the years {first} to {last}. "
        "The highest is {year} with {largest} persons; in {last} {latest} came.",
        "axis": "Persons",
    },
}

#: The full-scale invasion: years before it are set apart in the alt text.
INVASION_YEAR = 2022


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Year and persons who immigrated, in order of years.

    Raises:
        ReportError: If no year has a figure.
    """
    table = inputs["source_statbank_immigration"]
    known = table[table["value"].notna()]
    if known.empty:
        raise ReportError(
            "Immigration from Ukraine has no figure for any year",
            where="statbank_immigration.parquet",
            remedy="look at the role «immigration» under tables in the settings",
        )
    years = known.groupby(known["Tid"].astype("int64"))["value"].sum().sort_index()
    return years.round().astype("int64").rename_axis("year").rename("persons").reset_index()


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Bars, with the largest and the last named."""
    figure = style.canvas(6.2, banner=banner)
    axes = style.axes_in(figure, left=1.5, bottom=0.7, top=0.9)
    years, persons = frame["year"].to_list(), frame["persons"].to_list()
    axes.bar(years, persons, width=0.72, color=style.MUTED)
    top = max(persons)
    named = {persons.index(top), len(persons) - 1}
    for k in named:
        axes.annotate(
            count(persons[k], context.language),
            (years[k], persons[k]),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=style.SMALL,
        )
    axes.set_ylim(0, 1.1 * top)
    axes.set_xlim(years[0] - 0.7, years[-1] + 0.7)
    step = max(1, round(len(years) / 9))
    axes.set_xticks(years[::-1][::step][::-1])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    style.grid(axes, "y")
    style.number_ticks(axes.yaxis, context.language)
    style.headline(axes, fill(WORDS, context.language, "axis"))
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 1.

    Raises:
        ReportError: If no year has a figure.
    """
    table = inputs["source_statbank_immigration"]
    language = context.language
    simulated = results.simulated(table)
    frame = data(inputs)
    largest = frame.iloc[int(frame["persons"].to_numpy().argmax())]
    before = frame.loc[frame["year"] < INVASION_YEAR, "persons"]
    first, last = str(frame["year"].iloc[0]), str(frame["year"].iloc[-1])
    values = {
        "first": first,
        "last": last,
        "year": str(largest["year"]),
        "largest": count(largest["persons"], language),
        "latest": count(frame["persons"].iloc[-1], language),
    }
    alt = (
        fill(WORDS, language, "alt_short", **values)
        if before.empty
        else fill(WORDS, language, "alt", **values, before=whole(before.mean(), language))
    )
    banner = results.banner(language, simulated=simulated, what="other")
    return Drawing(
        figure=draw(frame, context, banner=banner),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", year=values["year"]),
            subtitle=fill(WORDS, language, "subtitle", first=first, last=last),
            source=source_line(
                language,
                ["immigration"],
                simulated=["immigration"] if simulated else [],
                vintages=table["vintage"],
                calculations=False,
            ),
            alt=alt,
        ),
        simulated=simulated,
    )
