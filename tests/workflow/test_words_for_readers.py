"""No English word in what a reader of bokmål gets, and none the other way, outside names."""

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pypdfium2
import pytest
import reader_texts
import typst
from foreign_words import foreign

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "data" / "reference"
WORD_LIST = ROOT / "docs" / "ordliste.md"

#: Names, titles and terms that are the same in any language.
NAMES = {
    "nb": (
        "Difference-in-Differences Designs: A Practitioner’s Guide. Journal of Economic Literature",
        "Difference-inDifferences Designs: A Practitioner’s Guide. Journal of Economic Literature",
        "Pretest with Caution: Event-Study Estimates after Testing for Parallel Trends",
        "American Economic Review: Insights",
        "CC BY",
        "fij-eval",
        "AUC",  # area under the curve, explained where it stands
        "Enter",  # the key
        "TOP",  # guidelines of the appendix of checklists
        "offset",  # of a regression, named beside what it is
    ),
    "en": (
        "Flyktninger i jobb",
        "Hvor mange ukrainere jobber i Norge?",
        "NAV",
        "Kartverket",
        "a-ordningen",
        "IMDi",
        "KS",
        "NIBR",
        "OsloMet",
        "NOK",
        "Baker et al.",
        "Sant’Anna",
        "Holm",
        "Kven",
        "Rapporter",  # Statistics Norway's series
        "Bydel",  # beside the name of a district
        "kroner",
    ),
}
#: Bokmål words that are spelt as commoner English ones, and the other way.
SPELT_ALIKE = {
    "nb": "all blinding by last log matching median personal sep telling time times to",
    "en": "spill",
}


def names_of_places():
    """Municipalities, counties and districts, as the sources write them."""
    places = pd.read_csv(REFERENCE / "municipalities.csv", dtype="str")
    districts = pd.read_csv(REFERENCE / "oslo_districts.csv", dtype="str")
    columns = [places[c] for c in places if c.startswith(("name", "county"))]
    columns += [districts[c] for c in districts if "name" in c]
    whole = set(pd.concat(columns).dropna())
    return whole | {part for name in whole for part in name.split(" - ")} | {"Oslofjord"}


def names(language):
    return names_of_places() | set(NAMES[language])


def names_of_variables(project, language):
    """Variables as the codebook's appendix shows them: the name, then what it is called."""
    path = project / f"results/demo/tables/{language}/tabv3_codebook.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return {f"{row[0]} {row[1].split()[0].rstrip('.')}" for row in rows}


def words_of_references(language):
    """Words of the list of literature, whose titles are in the language of each work."""
    path = ROOT / f"src/fij_eval/report/text/{language}/full/20_references.typ"
    return re.findall(r"[^\W_]+", path.read_text(encoding="utf-8").lower())


def lists_literature(text):
    """Whether a page holds entries of the list: year in brackets, then a title."""
    return len(re.findall(r"\((?:19|20)\d\d\)\.\s[A-Z]", text)) > 0


@pytest.mark.build
@pytest.mark.xdist_group("build")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_word_that_a_reader_meets_is_of_the_readers_language(project, language):
    known = names(language) | names_of_variables(project, language)
    alike = SPELT_ALIKE[language].split()
    texts = dict(reader_texts.texts(project, language))
    assert len(texts) > 150
    titles = words_of_references(language)
    found = {
        place: foreign(text, language, known, alike + titles * lists_literature(text))
        for place, text in texts.items()
    }
    assert {place: words for place, words in found.items() if words} == {}


def never(language):
    """Words that the word list says are never used, as patterns; the test's own check below."""
    lines = WORD_LIST.read_text(encoding="utf-8").partition("## One word, never another")[2]
    rows = [line.strip("| ").split(" | ") for line in lines.partition("\n## ")[0].splitlines()]
    for row in (row for row in rows if row[0] == language):
        yield from ((word, row[1]) for word in row[2].split(", "))


def used(text, language):
    """Words that are never used, as far as they are, each with the word that stands instead."""
    plain = " ".join(re.sub(r"[\u00ad\ufffe\x02]\s*", "", text).split()).lower()
    return {
        word: instead
        for word, instead in never(language)
        if re.search(rf"(?<!\w){re.escape(word)}", plain)
    }


@pytest.mark.build
@pytest.mark.xdist_group("build")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_thing_that_has_a_word_is_not_called_by_another(project, language):
    found = {place: used(text, language) for place, text in reader_texts.texts(project, language)}
    assert {place: words for place, words in found.items() if words} == {}


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_word_list_is_read_and_a_word_that_is_never_used_is_found(language):
    words = dict(never(language))
    assert len(words) > 15
    assert used(SENTENCES[language], language) == {}
    for word, instead in words.items():
        spoilt = f"{SENTENCES[language]} {word.capitalize()}er"
        assert used(spoilt, language)[word] == instead


SENTENCES = {
    "nb": "Andelen i jobb økte mer i påmeldte kommuner enn i andre kommuner.",
    "en": "The share in work rose more in municipalities that signed up than in others.",
}
FOREIGN = {
    "nb": "however estimate treatment the municipality settled which share refugees Source county "
    "weighted",
    "en": "og kommune ikke andel flyktninger andre kommuner Kilde fylke økte vektet måling hvor",
}
INJECTED = [(language, word) for language, words in FOREIGN.items() for word in words.split()]


@pytest.mark.parametrize(("language", "word"), INJECTED)
def test_a_word_of_the_other_language_is_found(language, word):
    sentence = SENTENCES[language]
    assert foreign(sentence, language, names(language)) == {}
    spoilt = sentence.replace(" i ", f" i {word} ", 1).replace(" in ", f" in {word} ", 1)
    assert word.lower() in foreign(spoilt, language, names(language))


def test_a_word_broken_over_lines_is_read_whole_and_code_is_no_word():
    assert foreign("Andelen how-\never høy", "nb") == {"however": "Andelen however høy"}
    assert foreign("Andelen how\u00ad\never høy", "nb") == {"however": "Andelen however høy"}
    assert foreign("`settled_year` og did_municipality.att i the/file.csv", "nb") == {}


PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60"><title>T</title>
<text x="9" y="30" font-family="Libertinus Serif" font-size="12">however</text></svg>"""
PDF = """#set document(title: "however")
#set text(lang: "nb", region: "NO")
= Overskrift med however
Tekst med however.
#image(bytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
  alt: "Et bilde med however")
"""


def test_every_place_where_a_reader_meets_words_is_read(tmp_path):
    """One word in each kind of place, and each place gives it."""
    (tmp_path / "a.svg").write_text(PICTURE, encoding="utf-8")
    assert reader_texts.words_of_picture(tmp_path / "a.svg") == ["however"]

    words = {"name": "fig", "title": "A", "header": ["B"], "rows": [["C"]], "notes": ["D"]}
    words |= {"alt": "E", "source": "F", "subtitle": "G", "groups": {"0": "H"}, "language": "nb"}
    (tmp_path / "a.json").write_text(json.dumps(words), encoding="utf-8")
    assert sorted(reader_texts.of_json(tmp_path / "a.json").split()) == list("ABCDEFGH")

    (tmp_path / "a.pdf").write_bytes(typst.compile(PDF.encode(), format="pdf", timestamp=0))
    places = {place for place, text in reader_texts.of_pdf(tmp_path / "a.pdf") if "however" in text}
    kinds = ("page 1", "alt texts of page 1", "outline", "properties")
    assert places == {f"a.pdf, {kind}" for kind in kinds}
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        assert len(pdf) == 1

    book = openpyxl.Workbook()
    book.active.title = "however"
    book.active["B7"] = "also"
    book.save(tmp_path / "a.xlsx")
    assert [text for _, text in reader_texts.of_workbook(tmp_path / "a.xlsx")] == ["however\nalso"]

    page = """<html><head><title>no</title></head><body><p aria-label="label">shown</p>
      <script type="application/json" id="data">{"words": {"a": "said {n}"}}</script></body>"""
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    read = " ".join(text for _, text in reader_texts.of_page(tmp_path / "a.html"))
    assert sorted(read.split()) == ["label", "said", "shown", "·"]
