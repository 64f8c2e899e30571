"""Faults in the settings in a researcher's words: the key's path, what is wrong, a suggestion."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from fij_eval.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

Model = TypeVar("Model", bound=BaseModel)


def checked(
    model: type[Model], content: object, *, where: str, whole: type[BaseModel], file: str
) -> Model:
    """What was read as a model, or every fault in a line of its own, each once.

    Args:
        model: What it must be.
        content: What was read.
        where: Where it stood, for messages.
        whole: All that ``model`` is a part of, for the keys that it knows.
        file: The project's own file, in which every key is explained.

    Raises:
        SettingsError: If anything is wrong.
    """
    if not isinstance(content, dict):
        raise SettingsError(
            "What stands there is not a mapping of keys to values",
            where=where,
            remedy=f"start from the {file} that came with the project",
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = dict.fromkeys(_line(dict(fault), content, whole) for fault in _causes(error))
        raise SettingsError(
            "\n".join(lines),
            where=where,
            remedy=f"correct the key; every key is explained in the {file} that came with the "
            "project",
        ) from error


def _causes(error: ValidationError) -> list[Any]:
    """The faults without those that only follow from one further in (a list left too short)."""
    faults = error.errors()
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(
            other is not fault and other["loc"][: len(fault["loc"])] == fault["loc"]
            for other in faults
        )
    ]


#: What pydantic's terser kinds of fault mean to someone who edits YAML.
_MEANINGS = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "string_type": "is not text (put it in quotes)",
    "dict_type": "is not a mapping of keys to values",
    "model_type": "is not a mapping of keys to values",
    "tuple_type": "is not a list",
}


def _line(fault: dict[str, Any], content: dict[Any, Any], model: type[BaseModel]) -> str:
    """One fault as «path: what is wrong (did you mean …?)»."""
    place = [str(part) for part in fault["loc"]]
    kind, given = fault["type"], fault.get("input")
    if place and place[-1] == "[key]":
        place, kind = place[:-1], "extra_forbidden"
    path = _path(place, content)
    if kind == "extra_forbidden":
        return f"{path}: unknown key{_hint(place[-1], _keys_at(place[:-1], model))}"
    if kind == "missing":
        return f"{path}: missing"
    return f"{path}: {_complaint(kind, given, fault)}"


def _complaint(kind: str, given: object, fault: dict[str, Any]) -> str:
    """What is wrong with a value, in words that follow its key's path."""
    if kind == "literal_error":
        allowed = str(fault["ctx"]["expected"]).replace("'", "")
        choices = allowed.replace(" or ", ", ").split(", ")
        return f"«{given}» is not one of {allowed}{_hint(str(given), choices)}"
    if kind == "string_pattern_mismatch":
        return f"«{given}» is not of the form {fault['ctx']['pattern']}"
    if kind in _MEANINGS:
        return f"«{given}» {_MEANINGS[kind]}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if kind == "too_short":
        message = f"has too few entries; at least {fault['ctx']['min_length']} must stand there"
    if isinstance(given, dict | list | tuple):
        return message
    message = message.removeprefix("Input should be")
    if message.startswith(" "):
        return f"«{given}» should be{message}"
    return f"«{given}» {message}"


def _hint(given: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=0.5)
    return f" (did you mean «{near[0]}»?)" if near else ""


def _path(place: list[str], content: dict[Any, Any]) -> str:
    """The key's path; an entry of a list goes by its id where it has one."""
    words: list[str] = []
    at: Any = content
    for part in place:
        if isinstance(at, list | tuple) and part.isdigit():
            at = at[int(part)] if int(part) < len(at) else None
            name = at.get("id") if isinstance(at, dict) else None
            words.append(f"[{name}]" if isinstance(name, str) else f"[{int(part) + 1}]")
            continue
        at = at.get(part) if isinstance(at, dict) else None
        words.append(f".{part}" if words else part)
    return "".join(words) or "settings"


def _keys_at(place: list[str], model: Any) -> list[str]:  # noqa: ANN401 -- a model, then what its fields hold
    """Keys that the settings know at a path."""
    names: list[str] = []  # keys of the mapping that the path has come to, if it is one
    for part in place:
        if part.isdigit():
            continue
        if names:
            names = []
            continue
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        if field is None:
            return []
        arguments = get_args(field.annotation)
        kinds = (field.annotation, *arguments)
        inner = [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)]
        if not inner:
            return []
        model = inner[0]
        if getattr(field.annotation, "__origin__", None) is dict:
            names = [str(name) for name in get_args(arguments[0])] or ["*"]
    return names or [f.alias or name for name, f in model.model_fields.items()]
