"""What is asked of a Statbank table: expressions, labels, counts of cells, requests in parts.

Pure functions of the settings and of the table's metadata. Expressions are those of PxWebApi v2:
``*`` and ``?`` in a pattern, ``top(n)``, ``bottom(n)``, ``from(a)``, ``to(b)``, ``range(a,b)``, and
one of ours: ``label:Ukraina`` is the value with that label.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fij_eval.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fij_eval.settings import StatbankSelection, StatbankTable

LABEL = "label:"
REGION = "Region"

_CALL = re.compile(r"(from|to|range|top|bottom)\((.*)\)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of a table.

    Attributes:
        code: Its code.
        label: Its name.
        values: Label by code, in the table's order.
        elimination: Whether it may be left out.
        codelists: Name by id of the code lists that it can be asked through.
    """

    code: str
    label: str
    values: Mapping[str, str]
    elimination: bool = False
    codelists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is asked of one variable.

    Attributes:
        variable: Its code.
        codelist: Code list, or empty.
        values: Codes and expressions, labels resolved, each once.
        codes: The codes that these come to.
    """

    variable: str
    codelist: str
    values: tuple[str, ...]
    codes: tuple[str, ...]


def resolve(
    role: str,
    table: StatbankTable,
    variables: Sequence[Variable],
    codelists: Mapping[str, Mapping[str, str]],
) -> tuple[Line, ...]:
    """The selection of the settings against what the table has.

    Args:
        role: Key of the table in the settings, for messages.
        table: Its settings.
        variables: Variables of the table, from its metadata.
        codelists: Label by code of each code list that the selection names.

    Raises:
        SettingsError: If a variable, a code list or a value does not exist, with the nearest that
            does, or a variable that must be given is not.
    """
    where = f"tables.{role}.selection"
    known = {variable.code: variable for variable in variables}
    for name in table.selection:
        if name not in known:
            raise SettingsError(
                f"Table {table.table} has no variable «{name}»{nearest(name, known)}",
                where=where,
                remedy=f"use {', '.join(known)}; see `fij-eval tables show {table.table}`",
            )
    for variable in variables:
        if variable.code not in table.selection and not variable.elimination:
            raise SettingsError(
                f"Table {table.table} must be told which values of «{variable.code}» "
                f"({variable.label}) are wanted",
                where=where,
                remedy=f"add it; see `fij-eval tables show {table.table}`",
            )
    return tuple(
        _line(table.table, known[name], asked, codelists, where=f"{where}.{name}")
        for name, asked in table.selection.items()
    )


def check_codelist(table: str, variable: Variable, asked: str, *, where: str) -> None:
    """Refuse a code list that the variable does not have (ids are case-sensitive).

    Raises:
        SettingsError: If there is none of this id, with the nearest.
    """
    if variable.codelists and asked not in variable.codelists:
        raise SettingsError(
            f"Variable «{variable.code}» of table {table} has no code list «{asked}»"
            f"{nearest(asked, variable.codelists)}",
            where=where,
            remedy=f"use one of {', '.join(sorted(variable.codelists)[:8])}; capital and small "
            "letters differ",
        )


def _line(
    table: str,
    variable: Variable,
    asked: StatbankSelection,
    codelists: Mapping[str, Mapping[str, str]],
    *,
    where: str,
) -> Line:
    """One variable: labels resolved, values checked, each once."""
    values: Mapping[str, str] = variable.values
    if asked.codelist:
        values = codelists[asked.codelist]
    written: dict[str, None] = {}
    codes: dict[str, None] = {}
    for value in asked.values:
        found = _by_label(value, values) if value.startswith(LABEL) else expand(value, values)
        if not found or (value.startswith(LABEL) and len(found) > 1):
            label = value.removeprefix(LABEL)
            near = nearest(label, [*values, *values.values()])
            many = "several values" if found else "no value"
            raise SettingsError(
                f"Variable «{variable.code}» of table {table} has {many} «{label}»{near}",
                where=where,
                remedy=f"see `fij-eval tables show {table}` for its {len(values)} values",
            )
        written.update(dict.fromkeys(found if value.startswith(LABEL) else [value]))
        codes.update(dict.fromkeys(found))
    return Line(
        variable=variable.code,
        codelist=asked.codelist,
        values=tuple(written),
        codes=tuple(code for code in values if code in codes),
    )


def _by_label(value: str, values: Mapping[str, str]) -> list[str]:
    wanted = value.removeprefix(LABEL).strip().casefold()
    return [code for code, label in values.items() if label.strip().casefold() == wanted]


def expand(expression: str, codes: Sequence[str] | Mapping[str, str]) -> list[str]:
    """The codes that a code or an expression means, in the table's order.

    Args:
        expression: A code, or an expression of PxWebApi v2.
        codes: Codes of the variable, in the table's order.
    """
    order = list(codes)
    if expression in order:
        return [expression]
    if call := _CALL.match(expression):
        return _called(call[1].lower(), call[2], order)
    if "*" in expression or "?" in expression:
        pattern = re.escape(expression).replace(r"\*", ".*").replace(r"\?", ".")
        return [code for code in order if re.fullmatch(pattern, code)]
    return []


def _called(function: str, argument: str, order: Sequence[str]) -> list[str]:
    """Codes that ``top(3)``, ``from(2022)`` and the like mean."""
    words = [word.strip() for word in argument.split(",")]
    if function in ("top", "bottom"):
        count = int(words[0]) if words[0].isascii() and words[0].isdigit() else 0
        # Periods stand in rising order, and `top` is the newest.
        return list(order[max(0, len(order) - count) :] if function == "top" else order[:count])
    low = words[0] if function in ("from", "range") else ""
    high = words[-1] if function in ("to", "range") else ""
    if function == "range" and len(words) != 2:
        return []
    first = order.index(low) if low in order else None
    last = order.index(high) if high in order else None
    return [
        code
        for place, code in enumerate(order)
        if (not low or (code >= low if first is None else place >= first))
        and (not high or (code <= high if last is None else place <= last))
    ]


def cells(lines: Sequence[Line]) -> int:
    """Cells that a selection asks for; empty ones count."""
    return math.prod(len(line.codes) for line in lines)


def split(table: str, lines: Sequence[Line], most: int) -> list[tuple[Line, ...]]:
    """The selection in parts of at most so many cells, divided over the region.

    A selection that is small enough stays as it is written, expressions and all.

    Raises:
        SettingsError: If it is too large and has no regions to divide, or one region alone is.
    """
    total = cells(lines)
    if total <= most:
        return [tuple(lines)]
    region = next((line for line in lines if line.variable == REGION), None)
    # Without a region, the variable with most values is divided.
    region = region or max(lines, key=lambda line: len(line.codes))
    each = total // len(region.codes)
    if each > most:
        raise SettingsError(
            f"The selection from table {table} asks for {total} cells, {each} for each value of "
            f"«{region.variable}»; one request may hold {most}",
            where="tables, live.statbank.max_cells",
            remedy="ask for fewer values of the other variables",
        )
    step = most // each
    parts = []
    for start in range(0, len(region.codes), step):
        codes = region.codes[start : start + step]
        part = Line(variable=region.variable, codelist=region.codelist, values=codes, codes=codes)
        parts.append(tuple(part if line is region else line for line in lines))
    return parts


def nearest(word: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """«; the nearest is «…»», or nothing if nothing is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return f"; the nearest is «{folded[near[0]]}»" if near else ""
