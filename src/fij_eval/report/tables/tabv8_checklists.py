"""Table V8: checklists for reporting, filled by the run, with the place of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import results
from fij_eval.report.checklist_values import values
from fij_eval.report.checklist_words import POINTS
from fij_eval.report.checklists import ITEMS, answer
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = (
    "panel",
    "codebook",
    "register",
    "reference_network_calendar",
    "estimates_description",
    "estimates_primary",
    "estimates_scale",
    "estimates_composition",
    "estimates_curve",
    "estimates_trends",
    "estimates_robustness",
    "estimates_selection",
    "estimates_claim",
    "details_primary",
    "details_selection",
    "details_claim",
)

WORDS: Catalogue = {
    "nb": {
        "title": "Kjøringen besvarer {answered} av {n} punkter",
        "subtitle": "Sjekklister for observasjonsstudier (STROBE), studier uten tilfeldig "
        "tildeling (TREND) og åpenhet (TOP), og spørsmål en fagfelle ville stille",
        "point": "Punkt",
        "answer": "Svar",
        "where": "Hvor i rapporten",
        "numbered": "{number}. {point}",
        "note": "Svar og sidetall er fylt inn av kjøringen. Post er nøkkelen til resultatet bak "
        "tallet, den samme som i datafilen til vedlegg V5.",
        "source": "Kilder: sjekklistene slik de er publisert (STROBE 2007, TREND 2004, TOP 2015); "
        "kjøringens resultater.",
    },
    "en": {
        "title": "The run answers {answered} of {n} points",
        "subtitle": "Checklists for observational studies (STROBE), non-randomised studies (TREND) "
        "and openness (TOP), and questions that a referee would ask",
        "point": "Point",
        "answer": "Answer",
        "where": "Where in the report",
        "numbered": "{number}. {point}",
        "note": "Answers and page numbers are filled in by the run. Record is the key of the "
        "result behind the number, the same as in the data file of appendix V5.",
        "source": "Sources: the checklists as published (STROBE 2007, TREND 2004, TOP 2015); the "
        "run's results.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V8; the last column holds labels, which the document turns into page references."""
    import pandas as pd

    language = context.language
    known = values(inputs, context)
    rows = [
        (
            fill(
                WORDS,
                language,
                "numbered",
                number=count(item.number, language),
                point=fill(POINTS, language, item.point),
            ),
            answer(item, known, context),
            " ".join([*item.where, *([f"record:{item.record}"] if item.record else [])]),
        )
        for item in ITEMS
    ]
    data = pd.DataFrame(
        [
            {
                "checklist": item.group,
                "number": item.number,
                "point": row[0],
                "answer": row[1],
                "answered": "yes" if item.answered else "no",
                "where": " ".join(item.where),
                "record": item.record,
            }
            for item, row in zip(ITEMS, rows, strict=True)
        ]
    )
    return Table(
        data=data,
        header=tuple(fill(WORDS, language, key) for key in ("point", "answer", "where")),
        rows=tuple(rows),
        align=("left", "left", "left"),
        groups=grouped((item.group for item in ITEMS), lambda name: fill(POINTS, language, name)),
        title=fill(
            WORDS,
            language,
            "title",
            answered=count(sum(item.answered for item in ITEMS), language),
            n=count(len(ITEMS), language),
        ),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=(fill(WORDS, language, "note"),),
        source=fill(WORDS, language, "source"),
        references=2,
        simulated=results.simulated(inputs["panel"]),
    )
