"""json-stat2 to a typed cube and a tidy frame, without a Python loop over cells.

Format: JSON-stat 2.0 (json-stat.org/full), class ``dataset``. Cells lie row-major, the last
dimension in ``id`` fastest. ``category.index`` may be an object in any order of keys, a list, or
absent where there is one category; ``value`` a list or a sparse object; ``status`` an object, a
list or one sign for all cells.

How a cell is read:

============  ======================  =====================================================
value         status                  becomes
============  ======================  =====================================================
number        none, or a remark       the number
null or 0     sign for missing        missing, with the sign's reason
null or 0     sign for zero (``-``)   zero
null          none, or a remark       missing, ``Missing.BLANK``: the source gave no reason
other number  any sign                a fault: the answer contradicts itself
any           unknown sign            a fault: what it means is not known
============  ======================  =====================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fij_eval.sources.jsonstat_dimensions import Dimension, fault, read_dimensions
from fij_eval.sources.missing import SSB_SIGNS, SSB_ZERO_SIGNS, Missing
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

# Statbank gives at most 800,000 cells an answer; this only bounds the memory.
MAX_CELLS = 5_000_000
#: Marks that say something of a figure without taking it away: ``*`` is a preliminary figure.
REMARKS = ("*",)

_REASONS = tuple(Missing)
_ZERO = len(_REASONS)
# Whole numbers beyond this are not exact as float64.
_LARGEST = float(2**53)


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """A dataset.

    Attributes:
        label: Title.
        source: Who made it.
        updated: The source's own word on when it changed, as written; empty if it says nothing.
        dimensions: Dimensions, the last one fastest.
        values: Cells, row-major, float64, NaN where missing.
        reasons: For each cell the position of its reason in ``tuple(Missing)``, uint8.
        extension: What the source adds of its own, as it came.
    """

    label: str
    source: str
    updated: str
    dimensions: tuple[Dimension, ...]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    extension: Mapping[str, Any] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """One row a cell: code and label of each dimension, ``value``, ``value_missing``."""
        columns: dict[str, Any] = {}
        outer, inner = 1, self.values.size
        for dimension in self.dimensions:
            size = len(dimension.codes)
            inner //= size
            place = np.tile(np.repeat(np.arange(size), inner), outer)
            outer *= size
            columns[dimension.code] = _taken(dimension.codes, place)
            columns[f"{dimension.code}_label"] = _taken(dimension.labels, place)
        columns["value"] = self.values
        columns["value_missing"] = _taken([m.value for m in _REASONS], self.reasons)
        return pd.DataFrame(columns)


def parse(
    content: bytes,
    *,
    where: str,
    signs: Mapping[str, Missing] = SSB_SIGNS,
    zero_signs: Sequence[str] = SSB_ZERO_SIGNS,
    remarks: Sequence[str] = REMARKS,
) -> Cube:
    """Read a json-stat2 dataset.

    Args:
        content: Bytes of the answer.
        where: The file, for messages.
        signs: Signs in ``status`` that take the value away, with what each means.
        zero_signs: Signs that the source documents as the number zero.
        remarks: Marks that leave the value as it is.

    Raises:
        InputError: If anything is not as the format says, or a sign is unknown.
    """
    document = json_document(content, where=where)
    dimensions = read_dimensions(document, where=where)
    size = math.prod(len(dimension.codes) for dimension in dimensions)
    if size > MAX_CELLS:
        raise fault(f"The dataset has {size} cells, more than {MAX_CELLS}", where)
    values = _read_values(document.get("value"), size, where)
    if document.get("status") is None:
        reasons = np.zeros(size, dtype=np.uint8)
    else:
        meanings = {
            "": 0,
            **dict.fromkeys(remarks, 0),
            **dict.fromkeys(zero_signs, _ZERO),
            **{sign: _REASONS.index(reason) for sign, reason in signs.items()},
        }
        reasons = _read_status(document["status"], meanings, dimensions, size, where)
    odd = np.flatnonzero((reasons > 0) & (values != 0) & ~np.isnan(values))
    if odd.size:
        raise fault(
            f"The value {values[odd[0]]:g} has a sign that says that there is none",
            f"{where}, cell {_cell_name(dimensions, int(odd[0]))}",
        )
    # Arrays of this function's own making are filled here; no argument is changed.
    zero = reasons == _ZERO
    values[zero] = 0.0
    reasons[zero] = 0
    values[reasons > 0] = np.nan
    reasons[np.isnan(values) & (reasons == 0)] = _REASONS.index(Missing.BLANK)
    extension = document.get("extension")
    return Cube(
        label=_optional_text(document, "label", where),
        source=_optional_text(document, "source", where),
        updated=_optional_text(document, "updated", where),
        dimensions=dimensions,
        values=values,
        reasons=reasons,
        extension=extension if isinstance(extension, dict) else {},
    )


def _read_values(content: object, size: int, where: str) -> NDArray[np.float64]:
    """All cells as float64, NaN where null or, in the sparse form, absent."""
    if isinstance(content, list):
        if len(content) != size:
            raise fault(f"«value» has {len(content)} cells; the sizes make {size}", where)
        return _floats(content, where)
    if isinstance(content, dict):
        values = np.full(size, np.nan)
        values[_positions(content, size, "value", where)] = _floats([*content.values()], where)
        return values
    raise fault("«value» is neither a list nor an object", where)


def _floats(content: list[Any], where: str) -> NDArray[np.float64]:
    """Numbers and nulls as float64."""
    if not set(map(type, content)) <= {int, float, type(None)}:
        odd = next(v for v in content if type(v) not in (int, float, type(None)))
        raise fault(f"«value» holds «{str(odd)[:40]}», which is not a number", where)
    try:
        values = np.array(content, dtype=np.float64)
    except OverflowError:
        values = np.array([np.inf])
    # JSON has no NaN (refused when read), so NaN is null here, and infinity a number too large.
    if (np.abs(values) > _LARGEST).any():
        raise fault("«value» holds a number too large to be a figure", where)
    return values


def _read_status(
    content: object,
    meanings: Mapping[str, int],
    dimensions: Sequence[Dimension],
    size: int,
    where: str,
) -> NDArray[np.uint8]:
    """What the status of each cell means: 0, a reason's position, or ``_ZERO``."""
    places: Any
    if isinstance(content, str):
        signs, places = [content], slice(None)
    elif isinstance(content, list):
        if len(content) != size:
            raise fault(f"«status» has {len(content)} signs; the sizes make {size}", where)
        signs, places = content, slice(None)
    elif isinstance(content, dict):
        signs, places = [*content.values()], _positions(content, size, "status", where)
    else:
        raise fault("«status» is neither an object, a list nor a text", where)
    # One look-up for each different sign; types apart, since 1 and True would meet in a set.
    if not set(map(type, signs)) <= {str, type(None)}:
        raise fault("«status» holds something that is not a text", where)
    known = {sign: meanings.get(sign or "") for sign in set(signs)}
    if unknown := sorted(str(sign) for sign, meaning in known.items() if meaning is None):
        at = signs.index(unknown[0])
        cell = at if isinstance(places, slice) else int(places[at])
        raise fault(
            f"The sign «{unknown[0][:40]}» in «status» has no known meaning",
            f"{where}, cell {_cell_name(dimensions, cell)}",
        )
    reasons = np.zeros(size, dtype=np.uint8)
    reasons[places] = np.fromiter(map(known.__getitem__, signs), np.uint8, len(signs))
    return reasons


def _positions(content: dict[str, Any], size: int, key: str, where: str) -> NDArray[np.intp]:
    """Cell numbers that are the keys of an object."""
    try:
        numbers = [*map(int, content)]
    except ValueError as error:
        raise fault(f"A key of «{key}» is not the number of a cell", where) from error
    # int() also reads « 1», «1_0» and «٣»; two keys could then mean one cell.
    if [*map(str, numbers)] != [*content]:
        raise fault(f"A key of «{key}» is not a plain number of a cell", where)
    if numbers and not 0 <= min(numbers) <= max(numbers) < size:
        raise fault(f"A key of «{key}» lies outside the {size} cells", where)
    return np.array(numbers, dtype=np.intp)


def _taken(words: Sequence[str], place: NDArray[Any]) -> Any:  # noqa: ANN401 -- a pandas text array
    """Words repeated by position, as a text column."""
    return pd.Index(list(words), dtype="str").array.take(place.astype(np.intp, copy=False))


def _cell_name(dimensions: Sequence[Dimension], cell: int) -> str:
    """A cell's categories, «Region=0301, Tid=2024»."""
    places = np.unravel_index(cell, [len(d.codes) for d in dimensions])
    pairs = zip(dimensions, places, strict=True)
    return ", ".join(f"{d.code}={d.codes[int(place)]}" for d, place in pairs)


def _optional_text(document: Mapping[str, Any], key: str, where: str) -> str:
    text = document.get(key)
    if text is not None and not isinstance(text, str):
        raise fault(f"«{key}» is not a text", where)
    return text or ""
