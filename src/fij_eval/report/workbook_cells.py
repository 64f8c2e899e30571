"""Tables as readers see them, turned into columns of a spreadsheet: real numbers, real dates.

A table is written twice by the step before: finished strings (JSON) and the numbers behind them
(CSV). A column of strings is laid beside each column of numbers; the one that agrees with it to
every digit shown gives its cells their full precision, and the strings give the format. Where none
or several agree, the cell holds the number as it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fij_eval.report.numbers_format import MINUS, NBSP, THIN, day_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fij_eval.settings import Language

Value = str | int | float | date | None

_NUMBER = {
    "nb": rf"[+{MINUS}]?\d{{1,3}}(?:[{THIN}{NBSP} ]?\d{{3}})*(?:,\d+)?(?:{NBSP}?%)?",
    "en": rf"[+{MINUS}]?\d{{1,3}}(?:,?\d{{3}})*(?:\.\d+)?(?:{NBSP}?%)?",
}
_TO = {"nb": "til", "en": "to"}
_DAY = {"nb": "[$-414]d. mmmm yyyy", "en": "[$-809]d mmmm yyyy"}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_BOUND = re.compile(rf"([<>]){NBSP}(.+)\Z")

#: What the two halves of a divided column are called, beside its own heading.
HALVES = {
    "nb": {
        "interval": ("{head}, nedre", "{head}, øvre"),
        "bracket": ("{head}", "{head} (parentes)"),
    },
    "en": {
        "interval": ("{head}, lower", "{head}, upper"),
        "bracket": ("{head}", "{head} (bracket)"),
    },
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its value, and the number format that shows it as in the report."""

    value: Value
    number_format: str = "General"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its cells, and whether it holds numbers."""

    heading: str
    cells: tuple[Cell, ...]
    numeric: bool


def columns(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    align: Sequence[str],
    raw: Mapping[str, Sequence[str]],
    language: Language,
) -> list[Column]:
    """A table's columns, intervals and numbers with another in brackets divided in two.

    Args:
        header: Heading of each column.
        rows: Finished strings, one row a row.
        align: Alignment of each column; numbers stand to the right.
        raw: Columns of the data as text with decimal points, as many rows, or none.
        language: Language that the strings are written in.
    """
    found = []
    for number, heading in enumerate(header):
        shown = [row[number] for row in rows]
        if align[number] == "left":
            found.append(Column(heading, _text_or_days(shown, raw, language), numeric=False))
            continue
        for name, part in _divided(heading, shown, language):
            found.append(Column(name, _numbers(part, raw, language), numeric=True))
    return found


def unique(names: Sequence[str]) -> list[str]:
    """The names with a number behind each that stood before; a spreadsheet's table needs it."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return found


def _divided(
    heading: str, shown: Sequence[str], language: Language
) -> Iterator[tuple[str, list[str]]]:
    """The column as it is, or its two halves where every number in it has two."""
    number = _NUMBER[language]
    forms = {
        "interval": re.compile(rf"({number})\s{_TO[language]}\s({number})\Z"),
        "bracket": re.compile(rf"({number})\s\(({number})\)\Z"),
    }
    filled = [text for text in shown if any(sign.isdigit() for sign in text)]
    for form, pattern in forms.items():
        if filled and all(pattern.match(text) for text in filled):
            for half, name in enumerate(HALVES[language][form]):
                texts = [m[half + 1] if (m := pattern.match(t)) else t for t in shown]
                yield name.format(head=heading), texts
            return
    yield heading, list(shown)


def _numbers(
    shown: Sequence[str], raw: Mapping[str, Sequence[str]], language: Language
) -> tuple[Cell, ...]:
    """Cells of a column of numbers; signs and words stay text."""
    parsed = [_parsed(text, language) for text in shown]
    exact = _behind(parsed, raw)
    behind = [
        {} if number is None or exact is None else _agreeing(number, exact[row])
        for row, number in enumerate(parsed)
    ]
    # next to zero both factors agree: the rest of the column tells which it is
    sure = {factor for found in behind if len(found) == 1 for factor in found}
    signed = _all_signed(shown, parsed)
    cells = []
    for row, (text, number) in enumerate(zip(shown, parsed, strict=True)):
        if number is not None:
            likely = [value for factor, value in behind[row].items() if factor in sure]
            value = likely[0] if len(likely) == 1 else number
            cells.append(
                Cell(
                    _plain(value, text),
                    _format(text, number, signed=signed or text.startswith("+")),
                )
            )
        elif exact is not None and (bound := _BOUND.match(text)):
            # «< 0,001» hides a number that the data hold
            precise = _decimal(exact[row])
            cells.append(
                Cell(text) if precise is None else Cell(float(precise), f'"{bound[1]} {bound[2]}"')
            )
        else:
            cells.append(Cell(text or None))
    return tuple(cells)


def _all_signed(shown: Sequence[str], parsed: Sequence[Decimal | None]) -> bool:
    """Whether every number of a column but zero carries its sign, plus included."""
    signs = [text[0] for text, number in zip(shown, parsed, strict=True) if number]
    return "+" in signs and set(signs) <= {"+", MINUS}


def _behind(
    parsed: Sequence[Decimal | None], raw: Mapping[str, Sequence[str]]
) -> Sequence[str] | None:
    """The one column of data that agrees with all numbers shown, if there is one."""
    known = [row for row, number in enumerate(parsed) if number is not None]
    agreeing = [
        values
        for values in raw.values()
        if known
        and all(
            number is not None and _agreeing(number, values[row])
            for row, number in ((row, parsed[row]) for row in known)
        )
    ]
    different = {tuple(values[row] for row in known) for values in agreeing}
    return agreeing[0] if len(different) == 1 else None


def _agreeing(shown: Decimal, text: str) -> dict[int, Decimal]:
    """The number behind what is shown, by its factor: 1, or 100 where shares show as per cent."""
    value = _decimal(text)
    if value is None:
        return {}
    # half a unit of the last digit, and a hair for data that are themselves rounded
    slack = Decimal("0.500001").scaleb(int(shown.as_tuple().exponent))
    return {factor: value * factor for factor in (1, 100) if abs(value * factor - shown) <= slack}


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _parsed(text: str, language: Language) -> Decimal | None:
    """The number that a string shows; per cent signs are left to the format."""
    if not re.fullmatch(_NUMBER[language], text):
        return None
    thousands = "[,%+]" if language == "en" else "[%+]"
    plain = re.sub(rf"[\s{THIN}{NBSP}]|{thousands}", "", text)
    return Decimal(plain.replace(MINUS, "-").replace(",", "."))


def _plain(value: Decimal, shown: str) -> int | float:
    """The value that a cell holds; with a per cent sign, spreadsheets multiply by 100."""
    scaled = value / 100 if shown.endswith("%") else value
    return int(scaled) if scaled == scaled.to_integral_value() else float(scaled)


def _format(shown: str, number: Decimal, *, signed: bool) -> str:
    """The format that shows the number with as many decimals and signs as in the report."""
    decimals = max(0, -int(number.as_tuple().exponent))
    digits = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    if shown.endswith("%"):
        return f"{digits}{' ' if NBSP in shown else ''}%"
    return f"+{digits};-{digits};{digits}" if signed else digits


def _text_or_days(
    shown: Sequence[str], raw: Mapping[str, Sequence[str]], language: Language
) -> tuple[Cell, ...]:
    """Cells of a column of text; days become real dates where the data hold them."""
    for values in raw.values():
        days = [value if _ISO.match(value) else "" for value in values]
        pairs = list(zip(shown, days, strict=True))
        if any(days) and all(
            not text or (d and text == day_name(d, language)) for text, d in pairs
        ):
            return tuple(
                Cell(date.fromisoformat(day), _DAY[language]) if text else Cell(None)
                for text, day in pairs
            )
    return tuple(Cell(text or None) for text in shown)
