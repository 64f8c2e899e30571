"""Why a value is not there: one typed reason for each sign, and never a zero for a sign."""

from __future__ import annotations

from enum import StrEnum


class Missing(StrEnum):
    """Reason for which a value is missing; the empty text means that it is not."""

    NONE = ""
    NOT_APPLICABLE = "not_applicable"
    """Statbank's ``.``: the cell cannot exist."""
    UNCERTAIN = "missing_or_uncertain"
    """Statbank's ``..``: no figure, or one too uncertain to show."""
    CONFIDENTIAL = "confidential"
    """``:``: hidden to protect persons."""
    NOT_YET = "not_yet_available"
    """``...`` in older material."""
    BELOW_FOUR = "below_four"
    """NAV's ``*``: one, two or three."""
    BELOW_FIVE = "below_five"
    """IMDi's ``:`` or ``<5``: one to four."""
    BLANK = "blank"
    """The source has an empty cell."""
    NO_ROW = "no_row"
    """The source has no row for this municipality and period."""
    NOT_PUBLISHED = "not_published"
    """No table exists for this period."""
    SPLIT = "split_municipality"
    """The figure belongs to 1507 Ålesund and cannot be divided between 1508 and 1580."""


#: Signs in tables from Statistics Norway, Statbank and articles alike.
SSB_SIGNS = {
    ".": Missing.NOT_APPLICABLE,
    "..": Missing.UNCERTAIN,
    "...": Missing.NOT_YET,
    ":": Missing.CONFIDENTIAL,
}

#: Of fewer persons than this Statistics Norway tells nothing, so a zero among them is none.
FEWEST_SHOWN = 3

#: Signs that stand for the number zero: nothing to count, and less than half a unit.
SSB_ZERO_SIGNS = ("-",)
