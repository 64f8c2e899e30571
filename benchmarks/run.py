"""How fast the workflow is: one command, one table.

    python benchmarks/run.py [--repeat 1] [--keep]

Copies the project into a temporary folder, builds it from nothing, and times: a cold full build, a
build with nothing to do, a dry run, a rebuild after an edit in one figure module, and one after an
edit of one setting. Overhead is wall time × cores over what the jobs themselves computed (their CPU
time from start to end, imports included, as each job's facts record it).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval.catalogue import put_between

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- run time: made by `make readme`, do not edit between these marks -->"
END = "<!-- end of run time -->"
AIMS = {"cold full build": "< 60 s", "dry run, nothing to do": "< 2 s"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=1, help="the fastest of so many is shown")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/run.json")
    parser.add_argument("--readme", type=Path, help="put the table between this file's marks")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fij-eval-bench-") as folder:
        project = copy(Path(folder) / "project")
        rows = measure(project, options)
    shown = table(rows, options.cores)
    print(shown)
    if options.readme:
        put_between(options.readme, BEGIN, shown, END)
    if options.keep:
        target = ROOT / "benchmarks/results/run.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def copy(target: Path) -> Path:
    """The tracked files, and those that are about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 -- git as the developer has it
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place)
    return target


def measure(project: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Each measurement as a row."""
    repeat, cores = options.repeat, options.cores
    figure = project / "src/fij_eval/report/figures/fig09_series.py"
    config = project / "config.yaml"

    def edit_figure(number: int) -> None:
        text = figure.read_text(encoding="utf-8").partition("\n# edited ")[0]
        figure.write_text(f"{text}\n# edited {number}\n", encoding="utf-8")

    def edit_level(number: int) -> None:
        text = config.read_text(encoding="utf-8")
        before, key, after = text.partition("  level: ")
        rest = after.partition("\n")[2]
        config.write_text(f"{before}{key}0.9{number % 10}\n{rest}", encoding="utf-8")

    def nothing(_: int) -> None:
        pass

    def empty(_: int) -> None:
        for name in ("data/raw/demo", "data/processed/demo", "results/demo", "reports/demo"):
            shutil.rmtree(project / name, ignore_errors=True)
        for name in ("logs", ".snakemake"):
            shutil.rmtree(project / name, ignore_errors=True)

    plan: tuple[tuple[str, Callable[[int], None], tuple[str, ...]], ...] = (
        ("cold full build", empty, ()),
        ("nothing to do", nothing, ()),
        ("dry run, nothing to do", nothing, ("--dry-run",)),
        ("edit in one figure module", edit_figure, ()),
        ("edit of one setting (inference.level)", edit_level, ()),
    )
    rows = []
    for name, before, extra in plan:
        tries = []
        for number in range(repeat):
            before(number)
            tries.append(once(project, name, extra, cores))
        rows.append(min(tries, key=lambda row: row["wall"]))
    return rows


def once(project: Path, name: str, extra: tuple[str, ...], cores: int) -> dict[str, Any]:
    """One run of Snakemake, timed from outside and from inside its jobs."""
    begun = time.time()
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", str(cores), *extra],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    if run.returncode:
        sys.exit(f"{name}: Snakemake ended with {run.returncode}\n{run.stdout}{run.stderr}")
    jobs = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (project / "logs").rglob("*.json")
        if path.stat().st_mtime >= begun
    ]
    inside = sum(job["cpu_seconds"] for job in jobs)
    return {
        "what": name,
        "wall": wall,
        "jobs": len(jobs),
        "inside": inside,
        "overhead": wall * cores / inside if inside else None,
        "peak_mib": max((job["peak_memory_mib"] or 0 for job in jobs), default=0),
    }


def table(rows: list[dict[str, Any]], cores: int) -> str:
    """The rows as Markdown."""
    machine = f"{platform.system()} {platform.machine()}"
    lines = [
        f"{machine}, {cores} cores, Python {platform.python_version()}",
        "",
        "| what | jobs | wall, s | inside jobs, s CPU | overhead | largest job, MiB | aim |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        overhead = "" if row["overhead"] is None else f"{row['overhead']:.2f}"
        lines.append(
            f"| {row['what']} | {row['jobs']} | {row['wall']:.1f} | {row['inside']:.1f} "
            f"| {overhead} | {row['peak_mib']:.0f} | {AIMS.get(str(row['what']), '')} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
