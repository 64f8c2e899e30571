"""The wild cluster bootstrap against enumeration by refitting and an independent package."""

import itertools

import numpy as np
import pandas as pd
import pytest
from inference_panels import panel

from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inference.wild import wild_bootstrap
from fij_eval.errors import EstimationError


def absorbed(frame, **options):
    return linear.absorb(linear.design(frame, outcome="y", treatment=["treated"], **options))


def brute_force(frame, null, weights):
    """|t| of every sign vector, each from dummy-variable regressions without any shortcut."""
    root = np.sqrt(frame[weights].to_numpy()) if weights else np.ones(len(frame))
    dummies = pd.get_dummies(frame[["municipality_code", "reference_month"]], dtype=float)
    others = np.column_stack([dummies.to_numpy(), frame[["x"]]]) * root[:, None]
    d = (frame["treated"].to_numpy() * root)[:, None]
    y = frame["y"].to_numpy() * root
    names = frame["county"].to_numpy()
    clusters = np.unique(names)

    def t_of(outcome, value):
        x = np.column_stack([d, others])
        b = np.linalg.lstsq(x, outcome, rcond=None)[0]
        resid = outcome - x @ b
        left = d[:, 0] - others @ np.linalg.lstsq(others, d[:, 0], rcond=None)[0]
        score = np.array([left[names == c] @ resid[names == c] for c in clusters])
        return (b[0] - value) / (np.sqrt(score @ score) / (left @ left))

    shifted = y - null * d[:, 0]
    restricted = others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    residual = shifted - restricted
    found = []
    for signs in itertools.product([1.0, -1.0], repeat=len(clusters)):
        flip = np.array(signs)[np.searchsorted(clusters, names)]
        found.append(t_of(restricted + null * d[:, 0] + flip * residual, null))
    return t_of(y, null), np.array(found)


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("null", [0.0, 0.4])
def test_nine_clusters_enumerated_equal_512_refits(weights, null):
    frame = panel(2, units=18, periods=5, treated=7, counties=9, gaps=0.1)
    mine = wild_bootstrap(
        absorbed(frame, covariates=["x"], weights=weights, cluster="county"),
        rng=np.random.default_rng(0),
        weights="rademacher",
        null=null,
    )
    t, draws = brute_force(frame, null, weights)
    assert mine.enumerated
    assert mine.draws == 512
    factor = np.sqrt(
        cluster_robust.cv1_factor(
            absorbed(frame, covariates=["x"], weights=weights, cluster="county")
        )
    )
    # both are exact least squares: only rounding is left
    assert mine.t == pytest.approx(t / factor, rel=1e-8)
    np.testing.assert_allclose(
        np.sort(np.abs(mine.t_draws)), np.sort(np.abs(draws)) / factor, rtol=1e-6
    )
    exact = np.mean(np.abs(draws) >= abs(t) * (1 - 1e-9))
    assert mine.p_value == pytest.approx(exact, abs=1e-12)


def test_drawn_p_value_agrees_with_wildboottest():
    wb = pytest.importorskip("wildboottest.wildboottest")
    frame = panel(4, units=20, periods=5, treated=6)
    dummies = pd.get_dummies(
        frame[["municipality_code", "reference_month"]], dtype=float, drop_first=True
    )
    x = np.column_stack([frame["treated"], frame["x"], dummies, np.ones(len(frame))])
    select = np.zeros(x.shape[1])
    select[0] = 1
    theirs = wb.WildboottestCL(
        X=x,
        Y=frame["y"].to_numpy(),
        cluster=frame["municipality_code"].astype(int).to_numpy(),
        R=select,
        B=9_999,
        seed=1,
    )
    theirs.get_scores(bootstrap_type="11", impose_null=True)
    theirs.get_weights(weights_type="rademacher")
    theirs.get_numer()
    theirs.get_denom()
    theirs.get_tboot()
    theirs.get_vcov()
    theirs.get_tstat()
    theirs.get_pvalue(pval_type="two-tailed")
    mine = wild_bootstrap(
        absorbed(frame, covariates=["x"]), rng=np.random.default_rng(5), weights="rademacher"
    )
    # two independent sets of 9,999 draws: four standard errors of the difference of shares
    p = mine.p_value
    assert p == pytest.approx(theirs.pvalue, abs=4 * np.sqrt(2 * p * (1 - p) / 9_999))


def test_interval_holds_the_values_that_are_not_rejected():
    model = absorbed(panel(6, treated=12))
    mine = wild_bootstrap(model, rng=np.random.default_rng(8), draws=1_999)
    for limit, way in ((mine.ci_low, 1), (mine.ci_high, -1)):
        for step, inside in ((0.002, True), (-0.002, False)):
            again = wild_bootstrap(
                model,
                rng=np.random.default_rng(8),
                draws=1_999,
                null=limit + way * step * mine.se,
            )
            assert (again.p_value > 0.05) == inside


def test_scaling_the_outcome_scales_the_interval_and_keeps_the_p_value():
    frame = panel(9, gaps=0.1)
    one = wild_bootstrap(absorbed(frame), rng=np.random.default_rng(3), draws=999)
    ten = wild_bootstrap(
        absorbed(frame.assign(y=10 * frame["y"] + 3)), rng=np.random.default_rng(3), draws=999
    )
    assert ten.p_value == one.p_value
    assert ten.ci_low == pytest.approx(10 * one.ci_low, rel=1e-6)
    assert ten.ci_high == pytest.approx(10 * one.ci_high, rel=1e-6)


def test_constant_outcome_is_refused():
    with pytest.raises(EstimationError, match="do not vary"):
        wild_bootstrap(absorbed(panel(1).assign(y=2.0)), rng=np.random.default_rng(0))


def test_one_of_several_coefficients_equals_it_alone_given_the_others():
    frame = panel(10)
    two = linear.absorb(linear.design(frame, outcome="y", treatment=["x", "treated"]))
    first = wild_bootstrap(two, column=1, rng=np.random.default_rng(1), draws=499)
    alone = wild_bootstrap(
        absorbed(frame, covariates=["x"]), rng=np.random.default_rng(1), draws=499
    )
    assert first.p_value == alone.p_value
    assert first.ci_low == pytest.approx(alone.ci_low, rel=1e-6)


def test_size_with_few_clusters_is_near_the_nominal_one():
    rejected = []
    for seed in range(150):
        frame = panel(2_000 + seed, units=14, periods=4, treated=7)
        frame["y"] -= 0.3 * frame["treated"]
        found = wild_bootstrap(absorbed(frame), rng=np.random.default_rng(seed), draws=199)
        rejected.append(found.p_value <= 0.1)
    # three Monte Carlo errors of 150 trials round 10 per cent, and two points for what the
    # bootstrap itself is off with seven clusters in each arm
    assert abs(np.mean(rejected) - 0.1) < 3 * np.sqrt(0.1 * 0.9 / 150) + 0.02
