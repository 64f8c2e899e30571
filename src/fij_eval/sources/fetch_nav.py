"""NAV's workbooks HL060: links on the page, and files in ``data/manual/nav``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from fij_eval.errors import InputError, ServiceError
from fij_eval.sources import manual, nav
from fij_eval.sources.answers import HTML, XLSX
from fij_eval.sources.fetching import Fetching, Task, keep, last_modified
from fij_eval.sources.html_tables import html_of
from fij_eval.sources.labels import clean
from fij_eval.sources.licences import NAV
from fij_eval.sources.parsed import checked_date
from fij_eval.sources.text_files import decode

if TYPE_CHECKING:
    from pathlib import Path

    from fij_eval.sources.answers import Answer
    from fij_eval.sources.store import Entry

SERVICE = "nav"
KEYS = ("published",)
#: The page holds one year, or a few; more links than this are not what was meant.
MOST_LINKS = 20


def tasks(fetching: Fetching) -> list[Task]:
    """Dropped workbooks first, then those that the page links to."""
    paths = manual.dropped(fetching.manual / SERVICE, endings=(".xlsx",), keys=KEYS)
    found = [_manual(fetching, path) for path in paths]
    if fetching.live.nav.page:
        found.append(Task(name="NAV HL060", run=lambda: _linked(fetching)))
    return found


def links(content: bytes, *, url: str, word: str) -> list[str]:
    """Addresses of the workbooks that a page links to, each once, in the page's order.

    Args:
        content: Bytes of the page.
        url: Address of the page.
        word: What the address or the text of the link holds (``HL060``).

    Raises:
        ServiceError: If there is none, or absurdly many.
        InputError: If the page is not HTML.
    """
    root = html_of(decode(content, where=url), where=url)
    wanted = word.casefold()
    found: dict[str, None] = {}
    for link in root.iter("a"):
        target = (link.get("href") or "").strip()
        text = " ".join(str(part) for part in link.itertext())
        words = clean(f"{unquote(target)} {text}").casefold()
        is_book = ".xlsx" in words or "excel" in words
        if target and is_book and wanted in words:
            try:
                found[urljoin(url, target).replace(" ", "%20")] = None
            except ValueError:  # «//HL060[».xlsx: brackets that hold no address
                continue
    if not 0 < len(found) <= MOST_LINKS:
        raise ServiceError(
            f"The page has {len(found)} links to a workbook «{word}»",
            where=url,
            remedy="look at the page: correct live.nav.link or live.nav.page in config.yaml, or "
            "put the workbook into data/manual/nav",
        )
    return list(found)


def same(one: bytes, other: bytes, year: int) -> bool:
    """Whether two workbooks of a year have the same figures."""
    try:
        frames = [nav.parse(content, where="hl060.xlsx", year=year) for content in (one, other)]
    except InputError:
        return False
    return bool(frames[0].equals(frames[1]))


def _linked(fetching: Fetching) -> list[Entry]:
    page = fetching.http.get(fetching.live.nav.page, kind=HTML)
    entries = []
    for url in links(page.content, url=page.url, word=fetching.live.nav.link):
        answer = fetching.http.get(url, kind=XLSX)
        day = last_modified(answer) or fetching.today()
        entries.append(_keep(fetching, answer.content, day, answer, where=url))
    return entries


def _manual(fetching: Fetching, path: Path) -> Task:
    def run() -> list[Entry]:
        file = manual.read(path, keys=KEYS)
        day = file.known.get("published", "")
        return [_keep(fetching, file.content, day, None, where=str(path))]

    return Task(name=str(path), run=run)


def _keep(
    fetching: Fetching, content: bytes, day: str, answer: Answer | None, *, where: str
) -> Entry:
    year = nav.year_of(content, where=where)
    nav.parse(content, where=where, year=year)
    return keep(
        fetching,
        content,
        service=SERVICE,
        item=f"hl060-{year}",
        vintage=checked_date(day or fetching.today(), where=where, what="The date of publication"),
        exact=answer is None and bool(day),
        filename=f"hl060_{year}.xlsx",
        same=lambda one, other: same(one, other, year),
        answer=answer,
        licence=NAV,
        about={"year": str(year)},
    )
