"""The RO-Crate says what the manifest says, the same each time, and its validator accepts it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
import requests
from rocrate.rocrate import ROCrate
from rocrate_validator import models, services
from rocrate_validator.utils import document_loader, http

from fij_eval.artefacts import write_json
from fij_eval.errors import InputError
from fij_eval.review import crate

#: One process makes the build in small for all.
pytestmark = pytest.mark.xdist_group("review")


@pytest.fixture
def described(manifest):
    output = manifest.with_name(crate.NAME)
    crate.write(manifest, output)
    return output


@pytest.fixture
def offline(monkeypatch):
    """The vocabulary from the library instead of the web; tests have no network."""
    vocabulary = resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()

    def get(_, url, **__):
        answer = requests.Response()
        answer.status_code = 200
        answer._content = vocabulary
        answer.headers["Content-Type"] = "application/ld+json"
        answer.url = url
        return answer

    monkeypatch.setattr(document_loader, "_fetch_json_ld", lambda _: json.loads(vocabulary))
    monkeypatch.setattr(http.HttpRequester, "get", get, raising=False)


def faults(folder):
    asked = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="process-run-crate",
        requirement_severity=models.Severity.REQUIRED,
    )
    return [
        f"{issue.check.identifier}: {issue.message}"
        for issue in services.validate(asked).get_issues()
    ]


def test_the_validator_of_the_profile_finds_no_fault(described, offline):
    assert faults(described.parent) == []


def test_the_validator_would_find_one(described, offline):
    """Without this an empty list of faults might mean that nothing was looked at."""
    content = json.loads(described.read_text(encoding="utf-8"))
    for entity in content["@graph"]:
        if entity["@type"] == "CreateAction":
            entity.pop("instrument")
    described.write_text(json.dumps(content), encoding="utf-8")
    assert any("instrument" in fault for fault in faults(described.parent))


def test_the_library_reads_every_job_with_its_files(described, manifest):
    jobs = json.loads(manifest.read_text(encoding="utf-8"))["jobs"]
    read = ROCrate(described.parent)
    actions = {each.id: each for each in read.get_by_type("CreateAction")}
    assert set(actions) == {f"#job/{name}" for name in jobs}
    main = actions["#job/estimates/main"]
    made = main["result"]
    results = made if isinstance(made, list) else [made]
    assert [each.id for each in results] == ["estimates/main.parquet"]
    checksum = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    assert results[0]["sha256"] == checksum["<results>/estimates/main.parquet"]


def test_raw_files_carry_vintage_and_say_that_they_are_simulated(described):
    content = json.loads(described.read_text(encoding="utf-8"))["@graph"]
    (raw,) = [e for e in content if e["@id"].endswith("nav/x/2025-01-06/d.json")]
    assert raw["version"] == "2025-01-06"
    assert "simulated" in raw["description"]
    (root,) = [e for e in content if e["@id"] == "./"]
    assert "Simulated data" in root["description"]
    assert root["datePublished"] == "2025-01-06"


def test_the_same_manifest_gives_the_same_bytes_without_time_or_place(described, manifest):
    before = described.read_bytes()
    crate.write(manifest, described)
    assert described.read_bytes() == before
    assert str(Path.cwd()).encode() not in before


def test_a_build_from_an_archive_has_the_crate_of_the_live_build(manifest):
    content = json.loads(manifest.read_text(encoding="utf-8")) | {"mode": "live"}
    for mode in ("live", "archive"):
        folder = Path("results", mode)
        write_json(folder / "manifest.json", content)
        crate.write(folder / "manifest.json", folder / crate.NAME)
    live, archive = (Path("results", mode, crate.NAME).read_bytes() for mode in ("live", "archive"))
    assert live == archive
    assert b"arcp://name,fij-eval.live/data/raw/live/" in live


def test_it_lies_beside_the_manifest_or_not_at_all(manifest):
    with pytest.raises(InputError, match="in its own folder"):
        crate.write(manifest, Path("elsewhere/ro-crate-metadata.json"))
    assert not Path("elsewhere").exists()
