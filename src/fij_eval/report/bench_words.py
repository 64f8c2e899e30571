"""Words for scenarios and estimators of the bench, shared by its figure and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, fill
from fij_eval.report.numbers_format import count
from fij_eval.report.vocabulary import lowered

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import Language

#: Scenarios in the order in which they are shown.
SCENARIOS = ("S0", "S1_3pp", "S2", "S13_0pp", "S3", "S4", "S5", "S6", "S8")
#: Estimators in the order in which they are shown; the last two are the co-primary ones.
ESTIMATORS = (
    "did",
    "did_last_base",
    "twfe_adjusted",
    "logit",
    "logit_adjusted",
    "ancova",
    "twfe_expected",
    "logit_expected",
)

WORDS: Catalogue = {
    "nb": {
        "runs": "{low} til {high}",
        "S0": "Ingen forstyrrelse",
        "S1_3pp": "Virkning 3 prosentpoeng",
        "S2": "Ulik virkning etter størrelse",
        "S13_0pp": "De virkelige påmeldingene",
        "S3": "Deltakerne starter lavere",
        "S4": "Deltakerne har brattere trend",
        "S5": "Dupp i april 2024",
        "S6": "Færre nybosatte hos deltakerne",
        "S8": "Smitte til naboer",
        "did": "Enkel forskjell-i-forskjeller",
        "did_last_base": "Som over, april 2024 som base",
        "twfe_adjusted": "Justert, prosentpoeng",
        "logit": "Logit, ujustert",
        "logit_adjusted": "Justert, logit",
        "ancova": "ANCOVA",
        "twfe_expected": "Hovedanalysen, prosentpoeng",
        "logit_expected": "Hovedanalysen, logit",
        "bench": "egen simulering med kjent fasit",
    },
    "en": {
        "runs": "{low} to {high}",
        "S0": "No disturbance",
        "S1_3pp": "True effect: 3 percentage points",
        "S2": "Effect differs by size",
        "S13_0pp": "The real sign-ups",
        "S3": "Participants start lower",
        "S4": "Participants' trend is steeper",
        "S5": "Dip in April 2024",
        "S6": "Fewer newly settled among participants",
        "S8": "Spillover to neighbours",
        "did": "Plain difference-in-differences",
        "did_last_base": "As above, April 2024 as base",
        "twfe_adjusted": "Adjusted, percentage points",
        "logit": "Logit, unadjusted",
        "logit_adjusted": "Adjusted, logit",
        "ancova": "ANCOVA",
        "twfe_expected": "Primary analysis, percentage points",
        "logit_expected": "Primary analysis, logit",
        "bench": "own simulation with a known truth",
    },
}


def word(language: Language, key: str) -> str:
    """Name of a scenario or estimator."""
    return fill(WORDS, language, key)


def within(language: Language, key: str) -> str:
    """The name as it stands within a sentence: its first letter small."""
    return lowered(word(language, key))


def runs(least: float, most: float, language: Language) -> str:
    """How many simulations stand behind each number: one count, or from fewest to most."""
    low, high = count(least, language), count(most, language)
    return low if low == high else fill(WORDS, language, "runs", low=low, high=high)


def chosen(bench: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows of the bench's summary that are shown: municipality average, cluster jackknife.

    Args:
        bench: The summary as text, from ``data/reference``.
        columns: Measures, turned into numbers.

    Returns:
        ``scenario``, ``estimator``, ``replications`` and the measures with their Monte Carlo
        errors, in the order of ``SCENARIOS`` and ``ESTIMATORS``.
    """
    import pandas as pd

    rows = bench[
        bench["scenario"].isin(SCENARIOS)
        & bench["estimator"].isin(ESTIMATORS)
        & (bench["estimand"] == "municipality_average")
        & (bench["inference"] == "CV3")
    ]
    wanted = [name for column in columns for name in (column, f"{column}_mcse")]
    numbers = rows[["replications", *wanted]].apply(pd.to_numeric)
    frame = rows[["scenario", "estimator"]].join(numbers)
    order = {name: place for place, name in enumerate((*SCENARIOS, *ESTIMATORS))}
    return frame.sort_values(
        ["scenario", "estimator"], key=lambda names: names.map(order), ignore_index=True
    )
