"""Outcomes that taking part should not move: unemployment, employment of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.common import tried
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import difference
from fij_eval.effects.samples import Sample
from fij_eval.effects.two_windows import collapse

if TYPE_CHECKING:
    import pandas as pd

#: November figures of all residents and immigrants, by municipality: the placebo outcome.
EMPLOYED, EVERYONE, IMMIGRANTS = "A.01", "A-G", "B"


def other_employment(labour: pd.DataFrame, sample: Sample) -> np.ndarray:
    """Change of log employed residents who are not immigrants, November before to after kick-off.

    NaN where a figure is missing; all NaN where there is no November on either side.
    """
    years = sorted({int(y) for y in labour["Tid"].unique()})
    start = int(sample.start[:4]) - (0 if sample.start[5:] > "11" else 1)
    nothing = np.full(len(sample.units), np.nan)
    if start not in years or start + 1 not in years:
        return nothing
    employed = labour[labour["HovArbStyrkStatus"] == EMPLOYED]
    wide = employed.pivot_table(
        index="Region", columns=["InnvandrKat", "Tid"], values="value", aggfunc="first"
    ).reindex(sample.units.index.astype(str))

    def others(year: int) -> np.ndarray:
        if (EVERYONE, str(year)) not in wide or (IMMIGRANTS, str(year)) not in wide:
            return nothing
        found: pd.Series = wide[EVERYONE, str(year)] - wide[IMMIGRANTS, str(year)]
        values = found.to_numpy(dtype=float)
        return np.where(values > 0, values, np.nan)

    return np.asarray(np.log(others(start + 1)) - np.log(others(start)))


def outcome_placebos(case: Case, labour: np.ndarray) -> list[Estimate]:
    """Outcomes that taking part should not move: unemployment, employment of others."""
    data, sample = case.data, case.sample
    records: list[Estimate] = []
    own = case.sample.current["unemployment_rate_now"]

    def unemployment() -> Estimate:
        moved = collapse(
            sample, case.chosen, estimand=case.estimand, covariates=case.covariates, outcome=own
        )
        found = difference(
            moved.change,
            moved.treated,
            weights=moved.weight,
            covariates=moved.covariates,
            level=case.level,
        )
        note = "registered unemployment of the labour force, all residents"
        return case.of_difference(found, what="placebo_outcome", term="unemployment", note=note)

    def others() -> Estimate:
        found = difference(
            labour[data.rows],
            data.treated,
            weights=data.weight,
            covariates=data.covariates,
            level=case.level,
        )
        note = "log of employed residents who are not immigrants, November before to after kick-off"
        if lacking := data.n_units - found.n_units:
            note += f"; {lacking} municipalities without both figures"
        return case.of_difference(
            found, what="placebo_outcome", term="other_employment", note=note, scale="ratio"
        )

    for term, scale, made in (
        ("unemployment", "pp", unemployment),
        ("other_employment", "ratio", others),
    ):
        key = f"{case.stem('placebo_outcome')}.{term}"
        records += tried(case.common("placebo_outcome"), key, made, term=term, scale=scale)
    return records
