"""Degenerate input to every method of inference: a finite answer, or our error that says why."""

from functools import cache

import numpy as np
import pytest

from fij_eval.effects import fractional_draws
from fij_eval.effects.inference import (
    cluster_robust,
    equivalence,
    honest,
    linear,
    multiple,
    pretest,
    randomization,
    smoothness,
    wild,
)
from fij_eval.effects.robustness import (
    cross_section,
    funnel,
    joining,
    leave_out,
    pseudo_networks,
    spatial,
    spillover,
    suppression,
)
from fij_eval.effects.two_windows import TwoWindows, absorbed, tidy
from fij_eval.errors import CheckError, EstimationError, FijError

pytestmark = pytest.mark.filterwarnings("error")
N = 24


def windows(case):
    """Base and post window of 24 municipalities in three size groups, spoilt as the case says."""
    rng = np.random.default_rng(4)
    treated = np.arange(N) % 3 == 0
    strata = np.array(["small", "medium", "large"])[np.arange(N) // 8]
    base, x = rng.uniform(0.2, 0.4, N), rng.normal(size=(N, 2))
    post = base + 0.1 + 0.03 * treated + rng.normal(0, 0.03, N)
    keep = np.ones(N, dtype=bool)
    match case:
        case "one treated unit":
            treated = np.arange(N) == 3
        case "a constant outcome":
            base, post = np.full(N, 0.3), np.full(N, 0.3)
        case "an outcome of zero":
            base, post = np.zeros(N), np.zeros(N)
        case "perfect separation":
            x[:, 0] = treated * 10.0
        case "a collinear covariate":
            x[:, 1] = 2 * x[:, 0]
        case "an empty size group":
            keep = strata != "medium"
        case "everyone in the network":
            treated = np.ones(N, dtype=bool)
        case "no network":
            treated = np.zeros(N, dtype=bool)
        case "strata that are the arms":
            strata = np.where(treated, "small", "large")
    return TwoWindows(
        rows=np.arange(N),
        codes=tuple(f"{k:04d}" for k in range(N)),
        base=base,
        post=post,
        treated=treated,
        weight=rng.uniform(20, 200, N),
        covariates=x,
        names=("x0", "x1"),
        strata=tuple(strata),
        observations=np.full(N, 2),
        residents=np.full(N, 20.0),
    ).only(keep)


CASES = (
    "one treated unit",
    "a constant outcome",
    "an outcome of zero",
    "perfect separation",
    "a collinear covariate",
    "an empty size group",
    "everyone in the network",
    "no network",
    "strata that are the arms",
)


def rng():
    return np.random.default_rng(1)


def _fitted(data):
    return linear.fit(absorbed(data))


def _draws(data):
    return np.random.default_rng(2).permuted(np.tile(data.treated, (250, 1)), axis=1)


def _near(data):
    apart = np.abs(np.subtract.outer(np.arange(data.n_units), np.arange(data.n_units)))
    return apart == 1


def _frame(data):
    return tidy(data)


def _randomized(data):
    design = absorbed(data)
    found = randomization.randomization_test(
        design,
        randomization.timing(design.design, [design.design.period_names[-1]]),
        data.strata,
        rng=rng(),
        draws=99,
    )
    return [found.p_coefficient, found.p_t]


def _leave_out(data):
    table = leave_out.leave_one_out(
        _frame(data),
        by="municipality_code",
        outcome="outcome",
        treatment="treatment",
        covariates=["x0", "x1"],
        weights="weight",
    )
    known = table["estimate"].notna()
    assert (table.loc[~known, "note"] != "").all()
    return table.loc[known, "estimate"].tolist()


def _permuted(data):
    found = cross_section.permuted_differences(
        data.change, _draws(data), weights=data.weight, covariates=data.covariates
    )
    return [v for values in found for v in values[np.isfinite(values)]]


def _refitted(data):
    found = fractional_draws.effects(data, _draws(data)[:20])
    return [v for values in found for v in values[np.isfinite(values)]]


def _pseudo(data):
    labels = pseudo_networks.pseudo_networks(data.treated, data.strata, rng=rng(), draws=200)
    others = ~data.treated
    found = pseudo_networks.aa_test(
        *cross_section.permuted_differences(data.change[others], labels[:, others] > 0), df=9
    )
    return [found.spread, found.size, found.mde]


def _rings(data):
    steps = spillover.distance_to(data.treated, _near(data))
    found = spillover.rings(data.change, steps, width=2, weights=data.weight, level=0.95)
    assert all(r.result is not None or r.note for r in found)
    return [r.result.estimate for r in found if r.result is not None]


METHODS = {
    "CV1": lambda d: cluster_robust.cv1(_fitted(d)).ravel(),
    "CV3": lambda d: cluster_robust.cv3(_fitted(d)).ravel(),
    "wild bootstrap": lambda d: [wild.wild_bootstrap(absorbed(d), rng=rng(), draws=99).p_value],
    "randomization": _randomized,
    "logit, refitted": _refitted,
    "logit, wild": lambda d: [fractional_draws.wild(d, rng=rng(), draws=50)[2]],
    "permuted differences": _permuted,
    "leave one out": _leave_out,
    "pseudo-networks": _pseudo,
    "Moran": lambda d: [spatial.moran(d.change, _near(d), rng=rng(), draws=99).p_value],
    "rings": _rings,
    "joining": lambda d: [
        joining.joining_model(d.treated, d.covariates, ("x0", "x1")).auc,
    ],
    "funnel": lambda d: [
        funnel.funnel(np.round(d.post * d.weight), np.round(d.weight)).dispersion
    ],
    "hidden cells": lambda d: [
        suppression.bounds(
            absorbed(d), np.zeros(2 * d.n_units), np.ones(2 * d.n_units)
        ).low
    ],
}  # fmt: skip


@cache
def case_of(name):
    return windows(name)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", METHODS)
def test_a_finite_answer_or_our_error(method, case):
    try:
        found = METHODS[method](case_of(case))
    except (EstimationError, CheckError):
        return
    assert np.isfinite(np.asarray(list(found), dtype=float)).all()


@pytest.mark.parametrize(
    "made",
    [
        lambda: honest.event_study(np.zeros(1), np.eye(1), pre=1),
        lambda: honest.event_study(np.zeros(3), np.eye(3), pre=3),
        lambda: smoothness.smoothness(
            honest.event_study(np.zeros(2), np.ones((2, 2)), pre=0), bounds=[0.0]
        ),
        lambda: pretest.pretest_power(
            np.eye(2), np.array([1.0, 2]), pre=0, target=np.array([1.0, 0]), power=0.8, rng=rng()
        ),
        lambda: equivalence.mde(0.0),
        lambda: equivalence.mde(float("nan")),
        lambda: equivalence.tost(0.01, 0.0, margin=0.01, df=9),
        lambda: multiple.holm([0.1, float("nan")]),
        lambda: multiple.family([], np.empty((9, 0))),
    ],
)
def test_what_has_no_answer_is_refused(made):
    with pytest.raises(FijError) as refused:
        made()
    assert refused.value.what
