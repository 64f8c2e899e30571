"""At most so many calls a minute to a host, over all processes that share a raw store.

A ledger of the last minute's calls lies in the store's folder, guarded by a file lock. The lock is
held while the ledger is read and written, never while a process waits.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fij_eval.artefacts import write_json

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOG = logging.getLogger(__name__)

WINDOW = 60.0


class RateLimiter:
    """The calls of the last minute, by host.

    Args:
        folder: Folder of the ledgers, shared by the processes that share the limit.
        per_minute: Calls allowed in any sixty seconds.
        wait: Waits so many seconds; replaced in tests.
        now: The time in seconds; replaced in tests.
    """

    def __init__(
        self,
        folder: Path,
        per_minute: int,
        *,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.per_minute = per_minute
        self._wait = wait
        self._now = now

    def acquire(self, host: str) -> None:
        """Wait until a call is allowed, and write it down."""
        while (left := self._take(host)) > 0:
            _LOG.info("%s: waiting %.0f s to stay within %d calls a minute", host, left,
                      self.per_minute)  # fmt: skip
            self._wait(left)

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody call the host for so long, as it has asked."""
        with self._locked(host):
            calls, until = self._read(host)
            self._write(host, calls, max(until, self._now() + seconds))

    def _take(self, host: str) -> float:
        """Zero if the call may be made, and is written down; else the seconds until it may."""
        with self._locked(host):
            now = self._now()
            calls, until = self._read(host)
            # A clock that was set back must not lock the ledger for longer than a window.
            recent = [call for call in calls if now - WINDOW < call <= now]
            if until > now:
                return until - now
            if len(recent) >= self.per_minute:
                return max(recent[-self.per_minute] + WINDOW - now, 0.001)
            self._write(host, [*recent, now], 0.0)
            return 0.0

    def _read(self, host: str) -> tuple[list[float], float]:
        try:
            ledger = json.loads(self._path(host, "json").read_text(encoding="utf-8"))
            return [float(call) for call in ledger["calls"]], float(ledger["not_before"])
        except (OSError, ValueError, TypeError, KeyError):
            return [], 0.0

    def _write(self, host: str, calls: list[float], until: float) -> None:
        write_json(self._path(host, "json"), {"calls": calls, "not_before": until})

    @contextmanager
    def _locked(self, host: str) -> Iterator[None]:
        path = self._path(host, "lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as handle:
            _lock(handle.fileno(), on=True)
            try:
                yield
            finally:
                _lock(handle.fileno(), on=False)

    def _path(self, host: str, ending: str) -> Path:
        return self.folder / f"{re.sub(r'[^a-z0-9.-]', '_', host)}.{ending}"


def _lock(file: int, *, on: bool) -> None:
    """Lock a file against other processes, or let it go."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_LOCK if on else msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX if on else fcntl.LOCK_UN)
