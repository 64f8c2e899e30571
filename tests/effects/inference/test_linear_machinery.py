"""Partialling out and cluster-robust errors against independent implementations."""

import numpy as np
import pandas as pd
import pytest
from inference_panels import panel

from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.errors import EstimationError

# Two correct least-squares solutions of a problem of this size differ by rounding only.
ROUNDING = 1e-8


def fitted(frame, **options):
    return linear.fit(
        linear.absorb(linear.design(frame, outcome="y", treatment=["treated"], **options))
    )


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("counted", ["none", "nested", "full"])
def test_coefficient_and_cv1_equal_pyfixest(gaps, weights, counted):
    pf = pytest.importorskip("pyfixest")
    frame = panel(3, gaps=gaps)
    mine = fitted(frame, covariates=["x"], weights=weights)
    theirs = pf.feols(
        "y ~ treated + x | municipality_code + reference_month",
        data=frame,
        weights=weights,
        vcov={"CRV1": "municipality_code"},
        ssc=pf.ssc(k_fixef={"none": "none", "nested": "nonnested", "full": "full"}[counted]),
    )
    assert mine.coefficient[0] == pytest.approx(theirs.coef()["treated"], abs=ROUNDING)
    error = np.sqrt(cluster_robust.cv1(mine, counted=counted)[0, 0])
    assert error == pytest.approx(theirs.se()["treated"], abs=ROUNDING)


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("cluster", ["municipality_code", "county"])
def test_jackknife_equals_leaving_each_cluster_out_and_refitting(gaps, weights, cluster):
    frame = panel(5, gaps=gaps)
    mine = fitted(frame, covariates=["x"], weights=weights, cluster=cluster)
    left_out = cluster_robust.jackknife(mine)
    names = mine.absorbed.design.cluster_names
    again = [
        fitted(frame[frame[cluster] != name], covariates=["x"], weights=weights).coefficient[0]
        for name in names
    ]
    np.testing.assert_allclose(left_out[:, 0], again, atol=ROUNDING)
    g = len(names)
    by_hand = (g - 1) / g * np.sum((np.array(again) - mine.coefficient[0]) ** 2)
    assert cluster_robust.cv3(mine)[0, 0] == pytest.approx(by_hand, rel=ROUNDING)


def test_covariance_of_several_coefficients_equals_pyfixest():
    pf = pytest.importorskip("pyfixest")
    frame = panel(7, gaps=0.1)
    ever = frame["municipality_code"] < "0009"
    months = sorted(frame["reference_month"].unique())
    columns = [f"e{k}" for k in (0, 1, 3, 4, 5)]
    for k, name in zip((0, 1, 3, 4, 5), columns, strict=True):
        frame[name] = (ever & (frame["reference_month"] == months[k])).astype(float)
    mine = linear.fit(linear.absorb(linear.design(frame, outcome="y", treatment=columns)))
    theirs = pf.feols(
        f"y ~ {' + '.join(columns)} | municipality_code + reference_month",
        data=frame,
        vcov={"CRV1": "municipality_code"},
        ssc=pf.ssc(k_fixef="none"),
    )
    np.testing.assert_allclose(mine.coefficient, theirs.coef().to_numpy(), atol=ROUNDING)
    np.testing.assert_allclose(cluster_robust.cv1(mine), theirs._vcov, atol=ROUNDING)


def test_balanced_one_date_collapses_to_difference_of_mean_changes():
    frame = panel(11)
    frame["treated"] = (
        (frame["municipality_code"] < "0009") & (frame["reference_month"] >= "2024-04")
    ).astype(float)
    wide = frame.pivot_table(index="municipality_code", columns="reference_month", values="y")
    change = wide.iloc[:, 3:].mean(axis=1) - wide.iloc[:, :3].mean(axis=1)
    by_hand = change[wide.index < "0009"].mean() - change[wide.index >= "0009"].mean()
    # an identity in exact arithmetic: only rounding is left
    assert fitted(frame).coefficient[0] == pytest.approx(by_hand, abs=1e-10)


def test_a_collinear_covariate_changes_nothing():
    frame = panel(13)
    frame["twice"] = 2 * frame["x"]
    one = fitted(frame, covariates=["x"])
    two = fitted(frame, covariates=["x", "twice"])
    assert two.coefficient[0] == pytest.approx(one.coefficient[0], abs=ROUNDING)
    assert cluster_robust.cv1(two)[0, 0] == pytest.approx(
        cluster_robust.cv1(one)[0, 0], rel=ROUNDING
    )


def test_row_order_constant_weight_scale_and_labels_change_nothing():
    frame = panel(17, gaps=0.2)
    base = fitted(frame, weights="weight")
    changed = frame.sample(frac=1, random_state=1).assign(
        y=lambda f: f["y"] + 5,
        weight=lambda f: 7 * f["weight"],
        municipality_code=lambda f: "z" + f["municipality_code"].str[::-1],
    )
    again = fitted(changed, weights="weight")
    assert again.coefficient[0] == pytest.approx(base.coefficient[0], abs=ROUNDING)
    assert cluster_robust.cv3(again)[0, 0] == pytest.approx(
        cluster_robust.cv3(base)[0, 0], rel=ROUNDING
    )


def test_diagnostics_of_equal_clusters_and_of_few_treated():
    frame = panel(19)
    mine = fitted(frame)
    found = cluster_robust.diagnostics(mine, left_out=cluster_robust.jackknife(mine))
    assert (found.clusters, found.treated) == (40, 9)
    assert found.partial_leverage.sum() == pytest.approx(1)
    # the trace of a projection is its rank: 40 units, 5 further periods, 1 treatment
    assert found.leverage.sum() == pytest.approx(46)
    assert 9 < found.effective < 40
    half = panel(19, treated=20)
    half["treated"] = (
        (half["municipality_code"] < "0020") & (half["reference_month"] >= "2024-04")
    ).astype(float)
    # with half of the units treated at one date every cluster has the same partial leverage
    assert cluster_robust.diagnostics(fitted(half)).effective == pytest.approx(40)


def test_one_treated_unit_has_no_jackknife():
    frame = panel(23, treated=1)
    with pytest.raises(EstimationError, match="not identified without cluster"):
        cluster_robust.jackknife(fitted(frame))


def test_no_period_before_is_refused():
    frame = panel(29)
    with pytest.raises(EstimationError, match=r"does not vary .* both arms need observations"):
        fitted(frame[frame["reference_month"] >= "2024-05"])


def test_doubled_rows_split_units_and_bad_weights_are_refused():
    frame = panel(31)
    with pytest.raises(EstimationError, match="twice"):
        fitted(pd.concat([frame, frame.head(1)]))
    moved = frame.assign(county=np.where(frame.index == 0, "other", frame["county"]))
    with pytest.raises(EstimationError, match="more than one cluster"):
        fitted(moved, cluster="county")
    with pytest.raises(EstimationError, match="not positive"):
        fitted(frame.assign(weight=0.0), weights="weight")


def test_missing_rows_are_left_out_and_named():
    frame = panel(37)
    frame.loc[frame["municipality_code"] == "0039", "y"] = np.nan
    found = linear.design(frame, outcome="y", treatment=["treated"])
    assert found.dropped == ("0039",)
    assert len(found.outcome) == 39 * 6


@pytest.mark.parametrize(
    ("treated", "said"), [(5, "5 treated"), (6, ""), (34, ""), (35, "5 untre")]
)
def test_too_few_clusters_in_an_arm_get_no_error(treated, said):
    note = cluster_robust.why_no_error(
        cluster_robust.diagnostics(fitted(panel(43, treated=treated)))
    )
    assert note.startswith(said)
    assert bool(note) == bool(said)


def test_the_unit_of_a_covariate_changes_nothing():
    frame = panel(47)
    frame["tiny"] = 1e-9 * frame["x"]
    frame["level"] = 1e7 + 1e6 * frame["weight"]  # constant in time: its unit effect takes it
    one = fitted(frame, covariates=["x"])
    two = fitted(frame, covariates=["tiny", "level"])
    assert two.coefficient[0] == pytest.approx(one.coefficient[0], abs=ROUNDING)
    assert two.absorbed.basis.shape[1] == one.absorbed.basis.shape[1]
