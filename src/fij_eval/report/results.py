"""What figures and tables of results share: where numbers come from, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

ESTIMANDS = ("municipality_average", "person_average")
#: Digits of the plan's checksum that are printed where the whole would be in the way.
HASH_DIGITS = 12


def simulated(frame: pd.DataFrame) -> bool:
    """Whether any record or cell of a frame is simulated."""
    return bool(frame["simulated"].any())


def banner(
    language: Language,
    *,
    simulated: bool,
    what: Literal["employment", "both", "other"] = "employment",
) -> str:
    """Words in the picture for what is simulated; empty for real data.

    Args:
        language: Language of the words.
        simulated: Whether any of what is drawn is simulated.
        what: Employment, it and unemployment both, or figures of any kind.
    """
    return shared(language, f"banner_{what}") if simulated else ""


def source(
    language: Language, panel: pd.DataFrame, *, simulated: bool, more: tuple[str, ...] = ()
) -> str:
    """The source line of what is worked out from employment and the register.

    Args:
        language: Its language.
        panel: The panel, for the dates of publication.
        simulated: Whether employment is simulated; unemployment and settlement then are too.
        more: Keys of further sources.
    """
    return source_line(
        language,
        ["employment", "register", *more],
        simulated=["employment", "unemployment", "settlement"] if simulated else [],
        vintages=panel["outcome_vintage"],
    )


def excludes_zero(record: Mapping[Any, Any]) -> bool:
    """Whether the interval of a record that has one leaves out zero."""
    return not record["ci_low"] <= 0 <= record["ci_high"]
