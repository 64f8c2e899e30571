"""The manifest of a mode as a reviewer walks it: jobs, what they descend from, what has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval import places
from fij_eval.artefacts import sha256_of_file
from fij_eval.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS = ("files", "jobs", "results", "settings", "sources", "documents")


@dataclass(frozen=True, slots=True)
class Graph:
    """The jobs of a build and the files between them.

    Attributes:
        mode: Mode in whose folders the files are looked for.
        origin: Mode that the raw files were made or fetched in, also of a rebuilt archive.
        content: The manifest (``provenance.write_manifest``), its files by the paths of ``mode``.
    """

    mode: str
    origin: str
    content: Mapping[str, Any]

    @property
    def files(self) -> Mapping[str, str]:
        """The sha256 of every file that a job read, ran or wrote."""
        found: Mapping[str, str] = self.content["files"]
        return found

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """The jobs by name."""
        found: Mapping[str, Mapping[str, Any]] = self.content["jobs"]
        return found

    @property
    def makers(self) -> Mapping[str, str]:
        """The job that made each result."""
        found: Mapping[str, str] = self.content["results"]
        return found

    @property
    def given(self) -> dict[str, str]:
        """The sha256 of every file that no job made: code, tables, settings, raw files' indexes."""
        code = self.content["documents"]["code"]
        return {p: s for p, s in (self.files | code).items() if p not in self.makers}

    def descent(self, names: Iterable[str]) -> list[str]:
        """The jobs that these descend from, themselves included, sources first."""
        ordered: list[str] = []

        def visit(name: str) -> None:
            if name in ordered:
                return
            for path in self.jobs[name]["inputs"]:
                if path in self.makers and self.makers[path] != name:
                    visit(self.makers[path])
            if name not in ordered:
                ordered.append(name)

        for name in names:
            visit(name)
        return ordered

    def sources_of(self, names: Iterable[str]) -> list[Mapping[str, Any]]:
        """The raw files that jobs rest on."""
        services = {service for name in names for service in self.jobs[name]["services"]}
        return [entry for entry in self.content["sources"] if entry["service"] in services]


def of_mode(mode: str) -> Graph:
    """The graph of a mode's last build in this folder.

    Raises:
        InputError: If there is none, or it cannot be read.
    """
    return read(Path("results", mode, "manifest.json"), mode=mode)


def read(path: Path, *, mode: str = "") -> Graph:
    """The graph in a manifest.

    Args:
        path: The manifest.
        mode: Mode in whose folders the files are looked for; that of the raw files' origin if none
            is named.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        return parse(path.read_bytes(), where=str(path), mode=mode)
    except OSError as error:
        raise InputError(
            f"There is no manifest of a build ({error.strerror})",
            where=str(path),
            remedy="run `snakemake` in the project's folder first, or name another --mode",
        ) from error


def parse(content: bytes, *, where: str, mode: str = "") -> Graph:
    """The graph in the bytes of a manifest; see ``read``.

    Raises:
        InputError: If it is no manifest.
    """
    try:
        origin = str(json.loads(content)["mode"])
        manifest = json.loads(places.in_mode(content.decode("utf-8"), mode or origin))
        missing = [name for name in _FIELDS if not isinstance(manifest[name], dict | list)]
    except (ValueError, KeyError, TypeError) as error:
        raise _no_manifest(where, str(error)) from error
    if missing:
        raise _no_manifest(where, f"{missing[0]} is not what it should be")
    return Graph(mode or origin, origin, manifest)


def state(path: str, checksum: str) -> str:
    """Whether a file is the one that is meant: empty if so, otherwise what is wrong with it."""
    try:
        return "" if sha256_of_file(Path(path)) == checksum else "differs"
    except OSError:
        return "is not here"


def _no_manifest(where: str, why: str) -> InputError:
    return InputError(
        f"The manifest cannot be read ({why})",
        where=where,
        remedy="build it again: `snakemake -R manifest`",
    )
