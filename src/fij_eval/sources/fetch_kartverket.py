"""Kartverket's boundaries of municipalities (optional): one GeoJSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.sources.answers import JSON
from fij_eval.sources.fetching import KARTVERKET, Fetching, Task, keep
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from fij_eval.sources.store import Entry

SERVICE = "kartverket"


def tasks(fetching: Fetching) -> list[Task]:
    """The boundaries, if the settings have an address."""
    url = fetching.live.kartverket.page

    def run() -> list[Entry]:
        answer = fetching.http.get(url, kind=JSON, params={"utkoordsys": "4326"})
        document = json_document(answer.content, where=answer.url)
        shapes = document.get("features")
        if document.get("type") != "FeatureCollection" or not isinstance(shapes, list):
            raise InputError(
                "The answer is not a collection of shapes (GeoJSON)",
                where=answer.url,
                remedy="open the address in a browser; the built-in map needs no boundaries",
            )
        return [
            keep(
                fetching,
                answer.content,
                service=SERVICE,
                item="municipalities",
                vintage=fetching.today(),
                filename="boundaries.geojson",
                answer=answer,
                licence=KARTVERKET,
            )
        ]

    return [Task(name="Kartverket boundaries", run=run)] if url else []
