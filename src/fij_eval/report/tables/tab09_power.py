"""Table 9: the smallest differences that the data can show, known before any result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.groups import groups, name
from fij_eval.report.numbers_format import listed, percent, percent_number, pp, pp_number
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_primary", "estimates_robustness", "estimates_heterogeneity", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Minste forskjell som kan påvises: {low} til {mde}",
        "title_none": "Hva som kan påvises, kan ikke regnes ut",
        "subtitle": "Prosentpoeng. Forskjellen som analysen ville finne med {power} prosent "
        "sannsynlighet, regnet uten å se på anslaget for nettverket",
        "head": "Grunnlag",
        "pp": "Standardfeilen i planens analyse, prosentpoeng",
        "logit": "Standardfeilen i planens analyse, logit",
        "raw": "Tilfeldige nettverk, uten justering",
        "adjusted": "Tilfeldige nettverk, med justering",
        "group": "{grouping}: {part}",
        "size": "{estimand}: Av de tilfeldige nettverkene gir {sizes} en p-verdi under "
        "{alpha} prosent. Riktig er {alpha} prosent.",
        "size_raw": "{size} uten justering",
        "size_adjusted": "{size} med justering",
    },
    "en": {
        "title": "The smallest detectable difference: {low} to {mde}",
        "title_none": "What can be detected cannot be worked out",
        "subtitle": "Percentage points. The difference that the analysis would find with "
        "{power} per cent probability, worked out without a look at the network's estimate",
        "head": "Basis",
        "pp": "The standard error of the planned analysis, percentage points",
        "logit": "The standard error of the planned analysis, logit",
        "raw": "Random networks, unadjusted",
        "adjusted": "Random networks, adjusted",
        "group": "{grouping}: {part}",
        "size": "{estimand}: Of the random networks {sizes} give a p-value below {alpha} per "
        "cent. {alpha} per cent is right.",
        "size_raw": "{size} without adjustment",
        "size_adjusted": "{size} with adjustment",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 9."""
    language = context.language
    primary = records.by_key(inputs["estimates_primary"])
    drawn = records.by_key(inputs["estimates_robustness"])
    simulated = results.simulated(inputs["estimates_primary"])
    rows: list[Row] = []
    notes = []
    for which in results.ESTIMANDS:
        heading = estimand(which, context)
        sized = {
            **{s: primary.get(f"primary.{s}.{which}.mde") for s in ("pp", "logit")},
            **{m: drawn.get(f"robustness.aa.{which}.{m}.mde") for m in ("raw", "adjusted")},
        }
        rows += [
            Row(
                label=fill(WORDS, language, key),
                record=record,
                group=heading,
                more={"mde": float("nan") if record is None else record["estimate"]},
            )
            for key, record in sized.items()
        ]
        sizes = {
            method: size
            for method in ("raw", "adjusted")
            if records.known(size := drawn.get(f"robustness.aa.{which}.{method}.size"))
        }
        if sizes:
            said = (
                fill(WORDS, language, f"size_{method}", size=percent(size["estimate"], language))
                for method, size in sizes.items()
            )
            level = next(iter(sizes.values()))["level"]
            notes.append(
                fill(
                    WORDS,
                    language,
                    "size",
                    estimand=heading,
                    sizes=listed(said, language),
                    alpha=percent_number(1 - level, language, 0),
                )
            )
    which = results.ESTIMANDS[0]
    rows += [
        Row(
            label=fill(
                WORDS, language, "group", grouping=name(g.grouping, language),
                part=name(g.group, language).lower(),
            ),
            record=g.att,
            group=estimand(which, context) + ", " + name(g.grouping, language).lower(),
            more={"mde": g.mde},
        )
        for g in groups(inputs["estimates_heterogeneity"], which)
        if g.mde == g.mde
    ]  # fmt: skip
    known = [
        row.more["mde"]
        for row in rows
        if row.more is not None and row.more["mde"] == row.more["mde"]
    ]
    return rows_table(
        rows,
        language,
        columns=("mde", "treated"),
        words={
            "title": fill(
                WORDS,
                language,
                "title",
                low=pp_number(min(known), language),
                mde=pp(max(known), language),
            )
            if known
            else fill(WORDS, language, "title_none"),
            "subtitle": fill(
                WORDS,
                language,
                "subtitle",
                power=percent_number(records.target_power(primary.values()), language, 0),
            ),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=tuple(notes),
        simulated=simulated,
    )
