"""KLASS: codes, changes and correspondences, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.sources import klass
from fij_eval.sources.answers import JSON
from fij_eval.sources.fetching import Fetching, Task, keep
from fij_eval.sources.licences import SSB
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fij_eval.sources.store import Entry

SERVICE = "klass"


def tasks(fetching: Fetching) -> list[Task]:
    """All lists that the panel needs, and the correspondences in the settings."""
    service = fetching.live.klass
    base = f"{service.address.rstrip('/')}/classifications"
    span = {"from": service.from_date, "to": service.to_date}

    def codes(digits: int) -> Callable[[bytes, str], object]:
        return lambda content, where: klass.parse_codes(
            content, where=where, digits=digits, range_end=service.to_date
        )

    def changes(content: bytes, where: str) -> object:
        return klass.parse_changes(content, where=where)

    def document(content: bytes, where: str) -> object:
        return json_document(content, where=where)

    lists = [
        _task(fetching, item, f"{base}/{item.partition('-')[0]}/codes", span, codes(digits))
        for item, (_, digits) in klass.CODE_LISTS.items()
    ]
    item = klass.CHANGES[0]
    lists.append(_task(fetching, item, f"{base}/{item.partition('-')[0]}/changes", span, changes))
    return lists + [
        _task(
            fetching,
            f"{each.source}-{each.target}-corresponds",
            f"{base}/{each.source}/correspondsAt",
            {"targetClassificationId": str(each.target), "date": each.date},
            document,
        )
        for each in service.correspondences
    ]


def _task(
    fetching: Fetching,
    item: str,
    url: str,
    params: Mapping[str, str],
    check: Callable[[bytes, str], object],
) -> Task:
    def run() -> list[Entry]:
        answer = fetching.http.get(url, kind=JSON, params=params)
        check(answer.content, answer.url)
        return [
            keep(
                fetching,
                answer.content,
                service=SERVICE,
                item=item,
                vintage=fetching.today(),
                filename="data.json",
                answer=answer,
                licence=SSB,
            )
        ]

    return Task(name=f"KLASS {item}", run=run)
