"""Whether two builds agree, file by file, and by how much they do not."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.artefacts import cell_text, write_text
from fij_eval.errors import InputError
from fij_eval.review.differences import (
    HARMLESS,
    Difference,
    Tolerance,
    Verdict,
    of_files,
)
from fij_eval.sources import bundle
from fij_eval.sources.store import RawStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fij_eval.sources.store import Entry

#: Files that tell how results were made, not what they are.
PROVENANCE = ("provenance", "manifest.json", "ro-crate-metadata.json")
#: Lines shown of one file; the rest is counted.
MOST_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing two builds.

    Attributes:
        compared: Number of files in either.
        skipped: Number of files that tell how results were made and were left out.
        differences: Every difference, by file.
    """

    compared: int
    skipped: int
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the results agree, within the tolerance."""
        return all(found.verdict in HARMLESS for found in self.differences)


def compare(
    old: Path, new: Path, *, tolerance: Tolerance | None = None, provenance: bool = False
) -> Comparison:
    """Compare two folders, two files, or two raw archives.

    Args:
        old: A: a folder of results, a file, a raw archive (``data/raw/<mode>``) or its bundle.
        new: B, of the same kind.
        tolerance: For numbers in records, tables and JSON; none if it is not given.
        provenance: Whether the files that tell how results were made count as well.

    Raises:
        InputError: If one is not there, they are of different kinds, or a file cannot be read.
        ArchiveError: If an archive is broken.
    """
    allowed = tolerance or Tolerance()
    for path in (old, new):
        if not path.exists():
            raise InputError(
                "There is nothing to compare",
                where=str(path),
                remedy="name two folders of results, two files, or two raw archives",
            )
    kinds = tuple(_kind(path) for path in (old, new))
    if kinds[0] != kinds[1]:
        raise InputError(
            f"A is {kinds[0]}, B is {kinds[1]}",
            where=f"{old}, {new}",
            remedy="compare two of one kind",
        )
    if kinds[0] == _ARCHIVE:
        return _of_archives(_entries(old), _entries(new))
    if kinds[0] == _FILE:
        found = of_files(old.name, old, new, allowed)
        return Comparison(compared=1, skipped=0, differences=tuple(found))
    return _of_folders(old, new, allowed, provenance=provenance)


def as_text(found: Comparison) -> str:
    """The comparison for the screen: what differs, file by file, and a closing count."""
    by_file: dict[str, list[Difference]] = {}
    for difference in found.differences:
        by_file.setdefault(difference.file, []).append(difference)
    lines = [line for file, rows in by_file.items() for line in _of_file(file, rows)]
    worst = Counter(_worst(rows) for rows in by_file.values())
    counts = [
        f"{found.compared} files compared",
        f"{found.compared - len(by_file)} equal byte for byte",
        *(f"{worst[verdict]}: {verdict}" for verdict in Verdict if worst[verdict]),
    ]
    if found.skipped:
        counts.append(f"{found.skipped} of provenance left out (--provenance compares them)")
    verdict = "The results are the same" if found.same else "The results differ"
    return "\n".join([*lines, f"{verdict}. {'; '.join(counts)}."]) + "\n"


def write_differences(found: Comparison, output: Path) -> None:
    """Write every difference as CSV, one a row."""
    names = [field.name for field in fields(Difference)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for difference in found.differences:
        values = (getattr(difference, name) for name in names)
        writer.writerow(["" if value is None else cell_text(value) for value in values])
    write_text(output, text.getvalue())


_ARCHIVE, _FILE, _FOLDER = "a raw archive", "a file", "a folder"


def _kind(path: Path) -> str:
    if path.is_file():
        return _ARCHIVE if path.suffix == ".tar" else _FILE
    return _ARCHIVE if any((path / "index").glob("*.json")) else _FOLDER


def _of_folders(old: Path, new: Path, tolerance: Tolerance, *, provenance: bool) -> Comparison:
    before, after = _files(old), _files(new)
    names = sorted(before.keys() | after.keys())
    kept = [name for name in names if provenance or name.split("/")[0] not in PROVENANCE]
    differences: list[Difference] = []
    for name in kept:
        if name not in after:
            differences.append(Difference(file=name, verdict=Verdict.ONLY_A))
        elif name not in before:
            differences.append(Difference(file=name, verdict=Verdict.ONLY_B))
        else:
            differences += of_files(name, before[name], after[name], tolerance)
    return Comparison(
        compared=len(kept), skipped=len(names) - len(kept), differences=tuple(differences)
    )


def _files(folder: Path) -> dict[str, Path]:
    """Files below a folder, without hidden ones, by their path within it."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        inside.as_posix(): path
        for inside, path in found.items()
        if not any(part.startswith(".") for part in inside.parts)
    }


def _entries(path: Path) -> dict[str, Entry]:
    """Every answer in an archive, by its place."""
    if path.is_dir():
        return {entry.path: entry for entry in RawStore(path).entries()}
    with tempfile.TemporaryDirectory(prefix="fij-eval-") as temporary:
        root = Path(temporary, "archive")
        bundle.open_bundle(path, root)
        return {entry.path: entry for entry in RawStore(root).entries()}


def _of_archives(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Comparison:
    differences = []
    places = sorted(old.keys() | new.keys())
    for place in places:
        if place not in new:
            verdict, sums = Verdict.ONLY_A, (old[place].sha256, "")
        elif place not in old:
            verdict, sums = Verdict.ONLY_B, ("", new[place].sha256)
        elif old[place].sha256 != new[place].sha256:
            verdict, sums = Verdict.DIFFERS, (old[place].sha256, new[place].sha256)
        else:
            continue
        differences.append(
            Difference(file=place, field="sha256", old=sums[0], new=sums[1], verdict=verdict)
        )
    return Comparison(compared=len(places), skipped=0, differences=tuple(differences))


def _worst(rows: Iterable[Difference]) -> Verdict:
    """The verdict on a file: the gravest of its differences."""
    whole = [row.verdict for row in rows if not (row.item or row.field) or row.field == "sha256"]
    if whole:
        return whole[0]
    inner = {row.verdict for row in rows}
    if inner - set(HARMLESS):
        return Verdict.DIFFERS
    return Verdict.WITHIN if Verdict.WITHIN in inner else Verdict.OTHER_BYTES


def _of_file(file: str, rows: Sequence[Difference]) -> list[str]:
    """A file's differences as aligned lines."""
    head = f"{file}: {_worst(rows)}"
    inner = [row for row in rows if row.item or row.field]
    if not inner:
        return [_with_sizes(head, rows[0])]
    table = [("", "old", "new", "difference", "in se", "verdict")]
    table += [
        (
            " ".join(filter(None, (row.item, row.field))),
            row.old,
            row.new,
            "" if row.difference is None else f"{row.difference:+.4g}",
            "" if row.in_se is None else f"{row.in_se:+.3f}",
            str(row.verdict),
        )
        for row in inner[:MOST_SHOWN]
    ]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(table[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in table
    ]
    left = len(inner) - MOST_SHOWN
    more = [f"  … and {left} more (--output FILE.csv has all)"] if left > 0 else []
    return [head, *(line.rstrip() for line in lines), *more]


def _with_sizes(head: str, row: Difference) -> str:
    return f"{head} ({row.old}, {row.new})" if row.old else head
