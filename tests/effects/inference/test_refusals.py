"""What methods of inference and of robustness refuse, each with its words, and their last way out.

What they answer for degenerate data stands in ``test_degenerate_input``.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from inference_panels import panel
from test_inference_records import RECORD

sys.path.append(str(Path(__file__).parents[1]))  # the room's own panels

from panels import NETWORK, SAMPLE, make_panel

from fij_eval.effects import samples
from fij_eval.effects.inference import (
    assignments,
    cluster_robust,
    honest,
    linear,
    randomization,
    records,
    smoothness,
)
from fij_eval.effects.robustness import cross_section, decomposition, joining
from fij_eval.effects.robustness import specification_curve as curves
from fij_eval.effects.robustness.declared import declared_grid
from fij_eval.errors import CheckError, EstimationError

STARTS = ("2024-04", "2024-05")
COVARIANCE = np.array([[1.0, 0.3, 0.2], [0.3, 1.0, 0.3], [0.2, 0.3, 1.0]])


def rng():
    return np.random.default_rng(1)


def absorbed(frame, *, treatment=("treated",), covariates=()):
    return linear.absorb(
        linear.design(frame, outcome="y", treatment=list(treatment), covariates=list(covariates))
    )


def two_treatments():
    frame = panel(5)
    frame["other"] = frame["x"] + 0.3 * frame["treated"]
    return frame, absorbed(frame, treatment=("treated", "other"))


def study(post=0.1, pre=2):
    return honest.event_study(np.array([0.0, 0.0, post]), COVARIANCE / 100, pre=pre)


def normal():
    return np.random.default_rng(0).standard_normal((500, 3))


def _empty_curve():
    treated = np.arange(8) < 4
    nothing = curves.Scale(np.full((8, 2), np.nan), "pp")
    grid = curves.Grid(
        base={"all": curves.Window((0,), (1,))},
        scale={"pp": nothing},
        weights={"none": None},
        composition={"none": curves.Composition()},
        comparison={"all": curves.Comparison()},
    )
    return curves.specification_curve(grid, treated=treated, strata=["one"] * 8, rng=rng(), draws=9)


REFUSED = {
    "a covariance that is not symmetric": (
        lambda: honest.event_study(
            np.zeros(3), COVARIANCE + np.triu(np.full((3, 3), 0.1), 1), pre=2
        ),
        CheckError,
        "not symmetric and positive",
    ),
    "a small covariance that is not symmetric": (
        lambda: honest.event_study(
            np.zeros(3), 1e-4 * (COVARIANCE + np.triu(np.full((3, 3), 0.1), 1)), pre=2
        ),
        CheckError,
        "not symmetric and positive",
    ),
    "a covariance that is not positive": (
        lambda: honest.event_study(np.zeros(3), np.full((3, 3), 2.0) - np.eye(3), pre=2),
        CheckError,
        "not symmetric and positive",
    ),
    "M-bar below zero": (
        lambda: honest.relative_magnitudes(study(), rng=rng(), bounds=[-0.5]),
        EstimationError,
        "M-bar is negative",
    ),
    "M-bar below zero for values": (
        lambda: honest.accepted(study(), [0.0], bound=-0.5, normal=normal()),
        EstimationError,
        "M-bar is negative",
    ),
    "too many assignments": (
        lambda: assignments.enumerate_all(
            (np.arange(40) < 20).astype(np.int8), ["one"] * 40, limit=1_000
        ),
        EstimationError,
        "assignments are too many to enumerate",
    ),
    "a unit without a name": (
        lambda: absorbed(
            panel(3).assign(municipality_code=lambda f: f["municipality_code"].where(f.index > 2))
        ),
        EstimationError,
        "has no name",
    ),
    "collinear treatments": (
        lambda: linear.fit(
            absorbed(
                panel(3).assign(twice=lambda f: 2 * f["treated"]), treatment=("treated", "twice")
            )
        ),
        EstimationError,
        "collinear with each other",
    ),
    "two treatments permuted": (
        lambda: randomization.statistics(
            two_treatments()[1], np.ones((240, 1)), np.zeros((1, 40), dtype=np.int8)
        ),
        EstimationError,
        "one treatment at a time",
    ),
    "an assignment of nobody": (
        lambda: randomization.statistics(
            absorbed(panel(3)),
            randomization.timing(absorbed(panel(3)).design, STARTS),
            np.zeros((1, 40), dtype=np.int8),
        ),
        EstimationError,
        "does not vary beyond effects and covariates",
    ),
    "records of two coefficients": (
        lambda: records.inferences(
            RECORD,
            two_treatments()[1],
            pattern=np.ones((240, 1)),
            strata=["one"] * 40,
            seed=1,
            draws=99,
        ),
        EstimationError,
        "one coefficient at a time",
    ),
    "residuals of nobody": (
        lambda: cross_section.residuals(np.full(4, np.nan), np.arange(4) < 2),
        EstimationError,
        "No unit has all values",
    ),
    "factors that differ": (
        lambda: decomposition.decompose(lambda _: 0.0, {"a": np.ones(1)}, {"b": np.ones(1)}),
        EstimationError,
        "are not the same",
    ),
    "support of an empty arm": (
        lambda: joining.common_support(np.array([0.1, 0.2]), np.array([False, False])),
        EstimationError,
        "An arm has no propensity",
    ),
    "a curve of nothing": (
        _empty_curve,
        EstimationError,
        "No specification of the curve can be estimated",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_asked_for_wrongly_is_refused_with_the_reason(case):
    make, error, words = REFUSED[case]
    with pytest.raises(error) as refused:
        make()
    assert words in refused.value.what


def test_values_are_accepted_inside_the_interval_and_nowhere_else():
    interval = honest.relative_magnitudes(study(), rng=np.random.default_rng(0), bounds=[0.5])[0]
    draws = np.random.default_rng(0).standard_normal((honest.LEAST_FAVOURABLE_DRAWS, 3))
    width = interval.ci_high - interval.ci_low
    values = [
        interval.ci_low - 0.01 * width,
        interval.ci_low + 0.01 * width,
        interval.ci_high - 0.01 * width,
        interval.ci_high + 0.01 * width,
    ]
    found = honest.accepted(study(), values, bound=0.5, normal=draws)
    assert found.tolist() == [False, True, True, False]


class _Always:
    def __init__(self, *, rejected):
        self.rejected = rejected

    def rejects(self, theta):
        return np.full(len(theta), self.rejected)


def test_a_set_without_an_end_has_infinite_limits_and_an_empty_one_none(monkeypatch):
    monkeypatch.setattr(honest, "_components", lambda *_: [_Always(rejected=False)])
    found = honest.relative_magnitudes(study(), rng=rng(), bounds=[1.0])[0]
    assert (found.ci_low, found.ci_high) == (-np.inf, np.inf)
    assert not found.excludes_zero
    monkeypatch.setattr(honest, "_components", lambda *_: [_Always(rejected=True)])
    with pytest.raises(EstimationError, match="No value of the effect is compatible"):
        honest.relative_magnitudes(study(), rng=rng(), bounds=[1.0])


def test_an_effect_far_beyond_its_error_never_breaks_down():
    sure = honest.event_study(np.array([0.0, 0.0, 1e6]), COVARIANCE / 100, pre=2)
    assert smoothness.breakdown_smoothness(sure) == np.inf
    assert honest.breakdown(sure, rng=rng(), highest=1.0) == 1.0


def test_an_optimum_that_is_not_found_is_told(monkeypatch):
    class Lost:
        x = np.full(4, np.nan)

    monkeypatch.setattr(smoothness, "minimize", lambda *_, **__: Lost())
    with pytest.raises(EstimationError, match="could not be found"):
        smoothness.smoothness(study(), bounds=[0.01])


def test_another_treatment_is_partialled_out_of_the_leverage_like_a_covariate():
    frame, both = two_treatments()
    one = cluster_robust.diagnostics(linear.fit(absorbed(frame, covariates=("other",))), column=0)
    two = cluster_robust.diagnostics(linear.fit(both), column=0)
    # the same projection in another order
    np.testing.assert_allclose(two.partial_leverage, one.partial_leverage, atol=1e-10)
    assert two.effective == pytest.approx(one.effective, rel=1e-8)


def test_columns_of_which_nothing_is_left_have_an_empty_basis():
    columns = np.full((5, 2), 1e-14)
    assert linear.orthonormal(columns, size=np.ones(2)).shape == (5, 0)


def grid_of(sample, **options):
    return declared_grid(sample, post=("2025-02", "2025-04", "2025-12"), **options)


def sample_of(**options):
    return samples.build(make_panel(**options), sample=SAMPLE, network=NETWORK)


def test_what_the_grid_leaves_out_has_its_reason():
    sample = sample_of()
    one = sample_of(months=("2024-04", "2025-02", "2025-12"))
    assert grid_of(one).left_out["base: all"] == "one month before kick-off"
    assert grid_of(one).left_out["base: without last"] == "one month before kick-off"
    assert grid_of(one).left_out["base: same season"].startswith("no calendar month")
    assert list(grid_of(one).grid.base) == ["2024-04"]
    few = sample_of(treated=12)
    high = np.where(few.treated, 1.0, 0.1)
    assert grid_of(few, inflow=high).left_out["composition: low inflow"].startswith("an arm")
    level = np.arange(len(high)) % 7 / 10
    kept = grid_of(sample, inflow=level).grid.composition["low inflow"].keep
    np.testing.assert_array_equal(kept, level <= np.quantile(level, 0.75))
    alike = samples.Sample(
        **{name: getattr(sample, name) for name in sample.__dataclass_fields__ if name != "units"},
        units=sample.units.assign(
            region=sample.units["region"].iloc[0],
            size_group=sample.units["size_group"].iloc[0],
            log_population=np.where(sample.treated, 9.0, 8.0),
        ),
    )
    found = grid_of(alike)
    assert found.left_out["comparison: same size and region"] == "one size group and one region"
    assert "separate" in found.left_out["comparison: common support"]
    assert "common support" in grid_of(sample).grid.comparison
