"""Description: means by arm, month and county, and the four means of each 2x2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.effects import describe
from fij_eval.effects.analyses.common import Result, sample_of

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("specifications", "windows", "sample", "network")


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:  # noqa: ARG001 -- every analysis has these arguments
    """The descriptive records."""
    found = describe.describe(
        frames["panel"],
        sample_of(frames, parts),
        specifications=parts.of("specifications"),
        window=parts.of("windows"),
    )
    return Result(tuple(found))
