"""Imputation: fit the untreated outcome on untreated cells, compare treated cells with it.

Borusyak, Jaravel & Spiess (2024), Review of Economic Studies 91(6): y_it(0) = alpha_i + gamma_t +
x_it' beta is fitted on the cells of comparison municipalities and of network municipalities before
kick-off (their section 4.1); the effect is the weighted mean of y - y(0) over the network's cells
in the post window. The estimate is linear in the outcome, sum of v_it y_it, and its variance is the
conservative one of their equation 8, with effects taken as equal within a snapshot for the
residuals of treated cells. On a balanced panel with one month of kick-off the estimate is the 2x2
with all snapshots of the base window. The fit is the two-way engine's, linear in cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import refuse_outside, unit_covariates
from fij_eval.effects.did2x2 import refuse_empty
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights
from fij_eval.effects.two_way import Interacted, Panel, Solution, orthonormal, solve
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
    """Cells on the units (n) and snapshots (T) that enter.

    Attributes:
        y: Outcome, n x T, zero where no cell enters.
        w: Weight of each cell, n x T, zero where none enters.
        untreated: Cells that are fitted; every unit has one.
        target: Cells that are imputed.
        facts: Facts of the units, the first of them one, n x f: each has a coefficient a snapshot.
        current: Covariates of the month, each n x T, zero where no cell enters.
    """

    y: Floats
    w: Floats
    untreated: Flags
    target: Flags
    facts: Floats
    current: tuple[Floats, ...] = ()


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
    cells, rows, columns, left_out = _cells(sample, windows, weights(sample, estimand), covariates)
    model = _fit(cells)
    effect = cells.y - model.predicted
    target = cells.target
    weight = np.where(target, cells.w, 0.0)
    at = np.flatnonzero(target.any(axis=0))
    monthly = weight[:, at] / weight[:, at].sum(axis=0)
    aims = [weight / weight.sum()]
    for k, t in enumerate(at):
        aims.append(np.zeros_like(weight))
        aims[-1][:, t] = monthly[:, k]
    influence = np.column_stack([_influence(cells, aim, model) for aim in aims])
    covariance = influence.T @ influence
    grid = np.full(sample.outcome.shape, np.nan)
    grid[np.ix_(rows, columns)] = np.where(target, effect, np.nan)
    return Imputation(
        att=float((aims[0] * effect).sum()),
        variance=float(covariance[0, 0]),
        months=tuple(sample.months[columns[t]] for t in at),
        by_month=(monthly * effect[:, at]).sum(axis=0),
        covariance=covariance[1:, 1:],
        effects=grid,
        n_units=len(rows),
        n_treated=int(target.any(axis=1).sum()),
        n_obs=int((cells.untreated | target).sum()),
        persons=int(sample.units["weight"].to_numpy(dtype=float)[rows].sum()),
        left_out=left_out,
    )


def _cells(
    sample: Sample, windows: Windows, weight: Floats, covariates: Sequence[str]
) -> tuple[_Cells, npt.NDArray[np.intp], npt.NDArray[np.intp], int]:
    """The cells that enter, their units and snapshots, and how many cannot be imputed."""
    refuse_empty(windows)
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
    enters = untreated | target
    rows, columns = np.flatnonzero(enters.any(axis=1)), np.flatnonzero(enters.any(axis=0))
    place = np.ix_(rows, columns)
    enters = enters[place]
    made = _Cells(
        y=np.where(enters, sample.outcome[place], 0.0),
        w=np.where(enters, weight[rows, None], 0.0),
        untreated=untreated[place],
        target=target[place],
        facts=np.column_stack([np.ones(len(rows)), fixed[rows]]),
        current=tuple(np.where(enters, values[place], 0.0) for values in current),
    )
    return made, rows, columns, int(wanted.sum() - target.sum())


@dataclass(frozen=True, eq=False)
class _Model:
    """Least squares on the untreated cells, and what it predicts of all.

    Attributes:
        solution: The fit.
        current: Covariates of the month that have a coefficient.
        predicted: n x T.
    """

    solution: Solution
    current: tuple[Floats, ...]
    predicted: Floats


def _fit(cells: _Cells) -> _Model:
    """Fit municipality and snapshot effects and covariates on untreated cells, predict all.

    Raises:
        NotEstimableError: If a treated cell lies outside what the untreated ones can tell of.
    """
    panel = Panel.of(np.where(cells.untreated, cells.w, 0.0))
    used, facts, _ = orthonormal(panel, cells.facts)
    snapshots = range(1, cells.y.shape[1])
    interacted = Interacted.of(
        panel, facts, [(fact, t) for fact in range(len(used)) for t in snapshots]
    )
    solution = solve(interacted, cells.y, cells.current)
    current = tuple(c for c, kept in zip(cells.current, solution.kept, strict=True) if kept)
    _refuse_outside(cells, interacted, current, solution.kept)
    return _Model(solution, current, _predicted(solution, cells.y, current))


def _predicted(solution: Solution, values: Floats, current: Sequence[Floats]) -> Floats:
    """What a fit of values on the untreated cells says of every cell, n x T."""
    interacted = solution.interacted
    moving = interacted.facts @ solution.of_facts
    for column, coefficient in zip(current, solution.coefficients, strict=True):
        moving = moving + coefficient * column
    panel = interacted.panel
    level = np.einsum("it,it->i", panel.weights, values - moving) / panel.total
    predicted: Floats = level[:, None] + moving
    return predicted


def _refuse_outside(
    cells: _Cells, interacted: Interacted, current: Sequence[Floats], kept: Flags
) -> None:
    """Raise where a column that is left out says of treated cells what the others do not.

    It is left out since others determine it among the untreated cells; they must do so among the
    treated ones too.
    """
    doubtful = [c for c, flag in zip(cells.current, kept, strict=True) if not flag]
    for t in np.unique(interacted.snapshot[~interacted.kept]):
        for fact in cells.facts.T:
            column = np.zeros_like(cells.y)
            column[:, t] = fact
            doubtful.append(column)
    for column in doubtful:
        fitted = _predicted(solve(interacted, column, current), column, current)
        refuse_outside(column[cells.target], fitted[cells.target])


def _influence(cells: _Cells, aim: Floats, model: _Model) -> Floats:
    """Influence of each municipality on an aim, n.

    An aim is a set of weights on treated cells, n x T. The estimate is linear in the outcome, so
    the weights on untreated cells follow from the fit: they are the untreated weights times the
    function of the model whose products with all others are the aim's. What is left is the residual
    that each cell meets.
    """
    solution, interacted = model.solution, model.solution.interacted
    panel = interacted.panel
    by_unit = aim.sum(axis=1) / panel.total
    moments = interacted.facts.T @ (aim - panel.weights * by_unit[:, None])
    pull = interacted.coefficients_of(moments)
    function = np.zeros_like(aim)
    if model.current:
        own = [((column - _mean(panel, column)) * aim).sum() for column in model.current]
        of_facts = np.einsum("mat,at->m", solution.taken, moments)
        of_current = solution.inverse @ (np.array(own) - of_facts)
        pull = pull - np.tensordot(of_current, solution.taken, 1)
        for column, value in zip(model.current, of_current, strict=True):
            function += value * column
    function += interacted.facts @ pull
    v = aim - panel.weights * (by_unit[:, None] + function - _mean(panel, function))
    effect = cells.y - model.predicted
    square = np.where(cells.target, aim, 0.0) ** 2
    total = square.sum(axis=0)
    mean = (square * effect).sum(axis=0) / np.where(total > 0, total, 1.0)
    residual = np.where(cells.target, effect - mean, effect)
    influence: Floats = (v * residual).sum(axis=1)
    return influence


def _mean(panel: Panel, values: Floats) -> Floats:
    """Each unit's mean over its untreated cells, n x 1."""
    mean: Floats = (np.einsum("it,it->i", panel.weights, values) / panel.total)[:, None]
    return mean
