"""Effects between different seasons: each says so, and one that does not stops the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from fij_eval.effects.record import Estimate
from fij_eval.errors import CheckError

#: What a record says where base and post lie in different seasons.
SEASONS = "base and post lie in different seasons"
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def across_seasons(base: str, post: str) -> bool:
    """Whether a change between two windows can be season.

    It can not where both are the same calendar month, or each spans all four quarters of the year.

    Args:
        base: Base window as records write it.
        post: Post window likewise.
    """
    spans = [_MONTH.findall(label) for label in (base, post)]
    if not all(spans):
        return False
    if all(len(months) == 1 for months in spans):
        return bool(spans[0][0][1] != spans[1][0][1])
    return not all(_whole_year(months) for months in spans)


def _whole_year(months: Sequence[tuple[str, str]]) -> bool:
    """Whether all four quarters lie between the first and the last month."""
    first, last = (int(year) * 12 + int(month) - 1 for year, month in (months[0], months[-1]))
    return len({m % 12 // 3 for m in range(first, last + 1)}) == 4


def flag(records: Iterable[Estimate]) -> tuple[Estimate, ...]:
    """Records whose effects can be season say so in their note."""
    return tuple(
        replace(r, note="; ".join(filter(None, (r.note, SEASONS)))) if _unflagged(r) else r
        for r in records
    )


def check(records: Iterable[Estimate]) -> None:
    """No effect between different seasons stands without its flag.

    Raises:
        CheckError: If one does.
    """
    for record in records:
        if _unflagged(record):
            raise CheckError(
                f"An effect between different seasons ({record.base} and {record.post}) stands "
                "without saying so",
                where=record.key,
                remedy="make the estimates again with `snakemake`; the flag is set where they are "
                "made",
            )


def _unflagged(record: Estimate) -> bool:
    return bool(
        record.term == "att"
        and record.estimate is not None
        and across_seasons(record.base, record.post)
        and SEASONS not in record.note
    )
