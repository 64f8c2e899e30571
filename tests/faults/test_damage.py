"""Files cut off, copied by half, written by Windows, or Snakemake's own: a paragraph or the right
result, never a wrong one."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import hostile
import pytest

from fij_eval import build_memory
from whole_build import checksums, copy_of_build, copy_of_sources, fij_eval, planned, snakemake

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]


@pytest.fixture
def twin(project, tmp_path):
    return copy_of_build(project, tmp_path / "tvilling, æøå")


def test_a_snakemake_folder_that_is_gone_or_broken_hides_no_change_of_settings(twin, undisturbed):
    """Without its records Snakemake would take old results for those of other settings."""
    records = [p for p in (twin / ".snakemake/metadata").rglob("*") if p.is_file()]
    broken = [
        p
        for p in records
        if build_memory._named(p, twin / ".snakemake/metadata").startswith(
            "results/demo/tables/nb/tab05"
        )
    ]
    for path in broken:
        path.write_bytes(b"\xff\x00 no JSON")
    assert broken
    assert planned(twin)["table"] == 1
    assert checksums(twin) == undisturbed
    shutil.rmtree(twin / ".snakemake")
    jobs = planned(twin)
    assert jobs["records"] > 10
    assert {"raw_demo", "panel_table", "figure", "table", "numbers", "document"} <= set(jobs)
    (twin / ".snakemake").rename(twin / "gone")
    (twin / ".snakemake").write_bytes(b"\x00" * 100)
    code, said = snakemake(twin, "--dry-run", check=False)
    assert code == 3
    assert "Snakemake's folder is no folder" in said
    assert "Traceback" not in said
    assert checksums(twin) == undisturbed


def test_results_of_which_nothing_is_known_are_made_again_to_the_same_bytes(twin, undisturbed):
    for path in (twin / ".snakemake/metadata").rglob("*"):
        name = build_memory._named(path, twin / ".snakemake/metadata")
        if path.is_file() and name.startswith(("results/demo/tables", "reports", "results/demo/n")):
            path.write_bytes(b"{")
    _, said = snakemake(twin)
    assert "results are made again: it is not known how they were made" in " ".join(said.split())
    assert checksums(twin) == undisturbed
    assert planned(twin) == {}


def test_files_of_a_clock_that_was_ahead_hide_no_edit_and_stop_no_build(twin, undisturbed):
    """Snakemake alone takes results of the future for newer than any edit, and stops where a new
    result is older than what it is made from."""
    future = time.time() + 1e8
    for folder in ("src", "data", "results", "reports"):
        for path in (twin / folder).rglob("*"):
            os.utime(path, (future, future))
    parser = twin / "src/fij_eval/sources/imdi.py"
    parser.write_text(parser.read_text(encoding="utf-8") + "\n# seen\n", encoding="utf-8")
    jobs = planned(twin)
    assert jobs["parsed_imdi"] == 1
    assert not {"raw_demo", "parsed_nav"} & set(jobs)
    _, said = snakemake(twin, "--until", "parsed_imdi")
    assert "Finished" in said
    parser.write_text(parser.read_text("utf-8").removesuffix("\n# seen\n"), encoding="utf-8")
    snakemake(twin, "--until", "parsed_imdi")
    assert planned(twin) == {}
    assert checksums(twin) == undisturbed


def test_a_truncated_raw_file_stops_the_build_and_changes_no_result(twin, undisturbed):
    raw = next((twin / "data/raw/demo/nav").rglob("*.xlsx"))
    whole = raw.read_bytes()
    hostile.half(raw)
    code, said = snakemake(twin, "--forcerun", "parsed_nav", check=False)
    words = " ".join(said.split())
    assert code != 0
    assert "Traceback" not in said
    assert raw.name in words
    assert "What to do: restore the file from a copy of the archive" in words
    left = checksums(twin, ("results", "reports"))
    assert left == {p: c for p, c in undisturbed.items() if p in left}
    # the table that was to be parsed is gone rather than old, and comes back with the file
    raw.write_bytes(whole)
    snakemake(twin, "panel", "data/processed/demo/sources/nav_hl060.parquet")
    assert checksums(twin) == undisturbed
    assert planned(twin) == {}


@pytest.fixture
def bundle(project, tmp_path):
    path = tmp_path / "arkiv.tar"
    fij_eval(project, "archive", "export", "--mode", "demo", str(path), check=True)
    return path


def test_a_half_copied_bundle_is_refused_before_anything_is_unpacked(twin, bundle):
    hostile.half(bundle)
    shutil.move(bundle, twin / "arkiv.tar")
    setting = "archive={bundle: arkiv.tar}"
    code, said = snakemake(
        twin, "--config", "mode=archive", setting, "--until", "panel", check=False
    )
    assert code != 0
    assert "Traceback" not in said
    assert "arkiv.tar" in said
    assert "What to do" in said
    assert not list((twin / "data/raw/archive").rglob("*.json"))


@pytest.mark.parametrize("harm", ["cut off", "missing"])
def test_a_half_copied_archive_is_refused_before_any_job(twin, harm):
    shutil.copytree(twin / "data/raw/demo", twin / "data/raw/archive")
    raw = next((twin / "data/raw/archive/imdi").rglob("*.html"))
    hostile.half(raw) if harm == "cut off" else raw.unlink()
    code, said = snakemake(twin, "--config", "mode=archive", check=False)
    words = " ".join(said.split())
    assert code == 5
    assert raw.name in words
    assert "What to do" in words
    assert "Traceback" not in said
    assert not (twin / "results/archive").exists()


#: What a researcher edits, and what Windows writes with other line ends.
EDITED = ("config.yaml", "analysis_plan.yaml", "data/reference/*.csv", "data/reference/*.json")
SHOWN = (
    "results/demo/estimates/main.parquet",
    "results/demo/figures/nb/fig09_series.svg",
    "results/demo/tables/nb/tab01_participants.csv",
    "results/demo/tables/nb/tab05_main.csv",
)


def test_windows_line_ends_in_inputs_give_the_same_panel_and_results(undisturbed, tmp_path):
    folder = copy_of_sources(tmp_path / "windows")
    changed = 0
    for pattern in EDITED:
        for path in folder.glob(pattern):
            text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            path.write_bytes(text)
            changed += 1
    assert changed > 10
    snakemake(folder, "panel", *SHOWN)
    found = checksums(folder, ("data/processed", "results"))
    made = {p: c for p, c in found.items() if "/provenance/" not in p}
    assert set(SHOWN) < set(made)
    assert made == {path: undisturbed[path] for path in made}
    raw = checksums(folder, ("data/raw",))
    assert raw == {path: undisturbed[path] for path in raw}


def test_the_folder_of_the_build_is_hard_on_careless_quoting(project):
    """Every test here runs in a path with spaces and letters outside ASCII."""
    assert " " in Path(project).name
    assert "æøå" in Path(project).name
