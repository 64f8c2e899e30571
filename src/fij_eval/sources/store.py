"""The raw store: every response as it came, beside the request that fetched it.

Layout below ``data/raw/<mode>``::

    <service>/<item>/<vintage>/<file>            the bytes as they came
    <service>/<item>/<vintage>/<file>.meta.json  request, checksum, vintage, licence
    index/<service>.json                         what a run uses: one entry an item and vintage

The store is append-only. A file is written whole or not at all, and a vintage that exists is never
written over with other bytes. Reading checks the checksum.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import sha256_of, write_bytes, write_json
from fij_eval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

META_SUFFIX = ".meta.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One archived response and what is known of it.

    Attributes:
        service: ``statbank``, ``klass``, ``nav``, ``ssb_article`` or ``imdi``.
        item: What was asked for within the service: a table number, a month, a year.
        vintage: When the source published or last changed it (sorts as text), for example
            ``2025-06-12`` or ``2025-02-25T07-00-00Z``.
        path: Place of the file below the root, with ``/``.
        sha256: Checksum of the bytes.
        size: Number of bytes.
        url: Address asked, empty for files that a researcher dropped.
        method: ``GET``, ``POST`` or ``file``.
        request: Body of the request, or an empty mapping.
        retrieved: When it was fetched, ISO 8601 in UTC; in the demo the simulated date.
        updated: The source's own word on when the content changed, as it was written.
        content_type: Type of the content.
        headers: Response headers worth keeping.
        licence: Licence and attribution.
        simulated: Whether any figure in it is simulated.
        about: What the reader needs besides the bytes, for example the reference month.
    """

    service: str
    item: str
    vintage: str
    path: str
    sha256: str
    size: int
    url: str = ""
    method: str = "GET"
    request: Mapping[str, Any] = field(default_factory=dict)
    retrieved: str = ""
    updated: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    simulated: bool = False
    about: Mapping[str, str] = field(default_factory=dict)


class RawStore:
    """The raw files of one mode.

    Args:
        root: ``data/raw/<mode>``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(
        self,
        content: bytes,
        *,
        service: str,
        item: str,
        vintage: str,
        filename: str,
        **about: Any,  # noqa: ANN401 -- the remaining fields of Entry
    ) -> Entry:
        """Keep a response.

        Args:
            content: The bytes as they came.
            service: See ``Entry``.
            item: See ``Entry``.
            vintage: See ``Entry``.
            filename: Name of the file in its vintage's folder.
            **about: Remaining fields of ``Entry``.

        Returns:
            The entry; the existing one if the same bytes were kept before.

        Raises:
            ArchiveError: If the vintage exists with other bytes, or a name leaves the store.
        """
        relative = PurePosixPath(service, item, vintage, filename)
        path = self._inside(relative)
        entry = Entry(
            service=service,
            item=item,
            vintage=vintage,
            path=str(relative),
            sha256=sha256_of(content),
            size=len(content),
            **about,
        )
        meta = path.with_name(path.name + META_SUFFIX)
        if meta.exists():
            known = self._load(meta)
            if known.sha256 != entry.sha256:
                raise ArchiveError(
                    f"The vintage {vintage} of {service} {item} is in the archive with other bytes",
                    where=str(path),
                    remedy="keep both: give the new one a vintage of its own; the archive is "
                    "append-only",
                )
            if not path.exists():
                write_bytes(path, content)
            return known
        write_bytes(path, content)
        write_json(meta, asdict(entry))
        return entry

    def entries(self, service: str | None = None) -> list[Entry]:
        """All entries kept, sorted by service, item and vintage."""
        pattern = f"{service or '*'}/*/*/*{META_SUFFIX}"
        found = [self._load(path) for path in self.root.glob(pattern)]
        return sorted(found, key=lambda e: (e.service, e.item, e.vintage, e.path))

    def of_item(self, service: str, item: str) -> list[Entry]:
        """Entries kept of one item, sorted by vintage and file."""
        pattern = str(self._inside(PurePosixPath(service, item)).relative_to(self.root))
        found = [self._load(path) for path in self.root.glob(f"{pattern}/*/*{META_SUFFIX}")]
        return sorted(found, key=lambda e: (e.vintage, e.path))

    def has(self, service: str, item: str, vintage: str, filename: str) -> bool:
        """Whether a file of this name is kept in this vintage."""
        path = self._inside(PurePosixPath(service, item, vintage, filename))
        return path.with_name(path.name + META_SUFFIX).exists()

    def read(self, entry: Entry) -> bytes:
        """The bytes of an entry.

        Raises:
            ArchiveError: If the file is gone or no longer has its checksum.
        """
        path = self._inside(PurePosixPath(entry.path))
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ArchiveError(
                f"A raw file named in the index cannot be read ({error.strerror})",
                where=str(path),
                remedy="fetch again, or restore the file from a copy of the archive",
            ) from error
        if sha256_of(content) != entry.sha256:
            raise ArchiveError(
                f"A raw file no longer has the checksum it was kept with: "
                f"{len(content)} bytes now, {entry.size} then",
                where=str(path),
                remedy="restore the file from a copy of the archive, or delete it and its "
                f"{META_SUFFIX} and fetch again",
            )
        return content

    def write_index(self, path: Path, entries: Iterable[Entry]) -> None:
        """Write the index that later steps read: which entries this run uses."""
        write_json(path, index_of(entries))

    def _inside(self, relative: PurePosixPath) -> Path:
        """The path below the root, refused if it would leave it."""
        name = str(relative)
        strange = not name.isprintable() or "\\" in name
        if relative.is_absolute() or ".." in relative.parts or strange:
            raise ArchiveError(
                f"The path «{name.encode('utf-8', 'replace').decode()}» leaves the raw archive",
                where=str(self.root),
                remedy="take the entry out of the archive; it was not made by this program",
            )
        return self.root.joinpath(*relative.parts)

    @staticmethod
    def _load(path: Path) -> Entry:
        try:
            return entry_of(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ArchiveError(
                f"A description in the raw archive cannot be read ({error})",
                where=str(path),
                remedy="restore it from a copy of the archive, or delete it with its file and "
                "fetch again",
            ) from error


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The entry that a row of an index or a description holds.

    Raises:
        ValueError: If a field is missing or unknown.
    """
    known = {f.name for f in fields(Entry)}
    if unknown := set(row) - known:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    try:
        entry = Entry(**row)
    except TypeError as error:
        raise ValueError(str(error)) from error
    for name, value in row.items():
        if not isinstance(value, _KINDS.get(name, str)) or isinstance(value, bool) != (
            name == "simulated"
        ):
            raise ValueError(f"«{name}» is of the wrong kind")
    if not all(
        isinstance(value, str) for value in (*entry.about.values(), *entry.headers.values())
    ):
        raise ValueError("«about» or «headers» holds what is no text")
    return entry


#: Kinds of the fields that are not texts.
_KINDS: dict[str, type] = {
    "size": int,
    "request": dict,
    "headers": dict,
    "about": dict,
    "simulated": bool,
}


def index_of(entries: Iterable[Entry]) -> dict[str, Any]:
    """What an index of entries holds."""
    rows = sorted(
        (asdict(entry) for entry in entries),
        key=lambda row: (row["service"], row["item"], row["vintage"], row["path"]),
    )
    return {"entries": rows}


def read_index(path: Path) -> list[Entry]:
    """The entries of an index, in its order.

    Raises:
        ArchiveError: If the index cannot be read.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["entries"]
        return [entry_of(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"The index of the raw files cannot be read ({error})",
            where=str(path),
            remedy="delete it and run the stage `raw` again",
        ) from error
