"""The gate's look at places: what overlaps, runs out or shrinks on a page is named."""

import pytest
import typst

from fij_eval.errors import ReportError
from fij_eval.report import document, gate, gate_layout, pdf_pages

START = """
#set document(title: "Tittel")
#set page(margin: (left: 25mm, right: 25mm))
#set text(lang: "nb", region: "NO", size: 11pt)
= Overskrift
"""
TABLE = (
    "#table(columns: {columns}, inset: {inset}, table.header([Kommune], [Andel], [Antall]), {rows})"
)
ROW = "[Ål], [34,5], [1 234],"
#: The margins of ``START``, in points.
MARGINS = (25 / 25.4 * 72,) * 2


def pages(source):
    import pypdfium2

    content = typst.compile(
        (START + source).encode(), format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=0
    )
    with pypdfium2.PdfDocument(content) as pdf:
        return [pdf_pages.read(page) for page in pdf]


def faults(source, margins=MARGINS):
    return gate_layout.faults(pages(source), margins)


def table(columns="3", rows=ROW * 3, inset="5pt"):
    return TABLE.format(columns=columns, rows=rows, inset=inset)


def test_a_sound_page_has_no_fault_and_its_cells_are_read():
    assert faults(table()) == []
    (page,) = pages(table())
    (rows,) = page.tables
    assert [[cell.heading for cell in row] for row in rows] == [[True] * 3, *[[False] * 3] * 3]
    marks = {run.mark: run.words for run in page.runs}
    assert ["".join(marks[m] for m in cell.marks).strip() for cell in rows[1]] == [
        "Ål",
        "34,5",
        "1 234",
    ]
    assert {round(run.size) for run in page.runs if run.words.strip() == "34,5"} == {11}


def test_words_that_stand_over_others_are_named_with_their_page():
    found = faults("Først\n#pagebreak()\n#place(dx: 2mm)[over] under")
    assert found == ["page 2: «under» and «over» stand over each other"]


def test_a_long_word_in_a_narrow_column_runs_into_the_next():
    rows = "[Arbeidsmarkedsstatistikken], [34,5], [1 234]," + ROW
    found = faults(table("(18mm, 18mm, 18mm)", rows))
    assert any("Arbeidsmarkedsstatistikken" in fault and "34,5" in fault for fault in found)
    # columns that only touch read as one number
    touching = faults(table("(auto, auto, auto)", "[123456789,3], [4,5], [6]," * 2, "0.4pt"))
    assert any("cells «123456789,3» and «4,5»" in fault for fault in touching)


def test_a_table_wider_than_the_page_is_named_though_typst_says_nothing():
    wide = "[Et ganske langt innhold]," * 3
    source = "#set text(hyphenate: false)\n" + table("(70mm, 70mm, 70mm)", wide)
    assert any("stands beyond the margin" in fault for fault in faults(source))
    assert faults(source, margins=None) == [f for f in faults(source) if "off the page" in f]


def test_a_full_stop_may_hang_over_the_end_of_its_line():
    right = "#set align(right)\nEn linje med punktum til slutt."
    assert faults(right) == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("#text(size: 8.5pt)[liten, men leselig]", 0),
        ("#text(size: 8pt)[for liten]", 1),
        ("#text(size: 6pt)[2]", 1),
        ("1 000 m#super[2]", 0),
        ("H#sub[2]O", 0),
        ("#super[en hel setning]", 1),
        ("#scale(70%, reflow: true)[krympet]", 1),
    ],
)
def test_print_is_measured_as_it_comes_out_and_exponents_may_be_small(source, seen):
    assert len([fault for fault in faults(source) if "points" in fault]) == seen


def test_the_size_inside_a_picture_is_the_size_on_the_page():
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='60'>"
        "<text x='9' y='30' font-size='12' font-family='Libertinus Serif'>Akse</text></svg>"
    )
    shown = f'#image(bytes("{picture}"), alt: "En akse med et navn under", width: {{width}})'
    assert faults(shown.replace("{width}", "400pt")) == []
    small = faults(shown.replace("{width}", "200pt"))
    assert small
    assert all(fault.endswith("is set in 6.0 points") for fault in small)


def test_a_table_without_headings_is_named_and_one_that_goes_on_is_not():
    bare = "#table(columns: 2, [a], [b], [c], [d])"
    assert faults(bare) == ["page 1: table 1 on it has no row of headings"]
    long = pages(table(rows=ROW * 120))
    assert len(long) > 2
    assert gate_layout.faults(long, MARGINS) == []


def test_the_gate_stops_a_document_for_its_layout(tmp_path):
    path = tmp_path / "a.pdf"
    content = START + "#place(dx: 2mm)[over] under"
    path.write_bytes(
        typst.compile(content.encode(), format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=0)
    )
    with pytest.raises(ReportError, match="page 1: «under» and «over» stand over each other"):
        gate.check_pdf(path, language="nb", title="Tittel", numbers={}, figures=0, attachments=[])


def test_a_template_tells_the_page_of_each_number_and_its_margins():
    told = [{"margins": [25.4, 20.0], "numbers": [["b", 2], ["a", 1], ["b", 2], ["b", 3]]}]
    setting = document._setting(told)
    assert setting.places == {"a": (1,), "b": (2, 3)}
    assert setting.margins == (72.0, pytest.approx(20 / 25.4 * 72, abs=1e-9))  # one rounding
