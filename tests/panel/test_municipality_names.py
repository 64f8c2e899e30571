"""Names are matched to codes under the structure of the month, or the build stops."""

from __future__ import annotations

import unicodedata

import pytest
from panel_world import klass_tables, names_in

from fij_eval.errors import CheckError
from fij_eval.panel import names
from fij_eval.panel.municipalities import match_names, structure_at


@pytest.fixture(scope="module")
def structures():
    tables = klass_tables()
    parts = (
        tables["klass_municipalities"],
        tables["klass_counties"],
        tables["klass_changes"],
    )
    return {date: structure_at(date, *parts) for date in ("2023-08-01", "2024-09-01")}


def match(structure, labels, counties=()):
    return match_names(
        labels, [structure], file="page.html", rows=range(5, 5 + len(labels)), counties=counties
    )[0]


@pytest.mark.parametrize(
    ("date", "label", "code"),
    [
        ("2024-09-01", "Herøy (Nordland)", "1818"),
        ("2024-09-01", "Herøy (Møre og Romsdal)", "1515"),
        ("2024-09-01", "Våler (Innlandet)", "3419"),
        ("2024-09-01", "Våler (Østfold)", "3114"),
        ("2023-08-01", "Våler (Viken)", "3018"),
        ("2024-09-01", "Sande", "1514"),
        ("2024-09-01", "Sande (Møre og Romsdal)", "1514"),
        ("2024-09-01", "Steinkjer - Stïentje", "5006"),
        ("2024-09-01", "Steinkjer", "5006"),
        ("2024-09-01", "Oslo - Oslove", "0301"),
        ("2024-09-01", "Lyngen - Ivgu - Yykeä", "5536"),
        ("2024-09-01", "Karasjok", "5610"),
        ("2024-09-01", "Kárášjohka - Karasjok", "5610"),
        ("2024-09-01", "Trondheim - Tråanten", "5001"),
        ("2024-09-01", "Hamarøy", "1875"),
        ("2023-08-01", "Alta", "5403"),
        ("2024-09-01", "Alta", "5601"),
        ("2023-08-01", "Ålesund", "1507"),
        ("2024-09-01", "Ålesund", "1508"),
        ("2024-09-01", "Haram", "1580"),
        ("2023-08-01", "Halden", "3001"),
        ("2024-09-01", "SØR-VARANGER", "5605"),
        ("2024-09-01", "Aurskog \N{EN DASH} Høland", "3226"),
        ("2024-09-01", "Evje\N{NO-BREAK SPACE}og Hornnes", "4219"),
        ("2024-09-01", unicodedata.normalize("NFD", "Ålesund"), "1508"),
        ("2024-09-01", "Hábmer \N{EN DASH} Hamarøy", "1875"),
        ("2024-09-01", "Herøy(Nordland)", "1818"),
    ],
)
def test_a_name_finds_its_code(structures, date, label, code):
    assert match(structures[date], [label]) == [code]


@pytest.mark.parametrize("label", ["Herøy", "Våler"])
def test_a_name_that_two_municipalities_bear_stops_with_both(structures, label):
    with pytest.raises(CheckError, match=rf"«{label}» \(row 5\) can be \d{{4}} .* \d{{4}} "):
        match(structures["2024-09-01"], [label])


def test_a_county_in_the_source_tells_two_municipalities_apart(structures):
    assert match(structures["2024-09-01"], ["Herøy"], ["Nordland"]) == ["1818"]
    assert match(structures["2024-09-01"], ["Herøy"], ["Møre og Romsdal"]) == ["1515"]


@pytest.mark.parametrize(
    ("date", "label"),
    [
        ("2024-09-01", "Sande (Vestfold)"),
        ("2024-09-01", "Langtvekkistan"),
        ("2023-08-01", "Haram"),
        ("2024-09-01", "Herøy (Troms)"),
    ],
)
def test_a_name_that_was_no_municipality_stops_with_name_file_and_row(structures, date, label):
    with pytest.raises(CheckError) as stopped:
        match(structures[date], ["Bodø", label])
    assert f"«{label}» (row 6)" in stopped.value.what
    assert stopped.value.where == "page.html"


def test_two_rows_of_one_municipality_stop_with_both(structures):
    with pytest.raises(CheckError, match=r"«Hamarøy» \(row 5\) and «Hábmer - Hamarøy» \(row 6\)"):
        match(structures["2024-09-01"], ["Hamarøy", "Hábmer - Hamarøy"])


@pytest.mark.parametrize("month", ["2023-08", "2024-09"])
def test_every_name_of_a_month_finds_its_own_code(structures, month):
    labels = names_in(month)
    assert match(structures[f"{month}-01"], list(labels.values())) == list(labels)


def test_a_table_revised_after_a_reform_is_read_under_the_new_structure(structures):
    labels = list(names_in("2024-09").values())
    codes, used = match_names(
        labels,
        [structures["2023-08-01"], structures["2024-09-01"]],
        file="x",
        rows=range(len(labels)),
    )
    assert used.date == "2024-09-01"
    assert {"1508", "1580"} <= set(codes)


def test_klass_that_does_not_cover_the_date_stops():
    tables = klass_tables()
    short = tables["klass_municipalities"].query("valid_from == '2024-01-01'")
    with pytest.raises(CheckError, match="has 0 municipalities"):
        structure_at("2023-08-01", short, tables["klass_counties"], tables["klass_changes"])


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Kárášjohka - Karasjok", "Karasjok", True),
        ("Herøy (Nordland)", "Herøy (Møre og Romsdal)", False),
        ("Herøy", "Herøy (Nordland)", True),
        ("Nes", "Nesbyen", False),
    ],
)
def test_names_are_alike_when_they_share_a_language(one, other, alike):
    assert names.same(one, other) is alike
