"""Words that claim more than the rung allows stop the finished document, in both languages."""

from __future__ import annotations

import pytest
import report_world
import typst

from fij_eval.errors import ReportError
from fij_eval.report import document, gate_claims
from fij_eval.report.gate import check_pdf
from fij_eval.report.gate_claims import Claimed
from fij_eval.report.numbers import numbers
from fij_eval.report.prose import DOCUMENTS

CHAPTERS = """
#set document(title: "T")
#set text(lang: "{tag}", region: "{region}")
#set heading(numbering: "1")
= {first}
{before}
= {method}
{inside}
= {last}
{after}
"""
WORDS = {
    "nb": {
        "region": "NO",
        "first": "Innledning",
        "method": "Metode",
        "last": "Resultater",
        "plain": "Andelen økte mer i deltakerkommunene.",
        "cause": "Effekten av nettverket var stor.",
        "none": "Nettverket hadde ingen effekt.",
        "significant": "Forskjellen er ikke signifikant.",
    },
    "en": {
        "region": "GB",
        "first": "Introduction",
        "method": "Method",
        "last": "Results",
        "plain": "The share rose more among participants.",
        "cause": "The effect of the network was large.",
        "none": "The network had no effect.",
        "significant": "The difference is not significant.",
    },
}


def check(tmp_path, language, rung, *, before="plain", inside="plain", after="plain", method=None):
    words = WORDS[language]
    texts = {"before": words[before], "inside": words[inside], "after": words[after]}
    shown = {k: words[k] for k in ("region", "first", "method", "last")}
    path = tmp_path / "a.pdf"
    source = CHAPTERS.format(tag=language, **shown, **texts).encode()
    made = typst.compile(source, format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=0)
    path.write_bytes(document.unambiguous(made))
    return check_pdf(
        path,
        language=language,
        title="T",
        numbers={},
        figures=0,
        attachments=[],
        claimed=Claimed(rung, words["method"] if method is None else method),
    )


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("rung", [1, 2, 3])
@pytest.mark.parametrize("word", ["cause", "significant", "none"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_word_above_the_rung_stops_outside_the_method_chapter(
    tmp_path, language, rung, word, place
):
    with pytest.raises(ReportError, match=rf"claims more than rung {rung} allows"):
        check(tmp_path, language, rung, **{place: word})


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("word", ["cause", "significant", "none"])
def test_the_method_chapter_may_hold_the_words(tmp_path, language, word):
    assert check(tmp_path, language, 1, inside=word).pages == 1


@pytest.mark.parametrize("language", WORDS)
def test_the_fourth_rung_may_speak_of_causes_and_never_of_no_effect(tmp_path, language):
    check(tmp_path, language, 4, after="cause")
    with pytest.raises(ReportError, match="claims more than rung 4"):
        check(tmp_path, language, 4, after="none")


@pytest.mark.parametrize("language", WORDS)
def test_a_document_without_a_method_chapter_is_weighed_whole(tmp_path, language):
    with pytest.raises(ReportError, match="claims more"):
        check(tmp_path, language, 1, inside="cause", method="")


def test_a_method_chapter_that_is_not_found_stops(tmp_path):
    with pytest.raises(ReportError, match="«Framgangsmåte» is not found"):
        check(tmp_path, "nb", 1, method="Framgangsmåte")


def test_a_heading_is_found_whatever_white_space_the_page_gives():
    assert gate_claims._place("a\n5 Me\u00adto\nde \nb", "5 Metode") is not None
    assert gate_claims._place("5 Metode er et ord", "5 Metode") is None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_projects_documents_tell_their_rung_and_their_method_chapter(name):
    language = DOCUMENTS[name].language
    known = numbers(
        language,
        report_world.demo_frames(),
        settings=report_world.settings(),
        truth=report_world.TRUTH,
    )
    found = document._claimed(known, document.prose(DOCUMENTS[name]))
    assert found.rung in {1, 2, 3, 4}
    expected = {"full": WORDS[language]["method"], "short": ""}[DOCUMENTS[name].template]
    assert found.method == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_overclaim_in_the_prose_stops_the_projects_documents(tmp_path, monkeypatch, name):
    language, given = DOCUMENTS[name].language, ingredients(tmp_path, name)
    texts = dict(document.prose(DOCUMENTS[name]))
    last = [file for file in texts if file != "15_method.typ"][-1]
    texts[last] += f"\n\n{WORDS[language]['cause']}\n"
    monkeypatch.setattr(document, "prose", lambda _: texts)
    with pytest.raises(ReportError, match=r"claims more than rung \d allows"):
        document.write(name, language, **given)
    assert not given["output"].exists()


def ingredients(folder, name):
    from test_report_document import ingredients as of_document

    return of_document(folder, name=name)
