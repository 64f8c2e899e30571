"""Estimators that model the change: group-time effects, imputation, the ANCOVA bracket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fij_eval.effects import ancova, goodman_bacon, group_time, imputation
from fij_eval.effects.analyses.alternatives.case import Case
from fij_eval.effects.analyses.common import effect, persons_of, tried
from fij_eval.effects.doubly_robust import METHODS
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Flags, NotEstimableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

INFLUENCE = "influence function, t(G-1)"


def group_time_effects(case: Case) -> list[Estimate]:
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
        ) -> list[Estimate]:
            found = group_time.estimate(
                case.sample, estimand=case.estimand, method=method, covariates=case.covariates
            )
            total = group_time.aggregate(found, months=case.chosen.post)
            post = np.isin(found.months, case.chosen.post)
            used = found.entered[:, post].any(axis=1)
            common = common | {"base": f"last before kick-off ({found.base[-1]})"}
            whole = effect(
                common,
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
            return [whole, *(_in_parts(case, found, common) if method == "dr" else ())]

        records += tried(common, key, made)
    return records


def _in_parts(
    case: Case, found: group_time.GroupTime, common: dict[str, Any]
) -> Iterator[Estimate]:
    """Effects by month of kick-off over the post window, and by months since kick-off.

    Those before kick-off are in the latter: they are changes where no effect can be.
    """
    for kind, months in (("group", case.chosen.post), ("dynamic", ())):
        total = group_time.aggregate(found, cast("group_time.Kind", kind), months=months)
        parts = zip(total.labels, total.parts, total.part_variances, strict=True)
        for label, value, variance in parts:
            yield effect(
                common | {"post": common["post"] if kind == "group" else f"{label} months since"},
                key=case.key("group_time_dr", f"{kind}.{label}"),
                term=f"{kind} {label}",
                value=float(value),
                variance=float(variance),
                level=case.level,
                inference=INFLUENCE,
                n_units=total.n_units,
                n_treated=total.n_treated,
            )


def compared_with_whom(case: Case) -> pd.DataFrame | None:
    """Comparisons behind two-way fixed effects over all snapshots, the forbidden ones among them.

    None with one month of kick-off, where there is one comparison alone, or where the panel of
    municipalities with every snapshot leaves none.
    """
    import pandas as pd

    sample = case.sample
    if len(set(sample.units.loc[sample.treated, "kick_off"])) < 2:
        return None
    complete: Flags = np.logical_and.reduce(np.isfinite(sample.outcome), axis=1)
    whole = sample.only(complete)
    months = np.array(whole.months)
    begins = np.searchsorted(months, whole.units["kick_off"].to_numpy(dtype=str), side="right")
    try:
        found = goodman_bacon.decompose(whole.outcome, np.where(whole.treated, begins, -1))
    except NotEstimableError:
        return None
    return pd.DataFrame(
        {
            "kind": [c.kind for c in found],
            "treated_from": [str(months[c.treated]) for c in found],
            "compared_from": ["" if c.comparison < 0 else str(months[c.comparison]) for c in found],
            "forbidden": [c.kind == "later_earlier" for c in found],
            "weight": [c.weight for c in found],
            "estimate": [c.estimate for c in found],
        }
    )


def imputed_effects(case: Case) -> list[Estimate]:
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


def ancova_bracket(case: Case) -> list[Estimate]:
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
