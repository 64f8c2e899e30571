"""A municipality without weight does not enter any estimate: as if it were not there."""

from dataclasses import replace

import numpy as np
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import (
    ancova,
    changes,
    did2x2,
    event_study,
    event_windows,
    group_time,
    imputation,
    quasi_likelihood,
    samples,
    synthetic_did,
    twfe,
)
from fij_eval.effects.two_windows import collapse

COVARIATES = ("log_population",)


def by_windows(estimate, **options):
    return lambda sample: estimate(
        sample, samples.windows(sample, WINDOWS), estimand="person_average", **options
    )


def by_groups(sample):
    found = group_time.estimate(sample, estimand="person_average", covariates=COVARIATES)
    return group_time.aggregate(found)


#: Each with how many units entered, its estimate and, where there is one, its variance.
ESTIMATORS = {
    "2x2": (by_windows(did2x2.estimate), "att"),
    "two-way fixed effects": (by_windows(twfe.estimate, covariates=COVARIATES), "estimates"),
    "imputation": (by_windows(imputation.estimate, covariates=COVARIATES), "att"),
    "group-time": (by_groups, "att"),
    "synthetic": (by_windows(synthetic_did.estimate), "att"),
    "ancova": (by_windows(ancova.estimate, covariates=COVARIATES), "att"),
    "changes": (by_windows(changes.changes, covariates=COVARIATES), "change"),
    "logit": (by_windows(quasi_likelihood.estimate, link="logit"), "att"),
    "two windows": (by_windows(collapse, covariates=COVARIATES), "change"),
    "event windows": (
        lambda s: event_windows.estimate(s, estimand="person_average", covariates=COVARIATES),
        "coefficients",
    ),
    "event study": (
        lambda s: event_study.estimate(s, base="2024-04", estimand="person_average").fit,
        "estimates",
    ),
}


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("treated", [True, False])
def test_a_municipality_without_weight_is_as_if_it_were_not_there(name, treated):
    estimate, value = ESTIMATORS[name]
    sample = samples.build(make_panel(units=40, treated=14), sample=SAMPLE, network=NETWORK)
    gone = np.flatnonzero(sample.treated == treated)[2]
    weight = sample.units["weight"].to_numpy(dtype=float).copy()
    weight[gone] = 0.0
    found = estimate(replace(sample, units=sample.units.assign(weight=weight)))
    without = estimate(sample.only(np.arange(40) != gone))
    assert _units(found) == _units(without) == 39
    # the same sums with a term of zero more
    np.testing.assert_allclose(getattr(found, value), getattr(without, value), atol=1e-10)


def _units(found):
    if hasattr(found, "network"):
        return len(found.network) + len(found.comparison)
    return len(found.rows) if hasattr(found, "rows") else found.n_units
