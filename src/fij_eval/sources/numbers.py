"""Numbers as people print them: spaces between thousands, decimal comma, signs for missing.

Nothing here depends on the locale of the machine. A cell is a number, a sign whose meaning the
source documents, or a fault; it is never quietly zero.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from fij_eval.sources.missing import SSB_SIGNS, SSB_ZERO_SIGNS, Missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What a table cell may hold before it is read: text, or a number from a workbook or JSON.
CellValue = str | int | float | None

# Space, no-break space, thin space, narrow no-break space.
_SPACES = " \u00a0\u2009\u202f"
_WHOLE = rf"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+|[0-9]+"
_PATTERNS = {mark: re.compile(rf"({_WHOLE})(?:{re.escape(mark)}([0-9]+))?") for mark in (",", ".")}
_SPACE = re.compile(rf"[{_SPACES}]")

# Whole numbers up to here are exact as float64; nothing that is counted comes near it.
_LARGEST = 2**53


class UnreadableCellError(ValueError):
    """A cell holds neither a number nor a sign with a documented meaning."""


def read_decimal(
    value: CellValue,
    *,
    decimal: str = ",",
    signs: Mapping[str, Missing] = SSB_SIGNS,
    zero_signs: Sequence[str] = SSB_ZERO_SIGNS,
) -> tuple[Decimal | None, Missing]:
    """The number in a cell, or the reason for which there is none.

    Args:
        value: Text as displayed, or a number from a workbook.
        decimal: Decimal mark of texts, ``,`` or ``.``.
        signs: Signs that stand for a missing value, with what each means.
        zero_signs: Signs that the source documents as the number zero.

    Returns:
        The number and ``Missing.NONE``, or ``None`` and the reason. An empty cell is
        ``Missing.BLANK``.

    Raises:
        UnreadableCellError: If the cell is neither: other text, wrongly grouped thousands, a truth
            value, a negative or infinite number.
    """
    if value is None:
        return None, Missing.BLANK
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None, Missing.BLANK
        if text in signs:
            return None, signs[text]
        if text in zero_signs:
            return Decimal(0), Missing.NONE
        match = _PATTERNS[decimal].fullmatch(text)
        if match is None:
            raise UnreadableCellError(f"«{text[:40]}» is neither a number nor a known sign")
        number = Decimal(_SPACE.sub("", match[1]) + "." + (match[2] or "0"))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableCellError(f"«{value}» is not a number")
    else:
        # repr gives the shortest decimals that mean this float: 2.3 stays 2.3.
        number = Decimal(repr(value))
    if not number.is_finite() or number < 0 or number > _LARGEST:
        raise UnreadableCellError(f"«{str(value)[:40]}» is not a possible figure")
    return number, Missing.NONE


def read_count(
    value: CellValue,
    *,
    decimal: str = ",",
    signs: Mapping[str, Missing] = SSB_SIGNS,
    zero_signs: Sequence[str] = SSB_ZERO_SIGNS,
) -> tuple[int | None, Missing]:
    """The number of persons in a cell, or the reason for which there is none.

    Args:
        value: See ``read_decimal``.
        decimal: See ``read_decimal``.
        signs: See ``read_decimal``.
        zero_signs: See ``read_decimal``.

    Raises:
        UnreadableCellError: If the cell is no number or sign, or not a whole number.
    """
    number, reason = read_decimal(value, decimal=decimal, signs=signs, zero_signs=zero_signs)
    if number is None:
        return None, reason
    if number != number.to_integral_value():
        raise UnreadableCellError(f"«{value}» is not a whole number of persons")
    return int(number), Missing.NONE


def read_percent(
    value: CellValue,
    *,
    decimal: str = ",",
    signs: Mapping[str, Missing] = SSB_SIGNS,
    zero_signs: Sequence[str] = SSB_ZERO_SIGNS,
) -> tuple[float | None, Missing]:
    """The share 0-1 that a cell in per cent states, or the reason for which there is none.

    Args:
        value: See ``read_decimal``; ``34,5`` becomes 0.345.
        decimal: See ``read_decimal``.
        signs: See ``read_decimal``.
        zero_signs: See ``read_decimal``.

    Raises:
        UnreadableCellError: If the cell is no number or sign, or lies outside 0-100.
    """
    number, reason = read_decimal(value, decimal=decimal, signs=signs, zero_signs=zero_signs)
    if number is None:
        return None, reason
    if number > 100:
        raise UnreadableCellError(f"«{value}» is more than 100 per cent")
    return float(number / 100), Missing.NONE
