"""Fractional logit difference in differences of two windows, with the inference it needs.

Wooldridge (2023, Econometrics Journal 26(3)): the logit of the mean share is linear in covariates
and arm before kick-off, and without the network after it. A fit of the base window on all units
and one of the post window on comparison units predict what the network's municipalities would have
had; the effect is the mean observed less the mean predicted share. Shares of 0 and 1 stay in: only
the mean is modelled.

Randomization and bootstrap use the score: under no effect, the one-step estimate of the log odds
ratio is linear in the residuals, so that all assignments and all draws are matrix products (Kline &
Santos 2012, Journal of Econometric Methods 1(1), for the score bootstrap).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fij_eval.effects.design import independent_columns, predicting_columns
from fij_eval.effects.quasi_likelihood import fit
from fij_eval.effects.samples import Flags, Floats, NotEstimableError
from fij_eval.effects.two_windows import TwoWindows

_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_TIE = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Effect:
    """Average partial effect and its errors.

    Attributes:
        att: Mean observed less mean predicted share of the network's units.
        log_odds: Logit of the observed mean less that of the predicted mean.
        observed: Mean observed share.
        predicted: Mean predicted share.
        cv1: Cluster-robust error of ``att``.
        cv3: Cluster-jackknife error of ``att``; None if some unit cannot be left out.
        log_odds_cv3: Cluster-jackknife error of ``log_odds``.
        without_jackknife: Why there is no jackknife.
    """

    att: float
    log_odds: float
    observed: float
    predicted: float
    cv1: float
    cv3: float | None
    log_odds_cv3: float | None
    without_jackknife: str = ""


def estimate(data: TwoWindows) -> Effect:
    """The average partial effect with CV1 and exact cluster-jackknife errors.

    Args:
        data: The two windows.

    Raises:
        NotEstimableError: If a mean lies at the edge of the scale, or a fit does not converge.
    """
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    everyone = np.ones(data.n_units, dtype=bool)
    observed, predicted = _point(data, x, everyone)
    influence = _influence(data, x, observed - predicted)
    n = data.n_units
    cv1 = float(np.sqrt(n / (n - 1) * (influence**2).sum()))
    away: list[tuple[float, float]] = []
    reason = ""
    for i in range(n):
        keep = everyone.copy()
        keep[i] = False
        try:
            o, p = _point(data, x, keep)
            away.append((o - p, _logit(o) - _logit(p)))
        except NotEstimableError as error:
            reason = f"without {data.codes[i]}: {error.reason}"
            break
    att, odds = observed - predicted, _logit(observed) - _logit(predicted)
    cv3: Floats | None = None
    if not reason:
        gap = np.array(away) - np.array([att, odds])
        cv3 = np.sqrt((n - 1) / n * (gap**2).sum(axis=0))
    return Effect(
        att=att,
        log_odds=odds,
        observed=observed,
        predicted=predicted,
        cv1=cv1,
        cv3=None if cv3 is None else float(cv3[0]),
        log_odds_cv3=None if cv3 is None else float(cv3[1]),
        without_jackknife=reason,
    )


def score_statistics(data: TwoWindows, assigned: Flags) -> tuple[Floats, Floats]:
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


def score_bootstrap(
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
    points = np.concatenate([-_WEBB, _WEBB])
    signs = points[rng.integers(0, 6, size=(draws, n), dtype=np.int8)]
    drawn = signs * score
    total = drawn.sum(axis=1)
    t_draws = total / np.sqrt((drawn**2).sum(axis=1) - total**2 / n)
    whole = float(score.sum())
    t = whole / float(np.sqrt((score**2).sum() - whole**2 / n))
    count = int(np.count_nonzero(np.abs(t_draws) >= abs(t) * (1 - _TIE)))
    return t, t_draws, (1 + count) / (draws + 1)


def _point(data: TwoWindows, x: Floats, keep: Flags) -> tuple[float, float]:
    """Observed and predicted mean share of the network's units among those kept."""
    d = data.treated.astype(np.float64)
    control, network = keep & ~data.treated, keep & data.treated
    if not control.any() or not network.any():
        raise NotEstimableError("an arm is empty")
    w = data.weight
    both = np.column_stack([x, d])[keep]
    usable = independent_columns(both * np.sqrt(w[keep])[:, None])
    if both.shape[1] - 1 not in usable:
        raise NotEstimableError("covariates determine the arm")
    before = fit(data.base[keep], both[:, usable], w[keep], link="logit")
    # without some comparison municipality a covariate may no longer vary among the others
    known = predicting_columns(x[control], x[network], w[control])
    after = fit(data.post[control], x[control][:, known], w[control], link="logit")
    mean = expit(x[network][:, known] @ after + before[-1])
    observed = float(np.average(data.post[network], weights=w[network]))
    if not 0 < observed < 1:
        raise NotEstimableError("the network's observed mean lies at the edge of the scale")
    return observed, float(np.average(mean, weights=w[network]))


def _influence(data: TwoWindows, x: Floats, att: float) -> Floats:
    """Influence of each unit on the effect, n."""
    d, w = data.treated.astype(np.float64), data.weight
    xd = np.column_stack([x, d])
    before = fit(data.base, xd, w, link="logit")
    control = ~data.treated
    after = fit(data.post[control], x[control], w[control], link="logit")
    mean0, mean1 = expit(xd @ before), expit(x @ after)
    predicted = expit(x @ after + before[-1])
    share = w * d / (w * d).sum()
    slope = share * predicted * (1 - predicted)
    h0 = xd.T @ (xd * (w * mean0 * (1 - mean0))[:, None])
    h1 = x.T @ (x * (w * (1 - d) * mean1 * (1 - mean1))[:, None])
    gap = slope.sum() * np.linalg.solve(h0, np.eye(xd.shape[1])[-1])
    of_gap = (xd @ gap) * w * (data.base - mean0)
    of_after = (x @ np.linalg.solve(h1, x.T @ slope)) * w * (1 - d) * (data.post - mean1)
    influence: Floats = share * (data.post - predicted - att) - of_after - of_gap
    return influence


def _logit(value: float) -> float:
    return float(np.log(value / (1 - value)))
