"""The prose sources of the documents: which files, and what they ask for.

Prose lives in typst files, ``text/<language>/<template>/``; the words that templates need are in
``text/<language>/strings.json``. A file asks for a number with ``#n("key")``, for a figure with
``#fig("name")`` and for a table with ``#tab("name")``; names are literal strings, so that what a
document needs can be read without setting it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its language, and the template that sets it.

    Documents with the same template say the same in different languages.
    """

    language: str
    template: str


#: Documents by the name of their file.
DOCUMENTS: Mapping[str, Document] = {
    "rapport": Document("nb", "full"),
    "report": Document("en", "full"),
    "kort": Document("nb", "short"),
    "short": Document("en", "short"),
}

#: Languages as files, pages and readers of the screen are told them.
TAGS = {"nb": "nb-NO", "en": "en-GB"}

_CALL = re.compile(r'#?\b(n|fig|tab)\("([^"]+)"')


def templates() -> Mapping[str, str]:
    """The typst templates, name to content."""
    return _typst_files(files("fij_eval.report") / "templates")


def known(name: str, language: str) -> Document:
    """The document with this name.

    Raises:
        ReportError: If there is none, or it has another language.
    """
    found = DOCUMENTS.get(name)
    if found is None or found.language != language:
        has = ", ".join(f"{other} ({document.language})" for other, document in DOCUMENTS.items())
        raise ReportError(
            f"There is no document «{name}» in the language «{language}»",
            where="report/prose.py",
            remedy=f"ask for one of these: {has}",
        )
    return found


def prose(document: Document) -> Mapping[str, str]:
    """The prose of a document, file name to content, in order of reading."""
    folder = files("fij_eval.report") / "text" / document.language / document.template
    return _typst_files(folder)


def strings(language: str) -> dict[str, Any]:
    """Words of templates and numbers in a language."""
    source = files("fij_eval.report") / "text" / language / "strings.json"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return content


def asked_for(kind: str, texts: Mapping[str, str]) -> dict[str, str]:
    """What the prose asks for, in order of reading.

    Args:
        kind: ``n``, ``fig`` or ``tab``.
        texts: Prose, file name to content.

    Returns:
        Name asked for to the first file that asks.
    """
    found: dict[str, str] = {}
    for file, text in texts.items():
        for name in (m[2] for m in _CALL.finditer(without_comments(text)) if m[1] == kind):
            found.setdefault(name, file)
    return found


def without_comments(text: str) -> str:
    """The source without typst comments; addresses with ``//`` stay."""
    return re.sub(r"(?m)(?<!:)//.*$", "", text)


def _typst_files(folder: Traversable) -> dict[str, str]:
    sources = sorted((f for f in folder.iterdir() if f.name.endswith(".typ")), key=lambda f: f.name)
    return {source.name: source.read_text(encoding="utf-8") for source in sources}
