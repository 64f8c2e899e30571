"""The finished pages claim no more than the rung of the claim ladder allows.

Which words those are stands in ``effects/claims.py``. The chapter on method explains them and may
hold them; it is found by its heading in the outline, and cut out of the pages' text there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from fij_eval.effects.claims import overclaims
from fij_eval.report.pdf_pages import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fij_eval.effects.claims import Language, Rung

#: The lowest rung: what may be said whatever was found, or where nothing could be.
LOWEST = 1
_NUMBERED = re.compile(r"^[\dV.]+\s+")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a document may say.

    Attributes:
        rung: The rung that was reached, 1 to 4.
        method: Heading of the chapter on method; empty if the document has none.
    """

    rung: int
    method: str


def chapters(document: Any) -> list[tuple[str, int]]:  # noqa: ANN401 -- pypdfium2 has no types
    """Heading and page of each chapter, as the outline has them."""
    found = []
    for item in document.get_toc():
        place = item.get_dest()
        if item.level == 0 and place is not None:
            found.append((str(item.get_title()), int(place.get_index())))
    return found


def faults(
    pages: Sequence[str], outline: Sequence[tuple[str, int]], claimed: Claimed, *, language: str
) -> Iterator[str]:
    """Words on the pages that claim more than the rung allows.

    Args:
        pages: Text of each page.
        outline: From ``chapters``.
        claimed: What the document may say.
        language: ``nb`` or ``en``.
    """
    text = _without_method(pages, outline, claimed.method)
    if text is None:
        yield f"its chapter «{claimed.method}» is not found in its outline and on its page"
        return
    found = overclaims(text, cast("Language", language), cast("Rung", claimed.rung))
    for word in islice(found, 3):
        yield (
            f"«{word.found}» claims more than rung {claimed.rung} allows outside the chapter on "
            f"method: «…{word.context}…»"
        )


def _without_method(
    pages: Sequence[str], outline: Sequence[tuple[str, int]], method: str
) -> str | None:
    """Text of the pages without the chapter on method; None if it is not found where it should."""
    if not method:
        return "\n".join(pages)
    titles = [_NUMBERED.sub("", title) for title, _ in outline]
    if method not in titles:
        return None
    at = titles.index(method)
    (title, first), following = outline[at], outline[at + 1 :]
    start = _place(pages[first], title)
    if start is None:
        return None
    before = [*pages[:first], pages[first][:start]]
    if not following:
        return "\n".join(before)
    next_title, last = following[0]
    end = _place(pages[last], next_title)
    if end is None:
        return None
    return "\n".join([*before, pages[last][end:], *pages[last + 1 :]])


def _place(page: str, title: str) -> int | None:
    """Where a heading stands in a page's text, whatever white space the page puts into it."""
    letters = [re.escape(letter) for letter in title if not letter.isspace()]
    # a heading stands in a line of its own; the same words in a sentence are none
    found = re.search(r"(?m)^\s*" + f"{UNSEEN}*".join(letters) + r"\s*$", page)
    return None if found is None else found.start()
