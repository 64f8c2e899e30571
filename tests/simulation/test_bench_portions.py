"""The bench gives the same numbers in any portions, and goes on where it was stopped."""

import pandas as pd
import pytest

from fij_eval.errors import CheckError, SettingsError
from fij_eval.simulation import bench
from fij_eval.simulation.batches import Batch, batches
from fij_eval.simulation.scenarios import FAMILIES
from fij_eval.simulation.stack import Ground

REPLICATIONS = 20


@pytest.fixture(scope="module")
def stand(places, points, sign_ups):
    return Ground(places=places, points=points, sign_ups=sign_ups, seed=11)


def bytes_of(frame, path):
    from fij_eval.artefacts import write_parquet

    write_parquet(path, frame)
    return path.read_bytes()


@pytest.mark.parametrize("family", ["d_few", "s4"])
def test_one_portion_of_twenty_equals_four_of_five(stand, tmp_path, family):
    whole = bench.records(stand, Batch(family, 0, REPLICATIONS))
    parts = [bench.records(stand, Batch(family, first, 5)) for first in (15, 0, 10, 5)]
    joined = pd.concat(parts).sort_values(
        ["replication", "scenario", "estimator", "estimand"], ignore_index=True
    )
    one = bytes_of(whole, tmp_path / "whole.parquet")
    assert one == bytes_of(joined, tmp_path / "joined.parquet")


def test_the_room_gives_the_same_alone_as_together(stand):
    whole = bench.records(stand, Batch("cohorts", 3, 2))
    alone = bench.records(stand, Batch("cohorts", 4, 1))
    kept = whole[whole["replication"] == 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone, check_exact=True)


def test_a_stopped_bench_goes_on_and_keeps_what_it_has(monkeypatch, places, tmp_path):
    from pathlib import Path

    reference = Path(__file__).parents[2] / "data" / "reference"
    register = reference / "network_register.csv"
    monkeypatch.setattr(
        bench, "batches", lambda _profile, _size: [Batch("d_few", first, 2) for first in (0, 2, 4)]
    )
    real, calls = bench.records, []

    def stopping(stand, batch):
        calls.append(batch.first)
        if batch.first == 4 and calls.count(4) == 1:
            raise KeyboardInterrupt
        return real(stand, batch)

    monkeypatch.setattr(bench, "records", stopping)
    with pytest.raises(KeyboardInterrupt):
        bench.run(reference, register, tmp_path, profile="quick", seed=3)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert len(kept) == 2
    assert not list(tmp_path.rglob("*00004-00005*"))
    paths = bench.run(reference, register, tmp_path, profile="quick", seed=3)
    assert calls == [0, 2, 4, 4]
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert sorted(bench.gather(paths)["replication"].unique()) == list(range(6))


def test_overlapping_portions_are_refused(stand, tmp_path):
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet")]
    for path in paths:
        bytes_of(bench.records(stand, Batch("d_few", 0, 1)), path)
    with pytest.raises(CheckError, match="two batches"):
        bench.gather(paths)


@pytest.mark.parametrize("batch", [Batch("nowhere", 0, 1), Batch("clean", 0, 0)])
def test_an_impossible_portion_is_one_paragraph(stand, batch):
    with pytest.raises(SettingsError, match=r"family «nowhere»|is none"):
        bench.records(stand, batch)


def test_portions_cover_each_replication_of_a_profile_once():
    for profile in ("quick", "full"):
        found = {}
        for batch in batches(profile, 30):
            found.setdefault(batch.family, []).extend(range(batch.first, batch.first + batch.count))
        for name, family in FAMILIES.items():
            wanted = family.replications if profile == "full" else family.quick
            assert found.get(name, []) == list(range(wanted))


def test_enough_replications_where_size_coverage_or_power_is_judged():
    slow = {"slow", "dip"}  # a fit takes a quarter of a second or more
    assert all(f.replications >= 1000 for name, f in FAMILIES.items() if name not in slow)


def test_scenarios_have_names_of_their_own_and_every_group_of_the_design():
    names = [s.name for family in FAMILIES.values() for s in family.scenarios]
    assert len(set(names)) == len(names)
    groups = {s.group for family in FAMILIES.values() for s in family.scenarios}
    # injected faults (S11) are tests of the panel's checks, not worlds
    assert {f"S{k}" for k in range(14) if k != 11} <= groups
