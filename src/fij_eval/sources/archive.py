"""The raw archive as a whole: what it holds, and whether every byte is as it was kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from fij_eval.artefacts import json_text
from fij_eval.errors import ArchiveError
from fij_eval.fixed_tar import SUMS
from fij_eval.sources.store import META_SUFFIX, RawStore, read_index

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fij_eval.sources.store import Entry

#: Files at the archive's root that are no answers.
BESIDES = frozenset({"truth.json", SUMS})


def listing(entries: Iterable[Entry]) -> str:
    """One line an entry: what, vintage, size, when and how it came."""
    lines = []
    for entry in entries:
        how = "file" if entry.method == "file" else entry.retrieved
        note = "  simulated" if entry.simulated else ""
        lines.append(f"{entry.path}  {entry.size:>9} bytes  {how}{note}\n")
    return "".join(lines)


def verify(root: Path) -> int:
    """Check every file of an archive against its description, and its indexes against both.

    Args:
        root: ``data/raw/<mode>``.

    Returns:
        The number of entries.

    Raises:
        ArchiveError: If a file is changed or gone, lies there without a description, or an index
            names what the archive does not hold; all faults are told, the first in full.
    """
    store = RawStore(root)
    faults: list[ArchiveError] = []
    described: dict[str, Entry] = {}
    for entry in store.entries():
        place = root / entry.path
        described[entry.path] = entry
        try:
            store.read(entry)
        except ArchiveError as error:
            faults.append(error)
        if not place.with_name(place.name + META_SUFFIX).exists():
            faults.append(_fault(f"The description of «{entry.path}» is of another file", place))
    faults += [
        _fault("A file has no description beside it", path)
        for path in _answers(root)
        if path.relative_to(root).as_posix() not in described
    ]
    for index in sorted((root / "index").glob("*.json")):
        for entry in read_index(index):
            known = described.get(entry.path)
            if known is None or json_text(asdict(known)) != json_text(asdict(entry)):
                what = f"The index names «{entry.path}» otherwise than the archive describes it"
                faults.append(_fault(what, index))
    _raise(faults, root)
    return len(described)


def verify_in_use(root: Path, *, fetched: bool = False) -> None:
    """Check the files that a run uses: those that the indexes name.

    Args:
        root: ``data/raw/<mode>``.
        fetched: Whether all must have come from the services.

    Raises:
        ArchiveError: If one is changed or gone, or simulated where all must be fetched.
    """
    store = RawStore(root)
    for index in sorted((root / "index").glob("*.json")):
        entries = read_index(index)
        if fetched:
            require_fetched(entries, root)
        for entry in entries:
            store.read(entry)


def require_fetched(entries: Iterable[Entry], root: Path) -> None:
    """Refuse simulated figures among fetched ones.

    Raises:
        ArchiveError: If there are any.
    """
    for entry in entries:
        if entry.simulated:
            raise ArchiveError(
                f"The archive of fetched data holds simulated figures of {entry.service} "
                f"{entry.item}",
                where=str(root / entry.path),
                remedy=f"take the file and its description out of {root.as_posix()}, then fetch "
                f"again: `fij-eval fetch {entry.service}`",
            )


def _answers(root: Path) -> list[Path]:
    """Files that should have a description."""
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.name.endswith(META_SUFFIX)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and path.parent != root / "index"
        and not (path.parent == root and path.name in BESIDES)
    ]


def _raise(faults: list[ArchiveError], root: Path) -> None:
    if not faults:
        return
    first, others = faults[0], len(faults) - 1
    more = f". {others} more: {'; '.join(f.where for f in faults[1:4])}" if others else ""
    raise ArchiveError(f"{first.what}{more}", where=first.where or str(root), remedy=first.remedy)


def _fault(what: str, where: Path) -> ArchiveError:
    return ArchiveError(
        what,
        where=str(where),
        remedy="restore the archive from a copy; nothing but the program should write there",
    )
