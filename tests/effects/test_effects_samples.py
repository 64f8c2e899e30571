import numpy as np
import pandas as pd
import pytest
from panels import MONTHS, NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import samples
from fij_eval.errors import EstimationError
from fij_eval.settings import SampleSettings, WindowSettings


def build(panel, **other):
    return samples.build(panel, sample=other.get("sample", SAMPLE), network=NETWORK)


def test_units_are_those_with_enough_refugees_in_the_reference_month():
    panel = make_panel(units=10, treated=4)
    few = panel["municipality_code"].eq("1102") & panel["reference_month"].eq("2024-04")
    panel.loc[few, "residents"] = 19
    unknown = panel["municipality_code"].eq("1109") & panel["reference_month"].eq("2024-04")
    panel.loc[unknown, "residents"] = pd.NA
    out = panel["municipality_code"].eq("1101")
    panel.loc[out, "arm"] = "excluded"
    made = build(panel)
    assert set(made.units.index) == {f"{c}" for c in range(1103, 1111)} - {"1109"}
    assert [(d.reason, d.network, d.comparison, d.excluded) for d in made.dropped] == [
        ("outside both arms", 0, 0, 1),
        ("no number of refugees in 2024-04", 0, 1, 0),
        ("fewer than 20 refugees in 2024-04", 1, 0, 0),
    ]


def test_weights_are_frozen_at_the_reference_month():
    panel = make_panel(units=8, treated=3)
    then = panel[panel["reference_month"] == "2024-04"].set_index("municipality_code")["residents"]
    made = build(panel)
    person = samples.weights(made, "person_average")
    assert person.tolist() == then.loc[made.units.index].astype(float).tolist()
    assert samples.weights(made, "municipality_average").tolist() == [1.0] * 8


def test_a_unit_without_any_outcome_falls_out_and_is_counted():
    panel = make_panel(units=8, treated=3)
    panel.loc[panel["municipality_code"] == "1101", "share"] = np.nan
    made = build(panel)
    assert "1101" not in made.units.index
    assert made.dropped[-1] == samples.Dropped("no outcome at any snapshot", 1, 0)


def test_a_snapshot_without_any_outcome_is_no_snapshot():
    panel = make_panel(units=8, treated=3)
    panel.loc[panel["reference_month"] == "2024-11", "share"] = np.nan
    assert build(panel).months == tuple(m for m in MONTHS if m != "2024-11")


def test_rows_in_any_order_give_the_same_sample():
    panel = make_panel(units=12, treated=5, gaps=0.1)
    mixed = panel.sample(frac=1, random_state=3)
    one, other = build(panel), build(mixed)
    pd.testing.assert_frame_equal(one.units, other.units)
    np.testing.assert_array_equal(one.outcome, other.outcome)


def test_a_reference_month_outside_the_panel_is_refused_with_the_months_there_are():
    panel = make_panel(units=6, treated=3)
    settings = SampleSettings(minimum_residents=20, reference_month="2024-03")
    with pytest.raises(EstimationError, match=r"2024-03 is not among.*2023-08"):
        build(panel, sample=settings)


def test_a_reference_month_without_residents_is_refused():
    panel = make_panel(units=6, treated=3)
    panel.loc[panel["reference_month"] == "2024-04", "residents"] = pd.NA
    with pytest.raises(EstimationError, match="number of refugees aged 20-66"):
        build(panel)


def test_windows_are_the_year_before_kick_off_and_from_half_a_year_after_it():
    made = build(make_panel(units=6, treated=3))
    chosen = samples.windows(made, WINDOWS)
    assert chosen.base == ("2023-08", "2023-11", "2024-02", "2024-04")
    assert chosen.post == ("2025-02", "2025-04", "2025-07", "2025-09", "2025-12")
    assert (chosen.base_label, chosen.post_label) == ("2023-08..2024-04", "2025-02..2025-12")


def test_a_shorter_base_window_takes_fewer_snapshots():
    made = build(make_panel(units=6, treated=3))
    chosen = samples.windows(made, WindowSettings(base_months=4, post_from_months=18))
    assert chosen == samples.Windows(("2024-02", "2024-04"), ("2025-12",))


def test_the_month_of_kick_off_is_neither_before_nor_after():
    made = build(make_panel(units=6, treated=3, months=(*MONTHS[:4], "2024-06", *MONTHS[4:])))
    chosen = samples.windows(made, WINDOWS, base="all_pre", post="all_post")
    assert "2024-06" in made.months
    assert "2024-06" not in (*chosen.base, *chosen.post)


def test_a_snapshot_between_two_kick_offs_belongs_to_no_window():
    panel = make_panel(units=8, treated=4, months=(*MONTHS[:4], "2024-07", *MONTHS[4:]))
    panel.loc[panel["municipality_code"] == "1101", "kick_off_date"] = "2024-08-22"
    made = build(panel)
    assert made.cohorts == ("2024-06", "2024-08")
    chosen = samples.windows(made, WINDOWS, base="all_pre", post="all_post")
    assert "2024-07" not in (*chosen.base, *chosen.post)
    assert chosen.base == MONTHS[:4]


def test_the_post_window_ends_with_the_network_but_all_post_does_not():
    made = build(make_panel(units=6, treated=3, months=(*MONTHS, "2026-02")))
    assert samples.windows(made, WINDOWS).post[-1] == "2025-12"
    assert samples.windows(made, WINDOWS, post="all_post").post[-1] == "2026-02"


@pytest.mark.parametrize(
    ("key", "month", "fault"),
    [
        ("base", "2024-03", "has no outcome"),
        ("base", "2024-09", "does not lie before"),
        ("post", "2024-02", "does not lie after"),
        ("post", "2024-10", "has no outcome"),
    ],
)
def test_a_month_that_cannot_serve_as_window_is_refused(key, month, fault):
    made = build(make_panel(units=6, treated=3))
    with pytest.raises(EstimationError, match=fault):
        samples.windows(made, WINDOWS, **{key: month})


def test_description_tells_balanced_from_unbalanced():
    assert build(make_panel(units=6, treated=3)).description().endswith("11 snapshots, balanced")
    gappy = build(make_panel(units=30, treated=9, gaps=0.1))
    gaps = int(np.isnan(gappy.outcome).sum())
    assert gaps > 0
    assert f"unbalanced: {gaps} cells without outcome" in gappy.description()
