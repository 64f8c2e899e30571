"""What Snakemake remembers of earlier builds, checked before it is trusted.

Snakemake keeps a record of each output: the settings, code and inputs that it was made from. Where
a record is gone or cannot be read (a folder copied without ``.snakemake``, a disk that was full,
power that went), it takes the file as it is, and a change of the settings would leave old results
beside new ones. Such a file is dated back here, so that it counts as older than anything it is made
from and is made again. It is not deleted: whoever never builds again still has it.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MEMORY = Path(".snakemake")
#: A time before every input's; 0 itself means «not there» to Snakemake.
LONG_AGO = 86_400.0
#: Records of finished outputs, and of outputs that a job was making when it ended.
_FINISHED, _BEGUN = "metadata", "incomplete"


def check(mode: str, memory: Path = MEMORY) -> list[str]:
    """Date back every result whose record is missing or broken.

    Args:
        mode: Mode of the data.
        memory: Snakemake's folder.

    Returns:
        The results that are made again.

    Raises:
        InputError: If the folder is a file.
    """
    require_folder(memory)
    broken = set(_drop_broken(memory))
    known = {_named(path, memory / _FINISHED) for path in _records(memory / _FINISHED)}
    found = []
    for path in outputs(mode):
        name = path.as_posix()
        if name in known and name not in broken:
            continue
        if path.stat().st_mtime > LONG_AGO:
            os.utime(path, (LONG_AGO, LONG_AGO))
        found.append(name)
    return found


def require_folder(memory: Path = MEMORY) -> None:
    """Stop where a file lies in the place of Snakemake's folder.

    Raises:
        InputError: If one does.
    """
    if memory.exists() and not memory.is_dir():
        raise InputError(
            "Snakemake's folder is no folder",
            where=str(memory),
            remedy="delete it; all results are then made again",
        )


def outputs(mode: str) -> Iterator[Path]:
    """Files that a build made; what was fetched is never fetched again for lack of a record."""
    folders = [Path(f"{folder}/{mode}") for folder in ("data/processed", "results", "reports")]
    if mode == "demo":
        folders.append(Path("data/raw/demo/index"))
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path


def _records(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _drop_broken(memory: Path) -> Iterator[str]:
    """Delete records that cannot be read; gives the outputs that they were of."""
    for kind in (_FINISHED, _BEGUN):
        for path in _records(memory / kind):
            try:
                whole = isinstance(json.loads(path.read_bytes()), dict)
            except ValueError:
                whole = False
            if not whole:
                path.unlink()
                yield _named(path, memory / kind)


def _named(record: Path, folder: Path) -> str:
    """The output that a record is of: its path in base 64, cut where a name would be too long."""
    parts = record.relative_to(folder).parts
    text = "".join(part.removeprefix("@") for part in parts)
    try:
        return base64.urlsafe_b64decode(text).decode()
    except ValueError:
        return ""
