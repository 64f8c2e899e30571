"""Fetch what a run needs into the raw archive, service by service, and write what it uses.

A round is one fetch of a service, from its first call until its index is written. If it stops half
way, what came is kept whole, and the next fetch within ``live.round_hours`` goes on: what the round
has finished is not asked for again. The index is written at the end of a round and not before.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import write_json
from fij_eval.errors import FijError, ServiceError
from fij_eval.sources import (
    archive,
    fetch_article,
    fetch_imdi,
    fetch_kartverket,
    fetch_klass,
    fetch_nav,
    fetch_statbank,
)
from fij_eval.sources.answers import UnreachableError
from fij_eval.sources.fetching import Fetching, Task
from fij_eval.sources.http import Http
from fij_eval.sources.ratelimit import RateLimiter
from fij_eval.sources.store import Entry, RawStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from fij_eval.settings import StatbankTable
    from fij_eval.settings_live import LiveSettings

_LOG = logging.getLogger(__name__)

FETCHERS = {
    "klass": fetch_klass,
    "statbank": fetch_statbank,
    "ssb_article": fetch_article,
    "nav": fetch_nav,
    "imdi": fetch_imdi,
    "kartverket": fetch_kartverket,
}
LEDGERS, ROUNDS = ".calls", ".rounds"


def fetching(
    root: Path,
    *,
    live: LiveSettings,
    tables: Mapping[str, StatbankTable],
    manual: Path = Path("data/manual"),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Mapping[str, Callable[..., Any]] | None = None,
) -> Fetching:
    """What the fetchers work with.

    Args:
        root: ``data/raw/live``.
        live: Addresses and limits.
        tables: Statbank tables by role.
        manual: Folder of dropped files.
        now: The time; replaced in tests.
        clock: ``wait`` and ``now`` of ``Http`` and ``RateLimiter``; replaced in tests.
    """
    limiter = RateLimiter(root / LEDGERS, live.calls_per_minute, **(clock or {}))
    return Fetching(
        http=Http(live, limiter, **(clock or {})),
        store=RawStore(root),
        live=live,
        tables=tables,
        manual=manual,
        now=now,
    )


def fetch_all(services: Collection[str], tools: Fetching) -> list[Path]:
    """Fetch services one by one; one that fails does not keep the others back.

    Args:
        services: Keys of ``FETCHERS``.
        tools: See ``fetching``.

    Returns:
        The indexes.

    Raises:
        FijError: If any failed, of the kind of the first, with what is wrong with each.
    """
    written: list[Path] = []
    errors: list[FijError] = []
    # Codes first: the older interface of Statbank takes its municipalities from them.
    for service in (name for name in FETCHERS if name in services):
        try:
            written.append(fetch(service, tools))
        except FijError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        first = errors[0]
        what = ". ".join(error.what for error in errors)
        raise type(first)(what, where=first.where, remedy=first.remedy)
    return written


def fetch(service: str, tools: Fetching) -> Path:
    """Fetch a service into the archive, and write the index of what the run uses.

    Args:
        service: A key of ``FETCHERS``.
        tools: See ``fetching``.

    Returns:
        The index.

    Raises:
        ServiceError: If something could not be fetched: it says what, and what is kept.
        FijError: If a file or answer is not what it should be.
    """
    tasks = FETCHERS[service].tasks(tools)
    if not tasks:
        raise ServiceError(
            f"There is nothing to fetch for «{service}»: no address and no file",
            where=f"live.{service}, {tools.manual / service}",
            remedy="give the address in config.yaml, or put the files there",
        )
    place = tools.store.root / ROUNDS / f"{service}.json"
    current = _Round.open(place, tools)
    failed: list[tuple[Task, FijError]] = []
    entries: list[Entry] = []
    for number, task in enumerate(tasks):
        try:
            entries += current.entries(task) or current.done(task, task.run())
        except UnreachableError as error:
            failed += [(task, error), *((left, error) for left in tasks[number + 1 :])]
            break
        except FijError as error:
            failed.append((task, error))
    if failed:
        raise _incomplete(service, tasks, failed, tools.store)
    index = tools.store.root / "index" / f"{service}.json"
    used = _used(service, entries, tools.store)
    archive.require_fetched(used, tools.store.root)
    tools.store.write_index(index, used)
    current.close()
    _LOG.info("%s: %d files in use", index.as_posix(), len(used))
    return index


class _Round:
    """What a round has finished, kept beside the archive until the round is over."""

    def __init__(self, place: Path, tools: Fetching, content: dict[str, Any]) -> None:
        self._place = place
        self._tools = tools
        self._content = content

    @classmethod
    def open(cls, place: Path, tools: Fetching) -> _Round:
        """The round that was interrupted, if it is recent; else a new one."""
        try:
            content = json.loads(place.read_text(encoding="utf-8"))
            started = datetime.fromisoformat(content["started"])
            age = tools.now() - started
            if timedelta(0) <= age <= timedelta(hours=tools.live.round_hours):
                _LOG.info("Going on with the fetch of %s", content["started"])
                return cls(place, tools, content)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return cls(place, tools, {"started": tools.now().isoformat(), "done": {}})

    def entries(self, task: Task) -> list[Entry]:
        """What the round has kept for a task already; empty if it must be run.

        Dropped files and tables are cheap to look at again, and may have changed.
        """
        if not task.name.startswith(("KLASS", "IMDi", "NAV", "SSB article")):
            return []
        paths = self._content["done"].get(task.name, [])
        known = {entry.path: entry for entry in self._tools.store.entries()} if paths else {}
        return [known[path] for path in paths] if all(path in known for path in paths) else []

    def done(self, task: Task, entries: list[Entry]) -> list[Entry]:
        """Write down that a task is finished."""
        self._content["done"][task.name] = [entry.path for entry in entries]
        write_json(self._place, self._content)
        return entries

    def close(self) -> None:
        """The round is over."""
        self._place.unlink(missing_ok=True)


def _used(service: str, entries: Sequence[Entry], store: RawStore) -> list[Entry]:
    """Entries for the index: this round's, and for published pages and files all vintages.

    Dropped files count as long as they lie in data/manual, so that one can be taken back.
    """
    used = {entry.path: entry for entry in entries}
    if service in ("ssb_article", "nav", "imdi"):
        for entry in store.entries(service):
            known = entry.method == "GET" and "kind" not in entry.about
            if known and entry.item != fetch_article.UNREAD:
                used.setdefault(entry.path, entry)
    return list(used.values())


def _incomplete(
    service: str, tasks: Sequence[Task], failed: Sequence[tuple[Task, FijError]], store: RawStore
) -> FijError:
    """The error of a round that did not get everything."""
    error = failed[0][1]
    missing = [task.name for task, _ in failed]
    kept = [task.name for task in tasks if task.name not in missing]
    what = f"{error.what.rstrip('.')}. Missing of {service}: {', '.join(missing)}"
    what += f"; fetched and kept: {', '.join(kept)}" if kept else ""
    others = [
        e.what for _, e in failed[1:] if e is not error and not isinstance(e, UnreachableError)
    ]
    if others:
        what += f". Also: {'; '.join(others[:3])}"
    if not isinstance(error, UnreachableError):
        return type(error)(what, where=error.where, remedy=error.remedy)
    remedy = f"{error.remedy.rstrip('.')}: the same command goes on from there"
    archived = store.entries()
    if archived:
        newest = max(entry.retrieved for entry in archived)
        what += f". The archive holds {len(archived)} answers, the newest fetched {newest}"
        remedy += (
            ". Or build without network on what is archived: `fij-eval archive export "
            "archive.tar`, then mode: archive and archive.bundle: archive.tar in config.yaml"
        )
    return UnreachableError(what, where=error.where, remedy=remedy)
