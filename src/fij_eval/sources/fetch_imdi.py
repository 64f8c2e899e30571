"""IMDi's settlement pages, one a year, and saved pages in ``data/manual/imdi``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.sources import imdi, manual
from fij_eval.sources.answers import HTML
from fij_eval.sources.fetching import Fetching, Task, keep, publication_day
from fij_eval.sources.licences import IMDI
from fij_eval.sources.parsed import checked_date

if TYPE_CHECKING:
    from pathlib import Path

    from fij_eval.sources.answers import Answer
    from fij_eval.sources.store import Entry

SERVICE = "imdi"
KEYS = ("year", "published")


def tasks(fetching: Fetching) -> list[Task]:
    """Dropped pages first, then a page for each year of the settings."""
    folder = fetching.manual / SERVICE
    endings = (".html", ".htm")
    paths = manual.dropped(folder, endings=endings, keys=KEYS, required=endings)
    found = [_manual(fetching, path) for path in paths]
    return [*found, *(_page(fetching, year) for year in fetching.live.imdi.years)]


def same(one: bytes, other: bytes, year: int) -> bool:
    """Whether two pages of a year have the same figures."""
    try:
        frames = [imdi.parse(content, where="page.html", year=year) for content in (one, other)]
    except InputError:
        return False
    return bool(frames[0].equals(frames[1]))


def _page(fetching: Fetching, year: int) -> Task:
    url = fetching.live.imdi.page.replace("{year}", str(year))

    def run() -> list[Entry]:
        answer = fetching.http.get(url, kind=HTML)
        return _keep(fetching, answer.content, year, "", answer, where=url)

    return Task(name=f"IMDi {year}", run=run)


def _manual(fetching: Fetching, path: Path) -> Task:
    def run() -> list[Entry]:
        file = manual.read(path, keys=KEYS)
        year = file.known.get("year", "")
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise InputError(
                f"The year «{year}» is not four digits",
                where=f"{path}{manual.SIDECAR}",
                remedy="write for example «year: 2024»",
            )
        day = file.known.get("published", "")
        return _keep(fetching, file.content, int(year), day, None, where=str(path))

    return Task(name=str(path), run=run)


def _keep(
    fetching: Fetching, content: bytes, year: int, day: str, answer: Answer | None, *, where: str
) -> list[Entry]:
    imdi.parse(content, where=where, year=year)
    exact = bool(day)
    day = day or publication_day(fetching, content, answer, where)
    return [
        keep(
            fetching,
            content,
            service=SERVICE,
            item=f"bosetting-{year}",
            vintage=checked_date(day, where=where, what="The date of publication"),
            filename="page.html",
            same=lambda one, other: same(one, other, year),
            answer=answer,
            exact=exact,
            licence=IMDI,
            about={"year": str(year)},
        )
    ]
