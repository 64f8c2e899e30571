"""Records of provenance and the manifest that joins them."""

import json
import re
from pathlib import Path

import pytest

from fij_eval import places, provenance
from fij_eval.artefacts import sha256_of, write_json
from fij_eval.errors import CheckError, InputError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(monkeypatch, tmp_path):
    """A folder with one raw index and two jobs' files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "code", lambda *_: [])
    monkeypatch.setattr(places, "packages", lambda *_: {})
    (tmp_path / "a.csv").write_text("a\n", encoding="utf-8")
    entry = {
        "service": "nav",
        "item": "hl060-2024",
        "vintage": "2025-01-06",
        "path": "nav/hl060-2024/2025-01-06/x.xlsx",
        "sha256": "0" * 64,
        "size": 1,
        "retrieved": "2025-02-01T10:11:12Z",
    }
    write_json(Path("data/raw/demo/index/nav.json"), {"entries": [entry]})
    return tmp_path


def job(name, inputs, outputs, **more):
    path = Path("results/demo/provenance") / f"{name}.json"
    content = {
        "rule": name,
        "command": ["do", name],
        "inputs": inputs,
        "outputs": outputs,
        "code": {},
        "packages": {},
        "settings": {"seed": 7},
    }
    write_json(path, content | more)
    return path


def gathered(*records):
    output = Path("results/demo/manifest.json")
    provenance.write_manifest(records, output, settings={"mode": "demo", "seed": 7})
    return json.loads(output.read_text(encoding="utf-8"))


INDEX = "<raw>/index/nav.json"


def test_a_record_holds_checksums_of_all_that_the_job_saw(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = provenance.record(
        rule="x",
        command=["x"],
        inputs=[Path("config.yaml")],
        outputs=[Path("LICENSE")],
        code=["src/fij_eval/months.py"],
        packages={"numpy": "2"},
        settings={},
    )
    assert found["inputs"] == {"config.yaml": sha256_of(Path("config.yaml").read_bytes())}
    assert found["outputs"] == {"LICENSE": sha256_of(Path("LICENSE").read_bytes())}
    assert list(found["code"]) == ["src/fij_eval/months.py"]


@pytest.mark.parametrize("path", ["/etc/hostname", "../x", "none.csv"])
def test_a_file_outside_the_project_or_missing_is_refused(project, path):
    with pytest.raises(InputError, match=re.escape(path)):
        provenance.checksums([Path(path)])


def test_a_record_is_refused_where_other_code_ran(project):
    with pytest.raises(InputError, match="not the one in this folder"):
        provenance.record(
            rule="x", command=[], inputs=[], outputs=[], code=[], packages={}, settings={}
        )


def test_the_manifest_follows_each_result_back_to_its_sources(project):
    found = gathered(
        job("parsed", {INDEX: "1"}, {"p.parquet": "2"}),
        job("panel", {"p.parquet": "2", "a.csv": "3"}, {"panel.parquet": "4"}),
        job("aside", {"a.csv": "3"}, {"aside.svg": "5"}),
    )
    assert found["results"]["panel.parquet"] == "panel"
    assert found["jobs"]["panel"]["services"] == ["nav"]
    assert found["jobs"]["aside"]["services"] == []
    assert found["jobs"]["panel"]["seed"] == 7
    assert found["files"]["p.parquet"] == "2"
    assert [entry["vintage"] for entry in found["sources"]] == ["2025-01-06"]


def test_the_manifest_holds_no_time_of_fetching(project):
    """A raw archive fetched again on another day gives the same manifest from the same bytes."""
    gathered(job("parsed", {INDEX: "1"}, {"p.parquet": "2"}))
    text = Path("results/demo/manifest.json").read_text(encoding="utf-8")
    assert "10:11:12" not in text
    assert str(project) not in text


def kept_of(mode, *, simulated=False):
    """Record and manifest of a build on one raw file, by what lies in the mode's folder."""
    entry = {"service": "nav", "item": "x", "vintage": "1", "path": "nav/x/1/x", "sha256": "0"}
    index = Path(f"data/raw/{mode}/index/nav.json")
    write_json(index, {"entries": [entry | {"size": 1, "simulated": simulated}]})
    table = Path(f"data/processed/{mode}/sources/nav.parquet")
    table.parent.mkdir(parents=True)
    table.write_bytes(b"table")
    written = Path(f"results/{mode}/provenance/parsed_nav.json")
    content = provenance.record(
        rule="parsed_nav",
        command=["parse", "nav", "--index", str(index), f"--input=nav={table}", "--settings", "{}"],
        inputs=[index],
        outputs=[table],
        code=[],
        packages={},
        settings={},
    )
    write_json(written, content)
    manifest = Path(f"results/{mode}/manifest.json")
    provenance.write_manifest([written], manifest, settings={"mode": mode, "seed": 7})
    return written.read_bytes(), manifest.read_bytes()


def test_an_archive_of_fetched_files_gives_the_record_and_manifest_of_the_live_build(
    project, monkeypatch
):
    monkeypatch.setattr(provenance, "_same_code", lambda: None)
    live, archive = (kept_of(mode) for mode in ("live", "archive"))
    assert live == archive
    assert json.loads(live[1])["mode"] == "live"
    command = json.loads(live[0])["command"]
    assert command[2:5] == ["--index", INDEX, "--input=nav=<processed>/sources/nav.parquet"]


def test_an_archive_of_the_demo_says_that_its_figures_are_the_demos(project, monkeypatch):
    monkeypatch.setattr(provenance, "_same_code", lambda: None)
    assert json.loads(kept_of("archive", simulated=True)[1])["mode"] == "demo"


def test_results_that_do_not_belong_together_stop_the_manifest(project):
    one = job("one", {"a.csv": "1"}, {"one.csv": "2"})
    two = job("two", {"a.csv": "9"}, {"two.csv": "3"})
    with pytest.raises(CheckError, match=r"«one» and «two».*a\.csv"):
        gathered(one, two)
    assert not Path("results/demo/manifest.json").exists()


def test_a_result_made_from_an_older_file_stops_the_manifest(project):
    one = job("one", {}, {"p.parquet": "new"})
    two = job("two", {"p.parquet": "old"}, {"two.csv": "3"})
    with pytest.raises(CheckError, match=r"p\.parquet"):
        gathered(one, two)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"rule": "x"}',
        "{",
        '{"rule": "x", "command": [], "inputs": {}, "outputs": {}, "code": {}, "packages": {}}',
    ],
)
def test_a_broken_record_is_named(project, text):
    path = Path("results/demo/provenance/x.json")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.json"):
        gathered(path)


def test_the_order_of_records_changes_nothing(project):
    one = job("one", {"a.csv": "1"}, {"one.csv": "2"})
    two = job("two", {"a.csv": "1"}, {"two.csv": "3"})
    assert json.dumps(gathered(one, two)) == json.dumps(gathered(two, one))
