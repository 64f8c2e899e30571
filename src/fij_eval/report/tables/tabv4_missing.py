"""Table V4: how many values of each variable are missing, by the reason that the source gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import results
from fij_eval.report.context import Align, Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, percent_number
from fij_eval.report.vocabulary import source_line
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("panel",)

WORDS: Catalogue = {
    "nb": {
        "title": "Skjulte og manglende tall, etter grunn",
        "title_none": "Ingen tall mangler",
        "subtitle": "Antall ruter (kommune og måletidspunkt) uten tall, av {cells}.",
        "variable": "Variabel",
        "all": "I alt",
        "percent": "Prosent",
        "not_applicable": "Kan ikke forekomme",
        "missing_or_uncertain": "Mangler eller for usikkert",
        "confidential": "Skjult av hensyn til personvern",
        "not_yet_available": "Ikke kommet ennå",
        "below_four": "Færre enn fire",
        "below_five": "Færre enn fem",
        "blank": "Tom rute i kilden",
        "no_row": "Ingen rad i kilden",
        "not_published": "Ingen tabell publisert",
        "split_municipality": "Kommune som er delt",
        "residents": "Bosatte flyktninger",
        "employed": "Lønnstakere",
        "share": "Andel i jobb",
        "population": "Folketall",
        "unemployed": "Registrerte ledige",
        "unemployment_rate": "Ledighet, andel",
        "settled_year": "Bosatt i året",
        "settled_since_2022": "Bosatt siden 2022",
    },
    "en": {
        "title": "Hidden and missing values, by reason",
        "title_none": "No value is missing",
        "subtitle": "Number of cells (municipality and reference month) without a value, of "
        "{cells}.",
        "variable": "Variable",
        "all": "All",
        "percent": "Per cent",
        "not_applicable": "Not applicable",
        "missing_or_uncertain": "Missing or too uncertain",
        "confidential": "Hidden to protect persons",
        "not_yet_available": "Not yet available",
        "below_four": "Fewer than four",
        "below_five": "Fewer than five",
        "blank": "Empty cell in the source",
        "no_row": "No row in the source",
        "not_published": "No table published",
        "split_municipality": "Municipality that was split",
        "residents": "Resident refugees",
        "employed": "Wage earners",
        "share": "Share in work",
        "population": "Population",
        "unemployed": "Registered unemployed",
        "unemployment_rate": "Unemployment, share",
        "settled_year": "Settled in the year",
        "settled_since_2022": "Settled since 2022",
    },
}


def data(panel: pd.DataFrame) -> pd.DataFrame:
    """One row a variable: ``variable``, ``missing``, ``cells``, and a count for each reason."""
    import pandas as pd

    rows = []
    for column in (name for name in panel.columns if name.endswith("_missing")):
        name = column.removesuffix("_missing")
        reasons = panel.loc[panel[name].isna(), column].value_counts()
        counts = {
            reason.value: int(reasons.get(reason.value, 0)) for reason in Missing if reason.value
        }
        rows.append(
            {"variable": name, "missing": int(reasons.sum()), "cells": len(panel), **counts}
        )
    return pd.DataFrame(rows)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V4; reasons that do not occur have no column."""
    language = context.language
    panel = inputs["panel"]
    frame = data(panel)
    reasons = [r.value for r in Missing if r.value and frame[r.value].sum() > 0]

    def word(key: str) -> str:
        return fill(WORDS, language, key)

    right: Align = "right"
    rows = tuple(
        (
            word(str(row["variable"])),
            *(count(row[reason], language) if row[reason] else "" for reason in reasons),
            count(row["missing"], language),
            percent_number(row["missing"] / row["cells"], language),
        )
        for row in frame.to_dict("records")
    )
    simulated = results.simulated(panel)
    return Table(
        data=frame,
        header=(word("variable"), *map(word, reasons), word("all"), word("percent")),
        rows=rows,
        align=("left", *(right for _ in reasons), right, right),
        title=word("title" if reasons else "title_none"),
        subtitle=fill(WORDS, language, "subtitle", cells=count(len(panel), language)),
        source=source_line(
            language,
            ("employment", "population", "unemployment", "settlement"),
            simulated=("employment", "unemployment", "settlement") if simulated else (),
        ),
        simulated=simulated,
    )
