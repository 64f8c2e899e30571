"""Files that a researcher dropped into ``data/manual/<service>/``, with what is known of them.

Beside ``tabell2.csv`` may lie ``tabell2.csv.yaml`` with what the file does not say itself, for
example ``{reference_month: 2024-09, published: 2024-12-12, table: 2}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fij_eval import settings_yaml
from fij_eval.errors import InputError
from fij_eval.sources.text_files import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SIDECAR = ".yaml"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A dropped file.

    Attributes:
        path: Where it lies.
        content: Its bytes.
        known: What its sidecar says, as texts.
    """

    path: Path
    content: bytes
    known: Mapping[str, str]


def dropped(
    folder: Path, *, endings: Sequence[str], keys: Sequence[str], required: Sequence[str] = ()
) -> list[Path]:
    """The files of a service, in order of their names.

    Args:
        folder: ``data/manual/<service>``; it need not exist.
        endings: Endings that the service's files have, in small letters.
        keys: Keys that a sidecar may hold (checked by ``read``).
        required: Endings whose files need a sidecar.

    Raises:
        InputError: If a file has another ending, a sidecar has no file, or one is lacking.
    """
    if not folder.is_dir():
        return []
    shown = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    names = {path.name for path in shown}
    found = []
    for path in shown:
        if path.name.endswith(SIDECAR):
            if path.name.removesuffix(SIDECAR) not in names:
                raise InputError(
                    "The description has no file beside it",
                    where=str(path),
                    remedy=f"name it as its file with {SIDECAR} added",
                )
            continue
        if path.suffix.casefold() not in endings or not path.is_file():
            raise InputError(
                f"A file of this kind is not read here; {', '.join(endings)} are",
                where=str(path),
                remedy="take it away, or save it in one of these forms",
            )
        if path.suffix.casefold() in required and path.name + SIDECAR not in names:
            raise InputError(
                "The file does not say itself what it holds, and has no description beside it",
                where=str(path),
                remedy=f"write {path.name}{SIDECAR} with {', '.join(keys)}",
            )
        found.append(path)
    return found


def read(path: Path, *, keys: Sequence[str]) -> Dropped:
    """A dropped file and its sidecar.

    Args:
        path: The file.
        keys: Keys that the sidecar may hold.

    Raises:
        InputError: If either cannot be read, or the sidecar holds another key.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                f"The file holds {path.stat().st_size} bytes, more than any such file does",
                where=str(path),
                remedy="check that it is the file that was meant",
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The file cannot be read ({error.strerror})",
            where=str(path),
            remedy="see that it may be read",
        ) from error
    return Dropped(path, content, _sidecar(path.with_name(path.name + SIDECAR), keys))


def _sidecar(path: Path, keys: Sequence[str]) -> dict[str, str]:
    if not path.exists():
        return {}
    remedy = f"write for example «published: 2024-12-12»; the keys are {', '.join(keys)}"
    try:
        given = settings_yaml.parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The description is not YAML ({error})", where=str(path), remedy=remedy
        ) from error
    if not isinstance(given, dict) or (unknown := [key for key in given if key not in keys]):
        shown = f"the unknown key «{unknown[0]}»" if isinstance(given, dict) else "no keys"
        raise InputError(f"The description holds {shown}", where=str(path), remedy=remedy)
    found = {}
    for key, value in given.items():
        # YAML reads 2024-12-12 as a date and 2 as a number; all are texts here.
        if not isinstance(value, str | int | date) or isinstance(value, bool):
            raise InputError(f"«{key}» is not a text", where=str(path), remedy=remedy)
        found[str(key)] = value.isoformat()[:10] if isinstance(value, date) else str(value)
    return found
