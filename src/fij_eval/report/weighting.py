"""Captions and alt texts say how what they show is weighted: check 4 of the method, for readers.

A mean over municipalities is another number when each municipality counts the same than when each
refugee does. Records are checked where they are made (``effects/checks.py``); here it is what
stands round a figure or table. One that shows a mean or an estimate and does not say whose it is
stops the build.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.settings import Language

#: Words that name a weighting, by estimand.
NAMED = {
    "nb": {
        "municipality_average": r"uvekte|kommunegjennomsnitt|hver kommune(?: \w+){0,3} teller likt|"
        r"teller hver kommune likt",
        "person_average": r"vektet med|persongjennomsnitt|hver flyktning(?! bor)",
    },
    "en": {
        "municipality_average": r"unweighted|municipality average|each municipality"
        r"(?: [\w’]+){0,4} count(?:s|ed|ing) the same",
        "person_average": r"weighted by|person average|each refugee",
    },
}
#: Words that speak of a mean.
_MEAN = {"nb": r"\b(?:gjennomsnitt|snitt)\w*", "en": r"\b(?:means?|averages?)\b"}
#: Columns of data that hold means or estimates over municipalities.
_COLUMNS = re.compile(r"^(?:estimate|mean_|weights$)")


def check(name: str, texts: Mapping[str, str], data: pd.DataFrame, language: Language) -> None:
    """Stop where a text does not say how the numbers that it tells of are weighted.

    Args:
        name: Figure or table.
        texts: What is read at one go, by its name: the caption with all words in the picture or
            table, the alt text.
        data: What is shown; its column ``estimand``, where it has one, says whose means they are.
        language: Language of the texts.

    Raises:
        CheckError: If a text tells of means or estimates without their weighting.
    """
    for where, text in texts.items():
        for fault in _faults(text, data, language):
            raise CheckError(
                f"{fault} in the {where} of {name}: «{text[:160]}»",
                where=f"{name} ({language})",
                remedy="say in the words of the figure or table whether each municipality or each "
                "refugee counts the same (docs/ordliste.md)",
            )


def _faults(text: str, data: pd.DataFrame, language: Language) -> Iterator[str]:
    named = NAMED[language]
    found = {estimand for estimand, words in named.items() if re.search(words, text, re.IGNORECASE)}
    spoken = re.search(_MEAN[language], text, re.IGNORECASE)
    if spoken and not found:
        yield f"«{spoken[0]}» has no weighting"
    if data.empty:
        return
    shown = set(data["estimand"].dropna().astype(str)) & set(named) if "estimand" in data else set()
    for estimand in sorted(shown - found):
        yield f"The {estimand.replace('_', ' ')} is shown and its weighting not told"
    if not found and any(_COLUMNS.match(str(column)) for column in data):
        yield "Estimates are shown and their weighting not told"
