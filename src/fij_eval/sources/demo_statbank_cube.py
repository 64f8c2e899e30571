"""A table of the demo's Statbank: cut as a selection asks, and written as the service writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.errors import SettingsError
from fij_eval.sources.selection import LABEL, expand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.settings import StatbankTable

SOURCE = "Statistisk sentralbyrå"
SIMULATED_NOTE = "Simulerte tall: laget for demonstrasjon, ikke tall fra Statistisk sentralbyrå."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A dimension of an answer: categories as (code, label) in the order of the values."""

    code: str
    label: str
    categories: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """A table before selection; NaN has its sign in ``status``."""

    title: str
    dimensions: tuple[Dimension, ...]
    values: NDArray[np.float64]
    status: NDArray[np.str_]
    decimals: Mapping[str, int]
    unit: Mapping[str, str]


def select(cube: Cube, table: StatbankTable, role: str) -> tuple[Cube, dict[str, Any]]:
    """What the selection asks for, and the body of the request."""
    where = f"tables.{role}.selection"
    codes = [dimension.code for dimension in cube.dimensions]
    if unknown := [name for name in table.selection if name not in codes]:
        raise SettingsError(
            f"The demo's table {table.table} has no variable «{unknown[0]}»",
            where=where,
            remedy=f"use {', '.join(codes)}",
        )
    if lacking := [code for code in codes if code not in table.selection]:
        raise SettingsError(
            f"The selection from table {table.table} says nothing of «{lacking[0]}»",
            where=where,
            remedy="name its values; the demo sums over no variable",
        )
    values, status, dimensions, body = cube.values, cube.status, [], []
    for axis, dimension in enumerate(cube.dimensions):
        asked = table.selection[dimension.code]
        kept = _matching(dimension, asked.values, where=f"{where}.{dimension.code}")
        values, status = values.take(kept, axis=axis), status.take(kept, axis=axis)
        picked = tuple(dimension.categories[i] for i in kept)
        dimensions.append(Dimension(code=dimension.code, label=dimension.label, categories=picked))
        by_label = {f"{LABEL}{label}": code for code, label in dimension.categories}
        line: dict[str, Any] = {"variableCode": dimension.code}
        if asked.codelist:
            line["codelist"] = asked.codelist
        line["valueCodes"] = [by_label.get(value, value) for value in asked.values]
        body.append(line)
    made = Cube(
        title=cube.title,
        dimensions=tuple(dimensions),
        values=values,
        status=status,
        decimals=cube.decimals,
        unit=cube.unit,
    )
    return made, {"selection": body}


def _matching(dimension: Dimension, expressions: Sequence[str], *, where: str) -> list[int]:
    """Positions of the categories that the expressions name, each once, in the table's order."""
    codes = [code for code, _ in dimension.categories]
    found: set[int] = set()
    for expression in expressions:
        if expression.startswith(LABEL):
            wanted = expression.removeprefix(LABEL)
            hits = {i for i, (_, label) in enumerate(dimension.categories) if label == wanted}
        else:
            hits = {codes.index(code) for code in expand(expression, codes)}
        if not hits:
            raise SettingsError(
                f"«{expression}» names no value of {dimension.code} in the demo",
                where=where,
                remedy=f"the values are {', '.join(codes[:4])}{' …' if len(codes) > 4 else ''}",
            )
        found |= hits
    return sorted(found)


def json_stat(cube: Cube, table: str, updated: str) -> bytes:
    """json-stat2 with the service's habits: keys of ``index`` in another order than positions."""
    contents = next(d for d in cube.dimensions if d.code == "ContentsCode")
    dimension = {}
    for each in cube.dimensions:
        keys = sorted(range(len(each.categories)), key=lambda i: each.categories[i][::-1])
        if len(keys) > 1 and keys == sorted(keys):
            keys.reverse()
        category: dict[str, Any] = {
            "index": {each.categories[i][0]: i for i in keys},
            "label": {each.categories[i][0]: each.categories[i][1] for i in keys},
        }
        if each is contents:
            category["unit"] = {
                code: {"base": cube.unit[code], "decimals": cube.decimals[code]}
                for code, _ in each.categories
            }
        extension = {"elimination": each.code not in ("ContentsCode", "Tid"), "show": "value"}
        dimension[each.code] = {
            "label": each.label,
            "category": category,
            "extension": extension,
        }
    flat, signs = cube.values.ravel(), cube.status.ravel()
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": cube.title,
        "source": SOURCE,
        "updated": updated,
        **({} if table == "07459" else {"note": [SIMULATED_NOTE]}),
        "role": {
            "time": ["Tid"],
            "metric": ["ContentsCode"],
            **({"geo": ["Region"]} if "Region" in dimension else {}),
        },
        "id": [each.code for each in cube.dimensions],
        "size": [len(each.categories) for each in cube.dimensions],
        "dimension": dimension,
        "value": [_number(value) for value in flat.tolist()],
        "extension": {"px": {"tableid": table, "decimals": max(cube.decimals.values())}},
    }
    if (signs != "").any():
        document["status"] = {str(i): str(signs[i]) for i in np.flatnonzero(signs != "")}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _number(value: float) -> int | float | None:
    if value != value:  # noqa: PLR0124 -- NaN is the only number that is not itself
        return None
    return int(value) if value.is_integer() else value
