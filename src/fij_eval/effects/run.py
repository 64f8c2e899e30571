"""The one module of the room that reads and writes files: specifications in, records out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import read_parquet, write_parquet, write_text
from fij_eval.effects import describe, did2x2, event_study, twfe
from fij_eval.effects.clustered import LABEL, WaldTest, interval
from fij_eval.effects.record import Estimate, to_frame
from fij_eval.effects.samples import (
    NotEstimableError,
    Sample,
    Windows,
    build,
    span,
    weights_label,
    windows,
)
from fij_eval.errors import EstimationError
from fij_eval.months import month_number

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import (
        InferenceSettings,
        NetworkSettings,
        SampleSettings,
        Specification,
        WindowSettings,
    )

logger = logging.getLogger(__name__)

ANALYSES = ("description", "main", "event_study")


@dataclass(frozen=True)
class Parts:
    """The parts of the settings that estimates depend on."""

    specifications: tuple[Specification, ...]
    windows: WindowSettings
    sample: SampleSettings
    network: NetworkSettings
    inference: InferenceSettings
    seed: int


def write_estimates(
    analysis: str,
    panel: Path,
    output: Path,
    *,
    specifications: tuple[Specification, ...],
    windows: WindowSettings,
    sample: SampleSettings,
    network: NetworkSettings,
    inference: InferenceSettings,
    seed: int,
) -> None:
    """Read the panel, estimate, write the records as parquet and as CSV beside it.

    Args:
        analysis: ``description``, ``main`` or ``event_study``.
        panel: The panel's parquet file.
        output: ``…/estimates/<analysis>.parquet``.
        specifications: All specifications; those of this analysis are chosen by their estimator.
        windows: Lengths of the windows.
        sample: Threshold and reference month.
        network: The network's months.
        inference: Confidence level.
        seed: Seed of the settings, for analyses that draw.

    Raises:
        EstimationError: If the analysis is unknown, or the settings ask for what cannot be.
        CheckError: If the panel breaks its contract.
        InputError: If the panel cannot be read.
    """
    from fij_eval.panel.contracts import PANEL, enforce

    frame = enforce(read_parquet(panel), PANEL, name=str(panel))
    parts = Parts(tuple(specifications), windows, sample, network, inference, seed)
    records = to_frame(estimate(analysis, frame, parts))
    write_parquet(output, records)
    write_text(output.with_suffix(".csv"), records.to_csv(index=False, lineterminator="\n"))


def estimate(analysis: str, panel: pd.DataFrame, parts: Parts) -> list[Estimate]:
    """The records of one analysis.

    Raises:
        EstimationError: If the analysis is unknown, or the settings ask for what cannot be.
    """
    if analysis not in ANALYSES:
        raise EstimationError(
            f"The analysis «{analysis}» does not exist",
            where="estimates",
            remedy=f"choose one of {', '.join(ANALYSES)}",
        )
    sample = build(panel, sample=parts.sample, network=parts.network)
    if analysis == "description":
        records = describe.describe(
            panel, sample, specifications=parts.specifications, window=parts.windows
        )
    else:
        makers = {"did_2x2": _did, "twfe": _twfe, "event_study": _event_study}
        wanted = {"main": ("did_2x2", "twfe"), "event_study": ("event_study",)}[analysis]
        records = [
            record
            for spec in parts.specifications
            if spec.estimator in wanted
            for record in makers[spec.estimator](analysis, spec, sample, parts)
        ]
    without = sum(record.estimate is None for record in records)
    logger.info("%s: %d records, %d of them without a number", analysis, len(records), without)
    return records


def _common(analysis: str, spec: Specification, sample: Sample) -> dict[str, Any]:
    """Fields that all records of a specification share."""
    return {
        "analysis": analysis,
        "spec": spec.id,
        "estimator": spec.estimator,
        "estimand": spec.estimand,
        "sample": "eligible",
        "comparison": "all municipalities outside the network",
        "weights": weights_label(sample, spec.estimand),
        "covariates": spec.covariates,
        "plan_status": spec.plan,
        "simulated": sample.simulated,
    }


def _did(analysis: str, spec: Specification, sample: Sample, parts: Parts) -> list[Estimate]:
    """The record of a 2x2."""
    chosen = windows(sample, parts.windows, base=spec.base, post=spec.post)
    common = _common(analysis, spec, sample) | _span(chosen)
    try:
        result = did2x2.estimate(sample, chosen, estimand=spec.estimand)
    except NotEstimableError as error:
        return [_without(spec, "att", common, error.reason)]
    return [
        _effect(
            common,
            parts,
            key=f"{spec.id}.att",
            term="att",
            value=result.att,
            variance=result.variance,
            n_units=result.n_units,
            n_treated=result.n_treated,
            n_obs=result.n_obs,
            persons=sum(result.persons),
            note="; ".join(filter(None, (_left_out(sample, result.n_units), _seasons(chosen)))),
        )
    ]


def _twfe(analysis: str, spec: Specification, sample: Sample, parts: Parts) -> list[Estimate]:
    """The record of a two-way fixed effects regression."""
    chosen = windows(sample, parts.windows, base=spec.base, post=spec.post)
    common = _common(analysis, spec, sample) | _span(chosen)
    try:
        fit = twfe.estimate(
            sample, chosen, estimand=spec.estimand, covariates=tuple(spec.covariates)
        )
    except NotEstimableError as error:
        return [_without(spec, "att", common, error.reason)]
    return [
        _effect(
            common,
            parts,
            key=f"{spec.id}.att",
            term="att",
            value=float(fit.estimates[0]),
            variance=float(fit.covariance[0, 0]),
            n_units=fit.n_units,
            n_treated=fit.n_treated,
            n_obs=fit.n_obs,
            persons=_persons(sample, fit.units),
            note="; ".join(
                filter(None, (_left_out(sample, fit.n_units, fit=fit), _seasons(chosen)))
            ),
        )
    ]


def _event_study(
    analysis: str, spec: Specification, sample: Sample, parts: Parts
) -> list[Estimate]:
    """A record a snapshot, the two tests and the mean at base."""
    chosen = windows(sample, parts.windows, base=spec.base, post="all_post")
    common = _common(analysis, spec, sample) | {"base": spec.base, "post": ""}
    try:
        result = event_study.estimate(
            sample, base=spec.base, estimand=spec.estimand, covariates=tuple(spec.covariates)
        )
    except NotEstimableError as error:
        return [_without(spec, "att", common, error.reason)]
    fit = result.fit
    counts: dict[str, Any] = {
        "n_units": fit.n_units,
        "n_treated": fit.n_treated,
        "n_obs": fit.n_obs,
        "persons": _persons(sample, fit.units),
    }
    records = []
    for month in sample.months:
        here = common | {"post": month}
        if month == result.base:
            records.append(
                Estimate(
                    key=f"{spec.id}.{month}",
                    term=month,
                    scale="pp",
                    estimate=0.0,
                    level=parts.inference.level,
                    note="base",
                    **here,
                    **counts,
                )
            )
        elif month in result.missing:
            records.append(_without(spec, month, here, result.missing[month]))
        else:
            j = fit.names.index(month)
            records.append(
                _effect(
                    here,
                    parts,
                    key=f"{spec.id}.{month}",
                    term=month,
                    value=float(fit.estimates[j]),
                    variance=float(fit.covariance[j, j]),
                    note=_left_out(sample, fit.n_units, fit=fit),
                    **counts,
                )
            )
    tests = (
        ("pre_trend", result.pre_trend, "all coefficients before kick-off are 0", result.pre),
        (
            "levelling_off",
            result.levelling_off,
            "the last coefficients are equal",
            tuple(m for m in chosen.post if m in result.post and m <= sample.end)[
                -event_study.LEVELLING_OFF :
            ],
        ),
    )
    records += [
        _test(
            spec, test, term=term, null=null, common=common | {"post": span(months)}, counts=counts
        )
        for term, test, null, months in tests
    ]
    records.append(
        Estimate(
            key=f"{spec.id}.base_mean",
            term="base_mean",
            scale="share",
            estimate=result.base_mean,
            note="mean share of the network arm in the base month",
            **(common | {"post": spec.base}),
            **counts,
        )
    )
    return records


def _test(
    spec: Specification,
    test: WaldTest | str,
    *,
    term: str,
    null: str,
    common: dict[str, Any],
    counts: dict[str, Any],
) -> Estimate:
    """The record of a Wald test: the F statistic as its number."""
    shared: dict[str, Any] = {
        "key": f"{spec.id}.{term}",
        "term": term,
        "scale": "statistic",
        "null": null,
        **common,
        **counts,
    }
    if isinstance(test, str):
        return Estimate(note=test, **shared)
    return Estimate(
        estimate=test.statistic,
        p_value=test.p_value,
        df=float(test.df_denominator),
        inference=f"Wald F({test.df_numerator}, {test.df_denominator}), {LABEL}",
        note=f"F statistic with {test.df_numerator} and {test.df_denominator} degrees of freedom",
        **shared,
    )


def _effect(
    common: dict[str, Any],
    parts: Parts,
    *,
    key: str,
    term: str,
    value: float,
    variance: float,
    n_units: int,
    n_treated: int,
    n_obs: int,
    persons: int,
    note: str,
) -> Estimate:
    """The record of an effect with its cluster-robust interval."""
    found = interval(
        value,
        variance,
        clusters=n_units,
        treated_clusters=n_treated,
        level=parts.inference.level,
    )
    return Estimate(
        key=key,
        term=term,
        scale="pp",
        inference=LABEL if found.se is not None else "",
        estimate=value,
        se=found.se,
        ci_low=found.low,
        ci_high=found.high,
        p_value=found.p_value,
        df=found.df,
        level=parts.inference.level,
        n_units=n_units,
        n_treated=n_treated,
        n_obs=n_obs,
        persons=persons,
        note="; ".join(filter(None, (found.note, note))),
        **common,
    )


def _without(spec: Specification, term: str, common: dict[str, Any], reason: str) -> Estimate:
    """The record of an estimate that does not exist."""
    return Estimate(key=f"{spec.id}.{term}", term=term, scale="pp", note=reason, **common)


def _span(chosen: Windows) -> dict[str, str]:
    return {"base": chosen.base_label, "post": chosen.post_label}


def _persons(sample: Sample, units: tuple[int, ...]) -> int:
    """Refugees of the reference month in the given units."""
    return int(sample.units["weight"].to_numpy(dtype=float)[list(units)].sum())


def _left_out(sample: Sample, entered: int, *, fit: twfe.Fit | None = None) -> str:
    """Municipalities and covariates that do not enter, in words; empty if all do."""
    parts = []
    if out := len(sample.units) - entered:
        lack = fit.without_covariates if fit is not None else 0
        which = f" ({lack} of them lack a covariate)" if lack else ""
        parts.append(f"{out} eligible municipalities do not enter{which}")
    if fit is not None and fit.collinear:
        parts.append(f"{len(fit.collinear)} collinear covariate columns left out")
    return "; ".join(parts)


def _seasons(chosen: Windows) -> str:
    """A word where one month is compared with another of a different season."""
    base, post = ([month_number(m) % 12 for m in months] for months in (chosen.base, chosen.post))
    apart = len(base) == len(post) == 1 and base != post
    return "base and post lie in different seasons" if apart else ""
