"""Numbers, months and lists as readers write them, in bokmål and English.

Shares and differences in shares come in as 0-1 and go out in per cent and percentage points. Bokmål
has a decimal comma and thin spaces between thousands, English a decimal point and commas; both have
the real minus sign. Halves are rounded away from zero, on the decimal digits that a reader sees
(0.145 becomes 14.5 per cent, then 15), never on their binary neighbours. A missing number is
refused: where one may be missing, a standard sign is chosen by the caller.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, SupportsFloat

from fij_eval.errors import ReportError
from fij_eval.months import month_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fij_eval.settings import Language

MINUS = "\u2212"
THIN = "\u2009"
NBSP = "\u00a0"

_MARKS = {"nb": (",", THIN), "en": (".", ",")}
_MONTHS = {
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "en": "January February March April May June July August September October November December",
}
_SHORT = {
    "nb": "jan. feb. mars april mai juni juli aug. sep. okt. nov. des.",
    "en": "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec.",
}
_WORDS = {
    "nb": {"percent": "prosent", "pp": "prosentpoeng", "to": "til", "and": "og"},
    "en": {"percent": "per cent", "pp": "percentage points", "to": "to", "and": "and"},
}


def number(
    value: SupportsFloat | None, language: Language, decimals: int = 1, *, sign: bool = False
) -> str:
    """A number with the language's decimal mark and thousands separator.

    Args:
        value: The number.
        language: ``nb`` or ``en``.
        decimals: Decimals shown.
        sign: Whether a positive number carries a plus sign.

    Raises:
        ReportError: If the number is missing or not finite.
    """
    return _written(_decimal(value), language, decimals, sign=sign)


def count(value: SupportsFloat | None, language: Language) -> str:
    """A whole number, for persons and municipalities: «1 234», "1,234".

    Raises:
        ReportError: If the number is missing or not whole.
    """
    exact = _decimal(value)
    if exact != exact.to_integral_value():
        raise ReportError(f"The count {exact} is not a whole number", where="number formatting")
    return _written(exact, language, 0)


def whole(value: SupportsFloat | None, language: Language) -> str:
    """The nearest whole number, for what is worked out in persons, hours or kroner: «1 234»."""
    return number(value, language, 0)


def percent(share: SupportsFloat | None, language: Language, decimals: int = 1) -> str:
    """A share with the per cent sign: «34,5 %», "34.5%"."""
    return _written(_decimal(share) * 100, language, decimals) + (
        f"{NBSP}%" if language == "nb" else "%"
    )


def percent_number(share: SupportsFloat | None, language: Language, decimals: int = 1) -> str:
    """A share in per cent without its sign, for table cells: «34,5»."""
    return _written(_decimal(share) * 100, language, decimals)


def of_hundred(share: SupportsFloat | None, language: Language) -> str:
    """How many of a hundred a share is, to the nearest whole one: «35»."""
    return percent_number(share, language, 0)


def percent_words(share: SupportsFloat | None, language: Language, decimals: int = 1) -> str:
    """A share for running text: «34,5 prosent», "34.5 per cent"."""
    return percent_number(share, language, decimals) + NBSP + _WORDS[language]["percent"]


def pp(difference: SupportsFloat | None, language: Language, decimals: int = 1) -> str:
    """A difference in shares for running text: «3,2 prosentpoeng», "3.2 percentage points"."""
    return pp_number(difference, language, decimals) + NBSP + _WORDS[language]["pp"]


def pp_number(difference: SupportsFloat | None, language: Language, decimals: int = 1) -> str:
    """A difference in shares in percentage points without the unit: «3,2», «−3,2»."""
    return _written(_decimal(difference) * 100, language, decimals)


def signed_pp(
    difference: SupportsFloat | None, language: Language, decimals: int = 1, *, unit: bool = True
) -> str:
    """A difference in shares with its sign: «+3,2 prosentpoeng», "−3.2 percentage points"."""
    text = _written(_decimal(difference) * 100, language, decimals, sign=True)
    return text + NBSP + _WORDS[language]["pp"] if unit else text


def interval(
    low: SupportsFloat | None,
    high: SupportsFloat | None,
    language: Language,
    decimals: int = 1,
    *,
    shares: bool = True,
) -> str:
    """An interval: «1,2 til 3,4», "1.2 to 3.4".

    A limit on either side of zero must not be written as zero: whether an interval excludes it
    is what a reader looks for. Both limits then get the decimals that show it, up to two more.

    Args:
        low: Lower limit.
        high: Upper limit.
        language: ``nb`` or ``en``.
        decimals: Decimals shown at least.
        shares: Whether the limits are shares 0-1, shown in per cent or percentage points.

    Raises:
        ReportError: If a limit is missing, or the limits stand the wrong way.
    """
    limits = [_decimal(low), _decimal(high)]
    if limits[0] > limits[1]:
        raise ReportError(f"The interval {low} to {high} is upside down", where="number formatting")
    factor = 100 if shares else 1
    shown = next(
        (
            digits
            for digits in range(decimals, decimals + 3)
            if all(not limit or _rounded(limit * factor, digits) for limit in limits)
        ),
        decimals,
    )
    written = [_written(limit * factor, language, shown) for limit in limits]
    return f" {_WORDS[language]['to']} ".join(written).replace(" ", NBSP)


def p_value(value: SupportsFloat | None, language: Language) -> str:
    """A p-value: two decimals, three below 0.1, and «< 0,001» where it is smaller.

    Raises:
        ReportError: If it is missing or not between 0 and 1.
    """
    exact = _decimal(value)
    if not 0 <= exact <= 1:
        raise ReportError(f"The p-value {exact} is not between 0 and 1", where="number formatting")
    if exact < Decimal("0.001"):
        return f"<{NBSP}" + _written(Decimal("0.001"), language, 3)
    if exact > Decimal("0.99"):
        return f">{NBSP}" + _written(Decimal("0.99"), language, 2)
    return _written(exact, language, 3 if exact < Decimal("0.0995") else 2)


def one_sign(text: str) -> str:
    """The text with one sign before a bounded p-value: «p = < 0,001» becomes «p < 0,001»."""
    return re.sub(f"=[ {NBSP}]([<>])", r"\1", text)


def month_name(month: str, language: Language) -> str:
    """A reference month in full: «september 2024», "September 2024"."""
    return _month(month, _MONTHS[language])


def month_short(month: str, language: Language) -> str:
    """A reference month for axes and narrow tables: «sep. 2024», "Sept. 2024"."""
    return _month(month, _SHORT[language])


def day_name(iso_date: str, language: Language) -> str:
    """A date in full: «14. juni 2024», "14 June 2024".

    Raises:
        ValueError: If the text is not an ISO date.
    """
    day = date.fromisoformat(iso_date)
    dot = "." if language == "nb" else ""
    name = _MONTHS[language].split()[day.month - 1]
    return f"{day.day}{dot}{NBSP}{name}{NBSP}{day.year}"


def listed(items: Iterable[str], language: Language) -> str:
    """A list in a sentence: «Gol, Hol og Ål», "Gol, Hol and Ål"."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {_WORDS[language]['and']} {words[-1]}"


def _decimal(value: SupportsFloat | None) -> Decimal:
    """The number by its shortest decimal digits, so that rounding is what a reader expects."""
    try:
        known = float(value) if value is not None else math.nan
    except TypeError:  # pandas' NA refuses to be a float
        known = math.nan
    if not math.isfinite(known):
        raise ReportError(
            f"A number that is missing ({value}) was to be written",
            where="number formatting",
            remedy="show a standard sign where a number may be missing",
        )
    # Twelve significant digits: a mean over 300 municipalities is noise beyond that, and a half
    # that is 0.49999999999999994 in binary is a half to the reader.
    return Decimal(f"{known:.12g}")


def _rounded(exact: Decimal, decimals: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _written(exact: Decimal, language: Language, decimals: int, *, sign: bool = False) -> str:
    mark, thousands = _MARKS[language]
    rounded = _rounded(exact, decimals)
    digits = f"{abs(rounded):,.{decimals}f}"
    text = digits.replace(",", "\0").replace(".", mark).replace("\0", thousands)
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if sign and rounded > 0 else text


def _month(month: str, names: str) -> str:
    number_of_month = month_number(month)
    return f"{names.split()[number_of_month % 12]}{NBSP}{number_of_month // 12}"
