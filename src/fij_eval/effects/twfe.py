"""Two-way fixed effects by linearmodels, clustered by municipality.

y_it = alpha_i + gamma_t + tau (network_i x post_t) + x_it' beta + e_it over the snapshots of the
base and the post window; those between them do not enter, so that tau is the mean effect of the
post window. With one month of kick-off and a balanced panel tau equals the 2x2 (Wooldridge 2021,
SSRN 3906345, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.design import Design, stack
from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.samples import Floats, Sample, Windows, weights


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """Coefficients of the terms of a design.

    Attributes:
        names: Terms, p.
        estimates: Coefficients, p.
        covariance: Cluster-robust covariance (CV1), p x p.
        n_units: Units that enter, which are the clusters.
        n_treated: Of these, in the network arm.
        n_obs: Municipality-months that enter.
        units: Rows of the sample that enter, sorted.
        without_covariates: Units left out because a covariate is missing.
        collinear: Covariate columns left out because others determine them.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    n_units: int
    n_treated: int
    n_obs: int
    units: tuple[int, ...]
    without_covariates: int = 0
    collinear: tuple[str, ...] = ()


def regress(design: Design) -> Fit:
    """Weighted least squares with municipality and snapshot effects.

    The error is CV1 in the convention of ``fij_eval.effects.clustered``: linearmodels' own default
    counts municipality effects that are nested in the clusters, which makes the error too large by
    the square root of T/(T-1).
    """
    import pandas as pd
    from linearmodels.panel import PanelOLS

    names = [*design.term_names, *design.covariate_names]
    index = pd.MultiIndex.from_arrays([design.unit, design.time], names=["unit", "time"])
    # Generic names inside: a term may be called like a month or hold signs of a formula.
    columns = [f"x{j}" for j in range(len(names))]
    exog = pd.DataFrame(
        np.column_stack([design.terms, design.covariates]), index=index, columns=columns
    )
    model = PanelOLS(
        pd.Series(design.y, index=index, name="y"),
        exog,
        weights=pd.Series(design.weights, index=index, name="w"),
        entity_effects=True,
        time_effects=True,
        check_rank=False,  # ``design.stack`` has left out what is collinear
    )
    result = model.fit(
        cov_type="clustered",
        cluster_entity=True,
        auto_df=False,
        count_effects=False,
        group_debias=True,
    )
    p = len(design.term_names)
    return Fit(
        names=design.term_names,
        estimates=result.params.to_numpy(dtype=float)[:p],
        covariance=result.cov.to_numpy(dtype=float)[:p, :p],
        n_units=design.n_units,
        n_treated=design.n_treated,
        n_obs=len(design.y),
        units=tuple(np.unique(design.unit).tolist()),
        without_covariates=design.without_covariates,
        collinear=design.collinear,
    )


def estimate(
    sample: Sample, windows: Windows, *, estimand: str, covariates: tuple[str, ...] = ()
) -> Fit:
    """The effect on the post window by two-way fixed effects.

    Municipalities with the outcome in one window only tell nothing of the effect and are left out,
    so that the units are those of the 2x2.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates.

    Returns:
        A fit with the single term ``att``.

    Raises:
        NotEstimableError: If the data cannot give the effect.
    """
    keep = in_both(sample, windows)
    post = np.isin(sample.months, windows.post)
    term = np.outer(sample.treated.astype(float), post.astype(float))
    design = stack(
        sample,
        (*windows.base, *windows.post),
        {"att": term},
        weights=weights(sample, estimand),
        covariates=covariates,
        keep=keep,
    )
    return regress(design)
