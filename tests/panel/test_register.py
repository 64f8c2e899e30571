"""The register is read strictly: what cannot be placed is refused with its row and column."""

from __future__ import annotations

import pytest
from panel_world import REFERENCE

from fij_eval.errors import InputError
from fij_eval.panel.contracts import FORMS, REGISTER, SIZE_GROUPS, STATUSES
from fij_eval.panel.municipalities import read_csv, read_reference
from fij_eval.panel.register import read_register
from fij_eval.panel.register_rows import CHOICES, COLUMNS

HEADER = (
    "municipality_code,district_code,name,size_group,signed_up,kick_off_date,withdrew_on,mode,"
    "status,source,confidence"
)
ALTA = "5601,,Alta,medium,yes,2024-06-18,,unknown,signed_up,KS,medium"
ALNA = "0301,030112,Bydel Alna,large,yes,2024-06-20,,unknown,signed_up,KS,medium"


@pytest.fixture(scope="module")
def read():
    municipalities = read_reference(REFERENCE)
    districts = read_csv(REFERENCE / "oslo_districts.csv")
    return lambda path: read_register(path, municipalities, districts)


@pytest.fixture
def register(tmp_path, read):
    def of(*rows, header=HEADER, encoding="utf-8", newline="\n"):
        path = tmp_path / "register.csv"
        path.write_bytes((newline.join([header, *rows]) + newline).encode(encoding))
        return read(path)

    return of


def changed(row, **cells):
    values = dict(zip(HEADER.split(","), row.split(","), strict=True))
    return ",".join((values | cells).values())


def test_the_register_that_comes_with_the_project_has_the_45_published_sign_ups(read):
    register = read(REFERENCE / "network_register.csv")
    assert len(register) == 45
    assert set(register["status"]) == {"signed_up"}
    assert register.loc[register["district_code"].ne(""), "district_code"].tolist() == ["030112"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_what_spreadsheets_do_to_csv_is_tolerated(register, encoding, newline, separator):
    rows = [row.replace(",", separator) for row in (HEADER, ALTA, ",,,,,,,,,,", ALNA)]
    frame = register(*rows[1:], header=rows[0], encoding=encoding, newline=newline)
    assert frame["municipality_code"].tolist() == ["0301", "5601"]


def test_columns_may_stand_in_another_order(register):
    order = [10, *range(10)]
    shuffled = [",".join(line.split(",")[i] for i in order) for line in (HEADER, ALTA)]
    frame = register(shuffled[1], header=shuffled[0])
    assert list(frame.columns) == HEADER.split(",")
    assert frame["name"].tolist() == ["Alta"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"status": "particpant"}, "row 2, status: «particpant» .*did you mean «participant»"),
        ({"kick_off_date": "2024-06-31"}, "row 2, kick_off_date: «2024-06-31» is not a date"),
        ({"kick_off_date": "18.06.2024"}, "row 2, kick_off_date: .*YYYY-MM-DD"),
        ({"kick_off_date": ""}, "row 2, kick_off_date"),
        ({"status": "withdrew", "withdrew_on": "2024-06-01"}, "withdrew_on: .*before the kick-off"),
        ({"withdrew_on": "2024-09-01"}, "withdrew_on: is given, but status is «signed_up»"),
        ({"municipality_code": "5699"}, "row 2, municipality_code: «5699» is no code of 2024"),
        ({"municipality_code": "5403"}, "municipality_code: «5403» is no code of 2024"),
        ({"municipality_code": "5605"}, "name: «Alta» is not the name of 5605"),
        ({"district_code": "030112"}, "district_code: «030112» is no part of 5601"),
        (
            {"municipality_code": "0301", "district_code": "030177", "name": "Oslo"},
            "district_code: «030177» is no code of 2024 with 6 digits",
        ),
        ({"withdrew_on": "2024-09"}, "withdrew_on: «2024-09» is not a date written YYYY-MM-DD"),
        ({"signed_up": "no"}, "signed_up: is «no», but status is «signed_up»"),
        ({"mode": "online"}, "row 2, mode: «online» is not one of physical, digital, unknown"),
        ({"source": ""}, "row 2, source: is empty"),
    ],
)
def test_a_fault_is_refused_with_its_row_and_column(register, cells, words):
    with pytest.raises(InputError, match=words):
        register(changed(ALTA, **cells))


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (changed(ALNA, municipality_code="301"), "write 0301"),
        (changed(ALNA, district_code="30112"), "write 030112"),
    ],
)
def test_a_code_that_lost_its_leading_zero_is_refused_with_the_right_one(register, row, right):
    with pytest.raises(InputError, match=f"lost its leading zero .{right}"):
        register(row)


def test_a_participant_that_stands_twice_is_refused_with_both_rows(register):
    with pytest.raises(InputError, match="row 3, municipality_code: 5601 stands in row 2 too"):
        register(ALTA, ALTA)


def test_oslo_beside_its_own_district_is_refused(register):
    oslo = changed(ALNA, district_code="", name="Oslo")
    with pytest.raises(InputError, match=r"030112 is a part of 0301.*counted twice"):
        register(oslo, ALNA)


def test_every_fault_is_counted_and_the_first_are_shown(register):
    bad = [changed(ALTA, mode=f"m{i}", status="x") for i in range(4)]
    with pytest.raises(InputError, match=r"11 faults.*; and 6 more"):
        register(*bad)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HEADER.replace("kick_off_date", "kickoff_date"), "did you mean «kick_off_date»"),
        (HEADER.replace(",mode", ""), "«mode» is missing"),
        (HEADER + ",mode", "«mode» stands twice"),
        ("", "is missing"),
    ],
)
def test_a_wrong_header_names_the_column(register, header, words):
    with pytest.raises(InputError, match=words):
        register(ALTA, header=header)


def test_a_row_with_too_many_cells_is_refused(register):
    with pytest.raises(InputError, match="Row 3 of the register has 12 cells, not 11"):
        register(ALTA, ALNA.replace("KS", "KS, 2024"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "header"),
        (HEADER.encode() + b"\n", "has no rows"),
        (HEADER.encode() + "\n5601,,Alta,ø".encode("latin-1"), "not UTF-8"),
        (HEADER.encode() + b'\n5601,,"Alta,x', "not CSV"),
    ],
)
def test_a_file_that_is_no_register_is_refused(tmp_path, read, content, words):
    path = tmp_path / "register.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read(path)


def test_a_register_that_is_not_there_is_refused(tmp_path, read):
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_the_reader_knows_the_columns_and_words_of_the_contract():
    """The reader of rows needs no package, so the contract's words stand in it a second time."""
    assert tuple(REGISTER.columns) == COLUMNS
    assert CHOICES["size_group"] == SIZE_GROUPS
    assert CHOICES["mode"] == FORMS[1:]
    assert set(CHOICES["status"]) == set(STATUSES[1:])
