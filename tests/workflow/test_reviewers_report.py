"""``snakemake --report``: made without a network, every result with a caption and a category."""

import json
import os
import re
import subprocess
import sys

import pytest

from fij_eval import places
from fij_eval.settings import load

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]


@pytest.fixture(scope="module")
def report(project, tmp_path_factory):
    """The report's page, made where every way out of the machine is closed."""
    page = tmp_path_factory.mktemp("reviewers") / "report.html"
    closed = dict.fromkeys(
        ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://[::]:9"
    )
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--report", str(page)],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")} | closed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return page.read_text(encoding="utf-8")


def variable(report, name):
    # the programs that travel inside have variables of this name as well, none of them JSON
    return json.loads(re.search(rf'(?m)^\s*var {name} = (\{{".*\}});?$', report)[1])


def wanted(project):
    """Every figure, table, record and document of the settings that come with the project."""
    results, reports = "results/demo", "reports/demo"
    languages = load(project / "config.yaml").languages
    for language in languages:
        for kind, suffix in (("figures", "svg"), ("tables", "csv")):
            for name in places.names(kind, str(project / "src")):
                yield f"{results}/{kind}/{language}/{name}.{suffix}"
    for names, suffix in (
        (places.DOCUMENTS, "pdf"),
        (places.WORKBOOKS, "xlsx"),
        (places.PAGES, "html"),
    ):
        yield from (f"{reports}/{name}.{suffix}" for name, own in names.items() if own in languages)
    yield from (f"{results}/estimates/{name}.csv" for name in places.ANALYSES)
    yield from (f"{results}/manifest.json", f"{results}/ro-crate-metadata.json")
    yield "data/processed/demo/checks.json"


def test_every_result_is_there_with_a_caption_of_its_own(project, report):
    results = variable(report, "results")
    assert set(results) == set(wanted(project))
    for path, result in results.items():
        words = re.sub(r"<[^>]+>", " ", result["caption"])
        assert len(words.split()) >= 10, path
        assert "system-message" not in result["caption"], path  # what docutils could not read
        assert not re.search(r"\{\{|\{%|None|undefined", words), path
        assert result["labels"], path
    picture = results["results/demo/figures/nb/fig09_series.svg"]
    shows = places.what("figures", "fig09_series", str(project / "src"))
    assert shows in picture["caption"]
    assert picture["labels"] == {"figure": "fig09_series", "language": "nb"}


def test_every_result_has_a_category_and_no_other_stands_there(project, report):
    categories = variable(report, "categories")
    assert set(categories) == {
        "Data", "Documents", "Estimates", "Figures", "Provenance", "Tables"
    }  # fmt: skip
    placed = [path for below in categories.values() for paths in below.values() for path in paths]
    assert sorted(placed) == sorted(wanted(project))
    assert set(categories["Figures"]) == set(load(project / "config.yaml").languages)


def test_results_travel_inside_and_nothing_is_asked_of_the_network(report):
    results = variable(report, "results")
    assert all(result["data_uri"].startswith("data:") for result in results.values())
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?:", report) == []
