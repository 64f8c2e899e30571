"""KLASS lists and Statbank tables, from archive to parquet."""

import json

import pandas as pd
import pytest

from fij_eval.errors import ArchiveError, InputError
from fij_eval.settings import StatbankSelection, StatbankTable
from fij_eval.sources import klass, statbank
from fij_eval.sources.store import RawStore


def code(code_, name, start="2020-01-01", end=None):
    return {
        "code": code_,
        "parentCode": None,
        "level": "1",
        "name": name,
        "validFromInRequestedRange": start,
        "validToInRequestedRange": end,
    }


def codes_json(*rows):
    return json.dumps({"codes": rows}).encode()


def change(old, new, occurred="2024-01-01"):
    return {
        "oldCode": old,
        "oldName": f"Navn {old}",
        "newCode": new,
        "newName": f"Navn {new}",
        "changeOccurred": occurred,
    }


def test_codes_keep_their_versions_and_nines_are_left_out():
    content = codes_json(
        code("1507", "Ålesund", "2020-01-01", "2024-01-01"),
        code("0301", "Oslo", "2020-01-01", "2026-01-01"),
        code("0301", "Oslo - Oslove", "2026-01-01"),
        code("9999", "Uoppgitt"),
    )
    frame = klass.parse_codes(content, where="codes.json", digits=4)
    assert frame.to_numpy().tolist() == [
        ["0301", "Oslo", "2020-01-01", "2026-01-01"],
        ["0301", "Oslo - Oslove", "2026-01-01", ""],
        ["1507", "Ålesund", "2020-01-01", "2024-01-01"],
    ]


def test_a_version_cut_at_the_end_of_the_requested_range_is_open():
    content = codes_json(
        code("1507", "Ålesund", end="2024-01-01"), code("0301", "Oslo", end="2027-01-01")
    )
    frame = klass.parse_codes(content, where="codes.json", digits=4, range_end="2027-01-01")
    assert frame["valid_to"].tolist() == ["", "2024-01-01"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (codes_json(code("301", "Oslo")), "«301» is not a code of 4 digits"),
        (codes_json(code(301, "Oslo")), "«code» is not a text"),
        (codes_json(code("0301", " ")), "«name» is not a text"),
        (codes_json(code("0301", "Oslo", "01.01.2020")), "not a date"),
        (codes_json(code("0301", "Oslo", "2024-01-01", "2020-01-01")), "before it starts"),
        (codes_json(code("0301", "Oslo"), code("0301", "O", "2024-01-01")), "0301 overlap"),
        (codes_json(), "no list «codes»"),
        (b"<codes/>", "HTML or XML"),
        (b'{"codes": [1]}', "no list «codes»"),
    ],
)
def test_what_is_no_list_of_codes_is_refused(content, words):
    with pytest.raises(InputError, match=words) as error:
        klass.parse_codes(content, where="codes.json", digits=4)
    assert "codes.json" in str(error.value)


def test_changes_are_pairs_with_a_date():
    content = json.dumps({"codeChanges": [change("1507", "1580"), change("1507", "1508")]}).encode()
    frame = klass.parse_changes(content, where="changes.json")
    assert frame[["old_code", "new_code", "occurred"]].to_numpy().tolist() == [
        ["1507", "1508", "2024-01-01"],
        ["1507", "1580", "2024-01-01"],
    ]


@pytest.mark.parametrize(
    "row", [change(None, None), change("15", "1508"), change("1507", "1508", "i fjor")]
)
def test_what_is_no_change_is_refused(row):
    with pytest.raises(InputError, match=r"changes\.json, change 1"):
        klass.parse_changes(json.dumps({"codeChanges": [row]}).encode(), where="changes.json")


def klass_archive(root, leave_out=""):
    store = RawStore(root)
    content = {
        "131-codes": codes_json(code("0301", "Oslo", end="2027-01-01")),
        "131-changes": json.dumps({"codeChanges": [change("1507", "1508")]}).encode(),
        "104-codes": codes_json(code("03", "Oslo"), code("99", "Uoppgitt")),
        "103-codes": codes_json(code("030112", "Alna")),
    }
    entries = [
        store.put(
            data,
            service="klass",
            item=item,
            vintage="2026-01-07",
            filename="data.json",
            url="https://example.org/codes?from=2020-01-01&to=2027-01-01",
        )
        for item, data in content.items()
        if item != leave_out
    ]
    index = root / "index" / "klass.json"
    store.write_index(index, entries)
    return index


def test_the_four_lists_are_written(tmp_path):
    klass.write_tables(klass_archive(tmp_path), tmp_path / "out")
    found = {p.stem: pd.read_parquet(p) for p in (tmp_path / "out").iterdir()}
    assert found["klass_municipalities"]["valid_to"].tolist() == [""]
    assert {name: len(frame) for name, frame in found.items()} == dict.fromkeys(
        ("klass_municipalities", "klass_changes", "klass_counties", "klass_districts"), 1
    )


def test_a_list_that_is_not_in_the_index_is_named(tmp_path):
    with pytest.raises(InputError, match="«104-codes»"):
        klass.write_tables(klass_archive(tmp_path, "104-codes"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


TABLE = StatbankTable(
    table="07459",
    selection={
        "Region": StatbankSelection(values=("*",)),
        "Tid": StatbankSelection(values=("from(2022)",)),
    },
    unit="persons",
    becomes="population",
)


def answer(regions=("K-0301", "K-1103"), table="07459", time="Tid"):
    return json.dumps(
        {
            "class": "dataset",
            "updated": "2025-02-25T07:00:00Z",
            "id": ["Region", time],
            "size": [len(regions), 1],
            "dimension": {
                "Region": {"category": {"index": list(regions)}},
                time: {"category": {"index": {"2024": 0}, "label": {"2024": "2024"}}},
            },
            "value": [10 * int(region[-4:]) for region in regions],
            "extension": {"px": {"tableid": table}},
        }
    ).encode()


def statbank_archive(root, *files, item="07459"):
    store = RawStore(root)
    entries = [
        store.put(
            content,
            service="statbank",
            item=item,
            vintage=vintage,
            filename=name,
            about={"role": "population_yearly"},
        )
        for content, vintage, name in files
    ]
    index = root / "index" / "statbank.json"
    store.write_index(index, entries)
    return index


def write(index, output):
    statbank.write_tables(index, output, tables={"population_yearly": TABLE})
    return pd.read_parquet(output / "statbank_population_yearly.parquet")


NEW, OLD = "2025-02-25T07-00-00Z", "2024-02-21T07-00-00Z"


def test_the_newest_vintage_of_a_table_is_written(tmp_path):
    index = statbank_archive(
        tmp_path, (answer(("K-0301",)), OLD, "data.json"), (answer(), NEW, "data.json")
    )
    frame = write(index, tmp_path / "out")
    assert frame[["Region", "value", "vintage"]].to_numpy().tolist() == [
        ["K-0301", 3010.0, NEW],
        ["K-1103", 11030.0, NEW],
    ]
    assert list(frame.columns) == [
        *("Region", "Region_label", "Tid", "Tid_label", "value", "value_missing"),
        *("table", "vintage", "simulated"),
    ]


def test_the_parts_of_a_split_request_are_joined(tmp_path):
    parts = [(answer((r,)), NEW, f"data-{r}.json") for r in ("K-0301", "K-1103")]
    assert write(statbank_archive(tmp_path, *parts), tmp_path / "out")["value"].sum() == 14040


def test_a_cell_in_two_parts_is_refused(tmp_path):
    parts = [(answer(), NEW, "data-1.json"), (answer(("K-1103",)), NEW, "data-2.json")]
    with pytest.raises(InputError, match="Region=K-1103, Tid=2024"):
        write(statbank_archive(tmp_path, *parts), tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (answer(table="07460"), "of table «07460», not 07459"),
        (answer(time="Aar"), "no variable «Tid»; it has Region, Aar"),
        (b"", "not JSON"),
    ],
)
def test_an_answer_of_something_else_is_refused(tmp_path, content, words):
    index = statbank_archive(tmp_path, (content, NEW, "data.json"))
    with pytest.raises(InputError, match=words):
        write(index, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_number_changed_in_the_settings_asks_for_a_new_fetch(tmp_path):
    index = statbank_archive(tmp_path, (answer(), NEW, "data.json"), item="01222")
    with pytest.raises(InputError, match=r"no file of table 07459.*it has 01222"):
        write(index, tmp_path / "out")


def test_a_raw_file_that_was_changed_stops_the_reading(tmp_path):
    index = statbank_archive(tmp_path, (answer(), NEW, "data.json"))
    (tmp_path / "statbank" / "07459" / NEW / "data.json").write_bytes(answer(("K-0301",)))
    with pytest.raises(ArchiveError, match="checksum"):
        write(index, tmp_path / "out")
