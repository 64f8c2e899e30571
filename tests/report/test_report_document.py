"""The document: the same bytes twice, everything inside it, and one paragraph for what is wrong."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pypdfium2
import pytest
import report_world

from fij_eval.artefacts import sha256_of_file, write_json, write_text
from fij_eval.errors import ReportError
from fij_eval.report import document, fonts
from fij_eval.report.document import unambiguous
from fij_eval.report.gate import squeezed
from fij_eval.report.numbers import numbers
from fij_eval.report.prose import DOCUMENTS, strings


def ingredients(folder, *, simulated=True, name="rapport"):
    """What a document is made of, in a folder."""
    language = DOCUMENTS[name].language
    frames = report_world.demo_frames()
    if not simulated:
        frames = frames | {"panel": frames["panel"].assign(simulated=False)}
    known = numbers(
        language,
        frames,
        settings=report_world.settings(),
        truth=report_world.TRUTH if simulated else None,
    )
    write_json(folder / "numbers.json", known)
    given = report_world.stand_ins(folder, name)
    return given | {"numbers": folder / "numbers.json", "output": folder / f"{name}.pdf"}


def text_of(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("document")
    given = ingredients(folder)
    document.write("rapport", "nb", **given)
    return given


def test_two_builds_in_two_folders_give_the_same_bytes(made, tmp_path):
    again = ingredients(tmp_path)
    document.write("rapport", "nb", **again)
    assert sha256_of_file(made["output"]) == sha256_of_file(again["output"])


def test_every_page_of_a_demonstration_says_that_it_is_one(made):
    banner = strings("nb")["demo_banner"]
    pages = text_of(made["output"])
    assert len(pages) > 10
    assert all(banner in page for page in pages)


def test_a_figure_that_the_data_do_not_carry_is_left_out_and_a_sentence_says_why(tmp_path):
    given = ingredients(tmp_path)
    for name in ("fig17_honest", "fig23_synthetic"):
        words = given["figures"] / f"{name}.json"
        write_json(words, json.loads(words.read_text(encoding="utf-8")) | {"shown": False})
    document.write("rapport", "nb", **given)
    text = squeezed("".join(text_of(given["output"])))
    # the prose says it in its own words for one, the figure's own words stand for the other
    assert squeezed("fig23_synthetic") not in text
    known = json.loads(given["numbers"].read_text(encoding="utf-8"))
    assert squeezed(known["step.synthetic"]) in text
    assert squeezed("En tittel med funnet i fig17_honest: Andel i jobb, uvektet snitt.") in text
    assert squeezed("Den utelatte figuren viser hvor bredt") in text
    with pypdfium2.PdfDocument(given["output"]) as pdf:
        names = {pdf.get_attachment(i).get_name() for i in range(pdf.count_attachments())}
    assert not {"fig17_honest.csv", "fig23_synthetic.csv"} & names


def test_the_last_page_tells_build_and_data(made):
    last = text_of(made["output"])[-1]
    assert document.build_id(made["manifest"]) in last
    assert "6. mai 2026" in last.replace("\u00a0", " ")


def test_manifest_and_data_travel_inside(made):
    with pypdfium2.PdfDocument(made["output"]) as pdf:
        files = {
            pdf.get_attachment(i).get_name(): bytes(pdf.get_attachment(i).get_data())
            for i in range(pdf.count_attachments())
        }
    assert files["manifest.json"] == made["manifest"].read_bytes()
    assert files["fig09_series.csv"] == (made["figures"] / "fig09_series.csv").read_bytes()
    assert "tab05_main.csv" in files


def test_markup_in_data_comes_out_as_text(made):
    text = " ".join("".join(text_of(made["output"])).split())
    assert "*Ål* $x$ #strong[3] <y>" in text


def test_the_day_is_that_of_the_data_and_not_of_the_clock(made):
    with pypdfium2.PdfDocument(made["output"]) as pdf:
        assert pdf.get_metadata_value("CreationDate").startswith("D:20260506")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_real_data_make_a_document_without_marks_of_simulation(tmp_path, name):
    language = DOCUMENTS[name].language
    given = ingredients(tmp_path, simulated=False, name=name)
    document.write(name, language, **given)
    assert strings(language)["demo_banner"] not in "".join(text_of(given["output"]))


#: Long enough for three pages; its last rows need one of their own.
LONG = 130


@pytest.mark.parametrize("rows", [*range(100, 112), LONG])
def test_notes_of_a_long_table_stand_with_its_last_rows(tmp_path, rows):
    pages = table_alone(tmp_path, rows)
    last = next(page for page in pages if "En merknad." in page)
    for row in range(rows - 3, rows):
        assert f"rad {row} " in last


def test_a_table_that_fits_a_page_is_not_broken(tmp_path):
    pages = table_alone(tmp_path, 30, before=30)
    whole = [page for page in pages if "rad 0 " in page]
    assert len(whole) == 1
    assert "rad 29 " in whole[0]
    assert "En merknad." in whole[0]


def test_a_long_table_does_not_begin_at_the_foot_of_a_page(tmp_path):
    for before in range(30, 60, 5):
        pages = table_alone(tmp_path / str(before), LONG, before=before)
        first = next(page for page in pages if "En tittel" in page)
        assert "rad 2 " in first


def test_a_place_in_the_report_is_told_with_its_page(tmp_path):
    words = {"rows": [["Metode", "svar", "sec-here record:primary.pp.att"]], "references": 2}
    pages = table_alone(tmp_path, 1, before=3, words=words, heading="= Metode <sec-here>")
    text = squeezed("".join(pages))
    assert "kap.1,s.1" in text
    assert "postprimary.pp.att" in text


def table_alone(folder, rows, *, before=5, words=None, heading="= Kapittel"):
    """Text of the pages of a document with some lines and a table."""
    shutil.copytree(report_world.ROOT / "src/fij_eval/report/templates", folder / "work")
    fonts.copy_to(folder / "work" / "fonts")
    given = {
        "title": "En tittel",
        "subtitle": "Uvektet",
        "header": ["Kommune", "Andel", "Antall"],
        "rows": [[f"rad {i} ", "34,5", "1"] for i in range(rows)],
        "align": ["left", "right", "left"],
        "groups": {"0": "Små", str(rows // 2): "Store"} if rows > 1 else {},
        "notes": ["En merknad."],
        "source": "Kilde: SSB.",
    } | (words or {})
    write_json(folder / "work" / "tables" / "tab.json", given)
    write_json(folder / "work" / "numbers.json", {})
    facts = {"language": "nb", "region": "NO", "title": "T"}
    write_json(folder / "work" / "facts.json", facts)
    write_json(folder / "work" / "strings.json", strings("nb"))
    lines = "\n\n".join(f"Linje {k}." for k in range(before))
    write_text(
        folder / "work" / "page.typ",
        '#import "lib.typ": *\n#set document(title: "T")\n#set text(lang: "nb", region: "NO")\n'
        f'#show: look\n#set heading(numbering: "1.1")\n{heading}\n\n{lines}\n\n#tab("tab")\n',
    )
    day = datetime(2026, 3, 12, tzinfo=UTC)
    content, _ = document.typeset(folder / "work", "page", created=day)
    (folder / "page.pdf").write_bytes(content)
    return text_of(folder / "page.pdf")


def test_a_number_that_no_record_gives_stops_the_build_with_key_and_file(tmp_path):
    given = ingredients(tmp_path)
    known = json.loads(given["numbers"].read_text(encoding="utf-8"))
    del known["did.person_average.more"]
    write_json(given["numbers"], known)
    with pytest.raises(ReportError, match=r"did\.person_average\.more.*text/02_brief\.typ:\d+"):
        document.write("rapport", "nb", **given)
    assert not given["output"].exists()


def test_a_figure_that_is_missing_is_named_with_the_prose_that_asks(tmp_path):
    given = ingredients(tmp_path)
    (given["figures"] / "fig09_series.svg").unlink()
    with pytest.raises(ReportError, match=r"fig09_series\.svg.*16_results\.typ"):
        document.write("rapport", "nb", **given)


def test_an_alt_text_that_says_too_little_stops_the_build(tmp_path):
    given = ingredients(tmp_path)
    words = given["figures"] / "fig09_series.json"
    write_json(words, json.loads(words.read_text(encoding="utf-8")) | {"alt": "Linjer"})
    with pytest.raises(ReportError, match=r"alt text «Linjer»"):
        document.write("rapport", "nb", **given)
    assert not given["output"].exists()


def test_a_missing_value_in_a_table_stops_the_build(tmp_path):
    given = ingredients(tmp_path)
    words = given["tables"] / "tab05_main.json"
    content = json.loads(words.read_text(encoding="utf-8"))
    content["rows"][7][1] = "nan"
    write_json(words, content)
    with pytest.raises(ReportError, match="«nan» stands in its text"):
        document.write("rapport", "nb", **given)


def test_a_warning_is_an_error(tmp_path):
    shutil.copytree(report_world.ROOT / "src/fij_eval/report/templates", tmp_path / "work")
    main = tmp_path / "work" / "page.typ"
    write_text(main, '#set document(title: "T")\n#set text(font: "No Such Font")\nHei')
    with pytest.raises(ReportError, match=r"warning: unknown font family.*page\.typ:2"):
        document.typeset(tmp_path / "work", "page", created=datetime(2026, 3, 12, tzinfo=UTC))


@pytest.mark.parametrize("name", ["numbers", "manifest"])
def test_what_was_not_made_is_one_paragraph(tmp_path, name):
    given = ingredients(tmp_path)
    given[name].unlink()
    with pytest.raises(ReportError, match=given[name].name):
        document.write("rapport", "nb", **given)


@pytest.mark.parametrize("content", ["{", "[]"])
@pytest.mark.parametrize("kind", ["numbers", "figures", "tables"])
def test_what_is_not_whole_is_one_paragraph(tmp_path, kind, content):
    given = ingredients(tmp_path)
    file = given[kind] if kind == "numbers" else min(given[kind].glob("*.json"))
    write_text(file, content)
    with pytest.raises(ReportError, match=rf"not whole.*{file.name}"):
        document.write("rapport", "nb", **given)


def test_numbers_without_a_day_are_refused(tmp_path):
    given = ingredients(tmp_path)
    known = json.loads(given["numbers"].read_text(encoding="utf-8"))
    write_json(given["numbers"], known | {"meta.data_day": "sent"})
    with pytest.raises(ReportError, match=r"meta\.data_day"):
        document.write("rapport", "nb", **given)


def test_a_stream_that_ends_in_a_carriage_return_gets_one_as_its_line_end():
    doubtful = b"1 0 obj\n<</Length 3/Filter/X>>\nstream\nab\r\nendstream\nendobj"
    clear = b"1 0 obj\n<</Length 3/Filter/X>>\nstream\nabc\nendstream\nendobj"
    assert unambiguous(doubtful) == doubtful.replace(b"\r\nend", b"\r\rend")
    assert unambiguous(clear) == clear
