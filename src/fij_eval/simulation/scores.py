"""One-step tests on the logit scale, fast enough for thousands of worlds.

Randomization and bootstrap use the score: under no effect, the one-step estimate of the log odds
ratio is linear in the residuals, so that all assignments and all draws are matrix products (Kline &
Santos 2012, Journal of Econometric Methods 1(1), for the score bootstrap). The effect room fits
every draw again (``effects.fractional_draws``), some hundred times slower; a test holds the
p-values of the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from fij_eval.effects.inference.p_values import two_sided
from fij_eval.effects.inference.wild import webb_weights
from fij_eval.effects.quasi_likelihood import fit

if TYPE_CHECKING:
    from fij_eval.effects.samples import Flags, Floats
    from fij_eval.effects.two_windows import TwoWindows


def statistics(data: TwoWindows, assigned: Flags) -> tuple[Floats, Floats]:
    """One-step log odds ratio and its robust error under each assignment.

    Each window's logit on covariates alone is the null of no difference between the arms; the step
    towards an arm's own level is taken in either window, and the effect is the post window's step
    less the base window's.

    Args:
        data: The two windows.
        assigned: Who is treated, B x n.

    Raises:
        NotEstimableError: If the null model has no fit.
    """
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    w = data.weight
    parts = []
    for y in (data.base, data.post):
        mean = expit(x @ fit(y, x, w, link="logit"))
        slope = w * mean * (1 - mean)
        hat = np.linalg.solve(x.T @ (x * slope[:, None]), (x * slope[:, None]).T)  # k x n
        parts.append((w * (y - mean), slope, hat))
    estimates = np.empty(len(assigned))
    errors = np.empty(len(assigned))
    n = data.n_units
    for first in range(0, len(assigned), 512):
        part = slice(first, first + 512)
        d = assigned[part].astype(np.float64)
        steps, pulls = [], []
        for residual, slope, hat in parts:
            rest = d - (d @ hat.T) @ x.T
            size = (rest**2) @ slope
            step = (rest @ residual) / size
            pulls.append(rest * (residual - slope * rest * step[:, None]) / size[:, None])
            steps.append(step)
        estimates[part] = steps[1] - steps[0]
        influence = pulls[1] - pulls[0]
        errors[part] = np.sqrt(n / (n - 1) * (influence**2).sum(axis=1))
    return estimates, errors


def bootstrap(
    data: TwoWindows, *, rng: np.random.Generator, draws: int
) -> tuple[float, Floats, float]:
    """Score wild bootstrap of no effect with Webb weights, the null imposed.

    Returns:
        The score t, the t of the draws, and the two-sided p-value (1 + count) / (draws + 1).

    Raises:
        NotEstimableError: If the restricted model has no fit.
    """
    n = data.n_units
    z = np.column_stack([np.ones(n), data.covariates])
    blank = np.zeros_like(z)
    d = data.treated.astype(np.float64)
    nuisance = np.vstack([np.column_stack([z, blank, d]), np.column_stack([blank, z, d])])
    y = np.concatenate([data.base, data.post])
    w = np.concatenate([data.weight, data.weight])
    term = np.concatenate([np.zeros(n), d])
    mean = expit(nuisance @ fit(y, nuisance, w, link="logit"))
    slope = w * mean * (1 - mean)
    gram = nuisance.T @ (nuisance * slope[:, None])
    rest = term - nuisance @ np.linalg.solve(gram, nuisance.T @ (slope * term))
    cells = rest * w * (y - mean)
    score = cells[:n] + cells[n:]
    drawn = webb_weights(rng, draws, n) * score
    total = drawn.sum(axis=1)
    t_draws = total / np.sqrt((drawn**2).sum(axis=1) - total**2 / n)
    whole = float(score.sum())
    t = whole / float(np.sqrt((score**2).sum() - whole**2 / n))
    return t, t_draws, two_sided(t_draws, t)
