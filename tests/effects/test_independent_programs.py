"""Own estimators against other people's programs: random panels, with gaps and without, weighted.

To 1e-8, or with the reason beside it. What no other program does (synthetic weights under weights,
matching under weights, doubly robust effects by pairs of snapshots over gaps) is held to its parts:
one change against ``moderndid`` in ``test_effects_group_time``, to a solver or by hand in the tests
of the estimator.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from every_estimator import ESTIMATORS, FACTS
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import fractional, group_time, imputation, quasi_likelihood, samples
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.two_windows import absorbed, collapse, tidy

# of the other programs: frames that they cut up, steps that they announce
pytestmark = pytest.mark.filterwarnings("ignore")

CASES = [
    (seed, gaps, estimand)
    for seed in (11, 12)
    for gaps in (0.0, 0.15)
    for estimand in ("municipality_average", "person_average")
]
EXACT = 1e-8


@cache
def world(seed, gaps):
    panel = make_panel(units=45, treated=15, gaps=gaps, seed=seed)
    sample = samples.build(panel, sample=SAMPLE, network=NETWORK)
    return sample, samples.windows(sample, WINDOWS)


def stacked(sample, months, estimand, *, units=None):
    """Cells with an outcome as a frame: y, unit, month, d, w and the facts."""
    rows = []
    keep = np.ones(len(sample.units), dtype=bool) if units is None else units
    for i, code in enumerate(sample.units.index):
        for t, month in enumerate(sample.months):
            if keep[i] and month in months and np.isfinite(sample.outcome[i, t]):
                fact = sample.units.loc[code]
                rows.append(
                    {
                        "y": sample.outcome[i, t],
                        "unit": code,
                        "month": month,
                        "d": float(fact["treated"]),
                        "w": fact["weight"] if estimand == "person_average" else 1.0,
                        **{name: fact[name] for name in FACTS},
                    }
                )
    return pd.DataFrame(rows)


def in_both(sample, windows):
    seen = np.isfinite(sample.outcome)
    return seen[:, sample.at(windows.base)].any(axis=1) & seen[:, sample.at(windows.post)].any(
        axis=1
    )


@pytest.mark.parametrize(("seed", "gaps", "estimand"), CASES)
def test_two_way_fixed_effects_equal_pyfixest(seed, gaps, estimand):
    import pyfixest as pf

    sample, windows = world(seed, gaps)
    months = (*windows.base, *windows.post)
    data = stacked(sample, months, estimand, units=in_both(sample, windows))
    data["att"] = data["d"] * data["month"].isin(windows.post)
    for name in ("log_population", "unemployment_rate"):
        data[name] -= data[name].mean()
    fit = pf.feols(
        "y ~ att + i(month, log_population) + i(month, unemployment_rate)"
        " + i(month, size_group) | unit + month",
        data,
        weights="w",
        vcov={"CRV1": "unit"},
        ssc=pf.ssc(k_fixef="none"),
        fixef_tol=1e-12,
        collin_tol=1e-9,
    )
    value, variance = ESTIMATORS["twfe"](sample, windows, estimand, FACTS)
    assert value == pytest.approx(fit.coef()["att"], abs=EXACT)
    assert np.sqrt(variance) == pytest.approx(fit.se()["att"], rel=1e-6)


@pytest.mark.parametrize(("seed", "gaps", "estimand"), CASES)
def test_the_primary_regression_and_its_jackknife_equal_pyfixest(seed, gaps, estimand):
    import pyfixest as pf

    sample, windows = world(seed, gaps)
    data = collapse(sample, windows, estimand=estimand, covariates=FACTS)
    frame = tidy(data)
    names = [c for c in frame.columns if c.startswith("x")]
    fit = pf.feols(
        f"outcome ~ treatment + {' + '.join(names)} | municipality_code + reference_month",
        frame,
        weights="weight",
        vcov={"CRV3": "cluster"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
        fixef_tol=1e-12,
    )
    mine = linear.fit(absorbed(data))
    assert mine.coefficient[0] == pytest.approx(fit.coef()["treatment"], abs=EXACT)
    groups = data.n_units
    ours, theirs = np.sqrt(cluster_robust.cv3(mine)[0, 0]), fit.se()["treatment"]
    # without small-sample factors theirs is the plain sum over clusters
    assert ours == pytest.approx(theirs * np.sqrt((groups - 1) / groups), rel=1e-6)


@pytest.mark.parametrize(("seed", "gaps", "estimand"), CASES)
def test_the_event_study_equals_pyfixest(seed, gaps, estimand):
    import pyfixest as pf

    sample, windows = world(seed, gaps)
    base = windows.base[-1]
    # units without the base month have no base to be compared with
    data = stacked(sample, sample.months, estimand)
    fit = pf.feols(
        f"y ~ i(month, d, ref='{base}') | unit + month",
        data,
        weights="w",
        vcov={"CRV3": "unit"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
        fixef_tol=1e-12,
    )
    value, variance = ESTIMATORS["event_study"](sample, windows, estimand, ())
    name = next(n for n in fit.coef().index if windows.post[0] in n)
    assert value == pytest.approx(fit.coef()[name], abs=EXACT)
    groups = data["unit"].nunique()
    # without small-sample factors theirs is the plain sum over clusters
    theirs = fit.se()[name] * np.sqrt((groups - 1) / groups)
    assert np.sqrt(variance) == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize(("seed", "gaps", "estimand"), CASES)
@pytest.mark.parametrize("link", ["logit", "log"])
def test_effects_on_other_scales_equal_statsmodels(seed, gaps, estimand, link):
    import statsmodels.api as sm

    sample, windows = world(seed, gaps)
    months = (*windows.base, *windows.post)
    data = stacked(sample, months, estimand, units=in_both(sample, windows))
    free = ~(data["d"].eq(1) & data["month"].isin(windows.post))
    x = pd.get_dummies(data[["month", "size_group"]], drop_first=True, dtype=float)
    interactions = {
        f"{m}:{f}": x[m] * (x[f] if f in x else data[f])
        for m in x.columns
        if m.startswith("month")
        for f in ["log_population", "unemployment_rate", *[c for c in x if c.startswith("size")]]
    }
    x = x.assign(d=data["d"], one=1.0, p=data["log_population"], u=data["unemployment_rate"])
    x = x.assign(**interactions)
    family = sm.families.Binomial() if link == "logit" else sm.families.Poisson()
    fit = sm.GLM(data["y"][free], x[free], family=family, freq_weights=data["w"][free]).fit(
        tol=1e-14, maxiter=200
    )
    gone = data[~free]
    theirs = np.average(gone["y"] - fit.predict(x[~free]), weights=gone["w"])
    found = quasi_likelihood.estimate(
        sample, windows, estimand=estimand, link=link, covariates=FACTS
    )
    assert found.att == pytest.approx(theirs, abs=EXACT)


@pytest.mark.parametrize(("seed", "gaps", "estimand"), CASES)
def test_the_fractional_logit_of_two_windows_equals_statsmodels(seed, gaps, estimand):
    import statsmodels.api as sm

    sample, windows = world(seed, gaps)
    data = collapse(sample, windows, estimand=estimand, covariates=FACTS)
    x = np.column_stack([np.ones(data.n_units), data.covariates])
    d, w = data.treated, data.weight

    def fitted(y, x, w):
        family = sm.families.Binomial()
        return sm.GLM(y, x, family=family, freq_weights=w).fit(tol=1e-14, maxiter=200)

    before = fitted(data.base, np.column_stack([x, d]), w)
    after = fitted(data.post[~d], x[~d], w[~d])
    index = x[d] @ after.params + before.params[-1]
    expected = np.average(data.post[d] - 1 / (1 + np.exp(-index)), weights=w[d])
    assert fractional.estimate(data).att == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("seed", "gaps"), [(11, 0.0), (12, 0.0), (11, 0.15), (12, 0.15)])
def test_imputation_equals_diff_diff(seed, gaps):
    # it has no weights: those are held to statsmodels in test_effects_imputation
    from diff_diff import ImputationDiD

    sample, _ = world(seed, gaps)
    windows = samples.windows(sample, WINDOWS, base="all_pre", post="all_post")
    data = stacked(sample, sample.months, "municipality_average")
    data["time"] = data["month"].map({m: t for t, m in enumerate(sample.months)})
    start = sum(m < "2024-06" for m in sample.months)
    data["first"] = np.where(data["d"] == 1, start, 0)
    theirs = ImputationDiD().fit(data, outcome="y", unit="unit", time="time", first_treat="first")
    mine = imputation.estimate(sample, windows, estimand="municipality_average")
    # both solve the same least squares; theirs in steps that stop at 1e-8
    assert mine.att == pytest.approx(theirs.overall_att, abs=1e-7)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
@pytest.mark.parametrize("seed", [11, 12])
def test_group_time_effects_equal_moderndid_without_gaps(seed, method):
    # with gaps it drops every unit that has one (docs: missing cells decide the answer), ours the
    # pairs of snapshots that the gap touches: another sample, not another estimator
    from moderndid import att_gt

    sample, windows = world(seed, 0.0)
    facts = ("log_population", "unemployment_rate")
    data = stacked(sample, sample.months, "municipality_average")
    data["time"] = data["month"].map({m: t + 1 for t, m in enumerate(sample.months)})
    data["id"] = data["unit"].astype(int)
    data["first"] = np.where(data["d"] == 1, sum(m < "2024-06" for m in sample.months) + 1, 0)
    for name in facts:
        data[name] = data[name].astype(float)
    import polars as pl

    theirs = att_gt(
        data=pl.from_pandas(data[["y", "time", "id", "first", *facts]]),
        yname="y",
        tname="time",
        idname="id",
        gname="first",
        xformla="~ log_population + unemployment_rate",
        est_method=method,
        control_group="nevertreated",
        base_period="universal",
        boot=False,
    )
    found = group_time.estimate(
        sample, estimand="municipality_average", method=method, covariates=facts
    )
    known = dict(zip(np.asarray(theirs.times).tolist(), theirs.att_gt, strict=True))
    for month, value in zip(found.months, found.att, strict=True):
        # theirs stops its propensity at 1e-8 in deviance
        assert value == pytest.approx(known[sample.months.index(month) + 1], abs=1e-7)
    assert windows.post[0] in found.months
