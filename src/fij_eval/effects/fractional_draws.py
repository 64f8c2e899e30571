"""The fractional logit effect fitted again for every draw, many at a time.

Randomization inference asks what the estimate would have been for other networks, the wild
bootstrap what it would have been with other residuals. On the logit scale each draw needs two fits
(``fractional``: base window on all units, post window on comparison units). Here they are made by
Newton's method on a hundred draws at once: means are one matrix product, Hessians another with the
products of covariates, and the small systems are solved together. The statistic is the average
partial effect itself and its cluster-robust t, to the same digits as one fit at a time.

The bootstrap imposes no effect: means come from the model without it, and each municipality's
residuals in both windows are multiplied by one draw of Webb's weights (MacKinnon, Nielsen & Webb
2023, Journal of Econometrics 232(2)). Drawn shares may leave 0 to 1; quasi-likelihood asks only
that their means do not, since its Hessian does not depend on the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from fij_eval.effects import fractional
from fij_eval.effects.design import independent_columns
from fij_eval.effects.inference.p_values import two_sided
from fij_eval.effects.inference.wild import webb_weights
from fij_eval.effects.quasi_likelihood import EDGE, fit
from fij_eval.effects.samples import Flags, Floats, NotEstimableError
from fij_eval.effects.two_windows import TwoWindows

#: Draws in one part: its arrays stay in the processor's cache.
_PART = 128
_STEPS = 40
_CONVERGED = 1e-11
#: Hessians are made anew in so many steps; later steps are small and use the last one.
_NEW_HESSIANS = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Fits:
    """Fits of one window for a part of the draws.

    Attributes:
        coefficient: B x k.
        mean: Fitted means, B x n.
        inverse: Inverse Hessian at the fit, B x k x k.
        converged: B.
    """

    coefficient: Floats
    mean: Floats
    inverse: Floats
    converged: Flags


def effects(data: TwoWindows, assigned: Flags) -> tuple[Floats, Floats]:
    """Average partial effect and its CV1 error under each assignment.

    Args:
        data: The two windows.
        assigned: Who is treated, B x n.

    Returns:
        Effects as differences in shares and their errors, B; NaN where an assignment has no fit.

    Raises:
        NotEstimableError: If the outcome leaves no fit without the network either.
    """
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    # among some of the units a covariate may no longer vary
    kept = independent_columns(x * np.sqrt(data.weight)[:, None])
    x = np.ascontiguousarray(x[:, kept])
    starts = [fit(y, x, data.weight, link="logit") for y in (data.base, data.post)]
    products = _products(x)
    found = np.empty((2, len(assigned)))
    for first in range(0, len(assigned), _PART):
        part = slice(first, first + _PART)
        arm = assigned[part].astype(np.float64)
        found[:, part] = _part(
            data, (data.base, data.post), arm, x=x, products=products, starts=starts
        )
    for row in np.flatnonzero(~np.isfinite(found).all(axis=0)):
        # a draw whose comparison units do not span the covariates, or one near the edge
        found[:, row] = _alone(data, assigned[row])
    return found[0], found[1]


def wild(data: TwoWindows, *, rng: np.random.Generator, draws: int) -> tuple[float, Floats, float]:
    """Wild cluster restricted bootstrap of no effect, Webb weights, every draw fitted again.

    Args:
        data: The two windows.
        rng: Stream of the draws.
        draws: How many.

    Returns:
        The CV1 t, the t of the draws (NaN where a draw has no fit), and the two-sided p-value
        (1 + count) / (draws with a fit + 1).

    Raises:
        NotEstimableError: If the model without effect, or the estimate itself, has no fit.
    """
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    blank, d = np.zeros_like(x), data.treated.astype(np.float64)
    both = np.vstack([np.column_stack([x, blank, d]), np.column_stack([blank, x, d])])
    y, w = np.concatenate([data.base, data.post]), np.tile(data.weight, 2)
    restricted = fit(y, both, w, link="logit")
    k = x.shape[1]
    means = [expit(x @ restricted[:k] + d * restricted[-1]), expit(both[len(x) :] @ restricted)]
    starts = [restricted[:k], restricted[k : 2 * k]]
    products = _products(x)
    signs = webb_weights(rng, draws, data.n_units)
    found = np.empty((2, draws))
    for first in range(0, draws, _PART):
        part = slice(first, first + _PART)
        drawn = [
            mean + signs[part] * (y - mean)
            for mean, y in zip(means, (data.base, data.post), strict=True)
        ]
        arm = np.broadcast_to(d, drawn[0].shape)
        found[:, part] = _part(
            data, (drawn[0], drawn[1]), arm, x=x, products=products, starts=starts
        )
    value, error = fractional.effect_and_error(data)
    t, t_draws = value / error, found[0] / found[1]
    return t, t_draws, two_sided(t_draws, t)


def _part(
    data: TwoWindows,
    outcomes: tuple[Floats, Floats],
    d: Floats,
    *,
    x: Floats,
    products: Floats,
    starts: list[Floats],
) -> Floats:
    """Effects and errors of a part, 2 x B; NaN where Newton's method did not settle.

    Args:
        data: The two windows.
        outcomes: Base and post, n or B x n.
        d: Arm, B x n.
        x: Constant and covariates, n x k.
        products: From ``_products``.
        starts: Coefficients to start from, base and post.
    """
    base, post = outcomes
    w, n = data.weight, data.n_units
    before = _newton(base, x, np.broadcast_to(w, d.shape), products, starts[0], arm=d)
    after = _newton(post, x, w * (1 - d), products, starts[1])
    gap = before.coefficient[:, -1:]
    share = w * d
    with np.errstate(divide="ignore", invalid="ignore"):
        share = share / share.sum(axis=1, keepdims=True)
    predicted = expit(after.coefficient @ x.T + gap)
    observed = (share * post).sum(axis=1)
    att = observed - np.einsum("bn,bn->b", share, predicted)
    slope = share * predicted * (1 - predicted)
    # influence of each unit, as in ``fractional``
    of_gap = before.inverse[:, -1, :-1] @ x.T + before.inverse[:, -1, -1:] * d
    of_gap *= slope.sum(axis=1, keepdims=True) * w * (base - before.mean)
    pull = np.einsum("bij,bj->bi", after.inverse, slope @ x)
    of_after = (pull @ x.T) * (w * (1 - d)) * (post - after.mean)
    influence = share * (post - predicted - att[:, None]) - of_after - of_gap
    error = np.sqrt(n / (n - 1) * np.einsum("bn,bn->b", influence, influence))
    usable = before.converged & after.converged & (observed > 0) & (observed < 1)
    return np.where(usable, np.vstack([att, error]), np.nan)


def _newton(
    y: Floats,
    x: Floats,
    weight: Floats,
    products: Floats,
    start: Floats,
    *,
    arm: Floats | None = None,
) -> _Fits:
    """Fractional logit of one window under each draw.

    Args:
        y: Outcome, n or B x n.
        x: Regressors that draws share, n x k.
        weight: Weights under each draw, B x n.
        products: From ``_products``.
        start: Coefficients of the fit without the arm, k.
        arm: A further regressor, the arm itself, B x n.
    """
    draws, k = len(weight), x.shape[1]
    width = k if arm is None else k + 1
    beta = np.zeros((draws, width))
    beta[:, :k] = start
    inverse = np.zeros((draws, width, width))
    settled = np.zeros(draws, dtype=bool)
    for step in range(_STEPS):
        index = beta[:, :k] @ x.T
        if arm is not None:
            index += beta[:, k:] * arm
        mean = np.asarray(expit(np.clip(index, -EDGE, EDGE)))
        if step < _NEW_HESSIANS:
            inverse = _inverse(weight * mean * (1 - mean), x, products, arm)
        rest = weight * (y - mean)
        score = rest @ x
        if arm is not None:
            score = np.column_stack([score, np.einsum("bn,bn->b", rest, arm)])
        move = np.einsum("bij,bj->bi", inverse, score)
        beta += move
        size = np.abs(move).max(axis=1)
        settled = size < _CONVERGED * (1 + np.abs(beta).max(axis=1))
        if (settled | ~np.isfinite(size)).all():
            break
    index = beta[:, :k] @ x.T
    if arm is not None:
        index += beta[:, k:] * arm
    inside = np.abs(index).max(axis=1) < EDGE
    mean = np.asarray(expit(np.clip(index, -EDGE, EDGE)))
    last = _inverse(weight * mean * (1 - mean), x, products, arm)
    return _Fits(beta, mean, last, settled & inside & np.isfinite(last).all(axis=(1, 2)))


def _products(x: Floats) -> Floats:
    """Products of all pairs of regressors, n x k(k+1)/2."""
    rows, columns = np.triu_indices(x.shape[1])
    return np.asarray(x[:, rows] * x[:, columns])


def _inverse(slope: Floats, x: Floats, products: Floats, arm: Floats | None) -> Floats:
    """Inverse Hessian under each draw, B x k x k; NaN where there is none."""
    k = x.shape[1]
    width = k if arm is None else k + 1
    rows, columns = np.triu_indices(k)
    pairs = slope @ products
    gram = np.empty((len(slope), width, width))
    gram[:, rows, columns] = pairs
    gram[:, columns, rows] = pairs
    if arm is not None:
        treated = slope * arm
        gram[:, k, :k] = gram[:, :k, k] = treated @ x
        gram[:, k, k] = np.einsum("bn,bn->b", treated, arm)
    # scaled to a unit diagonal, so that the units of covariates do not decide what is singular
    scale = np.sqrt(np.einsum("bii->bi", gram))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = gram / (scale[:, :, None] * scale[:, None, :])
    found = np.full_like(gram, np.nan)
    sound = np.isfinite(unit).all(axis=(1, 2))
    # the smallest eigenvalue of a correlation matrix is near 0 where columns are collinear
    sound[sound] = np.linalg.det(unit[sound]) > 1e-14
    if sound.any():
        outer = scale[sound][:, :, None] * scale[sound][:, None, :]
        found[sound] = np.linalg.inv(unit[sound]) / outer
    return found


def _alone(data: TwoWindows, treated: Flags) -> tuple[float, float]:
    """Effect and error of one assignment, by the careful way; NaN if it has none."""
    try:
        return fractional.effect_and_error(replace(data, treated=treated))
    except NotEstimableError:
        return np.nan, np.nan
