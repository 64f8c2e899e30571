"""What figures and tables of results share: where numbers come from, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

ESTIMANDS = ("municipality_average", "person_average")


def simulated(frame: pd.DataFrame) -> bool:
    """Whether any record or cell of a frame is simulated."""
    return bool(frame["simulated"].any())


def banner(language: Language, *, simulated: bool) -> str:
    """Words in the picture for employment that is simulated; empty for real data."""
    return shared(language, "banner_employment") if simulated else ""


def source(
    language: Language, panel: pd.DataFrame, *, simulated: bool, more: tuple[str, ...] = ()
) -> str:
    """The source line of what is worked out from employment and the register.

    Args:
        language: Its language.
        panel: The panel, for the dates of publication.
        simulated: Whether employment is simulated.
        more: Keys of further sources.
    """
    return source_line(
        language,
        ["employment", "register", *more],
        simulated=["employment", "unemployment"] if simulated else [],
        vintages=panel["outcome_vintage"],
    )


def excludes_zero(record: Mapping[Any, Any]) -> bool:
    """Whether the interval of a record that has one leaves out zero."""
    return not record["ci_low"] <= 0 <= record["ci_high"]
