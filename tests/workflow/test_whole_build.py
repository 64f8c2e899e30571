"""The whole way on a copy of the project: built once, then asked what each edit would rerun."""

import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fij_eval import one_build, places
from fij_eval.artefacts import sha256_of_file
from fij_eval.errors import BusyError
from fij_eval.settings import load
from whole_build import ROOT, copy_of_build, fij_eval, planned, snakemake

#: Languages of the settings that come with the project.
LANGUAGES = load(ROOT / "config.yaml").languages

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]


@pytest.fixture
def edited(project):
    """Edit files of the copy; all are as before after the test."""
    before = {}

    def edit(name, change):
        path = project / name
        text = path.read_text(encoding="utf-8")
        before.setdefault(path, text)
        path.write_text(change(text), encoding="utf-8")

    yield edit
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")


def test_a_build_gives_report_tables_figures_and_manifest(project):
    kinds = {"pdf": places.DOCUMENTS, "xlsx": places.WORKBOOKS, "html": places.PAGES}
    begins = {"pdf": b"%PDF-", "xlsx": b"PK", "html": b"<!doctype html>"}
    for kind, names in kinds.items():
        for name in names:
            assert (project / f"reports/demo/{name}.{kind}").read_bytes().startswith(begins[kind])
    for language in LANGUAGES:
        for name in places.names("figures", str(ROOT / "src")):
            assert (project / f"results/demo/figures/{language}/{name}.svg").stat().st_size > 1000
        for name in places.names("tables", str(ROOT / "src")):
            table = project / f"results/demo/tables/{language}/{name}.json"
            assert json.loads(table.read_text("utf-8"))["rows"]


def test_the_folder_that_built_a_report_rebuilds_it(project, edited):
    code, said = fij_eval(project, "verify", "reports/demo/rapport.pdf")
    assert (code, "This folder rebuilds it" in said) == (0, True), said
    edited("src/fij_eval/effects/twfe.py", lambda text: text + "\n# seen\n")
    code, said = fij_eval(project, "verify", "reports/demo/rapport.pdf")
    assert (code, "file src/fij_eval/effects/twfe.py differs" in said) == (1, True), said


def test_a_number_of_the_report_is_traced_to_record_and_raw_files(project):
    code, said = fij_eval(project, "explain", "did.municipality_average.pp")
    assert code == 0, said
    assert re.findall(r"^  record (\S+)$", said, re.MULTILINE) == ["did_municipality.att"]
    assert "ssb_article 2025-12  2026-03-12" in said


def test_a_build_compared_with_itself_is_the_same(project):
    code, said = fij_eval(project, "compare", "results/demo", "results/demo")
    assert (code, "The results are the same" in said) == (0, True), said


def test_a_second_run_does_nothing(project):
    _, said = snakemake(project)
    assert "Nothing to be done" in said


def test_a_file_that_is_touched_but_not_changed_reruns_nothing(project):
    (project / "src/fij_eval/panel/build.py").touch()
    (project / "data/reference/municipalities.csv").touch()
    assert planned(project) == {}


def test_an_edit_in_one_figure_remakes_that_figure_and_what_shows_it(project, edited):
    edited("src/fij_eval/report/figures/fig09_series.py", lambda text: text + "\n# seen\n")
    last = {"crate": 1, "document": len(places.DOCUMENTS)}
    last |= {"workbook": len(places.WORKBOOKS), "explorer": len(places.PAGES)}
    assert planned(project) == {"figure": len(LANGUAGES), "manifest": 1, **last, "all": 1}


def test_an_edit_that_is_taken_back_reruns_nothing(project, edited):
    name = "src/fij_eval/effects/twfe.py"
    source = (project / "src").as_posix()
    depending = [
        analysis
        for analysis in places.ANALYSES
        if (project / name).as_posix() in places.code("estimates", analysis, source)
    ]
    assert "main" in depending
    assert "description" not in depending
    edited("src/fij_eval/effects/twfe.py", lambda text: text + "\n# seen\n")
    # those that use the estimator, and those that read the records of these
    assert planned(project)["records"] >= len(depending)
    assert planned(project)["records"] < len(places.ANALYSES)
    edited("src/fij_eval/effects/twfe.py", lambda text: text.removesuffix("\n# seen\n"))
    assert planned(project) == {}


def test_an_edit_of_the_command_line_reruns_nothing(project, edited):
    edited("src/fij_eval/cli.py", lambda text: text + "\n# seen\n")
    edited("src/fij_eval/verbs.py", lambda text: text + "\n# seen\n")
    assert planned(project) == {}


def test_an_edit_of_one_parser_leaves_the_other_parsers(project, edited):
    edited("src/fij_eval/sources/imdi.py", lambda text: text + "\n# seen\n")
    jobs = planned(project)
    assert jobs["parsed_imdi"] == 1
    assert not {"raw_demo", "parsed_nav", "parsed_klass", "parsed_statbank"} & set(jobs)
    assert {"panel_table", "records", "manifest", "document"} <= set(jobs)


@pytest.mark.parametrize(
    ("setting", "rerun", "kept"),
    [
        ("inference={level: 0.9}", {"records", "numbers", "manifest"}, {"panel_table", "raw_demo"}),
        ("report={status: final}", {"numbers", "document"}, {"records", "figure", "panel_table"}),
        ("demo={effect_pp: 0}", {"raw_demo", "panel_table", "records", "document"}, set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_reruns_what_depends_on_it_and_nothing_else(project, setting, rerun, kept):
    jobs = planned(project, "--config", setting)
    assert rerun <= set(jobs)
    assert not kept & set(jobs)


def test_one_rule_again_is_that_rule_and_nothing_after_it(project):
    """As README and review.md say; with ``--until`` Snakemake loses jobs of a rule that feed on
    others of the same rule."""
    rule = ("-R", "records", "--", "estimates")
    assert planned(project, *rule) == {"records": len(places.ANALYSES), "estimates": 1}
    for page in ("README.md", "docs/review.md"):
        text = (project / page).read_text(encoding="utf-8")
        assert f"snakemake {' '.join(rule)}" in text
        assert "--until records" not in text


def test_a_command_that_snakemake_prints_runs_alone_and_gives_the_same_bytes(project):
    target = "results/demo/tables/nb/tab05_main.csv"
    before = sha256_of_file(project / target)
    _, said = snakemake(project, "--dry-run", "--quiet", "host", "--force", target)
    command = re.search(r"^Shell command: (fij-eval table tab05_main .*)$", said, re.MULTILINE)[1]
    (project / target).unlink()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-c", command],  # noqa: S607 -- as a reviewer pastes it into a shell
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src"), "PATH": path},
        check=True,
    )
    assert sha256_of_file(project / target) == before


def test_a_second_build_in_the_folder_is_refused_with_one_paragraph(project, edited):
    edited("src/fij_eval/report/figures/fig09_series.py", lambda text: text + "\n# seen\n")
    held = one_build.hold(project / one_build.LOCK)
    code, said = snakemake(project, check=False)
    held.close()
    assert code == BusyError.exit_code
    assert "Another build is at work" in said
    assert "Traceback" not in said
    assert (project / "results/demo/figures/nb/fig09_series.svg").exists()


def test_a_build_that_is_killed_goes_on_next_time_to_the_same_bytes(project, edited):
    figure = project / "results/demo/figures/nb/fig09_series.svg"
    pdf = project / "reports/demo/rapport.pdf"
    before = (sha256_of_file(figure), sha256_of_file(pdf))
    edited("src/fij_eval/report/figures/fig09_series.py", lambda text: text + "\n# seen\n")
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        # Snakemake takes a job's outputs away before it starts: then it is in the middle
        for _ in range(600):
            if not figure.exists():
                break
            time.sleep(0.1)
        assert not figure.exists()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    edited(
        "src/fij_eval/report/figures/fig09_series.py", lambda text: text.removesuffix("\n# seen\n")
    )
    snakemake(project)
    assert (sha256_of_file(figure), sha256_of_file(pdf)) == before
    assert planned(project) == {}


def manifest_of(project):
    text = (project / "results/demo/manifest.json").read_text(encoding="utf-8")
    assert '"data/processed/demo' not in text  # folders go without their mode
    return json.loads(places.in_mode(text, "demo"))


#: The manifest itself, and the same as a graph: neither can hold its own checksum.
VIEWS = ("manifest.json", "ro-crate-metadata.json")


def test_the_manifest_holds_every_result_with_its_checksum(project):
    manifest = manifest_of(project)
    folders = ("results/demo", "data/processed/demo")
    made = {
        path.relative_to(project).as_posix()
        for folder in folders
        for path in (project / folder).rglob("*")
        if path.is_file() and "provenance" not in path.parts and path.name not in VIEWS
    }
    known = {path for path in manifest["results"] if path.startswith(folders)}
    assert made == known
    for path in made:
        assert manifest["files"][path] == sha256_of_file(project / path), path


def test_every_result_descends_from_raw_files_with_a_vintage(project):
    manifest = manifest_of(project)
    assert manifest["jobs"]["estimates/main"]["services"]
    assert {entry["service"] for entry in manifest["sources"]} == set(places.SERVICES)
    assert all(entry["vintage"] and len(entry["sha256"]) == 64 for entry in manifest["sources"])
    # a job that is handed no settings reruns after no edit of them, so none may stand in its record
    jobs = manifest["jobs"].values()
    assert not any(job["settings"] for job in jobs if "--settings" not in job["command"])


def test_nothing_of_this_machine_or_moment_stands_in_any_result(project):
    words = [str(project), f"{Path.home()}/", platform.node()]
    words = [word.encode() for word in words if len(word) > 3]  # short names occur by chance
    for folder in ("results/demo", "data/processed/demo", "reports/demo"):
        for path in (project / folder).rglob("*.*"):
            content = path.read_bytes()
            assert not [word for word in words if word in content], path
    assert not re.search(r"T\d\d:\d\d:\d\d", json.dumps(manifest_of(project)["jobs"]))


def test_the_build_id_on_the_pages_is_the_manifests_checksum(project):
    import pypdfium2

    build_id = sha256_of_file(project / "results/demo/manifest.json")[:12]
    pdf = pypdfium2.PdfDocument(project / "reports/demo/rapport.pdf")
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert build_id in text


def test_wrong_settings_stop_before_any_job_with_one_paragraph(project):
    code, said = snakemake(project, "--dry-run", "--config", "windows={base_month: 3}", check=False)
    assert code == 2
    assert "windows.base_month: unknown key (did you mean «base_months»?)" in " ".join(said.split())
    assert "Traceback" not in said


def test_a_mode_without_raw_data_stops_with_one_paragraph(project):
    code, said = snakemake(project, "--dry-run", "--config", "mode=archive", check=False)
    assert code == 5
    assert "raw data that are not here" in " ".join(said.split())


def test_a_broken_register_stops_with_one_paragraph_and_nothing_half_written(project, tmp_path):
    # Snakemake forgets how the outputs of a failed job were made: in a copy, that others may go on
    twin = copy_of_build(project, tmp_path / "tvilling, æøå")
    register = twin / "data/manual/broken.csv"
    register.parent.mkdir(exist_ok=True)
    text = (twin / "data/reference/network_register.csv").read_text(encoding="utf-8")
    register.write_text(
        text.replace(",unknown,signed_up,", ",unknown,signd_up,", 1), encoding="utf-8"
    )
    setting = "data={register: data/manual/broken.csv}"
    before = sha256_of_file(twin / "data/processed/demo/panel.parquet")
    code, said = snakemake(twin, "--config", setting, "--until", "panel_table", check=False)
    words = " ".join(said.split())
    assert code == 1
    assert "«signd_up»" in words
    assert "data/manual/broken.csv" in words
    assert "returned non-zero exit status 3" in words
    assert "Traceback" not in said
    assert sha256_of_file(twin / "data/processed/demo/panel.parquet") == before
    left = [path.name for path in (twin / "data/processed/demo").rglob(".*")]
    assert left == []
