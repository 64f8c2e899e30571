"""One spoilt input, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fij_eval.errors import FijError

REFUSED, RIGHT = "refused", "right result"


@dataclass(frozen=True)
class Case:
    """One spoilt input.

    Attributes:
        file: The file that is spoilt.
        kind: How.
        place: Where in it.
        run: Reads it; gives an empty text if what came is right, otherwise what is wrong with it.
    """

    file: str
    kind: str
    place: str
    run: Callable[[], str]


def outcome(case):
    """What came of a case, and the words in which it was refused.

    Returns:
        ``REFUSED`` with the paragraph, ``RIGHT``, or what is wrong.
    """
    try:
        wrong = case.run()
    except FijError as error:
        if not (error.what and error.where and error.remedy):
            return "a paragraph without place or remedy", error.paragraph()
        return REFUSED, error.paragraph()
    except Exception as error:  # noqa: BLE001 -- what no reader should ever see is what is looked for
        return f"traceback: {type(error).__name__}: {error}", ""
    return (f"wrong: {wrong}", "") if wrong else (RIGHT, "")
