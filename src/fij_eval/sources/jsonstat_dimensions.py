"""The dimensions of a json-stat2 dataset, categories in the order of the cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Columns that the frame of a dataset has besides those of its dimensions.
_RESERVED = ("value", "value_missing")


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension and its categories, in the order of the cells.

    Attributes:
        code: Its key, for example ``Region``.
        label: Its name.
        codes: Codes of the categories.
        labels: Names of the categories.
    """

    code: str
    label: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


def read_dimensions(document: Mapping[str, Any], *, where: str) -> tuple[Dimension, ...]:
    """The dimensions of a dataset, also of one without values (a table's metadata).

    Args:
        document: The JSON object.
        where: The file, for messages.

    Raises:
        InputError: If ``id``, ``size`` and ``dimension`` do not agree, naming the dimension.
    """
    if document.get("class") != "dataset":
        raise fault("The answer is not a json-stat2 dataset (class «dataset»)", where)
    ids: Any = document.get("id")
    sizes: Any = document.get("size")
    described: Any = document.get("dimension")
    if not _texts(ids) or len(set(ids)) < len(ids):
        raise fault("«id» is not a list of different dimensions", where)
    if not isinstance(sizes, list) or len(sizes) != len(ids):
        raise fault(f"«size» does not have one number for each of {len(ids)} dimensions", where)
    if not isinstance(described, dict):
        raise fault("«dimension» is not an object", where)
    names = [*ids, *(f"{code}_label" for code in ids), *_RESERVED]
    if len(set(names)) < len(names):
        raise fault("A dimension is named as a column that the parser makes", where)
    return tuple(
        _read_dimension(code, size, described.get(code), f"{where}, dimension «{code}»")
        for code, size in zip(ids, sizes, strict=True)
    )


def _read_dimension(code: str, size: object, content: object, where: str) -> Dimension:
    """One dimension, its categories in the order of their positions."""
    if type(size) is not int or size < 1:
        raise fault(f"The size «{size}» is not a whole number from 1", where)
    if not isinstance(content, dict) or not isinstance(content.get("category"), dict):
        raise fault("The dimension is not described, or has no categories", where)
    category = content["category"]
    labels = category.get("label")
    if labels is not None and not (isinstance(labels, dict) and _texts([*labels.values()])):
        raise fault("The labels are not texts by category", where)
    codes = _ordered_codes(category.get("index"), labels, where)
    if len(codes) != size:
        raise fault(f"There are {len(codes)} categories, but the size says {size}", where)
    if labels is not None and set(labels) != set(codes):
        odd = min(set(labels) ^ set(codes))
        raise fault(f"The category «{odd}» stands in index or labels alone", where)
    return Dimension(
        code=code,
        label=str(content.get("label") or code),
        codes=codes,
        labels=codes if labels is None else tuple(labels[c] for c in codes),
    )


def _ordered_codes(index: object, labels: Mapping[str, str] | None, where: str) -> tuple[str, ...]:
    """Category codes in the order of their positions, whatever form the index has."""
    if index is None:
        if labels is None or len(labels) != 1:
            raise fault("There is no index, and not one single category", where)
        return tuple(labels)
    if isinstance(index, list):
        if not _texts(index) or len(set(index)) < len(index):
            raise fault("The index is not a list of different category codes", where)
        return tuple(index)
    if not isinstance(index, dict):
        raise fault("The index is neither an object nor a list", where)
    if any(type(place) is not int for place in index.values()):
        raise fault("A position in the index is not a whole number", where)
    if sorted(index.values()) != list(range(len(index))):
        raise fault("The positions in the index are not each of 0, 1, 2 … once", where)
    return tuple(sorted(index, key=index.__getitem__))


def _texts(content: Any) -> bool:  # noqa: ANN401 -- anything that JSON can hold
    """Whether it is a list of texts, none of them missing."""
    return isinstance(content, list) and bool(content) and set(map(type, content)) == {str}


def fault(what: str, where: str) -> InputError:
    """The error for an answer that is not as the format says."""
    return InputError(
        what,
        where=where,
        remedy="fetch the table again; if it comes back the same, the service has changed its form "
        "and the parser must follow",
    )
