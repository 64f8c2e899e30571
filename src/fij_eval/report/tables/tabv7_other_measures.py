"""Table V7: whether what other measures would also have moved, moved more in the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import percent
from fij_eval.report.record_table import Row, counted_title, rows_table
from fij_eval.report.vocabulary import arm, estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_composition", "estimates_robustness", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} sammenlikninger av andre utfall viser ulik endring",
        "title_none": "Ingen andre utfall kan sammenliknes med disse dataene",
        "subtitle": "Forskjell i endring mellom {network} og {comparison}, med {level} "
        "intervall. Prosentpoeng, der ikke annet er sagt. Et utfall endret seg ulikt når "
        "intervallet ikke rommer null",
        "head": "Utfall",
        "unemployment": "Ledigheten i kommunen",
        "other_employment": "Sysselsatte utenfor innvandrergruppen (logaritme ganger hundre)",
        "inflow": "Bosatte etter oppstart per hundre flyktninger",
        "expected": "Andel i jobb ventet ut fra botid",
        "note": "At et utfall endret seg likt, viser ikke at det ikke fantes andre tiltak. At det "
        "endret seg ulikt, sier ikke hvorfor.",
    },
    "en": {
        "title": "{k} of {n} comparisons of other outcomes show differing change",
        "title_none": "No other outcome can be compared with these data",
        "subtitle": "Difference in change between {network} and {comparison}, with {level} "
        "interval. Percentage points where nothing else is said. An outcome changed differently "
        "when its interval does not include zero",
        "head": "Outcome",
        "unemployment": "The municipality's unemployment",
        "other_employment": "Employed outside the immigrant group (logarithm times a hundred)",
        "inflow": "Settled after kick-off per hundred refugees",
        "expected": "Share in work expected from residence time",
        "note": "That an outcome changed alike does not show that there were no other measures. "
        "That it changed differently does not say why.",
    },
}

#: Outcome -> key of its record.
OUTCOMES = {
    "unemployment": "robustness.placebo_outcome.{e}.unemployment",
    "other_employment": "robustness.placebo_outcome.{e}.other_employment",
    "inflow": "composition.inflow.{e}.att",
    "expected": "composition.expected.{e}.att",
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V7."""
    language = context.language
    frames = [inputs["estimates_composition"], inputs["estimates_robustness"]]
    found = records.by_key(frames[0]) | records.by_key(frames[1])
    rows = [
        Row(
            label=fill(WORDS, language, outcome),
            record=found.get(key.format(e=which)),
            group=estimand(which, context),
            decimals=2,
        )
        for which in results.ESTIMANDS
        for outcome, key in OUTCOMES.items()
    ]
    compared = [r.record for r in rows if records.known(r.record, "ci_low")]
    level = float(frames[0]["level"].iloc[0])
    simulated = any(results.simulated(frame) for frame in frames)
    return rows_table(
        rows,
        language,
        columns=("estimate", "interval", "p", "units"),
        words={
            "title": counted_title(WORDS, language, compared),
            "subtitle": fill(
                WORDS,
                language,
                "subtitle",
                network=arm("network", context, inline=True),
                comparison=arm("comparison", context, inline=True),
                level=percent(level, language, 0),
            ),
            "source": results.source(
                language,
                inputs["panel"],
                simulated=simulated,
                more=("unemployment", "settlement"),
            ),
        },
        head=fill(WORDS, language, "head"),
        notes=(fill(WORDS, language, "note"),),
        simulated=simulated,
    )
