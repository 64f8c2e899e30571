"""Table 7: the change from one measurement to another in parts (Kitagawa 1955)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import month_name
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import arm, estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_composition", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Økningen delt i botid og andel ved gitt botid",
        "subtitle": "Endring i andel i jobb fra {first} til {last}, prosentpoeng, delt i det som "
        "følger av at botiden endret seg, det som skjedde ved gitt botid, og hvem som er talt med. "
        "Delene summerer seg til endringen",
        "subtitle_none": "Endringen kan ikke deles: det finnes for få målinger",
        "head": "Del av endringen",
        "total": "Hele endringen",
        "residence_time": "Lengre eller kortere botid",
        "rates": "Andel ved gitt botid",
        "who_is_counted": "Hvem som er talt med",
        "group": "{estimand}: {arm}",
        "note": "Nettverkets og de andres tall må leses sammen: det meste av endringen er felles.",
    },
    "en": {
        "title": "The rise split into residence time and rates given it",
        "subtitle": "Change in the share in work from {first} to {last}, percentage points, split "
        "into what follows from the change in residence time, what happened at given residence "
        "time, and who is counted. The parts add up to the change",
        "subtitle_none": "The change cannot be split: there are too few measurements",
        "head": "Part of the change",
        "total": "The whole change",
        "residence_time": "Longer or shorter residence",
        "rates": "Share at given residence",
        "who_is_counted": "Who is counted",
        "group": "{estimand}: {arm}",
        "note": "The network's and the others' numbers must be read together: most of the change "
        "is common.",
    },
}

_PARTS = ("total", "residence_time", "rates", "who_is_counted")


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 7."""
    language, frame = context.language, inputs["estimates_composition"]
    found = records.by_key(frame)
    simulated = results.simulated(frame)
    rows = [
        Row(
            label=fill(WORDS, language, part),
            record=found.get(f"composition.kitagawa.{which}.{side}.{part}"),
            group=fill(
                WORDS, language, "group", estimand=estimand(which, context),
                arm=arm(side, context, inline=True),
            ),
        )
        for which in results.ESTIMANDS
        for side in ("network", "comparison")
        for part in _PARTS
    ]  # fmt: skip
    dated = next((row.record for row in rows if records.known(row.record)), None)
    return rows_table(
        rows,
        language,
        columns=("estimate", "units"),
        words={
            "title": fill(WORDS, language, "title"),
            "subtitle": fill(WORDS, language, "subtitle_none")
            if dated is None
            else fill(
                WORDS,
                language,
                "subtitle",
                first=month_name(str(dated["base"]), language),
                last=month_name(str(dated["post"]), language),
            ),
            "source": results.source(
                language, inputs["panel"], simulated=simulated, more=("settlement",)
            ),
        },
        head=fill(WORDS, language, "head"),
        notes=(fill(WORDS, language, "note"),),
        simulated=simulated,
    )
