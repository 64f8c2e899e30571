"""Event study: the difference between the arms at each snapshot, against one universal base month.

y_it = alpha_i + gamma_t + sum over snapshots s other than the base of beta_s (network_i x 1[t = s])
+ x_it' beta + e_it. All snapshots enter. The joint test of the coefficients before kick-off and the
test that the last ones are equal are those of Freyaldenhoven, Hansen, Perez & Shapiro (2021, NBER
Working Paper 29170, section 2.3); the full covariance is kept for bands and sensitivity analyses.
It is the cluster jackknife's, CV3 (docs/decisions/0010-covariance-of-the-event-study.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.clustered import MINIMUM_TREATED_CLUSTERS, WaldTest, wald
from fij_eval.effects.design import stack
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, weights
from fij_eval.effects.twfe import Fit, regress

#: The levelling-off test asks whether the last so many coefficients up to the network's end agree.
LEVELLING_OFF = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class EventStudy:
    """Coefficients by snapshot.

    Attributes:
        base: The base month, whose coefficient is zero by definition.
        fit: Coefficients and full covariance in the order of ``fit.names``, which are months.
        pre: Snapshots with a coefficient before the first kick-off, without the base.
        post: Snapshots with a coefficient from the first kick-off on.
        last: The last of them up to the network's end, which ``levelling_off`` compares.
        missing: Snapshot -> why it has no coefficient.
        base_mean: Mean share of the network arm in the base month, weighted as the model.
        pre_trend: Test that all coefficients in ``pre`` are zero, or why there is none.
        levelling_off: Test that the coefficients in ``last`` are equal, or why there is none.
    """

    base: str
    fit: Fit
    pre: tuple[str, ...]
    post: tuple[str, ...]
    last: tuple[str, ...]
    missing: dict[str, str]
    base_mean: float
    pre_trend: WaldTest | str
    levelling_off: WaldTest | str


def estimate(
    sample: Sample, *, base: str, estimand: str, covariates: tuple[str, ...] = ()
) -> EventStudy:
    """The event study with a universal base.

    Args:
        sample: The analysis sample.
        base: Base month, a snapshot before every kick-off (``samples.windows`` checks it).
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates.

    Raises:
        NotEstimableError: If an arm has no outcome in the base month, or no other snapshot has
            both arms.
    """
    weight = weights(sample, estimand)
    seen = np.isfinite(sample.outcome) & (weight > 0)[:, None]
    missing = _without_both_arms(sample, seen)
    if base in missing:
        raise NotEstimableError(f"base month {base}: {missing[base]}")
    months = tuple(m for m in sample.months if m not in missing)
    others = tuple(m for m in months if m != base)
    if not others:
        raise NotEstimableError("no snapshot besides the base has both arms")
    fit = regress(
        stack(sample, months, {}, weights=weight, covariates=covariates, treated_at=others),
        jackknife=True,
    )
    first = sample.cohorts[0]
    pre = tuple(m for m in others if m < first)
    post = tuple(m for m in others if m >= first)
    last = tuple(m for m in post if m <= sample.end)[-LEVELLING_OFF:]
    at_base = sample.outcome[:, sample.months.index(base)]
    entered = np.zeros(len(at_base), dtype=bool)
    entered[list(fit.units)] = True
    counted = entered & sample.treated & np.isfinite(at_base)
    return EventStudy(
        base=base,
        fit=fit,
        pre=pre,
        post=post,
        last=last,
        missing=missing,
        base_mean=float(np.average(at_base[counted], weights=weight[counted])),
        pre_trend=_pre_trend(fit, pre),
        levelling_off=_levelling_off(fit, last),
    )


def _without_both_arms(sample: Sample, seen: Flags) -> dict[str, str]:
    """Snapshots where an arm has no outcome, with the reason."""
    found = {}
    for t, month in enumerate(sample.months):
        for name, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
            if not (seen[:, t] & flags).any():
                found[month] = f"no municipality of the {name} arm has the outcome"
    return found


def _pre_trend(fit: Fit, pre: tuple[str, ...]) -> WaldTest | str:
    if not pre:
        return "no snapshot before kick-off besides the base: nothing can be said of trends"
    rows = np.eye(len(fit.names))[[fit.names.index(m) for m in pre]]
    return _tested(fit, rows)


def _levelling_off(fit: Fit, last: tuple[str, ...]) -> WaldTest | str:
    if len(last) < 2:
        return "fewer than two snapshots after kick-off: nothing to compare"
    identity = np.eye(len(fit.names))
    places = [fit.names.index(m) for m in last]
    return _tested(fit, identity[places[1:]] - identity[places[:-1]])


def _tested(fit: Fit, rows: Floats) -> WaldTest | str:
    if (few := min(fit.n_treated, fit.n_units - fit.n_treated)) < MINIMUM_TREATED_CLUSTERS:
        return f"no test: {few} clusters in the smaller arm are too few for a cluster-robust one"
    try:
        return wald(fit.estimates, fit.covariance, rows, clusters=fit.n_units)
    except NotEstimableError as error:
        return error.reason
