"""Spoilt settings, plans and registers: words or the right result, and no half-written file."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import bad_case
import bad_dropped
import bad_input
import pytest

from fij_eval import cli
from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError, SettingsError

ROOT = Path(__file__).parents[2]
#: What a user edits -> the files that stand for it.
KINDS = {
    "settings": ("config.yaml",),
    "plan": ("analysis_plan.yaml",),
    "settings by --config": ("--settings",),
    "register": ("network_register.csv",),
    "dropped tables": tuple(bad_dropped.DROPPED),
    "descriptions": tuple(f"{name}.yaml" for name in bad_dropped.DROPPED),
}
FILES = tuple(file for files in KINDS.values() for file in files)
LEAST = 200

#: One process spoils them for all tests.
pytestmark = pytest.mark.xdist_group("bad_input")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoilt")
    return [(case, bad_case.outcome(case)) for case in bad_input.cases(folder)]


def test_every_spoilt_input_is_refused_in_words_or_read_as_it_is_written(found):
    faults = [
        f"{case.file}, {case.kind}, {case.place}: {verdict}"
        for case, (verdict, _) in found
        if verdict not in (bad_case.REFUSED, bad_case.RIGHT)
    ]
    assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_at_least_two_hundred_inputs_are_tried_over_what_a_user_edits(found, kind):
    tried = Counter(case.file for case, _ in found)
    assert set(tried) == set(FILES)
    assert sum(tried[file] for file in KINDS[kind]) >= LEAST


def test_both_outcomes_occur_so_that_neither_is_automatic(found):
    for file in FILES:
        verdicts = {verdict for case, (verdict, _) in found if case.file == file}
        assert verdicts == {bad_case.REFUSED, bad_case.RIGHT}, file


def test_a_refusal_is_words_and_no_python(found):
    python = re.compile(r"Traceback|<class|object at 0x|pydantic|KeyError|NoneType")
    said = [said for _, (verdict, said) in found if verdict == bad_case.REFUSED]
    assert [text for text in said if python.search(text)] == []


def test_the_table_in_the_docs_holds_every_kind_that_is_tried(found):
    text = bad_input.DOCUMENT.read_text(encoding="utf-8")
    shown = set(re.findall(r"^\| ([^|]+) \| ([^|]+) \| \d+ \|", text, re.MULTILINE))
    assert shown == {(case.file, case.kind) for case, _ in found}, (
        "python tests/review/bad_input.py writes the table anew"
    )


def test_a_bad_register_leaves_no_demo_behind(tmp_path, monkeypatch, capsys):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/reference").symlink_to(ROOT / "data/reference")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "data/reference/network_register.csv").read_text(encoding="utf-8")
    Path("mine.csv").write_text(text.replace("signed_up,KS", "signedup,KS"), encoding="utf-8")
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("data/reference/network_register.csv", "mine.csv")
    Path("config.yaml").write_text(config, encoding="utf-8")
    assert cli.main(["demo", "--output", "data/raw/demo"]) == InputError.exit_code
    shown = " ".join(capsys.readouterr().err.split())
    assert "mine.csv" in shown
    assert "«signedup» is not one of" in shown
    assert "came with the project" not in shown
    assert not list(Path("data").glob("raw/*"))


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [("version: 1\nversion: 2\n", SettingsError.exit_code), ("version: one\n", 2)],
)
def test_a_bad_plan_leaves_no_estimates_behind(tmp_path, monkeypatch, capsys, spoilt, code):
    import report_world

    monkeypatch.chdir(tmp_path)
    write_parquet(Path("panel.parquet"), report_world.make_panel())
    Path("plan.yaml").write_text(spoilt, encoding="utf-8")
    command = ["estimates", "main", "--input", "panel=panel.parquet", "--plan", "plan.yaml"]
    settings = ["--settings", str(ROOT / "config.yaml")]
    assert cli.main([*command, "--output", "out/main.parquet", *settings]) == code
    assert "plan.yaml" in capsys.readouterr().err
    assert not Path("out").exists()
