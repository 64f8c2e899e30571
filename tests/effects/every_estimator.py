"""Every estimator of the effect under one form: a sample gives an effect and its variance."""

from __future__ import annotations

from functools import partial

import numpy as np
from panels import NETWORK, SAMPLE, WINDOWS

from fij_eval.effects import (
    ancova,
    balancing,
    did2x2,
    event_study,
    event_windows,
    fractional,
    group_time,
    imputation,
    matching,
    quasi_likelihood,
    samples,
    synthetic_did,
    twfe,
)
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.two_windows import absorbed, collapse

FACTS = ("log_population", "unemployment_rate", "size_group")


def _pair(found):
    return found.att, found.variance


def _first(fit):
    return fit.estimates[0], fit.covariance[0, 0]


def _first_after(windows, months):
    """Place of the first snapshot of the post window; an event study may stand without one."""
    if not windows.post:
        raise samples.NotEstimableError("no coefficient after kick-off")
    return months.index(windows.post[0])


def _two_by_two(sample, windows, estimand, facts):
    return _pair(did2x2.estimate(sample, windows, estimand=estimand))


def _twfe(sample, windows, estimand, facts):
    return _first(twfe.estimate(sample, windows, estimand=estimand, covariates=facts))


def _event_study(sample, windows, estimand, facts):
    base = windows.base[-1] if windows.base else "2024-04"
    found = event_study.estimate(sample, base=base, estimand=estimand, covariates=facts)
    k = _first_after(windows, found.fit.names)
    return found.fit.estimates[k], found.fit.covariance[k, k]


def _event_windows(sample, windows, estimand, facts):
    found = event_windows.estimate(sample, estimand=estimand, covariates=facts)
    k = _first_after(windows, found.months)
    return found.coefficients[k], found.covariance[k, k]


def _group_time(method, sample, windows, estimand, facts):
    found = group_time.estimate(sample, estimand=estimand, method=method, covariates=facts)
    return _pair(group_time.aggregate(found, months=windows.post))


def _imputation(sample, windows, estimand, facts):
    return _pair(imputation.estimate(sample, windows, estimand=estimand, covariates=facts))


def _quasi_likelihood(link, sample, windows, estimand, facts):
    return _pair(
        quasi_likelihood.estimate(sample, windows, estimand=estimand, link=link, covariates=facts)
    )


def _fractional(sample, windows, estimand, facts):
    found = fractional.estimate(collapse(sample, windows, estimand=estimand, covariates=facts))
    return found.att, found.cv1**2


def _primary(sample, windows, estimand, facts):
    fitted = linear.fit(absorbed(collapse(sample, windows, estimand=estimand, covariates=facts)))
    return float(fitted.coefficient[0]), float(cluster_robust.cv3(fitted)[0, 0])


def _ancova(sample, windows, estimand, facts):
    return _pair(ancova.estimate(sample, windows, estimand=estimand, covariates=facts))


def _balancing(sample, windows, estimand, facts):
    return _pair(balancing.estimate(sample, windows, estimand=estimand, covariates=facts))


def _matching(sample, windows, estimand, facts):
    return _pair(matching.estimate(sample, windows, estimand=estimand, covariates=facts))


def _synthetic(sample, windows, estimand, facts):
    found = synthetic_did.estimate(sample, windows, estimand=estimand)
    return found.att, found.jackknife_variance


ESTIMATORS = {
    "two_by_two": _two_by_two,
    "twfe": _twfe,
    "event_study": _event_study,
    "event_windows": _event_windows,
    "group_time_reg": partial(_group_time, "reg"),
    "group_time_ipw": partial(_group_time, "ipw"),
    "group_time_dr": partial(_group_time, "dr"),
    "imputation": _imputation,
    "identity": partial(_quasi_likelihood, "identity"),
    "logit": partial(_quasi_likelihood, "logit"),
    "log": partial(_quasi_likelihood, "log"),
    "fractional": _fractional,
    "primary": _primary,
    "ancova": _ancova,
    "balancing": _balancing,
    "matching": _matching,
    "synthetic": _synthetic,
}
#: Trends alike on another scale than points: a constant added to every share changes the estimate.
OTHER_SCALE = ("logit", "log", "fractional")


def estimated(name, panel, estimand="municipality_average", facts=FACTS):
    """Effect and variance of an estimator on a panel."""
    sample = samples.build(panel, sample=SAMPLE, network=NETWORK)
    windows = samples.windows(sample, WINDOWS)
    value, variance = ESTIMATORS[name](sample, windows, estimand, facts)
    return np.array([float(value), float(variance)])
