"""The 2x2 and the two-way fixed-effects regressions that the settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.effects import did2x2, twfe
from fij_eval.effects.analyses.common import (
    Result,
    effect,
    left_out,
    of_specification,
    persons_of,
    sample_of,
    without,
)
from fij_eval.effects.clustered import LABEL
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, windows
from fij_eval.effects.second_fit import check_second_fit

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts, Specification

INPUTS = ("panel",)
SETTINGS = ("specifications", "windows", "sample", "network", "inference")
ANALYSIS = "main"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:  # noqa: ARG001 -- every analysis has these arguments
    """A record a specification."""
    sample = sample_of(frames, parts)
    makers = {"did_2x2": _did, "twfe": _twfe}
    specifications: tuple[Specification, ...] = parts.of("specifications")
    records = [
        makers[spec.estimator](spec, sample, parts)
        for spec in specifications
        if spec.estimator in makers
    ]
    return Result(tuple(records))


def _did(spec: Specification, sample: Sample, parts: Parts) -> Estimate:
    """The record of a 2x2."""
    chosen = windows(sample, parts.of("windows"), base=spec.base, post=spec.post)
    common = of_specification(ANALYSIS, spec, sample)
    common |= {"base": chosen.base_label, "post": chosen.post_label}
    try:
        result = did2x2.estimate(sample, chosen, estimand=spec.estimand)
    except NotEstimableError as error:
        return without(common, key=f"{spec.id}.att", reason=error.reason)
    return effect(
        common,
        key=f"{spec.id}.att",
        value=result.att,
        variance=result.variance,
        level=parts.of("inference").level,
        inference=LABEL,
        n_units=result.n_units,
        n_treated=result.n_treated,
        n_obs=result.n_obs,
        persons=sum(result.persons),
        note=left_out(sample, result.n_units),
    )


def _twfe(spec: Specification, sample: Sample, parts: Parts) -> Estimate:
    """The record of a two-way fixed-effects regression."""
    chosen = windows(sample, parts.of("windows"), base=spec.base, post=spec.post)
    common = of_specification(ANALYSIS, spec, sample)
    common |= {"base": chosen.base_label, "post": chosen.post_label}
    try:
        design = twfe.cells(
            sample, chosen, estimand=spec.estimand, covariates=tuple(spec.covariates)
        )
        fit = twfe.regress(design)
    except NotEstimableError as error:
        return without(common, key=f"{spec.id}.att", reason=error.reason)
    check_second_fit(design, fit, where=f"{spec.id}.att")
    gone = left_out(
        sample, fit.n_units, lacking=fit.without_covariates, collinear=len(fit.collinear)
    )
    return effect(
        common,
        key=f"{spec.id}.att",
        value=float(fit.estimates[0]),
        variance=float(fit.covariance[0, 0]),
        level=parts.of("inference").level,
        inference=LABEL,
        n_units=fit.n_units,
        n_treated=fit.n_treated,
        n_obs=fit.n_obs,
        persons=persons_of(sample, fit.units),
        note=gone,
    )
