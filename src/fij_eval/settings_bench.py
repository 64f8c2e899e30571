"""The part of the settings for worlds with a known truth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fij_eval.settings_part import Part


class BenchSettings(Part):
    """How much is simulated, and in which portions."""

    profile: Literal["quick", "full"] = "quick"
    batch: Annotated[int, Field(ge=1, le=1_000)] = 50
