"""What may not be told of a municipality is found wherever it is put, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pypdfium2
import pytest
import small_build  # noqa: F401 -- makes the report's own invented world importable
import typst
from openpyxl.comments import Comment

from fij_eval import cli
from fij_eval.effects.details import to_long
from fij_eval.errors import InputError
from fij_eval.review import disclosure
from fij_eval.settings import SampleSettings

SAMPLE = SampleSettings(minimum_residents=20, reference_month="2024-04")
MONTHS = ("2024-04", "2025-04")
#: 1151 is few; 4601 has a month in which three of thirty-two are in work; 1103 has many; in 3449
#: four of twenty are, once, and 5522 has a month with twelve refugees.
ROWS = {
    "1151": ("Utsira", (8, 8), (4, 5)),
    "4601": ("Bergen", (120, 32), (60, 3)),
    "1103": ("Stavanger - Stavángga", (400, 410), (120, 130)),
    "3449": ("Sør-Aurdal", (20, 20), (5, 4)),
    "5522": ("Salangen", (25, 12), (10, 6)),
}


@pytest.fixture
def known():
    rows = []
    for code, (name, residents, employed) in ROWS.items():
        for k, month in enumerate(MONTHS):
            rows.append(
                {
                    "municipality_code": code,
                    "municipality_name": name,
                    "reference_month": month,
                    "residents": residents[k],
                    "employed": employed[k],
                    "share": employed[k] / residents[k],
                    "unemployed": 2 if code == "1151" else 300,
                    "settled_year": 40,
                    "settled_since_2022": 90,
                    "network_status": "none",
                }
            )
    frame = pd.DataFrame(rows).astype(
        dict.fromkeys(("residents", "employed", "unemployed", *disclosure.COUNTS[3:]), "Int64")
    )
    return disclosure.secrets(frame, SAMPLE)


def csv(text):
    return lambda path: path.with_suffix(".csv").write_text(text, encoding="utf-8-sig")


def text(suffix, content):
    return lambda path: path.with_suffix(suffix).write_text(content, encoding="utf-8")


def parquet(frame):
    return lambda path: frame.to_parquet(path.with_suffix(".parquet"))


def workbook(change):
    def write(path):
        book = openpyxl.Workbook()
        book.active.append(["Kommune", "Andel"])
        change(book)
        book.save(path.with_suffix(".xlsx"))

    return write


def pdf(body, **attached):
    """A tagged PDF of its own, with files inside."""

    def write(path):
        source = path.with_suffix(".typ.source")
        source.write_text(f'#set document(title: "x")\n{body}', encoding="utf-8")
        made = typst.compile(str(source), pdf_standards=["ua-1"])
        source.unlink()
        document = pypdfium2.PdfDocument(made)
        for name, content in attached.items():
            document.new_attachment(name.replace("_csv", ".csv")).set_data(content.encode())
        document.save(path.with_suffix(".pdf"))

    return write


def _hidden_sheet(book):
    sheet = book.create_sheet("gjemt")
    sheet.sheet_state = "hidden"
    sheet.append(["Utsira", 0.31])


def _comment(book):
    book.active["A1"].comment = Comment("Bergen (3)", "x")


def _properties(book):
    book.properties.description = "Uten Utsira"


ALT = '#figure(image("{svg}", alt: "Utsira ligger lavest av alle kommunene"))'
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{}</svg>"
PLANTED = {
    "a name in a table": csv("kommune;andel\nUtsira;0,5\n"),
    "a code in a table": csv("municipality_code,share\n1151,0.5\n"),
    "a share in a table": csv("municipality_name;share\nBergen;0,09375\n"),
    "a share in per cent": csv("kommune;prosent\nBergen;9,4\n"),
    "a count in a table": csv("municipality_name;employed\nBergen;3\n"),
    "a point without a name": csv("arm;residents;share\nnetwork;32;0,09375\n"),
    "a sentence in one cell of a row": csv("n;merknad\n2;I Bergen (3) er det få.\n"),
    "a row of a parquet file": parquet(pd.DataFrame({"residents": [32], "share": [3 / 32]})),
    "a frame in the long form": parquet(
        to_long({"funnel": pd.DataFrame({"residents": [32], "share": [3 / 32]})})
    ),
    "an alt text in JSON": text(".json", json.dumps({"alt": "Lavest er Utsira."})),
    "a row of a table in JSON": text(".json", json.dumps({"rows": [["Bergen", "9,4"]]})),
    "a sentence among others in JSON": text(
        ".json", json.dumps({"examples": ["Bergen: 120 residents", "Salangen: 12 residents"]})
    ),
    "a text among others in JSON": text(".json", json.dumps({"alt": "I Bergen (3).", "n": "x"})),
    "a key of JSON": text(".json", json.dumps({"Utsira": {"n": 1}})),
    "a label in a picture": text(".svg", SVG.format("<text>Bergen (3)</text>")),
    "a title in a picture": text(".svg", SVG.format("<title>Utsira</title>")),
    "an attribute of a picture": text(".svg", SVG.format("<g aria-label='Utsira'/>")),
    "data inside a page": text(
        ".html",
        '<p>x</p><script type="application/json">{"name": "Bergen", "share": [9.4]}</script>',
    ),
    "a program inside a page": text(".html", "<script>let one = 'Utsira';</script>"),
    "a comment inside a page": text(".html", "<p>x<!-- Utsira --></p>"),
    "a row of a table in a page": text(
        ".html", "<table><tr><td>Bergen</td><td><b>9,4</b></td></tr></table>"
    ),
    "an alt text in a page": text(".html", "<img alt='Utsira'>"),
    "a tail in a page": text(".html", "<p><b>Lavest:</b> Utsira</p>"),
    "a sheet that is hidden": workbook(_hidden_sheet),
    "a comment on a cell": workbook(_comment),
    "the properties of a workbook": workbook(_properties),
    "a line of a PDF": pdf("I Bergen er 3 flyktninger i jobb."),
    "a heading of a PDF": pdf("= Utsira"),
    "a file inside a PDF": pdf("x", fig_csv="kommune;andel\nUtsira;0,5\n"),
    "a line of a log": text(".log", "3 rows\nUtsira left out\n"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_may_not_be_told_is_found(what, known, tmp_path):
    PLANTED[what](tmp_path / "planted")
    _, found = disclosure.searched(sorted(tmp_path.iterdir()), known)
    assert found, what


def test_an_alt_text_inside_a_pdf_is_found(known, tmp_path):
    picture = tmp_path / "picture.svg"
    picture.write_text(SVG.format("<rect width='9' height='9'/>"), encoding="utf-8")
    pdf(ALT.format(svg=picture.name))(tmp_path / "planted")
    _, found = disclosure.searched([tmp_path / "planted.pdf"], known)
    assert [each.place.rpartition(", ")[2] for each in found] == ["alt text"]


@pytest.mark.parametrize(
    "write",
    [
        csv("municipality_name;residents;share\nBergen;120;0,5\nStavanger;410;0,317073171\n"),
        # twenty refugees, which in per cent would be a share that may not be told
        text(".json", json.dumps({"rows": [["Sør-Aurdal", "20", "25,0"]]})),
        csv("key,persons\ncounty.40,1151\n"),  # a number of persons that looks like a code
        csv("arm;residents;share\nnetwork;400;0,3\n"),
        text(".svg", SVG.format("<text>Stavanger (410)</text>")),
        text(".json", json.dumps({"name": "Bergen", "share": [50.0, None], "residents": [120]})),
        text(".json", json.dumps({"share_decimals": 1, "hide_below": 3})),
        text(".log", "14. juni 2024: Bergen, 3 months\n"),
    ],
)
def test_what_may_be_told_is_not_found(write, known, tmp_path):
    write(tmp_path / "fine")
    looked, found = disclosure.searched(sorted(tmp_path.iterdir()), known)
    assert found == []
    assert looked > 0


def test_the_map_may_list_all_places_and_nothing_about_them(known, tmp_path):
    path = tmp_path / "fig07_map.csv"
    path.write_text("municipality_code;hex_col;hex_row\n1151;0;4\n", encoding="utf-8")
    assert disclosure.searched([path], known)[1] == []
    path.write_text("municipality_code;hex_col;employed\n1151;0;4\n", encoding="utf-8")
    assert disclosure.searched([path], known)[1] != []


def test_a_file_that_nothing_can_read_is_refused_and_not_passed_over(known, tmp_path):
    for name, content in (("x.bin", b"?"), ("x.json", b"{"), ("x.pdf", b"%PDF"), ("x.svg", b"<")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"cannot be (read|looked at)"):
            disclosure.searched([path], known)


def test_without_a_build_it_says_how_to_get_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    config = str(Path(__file__).parents[2] / "config.yaml")
    assert cli.main(["disclosure", "--settings", config]) == InputError.exit_code
    assert "run" in capsys.readouterr().err
    with pytest.raises(InputError, match="no build to search"):
        disclosure.built("demo")
