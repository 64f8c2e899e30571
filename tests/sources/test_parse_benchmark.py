"""The benchmark of the json-stat2 parser runs, and both parsers read the same figures in it."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from fij_eval.sources import jsonstat

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import bench_parse  # noqa: E402 -- found by the line above


def test_it_tells_cells_a_second_and_peak_memory_of_both_parsers():
    command = [sys.executable, "benchmarks/bench_parse.py", "--cells", "100000", "--repeat", "1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr  # 1: slower than it aims to be, on a busy machine
    assert "| parser | s | cells a second | peak memory, MiB |" in run.stdout
    for name in ("fij_eval", "pyjstat", "json alone"):
        row = re.search(rf"\| {name} \| [\d.]+ \| ([\d,]+) \| (\d+) \|", run.stdout)
        assert row, run.stdout
        assert int(row[1].replace(",", "")) > 0
        assert int(row[2]) > 10  # a Python process needs as much before it reads anything
    assert re.search(r"[\d.]+ times as fast as pyjstat \(aim: at least 5\)", run.stdout)


def test_both_parsers_read_the_same_figures(tmp_path):
    from pyjstat import pyjstat

    path = tmp_path / "data.json"
    cells = bench_parse.write_answer(path, 100_000)
    content = path.read_bytes()
    ours = jsonstat.parse(content, where="bench").frame()["value"]
    theirs = pyjstat.Dataset.read(content.decode()).write("dataframe", naming="id")["value"]
    assert len(ours) == cells
    assert ours.isna().sum() == cells // 50
    pd.testing.assert_series_equal(ours, theirs.astype("float64"), check_names=False)
