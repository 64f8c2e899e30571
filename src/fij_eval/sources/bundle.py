"""An archive as one file: made the same, byte for byte, from the same archive; opened with care.

A bundle is an uncompressed tar: ``SHA256SUMS`` first, then the indexes and every answer with its
description, sorted by path, without times, owners or rights of the machine that made it.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fij_eval.artefacts import json_text, sha256_of, write_bytes
from fij_eval.errors import ArchiveError
from fij_eval.fixed_tar import SUMS, tar_of
from fij_eval.places import ALL_SERVICES, OPTIONAL_SERVICES, SERVICES
from fij_eval.sources import archive
from fij_eval.sources.store import META_SUFFIX, RawStore, entry_of, index_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fij_eval.sources.store import Entry

MAX_MEMBER = 64 * 2**20
MAX_TOTAL = 4 * 2**30
MAX_MEMBERS = 100_000

_SUM_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def export(root: Path, bundle: Path) -> int:
    """Write an archive as a bundle, after checking it.

    Args:
        root: ``data/raw/<mode>``.
        bundle: File to write.

    Returns:
        The number of files in it.

    Raises:
        ArchiveError: If the archive is broken, or holds nothing of a service that a run needs.
    """
    archive.verify(root)
    contents = _contents(root)
    write_bytes(bundle, tar_of(contents))
    return len(contents) + 1


def open_bundle(bundle: Path, root: Path) -> int:
    """Unpack a bundle as the archive of the mode ``archive``, checked entry by entry.

    Nothing is seen at ``root`` before everything has been checked. What an earlier bundle put there
    is replaced; anything else is left alone.

    Args:
        bundle: The file.
        root: ``data/raw/archive``.

    Returns:
        The number of answers.

    Raises:
        ArchiveError: If the bundle is broken or was tampered with, or ``root`` holds something that
            did not come from a bundle.
    """
    if _has_files(root) and not (root / SUMS).is_file():
        raise ArchiveError(
            "There is an archive already that did not come from a bundle",
            where=str(root),
            remedy="move it away, or build on it with archive.bundle empty in config.yaml",
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{root.name}.", dir=root.parent))
    try:
        for name, content in _members(bundle):
            write_bytes(scratch.joinpath(*PurePosixPath(name).parts), content)
        count = archive.verify(scratch)
        for service in SERVICES:
            if not (scratch / "index" / f"{service}.json").is_file():
                raise _broken(f"It has no index of the service «{service}»", bundle)
        old = scratch.with_name(f"{scratch.name}.old")
        if root.exists():
            root.rename(old)
        scratch.rename(root)
        root.chmod(0o755)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return count


def optional_services(bundle: Path) -> tuple[str, ...]:
    """Services that no run needs and that a bundle has, by its first member alone.

    Raises:
        ArchiveError: If it is no bundle.
    """
    try:
        with tarfile.open(bundle, mode="r:") as tar:
            member = tar.next()
            handle = None if member is None else tar.extractfile(member)
            if member is None or handle is None or member.size > MAX_MEMBER:
                raise _broken(f"It does not begin with {SUMS}", bundle)
            sums = _sums(member.name, handle.read(), bundle)
    except (OSError, tarfile.TarError, ValueError, EOFError, OverflowError) as error:
        raise _broken(f"It cannot be read ({error})", bundle) from error
    return tuple(name for name in OPTIONAL_SERVICES if f"index/{name}.json" in sums)


def _contents(root: Path) -> dict[str, bytes]:
    """Path and bytes of everything that belongs in a bundle."""
    store = RawStore(root)
    found = {}
    for entry in store.entries():
        found[entry.path] = store.read(entry)
        found[entry.path + META_SUFFIX] = (root / (entry.path + META_SUFFIX)).read_bytes()
    for service in ALL_SERVICES:
        index = root / "index" / f"{service}.json"
        if index.is_file():
            found[f"index/{service}.json"] = index.read_bytes()
            continue
        used = in_use(store, service)
        if not used and service in OPTIONAL_SERVICES:
            continue
        if not used:
            raise ArchiveError(
                f"The archive holds nothing of the service «{service}»",
                where=str(root),
                remedy=f"fetch it: `fij-eval fetch {service}`",
            )
        found[f"index/{service}.json"] = json_text(index_of(used)).encode()
    return found


def in_use(store: RawStore, service: str) -> list[Entry]:
    """What a run would use of a service whose fetch did not come to its end.

    Args:
        store: The archive.
        service: See ``Entry``.

    Returns:
        Of Statbank the newest vintage of each table and role, of others all that was read.
    """
    entries = [e for e in store.entries(service) if e.item != "unread" and "kind" not in e.about]
    if service != "statbank":
        return entries
    newest: dict[tuple[str, str], str] = {}
    for entry in entries:
        key = (entry.item, entry.about.get("role", ""))
        newest[key] = max(newest.get(key, ""), entry.vintage)
    return [e for e in entries if newest[e.item, e.about.get("role", "")] == e.vintage]


def _members(bundle: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each member, safe and as ``SHA256SUMS`` says."""
    try:
        with tarfile.open(bundle, mode="r:") as tar:
            yield from _checked(tar, bundle)
    except ArchiveError:
        raise
    except OSError as error:
        raise ArchiveError(
            f"The bundle cannot be read ({error.strerror or error})",
            where=str(bundle),
            remedy="name an existing bundle in archive.bundle",
        ) from error
    except (tarfile.TarError, ValueError, EOFError, OverflowError, MemoryError) as error:
        raise _broken(f"It cannot be read ({error})", bundle) from error


def _checked(tar: tarfile.TarFile, bundle: Path) -> Iterator[tuple[str, bytes]]:
    sums: dict[str, str] | None = None
    seen: set[str] = set()
    total = 0
    for member in tar:
        name = member.name
        _require_safe(member, bundle)
        total += member.size
        if name in seen or len(seen) >= MAX_MEMBERS or total > MAX_TOTAL:
            raise _broken(f"«{name}» stands twice, or the bundle is absurdly large", bundle)
        seen.add(name)
        handle = tar.extractfile(member)
        content = b"" if handle is None else handle.read()
        if len(content) != member.size:
            raise _broken(f"«{name}» is cut off", bundle)
        if sums is None:
            sums = _sums(name, content, bundle)
        elif sums.get(name) != sha256_of(content):
            raise _broken(f"«{name}» does not have the checksum that the bundle states", bundle)
        else:
            _require_description(name, content, bundle)
        yield name, content
    if sums is None or (lost := sorted(set(sums) - seen)):
        raise _broken(f"«{lost[0] if sums else SUMS}» is missing", bundle)


def _require_safe(member: tarfile.TarInfo, bundle: Path) -> None:
    """Refuse links, devices, folders, and names that leave the archive."""
    path = PurePosixPath(member.name)
    plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
    inside = (
        not path.is_absolute()
        and path.as_posix() == member.name
        and not any(part.startswith(".") for part in path.parts)
        and not any(c in member.name for c in "\\:\0\n\r")
    )
    if not plain or not inside:
        raise _broken(f"«{member.name[:80]}» is a link, a folder, or leaves the archive", bundle)
    if member.size > MAX_MEMBER:
        raise _broken(f"«{member.name[:80]}» holds {member.size} bytes", bundle)


def _sums(name: str, content: bytes, bundle: Path) -> dict[str, str]:
    if name != SUMS:
        raise _broken(f"It does not begin with {SUMS}", bundle)
    found = {}
    for line in content.decode("utf-8").splitlines():
        match = _SUM_LINE.fullmatch(line)
        if match is None:
            raise _broken(f"{SUMS} has the line «{line[:80]}»", bundle)
        found[match[2]] = match[1]
    return found


def _require_description(name: str, content: bytes, bundle: Path) -> None:
    """Refuse a description of another file than the one beside it."""
    import json

    if not name.endswith(META_SUFFIX):
        return
    try:
        entry = entry_of(json.loads(content))
    except (ValueError, TypeError, RecursionError) as error:
        raise _broken(f"«{name}» is no description ({error})", bundle) from error
    if entry.path != name.removesuffix(META_SUFFIX):
        raise _broken(f"«{name}» describes «{entry.path}»", bundle)


def _has_files(root: Path) -> bool:
    return root.is_dir() and any(path.is_file() for path in root.rglob("*"))


def _broken(what: str, bundle: Path) -> ArchiveError:
    return ArchiveError(
        f"The bundle is not whole, or was not made by this program. {what}",
        where=str(bundle),
        remedy="get the bundle again from where it was made with `fij-eval archive export`",
    )
