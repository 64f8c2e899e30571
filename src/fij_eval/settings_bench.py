"""The part of the settings for worlds with a known truth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class BenchSettings(BaseModel):
    """How much is simulated, and in which portions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    profile: Literal["quick", "full"] = "quick"
    batch: Annotated[int, Field(ge=1, le=1_000)] = 50
