"""Reference months as strings ``YYYY-MM``, and arithmetic on them.

Months sort as text, survive CSV, JSON and parquet alike, and cannot be mistaken for a day.
"""

from __future__ import annotations

import re
from datetime import date

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")


def is_month(text: str) -> bool:
    """Whether the text is a month written ``YYYY-MM``."""
    return _MONTH.match(text) is not None


def month_number(month: str) -> int:
    """Months since January of year 0, so that differences count months.

    Raises:
        ValueError: If the text is not ``YYYY-MM``.
    """
    match = _MONTH.match(month)
    if match is None:
        raise ValueError(f"«{month}» is not a month written YYYY-MM")
    return int(match[1]) * 12 + int(match[2]) - 1


def month_of(number: int) -> str:
    """The month with the given number, as ``YYYY-MM``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def add_months(month: str, months: int) -> str:
    """The month that lies ``months`` after (or, if negative, before) ``month``."""
    return month_of(month_number(month) + months)


def months_between(start: str, end: str) -> int:
    """Whole months from ``start`` to ``end``; negative if ``end`` is earlier."""
    return month_number(end) - month_number(start)


def month_of_date(day: date) -> str:
    """The month that a date lies in."""
    return f"{day.year:04d}-{day.month:02d}"
