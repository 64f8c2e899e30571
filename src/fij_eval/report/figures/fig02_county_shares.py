"""Figure 2: share in work by county, unweighted and weighted mean of the municipalities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import records, results, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, percent_words
from fij_eval.report.snapshots import compared_months, interim_months, remarks
from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("estimates_description", "panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "title": "{highest} har høyest andel i jobb, {lowest} lavest",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år, {month}. Gjennomsnitt av "
        "{n} kommuner etter fylke; antall kommuner i parentes.{remarks}",
        "alt": "Prikkdiagram med ett fylke på hver linje, sortert etter uvektet gjennomsnitt av "
        "kommunenes andel i jobb. Høyest er {highest} med {high}, lavest {lowest} med {low}. "
        "Vektet med antall flyktninger er {highest} på {high_weighted} og {lowest} på "
        "{low_weighted}.",
    },
    "en": {
        "title": "Highest share in {highest}, lowest in {lowest}",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66, {month}. Mean of {n} "
        "municipalities by county; number of municipalities in brackets.{remarks}",
        "alt": "Dot plot with one county a line, sorted by the unweighted mean of the "
        "municipalities' share in work. The highest is {highest} with {high}, the lowest {lowest} "
        "with {low}. Weighted by the number of refugees, {highest} is at {high_weighted} and "
        "{lowest} at {low_weighted}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], month: str) -> pd.DataFrame:
    """One row a county, highest unweighted mean first; counties without a figure left out.

    Returns:
        ``county_code``, ``county``, ``mean_unweighted``, ``mean_weighted`` (wage earners over
        residents, summed), ``municipalities``, ``residents``, ``reference_month``.
    """
    import pandas as pd

    panel = inputs["panel"]
    names = panel.drop_duplicates("county_code").set_index("county_code")["county_name"]
    means = records.by_key(inputs["estimates_description"])
    counties: list[dict[str, object]] = []
    for code, name in sorted(names.items()):
        unweighted = means.get(f"county.{code}.{month}.municipality")
        pooled = means.get(f"county.{code}.{month}.pooled")
        if not records.known(unweighted) or pooled is None:
            continue
        counties.append(
            {
                "county_code": code,
                "county": name,
                "mean_unweighted": unweighted["estimate"],
                "mean_weighted": pooled["estimate"],
                "municipalities": unweighted["n_units"],
                "residents": pooled["persons"],
                "reference_month": month,
            }
        )
    frame = pd.DataFrame(counties)
    if frame.empty:
        return frame
    return frame.sort_values(["mean_unweighted", "county"], ascending=[False, True]).reset_index(
        drop=True
    )


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """One line a county; filled unweighted, hollow weighted."""
    language = context.language
    figure = style.canvas(0.42 * len(frame) + 1.9, banner=banner)
    axes = style.axes_in(figure, left=3.9, bottom=0.8, top=1.0, right=0.5)
    rows = range(len(frame))[::-1]
    weighted, unweighted = frame["mean_weighted"], frame["mean_unweighted"]
    axes.hlines(rows, weighted, unweighted, color=style.GREY, linewidth=1.5, zorder=1)
    axes.plot(
        weighted,
        rows,
        linestyle="none",
        marker="D",
        markersize=4.5,
        markerfacecolor="white",
        markeredgecolor=style.MUTED,
        label=shared(language, "weighted"),
    )
    axes.plot(
        unweighted,
        rows,
        linestyle="none",
        marker="o",
        markersize=6,
        color=style.TEXT,
        label=shared(language, "unweighted"),
    )
    names = [
        f"{name} ({count(n, language)})"
        for name, n in zip(frame["county"], frame["municipalities"], strict=True)
    ]
    axes.set_yticks(list(rows), names)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    axes.margins(x=0.06)
    style.grid(axes, "x")
    style.percent_ticks(axes.xaxis, language)
    axes.tick_params(axis="y", length=0)
    style.legend_above(axes)
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 2, for the last month that the interim report compares.

    Raises:
        ReportError: If the panel holds too few months.
    """
    language = context.language
    panel = inputs["panel"]
    facts = inputs["reference_interim_report"]
    _, month = compared_months(panel, facts)
    frame = data(inputs, month)
    if len(frame) < 2:
        raise ReportError(f"Counties cannot be compared in {month}: {len(frame)} has a figure")
    high, low = frame.iloc[0], frame.iloc[-1]
    simulated = results.simulated(panel)
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", highest=high["county"], lowest=low["county"]),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                month=month_name(month, language),
                n=count(frame["municipalities"].sum(), language),
                remarks=remarks(language, shown=[month], wanted=[interim_months(facts)[1]]),
            ),
            source=source_line(
                language,
                ["employment"],
                simulated=["employment"] if simulated else [],
                vintages=panel.loc[panel["reference_month"] == month, "outcome_vintage"],
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                highest=high["county"],
                lowest=low["county"],
                high=percent_words(high["mean_unweighted"], language),
                low=percent_words(low["mean_unweighted"], language),
                high_weighted=percent_words(high["mean_weighted"], language),
                low_weighted=percent_words(low["mean_weighted"], language),
            ),
        ),
        simulated=simulated,
    )
