"""A result whose making is not known is made again; nothing is deleted, nothing fetched again."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from fij_eval import build_memory
from fij_eval.artefacts import write_text
from fij_eval.errors import InputError

NOW = 1_700_000_000.0
TABLE = "results/demo/tables/nb/tab.csv"
PANEL = "data/processed/demo/panel.parquet"


def record(kind, name, content):
    path = Path(".snakemake", kind, base64.urlsafe_b64encode(name.encode()).decode())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (TABLE, PANEL):
        write_text(Path(name), "x\n")
        os.utime(name, (NOW, NOW))
        record("metadata", name, json.dumps({"params": []}).encode())


def old(name):
    return Path(name).stat().st_mtime == build_memory.LONG_AGO


def test_what_is_known_stays_as_it_is():
    assert build_memory.check("demo") == []
    assert Path(TABLE).stat().st_mtime == NOW


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"\x00" * 40])
def test_a_broken_record_is_dropped_and_its_result_counts_as_old(content):
    path = record("metadata", TABLE, content)
    assert build_memory.check("demo") == [TABLE]
    assert old(TABLE)
    assert Path(TABLE).read_text(encoding="utf-8") == "x\n"
    assert not old(PANEL)
    assert not path.exists()


def test_a_broken_mark_of_a_begun_job_counts_as_begun():
    record("incomplete", TABLE, b"\xff")
    assert build_memory.check("demo") == [TABLE]


def test_without_any_record_everything_is_made_again():
    for path in Path(".snakemake").rglob("*"):
        if path.is_file():
            path.unlink()
    assert build_memory.check("demo") == [PANEL, TABLE]


def test_records_of_long_paths_are_cut_into_folders():
    name = f"results/demo/{'a' * 100}/{'b' * 100}.csv"
    write_text(Path(name), "x\n")
    text = base64.urlsafe_b64encode(name.encode()).decode()
    path = Path(".snakemake/metadata", f"@{text[:254]}", text[254:])
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")
    assert build_memory.check("demo") == []


@pytest.mark.parametrize("name", ["results/live/x.csv", "data/raw/live/index/nav.json"])
def test_other_modes_and_what_was_fetched_are_left_alone(name):
    write_text(Path(name), "x\n")
    assert build_memory.check("demo") == []
    assert "data/raw/live/index/nav.json" not in build_memory.check("live")
    assert not old("data/raw/live/index/nav.json") if "raw" in name else old(name)


def test_a_file_in_the_folders_place_is_told():
    with pytest.raises(InputError, match="delete it"):
        build_memory.check("demo", Path(TABLE))
