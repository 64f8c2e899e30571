"""The two-way engine against four independent programs, and where regressors nearly vanish."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel, parts, spec

from fij_eval.effects import design, event_study, run, samples, second_fit, twfe
from fij_eval.errors import CheckError


def random_design(seed, *, gaps, weighted, units=60, periods=8, facts=2, p=1):
    """Cells of made-up units: weights of each cell, a term that varies, facts and a covariate."""
    rng = np.random.default_rng(seed)
    seen = rng.uniform(size=(units, periods)) >= gaps
    seen[:3, 1:] = False  # units with one cell count as clusters and say nothing
    unit, time = np.nonzero(seen)
    n = len(unit)
    z = rng.normal(size=(units, facts))
    x = rng.normal(size=n) + z[unit, 0] * time
    terms = rng.normal(size=(n, p)) + x[:, None]
    y = rng.normal(size=units)[unit] + 0.1 * time + terms.sum(axis=1) + x + rng.normal(size=n)
    later = range(1, periods)
    return design.Design(
        y=y + z[unit, 0] * time**2,
        terms=design.Columns.of([f"d{j}" for j in range(p)], terms),
        covariates=design.Columns(
            names=(*(f"z{j}:{t}" for t in later for j in range(facts)), "x"),
            facts=z,
            at=tuple((j, t) for t in later for j in range(facts)),
            cells=x[:, None],
        ),
        unit=unit,
        time=time,
        weights=rng.uniform(0.2, 5, size=n) if weighted else np.ones(n),
        treated=unit % 2 == 0,
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("p", [1, 3])
def test_coefficients_and_errors_equal_those_of_linearmodels(seed, gaps, weighted, p):
    made = random_design(seed, gaps=gaps, weighted=weighted, p=p)
    fit = twfe.regress(made)
    estimates, covariance = second_fit.by_linearmodels(made)
    assert not fit.collinear
    # two least squares in double precision
    np.testing.assert_allclose(fit.estimates, estimates, rtol=0, atol=1e-10)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_coefficients_and_errors_equal_those_of_pyfixest(gaps, weighted):
    import pyfixest

    made = random_design(7, gaps=gaps, weighted=weighted)
    fit = twfe.regress(made)
    covariates = made.covariates.written_out(made.unit, made.time)
    frame = pd.DataFrame(covariates, columns=[f"c{j}" for j in range(covariates.shape[1])])
    frame = frame.assign(
        y=made.y, d=made.terms.cells[:, 0], unit=made.unit, time=made.time, w=made.weights
    )
    other = pyfixest.feols(
        f"y ~ d + {' + '.join(frame.columns[: covariates.shape[1]])} | unit + time",
        frame,
        vcov={"CRV1": "unit"},
        weights="w",
        ssc=pyfixest.ssc(k_fixef="none"),
        fixef_rm="none",
        demeaner=pyfixest.MapDemeaner(fixef_tol=1e-12),
    )
    # its effects are taken out by iteration, to 1e-12
    assert fit.estimates[0] == pytest.approx(other.coef()["d"], abs=1e-9)
    assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(other.se()["d"], rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_coefficients_and_errors_equal_those_of_diff_diff(seed):
    from diff_diff import TwoWayFixedEffects

    sample = samples.build(make_panel(seed=seed), sample=SAMPLE, network=NETWORK)
    windows = samples.windows(sample, WINDOWS, base="all_pre", post="all_post")
    fit = twfe.estimate(sample, windows, estimand="municipality_average")
    unit, time = np.indices(sample.outcome.shape).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "y": sample.outcome.ravel(),
            "unit": unit,
            "ever": sample.treated[unit].astype(int),
            "post": np.isin(sample.months, windows.post)[time].astype(int),
        }
    )
    frame = frame[np.isin(np.array(sample.months)[time], (*windows.base, *windows.post))]
    other = TwoWayFixedEffects(cluster="unit").fit(
        frame, outcome="y", treatment="ever", post="post", unit="unit"
    )
    # on a balanced panel effects of the windows serve as well as effects of the snapshots
    assert fit.estimates[0] == pytest.approx(other.att, abs=1e-10)
    # it counts the intercept and the window, which are absorbed here: errors to that factor
    n = len(frame)
    assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(other.se, rel=3 / n)


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
@pytest.mark.parametrize(
    "covariates", [(), ("log_population", "region"), ("size_group", "unemployment_rate_now")]
)
@pytest.mark.parametrize("base", ["2023-08", "2024-04"])
def test_the_event_study_equals_that_of_linearmodels(gaps, estimand, covariates, base):
    sample = samples.build(make_panel(gaps=gaps), sample=SAMPLE, network=NETWORK)
    fit = event_study.estimate(sample, base=base, estimand=estimand, covariates=covariates).fit
    made = design.stack(
        sample,
        sample.months,
        {},
        weights=samples.weights(sample, estimand),
        covariates=covariates,
        treated_at=[m for m in sample.months if m != base],
    )
    estimates, covariance = second_fit.by_linearmodels(made, fit.collinear)
    assert fit.names == made.terms.names
    # two least squares in double precision
    np.testing.assert_allclose(fit.estimates, estimates, rtol=0, atol=1e-10)
    np.testing.assert_allclose(twfe.regress(made).covariance, covariance, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(fit.covariance, by_leaving_out(made, fit), rtol=1e-8, atol=1e-14)


def by_leaving_out(made, fit):
    """The jackknife covariance by as many regressions as there are units (MNW 2023, eq. 15)."""
    away = []
    for unit in np.unique(made.unit):
        rest = made.unit != unit
        part = design.Design(
            **made.__dict__
            | {
                name: getattr(made, name)[rest]
                for name in ("y", "unit", "time", "weights", "treated")
            }
            | {
                name: design.Columns(**columns.__dict__ | {"cells": columns.cells[rest]})
                for name, columns in (("terms", made.terms), ("covariates", made.covariates))
            }
        )
        away.append(twfe.regress(part).estimates - fit.estimates)
    groups = len(away)
    return (groups - 1) / groups * np.array(away).T @ np.array(away)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("p", [1, 3])
def test_the_jackknife_is_what_leaving_out_each_unit_gives(seed, gaps, weighted, p):
    made = random_design(seed, gaps=gaps, weighted=weighted, p=p)
    fit = twfe.regress(made, jackknife=True)
    np.testing.assert_array_equal(fit.estimates, twfe.regress(made).estimates)
    # an algebraic identity; rounding alone
    np.testing.assert_allclose(fit.covariance, by_leaving_out(made, fit), rtol=1e-8, atol=1e-14)


def test_a_unit_that_alone_determines_a_covariate_moves_nothing_in_the_jackknife():
    made = random_design(1, gaps=0.0, weighted=True)
    alone = np.zeros(len(made.covariates.facts))
    alone[20] = 1.0
    fit = twfe.regress(
        doubled(random_design(1, gaps=0.0, weighted=True, facts=1), alone), jackknife=True
    )
    assert fit.collinear == ()
    rest = twfe.regress(
        doubled(random_design(1, gaps=0.0, weighted=True, facts=1), alone), jackknife=False
    )
    assert np.isfinite(fit.covariance).all()
    # of 60 units one has no residual in either; the others' are a little larger without themselves
    assert 1 < fit.covariance[0, 0] / rest.covariance[0, 0] < 1.2


def within_unit(values, unit, weights):
    """Columns less their weighted mean in each unit, N x k."""
    _, position = np.unique(unit, return_inverse=True)
    total = np.bincount(position, weights=weights)
    sums = np.column_stack([np.bincount(position, weights=weights * c) for c in values.T])
    return values - (sums / total[:, None])[position]


def by_gram_schmidt(made):
    """Covariates that those before them determine, from written-out dummies."""
    times = (made.time[:, None] == np.unique(made.time)[None, 1:]).astype(float)
    covariates = made.covariates.written_out(made.unit, made.time)
    raw = np.column_stack([times, covariates])
    root = np.sqrt(made.weights)[:, None]
    within = within_unit(raw, made.unit, made.weights) * root
    kept = design.independent_columns(within, size=np.linalg.norm(raw * root, axis=0))
    return tuple(
        name for j, name in enumerate(made.covariates.names) if j + times.shape[1] not in kept
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_gaps_make_collinear_is_what_written_out_columns_say(seed):
    rng = np.random.default_rng(seed)
    panel = make_panel(units=30, treated=15, seed=seed)
    # regions that lack some months altogether, and months with few municipalities
    for region in rng.choice(panel["region"].unique(), 2, replace=False):
        months = rng.choice(panel["reference_month"].unique(), 3, replace=False)
        gone = panel["region"].eq(region) & panel["reference_month"].isin(months)
        panel.loc[gone, "share"] = np.nan
    few = rng.choice(panel["municipality_code"].unique(), 22, replace=False)
    gone = panel["municipality_code"].isin(few) & panel["reference_month"].eq("2024-09")
    panel.loc[gone, "share"] = np.nan
    sample = samples.build(panel, sample=SAMPLE, network=NETWORK)
    made = design.stack(
        sample,
        sample.months,
        {"att": np.outer(sample.treated, np.array(sample.months) > "2024-06").astype(float)},
        weights=samples.weights(sample, "person_average"),
        covariates=("region", "size_group"),
    )
    fit = twfe.regress(made)
    assert fit.collinear == by_gram_schmidt(made)
    assert fit.collinear
    assert second_fit.check_second_fit(made, fit, where="here") < 1e-8


def doubled(made, second):
    """The design with a second fact beside its one."""
    names = [f"z{j}:{t}" for t in range(1, 8) for j in range(2)]
    facts = np.column_stack([made.covariates.facts, second])
    at = tuple((j, t) for t in range(1, 8) for j in range(2))
    twice = design.Columns(names=(*names, "x"), facts=facts, at=at, cells=made.covariates.cells)
    return design.Design(**{**made.__dict__, "covariates": twice})


@pytest.mark.parametrize("noise", [1e-3, 1e-6])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_a_covariate_that_nearly_repeats_another_counts_for_what_it_adds(noise, gaps):
    made = random_design(3, gaps=gaps, weighted=True, facts=1)
    other = np.random.default_rng(1).normal(size=len(made.covariates.facts))
    near = doubled(made, made.covariates.facts[:, 0] + noise * other)
    fit, apart = twfe.regress(near), twfe.regress(doubled(made, other))
    # the same column space; rounding times the near repetition
    np.testing.assert_allclose(fit.estimates, apart.estimates, rtol=0, atol=1e-15 / noise)
    np.testing.assert_allclose(fit.covariance, apart.covariance, rtol=1e-13 / noise)
    assert fit.collinear == ()
    if noise == 1e-3:
        assert second_fit.check_second_fit(near, fit, where="here") < 1e-8
    else:  # linearmodels takes it for a repetition: one paragraph, not its traceback
        with pytest.raises(CheckError, match="nearly determine each other"):
            second_fit.check_second_fit(near, fit, where="here")


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_a_covariate_that_repeats_another_but_for_rounding_is_left_out(gaps):
    made = random_design(3, gaps=gaps, weighted=True, facts=1)
    other = np.random.default_rng(1).normal(size=len(made.covariates.facts))
    fit = twfe.regress(doubled(made, made.covariates.facts[:, 0] + 1e-12 * other))
    assert fit.collinear == tuple(f"z1:{t}" for t in range(1, 8))
    # the same column space but for the noise
    np.testing.assert_allclose(fit.estimates, twfe.regress(made).estimates, atol=1e-10)


@pytest.mark.parametrize("noise", [0.0, 1e-12])
def test_a_covariate_of_the_month_that_effects_determine_is_left_out(noise):
    made = random_design(4, gaps=0.2, weighted=True)
    rng = np.random.default_rng(1)
    season = np.sin(made.time) + made.unit + noise * rng.normal(size=len(made.time))
    more = design.Columns(
        names=(*made.covariates.names, "season"),
        facts=made.covariates.facts,
        at=made.covariates.at,
        cells=np.column_stack([made.covariates.cells, season]),
    )
    fit = twfe.regress(design.Design(**{**made.__dict__, "covariates": more}))
    assert fit.collinear == ("season",)
    assert fit.estimates == pytest.approx(twfe.regress(made).estimates, abs=1e-12)  # rounding


def test_a_term_at_a_snapshot_that_covariates_determine_is_named():
    panel = make_panel()
    # in one month only the network's small municipalities and others' large ones are seen
    small = np.where(panel["arm"] == "network", "small", "large")
    gone = panel["reference_month"].eq("2024-11") & (panel["size_group"] != small)
    panel.loc[gone, "share"] = np.nan
    sample = samples.build(panel, sample=SAMPLE, network=NETWORK)
    with pytest.raises(samples.NotEstimableError, match=r"determine the term 2024-11\.?$"):
        event_study.estimate(
            sample, base="2024-04", estimand="municipality_average", covariates=("size_group",)
        )


def test_one_cluster_or_no_degree_of_freedom_is_said():
    def small(units, periods):
        unit, time = np.indices((units, periods)).reshape(2, -1)
        rng = np.random.default_rng(1)
        return design.Design(
            y=rng.normal(size=len(unit)),
            terms=design.Columns.of("abcd", rng.normal(size=(len(unit), 4))),
            covariates=design.Columns.of((), np.empty((len(unit), 0))),
            unit=unit,
            time=time,
            weights=np.ones(len(unit)),
            treated=unit == 0,
        )

    assert np.isfinite(twfe.regress(small(6, 3)).estimates).all()
    with pytest.raises(samples.NotEstimableError, match=r"determine the term|one cluster"):
        twfe.regress(small(1, 8))
    with pytest.raises(samples.NotEstimableError, match="determine the term"):
        twfe.regress(small(2, 2))


def test_cells_in_another_order_or_twice_are_refused():
    made = random_design(1, gaps=0.0, weighted=False)
    swapped = made.time.copy()
    swapped[[10, 11]] = swapped[[11, 10]]
    with pytest.raises(ValueError, match="sorted"):
        twfe.regress(design.Design(**{**made.__dict__, "time": swapped}))
    twice = made.time.copy()
    twice[11] = twice[10]
    with pytest.raises(ValueError, match="twice"):
        twfe.regress(design.Design(**{**made.__dict__, "time": twice}))


def test_a_second_fit_that_differs_stops_the_build(monkeypatch):
    def differing(given, _):
        fit = twfe.regress(given)
        return fit.estimates + 3e-8, fit.covariance

    made = random_design(1, gaps=0.1, weighted=True)
    monkeypatch.setattr(second_fit, "by_linearmodels", differing)
    with pytest.raises(CheckError, match=r"differs by 3\.0e-08 .* linearmodels"):
        second_fit.check_second_fit(made, twfe.regress(made), where="twfe.att")
    with pytest.raises(CheckError, match="linearmodels"):
        run.estimate("main", make_panel(), parts(spec("twfe_m", "twfe")))


def test_an_error_that_differs_stops_the_build_too(monkeypatch):
    made = random_design(1, gaps=0.1, weighted=True)
    fit = twfe.regress(made)
    monkeypatch.setattr(
        second_fit, "by_linearmodels", lambda *_: (fit.estimates, fit.covariance * (1 + 1e-7))
    )
    with pytest.raises(CheckError, match="linearmodels"):
        second_fit.check_second_fit(made, fit, where="twfe.att")


def test_a_panel_too_large_for_a_second_fit_is_said(monkeypatch, caplog):
    made = random_design(1, gaps=0.1, weighted=True)
    monkeypatch.setattr(second_fit, "_LARGEST", 100)
    assert second_fit.check_second_fit(made, twfe.regress(made), where="twfe.att") is None
    assert "too large" in caplog.text


LARGE = """
import resource
import sys

sys.path.insert(0, "benchmarks")
import bench_growth

for name in ("twfe", "twfe_covariates", "event_study", "randomization"):
    bench_growth.tasks(bench_growth.sample(35_700, 44))[name]()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2)
"""


def test_a_hundred_times_norway_in_44_snapshots_takes_less_than_two_gib():
    done = subprocess.run(
        [sys.executable, "-c", LARGE],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert float(done.stdout) < 2
