"""How fast the json-stat2 parser is: one command, one table.

    python benchmarks/bench_parse.py [--cells 800000] [--repeat 3]

Parses one answer of Statbank's form and largest size, with signs for missing values, here and with
pyjstat, each in a process of its own: cells a second of computing (CPU time, which neighbours on
the machine hardly change; fastest of the tries) and peak memory. Only the parser here keeps the
signs: pyjstat drops `status`.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AIM = 5.0
SHAPE = (("Region", 400), ("Kjonn", 2), ("Alder", 125), ("ContentsCode", 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cells", type=int, default=800_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fij-eval-bench-") as folder:
        path = Path(folder, "data.json")
        size = write_answer(path, options.cells)
        rows = {}
        for name, work in (("fij_eval", here), ("pyjstat", pyjstat), ("json alone", json_alone)):
            # a fresh process each, so that one's memory is not the other's
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                rows[name] = pool.submit(measure, work, path, options.repeat).result()
        megabytes = path.stat().st_size / 2**20
    ratio = rows["pyjstat"][0] / rows["fij_eval"][0]
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; ", end="")
    print(f"{size:,} cells, {megabytes:.1f} MiB of JSON\n")
    print("| parser | s | cells a second | peak memory, MiB |\n|---|---:|---:|---:|")
    for name, (seconds, peak) in rows.items():
        print(f"| {name} | {seconds:.2f} | {size / seconds:,.0f} | {peak:.0f} |")
    print(f"\n{ratio:.1f} times as fast as pyjstat (aim: at least {AIM:.0f})")
    sys.exit(ratio < AIM)


def measure(work: Callable[[bytes], int], path: Path, repeat: int) -> tuple[float, float]:
    """Fastest CPU time in seconds, and the largest memory of the process in MiB."""
    content = path.read_bytes()
    work(b"")  # imports are no part of it
    tries = []
    for _ in range(repeat):
        begun = time.process_time()
        work(content)
        tries.append(time.process_time() - begun)
    return min(tries), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def here(content: bytes) -> int:
    """Bytes to a tidy frame with reasons, by this project."""
    from fij_eval.sources import jsonstat

    return len(jsonstat.parse(content, where="bench").frame()) if content else 0


def pyjstat(content: bytes) -> int:
    """Bytes to a frame, by pyjstat."""
    from pyjstat import pyjstat as package

    if not content:
        return 0
    return len(package.Dataset.read(content.decode()).write("dataframe", naming="id"))


def json_alone(content: bytes) -> int:
    """Bytes to Python's own objects: what no parser can be faster than with the json module."""
    return len(json.loads(content)["value"]) if content else 0


def write_answer(path: Path, cells: int) -> int:
    """An answer in Statbank's form of about so many cells, made up; every 50th has a sign."""
    block = 1
    for _, size in SHAPE:
        block *= size
    shape = (*SHAPE, ("Tid", max(1, cells // block)))
    total = block * shape[-1][1]
    dimension = {
        name: {
            "label": name,
            "category": {
                "index": {f"{name[0]}{n:04d}": n for n in reversed(range(size))},
                "label": {f"{name[0]}{n:04d}": f"{name} nr. {n}" for n in range(size)},
            },
        }
        for name, size in shape
    }
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": "benchmark",
        "updated": "2026-01-01T07:00:00Z",
        "id": [name for name, _ in shape],
        "size": [size for _, size in shape],
        "dimension": dimension,
        "value": [None if n % 50 == 0 else (n * 7919) % 4001 for n in range(total)],
        "status": {str(n): ":" for n in range(0, total, 50)},
    }
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
    return total


if __name__ == "__main__":
    main()
