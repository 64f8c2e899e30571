"""A build that is killed at twenty random moments, on a machine that changes all the time, ends in
the same bytes as one that nobody disturbed."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time

import hostile
import pytest

from whole_build import RESULTS, checksums, copy_of_sources, environment, planned, snakemake

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]

KILLS = 20
#: A build is killed up to so many seconds after a random number of jobs is done: in the middle of
#: a job, between two, or before the first. So many jobs are left when it is killed last.
LONGEST, LEFT = 1.0, 6
#: A machine that is slower than this is killed earlier.
PATIENCE = 180.0
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati")


def machines(folder):
    """Variables, words before the command and options of one build after the other, in turn."""
    words = list(hostile.locales(folder).values())
    for k in itertools.count():
        changed = words[k % len(words)] | {"TZ": ZONES[k % len(ZONES)], "PYTHONHASHSEED": str(k)}
        before = [*hostile.without_network(), *(hostile.another_year() if k % 4 == 3 else ())]
        yield changed, before, ("--cores", str(1 + k % 2))


def done(folder):
    """How many jobs of a build have ended well: each leaves its facts beside its log."""
    return len(list((folder / "logs").rglob("*.json")))


def wait_for(folder, process, jobs):
    """Wait until so many jobs are done; shorter if the build ends by itself."""
    begun = time.monotonic()
    while done(folder) < jobs and time.monotonic() - begun < PATIENCE and process.poll() is None:
        time.sleep(0.02)


def wrong(folder, undisturbed):
    """Files there that are not those of the undisturbed build; a hidden one is no result yet."""
    found = checksums(folder)
    return [
        path
        for path, checksum in found.items()
        if not path.rpartition("/")[2].startswith(".") and undisturbed.get(path) != checksum
    ]


def test_a_build_killed_at_twenty_random_moments_ends_in_the_same_bytes(
    project, undisturbed, tmp_path_factory
):
    folder = copy_of_sources(tmp_path_factory.mktemp("killed") / "drept bygg, æøå")
    rng = random.Random(20240614)  # noqa: S311 -- moments, not secrets
    moments = sorted(rng.sample(range(done(project) - LEFT), KILLS))
    conditions = machines(tmp_path_factory.mktemp("locales"))
    log = tmp_path_factory.mktemp("said") / "snakemake.log"
    for moment, (changed, before, options) in zip(moments, conditions, strict=False):
        command = [*before, sys.executable, "-m", "snakemake", *options]
        with (
            log.open("w", encoding="utf-8") as said,
            subprocess.Popen(
                command,
                cwd=folder,
                env=environment(folder, **changed),
                stdout=said,
                stderr=said,
                start_new_session=True,
            ) as process,
        ):
            wait_for(folder, process, moment)
            time.sleep(rng.uniform(0, LONGEST))
            assert process.poll() is None, log.read_text(encoding="utf-8")
            os.killpg(process.pid, signal.SIGKILL)
        # what is there is whole and right, at every moment
        assert wrong(folder, undisturbed) == []
    changed, before, options = next(conditions)
    _, said = snakemake(folder, *options, prefix=before, **changed)
    assert "Traceback" not in said
    assert wrong(folder, undisturbed) == []
    visible = {path for path in checksums(folder) if not path.rpartition("/")[2].startswith(".")}
    assert visible == set(undisturbed)
    assert planned(folder) == {}
    assert set(RESULTS) == {path for path in RESULTS if (folder / path).is_dir()}


def test_the_machine_really_changes(tmp_path):
    """What cannot be changed here is told as a skip, so that the test above claims no more than it
    did."""
    lacking = []
    if not hostile.without_network():
        lacking.append("the network could not be taken away (unshare)")
    else:
        probe = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
        run = subprocess.run(
            [*hostile.without_network(), sys.executable, "-c", probe],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "unreachable" in run.stderr
    if not hostile.another_year():
        lacking.append("the clock could not be set (faketime)")
    else:
        probe = "import datetime; print(datetime.date.today().year)"
        command = [*hostile.another_year(), sys.executable, "-c", probe]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == "2031"
    made = hostile.locales(tmp_path)
    for name in ("nb_NO", "tr_TR"):
        if name not in made:
            lacking.append(f"the locale {name} could not be made (localedef)")
            continue
        probe = "import locale; print(locale.setlocale(locale.LC_ALL, ''))"
        command = [sys.executable, "-c", probe]
        run = subprocess.run(
            command, env=os.environ | made[name], capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == f"{name}.UTF-8"
    if lacking:
        pytest.skip("; ".join(lacking))
