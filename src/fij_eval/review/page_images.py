"""Page images held against accepted ones: what a change did to the pages is seen, page by page.

A page is accepted as a checksum of its picture, a sketch of it, and a coarse grey picture (means of
blocks of some four millimetres) that shows where a difference is. Equal checksums are equal pages.
Where they differ, another processor may have rounded a line's end otherwise: the sketches tell the
root mean square of the difference between the two pictures, and up to ``LARGEST_RMS`` is none. A
digit that changed or a full stop that went is more. The build id, which changes with every edit of
the code, is painted over first.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.artefacts import write_json
from fij_eval.errors import InputError
from fij_eval.review.page_pictures import BLOCK, SCALE, draw, means, pictures, sketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fij_eval.review.page_pictures import Picture

#: Root mean square of the difference over all dots of a page, on a scale of 0 to 255.
LARGEST_RMS = 0.1
_HASH_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """A page that is not as accepted.

    Attributes:
        document: Name of the document.
        page: Number of the page; 0 for the document as a whole.
        what: What differs, in words.
    """

    document: str
    page: int
    what: str

    def __str__(self) -> str:
        """The page and what differs."""
        place = f"{self.document}, page {self.page}" if self.page else self.document
        return f"{place}: {self.what}"


def accept(reports: Path, accepted: Path) -> dict[str, int]:
    """Take the pages of all documents in a folder as they are.

    Args:
        reports: Folder with the PDFs of a build.
        accepted: Folder of the accepted pages, one file a document; others in it are removed.

    Returns:
        Document -> number of its pages.

    Raises:
        InputError: If the folder holds no PDF.
    """
    pages = {pdf.stem: [_kept(picture) for picture in pictures(pdf)] for pdf in _documents(reports)}
    for old in accepted.glob("*.json"):
        if old.stem not in pages:
            old.unlink()
    for name, kept in pages.items():
        content = {"scale": SCALE, "block": BLOCK, "pages": kept}
        write_json(accepted / f"{name}.json", content)
    return {name: len(kept) for name, kept in pages.items()}


def compare(reports: Path, accepted: Path, *, drawn: Path | None = None) -> list[Difference]:
    """Pages that are not as accepted.

    Args:
        reports: Folder with the PDFs of a build.
        accepted: Folder of the accepted pages.
        drawn: Folder for a picture of each page that differs: as accepted (coarse), and as it is
            with what differs framed; what an earlier comparison drew there is removed.

    Raises:
        InputError: If the folder holds no PDF, or what was accepted cannot be read.
    """
    if drawn is not None:
        for old in drawn.glob("*-page-*.png"):
            old.unlink()
    found: list[Difference] = []
    names = set()
    for pdf in _documents(reports):
        names.add(pdf.stem)
        path = accepted / f"{pdf.stem}.json"
        if not path.is_file():
            found.append(Difference(pdf.stem, 0, "no pages of it have been accepted"))
            continue
        known = _read(path)
        now = list(pictures(pdf))
        if len(now) != len(known):
            found.append(Difference(pdf.stem, 0, f"{len(now)} pages, {len(known)} accepted"))
        for number, (picture, one) in enumerate(zip(now, known, strict=False), start=1):
            what = _differs(picture, one)
            if what:
                found.append(Difference(pdf.stem, number, what))
                if drawn is not None:
                    draw(drawn / f"{pdf.stem}-page-{number:02}.png", picture, _means_of(one))
    found += [
        Difference(path.stem, 0, "was accepted, and is not there")
        for path in sorted(accepted.glob("*.json"))
        if path.stem not in names
    ]
    return found


def advice(found: list[Difference], drawn: Path) -> str:
    """What to do about differences, in a sentence."""
    if not found:
        return "All pages are as accepted."
    return f"Look at {drawn.as_posix()}; if the change is wanted, accept it with `make accept`."


def _differs(picture: Picture, accepted: dict[str, Any]) -> str:
    """What differs, in words; empty if nothing does that a reader could see."""
    if _checksum(picture) == accepted["sha256"]:
        return ""
    now, before = means(picture), _means_of(accepted)
    if now.shape != before.shape:
        return "another size of the page"
    apart = (sketch(picture) - _sketch_of(accepted)).astype(float)
    rms = float(np.sqrt((apart**2).sum() / picture.size))
    if rms <= LARGEST_RMS:
        return ""
    blocks = int((now != before).sum())
    return f"root mean square {rms:.2f} of 255; {blocks} of {now.size} blocks differ by a level"


def _kept(picture: Picture) -> dict[str, Any]:
    """A picture as it is kept."""
    small = means(picture)
    return {
        "sha256": _checksum(picture),
        "sketch": _packed(sketch(picture).astype("<i4").tobytes()),
        "shape": list(small.shape),
        "means": _packed(small.astype(np.uint8).tobytes()),
    }


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def _means_of(accepted: dict[str, Any]) -> NDArray[np.int64]:
    small = np.frombuffer(_unpacked(accepted["means"]), dtype=np.uint8)
    return small.reshape(accepted["shape"]).astype(np.int64)


def _sketch_of(accepted: dict[str, Any]) -> NDArray[np.int64]:
    return np.frombuffer(_unpacked(accepted["sketch"]), dtype="<i4").astype(np.int64)


def _checksum(picture: Picture) -> str:
    size = "x".join(map(str, picture.shape)).encode()
    return hashlib.sha256(size + picture.tobytes()).hexdigest()[:_HASH_DIGITS]


def _read(path: Path) -> list[dict[str, Any]]:
    """Accepted pages of a document.

    Raises:
        InputError: If they cannot be read, or were made at another scale.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pages: list[dict[str, Any]] = content["pages"]
        usable = (content["scale"], content["block"]) == (SCALE, BLOCK)
        for page in pages:
            _means_of(page), _sketch_of(page)
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise InputError(
            f"Accepted pages cannot be read ({error})",
            where=str(path),
            remedy="restore the file, or accept the pages of this build anew (`make accept`)",
        ) from error
    if not usable:
        raise InputError(
            "Accepted pages were made at another scale",
            where=str(path),
            remedy="accept the pages of this build anew (`make accept`)",
        )
    return pages


def _documents(reports: Path) -> list[Path]:
    found = sorted(reports.glob("*.pdf"))
    if not found:
        raise InputError(
            "There is no document to look at",
            where=str(reports),
            remedy="build the project first (`snakemake`), or name a folder of reports",
        )
    return found
