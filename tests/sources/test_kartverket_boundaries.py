"""Kartverket's boundaries: points of rings in their order, or an error that says where."""

import copy
import json

import pytest

from fij_eval.errors import InputError
from fij_eval.sources import kartverket
from fij_eval.sources.store import RawStore

EDGE = [[10.0, 59.0], [11.0, 59.0], [11.0, 60.0], [10.0, 59.0]]
HOLE = [[10.4, 59.2], [10.6, 59.2], [10.6, 59.4], [10.4, 59.2]]
ISLAND = [[5.0, 58.0], [5.1, 58.0], [5.1, 58.1, 12.0], [5.0, 58.0]]


def feature(code="0301", name="Oslo", kind="Polygon", coordinates=(EDGE,)):
    return {
        "type": "Feature",
        "properties": {"kommunenummer": code, "kommunenavn": name},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features):
    content = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(content).encode()


def test_every_point_is_read_with_polygon_and_ring():
    content = collection(
        feature("1103", "Stavanger", "MultiPolygon", [[EDGE, HOLE], [ISLAND]]), feature()
    )
    frame = kartverket.parse(content, where="f", vintage="2026-01-02")
    assert frame["code"].unique().tolist() == ["0301", "1103"]
    assert set(frame["vintage"]) == {"2026-01-02"}
    rows = frame[frame["code"] == "1103"]
    rings = rows.groupby(["polygon", "ring"])[["longitude", "latitude"]]
    found = {key: points.to_numpy().tolist() for key, points in rings}
    flat = [point[:2] for point in ISLAND]  # a height is left out
    assert found == {(0, 0): EDGE, (0, 1): HOLE, (1, 0): flat}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("type",), "Feature", "not a collection of shapes"),
        (("features",), [], "no municipality"),
        (("features", 0), 3, "no properties"),
        (("features", 0, "geometry"), None, "no geometry"),
        (("features", 0, "properties", "kommunenummer"), 301, "not a code of four digits"),
        (("features", 0, "properties", "kommunenummer"), "03011", "not a code of four digits"),
        (("features", 0, "properties", "kommunenavn"), "", "no kommunenavn"),
        (("features", 0, "geometry", "type"), "Point", "no polygon but «Point»"),
        (("features", 0, "geometry", "coordinates"), [], "no coordinates"),
        (("features", 0, "geometry", "coordinates"), [EDGE[:3]], "not closed"),
        (("features", 0, "geometry", "coordinates"), [EDGE[:-1]], "not closed"),
        (("features", 0, "geometry", "coordinates", 0, 1), [True, 59.0], "not two numbers"),
        (("features", 0, "geometry", "coordinates", 0, 1), ["11", "59"], "not two numbers"),
        (("features", 0, "geometry", "coordinates", 0, 1), [59.0, 11.0], "not in Norway"),
        (("features", 0, "geometry", "coordinates", 0, 1), [262_000, 6_650_000], "not in Norway"),
        (("features", 0, "geometry", "coordinates", 0, 1), [10**400, 59], "not in Norway"),
    ],
)
def test_a_shape_that_is_none_is_told_with_its_place(path, value, said):
    document = {"type": "FeatureCollection", "features": [copy.deepcopy(feature())]}
    document = json.loads(json.dumps(document))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(InputError, match=said):
        kartverket.parse(json.dumps(document).encode(), where="boundaries.geojson")


def test_a_municipality_that_stands_twice_is_refused():
    with pytest.raises(InputError, match="0301 stands twice"):
        kartverket.parse(collection(feature(), feature()), where="f")


def test_the_newest_boundaries_become_the_table(tmp_path):
    store = RawStore(tmp_path)
    entries = [
        store.put(
            collection(feature(name=name)),
            service="kartverket",
            item="municipalities",
            vintage=vintage,
            filename="boundaries.geojson",
        )
        for vintage, name in (("2025-01-01", "Before"), ("2026-01-01", "After"))
    ]
    index = tmp_path / "index/kartverket.json"
    store.write_index(index, entries)
    kartverket.write_tables(index, tmp_path / "out")
    import pandas as pd

    frame = pd.read_parquet(tmp_path / "out/kartverket_boundaries.parquet")
    assert set(frame["name"]) == {"After"}
    assert set(frame["vintage"]) == {"2026-01-01"}
