"""Numbers, names and months as sources write them."""

import locale

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fij_eval.errors import InputError
from fij_eval.sources.labels import (
    MONTH_NAMES,
    clean,
    month_number_of,
    month_of_label,
    months_named,
    without_notes,
)
from fij_eval.sources.missing import SSB_SIGNS, Missing
from fij_eval.sources.numbers import UnreadableCellError, read_count, read_percent
from fij_eval.sources.text_files import csv_rows, decode


def grouped(number, space):
    return f"{number:,}".replace(",", space)


@given(st.integers(0, 10**12), st.sampled_from([" ", "\u00a0", "\u202f", "\u2009", ""]))
def test_a_count_reads_back_whatever_space_groups_it(number, space):
    assert read_count(grouped(number, space)) == (number, Missing.NONE)


@given(st.integers(0, 1000))
def test_a_share_in_per_cent_reads_back_with_comma_point_or_as_number(thousandths):
    text = f"{thousandths // 10},{thousandths % 10}"
    share = thousandths / 1000
    # Equal to the last bit: both are the float64 nearest to the same decimal number.
    assert read_percent(text) == (share, Missing.NONE)
    assert read_percent(text.replace(",", "."), decimal=".") == (share, Missing.NONE)
    assert read_percent(thousandths / 10) == (share, Missing.NONE)


@pytest.mark.parametrize(("sign", "reason"), [*SSB_SIGNS.items(), ("", Missing.BLANK)])
def test_a_sign_is_its_reason_and_never_a_number(sign, reason):
    assert read_count(f" {sign} ") == (None, reason)
    assert read_percent(sign) == (None, reason)


def test_a_dash_is_zero_only_where_it_is_documented():
    assert read_count("-") == (0, Missing.NONE)
    with pytest.raises(UnreadableCellError):
        read_count("-", zero_signs=())


@pytest.mark.parametrize(
    "text",
    [
        "1 23",
        "12 3456",
        "1.234",
        "-5",
        "−5",
        "–",
        "1,2,3",
        "12a",
        "٣",
        "1_0",
        "1e5",
        "NaN",
        "12\u2028345",
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(UnreadableCellError):
        read_count(text)


@pytest.mark.parametrize("value", [True, 2.5, -1, float("nan"), float("inf"), 1e300])
def test_a_workbook_value_that_counts_nobody_is_refused(value):
    with pytest.raises(UnreadableCellError):
        read_count(value)


def test_more_than_all_is_refused():
    with pytest.raises(UnreadableCellError, match="more than 100"):
        read_percent("100,1")


@given(st.text(max_size=30))
def test_any_text_is_a_number_a_reason_or_a_named_fault(text):
    try:
        value, reason = read_count(text)
    except UnreadableCellError:
        return
    assert (value is None) == (reason is not Missing.NONE)
    assert value is None or any(mark.isdigit() for mark in text) or text.strip() == "-"


def test_reading_does_not_depend_on_the_locale():
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "en_US.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        try:
            assert read_percent("34,5") == (0.345, Missing.NONE)
            assert months_named("September 2024") == ("2024-09",)
        finally:
            locale.setlocale(locale.LC_ALL, before)


letters = st.text("abcdefghijklmnopqrstuvwxyzæøåáčđŋšŧžÆØÅ -/", min_size=1).map(clean).filter(bool)
names = st.one_of(letters, letters.map(lambda name: f"{name} (Nordland)"))


@given(names, st.sampled_from(["", "1", "12", " 1", "1,2", "1)", " 2)", "¹", "²³", "*", "1 2"]))
def test_note_references_go_and_names_stay(name, note):
    assert without_notes(name + note) == name


@given(st.text(max_size=40))
def test_taking_notes_off_twice_is_taking_them_off_once(text):
    assert without_notes(without_notes(text)) == without_notes(text)


def test_composed_and_decomposed_letters_are_the_same_name():
    assert clean("A\u030asnes\u00a0") == "Åsnes"


@given(st.integers(1, 12), st.integers(2000, 2099), st.sampled_from(["", "1", "²", "*"]))
def test_a_month_label_reads_back_with_its_note(month, year, note):
    name = MONTH_NAMES[month - 1]
    expected = f"{year}-{month:02d}"
    for text in (f"{name} {year}", f"{name.title()}\u00a0{year}", f"{name[:3]}. {year}"):
        assert month_of_label(text + note) == expected
    assert month_of_label(expected) == expected
    assert month_of_label(f"{year}M{month:02d}") == expected


@pytest.mark.parametrize(
    "text", ["Septober 2024", "2024", "September", "Hele 2024", "ju 2024", "2024-13"]
)
def test_what_is_no_month_is_none(text):
    assert month_of_label(text) is None


def test_abbreviations_that_fit_two_months_are_no_month():
    assert month_number_of("ma") is None
    assert month_number_of("jun") == 6
    assert month_number_of("mar") == 3
    assert month_number_of("mai") == 5


def test_a_date_in_a_caption_is_not_its_month():
    caption = "Innvandret etter 24. februar 2022, etter kommune. September 2024. Foreløpige tall"
    assert months_named(caption) == ("2024-09",)


def test_text_is_utf8_with_or_without_mark_and_latin1_only_where_it_is_not():
    assert decode("Ålesund".encode(), where="f") == "Ålesund"
    assert decode("\ufeffÅlesund".encode(), where="f") == "Ålesund"
    assert decode("Ålesund".encode("iso-8859-1"), where="f") == "Ålesund"


@pytest.mark.parametrize(
    "content", ["Ålesund".encode() + b"\xff", "Ålesund".encode("utf-16"), b"a\x00"]
)
def test_text_in_two_encodings_or_none_is_refused(content):
    with pytest.raises(InputError, match=r"UTF-8.*fil\.csv"):
        decode(content, where="fil.csv")


def test_an_open_quotation_mark_is_a_fault_and_not_a_long_cell():
    with pytest.raises(InputError, match="quotation mark"):
        csv_rows(b'a;"b\nc;d\n', where="f.csv")
