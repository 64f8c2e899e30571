"""A copy of the project in a folder of its own, and Snakemake in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEPT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".snakemake", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "logs"
)
MADE = ("data/raw", "data/processed", "data/manual", "results", "reports", "benchmarks")


def snakemake(project, *arguments, check=True):
    """Run Snakemake in the copy, with the copy's own code."""
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = run.stdout + run.stderr
    assert not check or run.returncode == 0, said
    return run.returncode, said


def built(folder):
    """A copy in a folder whose name is hard on careless quoting, built from nothing."""
    copy = folder / "a copy with spaces and æøå"
    shutil.copytree(ROOT, copy, ignore=KEPT_OUT)
    for name in MADE:
        shutil.rmtree(copy / name, ignore_errors=True)
    snakemake(copy)
    return copy
