"""Municipality names as sources write them, brought to forms that can be compared.

A name may carry a part in a Sámi or Kven language («Steinkjer - Stïentje»), a county in parentheses
where two municipalities share a name («Herøy (Nordland)»), and any dash or space that a keyboard
has. Names are compared only to find a code: everything after that joins on codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fij_eval.sources.labels import clean

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_QUALIFIED = re.compile(r"(.+?) \(([^()]+)\)\Z")


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A name taken apart.

    Attributes:
        base: The name without its qualifier, letters folded, no spaces around dashes.
        parts: The names in each language, folded likewise; one if there is only one.
        qualifier: What stood in parentheses, folded; empty if nothing did.
    """

    base: str
    parts: tuple[str, ...]
    qualifier: str = ""


def folded(text: str) -> str:
    """The text without differences that carry no meaning: case, kind of space, kind of dash."""
    text = _DASHES.sub("-", clean(text).casefold())
    return re.sub(r" ?\( ?", " (", text).replace(" )", ")")


@lru_cache(maxsize=8192)
def parse(name: str) -> ParsedName:
    """Take a name apart into base, languages and qualifier."""
    text = folded(name)
    match = _QUALIFIED.match(text)
    base, qualifier = (match[1], match[2]) if match else (text, "")
    # A dash with spaces separates languages; one without belongs to the name («Sør-Varanger»).
    parts = tuple(tight(part) for part in re.split(r" -+ | ?/ ?", base) if part)
    return ParsedName(tight(base), parts, tight(qualifier))


def tight(text: str) -> str:
    """Folded text without spaces around dashes, so that «Aurskog - Høland» is «Aurskog-Høland»."""
    return re.sub(r" ?- ?", "-", text.replace(" / ", "/")).strip()


def same(one: str, other: str) -> bool:
    """Whether two names can be those of one municipality: they share a part in some language."""
    first, second = parse(one), parse(other)
    if first.qualifier and second.qualifier and first.qualifier != second.qualifier:
        return False
    return bool({first.base, *first.parts} & {second.base, *second.parts})
