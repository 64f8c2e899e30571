"""Table 13c: doubly robust group-time effects by month of kick-off and by months since then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import month_name, number, percent
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_estimators", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Forskjellen etter oppstartsmåned og tid siden oppstart",
        "subtitle": "Gruppe og tid, dobbelt robust. Forskjell i endring i andel i jobb mot siste "
        "måling før oppstart, prosentpoeng, med {level} intervall. Utforskende",
        "head": "Oppstart, eller måneder fra oppstart",
        "group": "Oppstart i {month}",
        "dynamic": "{months} måneder fra oppstart",
        "before": "Tallene før oppstart viser hvor ulikt gruppene utviklet seg av andre grunner "
        "enn nettverket.",
        "none": "Metoden gir ingen tall med disse dataene: {why}.",
    },
    "en": {
        "title": "The gap by month of kick-off and by time since kick-off",
        "subtitle": "Group-time, doubly robust. Difference in the change of the share in work "
        "since the last measurement before kick-off, percentage points, with {level} interval. "
        "Exploratory",
        "head": "Kick-off, or months from kick-off",
        "group": "Kick-off in {month}",
        "dynamic": "{months} months from kick-off",
        "before": "The numbers before kick-off show how differently the groups developed for "
        "reasons other than the network.",
        "none": "The method gives no numbers with these data: {why}.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 13c."""
    language, frame = context.language, inputs["estimates_estimators"]
    rows: list[Row] = []
    for which in results.ESTIMANDS:
        stem = f"estimators.group_time_dr.{which}."
        for kind in ("group", "dynamic"):
            found = frame[frame["key"].str.startswith(f"{stem}{kind}.")]
            rows += [
                Row(
                    label=_label(kind, str(record["key"]).removeprefix(f"{stem}{kind}."), context),
                    record=record,
                    group=estimand(which, context),
                    decimals=2,
                )
                for record in records.by_key(found).values()
            ]
    simulated = results.simulated(frame)
    notes = [fill(WORDS, language, "before")] if rows else [_reason(frame, context)]
    return rows_table(
        rows,
        language,
        columns=("estimate", "se", "interval", "p", "units"),
        words={
            "title": fill(WORDS, language, "title"),
            "subtitle": fill(
                WORDS, language, "subtitle", level=percent(float(frame["level"].max()), language, 0)
            ),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=tuple(notes),
        simulated=simulated,
    )


def _label(kind: str, part: str, context: Context) -> str:
    if kind == "group":
        return fill(WORDS, context.language, kind, month=month_name(part, context.language))
    return fill(WORDS, context.language, kind, months=number(int(part), context.language, 0))


def _reason(frame: pd.DataFrame, context: Context) -> str:
    """Why there is no row."""
    record = records.by_key(frame).get(f"estimators.group_time_dr.{results.ESTIMANDS[0]}.att")
    why = "" if record is None else str(record["note"])
    return fill(WORDS, context.language, "none", why=why)
