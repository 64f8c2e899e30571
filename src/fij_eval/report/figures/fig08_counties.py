"""Figure 8: municipalities of the network by county."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, listed
from fij_eval.report.vocabulary import arm, one_of_each, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("reference_municipalities", "reference_network_register")

WORDS: Catalogue = {
    "nb": {
        "title_one": "{most} har flest kommuner i nettverket",
        "title_more": "Flest kommuner i nettverket: {most}",
        "title_many": "Ingen fylker skiller seg ut med flest kommuner",
        "subtitle": "{arm} etter fylke, av alle kommuner i fylket. I alt {n} kommuner "
        "og {districts} i {city}",
        "subtitle_whole": "{arm} etter fylke, av alle kommuner i fylket. I alt {n} kommuner",
        "of": "{n} av {all}",
        "district": "{name} (del av kommunen)",
        "one_district": "én bydel",
        "districts": "{n} bydeler",
        "alt": "Søylediagram over {arm} i {counties} fylker. Flest er det i {most} med "
        "{largest}. Fylker uten: {without}.",
    },
    "en": {
        "title_one": "{most} has most municipalities in the network",
        "title_more": "Most municipalities in the network: {most}",
        "title_many": "No county stands out with most municipalities",
        "subtitle": "{arm} by county, of all municipalities in the county. "
        "{n} municipalities and {districts} of {city} in all",
        "subtitle_whole": "{arm} by county, of all municipalities in the county. "
        "{n} municipalities in all",
        "of": "{n} of {all}",
        "district": "{name} (part of the municipality)",
        "one_district": "one district",
        "districts": "{n} districts",
        "alt": "Bar chart of {arm} in {counties} counties. Most are in "
        "{most} with {largest}. Counties without any: {without}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a county, most first; without those that withdrew if participants alone count.

    Returns:
        ``county_code``, ``county``, ``in_network`` (whole municipalities), ``districts`` (parts of
        a municipality), ``municipalities`` (all), ``district_names``.
    """
    places = inputs["reference_municipalities"]
    register = inputs["reference_network_register"]
    if context.network.treated == "participants":
        register = register[register["status"] != "withdrew"]
    county = places.set_index("municipality_code")["county_code"]
    counties = places.groupby(["county_code", "county"], sort=True).size().rename("municipalities")
    frame = counties.reset_index()
    whole = register[register["district_code"] == ""]
    parts = register[register["district_code"] != ""]
    in_network = whole["municipality_code"].map(county).value_counts()
    districts = parts["municipality_code"].map(county).value_counts()
    names = parts.groupby(parts["municipality_code"].map(county))["name"].agg(", ".join)
    frame = frame.assign(
        in_network=frame["county_code"].map(in_network).fillna(0).astype("int64"),
        districts=frame["county_code"].map(districts).fillna(0).astype("int64"),
        district_names=frame["county_code"].map(names).fillna(""),
    )
    columns = ["county_code", "county", "in_network", "districts", "municipalities"]
    return frame.sort_values(
        ["in_network", "districts", "county"], ascending=[False, False, True], ignore_index=True
    )[[*columns, "district_names"]]


def draw(frame: pd.DataFrame, context: Context) -> Figure:
    """Level bars; a district is a hatched bar of its own kind."""
    language = context.language
    figure = style.canvas(0.46 * len(frame) + 0.9)
    axes = style.axes_in(figure, left=3.1, bottom=0.7, top=0.2, right=0.4)
    levels = list(range(len(frame)))[::-1]
    axes.barh(levels, frame["in_network"], height=0.66, color=style.NETWORK)
    parts = frame["districts"] > 0
    axes.barh(
        [level for level, part in zip(levels, parts, strict=True) if part],
        frame.loc[parts, "districts"],
        left=frame.loc[parts, "in_network"],
        height=0.66,
        facecolor="white",
        edgecolor=style.NETWORK,
        hatch="//////",
        linewidth=0.8,
    )
    for level, row in zip(levels, frame.to_dict("records"), strict=True):
        if row["districts"] and not row["in_network"]:
            words = fill(WORDS, language, "district", name=row["district_names"])
        else:
            n, total = count(row["in_network"], language), count(row["municipalities"], language)
            words = fill(WORDS, language, "of", n=n, all=total)
        axes.annotate(
            words,
            (row["in_network"] + row["districts"], level),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
        )
    axes.set_yticks(levels, frame["county"].to_list())
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    longest = max(1, int((frame["in_network"] + frame["districts"]).max()))
    axes.set_xlim(0, longest * 1.14)
    axes.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]  # MaxNLocator has it
    style.number_ticks(axes.xaxis, language)
    style.grid(axes, "x")
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 8."""
    language = context.language
    frame = data(inputs, context)
    largest = int(frame["in_network"].max())
    most = frame.loc[frame["in_network"] == largest, "county"].to_list()
    key = "title_one" if len(most) == 1 else "title_more" if len(most) == 2 else "title_many"
    title = fill(
        WORDS, language, key, **({} if key == "title_many" else {"most": listed(most, language)})
    )
    total, districts = count(frame["in_network"].sum(), language), int(frame["districts"].sum())
    if districts:
        parts = (
            fill(WORDS, language, "one_district")
            if districts == 1
            else fill(WORDS, language, "districts", n=count(districts, language))
        )
        cities = frame.loc[frame["districts"] > 0, "county"]
        subtitle = fill(
            WORDS,
            language,
            "subtitle",
            arm=arm("network", context),
            n=total,
            districts=parts,
            city=listed(cities, language),
        )
    else:
        subtitle = fill(WORDS, language, "subtitle_whole", arm=arm("network", context), n=total)
    without = frame.loc[(frame["in_network"] == 0) & (frame["districts"] == 0), "county"]
    return Drawing(
        figure=draw(frame, context),
        data=frame,
        words=Words(
            title=title,
            subtitle=subtitle,
            source=source_line(language, ["register"], calculations=False),
            alt=fill(
                WORDS,
                language,
                "alt",
                arm=arm("network", context, inline=True),
                counties=count(len(frame), language),
                most=listed(most, language),
                largest=count(largest, language),
                without=one_of_each(without, language),
            ),
        ),
        simulated=False,
    )
