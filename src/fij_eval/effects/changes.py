"""Units with a change between the windows and all covariates: what adjusted estimators work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.design import independent_columns, unit_covariates
from fij_eval.effects.did2x2 import in_both, window_means
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights


@dataclass(frozen=True, eq=False, kw_only=True)
class Changes:
    """Units with the outcome in both windows, a row each.

    Attributes:
        base: Mean outcome of the base window, n.
        post: Mean outcome of the post window, n.
        treated: Arm, n.
        x: Covariate columns, n x k, without collinear ones.
        names: Their names, k.
        weight: Weights of the estimand, n.
        rows: Rows of the sample, n.
        n_obs: Municipality-months behind the means.
    """

    base: Floats
    post: Floats
    treated: Flags
    x: Floats
    names: tuple[str, ...]
    weight: Floats
    rows: tuple[int, ...]
    n_obs: int

    @property
    def change(self) -> Floats:
        """Post less base, n."""
        return self.post - self.base


def changes(
    sample: Sample, windows: Windows, *, estimand: str, covariates: Sequence[str]
) -> Changes:
    """Units with the outcome in both windows and all covariates.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates of the reference month.

    Raises:
        NotEstimableError: If an arm is left without units.
    """
    x, names = unit_covariates(sample, covariates)
    weight = weights(sample, estimand)
    used = in_both(sample, windows) & np.isfinite(x).all(axis=1) & (weight > 0)
    treated = sample.treated[used]
    if treated.all() or not treated.any():
        raise NotEstimableError("no municipality of an arm has the outcome and all covariates")
    base, post, n_obs = window_means(sample, windows, used)
    kept = [j for j in independent_columns(np.column_stack([np.ones(used.sum()), x[used]])) if j]
    return Changes(
        base=base,
        post=post,
        treated=treated,
        x=x[used][:, [j - 1 for j in kept]],
        names=tuple(names[j - 1] for j in kept),
        weight=weight[used],
        rows=tuple(np.nonzero(used)[0].tolist()),
        n_obs=n_obs,
    )


def at_least_one(covariates: Sequence[str]) -> Sequence[str]:
    """The covariates, for estimators that are nothing without any.

    Raises:
        NotEstimableError: If there is none.
    """
    if not covariates:
        raise NotEstimableError("no covariate to balance on")
    return covariates
