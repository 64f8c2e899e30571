"""Table V10: which vintage of which source the values come from, and its licence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.months import is_month
from fij_eval.report import results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, day_name, month_name
from fij_eval.report.vocabulary import WITHOUT_LICENCE, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("panel", "source_statbank_immigration")

WORDS: Catalogue = {
    "nb": {
        "title": "Hver verdi er sporet til en utgave av en kilde",
        "subtitle": "Kilder bak datasettet, med datoen utgaven ble publisert eller sist endret.",
        "source": "Kilde",
        "vintage": "Utgave",
        "licence": "Lisens",
        "values": "Ruter",
        "ssb_article": "SSB, «Hvor mange ukrainere jobber i Norge?», {item}",
        "statbank": "SSB, statistikkbanken, tabell {item}",
        "nav": "NAV, helt ledige (HL060), {item}",
        "imdi": "IMDi, bosetting {item}",
        "open": "CC BY 4.0",
        "unstated": "ikke oppgitt",
        "simulated": "Filene er laget av demonstrasjonen i kildenes eget format. Tallene for "
        "sysselsetting og ledighet i dem er simulert, og bosettingen i årene etter de virkelige.",
    },
    "en": {
        "title": "Every value is traced to a vintage of a source",
        "subtitle": "Sources behind the data set, with the date on which the vintage was published "
        "or last changed.",
        "source": "Source",
        "vintage": "Vintage",
        "licence": "Licence",
        "values": "Cells",
        "ssb_article": "Statistics Norway, “Hvor mange ukrainere jobber i Norge?”, {item}",
        "statbank": "Statistics Norway, Statbank, table {item}",
        "nav": "NAV, registered unemployed (HL060), {item}",
        "imdi": "IMDi, settlement {item}",
        "open": "CC BY 4.0",
        "unstated": "not stated",
        "simulated": "The files are made by the demonstration in the sources' own formats. Their "
        "figures on employment and unemployment are simulated, and so is settlement in the years "
        "after the real ones.",
    },
}

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def data(panel: pd.DataFrame, immigration: pd.DataFrame) -> pd.DataFrame:
    """One row a source and vintage: ``source``, ``vintage``, ``cells`` that come from it.

    Args:
        panel: The panel.
        immigration: Parsed table of immigration by year, which stands outside the panel.
    """
    import pandas as pd

    pieces = []
    for column in (name for name in panel.columns if name.endswith("_source")):
        pair = panel[[column, column.replace("_source", "_vintage")]].set_axis(
            ["source", "vintage"], axis=1
        )
        pieces.append(pair[pair["source"].ne("") & pair["source"].notna()])
    pieces.append(
        pd.DataFrame(
            {"source": "statbank/" + immigration["table"], "vintage": immigration["vintage"]}
        )
    )
    every = pd.concat(pieces, ignore_index=True)
    counted = every.groupby(["source", "vintage"], as_index=False).size()
    return counted.rename(columns={"size": "cells"}).sort_values(
        ["source", "vintage"], ignore_index=True
    )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V10, from the panel and the table of immigration."""
    language = context.language
    panel = inputs["panel"]
    frame = data(panel, inputs["source_statbank_immigration"])
    rows = tuple(
        (
            _named(str(row["source"]), context),
            _dated(str(row["vintage"]), context),
            fill(
                WORDS,
                language,
                "unstated" if str(row["source"]).startswith(WITHOUT_LICENCE) else "open",
            ),
            count(row["cells"], language),
        )
        for row in frame.to_dict("records")
    )
    simulated = results.simulated(panel)
    return Table(
        data=frame,
        header=tuple(
            fill(WORDS, language, key) for key in ("source", "vintage", "licence", "values")
        ),
        rows=rows,
        align=("left", "left", "left", "right"),
        title=fill(WORDS, language, "title"),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=(fill(WORDS, language, "simulated"),) if simulated else (),
        source=shared(language, "source", sources=shared(language, "calculations"), through=""),
        simulated=simulated,
    )


def _named(source: str, context: Context) -> str:
    """A source of the panel («ssb_article/2024-09») as readers know it."""
    service, _, item = source.partition("/")
    if service not in WORDS[context.language]:
        return source
    item = item.removeprefix("hl060-").removeprefix("bosetting-")
    shown = month_name(item, context.language) if is_month(item) else item
    return fill(WORDS, context.language, service, item=shown)


def _dated(vintage: str, context: Context) -> str:
    """A vintage as a day, or as it is written where it holds none."""
    match = _DAY.match(vintage)
    return day_name(match[0], context.language) if match else vintage
