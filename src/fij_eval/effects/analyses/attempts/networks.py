"""The A/A test: networks that did not exist, among those that did not take part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import fractional_draws
from fij_eval.effects.analyses.aa_records import aa_records
from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.common import tried, without
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.effects.robustness.pseudo_networks import aa_test, pseudo_networks
from fij_eval.errors import CheckError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd


def networks_that_were_not(case: Case, details: dict[str, pd.DataFrame]) -> list[Estimate]:
    """The A/A test: networks that did not exist, among those that did not take part."""
    import pandas as pd

    settings, seed = case.parts.of("robustness"), case.parts.of("seed")
    power = case.parts.of("inference").power
    others = case.data.only(~case.data.treated)
    records: list[Estimate] = []
    try:
        labels = pseudo_networks(
            case.data.treated,
            case.data.strata,
            rng=stream(seed, "pseudo_networks"),
            draws=settings.aa_draws,
        )[:, ~case.data.treated]
    except CheckError as error:  # too few non-participants in a stratum: a fact of the data
        return [
            without(
                case.common("aa"), key=f"{case.stem('aa')}.spread", term="spread", reason=error.what
            )
        ]
    assigned = labels > 0
    drawn = {
        "raw": lambda: permuted_differences(others.change, assigned, weights=others.weight),
        "adjusted": lambda: permuted_differences(
            others.change, assigned, weights=others.weight, covariates=others.covariates
        ),
        "logit": lambda: fractional_draws.effects(others, assigned),
    }
    columns: dict[str, np.ndarray] = {}
    for name, make_draws in drawn.items():
        key = f"{case.stem('aa')}.{name}"

        def made(name: str = name, make_draws: Any = make_draws, key: str = key) -> list[Estimate]:  # noqa: ANN401 -- bound now
            estimates, errors = make_draws()
            columns[name] = estimates
            found = aa_test(estimates, errors, df=others.n_units - 1, level=case.level, power=power)
            common = case.common(f"aa.{name}")
            return aa_records(found, common, key=key, units=others.n_units, seed=seed)

        records += tried(case.common(f"aa.{name}"), f"{key}.spread", made, term="aa spread")
    if columns:
        details[f"aa.{case.estimand}"] = pd.DataFrame(columns)
    return records
