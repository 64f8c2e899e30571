"""A document is held against a folder by the manifest inside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_build

from fij_eval import cli
from fij_eval.artefacts import sha256_of, write_json
from fij_eval.errors import InputError
from fij_eval.review import verify

#: One process makes the build in small for all.
pytestmark = pytest.mark.xdist_group("review")

CONFIG = Path("config.yaml")


@pytest.fixture
def pdf(manifest):
    return small_build.document(Path("reports/demo/rapport.pdf"), manifest, Path(small_build.TABLE))


def test_the_folder_that_built_it_rebuilds_it(pdf, manifest):
    found = verify.verify(pdf, config=CONFIG)
    assert found.rebuilds, (found.broken, found.differences)
    assert found.build_id == sha256_of(manifest.read_bytes())[:12]
    assert "byte for byte" in found.built
    assert all(count for what, count in found.checked.items() if what != "raw files")


def test_the_exit_code_tells(pdf, capsys):
    assert cli.main(["verify", str(pdf)]) == 0
    assert "This folder rebuilds it" in capsys.readouterr().out
    small_build.tampered(small_build.CODE)
    assert cli.main(["verify", str(pdf)]) == 1
    assert f"file {small_build.CODE} differs" in capsys.readouterr().out


def test_a_file_that_is_gone_and_one_that_differs_are_named(pdf):
    Path("data/reference/interim_report.csv").unlink()
    small_build.tampered("data/reference/register.csv")
    assert set(verify.verify(pdf, config=CONFIG).differences) == {
        "file data/reference/interim_report.csv is not here",
        "file data/reference/register.csv differs",
    }


def test_what_a_build_makes_along_the_way_need_not_be_here(pdf):
    Path("data/processed/demo/panel.parquet").unlink()
    assert verify.verify(pdf, config=CONFIG).rebuilds


def test_a_setting_that_differs_is_named_with_both_values(pdf):
    text = CONFIG.read_text(encoding="utf-8")
    CONFIG.write_text(text.replace("base_months: 12", "base_months: 6"), encoding="utf-8")
    (line,) = verify.verify(pdf, config=CONFIG).differences
    assert line == "setting windows.base_months: 12 in the document, 6 in config.yaml"


def test_a_package_of_another_version_is_named(pdf, manifest):
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["jobs"]["panel"]["packages"] = {"numpy": "0.1", "no-such-package": "1.0"}
    write_json(manifest, content)
    other = small_build.document(Path("other.pdf"), manifest)
    found = verify.verify(other, config=CONFIG).differences
    assert "package no-such-package: 1.0 in the document, not installed here" in found


def test_raw_files_that_nothing_here_makes_must_be_here(pdf, manifest):
    content = json.loads(manifest.read_text(encoding="utf-8"))
    del content["results"]["<raw>/index/nav.json"]  # as in a mode that fetches
    write_json(manifest, content)
    other = small_build.document(Path("other.pdf"), manifest)
    assert verify.verify(other, config=CONFIG).rebuilds
    Path("data/raw/demo/nav/x/2025-01-06/d.json").unlink()
    (line,) = verify.verify(other, config=CONFIG).differences
    assert line == "raw file data/raw/demo/nav/x/2025-01-06/d.json is not here"


def fetched(manifest):
    """The manifest as of a live build, whose raw files no job makes."""
    content = json.loads(manifest.read_text(encoding="utf-8")) | {"mode": "live"}
    del content["results"]["<raw>/index/nav.json"]
    return content


def test_a_document_of_fetched_files_is_held_against_the_archive_that_is_here(pdf, manifest):
    content = fetched(manifest)
    write_json(manifest, content)
    other = small_build.document(Path("other.pdf"), manifest)
    Path("data/raw/demo").rename("data/raw/archive")
    found = verify.verify(other, config=CONFIG)
    assert found.rebuilds, found.differences
    assert (found.mode, found.built) == ("archive", "")
    write_json(Path("results/archive/manifest.json"), content)
    assert (
        "results/archive/manifest.json is the manifest" in verify.verify(other, config=CONFIG).built
    )


def test_a_document_of_fetched_files_is_held_against_those_fetched_here_first(pdf, manifest):
    content = fetched(manifest)
    write_json(manifest, content)
    other = small_build.document(Path("other.pdf"), manifest)
    Path("data/raw/demo").rename("data/raw/live")
    Path("data/raw/archive/index").mkdir(parents=True)
    Path("data/raw/archive/index/nav.json").write_text("{}", encoding="utf-8")
    assert verify.verify(other, config=CONFIG).mode == "live"
    write_json(Path("results/archive/manifest.json"), content)
    assert verify.verify(other, config=CONFIG).mode == "archive"  # it was built here


def test_a_table_inside_that_was_changed_is_told(manifest):
    changed = Path("elsewhere/tab.csv")
    changed.parent.mkdir()
    changed.write_text("a;b\n1;3\n", encoding="utf-8")
    found = verify.verify(small_build.document(Path("x.pdf"), manifest, changed), config=CONFIG)
    assert found.broken == ("inside the document: tab.csv is not the one of its manifest",)
    assert not found.rebuilds


def test_another_build_in_the_folder_is_told(pdf, manifest):
    write_json(manifest, json.loads(manifest.read_text(encoding="utf-8")) | {"seed": 1})
    assert "another build" in verify.verify(pdf, config=CONFIG).built


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no pdf", "cannot be read as a PDF"), (None, "cannot be read as a PDF")],
)
def test_a_file_that_is_no_document_is_refused(tmp_path, content, words):
    path = tmp_path / "x.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        verify.verify(path, config=CONFIG)


def test_a_document_without_a_manifest_or_with_a_broken_one_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no manifest\.json inside"):
        verify.verify(small_build.document(tmp_path / "x.pdf"), config=CONFIG)
    broken = tmp_path / "manifest.json"
    for content in (b"{", b"[]", b'{"files": 1}'):
        broken.write_bytes(content)
        with pytest.raises(InputError, match="manifest cannot be read"):
            verify.verify(small_build.document(tmp_path / "y.pdf", broken), config=CONFIG)
