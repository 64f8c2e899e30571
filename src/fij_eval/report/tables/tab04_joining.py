"""Table 4: which municipalities joined, as far as facts before kick-off tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.details import frame_of, has
from fij_eval.errors import ReportError
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, number, one_sign, p_value
from fij_eval.report.variables import variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("details_selection", "estimates_selection", "panel")

#: Area under the curve from which joining is called well told by the facts.
WELL = 0.8

WORDS: Catalogue = {
    "nb": {
        "title_poor": "Kjente forhold forklarer bare delvis hvem som ble med",
        "title_well": "Kjente forhold skiller godt mellom dem som ble med",
        "subtitle": "Logistisk modell av om kommunen meldte seg på, etter forhold før oppstart. "
        "{n} kommuner, {treated} av dem i nettverket",
        "variable": "Forhold",
        "log_odds": "Log odds",
        "se": "Standardfeil",
        "p": "p-verdi",
        "auc": "Modellen setter en kommune i nettverket foran en annen i {auc} av 100 par; 50 er "
        "ren tilfeldighet.",
        "joint": "Alle forhold samlet: p = {p}.",
        "unseen": "Vilje og kapasitet i kommunen er ikke målt og kan telle mer.",
        "reference": "Sammenliknet med store kommuner og den landsdelen som ikke står i tabellen.",
    },
    "en": {
        "title_poor": "Known facts tell only partly who joined",
        "title_well": "Known facts tell well who joined",
        "subtitle": "Logistic model of signing up, by facts before kick-off. {n} municipalities, "
        "{treated} of them in the network",
        "variable": "Fact",
        "log_odds": "Log odds",
        "se": "Standard error",
        "p": "p-value",
        "auc": "The model puts a municipality in the network before another in {auc} of 100 "
        "pairs; 50 is pure chance.",
        "joint": "All facts jointly: p = {p}.",
        "unseen": "Will and capacity in the municipality are not measured and may count for more.",
        "reference": "Compared with large municipalities and the region not in the table.",
    },
}


def data(details: pd.DataFrame) -> pd.DataFrame:
    """``covariate``, ``log_odds``, ``se``, ``p_value``, ``odds_ratio``.

    Raises:
        ReportError: If the model has no coefficients.
    """
    if not has(details, "joining"):
        raise ReportError(
            "The model of who joined has no coefficients",
            where="estimates/selection",
            remedy="see the note of the record selection.auc for the reason",
        )
    frame = frame_of(details, "joining")
    return frame.assign(odds_ratio=np.exp(frame["log_odds"]))


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 4.

    Raises:
        ReportError: If the model has no coefficients.
    """
    language = context.language
    frame = data(inputs["details_selection"])
    found = records.by_key(inputs["estimates_selection"])
    auc, joint = (
        records.wanted(found, f"selection.{term}", "selection") for term in ("auc", "joint")
    )
    simulated = results.simulated(inputs["estimates_selection"])
    said = p_value(joint["p_value"], language)
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in ("variable", "log_odds", "se", "p")),
        rows=tuple(
            (
                variable(row["covariate"], language),
                number(row["log_odds"], language, 2, sign=True),
                number(row["se"], language, 2),
                p_value(row["p_value"], language),
            )
            for row in frame.to_dict("records")
        ),
        align=("left", "right", "right", "right"),
        title=fill(WORDS, language, "title_well" if auc["estimate"] >= WELL else "title_poor"),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            n=count(auc["n_units"], language),
            treated=count(auc["n_treated"], language),
        ),
        notes=(
            fill(WORDS, language, "auc", auc=number(auc["estimate"] * 100, language, 0)),
            one_sign(fill(WORDS, language, "joint", p=said)),
            fill(WORDS, language, "reference"),
            fill(WORDS, language, "unseen"),
        ),
        source=results.source(
            language, inputs["panel"], simulated=simulated, more=("unemployment",)
        ),
        simulated=simulated,
    )
