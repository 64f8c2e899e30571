"""What the whole effect analysis of the embedded data takes: one command, one table.

    python benchmarks/bench_analyses.py [--cores 2]

Copies the project into a temporary folder, builds the panel, then times the stage of estimates,
whose jobs are the analyses: processor time of each from start to end, imports included, and the
stage's wall time. Writes ``benchmarks/analyses.csv``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import run

#: Seconds of compute on two cores that the whole analysis may take.
AIM = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fij-eval-bench-") as folder:
        project = run.copy(Path(folder) / "project")
        stage(project, "panel", options.cores)
        wall = stage(project, "estimates", options.cores)
        facts = [
            (path.stem, json.loads(path.read_text(encoding="utf-8")))
            for path in sorted((project / "logs").glob("*/estimates/*.json"))
        ]
    table = pd.DataFrame(
        [
            {"analysis": name, "cpu_seconds": f["cpu_seconds"], "peak_mib": f["peak_memory_mib"]}
            for name, f in facts
        ]
    )
    total = float(table["cpu_seconds"].sum())
    whole = {"analysis": "all, CPU", "cpu_seconds": total, "peak_mib": table["peak_mib"].max()}
    stood = {"analysis": f"all, wall on {options.cores} cores, Snakemake included"}
    table = pd.concat(
        [table, pd.DataFrame([whole, {**stood, "cpu_seconds": wall}])], ignore_index=True
    ).rename(columns={"cpu_seconds": "seconds"})
    table.to_csv(
        run.ROOT / "benchmarks/analyses.csv", index=False, float_format="%.4g", lineterminator="\n"
    )
    print(table.to_string(index=False))
    sys.exit(total > AIM)


def stage(project: Path, name: str, cores: int) -> float:
    """Build a stage and return its wall time."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", str(cores), name],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name}: Snakemake ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
