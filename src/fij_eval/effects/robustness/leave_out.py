"""The estimate without each municipality or county in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.errors import EstimationError

Fitter: TypeAlias = Callable[[pd.DataFrame, str | None], linear.Fit]


def leave_one_out(
    frame: pd.DataFrame,
    *,
    by: str,
    outcome: str,
    treatment: str,
    covariates: Sequence[str] = (),
    weights: str | None = None,
) -> pd.DataFrame:
    """Two-way fixed-effects estimate with each group of units left out, by cluster sums.

    Args:
        frame: One row a ``municipality_code`` and ``reference_month``.
        by: Column whose values are left out, constant within municipality.
        outcome: Column of the outcome.
        treatment: Column of the treatment.
        covariates: Columns of covariates.
        weights: Column of weights.

    Returns:
        Columns ``left_out``, ``estimate``, ``change`` (from the full estimate), ``change_in_se``
        (in CV1 errors of the full estimate, by municipality) and ``note``, by size of change.

    Raises:
        EstimationError: If the full estimate cannot be formed.
    """

    def fitted(rows: pd.DataFrame, cluster: str | None) -> linear.Fit:
        return linear.fit(
            linear.absorb(
                linear.design(
                    rows,
                    outcome=outcome,
                    treatment=[treatment],
                    covariates=covariates,
                    weights=weights,
                    cluster=cluster,
                )
            )
        )

    full = fitted(frame, None)
    se = float(np.sqrt(cluster_robust.cv1(full)[0, 0]))
    model = fitted(frame, by)
    names = model.absorbed.design.cluster_names
    found: list[tuple[str, float, str]]
    try:
        left = cluster_robust.jackknife(model)[:, 0]
        found = [(n, float(b), "") for n, b in zip(names, left, strict=True)]
    except EstimationError:
        found = [_one(frame[frame[by].astype(str) != n], n, fitted) for n in names]
    table = pd.DataFrame(found, columns=["left_out", "estimate", "note"])
    change = table["estimate"] - float(full.coefficient[0])
    table = table.assign(change=change, change_in_se=change / se)
    order = change.abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order, ["left_out", "estimate", "change", "change_in_se", "note"]].reset_index(
        drop=True
    )


def _one(rows: pd.DataFrame, name: str, fitted: Fitter) -> tuple[str, float, str]:
    """The estimate without one group, or why there is none."""
    try:
        return name, float(fitted(rows, None).coefficient[0]), ""
    except EstimationError as error:
        return name, np.nan, error.what
