"""What a command tells while it works, and where it keeps what only a programmer wants to see."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import textwrap
import time
import traceback
from pathlib import Path
from typing import Any

#: Folder for tracebacks, below the folder where the command runs.
TRACEBACKS = Path("logs/tracebacks")

_WIDTH = 92


def configure(log: Path | None = None, *, quiet: bool = False) -> None:
    """Send log lines of this package, and warnings of others, where they belong.

    Args:
        log: File for them; the error stream, if None.
        quiet: Whether to leave out what is neither warning nor error.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(log, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in root.handlers:
        old.close()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("fij_eval").setLevel(logging.WARNING if quiet else logging.INFO)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log that cannot be written must not hide the error itself


def say(paragraph: str, log: Path | None = None) -> None:
    """Show one paragraph on the error stream, wrapped; its own line breaks are kept.

    Args:
        paragraph: What to say.
        log: File that takes it as well.
    """
    wrapped = "\n".join(
        textwrap.fill(
            " ".join(line.split()), _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        for line in paragraph.splitlines()
    )
    sys.stderr.write(wrapped + "\n")
    if log is not None:
        with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as stream:
            stream.write(wrapped + "\n")


def keep_traceback(error: BaseException, name: str) -> Path | None:
    """Keep an error's traceback in a file.

    Args:
        error: The error.
        name: What was run; becomes the file's name.

    Returns:
        Where it was kept, or None if it can be kept nowhere (a full disk, say).
    """
    text = "".join(traceback.format_exception(error))
    for folder in (TRACEBACKS, Path(tempfile.gettempdir()) / "fij-eval"):
        path = folder / f"{name}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return None


def facts(started: float) -> dict[str, Any]:
    """What is true of this run alone: time, memory, machine.

    Kept apart from all results, which are the same bytes whenever and wherever they are made.

    Args:
        started: ``time.time()`` when the command began.
    """
    import platform

    used = os.times()
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "wall_seconds": round(time.time() - started, 3),
        "cpu_seconds": round(
            used.user + used.system + used.children_user + used.children_system, 3
        ),
        "peak_memory_mib": _peak_memory(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }


def _peak_memory() -> float | None:
    """Largest memory held, in MiB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kibibytes = used / 1024 if sys.platform == "darwin" else used
    return round(kibibytes / 1024, 1)
