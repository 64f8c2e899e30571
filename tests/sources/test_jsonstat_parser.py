"""json-stat2: every form the format allows gives the same cube, and nothing else gives any."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fij_eval.errors import InputError
from fij_eval.sources import jsonstat
from fij_eval.sources.missing import SSB_SIGNS, Missing

REASONS = tuple(Missing)


def dataset(value, status=None, **changes):
    """Two regions by three years, keys of the index not in order of position."""
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": "Befolkning",
        "source": "Statistisk sentralbyrå",
        "updated": "2025-02-25T07:00:00Z",
        "id": ["Region", "Tid"],
        "size": [2, 3],
        "dimension": {
            "Region": {
                "label": "region",
                "category": {
                    "index": {"1103": 1, "0301": 0},
                    "label": {"1103": "Stavanger", "0301": "Oslo"},
                },
            },
            "Tid": {
                "label": "år",
                "category": {
                    "index": {"2022": 0, "2024": 2, "2023": 1},
                    "label": {"2022": "2022", "2023": "2023", "2024": "2024"},
                },
            },
        },
        "value": value,
        **changes,
    }
    return document if status is None else {**document, "status": status}


def parse(document):
    return jsonstat.parse(json.dumps(document).encode(), where="svar.json")


def reasons(cube):
    return [REASONS[int(code)] for code in cube.reasons]


def test_cells_follow_positions_and_not_the_order_of_keys():
    frame = parse(dataset([1, 2, 3, 4, 5, 6])).frame()
    rows = frame[["Region", "Tid", "value"]].to_numpy().tolist()
    assert rows == [
        ["0301", "2022", 1.0],
        ["0301", "2023", 2.0],
        ["0301", "2024", 3.0],
        ["1103", "2022", 4.0],
        ["1103", "2023", 5.0],
        ["1103", "2024", 6.0],
    ]
    assert frame["Region_label"].tolist() == ["Oslo"] * 3 + ["Stavanger"] * 3
    assert list(map(str, frame.dtypes)) == ["str", "str", "str", "str", "float64", "str"]


def test_the_date_of_the_last_change_is_kept_as_written():
    assert parse(dataset([1, 2, 3, 4, 5, 6])).updated == "2025-02-25T07:00:00Z"


@pytest.mark.parametrize(("sign", "reason"), SSB_SIGNS.items())
def test_each_sign_is_a_reason_and_never_zero(sign, reason):
    for value in (None, 0):
        cube = parse(dataset([value, 2, 3, 4, 5, 6], {"0": sign}))
        assert np.isnan(cube.values[0])
        assert reasons(cube)[0] is reason


def test_a_dash_is_the_number_zero():
    cube = parse(dataset([None, 2, 3, 4, 5, 6], {"0": "-"}))
    assert cube.values[0] == 0
    assert reasons(cube)[0] is Missing.NONE


def test_a_null_without_a_sign_is_blank_and_a_zero_without_a_sign_is_zero():
    cube = parse(dataset([None, 0, 3, 4, 5, 6]))
    assert np.isnan(cube.values[0])
    assert cube.values[1] == 0
    assert reasons(cube)[:2] == [Missing.BLANK, Missing.NONE]


def test_a_preliminary_figure_keeps_its_value():
    cube = parse(dataset([1, 2, 3, 4, 5, 6], ["*", None, "", "", "", ""]))
    assert cube.values[0] == 1
    assert reasons(cube)[0] is Missing.NONE


def test_cells_absent_from_the_sparse_form_are_blank():
    cube = parse(dataset({"1": 7}))
    assert cube.values[1] == 7
    assert np.isnan(cube.values).sum() == 5
    assert reasons(cube).count(Missing.BLANK) == 5


@pytest.mark.parametrize("status", [None, {"0": ":"}])
def test_reasons_take_a_byte_a_cell(status):
    assert parse(dataset([None, 2, 3, 4, 5, 6], status)).reasons.dtype == np.uint8


def test_a_single_category_needs_no_index():
    document = dataset([1, 2, 3, 4, 5, 6])
    document["id"].append("ContentsCode")
    document["size"].append(1)
    document["dimension"]["ContentsCode"] = {"category": {"label": {"Personer1": "Personer"}}}
    assert parse(document).frame()["ContentsCode"].unique().tolist() == ["Personer1"]


cells = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 10**9), st.sampled_from(["", "*"])),
        st.tuples(st.floats(0, 1e9).map(lambda x: round(x, 3)), st.just("")),
        st.tuples(st.none(), st.sampled_from([".", "..", ":", "...", "-", ""])),
    ),
    min_size=6,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(cells, st.permutations(["0301", "1103"]), st.permutations(["2022", "2023", "2024"]))
def test_list_object_and_sparse_forms_agree(content, regions, years):
    values = [value for value, _ in content]
    signs = [sign for _, sign in content]
    sparse_values = {str(i): v for i, v in reversed([*enumerate(values)]) if v is not None}
    sparse_signs = {str(i): s for i, s in enumerate(signs) if s}

    def index(codes, kind):
        places = {c: i for i, c in enumerate(codes)}
        return list(codes) if kind == "list" else dict(sorted(places.items(), reverse=True))

    frames = []
    for value, status, kind in itertools.product(
        (values, sparse_values), (signs, sparse_signs), ("list", "object")
    ):
        document = dataset(value, status)
        for code, codes in (("Region", regions), ("Tid", years)):
            document["dimension"][code]["category"] = {
                "index": index(codes, kind),
                "label": {c: f"{c} navn" for c in codes},
            }
        frames.append(parse(document).frame())
    for frame in frames[1:]:
        assert frame.equals(frames[0])
    # The cell of each pair of codes is the one at its row-major place in the list.
    first = frames[0].set_index(["Region", "Tid"])["value"]
    for (i, region), (j, year) in itertools.product(enumerate(regions), enumerate(years)):
        value, sign = content[3 * i + j]
        expected = 0.0 if sign == "-" else value
        found = first[region, year]
        assert np.isnan(found) if expected is None else found == expected


@given(st.sampled_from([".", ":", ".."]))
def test_one_sign_for_all_cells_is_the_same_as_a_list_of_it(sign):
    one = parse(dataset([None] * 6, sign)).frame()
    assert one.equals(parse(dataset([None] * 6, [sign] * 6)).frame())


def changed(path, value):
    document = dataset([1, 2, 3, 4, 5, 6])
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


REGION = ("dimension", "Region", "category")
FAULTS = {
    "too few cells": (changed(["value"], [1, 2]), "2 cells"),
    "a text for a number": (changed(["value"], [1, "2", 3, 4, 5, 6]), "not a number"),
    "a truth value for a number": (changed(["value"], [1, True, 3, 4, 5, 6]), "not a number"),
    "an infinite number": (changed(["value"], [1, 1e400, 3, 4, 5, 6]), "Infinity"),
    "a huge number": (changed(["value"], [1, 10**400, 3, 4, 5, 6]), "too large"),
    "no value": (changed(["value"], None), "neither a list nor an object"),
    "a cell outside": (changed(["value"], {"6": 1}), "outside"),
    "a key that is no number": (changed(["value"], {"x": 1}), "key of «value»"),
    "a key written otherwise": (changed(["value"], {"01": 1}), "plain number"),
    "a status outside": (changed(["status"], {"-1": "."}), "outside"),
    "a status of wrong length": (changed(["status"], ["."]), "1 signs"),
    "a status of a number": (changed(["status"], {"0": 1}), "not a text"),
    "an unknown sign": (changed(["status"], {"4": "?"}), "Region=1103, Tid=2023"),
    "a sign that contradicts": (changed(["status"], {"4": ":"}), "Region=1103, Tid=2023"),
    "a position twice": (changed([*REGION, "index"], {"0301": 0, "1103": 0}), "«Region»"),
    "a position skipped": (changed([*REGION, "index"], {"0301": 0, "1103": 2}), "«Region»"),
    "a position true": (changed([*REGION, "index"], {"0301": False, "1103": True}), "whole"),
    "a code twice": (changed([*REGION, "index"], ["0301", "0301"]), "«Region»"),
    "an unknown category": (changed([*REGION, "label"], {"0301": "a", "9999": "b"}), "1103"),
    "too many categories": (changed(["size"], [3, 3]), "size says 3"),
    "no such dimension": (changed(["id"], ["Region", "Alder"]), "«Alder»"),
    "a size too few": (changed(["size"], [6]), "2 dimensions"),
    "a dimension twice": (changed(["id"], ["Tid", "Tid"]), "different dimensions"),
    "another class": (changed(["class"], "collection"), "not a json-stat2 dataset"),
    "a reserved name": (changed(["id"], ["Region", "value"]), "column that the parser makes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_file_and_place(name):
    document, words = FAULTS[name]
    with pytest.raises(InputError) as error:
        parse(document)
    assert words in str(error.value)
    assert "svar.json" in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "page in HTML"),
        (b"", "not JSON"),
        (b'{"class": "dataset", "id": ["A"', "not JSON"),
        (b'{"class": NaN}', "NaN is not a number"),
        (b'{"a": 1, "a": 2}', "«a» stands twice"),
        (b'"\xff"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b"[1]", "not an object"),
    ],
)
def test_what_is_not_json_is_refused_in_words(content, words):
    with pytest.raises(InputError, match=words):
        jsonstat.parse(content, where="svar.json")


def test_a_small_file_that_claims_a_huge_cube_is_refused():
    codes = [str(i) for i in range(300)]
    ids = ["A", "B", "C"]
    document = {
        "class": "dataset",
        "id": ids,
        "size": [300, 300, 300],
        "dimension": {i: {"category": {"index": codes}} for i in ids},
        "value": {},
    }
    with pytest.raises(InputError, match="27000000 cells"):
        parse(document)
