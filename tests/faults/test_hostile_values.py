"""Settings, file names and names of places that mean harm: nothing runs, all come out as text."""

from __future__ import annotations

import csv
import re

import openpyxl
import pypdfium2
import pytest

from whole_build import copy_of_sources, fij_eval, snakemake

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]

#: Real name -> name that means harm, for the largest places, which figures name.
NAMES = {
    "Sandnes": '=HYPERLINK("http://x";"y")',
    "Stavanger": "<img src=x onerror=\"document.title='pwned'\">",
    "Haugesund": '#panic("pwned") $x$ *fet* @ref',
    "Eigersund": "$(touch pwned) `touch pwned`; 'x'",
}
COMMAND = '\'; touch pwned; "$(touch pwned)" `touch pwned` #'
REGISTER = "data/manual/$(touch pwned) 'a' `touch pwned`.csv"


def _renamed(path):
    """Write the names in a table, wherever a cell is a real one."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [[NAMES.get(cell, cell) for cell in row] for row in csv.reader(stream)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def harmed(tmp_path_factory):
    """A build with such settings and names, in bokmål alone: the other language asks the same."""
    folder = copy_of_sources(tmp_path_factory.mktemp("hostile") / "a; touch pwned")
    _renamed(folder / "data/reference/municipalities.csv")
    register = folder / REGISTER
    register.parent.mkdir(parents=True)
    (folder / "data/reference/network_register.csv").rename(register)
    _renamed(register)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    quoted = COMMAND.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("becomes: population on 1 January", f'becomes: "{quoted}"')
    text = text.replace("register: data/reference/network_register.csv", f'register: "{REGISTER}"')
    assert quoted in text
    assert REGISTER in text
    config.write_text(text, encoding="utf-8")
    snakemake(folder, "--config", "languages=[nb]")
    return folder


def test_settings_that_look_like_commands_run_nothing(harmed):
    assert [p for p in harmed.parent.rglob("*") if p.name == "pwned"] == []
    _, said = fij_eval(harmed, "explain", "results/demo/tables/nb/tab01_participants.csv")
    assert REGISTER in said


def test_names_that_mean_harm_come_out_as_text_everywhere(harmed):
    document = pypdfium2.PdfDocument(harmed / "reports/demo/rapport.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    squeezed = re.sub(r"\s", "", text)
    for name in ("Sandnes", "Haugesund"):
        assert re.sub(r"\s", "", NAMES[name]) in squeezed, name
    book = openpyxl.load_workbook(harmed / "reports/demo/tabeller.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    (own,) = {c.data_type for c in cells if c.value == NAMES["Sandnes"]}
    assert own == "s"
    assert all(c.quotePrefix for c in cells if c.value == NAMES["Sandnes"])
    assert not [c for c in cells if c.data_type == "f"]
    page = (harmed / "reports/demo/utforsk.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "onerror" in page
    table = (harmed / "results/demo/tables/nb/tab01_participants.csv").read_text("utf-8-sig")
    with_sign = [row for row in csv.reader(table.splitlines(), delimiter=";") if "HYPER" in row[2]]
    assert [row[2] for row in with_sign] == [f"'{NAMES['Sandnes']}"]
    for picture in (harmed / "results/demo/figures/nb").glob("*.svg"):
        assert "<img" not in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize("register", ["../outside.csv", "/etc/passwd", "data/../../outside.csv"])
def test_a_register_outside_the_project_is_refused(project, register):
    code, said = snakemake(project, "-n", "--config", f"data={{register: {register}}}", check=False)
    assert code == 2
    assert "is not a file within the project" in " ".join(said.split())
    assert "Traceback" not in said


def test_the_password_of_a_proxy_stands_in_no_log(project, tmp_path):
    proxy = "http://someone:sesam-sesam@127.0.0.1:9"
    config = (project / "config.yaml").read_text(encoding="utf-8")
    quick = tmp_path / "config.yaml"
    quick.write_text(
        re.sub(r"attempts: \d+", "attempts: 1", config).replace(
            "connect_seconds: 10", "connect_seconds: 1"
        ),
        encoding="utf-8",
    )
    output, log = tmp_path / "raw", tmp_path / "fetch.log"
    code, said = fij_eval(
        project,
        *("fetch", "klass", "--output", str(output), "--settings", str(quick), "--log", str(log)),
        HTTPS_PROXY=proxy,
        https_proxy=proxy,
        NO_PROXY="",
        no_proxy="",
    )
    assert code == 6, said
    assert "cannot be reached" in " ".join(said.split())
    kept = [said, *(p.read_text("utf-8") for p in tmp_path.rglob("*") if p.is_file())]
    kept += [p.read_text("utf-8") for p in (project / "logs").rglob("*") if p.is_file()]
    assert not [text for text in kept if "sesam" in text]
