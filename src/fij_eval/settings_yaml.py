"""YAML as a researcher means it: no key twice, no number that reads as another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from fij_eval.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

#: YAML 1.1 reads 012 as ten (octal) and 1:30 as ninety (sixties).
_MISLEADING = re.compile(r"[-+]?0[0-9_]+|[-+]?[0-9_.]+(:[0-9_.]+)+")


class CarefulLoader(yaml.SafeLoader):
    """YAML's safe loader, but what could be meant otherwise is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- yaml's own signature
        """The mapping, if each of its keys stands once."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = getattr(key_node, "value", None)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key «{key}» stands twice", key_node.start_mark
                )
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
        """The scalar's text, unless it is a number that would be read as another."""
        text = str(super().construct_scalar(node))
        is_number = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
        if is_number and _MISLEADING.fullmatch(text):
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"«{text}» would be read as another number (write it without leading zeros and "
                "colons; put codes in quotes)",
                node.start_mark,
            )
        return text


def parsed(text: str) -> object:
    """What YAML says, if it can mean one thing only.

    Raises:
        ValueError: If it is not YAML, names a key twice, or holds a number that misleads, with the
            line.
    """
    try:
        return yaml.load(text, Loader=CarefulLoader)  # noqa: S506 -- it is a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = str(error).replace('in "<unicode string>", ', "")
        raise ValueError(" ".join(problem.split())) from error


def read_yaml(path: Path, *, name: str = "settings") -> object:
    """What a YAML file holds.

    Args:
        path: The file.
        name: What it holds, and with ``--`` the option that names it: ``settings`` or ``plan``.

    Raises:
        SettingsError: If the file cannot be read, is not YAML, or can be misread.
    """
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The {name} cannot be read ({error.strerror})",
            where=str(path),
            remedy=f"name an existing file with --{name}",
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"The file with the {name} is not YAML ({error})",
            where=str(path),
            remedy="mend the line that is named",
        ) from error
