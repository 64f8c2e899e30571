"""What all parts of the settings and of the plan have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, field_validator


class Part(BaseModel):
    """A part of the settings: immutable, without unknown keys, yes and no being no numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_yes_or_no(cls, value: object) -> object:
        """Refuse true and false, which would pass for 1 and 0; no setting is a yes or no."""
        given = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(each, bool) for each in given):
            raise ValueError("is a yes or no, and no setting is one (put text in quotes)")
        return value
