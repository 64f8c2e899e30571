"""One build at a time in a folder, by a lock that the system lets go when its holder dies.

Snakemake's own lock is a file that stays behind when a build is killed or the power goes, and then
stops the next one until someone unlocks it by hand. This one cannot stay behind.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fij_eval.errors import BusyError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOG = logging.getLogger(__name__)

LOCK = Path(".snakemake/fij-eval.lock")


def hold(path: Path = LOCK) -> IO[str]:
    """Take the lock, and keep it as long as the returned file is open.

    Args:
        path: The file that is locked; it is made, and never removed.

    On a file system that knows no locks (some network drives) there is a warning and no lock.

    Raises:
        BusyError: If another build holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a+", encoding="utf-8")
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError) as error:
        handle.close()
        raise BusyError(
            "Another build is at work in this folder",
            where=path.as_posix(),
            remedy="wait until it is done, or build in a copy of the folder",
        ) from error
    except OSError as error:
        _LOG.warning("%s cannot be locked (%s): see that no two builds run here", path, error)
    return handle


def require_writable(folders: Iterable[Path]) -> None:
    """Stop where a folder of results is there and cannot be written.

    Raises:
        InputError: If one cannot.
    """
    for folder in folders:
        below = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
        for path in below if folder.is_dir() else ():
            try:
                with tempfile.TemporaryFile(dir=path):
                    pass
            except OSError as error:
                raise InputError(
                    f"Results cannot be written ({error.strerror})",
                    where=path.as_posix(),
                    remedy="see that the disk has room and may be written, and that you may write "
                    "in the folder; then run the same command again",
                ) from error


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[str]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: IO[str]) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
