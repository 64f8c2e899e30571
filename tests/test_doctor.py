"""The doctor says what is installed, which data exist and what is out of date."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fij_eval import doctor
from fij_eval.sources.store import RawStore

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        doctor.subprocess,
        "run",
        lambda *_, **__: SimpleNamespace(
            returncode=0, stdout="job  count\nfigure  2\nall  1\ntotal  3\n", stderr=""
        ),
    )
    return tmp_path


def lines(found):
    return " | ".join(found)


def test_a_lock_is_read_for_this_machine_alone():
    text = (
        "numpy==2.4.6 \\\n    --hash=sha256:0\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"
        "pandas==3.1.1 ; sys_platform != 'nowhere' \\\n    --hash=sha256:0\n"
    )
    found = dict(doctor.pinned(text))
    assert found["numpy"] == "2.4.6"
    assert found["pandas"] == "3.1.1"


def test_packages_that_differ_from_the_lock_are_named(folder):
    lock = folder / "requirements.lock"
    lock.write_text("numpy==0.1 \\\n    --hash=sha256:0\nno-such-thing==1\n", encoding="utf-8")
    said = lines(doctor._packages(lock))
    assert "2 of 2 differ" in said
    assert "numpy 0.1 (here: " in said
    assert "no-such-thing 1 (here: missing)" in said


def test_a_missing_lock_is_said(folder):
    assert "cannot be read" in lines(doctor._packages(folder / "none.lock"))


def test_raw_data_are_listed_by_mode_with_newest_vintage(folder):
    store = RawStore(Path("data/raw/live"))
    entries = [
        store.put(b"x", service="nav", item="a", vintage=day, filename="a.xlsx")
        for day in ("2025-01-06", "2026-01-06")
    ]
    store.write_index(Path("data/raw/live/index/nav.json"), entries)
    said = lines(doctor._raw(Path("data/raw")))
    assert "demo: none" in said
    assert "nav: 2 files, newest vintage 2026-01-06" in said
    Path("data/raw/live/nav/a/2025-01-06/a.xlsx").unlink()
    assert "not there: nav/a/2025-01-06/a.xlsx" in lines(doctor._raw(Path("data/raw")))


def test_a_broken_index_does_not_stop_the_doctor(folder):
    path = Path("data/raw/live/index/nav.json")
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    assert "nav: ATTENTION" in lines(doctor._raw(Path("data/raw")))


def test_what_would_run_is_told_by_rule(folder):
    assert (
        lines(doctor._out_of_date(Path("config.yaml"))) == "3 jobs would run: figure (2), all (1)"
    )


def test_a_workflow_that_cannot_be_planned_is_said(folder, monkeypatch):
    answer = SimpleNamespace(returncode=2, stdout="", stderr="mode: unknown\n")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: answer)
    assert "ATTENTION" in lines(doctor._out_of_date(Path("config.yaml")))


def test_the_whole_report_is_given_even_in_an_empty_folder(folder):
    text = doctor.report(Path("config.yaml"))
    for title in ("Program", "Packages", "Settings", "Raw data", "Out of date", "Disk"):
        assert f"{title}\n" in text
    assert "cannot be read" in text
