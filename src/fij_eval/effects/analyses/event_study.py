"""The event studies that the settings ask for: coefficients, band, joint tests, full covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import event_study
from fij_eval.effects.analyses.common import (
    Result,
    covariance_frame,
    effect,
    left_out,
    of_specification,
    persons_of,
    sample_of,
    without,
)
from fij_eval.effects.clustered import LABEL_JACKKNIFE, WaldTest
from fij_eval.effects.inference.multiple import sup_t
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, span, windows
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts, Specification

INPUTS = ("panel",)
SETTINGS = ("specifications", "windows", "sample", "network", "inference", "seed")
ANALYSIS = "event_study"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:  # noqa: ARG001 -- every analysis has these arguments
    """Records of each event study; its covariance as ``covariance.<specification>``."""
    sample = sample_of(frames, parts)
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    for spec in parts.of("specifications"):
        if spec.estimator == "event_study":
            found, covariance = _one(spec, sample, parts)
            records += found
            if covariance is not None:
                details[f"covariance.{spec.id}"] = covariance
    return Result(tuple(records), details)


def _one(
    spec: Specification, sample: Sample, parts: Parts
) -> tuple[list[Estimate], pd.DataFrame | None]:
    """A record a snapshot, the two tests and the mean at base."""
    windows(sample, parts.of("windows"), base=spec.base)  # refuses a base that cannot be one
    common = of_specification(ANALYSIS, spec, sample) | {"base": spec.base, "post": ""}
    try:
        result = event_study.estimate(
            sample, base=spec.base, estimand=spec.estimand, covariates=tuple(spec.covariates)
        )
    except NotEstimableError as error:
        return [without(common, key=f"{spec.id}.att", reason=error.reason)], None
    fit = result.fit
    counts: dict[str, Any] = {
        "n_units": fit.n_units,
        "n_treated": fit.n_treated,
        "n_obs": fit.n_obs,
        "persons": persons_of(sample, fit.units),
    }
    months = _months(spec, sample, result, parts, common=common, counts=counts)
    tests = (
        ("pre_trend", result.pre_trend, "all coefficients before kick-off are 0", result.pre),
        ("levelling_off", result.levelling_off, "the last coefficients are equal", result.last),
    )
    joint = [
        _test(spec, test, term=term, null=null, common=common | {"post": span(at)}, counts=counts)
        for term, test, null, at in tests
    ]
    base_mean = Estimate(
        key=f"{spec.id}.base_mean",
        term="base_mean",
        scale="share",
        estimate=result.base_mean,
        note="mean share of the network arm in the base month",
        **(common | {"post": spec.base}),
        **counts,
    )
    band = _band(spec, months, fit.covariance, parts)
    return [*months, *joint, base_mean, *band], covariance_frame(fit.names, fit.covariance)


def _months(
    spec: Specification,
    sample: Sample,
    result: event_study.EventStudy,
    parts: Parts,
    *,
    common: dict[str, Any],
    counts: dict[str, Any],
) -> list[Estimate]:
    """A record a snapshot: the base's zero, the coefficients, and why others are missing."""
    fit, level = result.fit, parts.of("inference").level
    gone = left_out(
        sample, fit.n_units, lacking=fit.without_covariates, collinear=len(fit.collinear)
    )
    records = []
    for month in sample.months:
        here = common | {"post": month}
        key = f"{spec.id}.{month}"
        if month == result.base:
            records.append(
                Estimate(
                    key=key,
                    term=month,
                    scale="pp",
                    estimate=0.0,
                    level=level,
                    note="base",
                    **here,
                    **counts,
                )
            )
        elif month in result.missing:
            records.append(without(here, key=key, term=month, reason=result.missing[month]))
        else:
            j = fit.names.index(month)
            records.append(
                effect(
                    here,
                    key=key,
                    term=month,
                    value=float(fit.estimates[j]),
                    variance=float(fit.covariance[j, j]),
                    level=level,
                    inference=LABEL_JACKKNIFE,
                    note=gone,
                    **counts,
                )
            )
    return records


def _band(
    spec: Specification, months: list[Estimate], covariance: np.ndarray, parts: Parts
) -> list[Estimate]:
    """The band that holds all coefficients at once: the pointwise records with wider limits."""
    pointwise = [r for r in months if r.se is not None and r.df is not None]
    if not pointwise:
        return []
    level = parts.of("inference").level
    try:
        multiplier = sup_t(
            covariance,
            rng=stream(parts.of("seed"), "sup_t", spec.id),
            level=level,
            df=pointwise[0].df,
        )
    except EstimationError:
        return []  # a coefficient without variance has no interval either
    return [
        replace(
            r,
            key=f"{spec.id}.band.{r.term}",
            term=f"band {r.term}",
            ci_low=r.estimate - multiplier * r.se,
            ci_high=r.estimate + multiplier * r.se,
            p_value=None,
            inference=f"sup-t band over {len(pointwise)} coefficients, {r.inference}",
        )
        for r in pointwise
        if r.estimate is not None and r.se is not None
    ]


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
        inference=f"Wald F({test.df_numerator}, {test.df_denominator}), {LABEL_JACKKNIFE}",
        note=f"F statistic with {test.df_numerator} and {test.df_denominator} degrees of freedom",
        **shared,
    )
