"""The gate: a document that breaks a promise is stopped, and the promise is named."""

from __future__ import annotations

import pytest
import typst

from fij_eval.errors import ReportError
from fij_eval.report.gate import Setting, check_pdf

PROMISES = {"language": "nb", "title": "Tittel", "figures": 1, "attachments": ["data.csv"]}
GOOD = """
#set document(title: "Tittel")
#set text(lang: "nb", region: "NO")
#pdf.attach("data.csv", bytes("a;b"), relationship: "data", mime-type: "text/csv",
  description: "Data")
= Overskrift
Andelen er 34,5 prosent av 1 234.
#figure(
  image(bytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9'
    height='9'/></svg>"), alt: "En firkant som fyller hele bildet"), caption: [Firkant])
"""


def made(tmp_path, source=GOOD, standards=("a-3a", "ua-1"), **options):
    path = tmp_path / "a.pdf"
    path.write_bytes(
        typst.compile(
            source.encode(), format="pdf", pdf_standards=list(standards), timestamp=0, **options
        )
    )
    return path


def check(path, numbers=None, **changes):
    return check_pdf(path, numbers=numbers or {}, **(PROMISES | changes))


def test_a_sound_document_passes_and_is_counted(tmp_path):
    report = check(made(tmp_path), {"a": "34,5\u00a0prosent", "b": "1\u2009234"})
    assert (report.pages, report.figures, report.numbers) == (1, 1, 2)
    assert report.attachments == ("data.csv",)
    assert any("Libertinus" in font for font in report.fonts)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (GOOD.replace('lang: "nb", region: "NO"', 'lang: "en", region: "GB"'), "language is"),
        (GOOD.replace('title: "Tittel"', 'title: "Annet"'), "title is «Annet»"),
        (GOOD.replace("= Overskrift", "Overskrift"), "no outline"),
        (GOOD.replace("En firkant som fyller hele bildet", "Firkant"), "shorter than 20"),
        (GOOD.replace("34,5 prosent", "nan prosent"), "«nan» stands in its text"),
        (GOOD.replace("34,5 prosent", "None"), "«None» stands in its text"),
        (GOOD.replace("34,5 prosent", "{size}"), "«{size}» stands in its text"),
        (GOOD.replace('"data.csv"', '"other.csv"'), "data.csv is not attached"),
        (GOOD.split("#figure", maxsplit=1)[0], "holds 0 figures, not 1"),
    ],
)
def test_a_broken_promise_is_named(tmp_path, source, fault):
    with pytest.raises(ReportError, match=fault.replace("{", r"\{").replace("}", r"\}")):
        check(made(tmp_path, source))


def test_a_number_that_is_not_on_the_pages_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"number did\.pp \(«9,9»\) is not found"):
        check(made(tmp_path), {"did.pp": "9,9"})


def test_words_that_hold_a_forbidden_one_are_no_fault(tmp_path):
    check(made(tmp_path, GOOD.replace("34,5 prosent", "finansiering, banan og info")))


def test_a_file_without_the_standards_is_stopped(tmp_path):
    with pytest.raises(ReportError, match=r"PDF_UA_1 rule|PDF_A_3A rule"):
        check(made(tmp_path, standards=(), pdf_tags=False))


def test_a_damaged_file_is_stopped(tmp_path):
    path = made(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReportError, match="cannot be read"):
        check(path)


TWO_PAGES = GOOD.replace("av 1 234.", "av 1 234. #pagebreak() Side to: 12,7 av 1 999 i 2024.")


@pytest.mark.parametrize(
    ("value", "page", "found"),
    [
        ("34,5", 1, True),
        ("34,5", 2, False),
        ("12,7", 2, True),
        ("12,7", 1, True),  # asked for at the foot of the page before
        ("2,7", 2, False),  # a part of a number is not the number
        ("12", 2, False),
        ("1 99", 2, False),
        ("999", 2, True),  # a plain space does not join thousands; a thin one does
        ("1\u2009234. Side to", 1, True),  # begins on a page, ends on the next
        ("1\u2009234. Side tre", 1, False),
    ],
)
def test_a_number_is_looked_for_on_the_page_that_asks_for_it(tmp_path, value, page, found):
    path = made(tmp_path, TWO_PAGES)
    setting = Setting(places={"key": (page,)}, margins=(0.0, 0.0))
    if found:
        assert check(path, {"key": value}, setting=setting).numbers == 1
    else:
        with pytest.raises(ReportError, match=rf"number key \(«.*»\) is not found on page {page}"):
            check(path, {"key": value}, setting=setting)
