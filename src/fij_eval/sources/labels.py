"""Names and months as sources write them: stray spaces, glued note digits, Norwegian months."""

from __future__ import annotations

import re
import unicodedata

MONTH_NAMES = (
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
)

#: Rows in tables of the outcome that are no municipality, in small letters.
NO_MUNICIPALITIES = frozenset(
    {
        "hele landet",
        "landet",
        "norge",
        "i alt",
        "totalt",
        "sum",
        "svalbard",
        "jan mayen",
        "uoppgitt",
        "uoppgitt kommune",
        "ukjent",
        "ukjent kommune",
    }
)

_SPACES = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_NOTE_MARKS = "0123456789⁰¹²³⁴⁵⁶⁷⁸⁹*"

_NAMED_MONTH = re.compile(
    r"(?P<day>[0-9]{1,2}\.\s*)?\b(?P<month>" + "|".join(MONTH_NAMES) + r")\s+(?P<year>20[0-9]{2})",
    re.IGNORECASE,
)
_ROW_MONTH = re.compile(r"(?P<word>[^\W\d_]{3,9})\.?\s+(?P<year>20[0-9]{2})(?P<note>.{0,6})")
_PERIOD_CODE = re.compile(r"(20[0-9]{2})(?:M|-)(0[1-9]|1[0-2])")


def clean(text: str) -> str:
    """Text with each run of white space as one space, composed letters, no invisible marks."""
    composed = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return _SPACES.sub(" ", composed).strip()


def without_notes(label: str) -> str:
    """The label without note references at its end: ``Herøy (Nordland)1`` → ``Herøy (Nordland)``.

    References are digits, raised digits or asterisks, also several (``1,2``) or with a parenthesis
    after them (``1)``). No Norwegian municipality has a digit in its name.
    """
    stem = clean(label)
    if stem.endswith(")") and len(stem) > 1 and stem[-2] in _NOTE_MARKS:
        stem = stem[:-1]
    if stem and stem[-1] in _NOTE_MARKS:
        stem = stem.rstrip(_NOTE_MARKS + ", ")
    return stem


def month_number_of(word: str) -> int | None:
    """1-12 for a Norwegian month name or its abbreviation of three letters or more, else None."""
    stem = word.strip().rstrip(".").casefold()
    if len(stem) < 3:
        return None
    found = [i for i, name in enumerate(MONTH_NAMES, start=1) if name.startswith(stem)]
    return found[0] if len(found) == 1 else None


def months_named(text: str) -> tuple[str, ...]:
    """Months named in a text («september 2024»), as ``YYYY-MM``, each once, in order of the text.

    A month with a day before it («24. februar 2022») is a date, not a reference month, and is
    left out.
    """
    found: dict[str, None] = {}
    for match in _NAMED_MONTH.finditer(clean(text)):
        if match["day"] is None:
            number = MONTH_NAMES.index(match["month"].casefold()) + 1
            found[f"{match['year']}-{number:02d}"] = None
    return tuple(found)


def month_of_label(label: str) -> str | None:
    """The month that a row is labelled with, as ``YYYY-MM``; None if it is not a month.

    Reads «September 2024», «sep. 2024», «2024M09» and «2024-09», each with note references behind.
    """
    text = clean(label)
    if match := _PERIOD_CODE.match(text):
        return (
            f"{match[1]}-{match[2]}" if not without_notes("x" + text[match.end() :])[1:] else None
        )
    match = _ROW_MONTH.fullmatch(text)
    if match is None or without_notes("x" + match["note"]) != "x":
        return None
    number = month_number_of(match["word"])
    return None if number is None else f"{match['year']}-{number:02d}"
