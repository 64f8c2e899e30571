"""The workbook: real numbers as shown in the report, no formula, the same bytes, words in place."""

import json
import math
import re
import zipfile
from datetime import date

import figure_worlds as worlds
import openpyxl
import pytest

from fij_eval.artefacts import write_json, write_text
from fij_eval.errors import ReportError
from fij_eval.report import registry, workbook
from fij_eval.report.numbers_format import number
from fij_eval.report.prose import DOCUMENTS, asked_for, prose
from fij_eval.report.workbook_cells import columns

NAMES = ("tab01_participants", "tab02_means", "tab05_main", "tab14_event_study")
SOURCES = [
    {"service": "nav", "item": "hl060-2024", "vintage": "2025-01-06", "simulated": True},
    {"service": "imdi", "item": "bosetting-2024", "vintage": "2024-11-13", "simulated": False},
    {"service": "statbank", "item": "07459", "vintage": "2026-02-24T07-00", "simulated": False},
]


def ingredients(folder, language="nb", names=NAMES, *, simulated=True):
    made = worlds.context(language)
    tables = folder / "tables" / language
    inputs = {}
    for name in names:
        for key, frame in worlds.inputs(registry.table(name).INPUTS, simulated=simulated).items():
            inputs[key] = folder / f"{key}.parquet"
            frame.to_parquet(inputs[key], index=False)
        registry.write_table(name, inputs, tables / f"{name}.csv", made)
    meta = {"simulated": "ja" * simulated, "data_as_of": "12. mars 2026", "version": "0.1.0"}
    meta |= {"status_start": "Foreløpig rapport"}
    write_json(folder / "numbers.json", {f"meta.{key}": value for key, value in meta.items()})
    write_json(folder / "manifest.json", {"sources": SOURCES})
    return {
        "tables": tables,
        "numbers": folder / "numbers.json",
        "manifest": folder / "manifest.json",
        "output": folder / f"{language}.xlsx",
    }


@pytest.fixture(scope="module", params=["nb", "en"])
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbook")
    given = ingredients(folder, request.param)
    workbook.write(request.param, **given)
    return request.param, given, openpyxl.load_workbook(given["output"])


def sheet_of(made, name):
    language, given, book = made
    names = sorted(path.stem for path in given["tables"].glob("*.json"))
    return book[workbook.sheet_names(dict.fromkeys(names), language)[name]]


def table_rows(sheet):
    area = next(iter(sheet.tables.values())).ref
    header, *rows = sheet[area]
    return [cell.value for cell in header], rows


def test_one_sheet_a_table_after_the_front_numbered_as_in_the_report(made):
    language, _, book = made
    document = next(d for d in DOCUMENTS.values() if d.language == language)
    order = [name for name in asked_for("tab", prose(document)) if name in NAMES]
    assert len(order) == len(NAMES)
    word = {"nb": "Tabell", "en": "Table"}[language]
    assert book.sheetnames[1:] == [f"{word} {k}" for k in range(1, len(NAMES) + 1)]
    for k, name in enumerate(order, start=1):
        words = json.loads((made[1]["tables"] / f"{name}.json").read_text("utf-8"))
        assert book[f"{word} {k}"]["A1"].value == words["title"]


def test_numbers_are_numbers_that_show_as_in_the_report(made):
    language, given, _ = made
    sheet = sheet_of(made, "tab05_main")
    words = json.loads((given["tables"] / "tab05_main.json").read_text("utf-8"))
    header, rows = table_rows(sheet)
    column = header.index(words["header"][1])
    records = worlds.records("main").set_index("key")
    for cells, shown in zip(rows, words["rows"], strict=True):
        value, form = cells[column].value, cells[column].number_format
        decimals = len(re.search(r"0(?:\.(0+))?;", form)[1])
        assert number(value, language, decimals, sign=True) == shown[1]
    # the whole number behind it, not the two decimals shown; nine digits are written beside tables
    behind = 100 * records.loc["did_municipality.att", "estimate"]
    assert any(math.isclose(cells[column].value, behind, rel_tol=1e-8) for cells in rows)


def test_an_interval_stands_in_two_columns_with_its_lower_limit_first(made):
    header, rows = table_rows(sheet_of(made, "tab05_main"))
    ends = {"nb": ("nedre", "øvre"), "en": ("lower", "upper")}[made[0]]
    low, high = (next(k for k, h in enumerate(header) if h.endswith(end)) for end in ends)
    assert rows
    assert all(row[low].value < row[1 + header[1:].index(header[2])].value for row in rows)
    assert all(row[low].value < row[high].value for row in rows)


def test_days_are_days(made):
    header, rows = table_rows(sheet_of(made, "tab01_participants"))
    column = next(k for k, cell in enumerate(rows[0]) if cell.is_date)
    assert header[column] in ("Oppstart", "Kick-off")
    assert {row[column].value.date() for row in rows} <= {
        date(2024, 6, day) for day in (14, 18, 20)
    } | {date(2024, 8, 22)}


def test_no_municipality_with_few_refugees_shows_a_number_of_them(made):
    _, given, _ = made
    header, rows = table_rows(sheet_of(made, "tab01_participants"))
    words = json.loads((given["tables"] / "tab01_participants.json").read_text("utf-8"))
    residents = header.index(words["header"][4])
    numbers = [row[residents].value for row in rows if isinstance(row[residents].value, int)]
    assert any(not isinstance(row[residents].value, int) for row in rows)
    assert min(numbers) >= worlds.context().sample.minimum_residents


def test_headings_stay_in_view_and_belong_to_a_named_table(made):
    _, _, book = made
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A5"
        header, _ = table_rows(sheet)
        assert len(set(header)) == len(header)
        assert all(header)
        for k in range(1, len(header) + 1):
            assert sheet.column_dimensions[sheet.cell(4, k).column_letter].width >= 11


def test_simulated_data_are_called_simulated_on_every_sheet_and_printed_page(made):
    _, _, book = made
    for sheet in book.worksheets:
        assert "imul" in sheet["A3"].value
        assert "imul" in sheet.oddHeader.center.text


def test_real_data_carry_no_such_word(tmp_path):
    given = ingredients(tmp_path, names=("tab05_main",), simulated=False)
    write_json(given["manifest"], {"sources": SOURCES[1:]})
    workbook.write("nb", **given)
    book = openpyxl.load_workbook(given["output"])
    texts = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    assert not any("simul" in str(text) for text in texts)


def test_the_front_tells_build_definitions_signs_and_sources(made):
    language, given, book = made
    front = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert workbook.colophon.build_id(given["manifest"]) in front.values()
    assert {".", "..", ":"} <= set(front)
    assert any(key and "NAV" in key and "simul" in key for key in front)
    assert any(key and "07459" in key for key in front)
    imdi = next(value for key, value in front.items() if key and key.startswith("IMDi"))
    assert imdi.startswith({"nb": "lisens ikke oppgitt", "en": "licence not stated"}[language])
    links = [cell.hyperlink.location for cell in book.worksheets[0]["A"] if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_text_from_data_is_never_a_formula(tmp_path):
    given = ingredients(tmp_path, names=("tab05_main",))
    hostile = ["=1+1", "+CMD|' /C calc'!A0", "-2", "@SUM(A1)", "a\x07b", '=HYPERLINK("http://x")']
    words = json.loads((given["tables"] / "tab05_main.json").read_text("utf-8"))
    rows = [[text, *words["rows"][0][1:]] for text in hostile]
    write_json(given["tables"] / "tab05_main.json", words | {"rows": rows, "title": "=2+2"})
    workbook.write("nb", **given)
    book = openpyxl.load_workbook(given["output"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    shown = [row[1] for row in table_rows(book["Tabell 1"])[1]]
    assert [cell.value for cell in shown[:4]] == hostile[:4]
    assert all(cell.quotePrefix for cell in shown[:4])
    with zipfile.ZipFile(given["output"]) as parts:
        sheets = [name for name in parts.namelist() if "worksheets/sheet" in name]
        assert not any(b"<f>" in parts.read(name) for name in sheets)


def test_two_builds_in_two_folders_give_the_same_bytes(made, tmp_path):
    language, given, _ = made
    again = ingredients(tmp_path, language)
    workbook.write(language, **again)
    assert again["output"].read_bytes() == given["output"].read_bytes()


def _column(shown, raw=None, language="nb"):
    rows = [[text] for text in shown]
    return columns(["p"], rows, ["right"], {} if raw is None else raw, language)


def test_a_number_without_one_column_of_data_behind_it_is_what_is_shown():
    two = {"a": ["0.01512", "0.02"], "b": ["0.01488", "0.02"]}
    cells = _column(["1,5", "2,0"], two)[0].cells
    assert [cell.value for cell in cells] == [1.5, 2]
    one = {"a": two["a"], "b": ["0.03", "0.02"]}
    assert _column(["1,5", "2,0"], one)[0].cells[0].value == pytest.approx(1.512)


def test_a_share_next_to_zero_is_turned_into_points_as_the_rest_of_its_column():
    points = _column(["0,0", "1,5"], {"a": ["0.0004", "0.0151"]})[0].cells
    assert [cell.value for cell in points] == pytest.approx([0.04, 1.51])
    plain = _column(["0,0", "1,5"], {"a": ["0.0004", "1.51"]})[0].cells
    assert [cell.value for cell in plain] == pytest.approx([0.0004, 1.51])
    # where nothing tells, the cell holds what is shown
    assert [cell.value for cell in _column(["0,0"], {"a": ["0.0004"]})[0].cells] == [0]


def test_numbers_of_both_languages_are_read_as_they_are_written():
    bokmal = ["1\u2009234", "−3,5", "+0,25", "34,5\u00a0%", "..", "", ":"]
    values = [cell.value for cell in _column(bokmal)[0].cells]
    assert values == [1234, -3.5, 0.25, 0.345, "..", None, ":"]
    english = ["1,234", "−3.5", "+0.25", "34.5%", "..", "", ":"]
    assert [cell.value for cell in _column(english, language="en")[0].cells] == values


def test_signs_stand_where_the_report_has_them():
    formats = [cell.number_format for cell in _column(["42,2", "−0,3", "+1,7"])[0].cells]
    assert formats == ["#,##0.0", "#,##0.0", "+#,##0.0;-#,##0.0;#,##0.0"]
    differences = [cell.number_format for cell in _column(["−0,3", "0,0", "+1,7"])[0].cells]
    assert set(differences) == {formats[2]}


def test_a_bound_shows_as_a_bound_and_holds_the_number_behind_it():
    cells = _column(["0,012", "<\u00a00,001"], {"p_value": ["0.0121", "0.00002"]})[0].cells
    assert cells[1].value == pytest.approx(0.00002)
    assert cells[1].number_format == '"< 0,001"'
    assert _column(["<\u00a00,001"])[0].cells[0].value == "<\u00a00,001"


def test_a_missing_value_in_the_data_is_never_a_number():
    cells = _column(["..", "0,5"], {"a": ["", "0.5"], "b": ["nan", "0.7"]})[0].cells
    assert [cell.value for cell in cells] == ["..", 0.5]


def test_what_is_missing_is_one_paragraph(tmp_path):
    given = ingredients(tmp_path, names=("tab05_main",))
    with pytest.raises(ReportError, match="no table"):
        workbook.write("nb", **(given | {"tables": tmp_path / "nothing"}))
    given["tables"].joinpath("tab05_main.csv").unlink()
    with pytest.raises(ReportError, match=r"tab05_main\.json"):
        workbook.write("nb", **given)
    write_text(given["numbers"], "{}")
    with pytest.raises(ReportError, match=r"meta\."):
        workbook.write("nb", **given)
    assert not given["output"].exists()
