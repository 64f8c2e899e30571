"""What changes an estimate and what does not, for every estimator; degenerate input, likewise."""

from functools import cache

import numpy as np
import pytest
from every_estimator import ESTIMATORS, FACTS, OTHER_SCALE, estimated
from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import samples
from fij_eval.errors import EstimationError

ESTIMANDS = ("municipality_average", "person_average")
#: Sums in another order, and iterations that stop within 1e-9 of each other.
SAME = {"rtol": 1e-6, "atol": 1e-9}


@cache
def given():
    return make_panel(units=40, treated=14, gaps=0.08)


@cache
def as_given(name, estimand="municipality_average"):
    return estimated(name, given(), estimand)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_order_of_rows_changes_nothing(name, estimand):
    panel = given()
    mixed = panel.sample(frac=1, random_state=3)
    assert estimated(name, mixed, estimand).tolist() == as_given(name, estimand).tolist()


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_new_names_for_the_municipalities_change_nothing(name, estimand):
    panel = given()
    codes = sorted(panel["municipality_code"].unique())
    other = dict(zip(codes, np.random.default_rng(1).permutation(codes), strict=True))
    renamed = panel.assign(municipality_code=panel["municipality_code"].map(other))
    np.testing.assert_allclose(estimated(name, renamed, estimand), as_given(name, estimand), **SAME)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_constant_added_to_every_share_changes_estimates_on_other_scales_alone(name):
    panel = given()
    raised = panel.assign(share=panel["share"] + 0.1)
    one, other = as_given(name), estimated(name, raised)
    if name in OTHER_SCALE:
        assert abs(one[0] - other[0]) > 1e-5
    else:
        np.testing.assert_allclose(other, one, **SAME)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_unit_of_shares_is_that_of_the_effect(name):
    panel = given()
    halved = panel.assign(share=panel["share"] / 2)
    one, other = as_given(name), estimated(name, halved)
    if name in ("logit", "fractional"):
        assert abs(other[0] - one[0] / 2) > 1e-6
    else:
        np.testing.assert_allclose(other, one / np.array([2, 4]), **SAME)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_weights_count_relative_to_each_other(name):
    panel = given()
    # covariates from counts stay as they are: residents alone are scaled, and not per capita
    tripled = panel.assign(residents=panel["residents"] * 3)
    np.testing.assert_allclose(
        estimated(name, tripled, "person_average"),
        as_given(name, "person_average"),
        **SAME,
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_weights_matter_to_the_person_average_and_to_it_alone(name):
    panel = given()
    uneven = panel.assign(residents=panel["residents"].where(panel.index % 2 == 0, 30))
    assert estimated(name, uneven)[0] == pytest.approx(as_given(name)[0], abs=1e-9)
    apart = estimated(name, uneven, "person_average") - as_given(name, "person_average")
    assert abs(apart[0]) > 1e-6


def twice(panel):
    """Every municipality a second time under another name."""
    import pandas as pd

    code = panel["municipality_code"].str.replace("1", "2", n=1)
    return pd.concat([panel, panel.assign(municipality_code=code)], ignore_index=True)


#: Estimates that the number of units enters by design, and what changes them.
COUNTING = {
    "synthetic": "its penalty grows with the number of treated units",
    "matching": "a third neighbour is now a second first one",
}


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_panel_twice_gives_the_same_effect_with_half_the_variance(name, estimand):
    panel = given()
    one, two = as_given(name, estimand), estimated(name, twice(panel), estimand)
    if COUNTING.get(name):
        assert two[0] == pytest.approx(one[0], abs=np.sqrt(one[1]) / 2)
        return
    assert two[0] == pytest.approx(one[0], abs=1e-8)
    # small-sample factors are all that is left: G / (G - 1) and k counted once, and for CV3 the
    # leverage of each of 14 treated units, which is halved: most for weights by persons
    jackknifed = ("primary", "event_study", "event_windows")
    assert two[1] == pytest.approx(one[1] / 2, rel=0.4 if name in jackknifed else 0.12)


@cache
def whole():
    return make_panel(units=40, treated=14)


def one_in_the_network(panel):
    members = sorted(panel.loc[panel["arm"].eq("network"), "municipality_code"].unique())
    out = panel["municipality_code"].isin(members[1:])
    return panel[~out]


def separated(panel):
    size = np.where(panel["arm"].eq("network"), "small", "large")
    return panel.assign(size_group=size)


def collinear(panel):
    """Everyone alike in one covariate, and another a multiple of it."""
    return panel.assign(population=20_000, size_group="medium", unemployment_rate=0.02)


DEGENERATE = {
    "one treated unit": one_in_the_network,
    "no snapshot before": lambda p: p[p["reference_month"] > "2024-06"].assign(
        kick_off_date="2024-07-14"
    ),
    "no snapshot after": lambda p: p[p["reference_month"] < "2024-06"],
    "a constant outcome": lambda p: p.assign(share=0.3),
    "an outcome of zero": lambda p: p.assign(share=0.0, employed=0),
    "an outcome of one": lambda p: p.assign(share=1.0),
    "arms that a covariate separates": separated,
    "covariates without variation": collinear,
    "an empty size group": lambda p: p[p["size_group"].ne("medium")],
    "no network": lambda p: p.assign(arm="comparison"),
    "no comparison": lambda p: p.assign(arm="network"),
    "three municipalities": lambda p: p[p["municipality_code"].isin(["1101", "1121", "1131"])],
    "a network that is hidden": lambda p: p.assign(share=p["share"].where(p["arm"].ne("network"))),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", DEGENERATE)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_degenerate_input_gives_a_number_or_our_error(name, case):
    panel = DEGENERATE[case](whole())
    month = "2024-04" if case != "no snapshot before" else "2024-09"
    try:
        value, variance = estimated_at(name, panel, month)
    except EstimationError:
        return
    assert np.isfinite(value)
    assert np.isnan(variance) or variance >= 0
    impossible = ("no network", "no comparison", "no snapshot before", "no snapshot after")
    assert case not in (*impossible, "a network that is hidden")


def estimated_at(name, panel, month):
    network = NETWORK if month == "2024-04" else NETWORK.model_copy(update={"start": "2024-07"})
    sample = samples.build(
        panel, sample=SAMPLE.model_copy(update={"reference_month": month}), network=network
    )
    windows = samples.windows(sample, WINDOWS)
    return ESTIMATORS[name](sample, windows, "municipality_average", FACTS)
