"""Fractional logit difference in differences of two windows, with the inference it needs.

Wooldridge (2023, Econometrics Journal 26(3)): the logit of the mean share is linear in covariates
and arm before kick-off, and without the network after it. A fit of the base window on all units
and one of the post window on comparison units predict what the network's municipalities would have
had; the effect is the mean observed less the mean predicted share. Shares of 0 and 1 stay in: only
the mean is modelled.

Randomization and bootstrap fit every draw again: ``fractional_draws``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fij_eval.effects.design import independent_columns, predicting_columns
from fij_eval.effects.quasi_likelihood import fit
from fij_eval.effects.samples import Flags, Floats, NotEstimableError
from fij_eval.effects.two_windows import TwoWindows


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
    n = data.n_units
    cv1 = _cv1(_influence(data, x, observed - predicted))
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


def effect_and_error(data: TwoWindows) -> tuple[float, float]:
    """The average partial effect and its CV1 error alone.

    Args:
        data: The two windows.

    Raises:
        NotEstimableError: If a mean lies at the edge of the scale, or a fit does not converge.
    """
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    observed, predicted = _point(data, x, np.ones(data.n_units, dtype=bool))
    return observed - predicted, _cv1(_influence(data, x, observed - predicted))


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
    # the arm stays last: `_point` has refused what determines it
    xd = np.ascontiguousarray(xd[:, independent_columns(xd * np.sqrt(w)[:, None])])
    before = fit(data.base, xd, w, link="logit")
    control = ~data.treated
    known = x[:, predicting_columns(x[control], x[data.treated], w[control])]
    after = fit(data.post[control], known[control], w[control], link="logit")
    mean0, mean1 = expit(xd @ before), expit(known @ after)
    predicted = expit(known @ after + before[-1])
    share = w * d / (w * d).sum()
    slope = share * predicted * (1 - predicted)
    h0 = xd.T @ (xd * (w * mean0 * (1 - mean0))[:, None])
    h1 = known.T @ (known * (w * (1 - d) * mean1 * (1 - mean1))[:, None])
    gap = slope.sum() * np.linalg.solve(h0, np.eye(xd.shape[1])[-1])
    of_gap = (xd @ gap) * w * (data.base - mean0)
    of_after = known @ np.linalg.solve(h1, known.T @ slope) * w * (1 - d) * (data.post - mean1)
    influence: Floats = share * (data.post - predicted - att) - of_after - of_gap
    return influence


def _cv1(influence: Floats) -> float:
    """Cluster-robust error from each unit's influence."""
    n = len(influence)
    return float(np.sqrt(n / (n - 1) * (influence**2).sum()))


def _logit(value: float) -> float:
    return float(np.log(value / (1 - value)))
