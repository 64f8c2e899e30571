from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import MONTHS, NETWORK, SAMPLE, make_panel

from fij_eval.effects import doubly_robust, event_study, group_time, samples
from fij_eval.months import add_months

COVARIATES = ("log_population", "unemployment_rate")


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


@pytest.fixture(scope="module")
def mpdta():
    """County teen employment 2003-2007 of Callaway & Sant'Anna; years stand as their January."""
    from moderndid import load_mpdta

    data = load_mpdta().to_pandas()
    outcome = data.pivot_table(index="countyreal", columns="year", values="lemp")
    facts = data.drop_duplicates("countyreal").set_index("countyreal").loc[outcome.index]
    first = facts["first.treat"]
    units = pd.DataFrame(
        {
            "treated": first > 0,
            "kick_off": [f"{int(y)}-01" if y else "2004-01" for y in first],
            "weight": 1.0,
            "log_population": facts["lpop"],
        }
    )
    return samples.Sample(
        units=units,
        months=tuple(f"{year}-01" for year in outcome.columns),
        outcome=outcome.to_numpy(),
        residents=np.ones(outcome.shape),
        employed=np.ones(outcome.shape),
        current={},
        reference_month="2003-01",
        start="2004-01",
        end="2007-12",
        dropped=(),
        simulated=False,
    )


def overall(result, kind):
    found = group_time.aggregate(result, kind)
    return found.att, np.sqrt(found.variance)


def test_mpdta_gives_the_published_group_time_effects(mpdta):
    # R package did, version 2.5, never-treated, no covariates; values to six decimals
    result = group_time.estimate(
        mpdta, estimand="municipality_average", method="reg", base="varying"
    )
    found = {
        (g[:4], t[:4]): v for g, t, v in zip(result.groups, result.months, result.att, strict=True)
    }
    published = {
        "2004": (-0.010503, -0.070423, -0.137259, -0.100811),
        "2006": (0.006520, -0.002751, -0.004595, -0.041224),
        "2007": (0.030507, -0.002726, -0.031087, -0.026054),
    }
    for group, values in published.items():
        for year, value in zip(("2004", "2005", "2006", "2007"), values, strict=True):
            # printed to six decimals
            assert found[group, year] == pytest.approx(value, abs=6e-7)


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("simple", -0.0399512751551763, 0.0120340127701854),
        ("group", -0.0310182822287484, 0.0124460593209979),
        ("dynamic", -0.0772398214573151, 0.0199649890618494),
        ("calendar", -0.0417004321312822, 0.01597185188456),
    ],
)
def test_mpdta_gives_the_published_aggregates(mpdta, kind, value, error):
    # R package did, version 2.5, analytic errors, all digits printed: rounding alone
    result = group_time.estimate(mpdta, estimand="municipality_average", method="reg")
    assert overall(result, kind) == pytest.approx((value, error), rel=1e-10)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("simple", ()),
        ("group", ("2004-01", "2006-01", "2007-01")),
        ("dynamic", ("-36", "-24", "-12", "0", "12", "24", "36")),
        ("calendar", ("2004-01", "2005-01", "2006-01", "2007-01")),
    ],
)
def test_parts_are_labelled_by_what_they_are_and_have_an_influence_each(mpdta, kind, labels):
    result = group_time.estimate(mpdta, estimand="municipality_average", base="varying")
    found = group_time.aggregate(result, kind)
    assert found.labels == labels
    assert found.parts.shape == (len(labels),)
    assert found.part_influence.shape == (len(mpdta.units), len(labels))


@pytest.mark.parametrize(
    ("settings", "value", "error", "tolerance"),
    [
        # R package did 2.5, all digits: rounding alone
        ({"comparison": "not_yet"}, -0.0397636256230437, 0.0120524247873419, 1e-9),
        (
            {"method": "reg", "covariates": ("log_population",)},
            -0.0419686124215432,
            0.0114448297682151,
            1e-9,
        ),
        # Stata's csdid prints seven decimals
        (
            {"method": "dr", "covariates": ("log_population",)},
            -0.0417518,
            0.0115028,
            5e-6,
        ),
    ],
)
def test_mpdta_gives_the_published_variants(mpdta, settings, value, error, tolerance):
    result = group_time.estimate(mpdta, estimand="municipality_average", **settings)
    assert overall(result, "simple") == pytest.approx((value, error), rel=tolerance)


def test_mpdta_gives_the_published_pre_trend_statistic(mpdta):
    # Stata's csdid, dr with lpop: chi2(5) = 6.8418 over the five effects before treatment
    result = group_time.estimate(
        mpdta, estimand="municipality_average", covariates=("log_population",), base="varying"
    )
    pre = [k for k, (g, t) in enumerate(zip(result.groups, result.months, strict=True)) if t < g]
    b, v = result.att[pre], result.covariance[np.ix_(pre, pre)]
    assert len(pre) == 5
    assert b @ np.linalg.solve(v, b) == pytest.approx(6.8418, abs=5e-4)  # printed to four decimals


@pytest.mark.parametrize("method", doubly_robust.METHODS)
@pytest.mark.parametrize("weighted", [False, True])
def test_one_change_equals_an_independent_implementation(method, weighted):
    from moderndid.drdid import drdid_panel, reg_did_panel, std_ipw_did_panel

    rng = np.random.default_rng(7)
    n = 300
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    treated = rng.uniform(size=n) < 1 / (1 + np.exp(1 - 0.5 * x[:, 1]))
    before = rng.normal(size=n)
    after = before + 0.3 * treated + 0.4 * x[:, 1] + rng.normal(size=n)
    weights = rng.integers(1, 9, n).astype(float) if weighted else np.ones(n)
    other = {"reg": reg_did_panel, "ipw": std_ipw_did_panel, "dr": drdid_panel}[method](
        after,
        before,
        treated.astype(float),
        x,
        i_weights=weights.copy(),
        influence_func=True,
    )
    ours = doubly_robust.att(after - before, treated, x, weights, method=method)
    # the other's logit stops at 1e-8 in deviance
    assert ours.att == pytest.approx(other.att, abs=1e-8)
    np.testing.assert_allclose(ours.influence, other.att_inf_func, atol=1e-6)


@pytest.mark.parametrize("method", doubly_robust.METHODS)
@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_without_covariates_it_is_the_event_study(method, estimand):
    sample = sample_of(make_panel())
    result = group_time.estimate(sample, estimand=estimand, method=method)
    study = event_study.estimate(sample, base="2024-04", estimand=estimand)
    assert result.months == study.fit.names
    # one month of kick-off, balanced: the same arithmetic, rounding alone
    np.testing.assert_allclose(result.att, study.fit.estimates, atol=1e-10)


def test_a_gap_costs_a_municipality_only_the_pairs_it_touches():
    panel = make_panel(units=40, treated=15)
    gone = panel["municipality_code"].eq("1103") & panel["reference_month"].eq("2024-11")
    panel.loc[gone, "share"] = np.nan
    result = group_time.estimate(sample_of(panel), estimand="municipality_average")
    counts = dict(zip(result.months, result.entered.sum(axis=0), strict=True))
    assert counts.pop("2024-11") == 39
    assert set(counts.values()) == {40}
    whole = group_time.estimate(
        sample_of(make_panel(units=40, treated=15)), estimand="municipality_average"
    )
    at = result.months.index("2025-04")
    assert result.att[at] == pytest.approx(whole.att[at], abs=1e-14)  # rounding alone


def test_two_groups_are_told_apart_and_weighted_by_size():
    panel = make_panel(units=60, treated=20, months=(*MONTHS[:4], "2024-07", *MONTHS[4:]))
    late = panel["municipality_code"].isin([f"{1101 + i}" for i in range(5)])
    panel.loc[late, "kick_off_date"] = "2024-08-22"
    result = group_time.estimate(sample_of(panel), estimand="municipality_average")
    assert set(result.groups) == {"2024-06", "2024-08"}
    bases = dict(zip(zip(result.groups, result.months, strict=True), result.base, strict=True))
    assert bases["2024-06", "2025-02"] == "2024-04"
    assert bases["2024-08", "2025-02"] == "2024-07"
    at = {
        g: result.att[list(zip(result.groups, result.months, strict=True)).index((g, "2025-02"))]
        for g in set(result.groups)
    }
    combined = group_time.aggregate(result, "calendar", months=("2025-02",))
    expected = (15 * at["2024-06"] + 5 * at["2024-08"]) / 20
    assert combined.att == pytest.approx(expected, abs=1e-14)  # rounding alone


def test_the_window_is_the_mean_of_its_snapshots():
    sample = sample_of(make_panel(units=40, treated=15))
    result = group_time.estimate(sample, estimand="person_average")
    window = group_time.aggregate(result, "calendar", months=("2025-02", "2025-04"))
    picked = [result.months.index(m) for m in ("2025-02", "2025-04")]
    assert window.att == pytest.approx(result.att[picked].mean(), abs=1e-14)  # rounding alone
    # its error follows from the full covariance
    c = result.covariance[np.ix_(picked, picked)]
    assert window.variance == pytest.approx(c.sum() / 4, rel=1e-10)  # rounding alone


def test_arms_that_covariates_separate_leave_no_weighted_estimate():
    sample = sample_of(make_panel(units=40, treated=15))
    apart = sample.units["log_population"].where(~sample.treated, 30.0)
    sample = replace(sample, units=sample.units.assign(log_population=apart))
    for method in ("ipw", "dr"):
        with pytest.raises(samples.NotEstimableError, match="separate the arms"):
            group_time.estimate(
                sample,
                estimand="municipality_average",
                method=method,
                covariates=("log_population",),
            )


def test_no_treated_and_no_snapshot_before_say_why():
    panel = make_panel(units=20, treated=8)
    with pytest.raises(samples.NotEstimableError, match="network arm"):
        group_time.estimate(sample_of(panel.assign(arm="comparison")), estimand="person_average")
    sample = sample_of(panel)
    early = replace(sample, units=sample.units.assign(kick_off=add_months(sample.months[0], -1)))
    with pytest.raises(samples.NotEstimableError, match="no snapshot before kick-off"):
        group_time.estimate(early, estimand="person_average")
