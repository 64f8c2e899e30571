"""From the services to the reports in the mode live, against the stand-in: the same estimates as
the demo from the same figures; and all of it again from a bundle, without network, byte for byte.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
import standin_server
import standin_world
import yaml

from fij_eval import places, settings
from fij_eval.artefacts import sha256_of_file
from fij_eval.sources import fetch

ROOT = Path(__file__).parent.parent.parent.parent
KEPT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".snakemake", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "logs"
)
MADE = ("data/raw", "data/processed", "data/manual", "results", "reports", "benchmarks")
#: Columns that say where a figure came from, not what it is.
PROVENANCE = re.compile(r"vintage|source|simulated")

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("live_build")]


def run(project, *command, check=True):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src"), "PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert not check or done.returncode == 0, said
    return done.returncode, " ".join(said.split())


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy with the demo built, and built in the mode live from the demo's figures."""
    folder = tmp_path_factory.mktemp("live") / "a copy"
    shutil.copytree(ROOT, folder, ignore=KEPT_OUT)
    for name in MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    quicker(folder / "config.yaml")
    run(folder, "snakemake", "panel", "estimates")
    demo = folder / "data/raw/demo"
    with standin_server.running() as standin:
        articles = standin_world.serve(standin, demo)
        standin_world.drop(demo, folder / "data/manual")
        content = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        years = content["live"]["imdi"]["years"]
        content["live"] = standin_server.live_settings(standin, read_seconds=20)
        content["live"]["imdi"]["years"] = years
        content["live"]["statbank"]["max_cells"] = 3000  # so that several tables are split
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        follow(folder, standin, articles)
        shapes = standin_world.boundaries(folder / "data/reference")
        standin.page("/kart", shapes, "application/json")
        run(folder, "fij_eval", "fetch", "kartverket")
        passing_faults(standin)
        run(folder, "snakemake", "--config", "mode=live")
        asked = len(standin.asked)
        yield folder, standin, asked


def quicker(config):
    """Settings with fewer draws and one language: what is compared does not turn on them."""
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["languages"] = ["nb"]
    content["inference"]["draws"] = 499
    content["robustness"] |= {
        "curve_draws": 199,
        "aa_draws": 199,
        "aa_estimator_draws": 50,
        "synthetic_draws": 50,
    }
    config.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def passing_faults(standin):
    """What goes wrong on the way and passes: it may cost time, and nothing else."""
    standin.order("/codes", standin_server.status(429, retry_after="0"))
    standin.order("/tables/07459", standin_server.status(503, retry_after="0"))
    standin.order("/tables/09817/data", standin_server.compressed)
    standin.order("/tables/13563/data", standin_server.trouble("short"))
    standin.order("/imdi/2024", standin_server.latin1)
    standin.order("/imdi/2023", standin_server.trouble("reset"))


def follow(folder, standin, articles):
    """Fetch the article on each day that it was changed, as one who follows it does."""
    found = settings.load(folder / "config.yaml")
    root = folder / "data/raw/live"
    for day, content in articles:
        standin.page("/article", content)
        tools = fetch.fetching(
            root,
            live=found.live,
            tables=found.tables,
            manual=folder / "data/manual",
            now=lambda day=day: datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=UTC),
        )
        fetch.fetch("ssb_article", tools)
    (root / "index/ssb_article.json").unlink()


def read(project, path):
    frame = pd.read_parquet(project / path)
    return frame[[name for name in frame.columns if not PROVENANCE.search(name)]]


def test_live_gives_the_same_panel_as_the_demo_from_the_same_figures(project):
    folder, _, _ = project
    live = read(folder, "data/processed/live/panel.parquet")
    pd.testing.assert_frame_equal(live, read(folder, "data/processed/demo/panel.parquet"))
    assert live["share"].notna().sum() > 1000


@pytest.mark.parametrize("analysis", places.ANALYSES)
def test_live_gives_the_same_estimates_as_the_demo(project, analysis):
    folder, _, _ = project
    live, demo = (
        read(folder, f"results/{mode}/estimates/{analysis}.parquet") for mode in ("live", "demo")
    )
    assert len(live)
    pd.testing.assert_frame_equal(live, demo)


def test_nothing_in_the_live_archive_is_called_simulated_by_the_clients(project):
    folder, _, _ = project
    for index in (folder / "data/raw/live/index").glob("*.json"):
        assert not any(row["simulated"] for row in json.loads(index.read_text("utf-8"))["entries"])


def test_faults_that_pass_were_met_on_the_way(project):
    _, standin, _ = project
    assert standin.met == 6


def test_the_map_has_the_boundaries_that_were_fetched(project):
    folder, _, _ = project
    words = json.loads((folder / "results/live/figures/nb/fig07_map.json").read_text("utf-8"))
    assert "© Kartverket" in words["source"]
    manifest = json.loads((folder / "results/live/manifest.json").read_text("utf-8"))
    assert manifest["jobs"]["figures/nb/fig07_map"]["services"] == ["kartverket"]
    assert [e["path"] for e in manifest["sources"] if e["service"] == "kartverket"]


def test_every_vintage_of_the_article_is_archived(project):
    folder, _, _ = project
    vintages = {
        mode: {
            path.parent.relative_to(folder / f"data/raw/{mode}").as_posix()
            for path in (folder / f"data/raw/{mode}/ssb_article").rglob("*.meta.json")
        }
        for mode in ("live", "demo")
    }
    assert vintages["live"] == vintages["demo"]


def test_a_second_run_asks_nobody_anything(project):
    folder, standin, asked = project
    _, said = run(folder, "snakemake", "--config", "mode=live")
    assert "Nothing to be done" in said
    assert len(standin.asked) == asked


@pytest.fixture(scope="module")
def rebuilt(project):
    """The folder after a build from a bundle of what was fetched; how often anyone was asked."""
    folder, standin, _ = project
    before = len(standin.asked)
    for name in ("one.tar", "two.tar"):
        run(folder, "fij_eval", "archive", "export", name)
    run(folder, "snakemake", "--config", "mode=archive", "archive={bundle: one.tar}")
    return folder, len(standin.asked) - before


def sums(folder):
    """Checksum of every file below a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): sha256_of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_archive_gives_the_same_bundle_each_time(rebuilt):
    folder, _ = rebuilt
    assert sha256_of_file(folder / "one.tar") == sha256_of_file(folder / "two.tar")


@pytest.mark.parametrize(
    ("place", "among"),
    [
        ("data/processed/{}", ["panel.parquet", "checks.json", "sources/nav_hl060.parquet"]),
        (
            "results/{}",
            [
                "estimates/main.parquet",
                "figures/nb/fig07_map.svg",
                "tables/nb/tab05_main.csv",
                "numbers/nb.json",
                "provenance/panel.json",
                "manifest.json",
                "ro-crate-metadata.json",
            ],
        ),
        ("reports/{}", ["rapport.pdf", "kort.pdf", "tabeller.xlsx", "utforsk.html"]),
    ],
)
def test_a_bundle_rebuilds_the_same_bytes_without_network(rebuilt, place, among):
    folder, asked = rebuilt
    assert asked == 0
    live, archive = (sums(folder / place.format(mode)) for mode in ("live", "archive"))
    assert set(among) <= set(live)
    assert archive == live


def test_a_report_built_on_fetched_files_is_verified_against_the_opened_bundle(rebuilt):
    folder, _ = rebuilt
    report = folder / "live.pdf"
    shutil.copyfile(folder / "reports/live/rapport.pdf", report)
    hidden = [folder / "data/raw/live", folder / "results/live"]
    for path in hidden:
        path.rename(path.with_name("elsewhere"))
    code, said = run(folder, "fij_eval", "verify", report.name, check=False)
    for path in hidden:
        path.with_name("elsewhere").rename(path)
    assert (code, "This folder rebuilds it" in said) == (0, True), said
    assert "mode archive" in said


def test_without_network_a_new_fetch_says_what_is_archived_and_leaves_the_index(project):
    folder, standin, _ = project
    index = folder / "data/raw/live/index/klass.json"
    before = index.read_bytes()
    standin.order("/klass", standin_server.trouble("reset"), times=99)
    fast = ("--config", "mode=live", "live={attempts: 1}")
    code, said = run(folder, "snakemake", "raw", "-R", "fetch_klass", *fast, check=False)
    standin.faults.clear()
    assert code != 0
    assert "mode: archive" in said
    assert "The archive holds" in said
    assert index.read_bytes() == before


def test_a_changed_raw_file_stops_the_build(project):
    folder, _, _ = project
    place = next((folder / "data/raw/live/klass").rglob("data.json"))
    content = place.read_bytes()
    place.write_bytes(content.replace(b"Oslo", b"Osla", 1))
    code, said = run(folder, "snakemake", "-n", "--config", "mode=live", check=False)
    place.write_bytes(content)
    assert code == 5
    assert "no longer has the checksum" in said
