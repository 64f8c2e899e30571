"""Estimators that choose whom to compare with: entropy balancing, matching, synthetic weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import balancing, matching, stepdown, synthetic_did
from fij_eval.effects.analyses.alternatives.case import Case
from fij_eval.effects.analyses.common import effect, persons_of, tried, without
from fij_eval.effects.record import Estimate
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import Parts


def entropy_balanced(case: Case) -> tuple[list[Estimate], dict[str, pd.DataFrame]]:
    """Entropy balancing, its weights, and the balance of covariates before and after."""
    import pandas as pd

    common = case.common("entropy_balancing")
    key = case.key("entropy_balancing")
    try:
        found = balancing.estimate(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
    except EstimationError as error:
        return [without(common, key=key, reason=error.what)], {}
    units = found.units
    record = effect(
        common,
        key=key,
        value=found.att,
        variance=found.variance,
        level=case.level,
        inference="influence function with estimated weights, t(G-1)",
        n_units=len(units.rows),
        n_treated=int(units.treated.sum()),
        n_obs=units.n_obs,
        persons=persons_of(case.sample, units.rows),
        note=f"effective number of comparison municipalities {found.effective_comparisons:.1f}, "
        f"largest weight {found.largest_weight:.3f}",
    )
    codes = case.sample.units.index.astype(str)
    balance = pd.DataFrame([asdict(c) for c in found.balance]).rename(columns={"name": "covariate"})
    weights = pd.DataFrame(
        {
            "municipality_code": codes[np.array(units.rows)[~units.treated]],
            "weight": found.comparison_weights,
        }
    )
    return [record], {"balance": balance, "balancing_weights": weights}


def matched(case: Case) -> tuple[list[Estimate], dict[str, pd.DataFrame]]:
    """Nearest neighbours in covariates, and how far covariates tell the arms apart."""
    import pandas as pd

    common = case.common("matching")
    tables: dict[str, pd.DataFrame] = {}

    def made() -> list[Estimate]:
        found = matching.estimate(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
        seen = matching.overlap(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
        units = found.units
        tables["overlap"] = pd.DataFrame(
            {"network": seen.units.treated, "propensity": seen.propensity}
        )
        counts: dict[str, Any] = {
            "n_units": len(units.rows),
            "n_treated": int(units.treated.sum()),
            "n_obs": units.n_obs,
            "persons": persons_of(case.sample, units.rows),
        }
        return [
            effect(
                common,
                key=case.key("matching"),
                value=found.att,
                variance=found.variance,
                level=case.level,
                inference="Abadie-Imbens, t(G-1)",
                note=f"{found.used} comparison municipalities are anyone's neighbour",
                **counts,
            ),
            Estimate(
                key=case.key("matching", "discrimination"),
                term="discrimination",
                scale="statistic",
                estimate=seen.discrimination,
                note=f"{seen.outside} network municipalities outside common support",
                **counts,
                **common,
            ),
        ]

    return tried(common, case.key("matching"), made), tables


def synthetic(case: Case, parts: Parts) -> tuple[list[Estimate], dict[str, pd.DataFrame]]:
    """Synthetic difference in differences with placebo variance, its weights and paths."""
    import pandas as pd

    common = case.common("synthetic_did", adjusted=False)
    key = case.key("synthetic_did")
    periods = stepdown.pre_periods(case.sample)
    if reason := stepdown.why_not("synthetic", periods):
        return [without(common, key=key, reason=reason)], {}
    settings = parts.of("robustness")
    try:
        found = synthetic_did.estimate(case.sample, case.chosen, estimand=case.estimand)
        drawn = synthetic_did.placebo(
            case.sample,
            case.chosen,
            draws=settings.synthetic_draws,
            rng=stream(parts.of("seed"), "synthetic_did", case.estimand),
        )
    except EstimationError as error:
        return [without(common, key=key, reason=error.what)], {}
    n_units = len(found.comparison) + len(found.network)
    shown = stepdown.why_not("synthetic_shown", periods)
    effective = f"effective number of comparison municipalities {found.effective_comparisons:.1f}"
    record = effect(
        common,
        key=key,
        value=found.att,
        variance=drawn.variance,
        level=case.level,
        inference="placebo variance, t(G-1)",
        n_units=n_units,
        n_treated=len(found.network),
        n_obs=n_units * len(found.months),
        persons=found.persons,
        seed=parts.of("seed"),
        draws=settings.synthetic_draws,
        note="; ".join(filter(None, (effective, shown))),
    )
    codes = case.sample.units.index.astype(str)
    base = found.months[: len(found.time_weights)]
    tables = {
        "unit_weights": pd.DataFrame(
            {
                "municipality_code": [codes[i] for i in found.comparison],
                "weight": found.unit_weights,
            }
        ),
        "time_weights": pd.DataFrame({"month": list(base), "weight": found.time_weights}),
        "paths": pd.DataFrame(
            {
                "month": list(found.months),
                "network": found.network_path,
                "synthetic": found.synthetic_path,
            }
        ),
    }
    return [record], tables
