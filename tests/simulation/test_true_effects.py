from types import SimpleNamespace

import numpy as np
import pytest

from fij_eval.simulation.truth import municipal_effects, true_effects

# Three municipalities, two snapshots; the third is not treated, the second empties.
BY_HAND = SimpleNamespace(
    world=SimpleNamespace(snapshots=("2025-02", "2025-04")),
    residents=np.array([[10, 20], [40, 0], [50, 50]]),
    employed=np.array([[5, 12], [20, 0], [10, 10]]),
    employed_untreated=np.array([[4, 10], [16, 0], [10, 10]]),
    expected=np.array([[5.5, 12.0], [18.0, 0.0], [10.0, 10.0]]),
    expected_untreated=np.array([[5.0, 10.0], [16.0, 0.0], [10.0, 10.0]]),
)
TREATED = np.array([True, True, False])
EVERYONE = np.array([True, True, True])
WEIGHTS = np.array([10, 30, 50])


def truth(sample=EVERYONE, post=("2025-02", "2025-04")):
    frame = true_effects(BY_HAND, treated=TREATED, sample=sample, weights=WEIGHTS, post=post)
    return frame.set_index(["estimand", "term"])


def test_effects_are_differences_in_shares_and_nothing_where_nobody_lives():
    effects = municipal_effects(BY_HAND)
    np.testing.assert_allclose(effects["realised"][:2, 0], [0.1, 0.1])
    np.testing.assert_allclose(effects["expected"][0], [0.05, 0.1])
    assert np.isnan(effects["expected"][1, 1])


def test_both_estimands_are_the_means_they_are_named_for():
    told = truth()
    # 0.05 and 2/40 = 0.05 in February; only the first municipality has anyone in April.
    assert told.loc[("municipality_average", "2025-02"), "expected"] == pytest.approx(0.05)
    assert told.loc[("municipality_average", "2025-04"), "expected"] == pytest.approx(0.1)
    # Window: the first one's mean is 0.075, the second one's 0.05.
    assert told.loc[("municipality_average", "post"), "expected"] == pytest.approx(0.0625)
    person = (10 * 0.075 + 30 * 0.05) / 40
    assert told.loc[("person_average", "post"), "expected"] == pytest.approx(person)
    assert told.loc[("person_average", "post"), "realised"] == pytest.approx(0.1)
    assert set(told["municipalities"]) == {2}
    assert set(told["persons"]) == {40}


def test_only_the_sample_counts():
    told = truth(sample=np.array([True, False, True]))
    assert told.loc[("municipality_average", "post"), "expected"] == pytest.approx(0.075)


def test_a_window_without_snapshots_has_no_row():
    assert "post" not in truth(post=()).index.get_level_values("term")


def test_no_treated_municipality_means_no_truth():
    with pytest.raises(ValueError, match="no treated municipality"):
        truth(sample=np.array([False, False, True]))
