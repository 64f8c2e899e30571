"""What the assumptions about costs and savings are called, and their values in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, fill
from fij_eval.report.numbers_format import NBSP, number, whole

if TYPE_CHECKING:
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "fee_nok": "Avgiften",
        "travel_nok": "Reisene",
        "hours": "Arbeidstiden",
        "hourly_wage_nok": "Timeprisen",
        "social_assistance_nok": "Sosialhjelpen",
        "years_in_work": "Varigheten i jobb",
        "nok": "{n} kr",
        "hours_unit": "{n} timer",
        "years_unit": "{n} år",
        "year_unit": "{n} år",
    },
    "en": {
        "fee_nok": "The fee",
        "travel_nok": "Travel",
        "hours": "Working time",
        "hourly_wage_nok": "Price per hour",
        "social_assistance_nok": "Social assistance",
        "years_in_work": "Time in work",
        "nok": "NOK {n}",
        "hours_unit": "{n} hours",
        "years_unit": "{n} years",
        "year_unit": "{n} year",
    },
}


def assumption(name: str, language: Language) -> str:
    """The name of an assumption, at the beginning of a sentence."""
    return fill(WORDS, language, name)


def value(name: str, amount: float, language: Language) -> str:
    """A value of an assumption with its unit."""
    if name.endswith("_nok"):
        text = fill(WORDS, language, "nok", n=whole(amount, language))
    elif name == "hours":
        text = fill(WORDS, language, "hours_unit", n=whole(amount, language))
    else:
        decimals = 0 if float(amount).is_integer() else 1
        unit = "year_unit" if amount == 1 else "years_unit"
        text = fill(WORDS, language, unit, n=number(amount, language, decimals))
    return text.replace(" ", NBSP)
