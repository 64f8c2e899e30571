"""NAV's workbook HL060: found by its words, read by its signs, refused by sheet and cell."""

import io
import re
import zipfile

import numpy as np
import openpyxl
import pytest

from fij_eval.errors import InputError
from fij_eval.sources import nav
from fij_eval.sources.missing import Missing

PERSONS, RATES = "3. Kommune Antall", "4. Kommune Prosent av arbeidsst"
MONTHS = ("Januar", "Februar", "Mars")


def workbook(
    change=None, *, period="Januar - mars 2024", months=MONTHS, top=2, names=(PERSONS, RATES)
):
    """A workbook in the documented form; ``change`` gets the sheets before it is saved."""
    book = openpyxl.Workbook()
    book.active.title = "Innhold"
    rows = {
        names[0]: (("0301 Oslo - Oslove", 9000, 9100, 9200), ("1151 Utsira", "*", 4, 0)),
        names[1]: (("0301 Oslo - Oslove", 2.3, 2.4, 2.5), ("1151 Utsira", "*", 2.9, 0)),
    }
    for name, figures in rows.items():
        sheet = book.create_sheet(name)
        sheet["B1"] = "Helt ledige. Tidsserie måned"
        sheet["B2"] = period
        for column, month in enumerate(months, start=3):
            sheet.cell(row=top + 2, column=column, value=month)
        extra = (("2100 Svalbard", 5, 6, 7), ("Ukjent", 1, 2, 3))
        for number, row in enumerate((*figures, *extra), start=top + 3):
            for column, value in enumerate(row, start=2):
                sheet.cell(row=number, column=column, value=value)
        sheet.cell(row=top + 9, column=2, value="* færre enn fire")
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parse(content):
    return nav.parse(content, where="hl060_2024.xlsx", year=2024, vintage="2024-04-05")


def cell(sheet, name, value):
    def change(book):
        book[sheet][name] = value

    return change


def rewritten(content, member, old, new):
    """The archive with a part of one member replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == member:
                assert old in data
                data = data.replace(old, new)
            target.writestr(info.filename, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_persons_and_rates_are_read_with_reasons():
    frame = parse(workbook()).set_index(["code", "reference_month"])
    assert frame.loc[("0301", "2024-02"), "unemployed"] == 9100
    # 2.4 per cent is the float64 nearest to 0.024, without arithmetic in between.
    assert frame.loc[("0301", "2024-02"), "unemployment_rate"] == 0.024
    hidden = frame.loc[("1151", "2024-01")]
    assert hidden["unemployed_missing"] == hidden["unemployment_rate_missing"] == "below_four"
    assert frame["unemployed"].isna().sum() == 1
    assert np.isnan(hidden["unemployment_rate"])
    zero = frame.loc[("1151", "2024-03")]
    assert zero["unemployed"] == 0
    assert zero["unemployed_missing"] == Missing.NONE.value


def test_svalbard_and_unknown_are_left_out_with_a_line_in_the_log(caplog):
    with caplog.at_level("INFO"):
        frame = parse(workbook())
    assert set(frame["code"]) == {"0301", "1151"}
    assert "2100 Svalbard" in caplog.text
    assert "Ukjent" in caplog.text


def test_the_table_is_found_wherever_it_begins():
    plain = parse(workbook())
    assert parse(workbook(top=11)).equals(plain)

    def shifted(book):
        for name in (PERSONS, RATES):
            book[name].insert_cols(1, 2)

    assert parse(workbook(shifted)).equals(plain)


def test_abbreviated_months_and_months_with_a_year_are_months():
    plain = parse(workbook())
    assert parse(workbook(months=("jan.", "feb.", "mars"))).equals(plain)
    assert parse(workbook(months=[f"{m} 2024" for m in MONTHS])).equals(plain)


def test_a_rate_formatted_as_per_cent_is_the_same_rate():
    def formatted(book):
        for row in book[RATES].iter_rows():
            for entry in row:
                if isinstance(entry.value, float):
                    entry.value, entry.number_format = entry.value / 100, "0.0%"

    assert parse(workbook(formatted)).equals(parse(workbook()))


def test_empty_columns_of_months_to_come_are_left_out():
    frame = parse(workbook(months=(*MONTHS, "April", "Mai")))
    assert sorted(set(frame["reference_month"])) == ["2024-01", "2024-02", "2024-03"]


def test_an_empty_cell_is_blank_and_not_zero():
    frame = parse(workbook(cell(PERSONS, "C5", None)))
    assert frame["unemployed_missing"].tolist()[0] == "blank"
    assert frame["unemployed"].isna().tolist()[0]


FAULTS = {
    "an unknown sign": (workbook(cell(PERSONS, "D6", ":")), f"«{PERSONS}», cell D6"),
    "half a person": (workbook(cell(PERSONS, "D6", 4.5)), "cell D6"),
    "a formula": (workbook(cell(RATES, "C5", "=1+1")), f"«{RATES}», cell C5"),
    "an error value": (workbook(cell(RATES, "C5", "#N/A")), "error value"),
    "a label that is a formula": (workbook(cell(PERSONS, "B6", "=A1")), f"«{PERSONS}», cell B6"),
    "a truth value": (workbook(cell(PERSONS, "C5", True)), "truth value"),
    "more than all": (workbook(cell(RATES, "C5", 101)), "more than 100"),
    "a missing sheet": (workbook(names=(PERSONS, "5. Fylke Prosent")), "0 sheets"),
    "another year": (workbook(period="Januar - mars 2023"), "holds 2023, not 2024"),
    "no period": (workbook(period="Måned"), "no period"),
    "a month lost": (workbook(months=("Januar", "Mars")), "months in the heading"),
    "figures beyond the period": (workbook(period="Januar - februar 2024"), "period has 2"),
    "a period beyond the headings": (workbook(period="Januar - april 2024"), "period has 4"),
    "no months": (workbook(months=("a", "b", "c")), "no row of month names"),
    "a municipality twice": (workbook(cell(PERSONS, "B6", "0301 Oslo")), "0301 stands twice"),
    "a municipality in one sheet": (workbook(cell(PERSONS, "B6", "1149 Karmøy")), "one of the two"),
    "figures without a label": (workbook(cell(PERSONS, "B6", None)), "cell B6"),
    "figures of something else": (workbook(cell(PERSONS, "B6", "Utsira")), "«Utsira»"),
    "not a workbook": (b"<html></html>", "web page"),
    "half a workbook": (workbook()[:2000], "not an XLSX workbook"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_sheet_and_cell(name):
    content, words = FAULTS[name]
    with pytest.raises(InputError, match=re.escape(words)) as error:
        parse(content)
    assert "hl060_2024.xlsx" in str(error.value)


def test_a_sheet_of_shares_is_not_taken_for_per_cent():
    def many(book):
        for sheet, value in ((PERSONS, 30), (RATES, 0.023)):
            for number in range(6, 30):
                for column, content in enumerate((f"{1000 + number} X", *[value] * 3), start=2):
                    book[sheet].cell(row=number, column=column, value=content)
            for column in (3, 4, 5):
                book[sheet].cell(row=5, column=column, value=value)

    with pytest.raises(InputError, match="seem to be shares"):
        parse(workbook(many))


def test_entities_in_the_xml_are_refused():
    content = rewritten(
        workbook(),
        "xl/worksheets/sheet2.xml",
        b"<worksheet ",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet ',
    )
    with pytest.raises(InputError, match="Entit"):
        parse(content)


def test_a_workbook_that_unpacks_to_a_huge_size_is_refused_unopened():
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(65 * 2**20))
    assert len(out.getvalue()) < 2**20
    with pytest.raises(InputError, match="unpacks to"):
        parse(out.getvalue())


def test_a_sheet_with_rows_far_down_is_refused():
    with pytest.raises(InputError, match="more than 2000 rows"):
        parse(workbook(cell(PERSONS, "B2001", "9998 Langt nede")))


def test_a_lone_cell_at_the_end_of_the_sheet_costs_no_time_and_changes_nothing():
    content = workbook(cell(PERSONS, "A1048576", "slutt"))
    assert parse(content).equals(parse(workbook()))


@pytest.mark.parametrize("start", range(0, 6000, 397))
def test_a_damaged_workbook_is_refused_or_read_as_before(start):
    whole = workbook()
    damaged = bytearray(whole)
    for place in range(start, min(start + 9, len(damaged))):
        damaged[place] ^= 0x5A
    try:
        frame = parse(bytes(damaged))
    except InputError:
        return
    assert frame.equals(parse(whole))
