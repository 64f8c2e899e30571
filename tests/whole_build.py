"""A copy of the project that builds in a folder of its own, and what a build in it gives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from fij_eval.artefacts import sha256_of_file

ROOT = Path(__file__).parent.parent
KEPT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".snakemake", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "logs"
)
MADE = ("data/raw", "data/processed", "data/manual", "results", "reports", "benchmarks")
#: Everything that a build leaves behind and that is to be the same each time.
RESULTS = ("data/raw", "data/processed", "results", "reports")


def copy_of_sources(folder):
    """The project's own files in a new folder, without anything that a build makes."""
    shutil.copytree(ROOT, folder, ignore=KEPT_OUT)
    for name in MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    return folder


def copy_of_build(project, folder):
    """A build with all that Snakemake knows of it, in a new folder."""
    return Path(shutil.copytree(project, folder, symlinks=True))


def environment(project, **changed):
    """What a build's process finds: the copy's own code before any other."""
    return os.environ | {"PYTHONPATH": str(project / "src"), "COLUMNS": "200"} | changed


def snakemake(project, *arguments, check=True, prefix=(), **changed):
    """Run Snakemake in the copy, with the copy's own code.

    Args:
        project: The copy.
        *arguments: Of Snakemake.
        check: Whether anything but success fails the test.
        prefix: Words before the command, such as ``unshare -n``.
        **changed: Variables of the environment.

    Returns:
        Exit code, and all that it said.
    """
    return _ended(project, [*prefix, sys.executable, "-m", "snakemake", *arguments], check, changed)


def fij_eval(project, *command, check=False, **changed):
    """Run a verb in the copy: its exit code, and what it said."""
    return _ended(project, [sys.executable, "-m", "fij_eval", *command], check, changed)


def _ended(project, command, check, changed):
    run = subprocess.run(
        command,
        cwd=project,
        env=environment(project, **changed),
        capture_output=True,
        text=True,
        check=False,
    )
    said = run.stdout + run.stderr
    assert not check or run.returncode == 0, said
    return run.returncode, said


def planned(project, *arguments):
    """Rule -> number of jobs that a dry run lists."""
    _, said = snakemake(project, "--dry-run", "--quiet", "host", "reason", "rules", *arguments)
    if "Nothing to be done" in said:
        return {}
    jobs = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE)}
    jobs.pop("total")
    return jobs


def checksums(project, folders=RESULTS):
    """Path -> sha256 of every file that a build left."""
    return {
        path.relative_to(project).as_posix(): sha256_of_file(path)
        for folder in folders
        for path in sorted((project / folder).rglob("*"))
        if path.is_file() and path.name != ".gitkeep"
    }


def state(project):
    """What a build left, what a person edits, and what Snakemake knows: path -> size.

    Dates do not count: who makes a file again to the same bytes leaves the build as it was. Of what
    Snakemake knows, names alone count: a record holds times.
    """
    found = {}
    for name in (*RESULTS, "data", "src", ".snakemake/metadata", ".snakemake/incomplete"):
        paths = (path for path in (project / name).rglob("*") if path.is_file())
        found |= {path: name.startswith(".") or path.stat().st_size for path in paths}
    for name in ("config.yaml", "analysis_plan.yaml"):
        found[project / name] = (project / name).stat().st_size
    return {
        path.relative_to(project).as_posix(): size
        for path, size in found.items()
        if path.suffix != ".pyc"
    }
