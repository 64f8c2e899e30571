"""The outcome from a Statbank table, if there is one: the same rows as the article's Tabell 2.

No such table is known. If one comes, it is named under ``tables.outcome`` in the settings, and its
answers are read here, by month: dimensions ``Region``, ``ContentsCode`` and ``Tid`` (months), any
other with one value. What each content is, is read from its name as in the article's headings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.months import is_month
from fij_eval.sources import jsonstat
from fij_eval.sources.missing import Missing
from fij_eval.sources.ssb_article_table import (
    MEASURES,
    MUNICIPAL,
    ArticleRow,
    ArticleTable,
    classify,
)

if TYPE_CHECKING:
    from fij_eval.sources.jsonstat import Cube

_MUNICIPALITY = re.compile(r"(?:K-)?((?!9999)[0-9]{4})")
_PAST = re.compile(r"\s*\((?:[0-9]{4})?-[0-9]{4}\)\Z")
_AXES = ("Region", "ContentsCode", "Tid")

Reading = tuple[float | None, Missing]


def parse(content: bytes, *, where: str) -> list[ArticleTable]:
    """One table a month.

    Args:
        content: Bytes of the answer, json-stat2.
        where: The file, for messages.

    Raises:
        InputError: If it is not such a table, or more are in work than are resident.
    """
    cube = jsonstat.parse(content, where=where)
    measures = _measures(cube, where)
    cells: dict[tuple[str, str, str], dict[str, Reading]] = {}
    frame = cube.frame()
    for record in frame.to_dict("records"):
        match = _MUNICIPALITY.fullmatch(record["Region"])
        if match is None:
            continue  # the country, counties, unknown
        month = str(record["Tid"]).replace("M", "-")
        if not is_month(month):
            raise _fault(f"The period «{record['Tid']}» is not a month", where)
        measure = measures[record["ContentsCode"]]
        reason = Missing(record["value_missing"])
        value = None if reason else float(record["value"])
        label = _PAST.sub("", record["Region_label"])
        cells.setdefault((month, match[1], label), {})[measure] = (value, reason)
    tables: dict[str, list[ArticleRow]] = {}
    for (month, _, label), readings in sorted(cells.items()):
        # A code that a period does not know has «.» throughout.
        if all(reason == Missing.NOT_APPLICABLE for _, reason in readings.values()):
            continue
        rows = tables.setdefault(month, [])
        rows.append(_row(month, label, readings, number=len(rows) + 1, where=where))
    return [
        ArticleTable(MUNICIPAL, f"{where}, {month}", frozenset(measures.values()), tuple(rows))
        for month, rows in sorted(tables.items())
    ]


def _measures(cube: Cube, where: str) -> dict[str, str]:
    """Measure by content code."""
    axes = {dimension.code: dimension for dimension in cube.dimensions}
    if lost := [name for name in _AXES if name not in axes]:
        raise _fault(f"The table has no variable «{lost[0]}»", where)
    wide = [d.code for d in cube.dimensions if d.code not in _AXES and len(d.codes) > 1]
    if wide:
        raise _fault(f"Several values of «{wide[0]}» were asked for", where)
    contents = axes["ContentsCode"]
    pairs = zip(contents.codes, contents.labels, strict=True)
    found = {code: classify(label) for code, label in pairs}
    known = {code: measure for code, measure in found.items() if measure is not None}
    if len(known) < len(found) or len(set(known.values())) < len(known):
        raise _fault(
            "The contents are not residents, employed and their share, each once: "
            f"{', '.join(contents.labels)}",
            where,
        )
    return known


def _row(
    month: str, label: str, readings: dict[str, Reading], *, number: int, where: str
) -> ArticleRow:
    at = f"{where}, {label}, {month}"
    absent: Reading = (None, Missing.NOT_PUBLISHED)
    residents, employed, share = (readings.get(measure, absent) for measure in MEASURES)
    for value, _ in (residents, employed):
        if value is not None and (value < 0 or not value.is_integer()):
            raise _fault(f"«{value:g}» is not a number of persons", at)
    if residents[0] is not None and employed[0] is not None and employed[0] > residents[0]:
        raise _fault(f"{employed[0]:g} are in work among {residents[0]:g} residents", at)
    if share[0] is not None and not 0 <= share[0] <= 100:
        raise _fault(f"«{share[0]:g}» is not a share in per cent", at)
    return ArticleRow(
        row=number,
        label=label,
        name=label,
        month=month,
        residents=_count(residents),
        employed=_count(employed),
        share=(None if share[0] is None else share[0] / 100, share[1]),
    )


def _count(reading: Reading) -> tuple[int | None, Missing]:
    return (None if reading[0] is None else int(reading[0]), reading[1])


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="correct the selection of tables.outcome in the settings",
    )
