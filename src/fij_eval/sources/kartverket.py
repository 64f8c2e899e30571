"""Kartverket's simplified boundaries of municipalities (GeoJSON) to a table of points.

The answer is a feature collection, a feature a municipality, with ``kommunenummer`` and
``kommunenavn`` among its properties and a ``Polygon`` or ``MultiPolygon`` in degrees (RFC 7946:
longitude first; the first ring of a polygon is its edge, the others are holes in it).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fij_eval.artefacts import write_parquet
from fij_eval.errors import InputError
from fij_eval.sources.labels import clean
from fij_eval.sources.parsed import entries_of, newest, one_of, texts
from fij_eval.sources.store import RawStore
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ITEM = "municipalities"
#: Degrees within which every municipality of Norway lies.
LONGITUDE, LATITUDE = (0.0, 35.0), (55.0, 75.0)
#: A ring is closed: three corners, and the first again.
_SHORTEST = 4

_Ring = list[tuple[float, float]]


def parse(content: bytes, *, where: str, vintage: str = "") -> pd.DataFrame:
    """Boundaries, one row a point of a ring.

    Args:
        content: The GeoJSON.
        where: The file, for messages.
        vintage: Vintage of the file.

    Returns:
        ``code``, ``name``, ``polygon`` and ``ring`` (numbered from 0 within a municipality and
        within a polygon; ring 0 is the edge, others are holes), ``longitude``, ``latitude``
        (degrees), ``vintage``. Points stand in the order of their ring, municipalities by code.

    Raises:
        InputError: If a feature is no municipality with such a shape, or one stands twice.
    """
    document = json_document(content, where=where)
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise _fault("The file is not a collection of shapes (GeoJSON)", where)
    found: dict[str, tuple[str, list[list[_Ring]]]] = {}
    for number, feature in enumerate(features, start=1):
        at = f"{where}, shape {number}"
        code, name, polygons = _municipality(feature, at)
        if code in found:
            raise _fault(f"The municipality {code} stands twice", at)
        found[code] = (name, polygons)
    if not found:
        raise _fault("The file has no municipality", where)
    rows = [
        (code, name, polygon, ring, *point)
        for code, (name, polygons) in sorted(found.items())
        for polygon, rings in enumerate(polygons)
        for ring, points in enumerate(rings)
        for point in points
    ]
    columns = list(zip(*rows, strict=True))
    return pd.DataFrame(
        {
            "code": texts(columns[0]),
            "name": texts(columns[1]),
            "polygon": np.array(columns[2], dtype="int64"),
            "ring": np.array(columns[3], dtype="int64"),
            "longitude": np.array(columns[4], dtype="float64"),
            "latitude": np.array(columns[5], dtype="float64"),
            "vintage": texts([vintage] * len(rows)),
        }
    )


def write_tables(index: Path, output: Path) -> None:
    """Parse the newest boundaries.

    Args:
        index: ``data/raw/<mode>/index/kartverket.json``.
        output: Folder for ``kartverket_boundaries.parquet``.

    Raises:
        InputError: If the file is not what it should be.
        ArchiveError: If it is gone or changed.
    """
    entry = one_of(newest(entries_of(index, "kartverket")), ITEM, index=index)
    content = RawStore(index.parent.parent).read(entry)
    frame = parse(content, where=entry.path, vintage=entry.vintage)
    write_parquet(output / "kartverket_boundaries.parquet", frame)


def _municipality(feature: object, where: str) -> tuple[str, str, list[list[_Ring]]]:
    """Code, name and polygons of a feature."""
    known = feature if isinstance(feature, dict) else {}
    properties, geometry = known.get("properties"), known.get("geometry")
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise _fault("A shape has no properties or no geometry", where)
    code, name = properties.get("kommunenummer"), properties.get("kommunenavn")
    if not (isinstance(code, str) and len(code) == 4 and code.isascii() and code.isdigit()):
        raise _fault(f"kommunenummer: «{str(code)[:40]}» is not a code of four digits", where)
    if not (isinstance(name, str) and name.strip()):
        raise _fault(f"The municipality {code} has no kommunenavn", where)
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise _fault(f"The municipality {code} is no polygon but «{str(kind)[:40]}»", where)
    polygons = [coordinates] if kind == "Polygon" else coordinates
    at = f"{where}, municipality {code}"
    shapes = [[_ring(ring, at) for ring in _several(rings, at)] for rings in _several(polygons, at)]
    return code, clean(name), shapes


def _several(value: object, where: str) -> Iterator[Any]:
    if not isinstance(value, list) or not value:
        raise _fault("A shape has no coordinates", where)
    return iter(value)


def _ring(ring: object, where: str) -> _Ring:
    points = [_point(point, where) for point in _several(ring, where)]
    if len(points) < _SHORTEST or points[0] != points[-1]:
        raise _fault("A ring is not closed, or has fewer than three corners", where)
    return points


def _point(point: object, where: str) -> tuple[float, float]:
    """A place in degrees; a height after it is left out."""
    place = point[:2] if isinstance(point, list) else []
    numbers = [x for x in place if isinstance(x, int | float) and not isinstance(x, bool)]
    if len(numbers) != 2:
        raise _fault("A point is not two numbers", where)
    longitude, latitude = (float(x) if abs(x) < 1e6 else math.inf for x in numbers)
    within = LONGITUDE[0] <= longitude <= LONGITUDE[1] and LATITUDE[0] <= latitude <= LATITUDE[1]
    if not within:
        raise _fault(
            f"The point {longitude:.6g}, {latitude:.6g} is not in Norway as degrees of longitude "
            "and latitude",
            where,
        )
    return longitude, latitude


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="fetch the boundaries again (`fij-eval fetch kartverket`); without their index "
        "(index/kartverket.json in the raw archive) the map is drawn with hexagons",
    )
