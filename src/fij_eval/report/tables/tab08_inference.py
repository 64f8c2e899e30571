"""Table 8: the primary estimates under every method of inference, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, number, percent
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

INPUTS = ("estimates_primary", "details_primary", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Planens anslag med usikkerhet regnet på sju måter",
        "subtitle": "Forskjell i prosentpoeng, {level} intervall. Planen legger den første raden "
        "til grunn sammen med permutasjonene",
        "head": "Måte å regne usikkerhet på",
        "group": "{estimand}, {scale}",
        "pp": "prosentpoeng",
        "logit": "logit regnet om til prosentpoeng",
        "att": "Klynget, jackknife (CV3)",
        "cv1": "Klynget, vanlig (CV1)",
        "wild": "Vill bootstrap",
        "ri": "Permutasjon av hvem som deltok, på anslaget",
        "ri_t": "Permutasjon, på t-verdien",
        "max_t": "Alle fire hypoteser samlet (største t)",
        "romano_wolf": "Trinnvis over de fire (Romano–Wolf)",
        "clusters": "{estimand}: {n} kommuner, {treated} i nettverket; de bærer anslaget som {g} "
        "jevnt store kommuner ville gjort. Uten én kommune ligger anslaget mellom {low} og {high}.",
    },
    "en": {
        "title": "The planned estimates with uncertainty found in seven ways",
        "subtitle": "Difference in percentage points, {level} interval. The plan stands on the "
        "first row together with the permutations",
        "head": "Way of finding uncertainty",
        "group": "{estimand}, {scale}",
        "pp": "percentage points",
        "logit": "logit translated to percentage points",
        "att": "Clustered, jackknife (CV3)",
        "cv1": "Clustered, ordinary (CV1)",
        "wild": "Wild bootstrap",
        "ri": "Permuting who took part, on the estimate",
        "ri_t": "Permutation, on the t-value",
        "max_t": "All four hypotheses jointly (largest t)",
        "romano_wolf": "Stepwise over the four (Romano–Wolf)",
        "clusters": "{estimand}: {n} municipalities, {treated} in the network; they carry the "
        "estimate as {g} municipalities of equal weight would. Without one municipality the "
        "estimate lies between {low} and {high}.",
    },
}

METHODS = ("att", "cv1", "wild", "ri", "ri_t", "max_t", "romano_wolf")


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 8."""
    language, frame = context.language, inputs["estimates_primary"]
    found = records.by_key(frame)
    simulated = results.simulated(frame)
    rows = [
        Row(
            label=fill(WORDS, language, method),
            record=found.get(f"primary.{scale}.{which}.{method}"),
            group=fill(
                WORDS, language, "group", estimand=estimand(which, context),
                scale=fill(WORDS, language, scale),
            ),
            decimals=2,
        )
        for which in results.ESTIMANDS
        for scale in ("pp", "logit")
        for method in METHODS
    ]  # fmt: skip
    level = float(frame["level"].iloc[0])
    return rows_table(
        rows,
        language,
        columns=("estimate", "se", "interval", "p"),
        words={
            "title": fill(WORDS, language, "title"),
            "subtitle": fill(WORDS, language, "subtitle", level=percent(level, language, 0)),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=tuple(_clusters(inputs["details_primary"], context)),
        simulated=simulated,
    )


def _clusters(details: pd.DataFrame, context: Context) -> Iterator[str]:
    """How evenly municipalities carry each estimate."""
    language = context.language
    for which in results.ESTIMANDS:
        if not has(details, f"clusters.{which}"):
            continue
        known = frame_of(details, f"clusters.{which}").set_index("what")["number"]
        if known[["effective", "estimate_min", "estimate_max"]].isna().any():
            continue
        yield fill(
            WORDS,
            language,
            "clusters",
            estimand=estimand(which, context),
            n=count(known["clusters"], language),
            treated=count(known["treated"], language),
            g=number(known["effective"], language, 0),
            low=number(known["estimate_min"] * 100, language, 1),
            high=number(known["estimate_max"] * 100, language, 1),
        )
