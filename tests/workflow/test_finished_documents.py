"""Finished documents: text that stands out from what is behind it, the page to explore as built."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pytest

from fij_eval import places
from fij_eval.report import pdf_pages
from fij_eval.review import page_images
from fij_eval.settings import load

ROOT = Path(__file__).parents[2]
#: What pages looked like when somebody looked at them (`make accept`).
ACCEPTED = ROOT / "tests" / "report" / "accepted"
sys.path.append(str(ROOT / "tests" / "report"))

import browser  # noqa: E402 -- lies with the tests of the report
import colour_vision  # noqa: E402 -- likewise

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]

#: WCAG 2.2 AA: text, and text of 18 points or bold of 14.
CONTRAST, CONTRAST_LARGE, LARGE = 4.5, 3.0, 18.0
#: Pixels a point: letters' rims are then a small part of what is rendered.
SCALE = 2


def hexadecimal(colour):
    return "#" + "".join(f"{int(channel):02X}" for channel in colour)


def behind(picture, box, height):
    """The colour that most of a box has, round its letters."""
    left, right = int(box.left * SCALE) - 2, int(box.right * SCALE) + 3
    top, bottom = int((height - box.top) * SCALE) - 2, int((height - box.bottom) * SCALE) + 3
    colours, counts = np.unique(
        picture[max(0, top) : bottom, max(0, left) : right], return_counts=True
    )
    return f"#{int(colours[counts.argmax()]):06X}"


def faint(pdf):
    """Words whose contrast with what is behind them is too small, by page."""
    found = set()
    with pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(document, start=1):
            read = pdf_pages.read(page)
            # pdfium gives blue, green and red; one number a pixel is quicker to count
            picture = page.render(scale=SCALE).to_numpy()[:, :, :3].astype(np.int32)
            picture = picture @ np.array([1, 1 << 8, 1 << 16], dtype=np.int32)
            for run in read.runs:
                if not run.words.strip(" .\u00a0"):  # leaders of the contents
                    continue
                needed = CONTRAST_LARGE if run.size >= LARGE else CONTRAST
                ground = behind(picture, run.box, read.height)
                ink = hexadecimal(run.colour)
                if colour_vision.contrast(ink, ground) < needed:
                    found.add((number, run.words.strip()[:20], ink, ground))
    return found


@pytest.mark.parametrize("name", places.DOCUMENTS)
def test_all_text_of_a_document_stands_out_from_what_is_behind_it(project, name):
    assert faint(project / f"reports/demo/{name}.pdf") == set()


def test_faint_text_is_found(tmp_path):
    import typst

    source = (
        "#set page(height: 60mm)\nsvart #text(fill: rgb(150, 150, 150))[blek]\n"
        "#block(fill: rgb(18, 67, 109), inset: 9pt)[#text(fill: white)[hvit] borte]"
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(typst.compile(source.encode(), format="pdf", timestamp=0))
    assert {words for _, words, _, _ in faint(path)} == {"blek", "borte"}


@pytest.mark.skipif(not [*ACCEPTED.glob("*.json")], reason="no pages accepted yet: make accept")
def test_pages_are_those_that_were_accepted(project):
    drawn = ROOT / "logs" / "pages"
    found = page_images.compare(project / "reports" / "demo", ACCEPTED, drawn=drawn)
    # after a look at each page that is named: CONTRIBUTING.md, «A change of the pages»
    assert [str(one) for one in found] == [], page_images.advice(found, drawn)


@pytest.mark.parametrize(("name", "language"), places.WORKBOOKS.items())
def test_the_workbook_has_a_sheet_a_table_real_numbers_and_no_formula(project, name, language):
    book = openpyxl.load_workbook(project / f"reports/demo/{name}.xlsx")
    word = {"nb": "Tabell", "en": "Table"}[language]
    tables = places.names("tables", str(project / "src"))
    assert book.sheetnames[1:] == [f"{word} {k}" for k in range(1, len(tables) + 1)]
    cells = [c for sheet in book.worksheets[1:] for row in sheet.iter_rows() for c in row]
    # what the plan says is words and numbers in one column: text, as in the plan file
    plan = project / f"results/demo/tables/{language}/tabv1_plan.json"
    of_plan = json.loads(plan.read_text(encoding="utf-8"))["title"]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    numbers = [cell for cell in cells if cell.data_type == "n" and cell.value is not None]
    assert len(numbers) > 1000
    assert {cell.number_format for cell in numbers} >= {"#,##0", "#,##0.0"}
    written = r"[−+-]?\d[\d\s]*([.,]\d+)?\s*%?"
    as_text = [c for c in cells if isinstance(c.value, str) and re.fullmatch(written, c.value)]
    as_text = [c for c in as_text if c.parent["A1"].value != of_plan]
    assert [(cell.parent.title, cell.coordinate, cell.value) for cell in as_text] == []


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.mark.parametrize("name", places.PAGES)
def test_the_page_is_small_and_names_nobody_with_few_refugees(project, name):
    page = project / f"reports/demo/{name}.html"
    assert page.stat().st_size < 2_000_000
    sample = load(project / "config.yaml").sample
    panel = pd.read_parquet(project / "data/processed/demo/panel.parquet")
    then = panel[panel["reference_month"] == sample.reference_month]
    few = then[then["residents"].fillna(0) < sample.minimum_residents]
    assert len(few) > 5
    shown = data_of(page)["municipalities"]
    assert not set(few["municipality_code"]) & {one["code"] for one in shown}
    # names that only municipalities with few refugees have
    kept = " ".join(one["name"] for one in shown) + " ".join(one["county"] for one in shown)
    text = page.read_text(encoding="utf-8")
    lost = [n for n in few["municipality_name"] if n not in kept and re.search(rf"\b{n}\b", text)]
    assert lost == []


@pytest.mark.parametrize("name", places.PAGES)
def test_every_estimate_of_the_page_has_words_for_all_that_it_is(project, name):
    data = data_of(project / f"reports/demo/{name}.html")
    words = data["words"]
    groups = {
        "analysis": "analyses", "estimator": "estimators", "estimand": "estimands",
        "plan": "plans", "sample": "samples",
    }  # fmt: skip
    lacking = {
        (field, one[field])
        for one in data["estimates"]
        for field, group in groups.items()
        if one[field] and one[field] not in words[group]
    }
    for one in data["estimates"]:
        if not one["is_month"]:
            # as the page's program does it: a term may end in a month or a number
            term = re.sub(r" -?\d[\d.-]*$", "", one["term"])
            if term not in words["terms"] and one["term"] not in words["terms"]:
                lacking.add(("term", one["term"]))
        if one["scale"] not in ("pp", "share", *words["scales"]):
            lacking.add(("scale", one["scale"]))
    assert lacking == set()


@pytest.mark.skipif(bool(browser.missing()), reason=f"needs a browser: {browser.missing()}")
@pytest.mark.parametrize("name", places.PAGES)
def test_the_page_as_built_works_in_a_browser_without_a_network(project, name):
    page = (project / f"reports/demo/{name}.html").as_uri()
    with browser.browser() as session:
        for width in (360, 1440):
            session.width(width)
            session.open("data:,")
            session.open(page + "#3401")
            session.run("document.querySelector('#e-filter button').click()")
            session.run_async("setTimeout(arguments[0], 50)")
            shown = session.run(
                "return [...document.querySelectorAll('#e-table tbody tr th, #e-table tbody tr "
                "td')].map((c) => [...c.querySelectorAll('span')].map((s) => s.innerText)).flat()"
            )
            assert len(shown) > 400
            assert [text for text in shown if re.search(r"[a-z]_[a-z]", text)] == []
            wide = session.run("return document.documentElement.scrollWidth")
            assert wide <= width
        assert session.log("browser") == []
        asked = [url for url in session.requested() if not url.startswith(("data:", page))]
        assert asked == []
