"""Kartverket's boundaries of municipalities (optional): one GeoJSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.sources import kartverket
from fij_eval.sources.answers import JSON
from fij_eval.sources.fetching import Fetching, Task, keep
from fij_eval.sources.licences import KARTVERKET

if TYPE_CHECKING:
    from fij_eval.sources.store import Entry

SERVICE = "kartverket"


def tasks(fetching: Fetching) -> list[Task]:
    """The boundaries, if the settings have an address."""
    url = fetching.live.kartverket.page

    def run() -> list[Entry]:
        answer = fetching.http.get(url, kind=JSON, params={"utkoordsys": "4326"})
        kartverket.parse(answer.content, where=answer.url)
        return [
            keep(
                fetching,
                answer.content,
                service=SERVICE,
                item=kartverket.ITEM,
                vintage=fetching.today(),
                filename="boundaries.geojson",
                answer=answer,
                licence=KARTVERKET,
            )
        ]

    return [Task(name="Kartverket boundaries", run=run)] if url else []
