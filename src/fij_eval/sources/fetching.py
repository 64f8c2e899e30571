"""What every fetcher shares: the way out, the store, the moment, and keeping what came."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import lxml.etree

from fij_eval.sources.html_tables import html_of
from fij_eval.sources.labels import MONTH_NAMES, clean
from fij_eval.sources.text_files import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fij_eval.settings import StatbankTable
    from fij_eval.settings_live import LiveSettings
    from fij_eval.sources.answers import Answer
    from fij_eval.sources.http import Http
    from fij_eval.sources.store import Entry, RawStore

_LOG = logging.getLogger(__name__)

_LABELLED = re.compile(
    r"\b(?:sist\s+)?(?:publisert|oppdatert|endret|revidert|korrigert)\b\s*:?\s*"
    r"(?:(?P<day>\d{1,2})\.\s*(?P<word>[^\W\d_]+)\s+(?P<year>20\d\d)"
    r"|(?P<iso>20\d\d-\d\d-\d\d)"
    r"|(?P<dd>\d{1,2})\.(?P<mm>\d{1,2})\.(?P<yyyy>20\d\d))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What a fetcher works with.

    Attributes:
        http: The way to the services.
        store: Where answers are kept.
        live: Addresses and limits.
        tables: Statbank tables by role.
        manual: Folder with files that a researcher dropped.
        now: The time, in UTC.
    """

    http: Http
    store: RawStore
    live: LiveSettings
    tables: Mapping[str, StatbankTable]
    manual: Path
    now: Callable[[], datetime]

    def moment(self) -> str:
        """Now, ISO 8601 in UTC, to the second."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def today(self) -> str:
        """Today in UTC."""
        return self.moment()[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to fetch: its name for a person, and what fetches and keeps it."""

    name: str
    run: Callable[[], list[Entry]]


def keep(
    fetching: Fetching,
    content: bytes,
    *,
    service: str,
    item: str,
    vintage: str,
    filename: str,
    same: Callable[[bytes, bytes], bool] | None = None,
    answer: Answer | None = None,
    exact: bool = False,
    **about: Any,  # noqa: ANN401 -- the remaining fields of Entry
) -> Entry:
    """Keep a response, unless it says the same as the newest that is kept.

    Args:
        fetching: See ``Fetching``.
        content: The bytes.
        service: See ``Entry``.
        item: See ``Entry``.
        vintage: See ``Entry``; a time is added where the vintage is kept with other content.
        filename: Name of the file in its vintage's folder.
        same: Whether two contents say the same though their bytes differ (a page's own clutter).
        answer: The answer that it came in, None for a file that was dropped.
        exact: Whether only the same vintage counts as known: its date was given by a person.
        **about: Remaining fields of ``Entry``.

    Returns:
        The entry; the known one where nothing is new.
    """
    store = fetching.store
    known = [e for e in store.of_item(service, item) if e.path.rpartition("/")[2] == filename]
    latest = known[-1:] if answer is not None else known
    for entry in latest:
        if exact and not entry.vintage.startswith(vintage):
            continue
        before = store.read(entry)
        if before == content or (answer is not None and same is not None and same(before, content)):
            _LOG.info("%s: nothing new", entry.path)
            return entry
    if store.has(service, item, vintage, filename):
        vintage = f"{vintage}T{fetching.moment()[11:].replace(':', '-')}"
    if answer is None:
        received: dict[str, Any] = {"method": "file"}
    else:
        received = {
            "url": answer.url,
            "content_type": answer.content_type,
            "headers": dict(answer.headers),
        }
    entry = store.put(
        content,
        service=service,
        item=item,
        vintage=vintage,
        filename=filename,
        **{"retrieved": fetching.moment(), **received, **about},
    )
    _LOG.info("%s: kept (%d bytes)", entry.path, entry.size)
    return entry


def dates_in(text: str) -> list[str]:
    """ISO dates that a page says it was published or changed on, in order of time.

    Args:
        text: Text of the page: «Publisert: 12. desember 2024», «Sist oppdatert 12.12.2024».
    """
    found = []
    for match in _LABELLED.finditer(clean(text)):
        if match["iso"]:
            year, month, day = (int(part) for part in match["iso"].split("-"))
        elif match["word"]:
            if match["word"].casefold() not in MONTH_NAMES:
                continue
            month = MONTH_NAMES.index(match["word"].casefold()) + 1
            year, day = int(match["year"]), int(match["day"])
        else:
            year, month, day = int(match["yyyy"]), int(match["mm"]), int(match["dd"])
        try:
            found.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return sorted(found)


def text_of_page(content: bytes, *, where: str) -> str:
    """All text of a page, for the dates in it.

    Raises:
        InputError: If it is not HTML.
    """
    root = html_of(decode(content, where=where), where=where)
    lxml.etree.strip_elements(root, "script", "style", "template", with_tail=False)
    return " ".join(str(text) for text in root.itertext())


def publication_day(fetching: Fetching, content: bytes, answer: Answer | None, where: str) -> str:
    """When a page was last changed: by its own words, else its header, else today."""
    said = [day for day in dates_in(text_of_page(content, where=where)) if day <= fetching.today()]
    if said:
        return said[-1]
    return last_modified(answer) or fetching.today()


def last_modified(answer: Answer | None) -> str:
    """The day in ``Last-Modified``, empty if there is none."""
    stated = answer.headers.get("last-modified", "") if answer is not None else ""
    try:
        return parsedate_to_datetime(stated).date().isoformat()
    except (ValueError, TypeError):
        return ""
