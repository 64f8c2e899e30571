"""Imputation: fit the untreated outcome on untreated cells, compare treated cells with it.

Borusyak, Jaravel & Spiess (2024), Review of Economic Studies 91(6): y_it(0) = alpha_i + gamma_t +
x_it' beta is fitted on the cells of comparison municipalities and of network municipalities before
kick-off (their section 4.1); the effect is the weighted mean of y - y(0) over the network's cells
in the post window. The estimate is linear in the outcome, sum of v_it y_it, and its variance is the
conservative one of their equation 8, with effects taken as equal within a snapshot for the
residuals of treated cells. On a balanced panel with one month of kick-off the estimate is the 2x2
with all snapshots of the base window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import predicting_columns, unit_covariates, within_unit
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights
from fij_eval.settings import CURRENT_COVARIATES


@dataclass(frozen=True, eq=False, kw_only=True)
class Imputation:
    """The imputed effect.

    Attributes:
        att: Weighted mean of the effects of the post window's treated cells.
        variance: Its variance, clustered by municipality, conservative.
        months: Snapshots of the post window with a treated cell, m.
        by_month: Mean effect at each, m.
        covariance: Covariance of ``by_month``, m x m.
        effects: Effect of each treated cell, n x T, NaN elsewhere.
        n_units: Units that enter.
        n_treated: Of these, in the network arm with an imputed cell.
        n_obs: Cells that enter.
        persons: Refugees 20-66 of the reference month in the units that enter.
        left_out: Treated cells that cannot be imputed (no cell before kick-off, no comparison).
    """

    att: float
    variance: float
    months: tuple[str, ...]
    by_month: Floats
    covariance: Floats
    effects: Floats
    n_units: int
    n_treated: int
    n_obs: int
    persons: int
    left_out: int


@dataclass(frozen=True, eq=False)
class _Cells:
    """Stacked cells: outcome, unit, time, regressors, weights; untreated ones and targets."""

    y: Floats
    unit: npt.NDArray[np.intp]
    time: npt.NDArray[np.intp]
    x: Floats
    w: Floats
    untreated: Flags
    target: Flags


def estimate(
    sample: Sample, windows: Windows, *, estimand: str, covariates: Sequence[str] = ()
) -> Imputation:
    """The imputation estimate of the effect on the post window.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots; others do not enter.
        estimand: ``municipality_average`` or ``person_average``: weights of the cells, in the fit
            and in the mean.
        covariates: Names of covariates.

    Raises:
        NotEstimableError: If no treated cell can be imputed.
    """
    cells, left_out = _cells(sample, windows, weights(sample, estimand), covariates)
    model = _fit(cells)
    effect = cells.y - model.predicted
    target = cells.target
    total = cells.w[target].sum()
    overall = np.where(target, cells.w, 0.0) / total
    at = np.unique(cells.time[target])
    monthly = np.zeros((len(cells.y), len(at)))
    for k, t in enumerate(at):
        chosen = target & (cells.time == t)
        monthly[chosen, k] = cells.w[chosen] / cells.w[chosen].sum()
    aims = np.column_stack([overall, monthly])
    influence = _influence(cells, aims, model)
    covariance = influence.T @ influence
    grid = np.full(sample.outcome.shape, np.nan)
    grid[cells.unit[target], cells.time[target]] = effect[target]
    units = np.unique(cells.unit)
    return Imputation(
        att=float(aims[:, 0] @ effect),
        variance=float(covariance[0, 0]),
        months=tuple(sample.months[t] for t in at),
        by_month=monthly.T @ effect,
        covariance=covariance[1:, 1:],
        effects=grid,
        n_units=len(units),
        n_treated=len(np.unique(cells.unit[target])),
        n_obs=len(cells.y),
        persons=int(sample.units["weight"].to_numpy(dtype=float)[units].sum()),
        left_out=left_out,
    )


def _cells(
    sample: Sample, windows: Windows, weight: Floats, covariates: Sequence[str]
) -> tuple[_Cells, int]:
    """The cells that enter, and how many treated ones cannot be imputed."""
    for name, months in (("base", windows.base), ("post", windows.post)):
        if not months:
            raise NotEstimableError(f"no snapshot in the {name} window")
    base = np.array([month in windows.base for month in sample.months])
    post = np.array([month in windows.post for month in sample.months])
    fixed, _ = unit_covariates(sample, [c for c in covariates if c not in CURRENT_COVARIATES])
    current = [sample.current[c] for c in covariates if c in CURRENT_COVARIATES]
    seen: Flags = np.isfinite(sample.outcome) & (base | post)[None, :] & (weight > 0)[:, None]
    known: Flags = np.asarray(np.isfinite(fixed).all(axis=1))
    seen &= known[:, None]
    for values in current:
        seen &= np.isfinite(values)
    treated = sample.treated
    untreated = seen & (~treated[:, None] | base)
    wanted = seen & treated[:, None] & post
    possible = untreated.any(axis=1)[:, None] & (untreated & ~treated[:, None]).any(axis=0)[None, :]
    target = wanted & possible
    if not target.any():
        arm = "network" if not treated.any() or not wanted.any() else "comparison"
        raise NotEstimableError(f"no cell to impute: the {arm} arm lacks the outcome in a window")
    unit, time = np.nonzero(untreated | target)
    snapshots = np.unique(time)
    dummies = (time[:, None] == snapshots[1:]).astype(float)
    by_month = [fixed[unit] * (time == t).astype(float)[:, None] for t in snapshots[1:]]
    x = np.column_stack([dummies, *by_month, *(values[unit, time] for values in current)])
    made = _Cells(
        y=sample.outcome[unit, time],
        unit=unit,
        time=time,
        x=x,
        w=weight[unit],
        untreated=untreated[unit, time],
        target=target[unit, time],
    )
    return made, int(wanted.sum() - target.sum())


@dataclass(frozen=True, eq=False)
class _Model:
    """Least squares on the untreated cells: predictions, and what carries weights back to them."""

    predicted: Floats
    within: Floats
    centred: Floats
    inverse: Floats
    total: Floats
    position: npt.NDArray[np.intp]


def _fit(cells: _Cells) -> _Model:
    """Fit municipality and snapshot effects and covariates on untreated cells, predict all."""
    u = cells.untreated
    _, position = np.unique(cells.unit, return_inverse=True)
    w0 = np.where(u, cells.w, 0.0)
    total = np.bincount(position, weights=w0).astype(float)
    columns = [np.bincount(position, weights=w0 * column) / total for column in cells.x.T]
    centred = cells.x - np.column_stack(columns)[position]
    level = (np.bincount(position, weights=w0 * cells.y) / total)[position]
    within = within_unit(cells.x[u], cells.unit[u], cells.w[u])
    size = np.linalg.norm(cells.x[u] * np.sqrt(cells.w[u])[:, None], axis=0)
    kept = predicting_columns(within, centred[cells.target], cells.w[u], size=size)
    chosen, w = within[:, kept], cells.w[u]
    inverse = np.asarray(np.linalg.inv(chosen.T @ (chosen * w[:, None])), dtype=float)
    beta = inverse @ (chosen.T @ (w * (cells.y - level)[u]))
    return _Model(
        predicted=level + centred[:, kept] @ beta,
        within=chosen,
        centred=centred[:, kept],
        inverse=inverse,
        total=total,
        position=position,
    )


def _influence(cells: _Cells, aims: Floats, model: _Model) -> Floats:
    """Influence of each municipality on each aim, units x aims.

    An aim is a set of weights on treated cells. The estimate is linear in the outcome, so the
    weights on untreated cells follow from the fit; what is left is the residual each one meets.
    """
    u, w = cells.untreated, cells.w
    n = len(model.total)
    effect = cells.y - model.predicted
    influence = np.zeros((n, aims.shape[1]))
    for k, aim in enumerate(aims.T):
        by_unit = np.bincount(model.position, weights=aim, minlength=n)
        pull = model.inverse @ (model.centred.T @ aim)
        v = aim.copy()
        v[u] -= w[u] * (by_unit / model.total)[model.position[u]] + w[u] * (model.within @ pull)
        residual = effect.copy()
        for t in np.unique(cells.time[cells.target]):
            here = cells.target & (cells.time == t)
            square = aim[here] ** 2
            if square.sum() > 0:
                residual[here] -= (square @ effect[here]) / square.sum()
        influence[:, k] = np.bincount(model.position, weights=v * residual, minlength=n)
    return influence
