"""Each check of estimates stops on its fault and passes without it."""

from dataclasses import replace

import numpy as np
import pytest
from analysis_worlds import panel
from panels import NETWORK, SAMPLE, WINDOWS
from test_analysis_plan import estimate

from fij_eval.effects import checks, seasons
from fij_eval.effects.inference import assignments, honest
from fij_eval.effects.record import check_weighting
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
    check_weighting(good)
    with pytest.raises(CheckError, match="weighted by «residents 2024-04»"):
        check_weighting([replace(good[0], weights="residents 2024-04")])
    with pytest.raises(CheckError, match="weighted by «none»"):
        check_weighting([replace(good[1], weights="none")])


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
    checks.check_weights(pattern, "abcd", where="")


def test_staggered_kick_offs_with_early_units_as_comparison_stop():
    # by hand: half treated from the second of five snapshots, half from the last, none never
    pattern = np.array([[0.0, 1, 1, 1, 1], [0, 0, 0, 0, 1]])
    assert checks.negative_weights(pattern) > 0
    assert checks.forbidden_comparisons(pattern, "abcde") == (
        "1 starting by e with 1 that started earlier",
    )
    with pytest.raises(
        CheckError, match=r"negative weight of 50\.0% .* \(1 starting by e with 1 that"
    ):
        checks.check_weights(pattern, "abcde", where="twfe")


def test_a_forbidden_comparison_stops_also_where_no_weight_is_negative():
    pattern = np.zeros((50, 5))
    pattern[0, 1:] = pattern[1, 4:] = 1
    assert checks.negative_weights(pattern) == 0
    with pytest.raises(CheckError, match=r"weight of 0\.0% .* \(1 starting by e"):
        checks.check_weights(pattern, "abcde", where="twfe")


def test_the_pattern_is_that_of_each_units_own_kick_off():
    given = panel()
    late = given["municipality_code"].isin(sorted(given["municipality_code"].unique())[:3])
    given.loc[late & given["arm"].eq("network"), "kick_off_date"] = "2025-03-01"
    found = build(given, sample=SAMPLE, network=NETWORK)
    chosen = windows(found, WINDOWS)
    # windows that all kick-offs share: nothing is compared with what started earlier
    pattern = checks.treatment_pattern(found, chosen)
    checks.check_weights(pattern, (*chosen.base, *chosen.post), where="")
    wrong = replace(chosen, post=("2024-11", "2025-04"))
    pattern = checks.treatment_pattern(found, wrong)
    with pytest.raises(CheckError, match="3 starting by 2025-04 with"):
        checks.check_weights(pattern, (*wrong.base, *wrong.post), where="")


def test_where_municipalities_without_gaps_say_another_thing_someone_must_look():
    whole = estimate(estimate=0.02, se=0.01, n_units=300)
    near, far = (estimate(key="b", estimate=v, n_units=290) for v in (0.024, 0.026))
    assert checks.check_attrition(whole, near, acknowledged=False).note == ""
    with pytest.raises(CheckError, match=r"without the 10 of them .* 2.60 .* 2.00, 0.60 standard"):
        checks.check_attrition(whole, far, acknowledged=False)
    found = checks.check_attrition(whole, far, acknowledged=True)
    assert found.note == "alarm: 0.60 standard errors from the estimate with gaps"


@pytest.mark.parametrize(
    ("base", "post", "apart"),
    [
        ("2024-04", "2025-04", False),
        ("2024-09", "2025-04", True),
        ("2023-08..2024-04", "2025-02..2025-12", False),
        ("2024-02..2024-04", "2025-02..2025-12", True),
        ("last before kick-off (2024-04)", "2025-02..2025-12", True),
        ("", "2025-04", False),
    ],
)
def test_windows_of_different_seasons_are_told_from_such_as_span_a_year(base, post, apart):
    assert seasons.across_seasons(base, post) == apart


def test_an_effect_between_seasons_is_flagged_and_stops_without_its_flag():
    record = estimate(base="2024-09", post="2025-04", note="x")
    (flagged,) = seasons.flag([record])
    assert flagged.note == f"x; {seasons.SEASONS}"
    seasons.check([flagged])
    assert seasons.flag([flagged]) == (flagged,)
    with pytest.raises(CheckError, match="without saying so"):
        seasons.check([record])


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
