"""Files dated in the future, which a clock that was ahead leaves behind.

A build that follows, with the clock put right, could go wrong in two ways: Snakemake stops where a
new output is older than what it is made from, and it takes an output from the future for newer than
an edit that was made since. So what is dated in the future is dated anew before anything is
planned: results long ago, and what they are made from now. Every input then counts as newer than
the result, and Snakemake compares it by content with what the result was made from. The order
within each kind stays as it was.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import build_memory, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What results are made from, beside the files that are named when this is called.
_SOURCES = (Path("src"), Path("data"))
_BENCH = Path("results/bench")
_SECOND, _MICROSECOND = 1_000_000_000, 1_000


def mend(named: Iterable[Path] = (), *, now: float | None = None) -> int:
    """Date anew what is dated in the future.

    Args:
        named: Files outside ``src`` and ``data`` that results are made from.
        now: The time, in seconds since 1970; the clock's if it is not given.

    Returns:
        Number of files; those whose date may not be changed here do not count.
    """
    present = time.time_ns() if now is None else round(now * _SECOND)
    made = {path: path.stat().st_mtime_ns for path in _results()}
    sources = {path: path.stat().st_mtime_ns for path in _sources(named) if path not in made}
    long_ago = round(build_memory.LONG_AGO) * _SECOND
    late = _late(made, present)
    # after the date of a result of which nothing is known, and apart by what every disk can hold
    count = sum(_date(path, long_ago + k * _SECOND) for k, path in enumerate(late, start=1))
    late = _late(sources, present)
    return count + sum(
        _date(path, present - k * _MICROSECOND) for k, path in enumerate(reversed(late))
    )


def _late(dates: dict[Path, int], present: int) -> list[Path]:
    """Files dated after the present, the earliest first."""
    return sorted((path for path, date in dates.items() if date > present), key=dates.__getitem__)


def _date(path: Path, date: int) -> bool:
    with contextlib.suppress(OSError):
        os.utime(path, ns=(date, date))
        return True
    return False


def _results() -> Iterator[Path]:
    for mode in places.MODES:
        yield from build_memory.outputs(mode)
    yield from (path for path in _BENCH.rglob("*") if path.is_file())


def _sources(named: Iterable[Path]) -> Iterator[Path]:
    for folder in _SOURCES:
        yield from (path for path in folder.rglob("*") if path.is_file())
    yield from (path for path in named if path.is_file())
