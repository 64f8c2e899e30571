"""The 2x2 and the two-way fixed-effects regressions that the settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fij_eval.effects import did2x2, twfe
from fij_eval.effects.analyses.common import (
    Result,
    effect,
    left_out,
    of_specification,
    persons_of,
    sample_of,
    tried,
)
from fij_eval.effects.clustered import LABEL
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Sample, Windows, windows
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
    level = parts.of("inference").level
    records: list[Estimate] = []
    for spec in parts.of("specifications"):
        if spec.estimator not in makers:
            continue
        chosen = windows(sample, parts.of("windows"), base=spec.base, post=spec.post)
        common = of_specification(ANALYSIS, spec, sample)
        common |= {"base": chosen.base_label, "post": chosen.post_label}
        key = f"{spec.id}.att"
        made = partial(makers[spec.estimator], spec, sample, chosen, common, key=key, level=level)
        records += tried(common, key, made)
    return Result(tuple(records))


def _did(
    spec: Specification,
    sample: Sample,
    chosen: Windows,
    common: Mapping[str, Any],
    *,
    key: str,
    level: float,
) -> Estimate:
    """The record of a 2x2."""
    result = did2x2.estimate(sample, chosen, estimand=spec.estimand)
    return effect(
        common,
        key=key,
        value=result.att,
        variance=result.variance,
        level=level,
        inference=LABEL,
        n_units=result.n_units,
        n_treated=result.n_treated,
        n_obs=result.n_obs,
        persons=sum(result.persons),
        note=left_out(sample, result.n_units),
    )


def _twfe(
    spec: Specification,
    sample: Sample,
    chosen: Windows,
    common: Mapping[str, Any],
    *,
    key: str,
    level: float,
) -> Estimate:
    """The record of a two-way fixed-effects regression."""
    design = twfe.cells(sample, chosen, estimand=spec.estimand, covariates=tuple(spec.covariates))
    fit = twfe.regress(design)
    check_second_fit(design, fit, where=key)
    return effect(
        common,
        key=key,
        value=float(fit.estimates[0]),
        variance=float(fit.covariance[0, 0]),
        level=level,
        inference=LABEL,
        n_units=fit.n_units,
        n_treated=fit.n_treated,
        n_obs=fit.n_obs,
        persons=persons_of(sample, fit.units),
        note=left_out(
            sample, fit.n_units, lacking=fit.without_covariates, collinear=len(fit.collinear)
        ),
    )
