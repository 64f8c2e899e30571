"""Table 3: how alike the arms were before kick-off, in levels and in changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.details import frame_of
from fij_eval.report import results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, month_name, number
from fij_eval.report.variables import LARGE, is_change, variable
from fij_eval.report.vocabulary import arm, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = ("details_selection", "estimates_selection", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} kjennetegn skiller gruppene tydelig før oppstart",
        "subtitle": "Normalisert forskjell mellom {network} og {comparison} før oppstart: "
        "forskjellen mellom snittene delt på det vanlige spranget mellom kommuner. Nivåer i "
        "{month}, endringer fram til da",
        "variable": "Kjennetegn",
        "municipality_average": "Hver kommune teller likt",
        "person_average": "Hver flyktning teller likt",
        "spread": "Forhold mellom spredninger",
        "network": "Kommuner i nettverket",
        "others": "Andre kommuner",
        "levels": "Nivåer",
        "changes": "Endringer før oppstart",
        "note": "Tydelig betyr over {large} i størrelse når hver kommune teller likt. Forholdet "
        "mellom spredninger er nettverkets standardavvik delt på de andres.",
    },
    "en": {
        "title": "{k} of {n} characteristics clearly set the groups apart",
        "subtitle": "Normalised difference between {network} and {comparison} before kick-off: "
        "the difference of the means over the ordinary spread between municipalities. Levels in "
        "{month}, changes up to then",
        "variable": "Characteristic",
        "municipality_average": "Each municipality counts the same",
        "person_average": "Each refugee counts the same",
        "spread": "Ratio of spreads",
        "network": "Municipalities in the network",
        "others": "Other municipalities",
        "levels": "Levels",
        "changes": "Changes before kick-off",
        "note": "Clearly means beyond {large} in size where each municipality counts the same. The "
        "ratio of spreads is the network's standard deviation over that of the others.",
    },
}

_COLUMNS = (
    "variable",
    "municipality_average",
    "person_average",
    "spread",
    "network",
    "others",
)


def data(details: pd.DataFrame) -> pd.DataFrame:
    """One row a variable, levels before changes.

    Returns:
        ``variable``, ``change``, ``municipality_average`` and ``person_average`` (normalised
        differences), ``sd_ratio`` (unweighted), ``n_treated``, ``n_comparison``.
    """
    unweighted, weighted = (frame_of(details, f"balance.{name}") for name in results.ESTIMANDS)
    return unweighted.assign(
        change=[is_change(name) for name in unweighted["variable"]],
        municipality_average=unweighted["normalised_difference"],
        person_average=weighted.set_index("variable")["normalised_difference"]
        .reindex(unweighted["variable"])
        .to_numpy(),
        sd_ratio=np.exp(unweighted["log_sd_ratio"]),
    ).sort_values("change", kind="stable", ignore_index=True)[
        [
            "variable", "change", "municipality_average", "person_average", "sd_ratio",
            "n_treated", "n_comparison",
        ]
    ]  # fmt: skip


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 3."""
    language = context.language
    frame = data(inputs["details_selection"])
    simulated = results.simulated(inputs["estimates_selection"])
    apart = int((frame["municipality_average"].abs() > LARGE).sum())
    known = int(frame["municipality_average"].notna().sum())
    first_change = int((~frame["change"].astype(bool)).sum())
    groups = {0: fill(WORDS, language, "levels")}
    if first_change < len(frame):
        groups[first_change] = fill(WORDS, language, "changes")
    columns = ("municipality_average", "person_average", "sd_ratio")
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in _COLUMNS),
        rows=tuple(
            (
                variable(row["variable"], language),
                *(_cell(row[c], language, sign=c != "sd_ratio") for c in columns),
                count(row["n_treated"], language),
                count(row["n_comparison"], language),
            )
            for row in frame.to_dict("records")
        ),
        align=("left", "right", "right", "right", "right", "right"),
        groups=groups,
        title=fill(WORDS, language, "title", k=count(apart, language), n=count(known, language)),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            network=arm("network", context, inline=True),
            comparison=arm("comparison", context, inline=True),
            month=month_name(context.sample.reference_month, language),
        ),
        notes=(fill(WORDS, language, "note", large=number(LARGE, language, 2)),),
        source=results.source(
            language, inputs["panel"], simulated=simulated, more=("unemployment", "settlement")
        ),
        simulated=simulated,
    )


def _cell(value: float, language: Language, *, sign: bool) -> str:
    if math.isnan(value):
        return shared(language, "missing")
    return number(value, language, 2, sign=sign)
