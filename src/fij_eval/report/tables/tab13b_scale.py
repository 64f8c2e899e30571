"""Table 13b: how much the answer turns on the scale on which trends are taken to be alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.estimator_names import SCALES, scale
from fij_eval.report.numbers_format import percent
from fij_eval.report.record_table import Row, ranged_title, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_scale", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Skalaen flytter anslaget fra {low} til {high} prosentpoeng",
        "title_none": "Ingen skala gir et anslag med disse dataene",
        "subtitle": "Forskjell regnet om til prosentpoeng, med {level} intervall, når utviklingen "
        "antas lik i prosentpoeng, på logit-skala eller i forhold til nivået før",
        "head": "Skala",
        "note": "Starter gruppene på ulikt nivå, gir skalaene ulike svar uten at noen av dem er "
        "feil regnet. Derfor regner planen på både prosentpoeng og logit.",
    },
    "en": {
        "title": "The scale moves the estimate from {low} to {high} points",
        "title_none": "No scale gives an estimate with these data",
        "subtitle": "Difference translated to percentage points, with {level} interval, where "
        "trends are taken to be alike in percentage points, in log odds, or relative to the "
        "earlier level",
        "head": "Scale",
        "note": "Where the groups start at different levels, the scales give different answers "
        "without any of them being wrongly worked out. That is why the plan uses both percentage "
        "points and logit.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 13b."""
    language, frame = context.language, inputs["estimates_scale"]
    found = records.by_key(frame)
    simulated = results.simulated(frame)
    rows = [
        Row(
            label=scale(name, kind, language),
            record=found.get(f"scale.{name}.{kind}.{which}.att"),
            group=estimand(which, context),
            decimals=2,
        )
        for which in results.ESTIMANDS
        for name in SCALES
        for kind in ("raw", "adjusted")
        if f"scale.{name}.{kind}.{which}.att" in found
    ]
    effects = [float(row.record["estimate"]) for row in rows if records.known(row.record)]
    level = percent(float(frame["level"].iloc[0]), language, 0)
    return rows_table(
        rows,
        language,
        columns=("estimate", "se", "interval", "p", "units"),
        words={
            "title": ranged_title(WORDS, language, effects),
            "subtitle": fill(WORDS, language, "subtitle", level=level),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=(fill(WORDS, language, "note"),),
        simulated=simulated,
    )
