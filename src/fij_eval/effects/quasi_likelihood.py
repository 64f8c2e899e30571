"""Difference in differences on another scale: fractional logit and the ratio.

Parallel trends hold on one scale only. Here they hold for g(E[y_it(0)]) = a + b network_i + gamma_t
+ x_i'(c + p_t), with g the logit (for a share) or the log (for a ratio); the model is fitted by
quasi-likelihood to the cells without treatment and predicts what the network's cells of the post
window would have been. ATT is the mean of observed less predicted: an average partial effect in
percentage points whatever the scale of the trends (Wooldridge 2023, Econometrics Journal 26(3),
sections 3-4: with a canonical link, imputation and pooled estimation are the same). Shares of 0 and
1 enter like any other, and no distribution is assumed, only the mean; errors are clustered by
municipality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from fij_eval.effects.design import predicting_columns, unit_covariates
from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights
from fij_eval.settings import CURRENT_COVARIATES

Link = Literal["logit", "log", "identity"]

_MOST_ITERATIONS = 100
_CONVERGED = 1e-11
#: A linear index this far out: some mean is at the edge, where the scale is infinite.
EDGE = 30.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Effect:
    """Observed against predicted in the network's cells of the post window.

    Attributes:
        att: Observed less predicted mean, as a difference in shares.
        variance: Its variance, clustered by municipality.
        contrast: g(observed) - g(predicted): log odds ratio, or log ratio.
        contrast_variance: Its variance, by the delta method.
        observed: Mean share.
        predicted: Mean predicted share without the network.
        n_units: Units that enter.
        n_treated: Of these, in the network arm.
        n_obs: Cells that enter.
        persons: Refugees 20-66 of the reference month in the units that enter.
    """

    att: float
    variance: float
    contrast: float
    contrast_variance: float
    observed: float
    predicted: float
    n_units: int
    n_treated: int
    n_obs: int
    persons: int


def estimate(
    sample: Sample,
    windows: Windows,
    *,
    estimand: str,
    link: Link = "logit",
    covariates: Sequence[str] = (),
    exposure: bool = False,
) -> Effect:
    """The effect with parallel trends on the scale of the link.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots; others do not enter.
        estimand: ``municipality_average`` or ``person_average``.
        link: ``logit``, ``log`` or ``identity``.
        covariates: Names of covariates.
        exposure: Weigh each cell by its residents of the month instead, which makes ``log`` the
            Poisson regression of wage earners with log residents as offset, and ``logit`` the
            binomial regression of wage earners among residents.

    Raises:
        NotEstimableError: If the data cannot give the effect.
    """
    keep = in_both(sample, windows)
    fixed, _ = unit_covariates(sample, [c for c in covariates if c not in CURRENT_COVARIATES])
    current = [sample.current[c] for c in covariates if c in CURRENT_COVARIATES]
    inside = np.isin(np.array(sample.months), [*windows.base, *windows.post])
    weight = np.repeat(weights(sample, estimand)[:, None], len(sample.months), axis=1)
    if exposure:
        weight = np.nan_to_num(sample.residents)
    used: Flags = np.isfinite(sample.outcome) & inside[None, :] & keep[:, None] & (weight > 0)
    used &= np.isfinite(fixed).all(axis=1, keepdims=True)
    for values in current:
        used &= np.isfinite(values)
    unit, time = np.nonzero(used)
    target = sample.treated[unit] & np.isin(np.array(sample.months)[time], windows.post)
    if not target.any() or target.all() or sample.treated[unit].all():
        raise NotEstimableError("no municipality of an arm has the outcome and all covariates")
    x = _regressors(sample, (unit, time), fixed, current)
    found = _effect(
        sample.outcome[unit, time], x, weight[unit, time], unit=unit, target=target, link=link
    )
    entered = np.unique(unit)
    return Effect(
        **found,
        n_units=len(entered),
        n_treated=int(sample.treated[entered].sum()),
        n_obs=len(unit),
        persons=int(sample.units["weight"].to_numpy(dtype=float)[entered].sum()),
    )


def fit(y: Floats, x: Floats, w: Floats, *, link: Link) -> Floats:
    """Coefficients by quasi-likelihood with the canonical link, by Newton's method, k.

    Args:
        y: Outcome, N.
        x: Regressors of full rank, N x k.
        w: Weights, N.
        link: ``logit`` (Bernoulli), ``log`` (Poisson) or ``identity`` (least squares).

    Raises:
        NotEstimableError: If a mean lies at the edge of the scale, or nothing converges.
    """
    root = np.sqrt(w)[:, None]
    if link == "identity":
        return np.asarray(np.linalg.lstsq(x * root, y * root[:, 0])[0])
    start = np.average(y, weights=w)
    if not 0 < start < (1 if link == "logit" else np.inf):
        raise NotEstimableError("the outcome lies at the edge of the scale throughout")
    level = np.log(start / (1 - start)) if link == "logit" else np.log(start)
    beta = np.asarray(np.linalg.lstsq(x * root, root[:, 0] * level)[0])
    for _ in range(_MOST_ITERATIONS):
        mean, slope = _mean(x @ beta, link)
        hessian = x.T @ (x * (w * slope)[:, None])
        try:
            step = np.linalg.solve(hessian, x.T @ (w * (y - mean)))
        except np.linalg.LinAlgError as error:
            raise NotEstimableError("the regressors are collinear on this scale") from error
        # A long first step can overshoot where the curve is flat.
        shorter = min(1.0, 5.0 / max(float(np.abs(x @ step).max()), 1e-300))
        beta = np.asarray(beta + shorter * step, dtype=float)
        if np.abs(x @ beta).max() > EDGE:
            raise NotEstimableError("some mean lies at the edge of the scale, where it is infinite")
        if np.abs(step).max() < _CONVERGED * (1 + np.abs(beta).max()):
            return beta
    raise NotEstimableError("the quasi-likelihood did not converge")


def _mean(index: Floats, link: Link) -> tuple[Floats, Floats]:
    """Mean and its derivative at the linear index."""
    if link == "identity":
        return index, np.ones_like(index)
    if link == "log":
        mean = np.exp(np.clip(index, -EDGE * 2, EDGE * 2))
        return mean, mean
    mean = np.asarray(expit(index))
    return mean, mean * (1 - mean)


def _regressors(
    sample: Sample,
    cells: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]],
    fixed: Floats,
    current: list[Floats],
) -> Floats:
    """Constant, arm, snapshots, covariates and covariates by snapshot."""
    unit, time = cells
    months = np.unique(time)
    dummies = [(time == t).astype(float) for t in months[1:]]
    return np.column_stack(
        [
            np.ones(len(unit)),
            sample.treated[unit].astype(float),
            *dummies,
            fixed[unit],
            *(fixed[unit] * at[:, None] for at in dummies),
            *(values[unit, time] for values in current),
        ]
    )


def _scale(value: float, link: Link) -> tuple[float, float]:
    """The link g and its derivative at a mean."""
    if link == "identity":
        return value, 1.0
    if link == "log":
        return float(np.log(value)), 1 / value
    return float(np.log(value / (1 - value))), 1 / (value * (1 - value))


def _effect(
    y: Floats,
    x: Floats,
    w: Floats,
    *,
    unit: npt.NDArray[np.intp],
    target: Flags,
    link: Link,
) -> dict[str, float]:
    """The numbers of ``Effect`` from stacked cells."""
    free = ~target
    kept = predicting_columns(x[free], x[target], w[free])
    x = x[:, kept]
    mean, slope = _mean(x @ fit(y[free], x[free], w[free], link=link), link)
    hessian = x[free].T @ (x[free] * (w * slope)[free][:, None])
    total = w[target].sum()
    aim = np.where(target, w, 0.0) / total
    observed, predicted = float(aim @ y), float(aim @ mean)
    if link != "identity" and not 0 < observed < (1 if link == "logit" else np.inf):
        raise NotEstimableError("the network's observed mean lies at the edge of the scale")
    pull = np.linalg.solve(hessian, x.T @ (aim * slope))
    of_observed = aim * (y - observed)
    of_predicted = aim * (mean - predicted) + np.where(free, w * (y - mean), 0.0) * (x @ pull)
    _, position = np.unique(unit, return_inverse=True)
    groups = int(position.max()) + 1
    by_unit = np.column_stack(
        [np.bincount(position, weights=column) for column in (of_observed, of_predicted)]
    )
    factor = groups / (groups - 1)
    (g1, d1), (g0, d0) = _scale(observed, link), _scale(predicted, link)

    def variance(of: float, less: float) -> float:
        return factor * float(((of * by_unit[:, 0] - less * by_unit[:, 1]) ** 2).sum())

    return {
        "att": observed - predicted,
        "variance": variance(1.0, 1.0),
        "contrast": g1 - g0,
        "contrast_variance": variance(d1, d0),
        "observed": observed,
        "predicted": predicted,
    }
