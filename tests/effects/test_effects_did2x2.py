import numpy as np
import pytest
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import did2x2, samples


def sample_of(panel):
    return samples.build(panel, sample=SAMPLE, network=NETWORK)


def by_hand(panel, sample, windows, *, weighted):
    """The same in plain loops over dictionaries, nothing shared with the module."""
    known = panel[panel["municipality_code"].isin(sample.units.index)]
    cells = {
        (r.municipality_code, r.reference_month): r.share for r in known.itertuples() if r.share > 0
    }
    weight = {
        r.municipality_code: float(r.residents) if weighted else 1.0
        for r in known.itertuples()
        if r.reference_month == "2024-04"
    }
    sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
    arms = dict(zip(known["municipality_code"], known["arm"] == "network", strict=True))
    for code, treated in arms.items():
        base = [cells[code, m] for m in windows.base if (code, m) in cells]
        post = [cells[code, m] for m in windows.post if (code, m) in cells]
        if base and post:
            change = sum(post) / len(post) - sum(base) / len(base)
            sums[treated][0] += weight[code] * change
            sums[treated][1] += weight[code]
    return sums[True][0] / sums[True][1] - sums[False][0] / sums[False][1]


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("estimand", ["municipality_average", "person_average"])
def test_it_equals_arithmetic_by_hand(gaps, estimand):
    panel = make_panel(gaps=gaps)
    sample = sample_of(panel)
    windows = samples.windows(sample, WINDOWS)
    result = did2x2.estimate(sample, windows, estimand=estimand)
    expected = by_hand(panel, sample, windows, weighted=estimand == "person_average")
    # sums of at most some hundred numbers near one, in another order
    assert result.att == pytest.approx(expected, abs=1e-13)


def test_the_four_means_give_the_effect():
    sample = sample_of(make_panel(gaps=0.2))
    r = did2x2.estimate(sample, samples.windows(sample, WINDOWS), estimand="person_average")
    network, comparison = r.network_post - r.network_base, r.comparison_post - r.comparison_base
    assert r.att == network - comparison


def test_the_error_is_that_of_a_regression_of_changes_with_clusters():
    import statsmodels.api as sm

    sample = sample_of(make_panel(gaps=0.2))
    windows = samples.windows(sample, WINDOWS)
    for estimand in ("municipality_average", "person_average"):
        r = did2x2.estimate(sample, windows, estimand=estimand)
        y = np.nanmean(sample.outcome[:, sample.at(windows.post)], axis=1) - np.nanmean(
            sample.outcome[:, sample.at(windows.base)], axis=1
        )
        x = sm.add_constant(sample.treated.astype(float))
        w = samples.weights(sample, estimand)
        used = r.entered
        fit = sm.WLS(y[used], x[used], weights=w[used]).fit(
            cov_type="cluster", cov_kwds={"groups": np.arange(used.sum())}
        )
        # same arithmetic in another order
        assert r.att == pytest.approx(fit.params[1], abs=1e-12)
        assert np.sqrt(r.variance) == pytest.approx(fit.bse[1], rel=1e-10)


def test_card_and_krueger_1994_cell_means_give_their_difference():
    # Card & Krueger (1994, AER 84(4), table 3, row 1-2): full-time equivalents a restaurant.
    sample = sample_of(make_panel(units=2, treated=1, months=("2024-04", "2024-09")))
    means = np.array([[20.439, 21.027], [23.331, 21.166]])
    from dataclasses import replace

    fast_food = replace(sample, outcome=means)
    windows = samples.Windows(("2024-04",), ("2024-09",))
    result = did2x2.estimate(fast_food, windows, estimand="municipality_average")
    # the published means have three decimals, so their difference is right to 2e-3
    assert result.att == pytest.approx(2.753606, abs=2e-3)


def test_units_with_one_window_only_do_not_enter():
    panel = make_panel(units=20, treated=8)
    gone = panel["municipality_code"].eq("1101") & panel["reference_month"].gt("2024-05")
    panel.loc[gone, "share"] = np.nan
    sample = sample_of(panel)
    result = did2x2.estimate(
        sample, samples.windows(sample, WINDOWS), estimand="municipality_average"
    )
    assert (result.n_units, result.n_treated) == (19, 7)
    assert result.n_obs == 19 * 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: p.assign(arm="comparison"), "no municipality of the network arm"),
        (lambda p: p.assign(arm="network"), "no municipality of the comparison arm"),
        (lambda p: p[p["reference_month"].isin(["2024-04"])], "no snapshot in the post window"),
    ],
)
def test_what_cannot_be_estimated_says_why(change, reason):
    sample = sample_of(change(make_panel(units=20, treated=8)))
    with pytest.raises(samples.NotEstimableError, match=reason):
        did2x2.estimate(sample, samples.windows(sample, WINDOWS), estimand="municipality_average")
