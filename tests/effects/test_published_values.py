"""Published values that need more than one estimator, or an estimator in another's clothes.

The others stand with their estimators: mpdta in ``test_effects_group_time``, Proposition 99 in
``test_effects_synthetic_did``, HonestDiD's Medicaid example in ``inference/test_honest_intervals``,
Card & Krueger in ``test_effects_did2x2``, kielmc and wagepan in ``test_effects_twfe``, the NSW
experiment in ``test_effects_balancing``, enumerations in ``inference``. Of kielmc and wagepan the
coefficients are reproduced and not the errors: those are of classical least squares, which nothing
here uses.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import NETWORK, SAMPLE, df_het, make_panel

from fij_eval.effects import design, goodman_bacon, imputation, samples, twfe
from fij_eval.effects.inference import cluster_robust, linear


@pytest.fixture(scope="module")
def castle():
    """Cheng & Hoekstra (2013, Journal of Human Resources 48(3)): log homicides, first full year."""
    from causaldata import castle as data

    frame = data.load_pandas().data
    outcome = frame.pivot_table(index="sid", columns="year", values="l_homicide")
    after = frame[frame["post"] > 0].groupby("sid")["year"].min()
    # the law counts from the year it passed; the column ``post`` starts the year after
    first = after.reindex(outcome.index).sub(2001).fillna(-1).astype(int)
    return outcome.to_numpy(), first.to_numpy()


def coefficient(outcome, first):
    """Two-way fixed effects of the cells, by the project's regression."""
    unit, time = (a.ravel() for a in np.indices(outcome.shape))
    treated = (first[unit] >= 0) & (time >= first[unit])
    made = design.Design(
        y=outcome.ravel(),
        terms=design.Columns.of(("d",), treated.astype(float)[:, None]),
        covariates=design.Columns.of((), np.empty((len(unit), 0))),
        unit=unit,
        time=time,
        weights=np.ones(len(unit)),
        treated=first[unit] >= 0,
    )
    return twfe.regress(made).estimates[0]


def test_castle_doctrine_gives_the_published_bacon_decomposition(castle):
    # Goodman-Bacon's R package bacondecomp, castle, l_homicide: weights and averages printed to
    # three decimals (earlier vs later treated .060, -.006; later vs earlier .032, .070; treated vs
    # never .908, .088), coefficient .0818
    found = goodman_bacon.decompose(*castle)
    by_kind = {
        kind: (
            sum(c.weight for c in found if c.kind == kind),
            sum(c.weight * c.estimate for c in found if c.kind == kind)
            / sum(c.weight for c in found if c.kind == kind),
        )
        for kind in ("earlier_later", "later_earlier", "treated_never")
    }
    assert by_kind["earlier_later"] == pytest.approx((0.060, -0.006), abs=5e-4)
    assert by_kind["later_earlier"] == pytest.approx((0.032, 0.070), abs=5e-4)
    assert by_kind["treated_never"] == pytest.approx((0.908, 0.088), abs=5e-4)
    total = sum(c.weight * c.estimate for c in found)
    assert total == pytest.approx(0.0818116169, abs=1e-10)  # printed to ten decimals


@pytest.mark.parametrize("seed", range(4))
def test_the_decomposition_adds_up_to_the_regression(seed):
    rng = np.random.default_rng(seed)
    first = rng.choice([-1, 2, 4, 5], size=40)
    outcome = rng.normal(size=(40, 7)) + rng.normal(size=40)[:, None]
    found = goodman_bacon.decompose(outcome, first)
    assert sum(c.weight for c in found) == pytest.approx(1, abs=1e-12)
    # a theorem; two ways of least squares
    total = sum(c.weight * c.estimate for c in found)
    assert total == pytest.approx(coefficient(outcome, first), abs=1e-10)


@pytest.mark.filterwarnings("ignore")
def test_the_decomposition_equals_an_independent_one():
    from diff_diff import BaconDecomposition

    rng = np.random.default_rng(8)
    first = rng.choice([-1, 2, 4], size=30)
    outcome = rng.normal(size=(30, 6))
    unit, time = (a.ravel() for a in np.indices(outcome.shape))
    data = pd.DataFrame({"y": outcome.ravel(), "unit": unit, "time": time})
    data["first"] = np.where(first[unit] < 0, 0, first[unit])
    other = BaconDecomposition(weights="exact").fit(
        data, outcome="y", unit="unit", time="time", first_treat="first"
    )
    found = goodman_bacon.decompose(outcome, first)
    for kind, weight in (
        ("treated_never", other.total_weight_treated_vs_never),
        ("earlier_later", other.total_weight_earlier_vs_later),
        ("later_earlier", other.total_weight_later_vs_earlier),
    ):
        assert sum(c.weight for c in found if c.kind == kind) == pytest.approx(weight, abs=1e-10)


def test_what_cannot_be_decomposed_says_why():
    outcome = np.zeros((3, 4))
    with pytest.raises(samples.NotEstimableError, match="balanced"):
        goodman_bacon.decompose(np.full((3, 4), np.nan), np.array([-1, 1, 2]))
    with pytest.raises(samples.NotEstimableError, match="throughout"):
        goodman_bacon.decompose(outcome, np.array([-1, 0, 2]))
    with pytest.raises(samples.NotEstimableError, match="differ in timing"):
        goodman_bacon.decompose(outcome, np.array([2, 2, 2]))


@pytest.fixture(scope="module")
def mpdta():
    from moderndid import load_mpdta

    data = load_mpdta().to_pandas().sort_values(["countyreal", "year"], ignore_index=True)
    return data.assign(
        unit=np.unique(data["countyreal"], return_inverse=True)[1],
        time=data["year"] - 2003,
        hit=(data["first.treat"] > 0) & (data["year"] >= data["first.treat"]),
    )


def test_mpdta_gives_the_published_linear_etwfe_by_imputation(mpdta):
    # R package etwfe, lemp ~ lpop, not-yet-treated, average over treated cells -0.0506270331
    # (0.0124972547). Imputation with covariates by period is the same estimate (Wooldridge 2021).
    def grid(column):
        return mpdta.pivot_table(column, "unit", "time", aggfunc="first").to_numpy()

    hit = grid("hit").astype(bool)
    group = grid("first.treat")
    cells = imputation._Cells(
        y=grid("lemp"),
        w=np.ones(hit.shape),
        untreated=~hit,
        target=hit,
        facts=np.column_stack([np.ones(len(hit)), grid("lpop")[:, 0]]),
    )
    effects = cells.y - imputation._fit(cells).predicted
    assert effects[hit].mean() == pytest.approx(-0.0506270331, abs=1e-9)  # ten decimals
    assert set(group[hit]) == {2004, 2006, 2007}


def test_mpdta_gives_the_published_linear_etwfe_and_error_by_regression(mpdta):
    # the same by one regression: an effect for each cohort and year, each with the covariate
    # centred at its cohort's mean, and the covariate by year; errors clustered by county
    hit, group, time = (mpdta[c].to_numpy() for c in ("hit", "first.treat", "time"))
    lpop = mpdta["lpop"].to_numpy()
    mean = mpdta.groupby("first.treat")["lpop"].transform("mean").to_numpy()
    names, columns, sizes = [], [], []
    for g in (2004, 2006, 2007):
        for t in range(g - 2003, 5):
            here = ((group == g) & (time == t)).astype(float)
            names += [f"e{g}{t}", f"x{g}{t}"]
            columns += [here, here * (lpop - mean)]
            sizes += [here.sum(), 0.0]
    controls = [f"p{t}" for t in range(1, 5)]
    data = mpdta.assign(
        **dict(zip(names, columns, strict=True)),
        **{f"p{t}": (time == t) * lpop for t in range(1, 5)},
    )
    fitted = linear.fit(
        linear.absorb(
            linear.design(
                data,
                outcome="lemp",
                treatment=names,
                covariates=controls,
                unit="unit",
                period="year",
            )
        )
    )
    aim = np.array(sizes) / hit.sum()
    assert aim @ fitted.coefficient == pytest.approx(-0.0506270331, abs=1e-9)
    # R has cohort dummies where county effects stand here, so that it counts 12 coefficients more
    # in (N - 1) / (N - K): the cohorts (4), years less one (4), lpop alone and by cohort (4)
    covariance = cluster_robust.cv1(fitted, counted="none")
    k = len(names) + len(controls)
    error = np.sqrt(aim @ covariance @ aim * (len(data) - k) / (len(data) - k - 12))
    # marginaleffects takes its delta method by differences
    assert error == pytest.approx(0.0124972547, rel=1e-6)


def test_gardners_example_gives_the_published_error():
    # did2s (Butts & Gardner 2022, R Journal 14(3)) on df_het: 0.0476066, clustered by state. Its
    # second stage has one mean of all treated cells where imputation has one a month.
    cells, treated = df_het()
    model = imputation._fit(cells)
    aim = treated["count"] / treated["count"].sum()
    others = replace(cells, target=np.zeros_like(cells.target))
    # a state has treated and untreated units in one year: the former's part is put in by hand
    of_others = imputation._influence(others, aim, model)
    of_others -= (aim * (cells.y - model.predicted)).sum(axis=1)
    effect = treated["mean"] - model.predicted
    influence = of_others + (aim * (effect - (aim * effect).sum())).sum(axis=1)
    assert np.sqrt((influence**2).sum()) == pytest.approx(0.0476066, abs=5e-8)  # all digits


def test_one_kick_off_makes_four_estimators_one():
    """Fact 2 of the design: TWFE, imputation, the regression of etwfe and Bacon's only weight."""
    sample = samples.build(make_panel(units=30, treated=9), sample=SAMPLE, network=NETWORK)
    before = np.array([m < "2024-06" for m in sample.months])
    first = np.where(sample.treated, int(before.sum()), -1)
    found = goodman_bacon.decompose(sample.outcome, first)
    assert [(c.kind, c.weight) for c in found] == [("treated_never", 1.0)]
    windows = samples.Windows(sample.months[: before.sum()], sample.months[before.sum() :])
    imputed = imputation.estimate(sample, windows, estimand="municipality_average").att
    fitted = twfe.estimate(sample, windows, estimand="municipality_average").estimates[0]
    assert found[0].estimate == pytest.approx(imputed, abs=1e-10)
    assert found[0].estimate == pytest.approx(fitted, abs=1e-10)
