"""What covariates and groups are called in figures and tables of results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report.context import Catalogue, fill
from fij_eval.report.vocabulary import lowered

if TYPE_CHECKING:
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "intercept": "Konstantledd",
        "log_population": "Folketall (logaritme)",
        "log_population_now": "folketall (logaritme)",
        "unemployment_rate": "Ledighet",
        "unemployment_rate_now": "ledighet",
        "refugees_per_capita": "Flyktninger per innbygger",
        "expected_share": "andel ventet ut fra botid",
        "share employed": "Andel i jobb",
        "refugees": "Antall flyktninger",
        "growth in refugees": "Vekst i antall flyktninger",
        "change": "Endring i {what}",
        "size_group": "Størrelse: {group}",
        "small": "under 10 000 innbyggere",
        "medium": "10 000–25 000 innbyggere",
        "large": "over 25 000 innbyggere",
        "region": "Landsdel: {group}",
        "inland": "Innlandet",
        "north": "Nord-Norge",
        "oslofjord": "rundt Oslofjorden",
        "south": "Sørlandet",
        "west": "Vestlandet",
        "central": "Trøndelag",
        "centrality": "Sentralitet: klasse {group}",
    },
    "en": {
        "intercept": "Intercept",
        "log_population": "Population (logarithm)",
        "log_population_now": "population (logarithm)",
        "unemployment_rate": "Unemployment",
        "unemployment_rate_now": "unemployment",
        "refugees_per_capita": "Refugees per inhabitant",
        "expected_share": "share expected from residence time",
        "share employed": "Share in work",
        "refugees": "Number of refugees",
        "growth in refugees": "Growth in the number of refugees",
        "change": "Change in {what}",
        "size_group": "Size: {group}",
        "small": "under 10,000 inhabitants",
        "medium": "10,000–25,000 inhabitants",
        "large": "over 25,000 inhabitants",
        "region": "Region: {group}",
        "inland": "inland",
        "north": "Northern Norway",
        "oslofjord": "round the Oslofjord",
        "south": "Southern Norway",
        "west": "Western Norway",
        "central": "Trøndelag",
        "centrality": "Centrality: class {group}",
    },
}

#: Normalised differences beyond this are not repaired by regression alone (Imbens & Rubin 2015).
LARGE = 0.25

_CHANGE = re.compile(r"change in (.+)")


def variable(name: str, language: Language) -> str:
    """The name of a covariate as readers know it.

    Args:
        name: As the records have it: ``log_population``, ``size_group=small``, ``change in …``.
        language: Language of the answer.

    Raises:
        ReportError: If there are no words for it.
    """
    if found := _CHANGE.fullmatch(name):
        inner = variable(found[1], language)
        return fill(WORDS, language, "change", what=lowered(inner))
    kind, _, group = name.partition("=")
    if kind == "centrality" and group:
        return fill(WORDS, language, "centrality", group=group)
    if kind not in WORDS[language] or (group and group not in WORDS[language]):
        raise ReportError(
            f"The variable «{name}» has no name for readers",
            where="report/variables.py",
            remedy="add its words in both languages",
        )
    if group:
        return fill(WORDS, language, kind, group=fill(WORDS, language, group))
    return fill(WORDS, language, kind)


def is_change(name: str) -> bool:
    """Whether a variable is a change before kick-off and no level."""
    return name.startswith(("change in ", "growth in "))
