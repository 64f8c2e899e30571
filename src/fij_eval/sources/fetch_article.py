"""The SSB article: its page, and tables in ``data/manual/ssb_article``.

The page is written over at each update, so each content of its tables is kept as a vintage. A page
whose month cannot be read is kept as well, under the item ``unread``, before the fault is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.sources import fetch_statbank, manual, ssb_article
from fij_eval.sources.answers import HTML
from fij_eval.sources.fetching import Fetching, Task, keep, publication_day
from fij_eval.sources.licences import SSB
from fij_eval.sources.parsed import checked_date
from fij_eval.sources.ssb_article_table import MUNICIPAL

if TYPE_CHECKING:
    from pathlib import Path

    from fij_eval.sources.ssb_article_table import ArticleTable
    from fij_eval.sources.store import Entry

SERVICE = "ssb_article"
KEYS = ("reference_month", "published", "table")
UNREAD = "unread"
PAGES = (".html", ".htm")


def tasks(fetching: Fetching) -> list[Task]:
    """Dropped tables first, then the page as it is now."""
    paths = manual.dropped(
        fetching.manual / SERVICE,
        endings=(".csv", ".xlsx", *PAGES),
        keys=KEYS,
        required=(".csv", ".xlsx"),
    )
    found = [_manual(fetching, path) for path in paths]
    if fetching.live.ssb_article.page:
        found.append(Task(name="SSB article", run=lambda: [_page(fetching)]))
    return [*found, *fetch_statbank.outcome_tasks(fetching, SERVICE)]


def same(one: bytes, other: bytes) -> bool:
    """Whether two pages have the same tables."""
    try:
        tables = [ssb_article.parse(content, where="page.html") for content in (one, other)]
    except InputError:
        return False
    return _figures(tables[0]) == _figures(tables[1])


def _figures(tables: dict[str, ArticleTable]) -> object:
    return {number: (table.measures, table.rows) for number, table in tables.items()}


def _page(fetching: Fetching) -> Entry:
    url = fetching.live.ssb_article.page
    answer = fetching.http.get(url, kind=HTML)
    day = publication_day(fetching, answer.content, answer, url)
    where = "page.html"
    try:
        month = ssb_article.parse(answer.content, where=where)[MUNICIPAL].rows[0].month
    except InputError as error:
        kept = keep(
            fetching,
            answer.content,
            service=SERVICE,
            item=UNREAD,
            vintage=day,
            filename=where,
            answer=answer,
            licence=SSB,
        )
        raise InputError(
            f"{error.what}. The page is kept, but not used",
            where=f"{url}, kept as {fetching.store.root / kept.path}",
            remedy=f"copy it to {fetching.manual / SERVICE}, with its reference_month and "
            f"published in a {manual.SIDECAR} beside it; or {error.remedy}",
        ) from error
    return keep(
        fetching,
        answer.content,
        service=SERVICE,
        item=month,
        vintage=day,
        filename=where,
        same=same,
        answer=answer,
        licence=SSB,
        about={"reference_month": month, "published": day},
    )


def _manual(fetching: Fetching, path: Path) -> Task:
    def run() -> list[Entry]:
        file = manual.read(path, keys=KEYS)
        ending = path.suffix.casefold()
        tables = ssb_article.parse(
            file.content,
            where=str(path),
            reference_month=file.known.get("reference_month"),
            table=file.known.get("table"),
        )
        month = file.known.get("reference_month") or _month(tables, path)
        day = file.known.get("published", "")
        exact = bool(day)
        if not day and ending in PAGES:
            day = publication_day(fetching, file.content, None, str(path))
        published = checked_date(day, where=str(path), what="The date of publication")
        number = "+".join(tables)
        is_page = ending in PAGES
        return [
            keep(
                fetching,
                file.content,
                service=SERVICE,
                item=month,
                vintage=published,
                filename="page.html" if is_page else f"tabell{number}{ending}",
                exact=exact,
                licence=SSB,
                about={
                    "reference_month": month,
                    "published": published,
                    **({} if is_page or len(tables) > 1 else {"table": number}),
                },
            )
        ]

    return Task(name=str(path), run=run)


def _month(tables: dict[str, ArticleTable], path: Path) -> str:
    """The month of Tabell 2; Tabell 1 alone has many."""
    if MUNICIPAL in tables:
        return tables[MUNICIPAL].rows[0].month
    raise InputError(
        "Tabell 1 alone does not say which publication it belongs to",
        where=str(path),
        remedy=f"give reference_month and published in {path.name}{manual.SIDECAR}",
    )
