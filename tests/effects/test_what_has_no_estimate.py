"""What an estimator refuses, each with the words that say why; and the last way out of a search."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import panel
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import (
    ancova,
    changes,
    clustered,
    details,
    did2x2,
    doubly_robust,
    event_study,
    event_windows,
    fractional,
    fractional_draws,
    group_time,
    matching,
    quasi_likelihood,
    samples,
    settlement,
    synthetic_did,
    twfe,
)
from fij_eval.effects.design import Columns, stack
from fij_eval.effects.samples import NotEstimableError
from fij_eval.effects.two_windows import collapse
from fij_eval.errors import InputError

RATE = ("unemployment_rate",)


def sample_of(**other):
    return samples.build(make_panel(**other), sample=SAMPLE, network=NETWORK)


def with_units(sample, **columns):
    return replace(sample, units=sample.units.assign(**columns))


def windows_of(sample):
    return samples.windows(sample, WINDOWS)


def network_without_covariate():
    made = sample_of()
    return with_units(made, unemployment_rate=np.where(made.treated, np.nan, 0.02))


def estimated(estimate, sample, **options):
    return estimate(sample, windows_of(sample), estimand="person_average", **options)


def weightless_network():
    made = sample_of()
    return with_units(made, weight=np.where(made.treated, 0.0, 30.0))


def only_base_has_both_arms():
    made = sample_of()
    outcome = made.outcome.copy()
    outcome[np.ix_(made.treated, [m != "2024-04" for m in made.months])] = np.nan
    return replace(made, outcome=outcome)


def one_unit():
    made = sample_of(units=12, treated=5)
    return stack(
        made,
        made.months,
        {"slope": np.arange(12.0)[:, None] * np.arange(len(made.months)) ** 2},
        weights=np.ones(12),
        keep=np.arange(12) == 3,
    )


NO_ARM = "no municipality of an arm has the outcome and all covariates"
TWO = np.array([0, 1])

REFUSED = {
    "ANCOVA": (
        lambda: estimated(ancova.estimate, network_without_covariate(), covariates=RATE),
        NO_ARM,
    ),
    "changes": (
        lambda: estimated(changes.changes, network_without_covariate(), covariates=RATE),
        NO_ARM,
    ),
    "2x2": (
        lambda: estimated(did2x2.estimate, weightless_network()),
        "the weights of an arm sum to zero",
    ),
    "regression without cells": (
        lambda: stack(
            sample_of(), ("2024-04",), {}, weights=np.ones(60), keep=np.zeros(60, dtype=bool)
        ),
        "no municipality-month with the outcome and all covariates",
    ),
    "regression of one municipality": (
        lambda: twfe.regress(replace(one_unit(), terms=Columns.of((), np.empty((11, 0))))),
        "one cluster only",
    ),
    "term that the effects determine": (
        lambda: twfe.regress(one_unit()),
        "fixed effects and covariates determine the term slope",
    ),
    "one cluster": (
        lambda: clustered.cv1(np.ones((3, 1)), np.ones(3), np.ones(3), np.zeros(3, dtype=int)),
        "one cluster only",
    ),
    "no degree of freedom": (
        lambda: clustered.cv1(np.eye(2), np.ones(2), np.ones(2), TWO),
        "2 observations for 2 coefficients",
    ),
    "a test of nothing": (
        lambda: clustered.wald(np.ones(2), np.eye(2), np.empty((0, 2)), clusters=9),
        "nothing to test",
    ),
    "as many restrictions as clusters": (
        lambda: clustered.wald(np.ones(2), np.eye(2), np.eye(2), clusters=2),
        "2 restrictions cannot be tested with 2 clusters",
    ),
    "collinear propensity": (
        lambda: doubly_robust.logit(np.ones((4, 2)), np.array([0.0, 1, 0, 1]), np.ones(4)),
        "the covariates of the propensity are collinear",
    ),
    "ATT without a network": (
        lambda: doubly_robust.att(np.ones(4), np.zeros(4, dtype=bool), np.ones((4, 1)), np.ones(4)),
        "no unit in the network arm",
    ),
    "ATT without others": (
        lambda: doubly_robust.att(np.ones(4), np.ones(4, dtype=bool), np.ones((4, 1)), np.ones(4)),
        "no unit in the comparison arm",
    ),
    "covariates that are collinear among the comparison units": (
        lambda: doubly_robust.att(
            np.arange(6.0),
            np.arange(6) < 3,
            np.column_stack([np.ones(6), [1.0, 2, 4, 0, 0, 0]]),
            np.ones(6),
            method="reg",
        ),
        "the covariates are collinear among the comparison units",
    ),
    "network without wage earners, by months": (
        lambda: estimated(quasi_likelihood.estimate, _nobody_employed(), link="logit"),
        "the network's observed mean lies at the edge of the scale",
    ),
    "everyone trimmed": (
        lambda: doubly_robust.att(
            np.ones(1000), np.arange(1000) > 0, np.ones((1000, 1)), np.ones(1000), method="ipw"
        ),
        "no comparison unit has a propensity below the trimming limit",
    ),
    "event study with the base alone": (
        lambda: event_study.estimate(
            only_base_has_both_arms(), base="2024-04", estimand="person_average"
        ),
        "no snapshot besides the base has both arms",
    ),
    "average over no snapshot": (
        lambda: _window_study().target(("2030-01",)),
        "no snapshot of the post window has a coefficient",
    ),
    "network without wage earners": (
        lambda: fractional.estimate(_edge(treated=0.0)),
        "the network's observed mean lies at the edge of the scale",
    ),
    "pair without both snapshots": (
        lambda: group_time._pair(
            np.full(4, np.nan),
            np.ones(4, dtype=bool),
            np.arange(4) < 2,
            x=np.ones((4, 1)),
            weight=np.ones(4),
            method="dr",
        ),
        "no municipality has both snapshots",
    ),
    "collinear regressors on the logit scale": (
        lambda: quasi_likelihood.fit(
            np.array([0.2, 0.4, 0.3]), np.zeros((3, 2)), np.ones(3), link="logit"
        ),
        "the regressors are collinear on this scale",
    ),
    "synthetic comparison of one arm": (
        lambda: estimated(
            lambda s, w, estimand: synthetic_did.estimate(s, _four(s, w), estimand=estimand),
            _holes_in_the_network(),
        ),
        "no municipality of the network arm has every snapshot",
    ),
}


def _window_study():
    return event_windows.estimate(sample_of(), estimand="municipality_average")


def _edge(*, treated):
    data = collapse(sample_of(), windows_of(sample_of()), estimand="municipality_average")
    return replace(data, post=np.where(data.treated, treated, data.post))


def _nobody_employed():
    made = sample_of()
    late = np.array([m > "2024-06" for m in made.months])
    outcome = np.where(made.treated[:, None] & late, 0.0, made.outcome)
    return replace(made, outcome=outcome)


def _four(sample, windows):
    return replace(windows, base=tuple(m for m in sample.months if m < "2024-06"))


def _holes_in_the_network():
    made = sample_of()
    outcome = made.outcome.copy()
    for k, row in enumerate(np.flatnonzero(made.treated)):
        outcome[row, k % 4] = np.nan
    return replace(made, outcome=outcome)


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_estimate_is_refused_with_the_reason(case):
    make, reason = REFUSED[case]
    with pytest.raises(NotEstimableError) as refused:
        make()
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("module", "limit", "make", "reason"),
    [
        (
            doubly_robust,
            "_MOST_ITERATIONS",
            lambda: doubly_robust.logit(
                np.column_stack([np.ones(6), np.arange(6.0)]),
                np.array([0.0, 1, 0, 1, 1, 0]),
                np.ones(6),
            ),
            "the propensity did not converge",
        ),
        (
            quasi_likelihood,
            "_MOST_ITERATIONS",
            lambda: quasi_likelihood.fit(
                np.array([0.2, 0.5, 0.9]),
                np.column_stack([np.ones(3), [0.0, 1, 3]]),
                np.ones(3),
                link="logit",
            ),
            "the quasi-likelihood did not converge",
        ),
        (
            synthetic_did,
            "_NEWTON_STEPS",
            lambda: synthetic_did._exact(
                np.random.default_rng(1).normal(size=(2, 4, 9)),
                np.random.default_rng(2).normal(size=(2, 4)),
                zeta=np.full(2, 0.1),
            ),
            "the weights of a placebo did not converge",
        ),
    ],
)
def test_a_search_that_does_not_end_is_refused(monkeypatch, module, limit, make, reason):
    make()  # with the steps that there are it ends
    monkeypatch.setattr(module, limit, 1)
    with pytest.raises(NotEstimableError, match=reason):
        make()


def test_draws_that_do_not_settle_together_are_fitted_alone(monkeypatch):
    data = collapse(
        sample_of(),
        windows_of(sample_of()),
        estimand="municipality_average",
        covariates=("log_population",),
    )
    assigned = np.random.default_rng(1).permuted(np.tile(data.treated, (5, 1)), axis=1)
    together = fractional_draws.effects(data, assigned)
    monkeypatch.setattr(fractional_draws, "_STEPS", 1)
    alone = fractional_draws.effects(data, assigned)
    # both stop at 1e-11
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-9)
    monkeypatch.setattr(fractional_draws, "_alone", lambda *_: (np.nan, np.nan))
    assert np.isnan(fractional_draws.effects(data, assigned)).all()


def test_equal_estimates_have_no_direction():
    assert ancova._direction(0.1, 0.1, 0.5) == "equal"
    assert ancova._direction(0.2, 0.1, 1.0) == "ancova_above"
    assert ancova._direction(0.1, 0.2, 0.0) == "did_above"
    assert ancova._direction(0.1, 0.1, 1.1) == "no_bracket"
    assert ancova._direction(0.1, 0.1, -0.1) == "no_bracket"


def test_one_municipality_of_an_arm_has_no_noise_to_be_told_from_its_neighbours():
    assert matching._noise(np.array([0.2]), np.zeros((1, 2)), 3).tolist() == [0.0]


def test_no_municipality_has_an_empty_expected_share():
    nothing = settlement.expected(
        panel(), pd.Index([]), ("2024-04",), share=np.empty((0, 1)), residents=np.empty((0, 1)),
        treated=np.empty(0, dtype=bool),
    )  # fmt: skip
    assert nothing.shape == (0, 1)


def test_a_table_that_is_not_among_the_details_is_named():
    long = details.to_long({"points": pd.DataFrame({"x": [1.0]})})
    assert details.has(long, "points")
    assert not details.has(long, "lines")
    with pytest.raises(InputError, match="«lines»") as refused:
        details.frame_of(long, "lines")
    assert "`estimates`" in refused.value.remedy


def test_terms_at_snapshots_are_of_one_fact():
    made = sample_of(units=12, treated=5)
    one = stack(made, ("2024-04", "2025-04"), {}, weights=np.ones(12), treated_at=("2025-04",))
    t = made.months.index("2025-04")
    two = replace(
        one, terms=replace(one.terms, names=("a", "b"), facts=np.ones((12, 2)), at=((0, t), (1, t)))
    )
    with pytest.raises(ValueError, match="of one fact of the units"):
        twfe.regress(two)
