"""Parts of the settings for inference, tests of robustness, and costs set against gains."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from fij_eval.settings_part import Part

Draws = Annotated[int, Field(ge=199, le=1_000_000)]


class InferenceSettings(Part):
    """Errors, intervals, draws."""

    level: Annotated[float, Field(gt=0.5, lt=1)]
    draws: Draws = 9_999
    strata: Literal["size_group", "region"] = "size_group"
    equivalence_pp: Annotated[float, Field(gt=0, le=20)] = 1.0
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    attrition: Literal["stop", "report"] = "stop"


class RobustnessSettings(Part):
    """How hard the result is tried."""

    curve_draws: Draws = 499
    aa_draws: Draws = 999
    aa_estimator_draws: Annotated[int, Field(ge=50, le=10_000)] = 100
    synthetic_draws: Annotated[int, Field(ge=20, le=10_000)] = 200
    relative_magnitudes: tuple[Annotated[float, Field(ge=0, le=10)], ...] = (0, 0.5, 1, 1.5, 2)
    smoothness_pp: tuple[Annotated[float, Field(ge=0, le=20)], ...] = (0, 0.5, 1)
    rings: Annotated[int, Field(ge=1, le=5)] = 2


class Range(Part):
    """A quantity that is not known: low, central and high value."""

    low: Annotated[float, Field(ge=0)]
    central: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if not self.low <= self.central <= self.high:
            raise ValueError("low, central and high do not stand in order")
        return self


class PersonsSettings(Part):
    """What taking part took, and what a person in work saves."""

    fee_nok: Annotated[float, Field(ge=0)]
    travel_nok: Range
    hours: Range
    hourly_wage_nok: Range
    social_assistance_nok: Range
    years_in_work: Range
