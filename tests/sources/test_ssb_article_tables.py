"""The SSB article: page, CSV and workbook give the same table; a doubt stops the reading."""

import io
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fij_eval.errors import InputError
from fij_eval.sources import ssb_article
from fij_eval.sources.missing import Missing
from fij_eval.sources.store import RawStore

CAPTION = (
    "Tabell 2. Flyktninger fra Ukraina 20–66 år, innvandret etter 24. februar 2022, og sysselsatte "
    "blant dem, etter kommune. September 2024. Foreløpige tall"
)
HEADING = (
    "Kommune",
    "Bosatte 20–66 år",
    "Sysselsatte (lønnstakere)",
    "Andel sysselsatte. Prosent",
)
ROWS = (
    ("Halden", "312", "101", "32,4"),
    ("Oslo - Oslove", "1\u00a0234", "617", "50,0"),
    ("Herøy (Nordland)1", "30", ":", ":"),
    ("Utsira", ":", ":", ":"),
    ("Røst", "7", "-", "-"),
    ("Lyngen - Ivgu - Yykeä²", "14", "", ".."),
)
NOTES = ("1 Tallet er rettet 12. februar 2025.", "Kilde: Statistisk sentralbyrå")
NATIONAL = (
    ("August 2023", "30 112", "5\u202f211", "17,3"),
    ("September 20241", "48 001", "16 500", "34,4"),
)


def raised(label):
    """The label with its note reference raised, as pages have it."""
    return re.sub(r"([0-9²])$", r"<sup>\1</sup>", label)


def html_cell(text):
    return f"<td>\n  {text}\n</td>"


def html_table(caption, rows, heading=HEADING):
    head = "".join(f"<th scope='col'>{cell}</th>" for cell in heading)
    body = "".join(
        f"<tr><th>{raised(row[0])}</th>{''.join(map(html_cell, row[1:]))}</tr>" for row in rows
    )
    notes = "".join(f"<tr><td colspan='{len(heading)}'>{note}</td></tr>" for note in NOTES)
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot>{notes}</tfoot></table>"
    )


def page(rows=ROWS, caption=CAPTION, heading=HEADING, more=""):
    one = html_table("Tabell 1. Sysselsatte. August 2023–september 2024", NATIONAL)
    return (
        "<!DOCTYPE html><html lang='no'><head><title>Ukrainere i jobb</title>"
        "<script>var x = '<table>';</script></head><body><h1>Hvor mange</h1><p>Fjas & tull<br>"
        "<table><tr><td>Bosatte</td><td>noe annet</td></tr></table>"
        f"{one}{html_table(caption, rows, heading)}{more}</body></html>"
    ).encode()


def csv_file(rows=ROWS, caption=CAPTION, heading=HEADING):
    lines = [f'"{caption}"'] if caption else []
    lines += [";".join(row) for row in (heading, *rows)]
    return "\n".join([*lines, "", *NOTES, ""]).encode()


def xlsx_file(rows=ROWS, caption=CAPTION, heading=HEADING):
    """As the browser makes it: no white space in numbers, a point for the comma."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in ((caption,), heading):
        sheet.append(row)
    for label, *cells in rows:
        sheet.append([label, *map(spreadsheet_cell, cells)])
    for note in NOTES:
        sheet.append([note])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def spreadsheet_cell(text):
    plain = re.sub(r"\s", "", text).replace(",", ".")
    try:
        return float(plain) if "." in plain else int(plain)
    except ValueError:
        return text


def readings(content, where, **known):
    tables = ssb_article.parse(content, where=where, **known)
    return [(r.name, r.month, r.residents, r.employed, r.share) for r in tables["2"].rows]


def test_a_page_is_read_with_reasons_names_and_month():
    none, hidden, blank = Missing.NONE, Missing.CONFIDENTIAL, Missing.BLANK
    assert readings(page(), "page.html") == [
        ("Halden", "2024-09", (312, none), (101, none), (0.324, none)),
        ("Oslo - Oslove", "2024-09", (1234, none), (617, none), (0.5, none)),
        ("Herøy (Nordland)", "2024-09", (30, none), (None, hidden), (None, hidden)),
        ("Utsira", "2024-09", (None, hidden), (None, hidden), (None, hidden)),
        ("Røst", "2024-09", (7, none), (0, none), (0.0, none)),
        ("Lyngen - Ivgu - Yykeä", "2024-09", (14, none), (None, blank), (None, Missing.UNCERTAIN)),
    ]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (csv_file(), "tabell2.csv"),
        (b"\xef\xbb\xbf" + csv_file(), "tabell2.csv"),
        (csv_file().replace(b"\n", b"\r\n"), "tabell2.csv"),
        (
            csv_file().decode().replace("–", "-").replace("\u202f", " ").encode("iso-8859-1"),
            "t.CSV",
        ),
        (xlsx_file(), "tabell2.xlsx"),
        (page().decode().replace("–", "-").replace("\u202f", " ").encode("iso-8859-1"), "side.htm"),
    ],
)
def test_every_form_gives_the_same_readings(content, where):
    assert readings(content, where) == readings(page(), "page.html")


def test_the_national_table_has_a_row_a_month():
    rows = ssb_article.parse(page(), where="page.html")["1"].rows
    assert [(r.month, r.residents[0], r.employed[0], r.share[0]) for r in rows] == [
        ("2023-08", 30112, 5211, 0.173),
        ("2024-09", 48001, 16500, 0.344),
    ]


def test_a_spreadsheet_that_made_dates_of_months_is_read_as_months():
    content = io.BytesIO(xlsx_file(NATIONAL, "Tabell 1. Sysselsatte"))
    book = openpyxl.load_workbook(content)
    book.active["A3"] = pd.Timestamp("2023-08-01").to_pydatetime()
    out = io.BytesIO()
    book.save(out)
    tables = ssb_article.parse(out.getvalue(), where="tabell1.xlsx")
    assert [r.month for r in tables["1"].rows] == ["2023-08", "2024-09"]


def test_figures_that_a_spreadsheet_keeps_as_text_have_a_point():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file()))
    book.active["D3"] = "32.4"
    out = io.BytesIO()
    book.save(out)
    assert readings(out.getvalue(), "tabell2.xlsx") == readings(page(), "page.html")


def test_an_absent_column_is_not_published_and_not_zero():
    rows = [(row[0], row[3]) for row in ROWS if row[0] != "Røst"]
    found = readings(csv_file(rows, heading=(HEADING[0], HEADING[3])), "t.csv")
    assert {(r[2], r[3]) for r in found} == {((None, Missing.NOT_PUBLISHED),) * 2}
    assert found[0][4] == (0.324, Missing.NONE)


def test_a_caption_outside_the_file_may_say_month_and_table():
    found = readings(csv_file(caption=""), "t.csv", reference_month="2024-09", table="2")
    assert found == readings(page(), "page.html")


def test_totals_are_left_out_of_the_municipalities():
    assert readings(csv_file((*ROWS, ("I alt", "9 999", "9", "0,1"))), "t.csv") == readings(
        page(), "page.html"
    )


def test_a_municipality_with_empty_cells_before_the_notes_is_kept_where_others_follow():
    rows = (ROWS[0], ("Utsira", "", "", ""), ROWS[1])
    found = readings(csv_file(rows), "t.csv")
    assert [r[0] for r in found] == ["Halden", "Utsira", "Oslo - Oslove"]
    assert found[1][2:] == ((None, Missing.BLANK),) * 3


def test_a_page_with_its_table_twice_is_read_once():
    twice = page(more=html_table(CAPTION, ROWS))
    assert readings(twice, "page.html") == readings(page(), "page.html")


def with_cell(row, column, text):
    rows = [list(r) for r in ROWS]
    rows[row][column] = text
    return rows


FAULTS = {
    "another month": (page(), "page.html", {"reference_month": "2024-08"}, "says 2024-09"),
    "a month written otherwise": (page(), "page.html", {"reference_month": "9/2024"}, "YYYY-MM"),
    "another table": (csv_file(), "t.csv", {"table": "1"}, "says Tabell 2"),
    "no month": (page(caption="Tabell 2. Kommuner"), "page.html", {}, "names 0 months"),
    "no table": (csv_file(caption=""), "t.csv", {}, "not known whether"),
    "no caption": (page(caption="Kommuner. September 2024"), "page.html", {}, "«Tabell 2»"),
    "a page cut off": (page()[:-40], "page.html", {}, "cut off"),
    "two tables 2": (page(more=html_table(CAPTION, ROWS[:2])), "page.html", {}, "two different"),
    "commas for semicolons": (
        csv_file().replace(b";", b","),
        "t.csv",
        {"table": "2"},
        "no heading",
    ),
    "an unknown column": (
        csv_file(heading=(*HEADING[:3], "Endring")),
        "t.csv",
        {},
        "«Endring» is not known",
    ),
    "a column twice": (csv_file(heading=(*HEADING[:3], HEADING[1])), "t.csv", {}, "second one"),
    "an unknown sign": (csv_file(with_cell(1, 1, "?")), "t.csv", {}, "row 4 («Oslo - Oslove»)"),
    "half a person": (csv_file(with_cell(1, 1, "1,5")), "t.csv", {}, "whole number"),
    "more at work than there are": (
        csv_file(with_cell(0, 2, "313")),
        "t.csv",
        {},
        "313 are in work",
    ),
    "more than all": (csv_file(with_cell(0, 3, "324")), "t.csv", {}, "more than 100"),
    "a figure without a name": (csv_file(with_cell(1, 0, "")), "t.csv", {}, "no label"),
    "a note for a name": (csv_file(with_cell(1, 0, "12")), "t.csv", {}, "note reference only"),
    "a cell too many": (csv_file([(*ROWS[0], "5")]), "t.csv", {}, "below the headings"),
    "a cell too few": (csv_file([ROWS[0][:3], ROWS[1]]), "t.csv", {}, "row 3"),
    "no rows": (csv_file(()), "t.csv", {}, "no rows of figures"),
    "another ending": (csv_file(), "t.pdf", {}, "«.pdf»"),
    "a zero among hidden": (csv_file(with_cell(2, 3, "0,0")), "t.csv", {}, "hidden figure"),
    "a month twice": (
        page().replace(b"<th>September 2024<sup>1</sup>", b"<th>August 2023"),
        "p.html",
        {},
        "The month 2023-08 stands twice",
    ),
    "blocks in a cell": (page(with_cell(0, 1, "<p>1</p><p>312</p>")), "p.html", {}, "«Halden»"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_file_and_row(name):
    content, where, known, words = FAULTS[name]
    with pytest.raises(InputError, match=re.escape(words)) as error:
        ssb_article.parse(content, where=where, **known)
    assert where in str(error.value)


def test_a_zero_share_is_zero_where_nobody_works_among_three_or_more():
    rows = [("Røst", "7", "0", "0,0")]
    assert readings(csv_file(rows), "t.csv")[0][4] == (0.0, Missing.NONE)
    with pytest.raises(InputError, match="hidden figure"):
        readings(csv_file([("Røst", "2", "0", "0,0")]), "t.csv")


def test_a_cell_over_two_columns_of_figures_is_refused():
    content = page().replace(b"<td>\n  312\n</td>", b"<td colspan=2>312</td>")
    with pytest.raises(InputError, match="covers several"):
        ssb_article.parse(content, where="page.html")


@pytest.mark.parametrize("cell", [b"31<table>2", b"<table>312", b"312<table></table>"])
def test_a_figure_with_a_table_in_its_cell_is_refused(cell):
    whole = page()
    content = whole.replace(b"<td>\n  312\n</td>", b"<td>" + cell + b"</td>")
    assert content != whole
    with pytest.raises(InputError):
        ssb_article.parse(content, where="page.html")


@pytest.mark.parametrize("place", [b"<table>", b"<p>x</p>"])
def test_control_characters_beside_a_block_are_refused(place):
    content = page().replace(b"<body>", b"<body>" + place + b"\x1c")
    with pytest.raises(InputError, match="control characters"):
        ssb_article.parse(content, where="page.html")


def test_a_page_laid_out_in_a_table_reads_the_same():
    whole = page()
    laid_out = whole.replace(b"<body>", b"<body><table><tr><td>Meny</td><td>").replace(
        b"</body>", b"</td></tr></table></body>"
    )
    assert laid_out != whole
    rows = [ssb_article.parse(each, where="page.html")["2"].rows for each in (whole, laid_out)]
    assert rows[0] == rows[1]


def test_a_table_that_is_closed_before_its_rows_end_is_refused():
    content = page().replace(b"<tr><th>Utsira", b"</table><tr><th>Utsira")
    with pytest.raises(InputError, match="cannot be read to its end"):
        ssb_article.parse(content, where="page.html")


def test_a_page_nested_deeper_than_the_parser_follows_is_refused():
    content = page().replace(b"<h1>", b"<div>" * 3000 + b"<h1>")
    with pytest.raises(InputError, match="cannot be read to its end"):
        ssb_article.parse(content, where="page.html")


def test_a_formula_in_a_table_is_refused_by_cell():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file()))
    book.active["B3"] = "=300+12"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InputError, match=r"is a formula.*cell B3"):
        ssb_article.parse(out.getvalue(), where="tabell2.xlsx")


def test_entities_and_document_types_in_a_page_are_harmless():
    bomb = b'<!DOCTYPE html [<!ENTITY a "99999"><!ENTITY b "&a;&a;&a;">]>'
    content = page().replace(b"<!DOCTYPE html>", bomb).replace(b"  101\n", b"  &b;\n")
    with pytest.raises(InputError, match="neither a number nor a known sign"):
        ssb_article.parse(content, where="page.html")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_byte_is_refused_or_changes_the_row_it_is_in_alone(data):
    whole = csv_file()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    damaged = whole[:place] + bytes([byte]) + whole[place + 1 :]
    try:
        found = {row[2:] for row in readings(damaged, "t.csv")}
    except InputError:
        return
    before = {row[2:] for row in readings(whole, "t.csv")}
    # A line break in a label makes two rows of one: the label's rest, and a row without figures.
    assert len(before - found) <= 1
    assert len(found - before) <= 2
    for value, reason in (reading for row in found for reading in row):
        assert (value is None) == (reason is not Missing.NONE)


def put(store, content, name, vintage="2024-12-19", **about):
    return store.put(
        content,
        service="ssb_article",
        item="2024-09",
        vintage=vintage,
        filename=name,
        simulated=True,
        about={"reference_month": "2024-09", "published": vintage, **about},
    )


def written(root, store, entries):
    store.write_index(root / "index" / "ssb_article.json", entries)
    ssb_article.write_tables(root / "index" / "ssb_article.json", root / "out")
    return [
        pd.read_parquet(root / "out" / f"ssb_article_{n}.parquet")
        for n in ("municipal", "national")
    ]


def test_every_vintage_is_kept_with_its_date_and_place(tmp_path):
    store = RawStore(tmp_path)
    revised = csv_file(with_cell(0, 2, "103"))
    entries = [
        put(store, page(), "page.html"),
        put(store, csv_file(), "tabell2.csv", table="2"),
        put(store, revised, "tabell2.csv", vintage="2025-02-25", table="2"),
    ]
    municipal, national = written(tmp_path, store, entries)
    halden = municipal[municipal["name"] == "Halden"]
    assert halden[["published", "vintage", "employed"]].to_numpy().tolist() == [
        ["2024-12-19", "2024-12-19", 101],
        ["2025-02-25", "2025-02-25", 103],
    ]
    assert halden["file"].tolist()[1] == "ssb_article/2024-09/2025-02-25/tabell2.csv"
    # The row is the line of the file: below the caption and the heading.
    assert halden["row"].tolist()[1] == 3
    assert municipal["simulated"].all()
    types = {**dict.fromkeys(("residents", "employed", "row"), "Int64"), "share": "float64"}
    assert {name: str(municipal[name].dtype) for name in types} == types
    assert len(national) == len(NATIONAL)
    assert list(national.columns) == [c for c in municipal.columns if c not in ("label", "name")]


def test_two_files_of_one_vintage_that_differ_stop_the_reading_at_the_cell(tmp_path):
    store = RawStore(tmp_path)
    other = csv_file(with_cell(1, 2, "618"))
    entries = [put(store, page(), "page.html"), put(store, other, "tabell2.csv", table="2")]
    with pytest.raises(InputError, match=r"employed of «Oslo - Oslove».*617 and 618|618 and 617"):
        written(tmp_path, store, entries)
    assert not (tmp_path / "out").exists()


def test_an_archive_without_the_national_table_gives_an_empty_one_of_the_same_types(tmp_path):
    store = RawStore(tmp_path)
    full = written(tmp_path, store, [put(store, page(), "page.html")])[1]
    empty = written(tmp_path, store, [put(store, csv_file(), "tabell2.csv", table="2")])[1]
    assert len(empty) == 0
    assert empty.dtypes.equals(full.dtypes)
