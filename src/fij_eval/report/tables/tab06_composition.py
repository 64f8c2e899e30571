"""Table 6: the estimate with residence time allowed for, and whether inflow itself differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_composition", "panel")

WORDS: Catalogue = {
    "nb": {
        "title_same": "Anslaget har samme fortegn med justering for botid",
        "title_turns": "Anslaget skifter fortegn med justering for botid",
        "title_none": "Justering for botid kan ikke regnes ut",
        "subtitle": "Forskjell i prosentpoeng. Ventet andel er andelen i jobb som botiden alene "
        "tilsier. De to siste radene har et annet utfall enn andelen i jobb",
        "head": "Justering",
        "none": "Uten ventet andel",
        "covariate": "Ventet andel som forklaring",
        "offset": "Ventet andel trukket fra",
        "expected": "Utfall: ventet andel",
        "inflow": "Utfall: bosatte etter oppstart per hundre flyktninger",
    },
    "en": {
        "title_same": "The estimate keeps its sign when residence time is allowed for",
        "title_turns": "The estimate changes sign when residence time is allowed for",
        "title_none": "Residence time cannot be allowed for",
        "subtitle": "Difference in percentage points. The expected share is the share in work "
        "that residence time alone would give. The last two rows have another outcome than the "
        "share in work",
        "head": "Adjustment",
        "none": "Without the expected share",
        "covariate": "Expected share as covariate",
        "offset": "Expected share as offset",
        "expected": "Outcome: the expected share",
        "inflow": "Outcome: settled after kick-off per hundred refugees",
    },
}

_ROWS = ("none", "covariate", "offset", "expected", "inflow")


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 6."""
    language, frame = context.language, inputs["estimates_composition"]
    found = records.by_key(frame)
    simulated = results.simulated(frame)
    rows = [
        Row(
            label=fill(WORDS, language, variant),
            record=found.get(f"composition.{variant}.{which}.att"),
            group=estimand(which, context),
        )
        for which in results.ESTIMANDS
        for variant in _ROWS
    ]
    pairs = [
        (found[f"composition.none.{w}.att"], found[f"composition.offset.{w}.att"])
        for w in results.ESTIMANDS
        if records.known(found.get(f"composition.none.{w}.att"))
        and records.known(found.get(f"composition.offset.{w}.att"))
    ]
    same = all(a["estimate"] * b["estimate"] > 0 for a, b in pairs)
    return rows_table(
        rows,
        language,
        columns=("estimate", "interval", "p", "units"),
        words={
            "title": fill(
                WORDS,
                language,
                "title_none" if not pairs else "title_same" if same else "title_turns",
            ),
            "subtitle": fill(WORDS, language, "subtitle"),
            "source": results.source(
                language, inputs["panel"], simulated=simulated, more=("settlement",)
            ),
        },
        head=fill(WORDS, language, "head"),
        simulated=simulated,
    )
