"""The same question put to other estimators: they are to agree, or the reason is to be seen.

Group-time effects (regression, weighting, doubly robust), imputation, the ANCOVA bracket, entropy
balancing, matching, and synthetic difference in differences with its weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import (
    ancova,
    balancing,
    group_time,
    imputation,
    matching,
    stepdown,
    synthetic_did,
)
from fij_eval.effects.analyses.common import (
    Result,
    effect,
    fields,
    persons_of,
    sample_of,
    tried,
    without,
)
from fij_eval.effects.checks import DECLARED_LATER
from fij_eval.effects.doubly_robust import METHODS
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Sample, Windows, windows
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "estimators"
INFLUENCE = "influence function, t(G-1)"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``estimators.<estimator>.<estimand>.<term>``, weights and balance as tables."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    # these estimators take facts of the reference month only
    covariates = tuple(c for c in plan.primary.covariates if c not in DECLARED_LATER)
    level = parts.of("inference").level
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    for estimand in plan.primary.estimands:
        case = _Case(sample, chosen, estimand, covariates, level)
        records += _group_time(case)
        records += _imputation(case)
        records += _ancova(case)
        balanced, table = _balancing(case)
        records += balanced
        if table is not None:
            details[f"balance.{estimand}"] = table
        records += _matching(case)
        synthetic, tables = _synthetic(case, parts)
        records += synthetic
        details |= {f"{name}.{estimand}": frame for name, frame in tables.items()}
    return Result(tuple(records), details)


class _Case:
    """Sample, windows, estimand and covariates, and the fields that records share."""

    def __init__(
        self,
        sample: Sample,
        chosen: Windows,
        estimand: str,
        covariates: tuple[str, ...],
        level: float,
    ) -> None:
        self.sample = sample
        self.chosen = chosen
        self.estimand = estimand
        self.covariates = covariates
        self.level = level

    def common(self, estimator: str, *, adjusted: bool = True) -> dict[str, Any]:
        """Fields of this estimator's records."""
        return fields(
            ANALYSIS,
            self.sample,
            spec=f"{estimator}.{self.estimand}",
            estimator=estimator,
            estimand=self.estimand,
            windows=self.chosen,
            covariates=self.covariates if adjusted else (),
        )

    def key(self, estimator: str, term: str = "att") -> str:
        """Key of a record."""
        return f"{ANALYSIS}.{estimator}.{self.estimand}.{term}"


def _group_time(case: _Case) -> list[Estimate]:
    """Simple aggregate over the post window for each method, base the last snapshot before."""
    records: list[Estimate] = []
    for method in METHODS:
        name = f"group_time_{method}"
        common = case.common(name)
        key = case.key(name)

        def made(
            method: Any = method,  # noqa: ANN401 -- bound now, not when called
            common: dict[str, Any] = common,
            key: str = key,
        ) -> Estimate:
            found = group_time.estimate(
                case.sample, estimand=case.estimand, method=method, covariates=case.covariates
            )
            total = group_time.aggregate(found, months=case.chosen.post)
            post = np.isin(found.months, case.chosen.post)
            used = found.entered[:, post].any(axis=1)
            return effect(
                common | {"base": f"last before kick-off ({found.base[-1]})"},
                key=key,
                value=total.att,
                variance=total.variance,
                level=case.level,
                inference=INFLUENCE,
                n_units=total.n_units,
                n_treated=total.n_treated,
                n_obs=int(found.entered[:, post].sum()),
                persons=persons_of(case.sample, tuple(np.flatnonzero(used).tolist())),
                note=f"{max(found.trimmed)} comparison municipalities trimmed"
                if max(found.trimmed)
                else "",
            )

        records += tried(common, key, made)
    return records


def _imputation(case: _Case) -> list[Estimate]:
    """Imputation without and with covariates, and by snapshot."""
    records: list[Estimate] = []
    for suffix, covariates in (("", ()), ("_adjusted", case.covariates)):
        name = f"imputation{suffix}"
        common = case.common(name, adjusted=bool(covariates))

        def made(
            name: str = name,
            common: dict[str, Any] = common,
            covariates: tuple[str, ...] = covariates,
        ) -> list[Estimate]:
            found = imputation.estimate(
                case.sample, case.chosen, estimand=case.estimand, covariates=covariates
            )
            shared: dict[str, Any] = {
                "level": case.level,
                "inference": "conservative, by municipality, t(G-1)",
                "n_units": found.n_units,
                "n_treated": found.n_treated,
                "n_obs": found.n_obs,
                "persons": found.persons,
                "note": f"{found.left_out} cells cannot be imputed" if found.left_out else "",
            }
            whole = effect(
                common, key=case.key(name), value=found.att, variance=found.variance, **shared
            )
            by_month = [
                effect(
                    common | {"post": month},
                    key=case.key(name, month),
                    term=month,
                    value=float(value),
                    variance=float(found.covariance[k, k]),
                    **shared,
                )
                for k, (month, value) in enumerate(zip(found.months, found.by_month, strict=True))
            ]
            return [whole, *by_month]

        records += tried(common, case.key(name), made)
    return records


def _ancova(case: _Case) -> list[Estimate]:
    """ANCOVA and the difference in differences that it brackets with."""
    common = case.common("ancova")

    def made() -> list[Estimate]:
        found = ancova.estimate(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
        shared: dict[str, Any] = {
            "level": case.level,
            "inference": "CV1 t(G-1)",
            "n_units": found.n_units,
            "n_treated": found.n_treated,
            "n_obs": found.n_obs,
            "persons": found.persons,
        }
        return [
            effect(
                common,
                key=case.key("ancova"),
                value=found.att,
                variance=found.variance,
                note=f"bracket: {found.direction.replace('_', ' ')}",
                **shared,
            ),
            effect(
                common | {"estimator": "did_adjusted"},
                key=case.key("ancova", "did"),
                term="att_did",
                value=found.did,
                variance=found.did_variance,
                **shared,
            ),
            Estimate(
                key=case.key("ancova", "persistence"),
                term="persistence",
                scale="statistic",
                estimate=found.persistence,
                n_units=found.n_units,
                n_treated=found.n_treated,
                **common,
            ),
        ]

    return tried(common, case.key("ancova"), made)


def _balancing(case: _Case) -> tuple[list[Estimate], pd.DataFrame | None]:
    """Entropy balancing, and the balance of covariates before and after."""
    import pandas as pd

    common = case.common("entropy_balancing")
    key = case.key("entropy_balancing")
    try:
        found = balancing.estimate(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
    except EstimationError as error:
        return [without(common, key=key, reason=error.what)], None
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
    table = pd.DataFrame(
        {
            "covariate": [c.name for c in found.balance],
            "network": [c.network for c in found.balance],
            "comparison": [c.comparison for c in found.balance],
            "comparison_weighted": [c.comparison_weighted for c in found.balance],
            "difference": [c.difference for c in found.balance],
            "difference_weighted": [c.difference_weighted for c in found.balance],
        }
    )
    return [record], table


def _matching(case: _Case) -> list[Estimate]:
    """Nearest neighbours in covariates, and how far covariates tell the arms apart."""
    common = case.common("matching")

    def made() -> list[Estimate]:
        found = matching.estimate(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
        seen = matching.overlap(
            case.sample, case.chosen, estimand=case.estimand, covariates=case.covariates
        )
        units = found.units
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

    return tried(common, case.key("matching"), made)


def _synthetic(case: _Case, parts: Parts) -> tuple[list[Estimate], dict[str, pd.DataFrame]]:
    """Synthetic difference in differences with placebo variance, its weights and paths."""
    import pandas as pd

    common = case.common("synthetic_did", adjusted=False)
    key = case.key("synthetic_did")
    periods = stepdown.pre_periods(case.sample)
    if reason := stepdown.why_not("synthetic", periods):
        return [without(common, key=key, reason=reason)], {}
    inside = case.sample.outcome[:, case.sample.at((*case.chosen.base, *case.chosen.post))]
    known = inside[np.isfinite(inside)]
    if not known.size or np.ptp(known) == 0:
        return [without(common, key=key, reason="the outcome does not vary")], {}
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
