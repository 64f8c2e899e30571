import pytest

from fij_eval.months import month_number, month_of
from fij_eval.simulation.calibration import calibration
from fij_eval.simulation.world import World

MONTHS = tuple(month_of(n) for n in range(month_number("2023-08"), month_number("2025-12") + 1))
DEMO = World(snapshots=MONTHS, effect=0.03, national_with_effect=True)


@pytest.mark.parametrize("seed", [20240614, 1, 2])
def test_a_world_imitates_what_was_published(play, places, points, seed):
    """The table's own limits are the tolerances; each is explained beside its target."""
    table = calibration(places, play(DEMO, seed=seed), points=points)
    outside = table[~table["value"].between(table["low"], table["high"])]
    assert outside.empty, outside.to_string()


def test_the_table_covers_every_published_point(play, places, points):
    table = calibration(places, play(DEMO), points=points)
    national = table["target"].str.startswith("national").sum()
    assert national == len(points)
    assert {"network 2024-09", "network 2025-04", "Troms 2025-04", "Finnmark 2025-04"} <= set(
        table["target"]
    )
    assert (table["low"] < table["high"]).all()
    assert table.notna().all().all()


def test_a_world_of_another_level_falls_outside(play, places, points):
    """The check can fail: without its region levels tuned the network would not fit."""
    from dataclasses import replace

    wrong = calibration(places, play(replace(DEMO, level_treated=0.5)), points=points)
    row = wrong.set_index("target").loc["network 2025-04"]
    assert not row["low"] <= row["value"] <= row["high"]


def test_targets_of_months_that_a_world_lacks_are_left_out(play, places, points):
    table = calibration(places, play(World(snapshots=("2024-12",))), points=points)
    assert table["target"].tolist() == ["national 2024-12"]
