"""Tables whose rows are records: estimate, interval, p-value, number of municipalities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.report import results
from fij_eval.report.context import Align, Catalogue, Table, fill, grouped
from fij_eval.report.numbers_format import count, interval, number, p_value, pp_number, signed_pp
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fij_eval.report.records import Record
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "what": "",
        "estimate": "Anslag",
        "se": "Standardfeil",
        "interval": "Intervall",
        "p": "p-verdi",
        "spread": "Spredning, tilfeldige nettverk",
        "mde": "Minste som kan påvises",
        "treated": "Kommuner i nettverket",
        "units": "Kommuner",
        "gap": ".. = tallet kan ikke gis med disse dataene.",
    },
    "en": {
        "what": "",
        "estimate": "Estimate",
        "se": "Standard error",
        "interval": "Interval",
        "p": "p-value",
        "spread": "Spread, drawn networks",
        "mde": "Smallest detectable",
        "treated": "Municipalities in the network",
        "units": "Municipalities",
        "gap": ".. = the number cannot be given with these data.",
    },
}

_FIELDS = (
    "key", "estimand", "term", "scale", "estimate", "se", "ci_low", "ci_high", "p_value", "level",
    "n_units", "n_treated", "inference", "plan_status", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its words, its record, and what else it shows.

    Attributes:
        label: First column.
        record: The record; None where there is none.
        group: Heading over this row and those of the same group after it.
        more: Raw value of further columns: ``mde`` and ``spread`` (shares), ``p`` instead of the
            record's.
        decimals: Decimals of percentage points.
    """

    label: str
    record: Record | None
    group: str
    more: Mapping[str, float] | None = None
    decimals: int = 1


def rows_table(
    rows: Sequence[Row],
    language: Language,
    *,
    columns: Sequence[str],
    words: Mapping[str, str],
    head: str,
    notes: Sequence[str] = (),
    simulated: bool,
) -> Table:
    """The table of records.

    Args:
        rows: In order; groups stand together.
        language: Language of headings and numbers.
        columns: Of ``estimate``, ``se``, ``interval``, ``p``, ``spread``, ``mde``, ``treated``,
            ``units``.
        words: ``title``, ``subtitle``, ``source``.
        head: Heading of the first column.
        notes: Notes below.
        simulated: Whether any number is simulated.
    """
    import pandas as pd

    written = tuple((row.label, *(_cell(row, c, language) for c in columns)) for row in rows)
    gap = shared(language, "missing")
    data = pd.DataFrame(
        [
            {
                "group": row.group,
                "row": row.label,
                **{field: None if row.record is None else row.record[field] for field in _FIELDS},
                **{f"shown_{name}": value for name, value in (row.more or {}).items()},
            }
            for row in rows
        ]
    )
    explained = [fill(WORDS, language, "gap")] if any(gap in cells for cells in written) else []
    numbers: list[Align] = ["right"] * len(columns)
    align: tuple[Align, ...] = ("left", *numbers)
    return Table(
        data=data,
        header=(head, *(fill(WORDS, language, c) for c in columns)),
        rows=written,
        align=align,
        groups=grouped((row.group for row in rows), str),
        title=words["title"],
        subtitle=words["subtitle"],
        source=words["source"],
        notes=(*notes, *explained),
        simulated=simulated,
    )


def counted_title(words: Catalogue, language: Language, tested: Sequence[Record]) -> str:
    """A title that says how many of the tested intervals leave out zero.

    Args:
        words: Catalogue with ``title``, which takes ``k`` and ``n``, and ``title_none``.
        language: Language of the title.
        tested: Records with an interval.
    """
    if not tested:
        return fill(words, language, "title_none")
    apart = sum(results.excludes_zero(record) for record in tested)
    return fill(words, language, "title", k=count(apart, language), n=count(len(tested), language))


def ranged_title(words: Catalogue, language: Language, effects: Sequence[float]) -> str:
    """A title that says from what to what estimates run.

    Args:
        words: Catalogue with ``title``, which takes ``low`` and ``high``, and ``title_none``.
        language: Language of the title.
        effects: The estimates, shares.
    """
    if not effects:
        return fill(words, language, "title_none")
    low, high = (signed_pp(end, language, unit=False) for end in (min(effects), max(effects)))
    return fill(words, language, "title", low=low, high=high)


def _cell(row: Row, column: str, language: Language) -> str:  # noqa: PLR0911 -- one a column
    """One cell, the standard sign for what is missing."""
    gap = shared(language, "missing")
    value = _value(row, column)
    if value is None:
        return gap
    match column:
        case "estimate":
            if (row.record or {}).get("scale") == "statistic":
                return number(value, language, 2)
            return signed_pp(value, language, row.decimals, unit=False)
        case "se" | "spread" | "mde":
            return pp_number(value, language, row.decimals)
        case "interval":
            high = _number((row.record or {}).get("ci_high"))
            return gap if high is None else interval(value, high, language, row.decimals)
        case "p":
            return p_value(value, language)
        case "treated" if value == 0:
            return "."  # the standard sign: networks drawn from others hold none of the network
        case _:
            return count(value, language)


def _value(row: Row, column: str) -> float | None:
    if row.more and column in row.more:
        return _number(row.more[column])
    if row.record is None:
        return None
    field = {
        "interval": "ci_low", "p": "p_value", "treated": "n_treated", "units": "n_units",
    }.get(column, column)  # fmt: skip
    if column in {"treated", "units"} and _number(row.record["estimate"]) is None:
        return _number(row.record[field]) or None
    return _number(row.record.get(field))


def _number(value: Any) -> float | None:  # noqa: ANN401 -- a cell of a frame
    import pandas as pd

    return None if value is None or pd.isna(value) else float(value)
