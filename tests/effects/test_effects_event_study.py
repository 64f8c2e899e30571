import numpy as np
import pytest
from panels import MONTHS, NETWORK, SAMPLE, make_panel

from fij_eval.effects import clustered, did2x2, event_study, samples


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
@pytest.mark.parametrize("base", ["2024-04", "2023-11"])
def test_on_a_balanced_panel_each_coefficient_is_a_two_by_two_with_the_base_month(estimand, base):
    sample = sample_of(make_panel())
    result = event_study.estimate(sample, base=base, estimand=estimand)
    for month, value in zip(result.fit.names, result.fit.estimates, strict=True):
        hand = did2x2.estimate(sample, samples.Windows((base,), (month,)), estimand=estimand)
        # an algebraic identity; rounding alone
        assert value == pytest.approx(hand.att, abs=1e-10)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_coefficients_covariance_and_tests_equal_those_of_statsmodels(gaps):
    import statsmodels.api as sm

    sample = sample_of(make_panel(gaps=gaps, units=40, treated=15))
    result = event_study.estimate(sample, base="2024-04", estimand="person_average")
    unit, time = np.nonzero(np.isfinite(sample.outcome))
    dummies = [sample.treated[unit] * (time == MONTHS.index(m)) for m in result.fit.names]
    x = np.column_stack(
        [
            *dummies,
            (unit[:, None] == np.arange(40)).astype(float),
            (time[:, None] == np.arange(1, 11)).astype(float),
        ]
    )
    w = samples.weights(sample, "person_average")[unit]
    fit = sm.WLS(sample.outcome[unit, time], x, weights=w).fit()

    def without(one):
        rest = unit != one
        columns = np.flatnonzero(x[rest].any(axis=0))  # its own effect goes with it
        return sm.WLS(sample.outcome[unit, time][rest], x[rest][:, columns], w[rest]).fit().params

    away = np.array([without(one)[:10] for one in range(40)]) - fit.params[:10]
    covariance = 39 / 40 * away.T @ away
    # two programs' least squares
    np.testing.assert_allclose(result.fit.estimates, fit.params[:10], atol=1e-10)
    np.testing.assert_allclose(result.fit.covariance, covariance, rtol=1e-8, atol=1e-14)
    b = np.asarray(fit.params)[:3]
    f = b @ np.linalg.inv(covariance[:3, :3]) @ b / 3
    assert result.pre == MONTHS[:3]
    assert result.pre_trend.statistic == pytest.approx(f, rel=1e-7)  # two programs
    assert (result.pre_trend.df_numerator, result.pre_trend.df_denominator) == (3, 39)


def test_levelling_off_tests_equality_of_the_last_three_months():
    sample = sample_of(make_panel())
    result = event_study.estimate(sample, base="2024-04", estimand="municipality_average")
    last = result.fit.estimates[-3:]
    cov = result.fit.covariance[-3:, -3:]
    gaps = np.array([[1.0, -1, 0], [1, 0, -1]])  # other contrasts with the same meaning
    d = gaps @ last
    f = d @ np.linalg.solve(gaps @ cov @ gaps.T, d) / 2
    assert result.levelling_off.statistic == pytest.approx(f, rel=1e-9)  # rounding alone


def test_a_trend_break_before_kick_off_is_found_and_a_clean_panel_passes():
    clean = event_study.estimate(
        sample_of(make_panel(units=200, treated=80)),
        base="2024-04",
        estimand="municipality_average",
    )
    panel = make_panel(units=200, treated=80)
    early = panel["reference_month"].eq("2023-11") & panel["arm"].eq("network")
    panel.loc[early, "share"] += 0.03
    broken = event_study.estimate(sample_of(panel), base="2024-04", estimand="municipality_average")
    assert clean.pre_trend.p_value > 0.05
    # 0.03 is five standard errors of a coefficient here (0.04 x sqrt(2/80 + 2/120) = 0.008 each)
    assert broken.pre_trend.p_value < 0.01


def test_with_one_pre_snapshot_nothing_is_said_of_trends():
    panel = make_panel(months=MONTHS[3:])
    result = event_study.estimate(sample_of(panel), base="2024-04", estimand="person_average")
    assert result.pre_trend.startswith("no snapshot before kick-off besides the base")


def test_a_snapshot_without_one_arm_has_no_coefficient_and_says_why():
    panel = make_panel()
    gone = panel["reference_month"].eq("2024-11") & panel["arm"].eq("network")
    panel.loc[gone, "share"] = np.nan
    result = event_study.estimate(sample_of(panel), base="2024-04", estimand="person_average")
    assert result.missing == {"2024-11": "no municipality of the network arm has the outcome"}
    assert "2024-11" not in result.fit.names


def test_an_empty_base_month_leaves_no_event_study():
    panel = make_panel()
    gone = panel["reference_month"].eq("2024-02") & panel["arm"].eq("network")
    panel.loc[gone, "share"] = np.nan
    with pytest.raises(samples.NotEstimableError, match="base month 2024-02"):
        event_study.estimate(sample_of(panel), base="2024-02", estimand="person_average")


def test_few_treated_clusters_give_no_joint_test():
    panel = make_panel(units=40, treated=clustered.MINIMUM_TREATED_CLUSTERS - 1)
    result = event_study.estimate(sample_of(panel), base="2024-04", estimand="person_average")
    assert result.pre_trend.startswith("no test: 5 clusters")


def test_wald_of_one_restriction_is_the_square_of_t():
    test = clustered.wald(
        np.array([0.02, 0.5]), np.diag([0.01**2, 1.0]), np.array([[1.0, 0.0]]), clusters=50
    )
    found = clustered.interval(0.02, 0.01**2, clusters=50, treated_clusters=20, level=0.95)
    assert test.statistic == pytest.approx(4.0, rel=1e-12)  # rounding alone
    assert test.p_value == pytest.approx(found.p_value, rel=1e-9)  # F(1, d) is t(d) squared
