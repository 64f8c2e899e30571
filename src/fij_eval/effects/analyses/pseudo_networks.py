"""Every other estimator on networks that did not exist, among those that did not take part.

The planned analysis meets all its networks at once (analysis ``robustness``); the others are fitted
one network at a time, so there are fewer, drawn in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import stepdown, synthetic_did
from fij_eval.effects.analyses.aa_records import aa_records
from fij_eval.effects.analyses.common import Result, fields, sample_of, tried, without
from fij_eval.effects.checks import DECLARED_LATER
from fij_eval.effects.estimators import estimators, on_other_scales
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.pseudo_networks import aa_test, pseudo_networks
from fij_eval.effects.samples import Flags, Floats, Sample, Windows, windows
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts
    from fij_eval.settings_analysis import InferenceSettings

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "pseudo_networks"
#: An estimator with fewer networks than this is not judged.
LEAST = 50


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``pseudo_networks.<estimator>.<estimand>.<term>``; all estimates as a table."""
    import pandas as pd

    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    settings, seed = parts.of("robustness"), parts.of("seed")
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    others = sample.only(~sample.treated)
    try:
        members = _members(
            sample, parts.of("inference").strata, seed=seed, draws=settings.aa_estimator_draws
        )
    except CheckError as error:  # too few non-participants in a stratum: a fact of the data
        common = _common(sample, chosen, "did_2x2", plan.primary.estimands[0], ())
        key = f"{ANALYSIS}.did_2x2.{plan.primary.estimands[0]}.spread"
        return Result((without(common, key=key, term="spread", reason=error.what),))
    for estimand in plan.primary.estimands:
        found = _on_each(others, chosen, members, plan, estimand=estimand)
        for name, (estimates, errors) in found.items():
            records += _judged(
                _common(sample, chosen, name, estimand, plan.primary.covariates),
                estimates,
                errors,
                units=len(others.units),
                inference=parts.of("inference"),
                seed=seed,
            )
        columns = {name: estimates for name, (estimates, _) in found.items()}
        details[f"estimates.{estimand}"] = pd.DataFrame(columns)
    return Result((*records, *_synthetic(sample, chosen, parts)), details)


def _members(sample: Sample, by: str, *, seed: int, draws: int) -> Flags:
    """Networks among the non-participants, draws x non-participants.

    Args:
        sample: The analysis sample.
        by: Column of the units by which networks are stratified.
        seed: Seed of the settings.
        draws: Number of networks.

    Raises:
        CheckError: If a stratum has too few non-participants.
    """
    strata = sample.units[by].astype(str).tolist()
    drawn = pseudo_networks(
        sample.treated, strata, rng=stream(seed, "pseudo_networks", "each"), draws=draws
    )
    members: Flags = drawn[:, ~sample.treated] > 0
    return members


def _on_each(
    others: Sample, chosen: Windows, members: Flags, plan: AnalysisPlan, *, estimand: str
) -> dict[str, tuple[Floats, Floats]]:
    """Estimator -> estimates and standard errors, one a network; NaN where it gives none."""
    fixed = tuple(c for c in plan.primary.covariates if c not in DECLARED_LATER)
    found: dict[str, tuple[Floats, Floats]] = {}
    for draw, taking_part in enumerate(members):
        units = others.units.assign(treated=taking_part, kick_off=others.start)
        pretended = replace(others, units=units)
        makers = estimators(pretended, chosen, estimand, covariates=fixed) | on_other_scales(
            pretended,
            chosen,
            estimand,
            covariates=plan.primary.covariates,
            exposure=estimand == "person_average",
        )
        for name, fit in makers.items():
            values, errors = found.setdefault(
                name, (np.full(len(members), np.nan), np.full(len(members), np.nan))
            )
            try:
                estimate, variance = fit()
            except EstimationError:
                continue
            values[draw], errors[draw] = estimate, np.sqrt(max(variance, 0.0))
    return found


def _judged(
    common: dict[str, Any],
    estimates: Floats,
    errors: Floats,
    *,
    units: int,
    inference: InferenceSettings,
    seed: int,
) -> list[Estimate]:
    """What came of one estimator: a record a term."""
    key = f"{ANALYSIS}.{common['estimator']}.{common['estimand']}"

    def made() -> list[Estimate]:
        found = aa_test(
            estimates,
            errors,
            df=units - 1,
            level=inference.level,
            power=inference.power,
            least=LEAST,
        )
        return aa_records(found, common, key=key, units=units, seed=seed)

    return tried(common, f"{key}.spread", made, term="aa spread")


def _synthetic(sample: Sample, chosen: Windows, parts: Parts) -> list[Estimate]:
    """Synthetic difference in differences: the networks behind its placebo variance."""
    estimand = "municipality_average"  # its placebos are not weighted
    common = _common(sample, chosen, "synthetic_did", estimand, ())
    key = f"{ANALYSIS}.synthetic_did.{estimand}"
    if reason := stepdown.why_not("synthetic", stepdown.pre_periods(sample)):
        return [without(common, key=f"{key}.spread", term="aa spread", reason=reason)]

    def made() -> list[Estimate]:
        seed = parts.of("seed")
        drawn = synthetic_did.placebo(
            sample,
            chosen,
            draws=parts.of("robustness").synthetic_draws,
            rng=stream(seed, "synthetic_did", estimand),
        ).estimates
        # its error is the spread itself
        spread = np.full(len(drawn), drawn.std())
        others = int((~sample.treated).sum())
        inference = parts.of("inference")
        found = aa_test(
            drawn, spread, df=others - 1, level=inference.level, power=inference.power, least=20
        )
        shown = ("mean", "spread", "mde")
        return aa_records(found, common, key=key, units=others, seed=seed, terms=shown)

    return tried(common, f"{key}.spread", made, term="aa spread")


def _common(
    sample: Sample, chosen: Windows, name: str, estimand: str, covariates: tuple[str, ...]
) -> dict[str, Any]:
    return fields(
        ANALYSIS,
        sample,
        spec=f"{name}.{estimand}",
        estimator=name,
        estimand=estimand,
        windows=chosen,
        covariates=covariates,
        units="eligible municipalities outside the network",
        comparison="other municipalities outside the network",
    )
