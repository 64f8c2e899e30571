from dataclasses import replace

import numpy as np
import pytest
from panels import MONTHS, NETWORK, SAMPLE, WINDOWS, make_panel
from scipy.special import expit, logit

from fij_eval.effects import did2x2, quasi_likelihood, samples


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def effect(sample, windows=None, estimand="municipality_average", **more):
    chosen = windows or samples.windows(sample, WINDOWS)
    return quasi_likelihood.estimate(sample, chosen, estimand=estimand, **more)


def stacked(sample, windows):
    inside = np.isin(sample.months, [*windows.base, *windows.post])
    unit, time = np.nonzero(np.isfinite(sample.outcome) & inside)
    return unit, time, sample.treated[unit].astype(float)


@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_on_the_scale_of_shares_it_is_the_two_by_two_with_its_error(estimand):
    sample = sample_of(make_panel())
    windows = samples.windows(sample, WINDOWS)
    found = effect(sample, windows, estimand, link="identity")
    hand = did2x2.estimate(sample, windows, estimand=estimand)
    assert found.att == pytest.approx(hand.att, abs=1e-10)  # an identity; rounding alone
    # CV1 counts two regressors, the sandwich here none: n/(n-2) against n/(n-1)
    n = found.n_units
    assert found.variance * (n - 1) / (n - 2) == pytest.approx(hand.variance, rel=1e-8)


@pytest.mark.parametrize("link", ["logit", "log"])
def test_with_one_month_each_it_is_the_closed_form(link):
    sample = sample_of(make_panel())
    found = effect(sample, samples.Windows(("2024-02",), ("2025-02",)), link=link)
    before, after = (sample.outcome[:, sample.months.index(m)] for m in ("2024-02", "2025-02"))
    d = sample.treated
    g, inverse = (logit, expit) if link == "logit" else (np.log, np.exp)
    index = g(before[d].mean()) + g(after[~d].mean()) - g(before[~d].mean())
    # Newton's method stops at 1e-11
    assert found.predicted == pytest.approx(inverse(index), abs=1e-9)
    assert found.att == pytest.approx(after[d].mean() - inverse(index), abs=1e-9)
    assert found.contrast == pytest.approx(g(after[d].mean()) - index, abs=1e-8)


# statsmodels warns of any robust error beside var_weights; the weighted scores are what is meant
@pytest.mark.filterwarnings("ignore:cov_type not fully supported")
@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("link", ["logit", "log"])
@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_contrast_and_error_equal_the_pooled_model_of_statsmodels(gaps, link, estimand):
    import statsmodels.api as sm

    sample = sample_of(make_panel(gaps=gaps))
    windows = samples.Windows(MONTHS[:4], ("2025-04",))
    found = effect(sample, windows, estimand, link=link)
    keep = did2x2.in_both(sample, windows)
    unit, time, d = stacked(sample, windows)
    unit, time, d = unit[keep[unit]], time[keep[unit]], d[keep[unit]]
    post = time == MONTHS.index("2025-04")
    dummies = [(time == t).astype(float) for t in np.unique(time)[1:]]
    x = np.column_stack([d * post, np.ones(len(d)), d, *dummies])
    family = sm.families.Binomial() if link == "logit" else sm.families.Poisson()
    w = samples.weights(sample, estimand)[unit]
    fit = sm.GLM(sample.outcome[unit, time], x, family=family, var_weights=w / w.mean()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False}
    )
    n = found.n_units
    # two programs' iterations, both far below these
    assert found.contrast == pytest.approx(fit.params[0], abs=1e-8)
    assert found.contrast_variance * (n - 1) / n == pytest.approx(fit.bse[0] ** 2, rel=1e-6)


def test_with_covariates_imputation_is_the_pooled_model_with_all_interactions():
    import statsmodels.api as sm

    sample = sample_of(make_panel())
    windows = samples.windows(sample, WINDOWS)
    found = effect(sample, windows, "person_average", covariates=("log_population",))
    unit, time, d = stacked(sample, windows)
    pop = sample.units["log_population"].to_numpy()[unit]
    pop = pop - pop.mean()
    dummies = [(time == t).astype(float) for t in np.unique(time)[1:]]
    after = [(time == sample.months.index(m)) * d for m in windows.post]
    effects = [*after, *(a * pop for a in after)]
    base = [np.ones(len(d)), d, *dummies, pop, *(at * pop for at in dummies)]
    x = np.column_stack([*base, *effects])
    w = samples.weights(sample, "person_average")[unit]
    fit = sm.GLM(
        sample.outcome[unit, time], x, family=sm.families.Binomial(), var_weights=w / w.mean()
    ).fit(tol=1e-13)
    without = x.copy()
    without[:, len(base) :] = 0
    hit = (d == 1) & np.isin(time, sample.at(windows.post))
    partial = np.average((fit.predict(x) - fit.predict(without))[hit], weights=w[hit])
    # Wooldridge (2023): the same estimator; two programs' iterations
    assert found.att == pytest.approx(partial, abs=1e-8)


def test_exposure_makes_the_ratio_the_poisson_regression_with_offset():
    import statsmodels.api as sm

    sample = sample_of(make_panel())
    sample = replace(sample, outcome=sample.employed / sample.residents)
    windows = samples.Windows(MONTHS[:4], ("2025-04",))
    found = effect(sample, windows, link="log", exposure=True)
    unit, time, d = stacked(sample, windows)
    post = time == MONTHS.index("2025-04")
    dummies = [(time == t).astype(float) for t in np.unique(time)[1:]]
    x = np.column_stack([d * post, np.ones(len(d)), d, *dummies])
    fit = sm.GLM(
        sample.employed[unit, time],
        x,
        family=sm.families.Poisson(),
        offset=np.log(sample.residents[unit, time]),
    ).fit(tol=1e-12)
    assert found.contrast == pytest.approx(fit.params[0], abs=1e-8)  # two programs' iterations


def test_exposure_makes_the_logit_the_binomial_regression_of_counts():
    import statsmodels.api as sm

    sample = sample_of(make_panel())
    sample = replace(sample, outcome=sample.employed / sample.residents)
    windows = samples.Windows(MONTHS[:4], ("2025-04",))
    found = effect(sample, windows, link="logit", exposure=True)
    unit, time, d = stacked(sample, windows)
    post = time == MONTHS.index("2025-04")
    dummies = [(time == t).astype(float) for t in np.unique(time)[1:]]
    x = np.column_stack([d * post, np.ones(len(d)), d, *dummies])
    working = sample.employed[unit, time]
    counts = np.column_stack([working, sample.residents[unit, time] - working])
    fit = sm.GLM(counts, x, family=sm.families.Binomial()).fit(tol=1e-12)
    assert found.contrast == pytest.approx(fit.params[0], abs=1e-8)  # two programs' iterations


def test_the_scale_decides_when_levels_differ_and_everyone_rises():
    # no effect, arms at different levels, the same rise in log odds: only the logit sees none
    sample = sample_of(make_panel())
    rise = 0.1 * np.arange(len(MONTHS))
    level = np.where(sample.treated, -1.8, -0.8)
    sample = replace(sample, outcome=expit(level[:, None] + rise))
    assert effect(sample, link="logit").att == pytest.approx(0, abs=1e-9)  # Newton's stop
    assert effect(sample, link="identity").att < -0.03
    assert effect(sample, link="log").att > 0.01


def test_shares_of_zero_and_one_enter():
    panel = make_panel()
    panel.loc[panel["municipality_code"].eq("1140"), "share"] = 0.0
    panel.loc[panel["municipality_code"].eq("1102"), "share"] = 1.0
    assert effect(sample_of(panel)).n_units == 60


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda o, d: np.where(d[:, None], 0.0, o), "edge of the scale"),
        (lambda o, _: np.zeros_like(o), "edge of the scale"),
    ],
)
def test_means_at_the_edge_leave_no_estimate(change, reason):
    sample = sample_of(make_panel())
    sample = replace(sample, outcome=change(sample.outcome, sample.treated))
    with pytest.raises(samples.NotEstimableError, match=reason):
        effect(sample)


def test_empty_arms_say_why():
    with pytest.raises(samples.NotEstimableError, match="network arm"):
        effect(sample_of(make_panel().assign(arm="comparison")))
