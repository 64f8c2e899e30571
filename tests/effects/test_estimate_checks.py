"""Each check of estimates stops on its fault and passes without it."""

from dataclasses import replace

import numpy as np
import pytest
from analysis_worlds import panel
from panels import NETWORK, SAMPLE, WINDOWS
from test_analysis_plan import estimate

from fij_eval.effects import checks
from fij_eval.effects.inference import assignments, honest
from fij_eval.effects.samples import build, windows
from fij_eval.errors import CheckError


def sample(**other):
    return build(panel(**other), sample=SAMPLE, network=NETWORK)


def test_a_weighted_number_that_calls_itself_unweighted_stops():
    good = [
        estimate(),
        estimate(key="p", estimand="person_average", weights="residents 2024-04"),
        estimate(key="n", estimate=None, note="none", weights="x"),
    ]
    checks.check_weighting(good)
    with pytest.raises(CheckError, match="weighted by «residents 2024-04»"):
        checks.check_weighting([replace(good[0], weights="residents 2024-04")])
    with pytest.raises(CheckError, match="weighted by «none»"):
        checks.check_weighting([replace(good[1], weights="none")])


def test_a_covariate_of_the_month_itself_stops_unless_it_is_declared():
    checks.check_dating(sample(), ("log_population", "expected_share"))
    with pytest.raises(CheckError, match="unemployment_rate_now"):
        checks.check_dating(sample(), ("unemployment_rate_now",))


def test_weights_dated_after_kick_off_stop():
    late = replace(sample(), reference_month="2024-09")
    with pytest.raises(CheckError, match="at or after the first kick-off 2024-06"):
        checks.check_dating(late, ())


def test_one_cohort_estimators_agree_and_a_fault_in_one_of_them_stops(monkeypatch):
    given = sample()
    chosen = windows(given, WINDOWS)
    assert checks.check_equalities(given, chosen) < checks.EQUAL

    real = checks.imputation.estimate

    def wrong(*args, **more):
        found = real(*args, **more)
        return replace(found, att=found.att + 1e-6)

    monkeypatch.setattr(checks.imputation, "estimate", wrong)
    with pytest.raises(CheckError, match="differ by 1e-06"):
        checks.check_equalities(given, chosen)


def test_one_cohort_has_no_negative_weights():
    pattern = np.outer([1.0, 1, 0, 0], [0.0, 0, 1, 1])
    assert checks.check_weights(pattern, where="") == 0.0


def test_staggered_kick_offs_with_early_units_as_comparison_stop():
    # by hand: half treated from the second of five snapshots, half from the last, none never
    pattern = np.array([[0.0, 1, 1, 1, 1], [0, 0, 0, 0, 1]])
    assert checks.negative_weights(pattern) > 0
    with pytest.raises(CheckError, match="negative weight"):
        checks.check_weights(pattern, where="twfe")


def test_an_alarm_is_raised_where_municipalities_without_gaps_say_another_thing():
    whole = estimate(estimate=0.02, se=0.01)
    near = checks.attrition(whole, estimate(key="b", estimate=0.024))
    far = checks.attrition(whole, estimate(key="b", estimate=0.026))
    assert near.note == ""
    assert "alarm: 0.60 standard errors" in far.note


def test_rows_dropped_on_the_logit_scale_stop():
    checks.check_same_rows(300, 300, where="")
    with pytest.raises(CheckError, match="300 municipalities enter in percentage points and 298"):
        checks.check_same_rows(300, 298, where="primary")


def test_an_assignment_that_moves_a_municipality_to_another_stratum_stops():
    cohort = np.array([1, 0, 0, 1, 0, 0], dtype=np.int8)
    strata = ["small"] * 3 + ["large"] * 3
    moved = np.array([[1, 1, 0, 0, 0, 0]], dtype=np.int8)
    with pytest.raises(CheckError, match="stratum «large»"):
        assignments.check(moved, cohort, strata)


def test_a_diagonal_covariance_stops_the_robust_intervals():
    with pytest.raises(CheckError, match="diagonal"):
        honest.event_study(np.zeros(5), np.eye(5) * 0.01, pre=3)
