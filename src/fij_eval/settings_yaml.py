"""YAML as a researcher means it: no key twice, no number that reads as another one."""

from __future__ import annotations

import re
from typing import Any

import yaml

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
