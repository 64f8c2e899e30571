"""Regressions of changes against statsmodels, and the curve's joint test against refitting."""

import numpy as np
import pytest

from fij_eval.effects.robustness.cross_section import (
    change,
    difference,
    permuted_differences,
    residuals,
)
from fij_eval.effects.robustness.specification_curve import (
    Comparison,
    Composition,
    Grid,
    Window,
    scales,
    specification_curve,
)
from fij_eval.errors import EstimationError


def world(seed=0, n=80, periods=7, treated=20, effect=0.0):
    rng = np.random.default_rng(seed)
    residents = rng.integers(30, 300, size=(n, 1)) + np.arange(periods) * 5
    level = rng.normal(0.3, 0.05, size=(n, 1)) + 0.02 * np.arange(periods)
    arm = np.arange(n) < treated
    level[arm, 4:] += effect
    employed = rng.binomial(residents, np.clip(level, 0, 1)).astype(float)
    return arm, employed / residents, employed, residents.astype(float), rng


def grid_of(arm, share, employed, residents, rng, *, bases=None):
    n = len(arm)
    ring = np.zeros((n, n), dtype=bool)
    index = np.arange(n)
    ring[index, (index + 1) % n] = ring[(index + 1) % n, index] = True
    region = (np.arange(n)[:, None] % 4 == np.arange(1, 4)).astype(float)
    drift = rng.normal(0, 0.01, size=share.shape)
    return Grid(
        base=bases or {"all": Window((0, 1, 2, 3), (4, 5, 6)), "last": Window((3,), (4, 5, 6))},
        scale=scales(share, employed, residents, treated=arm, post=(4, 5, 6)),
        weights={"none": None, "residents": residents[:, 3]},
        composition={
            "none": Composition(),
            "covariate": Composition(covariate=drift),
            "offset": Composition(offset=dict.fromkeys(("pp", "logit", "ratio"), drift)),
        },
        comparison={
            "all": Comparison(),
            "same region": Comparison(covariates=region),
            "not beside": Comparison(near=ring, covariates=region),
            "large": Comparison(keep=residents[:, 3] > 60),
        },
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_difference_equals_statsmodels(weighted):
    import statsmodels.api as sm

    arm, share, _, residents, rng = world(1)
    x = rng.normal(size=(len(arm), 2))
    weights = residents[:, 0] if weighted else None
    outcome = change(share, (0, 1), (4, 5))
    mine = difference(outcome, arm, weights=weights, covariates=x)
    theirs = sm.WLS(
        outcome,
        sm.add_constant(np.column_stack([arm, x])),
        weights=np.ones(len(arm)) if weights is None else weights,
    ).fit(cov_type="HC1", use_t=True)
    # two exact least squares: rounding
    assert mine.estimate == pytest.approx(theirs.params[1], abs=1e-10)
    assert mine.se == pytest.approx(theirs.bse[1], abs=1e-10)
    assert mine.p_value == pytest.approx(theirs.pvalues[1], abs=1e-8)


@pytest.mark.parametrize("by_draw", [False, True])
def test_permuted_differences_equal_one_at_a_time(by_draw):
    arm, share, _, residents, rng = world(2)
    x = rng.normal(size=(len(arm), 2))
    outcome = change(share, (0,), (6,))
    outcome[5] = np.nan
    assigned = rng.permuted(np.tile(arm, (20, 1)), axis=1)
    keep = rng.random(assigned.shape) < 0.8 if by_draw else rng.random(len(arm)) < 0.8
    estimate, se = permuted_differences(
        outcome, assigned, weights=residents[:, 0], covariates=x, keep=keep
    )
    for b, who in enumerate(assigned):
        one = difference(
            outcome, who, weights=residents[:, 0], covariates=x, keep=keep[b] if by_draw else keep
        )
        assert estimate[b] == pytest.approx(one.estimate, abs=1e-9)
        assert se[b] == pytest.approx(one.se, abs=1e-9)


def test_grid_is_estimated_whole_and_each_row_equals_its_own_regression():
    arm, share, employed, residents, rng = world(3)
    grid = grid_of(arm, share, employed, residents, rng)
    curve = specification_curve(
        grid, treated=arm, strata=["one"] * len(arm), rng=np.random.default_rng(0), draws=19
    )
    assert grid.size == len(curve.frame) == curve.estimated == 2 * 3 * 2 * 3 * 4
    assert not curve.frame.drop(columns="note").isna().any().any()
    row = curve.frame.query(
        "base == 'last' and scale == 'pp' and weights == 'residents' and composition == 'none' "
        "and comparison == 'large'"
    ).iloc[0]
    keep = arm | (residents[:, 3] > 60)
    alone = difference(change(share, (3,), (4, 5, 6)), arm, weights=residents[:, 3], keep=keep)
    assert row["estimate"] == pytest.approx(alone.estimate, abs=1e-10)
    assert row["n_units"] == keep.sum()


def test_joint_test_finds_a_large_effect_and_its_size():
    arm, share, employed, residents, rng = world(4, effect=0.10)
    curve = specification_curve(
        grid_of(arm, share, employed, residents, rng),
        treated=arm,
        strata=["one"] * len(arm),
        rng=np.random.default_rng(1),
        draws=99,
    )
    assert curve.p_median == curve.p_mean_z == 0.01  # none of 99 drawn networks comes near
    assert curve.share_significant > 0.95
    # sampling error of a 2x2 in this world is about 0.012
    assert curve.median_pp == pytest.approx(0.10, abs=0.03)


def test_joint_test_keeps_its_size_without_an_effect():
    rejected = []
    for seed in range(60):
        arm, share, employed, residents, rng = world(100 + seed, n=40, treated=10)
        grid = grid_of(arm, share, employed, residents, rng)
        small = Grid(
            grid.base,
            {"pp": grid.scale["pp"]},
            grid.weights,
            {"none": Composition()},
            grid.comparison,
        )
        curve = specification_curve(
            small, treated=arm, strata=["one"] * 40, rng=np.random.default_rng(seed), draws=49
        )
        rejected.append(curve.p_median <= 0.2)
    # an exact test at 20 %: three Monte Carlo standard errors of 60 trials
    assert abs(np.mean(rejected) - 0.2) < 3 * np.sqrt(0.2 * 0.8 / 60)


def test_impossible_specification_keeps_its_row_and_says_why():
    arm, share, employed, residents, rng = world(5)
    grid = grid_of(arm, share, employed, residents, rng)
    odd = Grid(
        grid.base,
        grid.scale,
        grid.weights,
        {"none": Composition(), "nobody": Composition(keep=~arm)},
        grid.comparison,
    )
    curve = specification_curve(
        odd, treated=arm, strata=["one"] * len(arm), rng=np.random.default_rng(0), draws=9
    )
    nobody = curve.frame[curve.frame["composition"] == "nobody"]
    assert (nobody["note"].str.contains("cannot be formed")).all()
    assert nobody["estimate"].isna().all()
    assert curve.estimated == len(curve.frame) / 2


def test_zero_shares_keep_their_rows_on_every_scale():
    arm, share, employed, residents, _ = world(6)
    employed[3] = 0
    share[3] = 0
    employed[4], share[4] = residents[4], 1
    for scale in scales(share, employed, residents, treated=arm, post=(4, 5, 6)).values():
        assert np.isfinite(scale.outcome).all()


def test_an_empty_arm_and_covariates_that_determine_treatment_are_refused():
    arm, share, *_ = world(7)
    outcome = change(share, (0,), (6,))
    with pytest.raises(EstimationError, match="cannot be formed"):
        difference(outcome, np.zeros_like(arm))
    with pytest.raises(EstimationError, match="cannot be formed"):
        difference(outcome, arm, covariates=arm[:, None].astype(float))
    with pytest.raises(EstimationError, match="same in all units"):
        difference(np.ones(len(arm)), arm)


@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_equal_statsmodels_and_keep_their_places(weighted):
    import statsmodels.api as sm

    arm, share, _, population, rng = world(8)
    x = rng.normal(size=(len(arm), 2))
    outcome = change(share, (0, 1), (4, 5))
    outcome[7] = np.nan
    weights = population[:, 0] if weighted else None
    mine = residuals(outcome, arm, weights=weights, covariates=x)
    used = np.isfinite(outcome)
    theirs = sm.WLS(
        outcome[used],
        sm.add_constant(np.column_stack([arm, x]))[used],
        weights=np.ones(used.sum()) if weights is None else weights[used],
    ).fit()
    assert np.isnan(mine[7])
    np.testing.assert_allclose(mine[used], theirs.resid, atol=1e-10)  # rounding
