"""A bench that is killed, split or run on more cores gives the same bytes; only work is lost."""

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
SLOWEST = 240.0  # seconds that a portion may take on a busy machine before the test gives up


def command(verb, *arguments):
    return [sys.executable, "-m", "fij_eval", verb, *map(str, arguments)]


def finished(*arguments, **environment):
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def portions(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*-*.parquet"))}


def test_a_killed_bench_loses_the_portion_in_hand_and_goes_on(tmp_path):
    wanted = ("bench", "--profile", "quick", "--families", "room", "--batch", 1, "--folder")
    process = subprocess.Popen(
        command(*wanted, tmp_path / "killed"), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + SLOWEST
    while len(portions(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = portions(tmp_path / "killed")
    assert 2 <= len(kept) < 4  # killed while it worked
    for path in (tmp_path / "killed").rglob("*-*.parquet"):
        assert not pd.read_parquet(path).empty  # what stands under its name is whole
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "killed").rglob("*-*.parquet")}
    finished(*wanted, tmp_path / "killed")
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())
    finished(*wanted, tmp_path / "whole")
    assert portions(tmp_path / "killed") == portions(tmp_path / "whole")
    summaries = [tmp_path / name / "quick" / "summary.csv" for name in ("killed", "whole")]
    assert summaries[0].read_bytes() == summaries[1].read_bytes()


def test_portions_jobs_and_cores_do_not_change_a_number(tmp_path):
    """One process with one thread; two at once with two threads each, in other portions."""

    def batch(folder, first, count, threads):
        path = tmp_path / folder / f"{first:05d}-{first + count - 1:05d}.parquet"
        finished(
            "bench-batch", "d_few", "--first", first, "--count", count, "--output", path,
            OPENBLAS_NUM_THREADS=threads, OMP_NUM_THREADS=threads,
        )  # fmt: skip
        return path

    whole = batch("one", 0, 4, "1")
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda first: batch("two", first, 2, "2"), (2, 0)))
    for name, paths in (("one", [whole]), ("two", halves)):
        finished("bench-summary", *paths, "--output", tmp_path / f"{name}.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    joined = pd.concat([pd.read_parquet(path) for path in sorted(halves)], ignore_index=True)
    pd.testing.assert_frame_equal(pd.read_parquet(whole), joined, check_exact=True)


def test_the_quick_profile_runs_every_kind_of_estimator_in_minutes(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished("bench", "--profile", "quick", "--folder", tmp_path)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # some 40 s of one core: four times that on the slowest machine is still minutes
    assert used.ru_utime - before.ru_utime < 180
    summary = pd.read_csv(tmp_path / "quick" / "summary.csv")
    assert {"S0", "S1_3pp", "S8", "S13_5pp", "R_S0", "Q_S0", "S10_5pp"} <= set(summary["scenario"])
    assert {"twfe_expected", "matching", "synthetic_did", "claim_gate", "primary_family"} <= set(
        summary["estimator"]
    )
