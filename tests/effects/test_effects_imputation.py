from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import MONTHS, NETWORK, SAMPLE, WINDOWS, df_het, make_panel

from fij_eval.effects import did2x2, imputation, samples


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def in_first_arm(sample, covariates=(), estimand="municipality_average", base="window"):
    windows = samples.windows(sample, WINDOWS, base=base)
    return imputation.estimate(sample, windows, estimand=estimand, covariates=covariates)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_on_a_balanced_panel_it_is_the_two_by_two_with_all_of_the_base(estimand):
    sample = sample_of(make_panel())
    windows = samples.windows(sample, WINDOWS)
    hand = did2x2.estimate(sample, windows, estimand=estimand)
    found = imputation.estimate(sample, windows, estimand=estimand)
    # an algebraic identity; rounding alone
    assert found.att == pytest.approx(hand.att, abs=1e-10)
    assert (found.n_units, found.n_treated, found.n_obs) == (
        hand.n_units,
        hand.n_treated,
        hand.n_obs,
    )


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.SingularMatrixWarning")
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_the_effect_equals_a_prediction_by_statsmodels(gaps):
    import statsmodels.api as sm

    sample = sample_of(make_panel(gaps=gaps))
    windows = samples.windows(sample, WINDOWS)
    names = ("log_population", "region", "unemployment_rate_now")
    found = imputation.estimate(sample, windows, estimand="person_average", covariates=names)
    rows = []
    for i, code in enumerate(sample.units.index):
        for t, month in enumerate(sample.months):
            if month in (*windows.base, *windows.post) and np.isfinite(sample.outcome[i, t]):
                fact = sample.units.loc[code]
                rows.append(
                    {
                        "y": sample.outcome[i, t],
                        "unit": code,
                        "time": month,
                        "w": fact["weight"],
                        "region": fact["region"],
                        "pop": fact["log_population"],
                        "now": sample.current["unemployment_rate_now"][i, t],
                        "hit": fact["treated"] and month in windows.post,
                    }
                )
    data = pd.DataFrame(rows)
    untreated = data[~data["hit"]]
    formula = "y ~ C(unit) + C(time) + C(time):pop + C(time):C(region) + now"
    fit = sm.WLS.from_formula(formula, untreated, weights=untreated["w"]).fit(method="pinv")
    hit = data[data["hit"] & data["unit"].isin(untreated["unit"])]
    effect = hit["y"] - fit.predict(hit)
    # two programs' least squares, with and without redundant columns
    assert found.att == pytest.approx(np.average(effect, weights=hit["w"]), abs=1e-8)


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.filterwarnings("ignore")
def test_effect_and_error_equal_those_of_an_independent_implementation(gaps):
    from diff_diff import ImputationDiD

    panel = make_panel(units=50, treated=20, gaps=gaps)
    sample = sample_of(panel)
    windows = samples.windows(sample, WINDOWS, base="all_pre", post="all_post")
    found = imputation.estimate(sample, windows, estimand="municipality_average")
    unit, time = np.nonzero(np.isfinite(sample.outcome))
    data = pd.DataFrame(
        {
            "y": sample.outcome[unit, time],
            "unit": unit,
            "time": time,
            "first": np.where(sample.treated[unit], MONTHS.index("2024-09"), 0),
        }
    )
    other = ImputationDiD().fit(data, outcome="y", unit="unit", time="time", first_treat="first")
    # the other program solves iteratively
    assert found.att == pytest.approx(other.overall_att, abs=1e-8)
    assert np.sqrt(found.variance) == pytest.approx(other.overall_se, rel=1e-6)


def test_gardners_example_gives_the_published_effect():
    # df_het of the did2s package (Butts & Gardner 2022, R Journal 14(3)): static effect 2.1522139
    # by two-stage differences with state and year effects, whose estimate is that of imputation.
    cells, treated = df_het()
    hit = cells.target
    effect = np.average(
        (treated["mean"] - imputation._fit(cells).predicted)[hit], weights=treated["count"][hit]
    )
    # the published program removes the effects iteratively, to 1e-6
    assert effect == pytest.approx(2.1522139, abs=1e-6)


def test_effects_by_month_average_to_the_effect():
    sample = sample_of(make_panel())
    found = in_first_arm(sample, estimand="person_average")
    # balanced and equally weighted months: rounding alone
    assert found.att == pytest.approx(found.by_month.mean(), abs=1e-13)
    assert found.variance == pytest.approx(found.covariance.mean(), rel=1e-9)


def test_cells_that_cannot_be_imputed_are_left_out_and_counted():
    panel = make_panel(units=30, treated=10)
    gone = panel["municipality_code"].eq("1101") & panel["reference_month"].lt("2024-06")
    panel.loc[gone, "share"] = np.nan
    found = in_first_arm(sample_of(panel))
    assert (found.n_treated, found.left_out) == (9, 5)


def test_a_category_that_only_the_network_has_gives_no_estimate():
    panel = make_panel(units=30, treated=10)
    panel["size_group"] = np.where(panel["municipality_code"] < "1104", "medium", "small")
    with pytest.raises(samples.NotEstimableError, match="no comparison municipality has"):
        in_first_arm(sample_of(panel), covariates=("size_group",))


def test_empty_arms_and_windows_say_why():
    panel = make_panel(units=20, treated=8)
    with pytest.raises(samples.NotEstimableError, match="network arm"):
        in_first_arm(sample_of(panel.assign(arm="comparison")))
    with pytest.raises(samples.NotEstimableError, match="comparison arm"):
        in_first_arm(sample_of(panel.assign(arm="network")))
    sample = sample_of(panel)
    with pytest.raises(samples.NotEstimableError, match="no snapshot in the base window"):
        imputation.estimate(
            replace(sample), samples.Windows((), ("2025-02",)), estimand="person_average"
        )
