"""A full disk, a folder that may not be written, no network, two builds at once: a paragraph,
nothing lost, and the same bytes afterwards."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys

import hostile
import pytest

from fij_eval.cli import EXIT_FILES
from fij_eval.errors import BusyError
from whole_build import checksums, copy_of_build, environment, snakemake

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]


@pytest.fixture
def twin(project, tmp_path):
    """A copy of the build, to be treated badly."""
    return copy_of_build(project, tmp_path / "tvilling, æøå")


def whole(folder, undisturbed):
    """Whether each file that can be seen is that of the undisturbed build."""
    found = {p: c for p, c in checksums(folder).items() if not p.rpartition("/")[2].startswith(".")}
    return all(undisturbed.get(path) == checksum for path, checksum in found.items())


@pytest.mark.parametrize(
    ("options", "said", "todo"),
    [
        (
            ("-t", "tmpfs", "-o", "size=300k", "tmpfs"),
            "No space left on device",
            "What to do: see that the disk has room",
        ),
        (
            ("-t", "tmpfs", "-o", "ro", "tmpfs"),
            "Results cannot be written (Read-only file system)",
            "What to do: see that the disk has room and may be written",
        ),
    ],
    ids=["disk full", "read-only"],
)
def test_documents_that_cannot_be_written_end_in_a_paragraph(
    twin, undisturbed, options, said, todo
):
    reports = twin / "reports/demo"
    with hostile.mounted(reports, *options) as done:
        if not done:
            pytest.skip("no right to mount anything here")
        code, shown = snakemake(twin, "--keep-going", check=False)
        assert code != 0
        assert said in " ".join(shown.split())
        assert todo in " ".join(shown.split())
        assert "Traceback" not in shown
        assert whole(twin, undisturbed)
        assert not [path for path in reports.rglob(".*") if path.is_file()]
    # what was there before lies there again; then the documents are made anew on a healthy disk
    assert checksums(twin) == undisturbed
    shutil.rmtree(reports)
    snakemake(twin)
    assert checksums(twin) == undisturbed


JOBS = {
    "panel": "data/processed/demo/panel.parquet",
    "table": "results/demo/tables/nb/tab05_main.csv",
    "figure": "results/demo/figures/nb/fig09_series.svg",
    "workbook": "reports/demo/tabeller.xlsx",
    "document": "reports/demo/kort.pdf",
}


@pytest.mark.parametrize("rule", JOBS)
def test_a_job_that_cannot_write_ends_in_a_paragraph_and_leaves_the_old_file(
    project, undisturbed, rule
):
    """A limit on the size of files stands for a full disk where nothing may be mounted."""
    import printed

    target = JOBS[rule]
    command = printed.command(project, target)
    run = subprocess.run(
        ["bash", "-c", command],  # noqa: S607 -- as a reviewer pastes it into a shell
        cwd=project,
        env=printed.environment(project),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900)),
        capture_output=True,
        text=True,
        check=False,
    )
    words = " ".join(run.stderr.split())
    assert run.returncode == EXIT_FILES, run.stderr
    assert "The system refuses a file: File too large" in words
    assert "What to do" in words
    assert "Traceback" not in run.stderr
    assert checksums(project)[target] == undisturbed[target]
    assert not list((project / target).parent.glob(".*.*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: mounts are used instead")
def test_a_folder_that_may_not_be_written_ends_in_a_paragraph(twin, undisturbed):
    folder = twin / "reports/demo"
    (folder / "kort.pdf").unlink()
    folder.chmod(0o555)
    code, said = snakemake(twin, check=False)
    folder.chmod(0o755)
    assert code != 0
    assert "Permission denied" in said
    assert "Traceback" not in said
    snakemake(twin)
    assert checksums(twin) == undisturbed


def test_without_any_network_the_documents_are_the_same_bytes(twin, undisturbed):
    prefix = hostile.without_network()
    if not prefix:
        pytest.skip("the network cannot be taken away here (unshare)")
    shutil.rmtree(twin / "reports")
    snakemake(twin, prefix=prefix)
    assert checksums(twin) == undisturbed


def test_of_two_builds_at_once_one_is_refused_and_the_other_is_whole(twin, undisturbed):
    shutil.rmtree(twin / "reports")
    builds = [
        subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "1"],
            cwd=twin,
            env=environment(twin),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [build.communicate()[0] for build in builds]
    codes = sorted(build.returncode for build in builds)
    assert codes == [0, BusyError.exit_code], said
    refused = next(t for t, b in zip(said, builds, strict=True) if b.returncode)
    assert "Another build is at work in this folder" in " ".join(refused.split())
    assert "Traceback" not in "".join(said)
    assert checksums(twin) == undisturbed
