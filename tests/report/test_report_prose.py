"""The prose: no number typed in, nothing asked for that is not made, no word beyond evidence."""

from __future__ import annotations

import re

import pytest
import report_world

from fij_eval import places
from fij_eval.effects.claims import overclaims
from fij_eval.errors import ReportError
from fij_eval.report.context import places as places_of
from fij_eval.report.numbers import numbers
from fij_eval.report.prose import DOCUMENTS, asked_for, known, prose, strings, without_comments
from fij_eval.report.wording import WORDS, word

#: Figures that are names, definitions, dates of events or citations, never results or settings.
STRUCTURAL = (
    r"20–66",
    r"15–66",
    r"24\. februar 2022",
    r"24 February 2022",
    r"[Ff]ebruar(?:y)? 2022",
    r"[Jj]un[ie] 2025",
    r"[Aa]pril 2025",
    r"(?:i|fra|in|of) (?:2023|2024)",
    r"10[ ,~]000",
    r"25[ ,~]000",
    r"(?:[Aa]v|[Oo]f) 100",
    r"82 (?:kommuner|municipalities)",
    r"(?:minst|least) 80",
    r"2013/55",
    r"94/2019",
    r"CC[ ~]BY[ ~]4\.0",
    r"\bV\d+\b",
    r"\((?:Baker mfl\. 2025|Baker et al\. 2025|Roth 2022|Rambachan (?:og|and) Roth 2023)\)",
    r"\(20(?:12|19|21|22|23|24|25)\)\.|arXiv 2503\.13323",
)

#: Documents that show everything, and not what some readers ask for.
REPORTS = {name: document for name, document in DOCUMENTS.items() if document.template == "full"}

#: The lowest rung of the claim ladder: what may be said whatever was found.
LOWEST = 1


def plain(text):
    """Prose without code: imports, calls' arguments, lengths."""
    text = re.sub(r"(?m)^#import.*$", "", without_comments(text))
    text = re.sub(r'"[^"\n]*"', "", text)
    return " ".join(re.sub(r"\b\d+(?:\.\d+)?(?:mm|pt|em|fr)\b", "", text).split())


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_no_number_is_typed_into_prose(document):
    for name, text in prose(document).items():
        rest = plain(text)
        for allowed in STRUCTURAL:
            rest = re.sub(allowed, "", rest)
        found = [rest[max(0, m.start() - 30) : m.end() + 30] for m in re.finditer(r"\d+", rest)]
        assert not found, f"{name}: {found}"


def test_a_typed_number_would_be_found():
    assert re.search(r"\d", plain("Andelen økte 3,2 prosentpoeng."))
    assert not re.search(r"\d", plain('Figur #see("fig01_immigration") #n("interim.fee2")'))


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_words_of_cause_stand_in_the_method_chapter_alone(document):
    for name, text in prose(document).items():
        if name != "15_method.typ":
            assert overclaims(plain(text), document.language, LOWEST) == (), name


def test_sentences_by_rule_hold_no_word_of_cause():
    for language, words in WORDS.items():
        for key, sentence in words.items():
            rung = 4 if key.startswith("rung_4") else LOWEST
            assert overclaims(sentence, language, rung) == (), key


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_number_that_prose_asks_for_is_made(document):
    made = numbers(
        document.language,
        report_world.demo_frames(),
        settings=report_world.settings(),
        truth=report_world.TRUTH,
    )
    wanted = asked_for("n", prose(document))
    assert len(wanted) > 20
    assert {key: file for key, file in wanted.items() if key not in made} == {}


@pytest.mark.parametrize("document", REPORTS.values(), ids=REPORTS)
def test_the_report_shows_every_figure_and_table_that_is_made(document):
    texts = prose(document)
    # one figure is drawn simpler for the two pages of the short report
    short = next(d for d in DOCUMENTS.values() if d.template == "short")
    simpler = set(asked_for("fig", prose(short))) - set(asked_for("fig", texts))
    assert simpler == {"fig09b_series_shares"}
    assert set(asked_for("fig", texts)) | simpler == set(places.names("figures"))
    assert set(asked_for("tab", texts)) == set(places.names("tables"))


def test_languages_have_the_same_words_with_the_same_places():
    assert WORDS["nb"].keys() == WORDS["en"].keys()
    for key, sentence in WORDS["nb"].items():
        assert places_of(sentence) == places_of(WORDS["en"][key]), key


def test_templates_find_all_their_words_in_every_language():
    asked = set()
    for text in report_world.template_sources().values():
        asked |= set(re.findall(r"\bstrings\.(?!json)(\w+)", text))
    assert asked
    for document in DOCUMENTS.values():
        assert asked <= strings(document.language).keys()


def test_documents_of_all_languages_have_the_same_chapters():
    for template in {document.template for document in DOCUMENTS.values()}:
        same = [document for document in DOCUMENTS.values() if document.template == template]
        assert len({tuple(prose(document)) for document in same}) == 1


def test_a_document_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ReportError, match=r"«plakat».*rapport"):
        known("plakat", "nb")


def test_a_word_that_is_not_there_is_named():
    with pytest.raises(ReportError, match="no_such_word"):
        word("nb", "no_such_word")
