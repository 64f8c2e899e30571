"""Table V3: what each variable of the panel is, its source, and how much of it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, percent_number
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("codebook",)

#: Columns that go with a variable and are told of in a note.
COMPANIONS = ("_missing", "_vintage", "_source")

WORDS: Catalogue = {
    "nb": {
        "title": "Datasettet har {n} variabler",
        "subtitle": "Én rad for hver kommune og hvert måletidspunkt, {cells} rader.",
        "variable": "Variabel",
        "meaning": "Betydning",
        "unit": "Enhet",
        "source": "Kilde",
        "missing": "Mangler, prosent",
        "companions": "Variabler med tall har i tillegg en kolonne med grunnen til at et tall "
        "mangler (navnet slutter på _missing), en med utgaven av kilden (_vintage) og en med "
        "kilden (_source).",
    },
    "en": {
        "title": "The data set has {n} variables",
        "subtitle": "One row for each municipality and reference month, {cells} rows.",
        "variable": "Variable",
        "meaning": "Meaning",
        "unit": "Unit",
        "source": "Source",
        "missing": "Missing, per cent",
        "companions": "Variables with numbers also have a column with the reason for which a "
        "number is missing (the name ends in _missing), one with the vintage of the source "
        "(_vintage) and one with the source (_source).",
    },
}

#: Units and sources are kept in English in the codebook; in bokmål they are these.
NORWEGIAN = {
    "Statistics Norway": "SSB",
    "Statbank": "statistikkbanken",
    "article «Hvor mange ukrainere jobber i Norge?», table 2": "artikkelen om ukrainere i jobb, "
    "tabell 2",
    "settlement figures": "bosettingstall",
    "register of participants": "registeret over deltakere",
    "derived from": "avledet av",
    "derived": "avledet",
    " and ": " og ",
    "persons": "personer",
    "share 0-1": "andel 0–1",
    "months": "måneder",
    "class": "klasse",
}


def data(codebook: pd.DataFrame) -> pd.DataFrame:
    """One row a variable, without the columns that only accompany another; counts as numbers."""
    import pandas as pd

    alone = codebook[~codebook["name"].str.endswith(COMPANIONS)].reset_index(drop=True)
    counts = ["n", "n_missing", "share_missing"]
    return alone.assign(**alone[counts].apply(pd.to_numeric))


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V3, from the codebook."""
    language = context.language
    frame = data(inputs["codebook"])
    keys = ("variable", "meaning", "unit", "source", "missing")
    rows = tuple(
        (
            str(row["name"]),
            f"{row[f'label_{language}']}. {row[f'definition_{language}']}.",
            translated(str(row["unit"]), context),
            translated(str(row["source"]), context),
            percent_number(row["share_missing"], language),
        )
        for row in frame.to_dict("records")
    )
    cells = frame["n"].iloc[0] + frame["n_missing"].iloc[0]
    kept = ["name", f"label_{language}", "unit", "source", "n", "n_missing", "share_missing"]
    return Table(
        data=frame[kept],
        header=tuple(fill(WORDS, language, key) for key in keys),
        rows=rows,
        align=("left", "left", "left", "left", "right"),
        title=fill(WORDS, language, "title", n=count(len(inputs["codebook"]), language)),
        subtitle=fill(WORDS, language, "subtitle", cells=count(cells, language)),
        notes=(fill(WORDS, language, "companions"),),
        source=shared(language, "source", sources=shared(language, "calculations"), through=""),
    )


def translated(text: str, context: Context) -> str:
    """A unit or source of the codebook in the language of the table."""
    if context.language == "nb":
        for english, norwegian in NORWEGIAN.items():
            text = text.replace(english, norwegian)
    return text
