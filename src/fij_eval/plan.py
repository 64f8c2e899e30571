"""The plan of the analysis: what was decided before results, and how a run departs from it.

``analysis_plan.yaml`` is typed and checked like the settings. Its checksum is that of its content,
not of its bytes: comments and order of keys may change, decisions may not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from fij_eval.artefacts import sha256_of
from fij_eval.effects.record import Estimate
from fij_eval.settings import (
    Covariate,
    Estimand,
    NetworkSettings,
    Parts,
    SampleSettings,
    Specification,
    Window,
    WindowSettings,
    as_json,
)
from fij_eval.settings_analysis import InferenceSettings
from fij_eval.settings_faults import checked
from fij_eval.settings_part import Part
from fij_eval.settings_yaml import read_yaml

Scale = Literal["pp", "logit"]

#: Parts of the settings that decide every number of the plan.
COMPARED = ("sample", "network", "windows", "inference")


class PlannedInference(Part):
    """Level, draws and strata."""

    level: Annotated[float, Field(gt=0.5, lt=1)]
    draws: Annotated[int, Field(ge=199)]
    strata: Literal["size_group", "region"]


class Primary(Part):
    """The primary family."""

    estimands: Annotated[tuple[Estimand, ...], Field(min_length=1)]
    scales: Annotated[tuple[Scale, ...], Field(min_length=1)]
    covariates: tuple[Covariate, ...]
    error: Literal["CV3"]
    joint: Literal["max_t"]

    @model_validator(mode="after")
    def _once(self) -> Primary:
        for name in ("estimands", "scales", "covariates"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: an entry stands twice")
        return self


class Secondary(Part):
    """A secondary specification, by what it is and not by what it is called."""

    estimator: Literal["did_2x2", "twfe", "event_study"]
    estimand: Estimand
    covariates: tuple[Covariate, ...] = ()
    base: Window = "window"
    post: Window = "window"


class AnalysisPlan(Part):
    """The whole plan."""

    version: Annotated[int, Field(ge=1)]
    sample: SampleSettings
    network: NetworkSettings
    windows: WindowSettings
    inference: PlannedInference
    primary: Primary
    secondary: tuple[Secondary, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One departure of a run from the plan.

    Attributes:
        where: Key of the settings, or the specification.
        planned: What the plan says.
        run: What the run has.
        everything: Whether every planned result departs with it; otherwise the specification named
            in ``where`` alone.
    """

    where: str
    planned: str
    run: str
    everything: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry of the plan, and what the run has there.

    Attributes:
        where: Key of the plan; ``secondary`` for each secondary specification.
        planned: What the plan says, as JSON.
        run: What the run has, as JSON; empty where the plan alone decides, and for a secondary
            specification that is not run.
    """

    where: str
    planned: str
    run: str


def load(path: Path) -> AnalysisPlan:
    """Read and check the plan.

    Raises:
        SettingsError: If the file cannot be read, or anything in it is wrong.
    """
    return check(read_yaml(path, name="plan"), where=str(path))


def check(content: object, *, where: str) -> AnalysisPlan:
    """The plan from what was read, every fault named in one line.

    Raises:
        SettingsError: If anything is wrong.
    """
    return checked(
        AnalysisPlan, content, where=where, whole=AnalysisPlan, file="analysis_plan.yaml"
    )


def as_planned(parts: Parts, *, covariates: tuple[Covariate, ...] = ()) -> AnalysisPlan:
    """The plan from which a run with these settings does not depart, without secondary analyses.

    Args:
        parts: Settings with sample, network and windows; inference where it is there.
        covariates: Covariates of the primary analysis.
    """
    inference = parts.inference or InferenceSettings(level=0.95)
    return AnalysisPlan(
        version=1,
        sample=parts.of("sample"),
        network=parts.of("network"),
        windows=parts.of("windows"),
        inference=PlannedInference(
            level=inference.level, draws=inference.draws, strata=inference.strata
        ),
        primary=Primary(
            estimands=("municipality_average", "person_average"),
            scales=("pp", "logit"),
            covariates=covariates,
            error="CV3",
            joint="max_t",
        ),
        secondary=(),
    )


def checksum(plan: AnalysisPlan) -> str:
    """The sha256 of the plan's content."""
    return sha256_of(as_json(plan.model_dump(mode="json")).encode("utf-8"))


def deviations(plan: AnalysisPlan, parts: Parts) -> tuple[Deviation, ...]:
    """Where the settings of a run depart from the plan.

    Args:
        plan: The plan.
        parts: The parts of the settings that are at hand; the others are not compared.
    """
    found: list[Deviation] = []
    for name in COMPARED:
        part = getattr(parts, name)
        if part is None:
            continue
        planned = getattr(plan, name).model_dump(mode="json")
        run = part.model_dump(mode="json")  # inference holds more than what is planned
        found += [
            Deviation(f"{name}.{key}", as_json(planned[key]), as_json(run[key]), everything=True)
            for key in planned
            if planned[key] != run[key]
        ]
    if parts.specifications is not None:
        found += _specifications(plan, parts.specifications)
    return tuple(found)


def compared(plan: AnalysisPlan, parts: Parts) -> tuple[Planned, ...]:
    """Every entry of the plan beside what the run has.

    Args:
        plan: The plan.
        parts: The parts of the settings that are at hand.
    """
    found = []
    for name in COMPARED:
        part = getattr(parts, name)
        run = {} if part is None else part.model_dump(mode="json")
        for key, value in getattr(plan, name).model_dump(mode="json").items():
            has = as_json(run[key]) if key in run else ""
            found.append(Planned(f"{name}.{key}", as_json(value), has))
    for key, value in plan.primary.model_dump(mode="json").items():
        found.append(Planned(f"primary.{key}", as_json(value), ""))
    declared = [_content(s) for s in parts.specifications or ()]
    for spec in plan.secondary:
        told = as_json(spec.model_dump(mode="json"))
        found.append(Planned("secondary", told, told if _content(spec) in declared else ""))
    return tuple(found)


def with_status(
    records: Iterable[Estimate], departures: Iterable[Deviation]
) -> tuple[Estimate, ...]:
    """Records with the status that the plan leaves them.

    A record that is declared primary or secondary becomes exploratory, with a note, if the run
    departs from the plan in what decides it.

    Args:
        records: Records as their analyses made them.
        departures: From ``deviations``.
    """
    every = [d for d in departures if d.everything]
    by_spec = {d.where for d in departures if not d.everything}
    return tuple(_demoted(record, every, by_spec) for record in records)


def _demoted(record: Estimate, every: list[Deviation], by_spec: set[str]) -> Estimate:
    """The record, exploratory if a departure concerns it."""
    if record.plan_status not in ("primary", "secondary"):
        return record
    if every:
        why = ", ".join(f"{d.where} is {d.run}, planned {d.planned}" for d in every)
    elif f"specifications: {record.spec}" in by_spec:
        why = "the specification is not in the plan"
    else:
        return record
    note = "; ".join(filter(None, (record.note, f"outside the plan: {why}")))
    return replace(record, plan_status="exploratory", note=note)


def _specifications(
    plan: AnalysisPlan, specifications: tuple[Specification, ...]
) -> list[Deviation]:
    """Planned specifications that are not run, and declared ones that are not planned."""
    run = [_content(s) for s in specifications]
    missing = [
        Deviation(
            "specifications",
            f"{s.estimator} for {s.estimand}, covariates {', '.join(s.covariates) or 'none'}, "
            f"base {s.base}, post {s.post}",
            "not run",
            everything=False,
        )
        for s in plan.secondary
        if _content(s) not in run
    ]
    planned = [_content(s) for s in plan.secondary]
    more = [
        Deviation(f"specifications: {s.id}", "not in the plan", f"declared {s.plan}", False)
        for s in specifications
        if s.plan in ("primary", "secondary") and _content(s) not in planned
    ]
    return missing + more


def _content(spec: Secondary | Specification) -> tuple[object, ...]:
    """What a specification is, without its name; the order of covariates says nothing."""
    return (spec.estimator, spec.estimand, frozenset(spec.covariates), spec.base, spec.post)
