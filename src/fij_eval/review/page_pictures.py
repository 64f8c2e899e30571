"""Pictures of a document's pages: drawn, shrunk to blocks, sketched, framed where they differ.

A sketch is a few random sums: every dot of the picture is added to one of 256 sums, with a random
sign. The squared distance of two sketches estimates that of the pictures without bias, with a
standard error of some nine per cent (AMS or count sketch: Alon, Matias and Szegedy 1999; Charikar,
Chen and Farach-Colton 2004).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.artefacts import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

#: Pixels a point: 108 an inch, where strokes of print are told apart.
SCALE = 1.5
#: Pixels along a block's side.
BLOCK = 16
#: Sums of a sketch.
SUMS = 256
#: Points to the left of the build id that hold the word before it («utgave»), which may move by
#: part of a pixel with the id that it is drawn together with.
WORD = 27.0
_CHANGED = (244, 106, 37)


def pictures(pdf: Path) -> Iterator[Picture]:
    """Grey pictures of a document's pages, the build id and the word before it painted over."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        build_id = _build_id(document)
        for page in document:
            # a copy, as pdfium's own memory goes with the page
            picture: Picture = np.array(page.render(scale=SCALE, grayscale=True).to_numpy())
            picture = picture.reshape(picture.shape[:2])
            for left, bottom, right, top in _places(page, build_id):
                height = page.get_height()
                rows = slice(
                    max(0, int((height - top) * SCALE) - 2), int((height - bottom) * SCALE) + 3
                )
                columns = slice(max(0, int((left - WORD) * SCALE)), int(right * SCALE) + 3)
                picture[rows, columns] = 255
            yield picture


def means(picture: Picture) -> NDArray[np.int64]:
    """Means of a picture's blocks, 0 to 255; what is over at the rims is filled up with white."""
    height, width = (-(-side // BLOCK) * BLOCK for side in picture.shape)
    whole = np.full((height, width), 255, dtype=np.uint8)
    whole[: picture.shape[0], : picture.shape[1]] = picture
    blocks = whole.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    rounded: NDArray[np.int64] = np.rint(blocks.mean(axis=(1, 3))).astype(np.int64)
    return rounded


def sketch(picture: Picture) -> NDArray[np.int64]:
    """Random signed sums of a picture's dots; the same dots go into the same sums each time."""
    dots = np.arange(picture.size, dtype=np.uint64)
    # splitmix64: a mixing of the dot's number that is the same on every machine
    dots = (dots + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    dots = (dots ^ (dots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    dots = (dots ^ (dots >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    dots ^= dots >> np.uint64(31)
    sums = (dots % np.uint64(SUMS)).astype(np.int64)
    signs = np.where(dots >> np.uint64(63), 1.0, -1.0)
    # whole numbers far below 2^53: exact as floats, in any order
    added = np.bincount(sums, weights=signs * picture.reshape(-1), minlength=SUMS)
    return added.astype(np.int64)


def draw(path: Path, now: Picture, before: NDArray[np.int64]) -> None:
    """Both pages side by side, with a frame round what differs."""
    import io

    from matplotlib.image import imsave

    colours = np.repeat(now[:, :, None], 3, axis=2)
    here = means(now)
    if here.shape == before.shape:
        for row, column in zip(*np.nonzero(np.abs(here - before)), strict=True):
            top, left = int(row) * BLOCK, int(column) * BLOCK
            for part in (
                colours[top : top + 2, left : left + BLOCK],
                colours[top + BLOCK - 2 : top + BLOCK, left : left + BLOCK],
                colours[top : top + BLOCK, left : left + 2],
                colours[top : top + BLOCK, left + BLOCK - 2 : left + BLOCK],
            ):
                part[:] = _CHANGED
    coarse = np.kron(before.astype(np.uint8), np.ones((BLOCK, BLOCK), dtype=np.uint8))
    height = max(coarse.shape[0], colours.shape[0])
    sheet = np.full((height, coarse.shape[1] + BLOCK + colours.shape[1], 3), 255, dtype=np.uint8)
    sheet[: coarse.shape[0], : coarse.shape[1]] = coarse[:, :, None]
    sheet[: colours.shape[0], coarse.shape[1] + BLOCK :] = colours
    stream = io.BytesIO()
    imsave(stream, sheet, format="png", metadata={"Software": ""})
    write_bytes(path, stream.getvalue())


def _build_id(document: Any) -> str:  # noqa: ANN401 -- pypdfium2 has no types
    """The build id on the pages: first digits of the checksum of the manifest inside."""
    from fij_eval.report.document import BUILD_ID_DIGITS

    for number in range(document.count_attachments()):
        inside = document.get_attachment(number)
        if inside.get_name() == "manifest.json":
            return hashlib.sha256(bytes(inside.get_data())).hexdigest()[:BUILD_ID_DIGITS]
    return ""


def _places(page: Any, words: str) -> Iterator[tuple[float, float, float, float]]:  # noqa: ANN401 -- pypdfium2 has no types
    """Boxes of all places where words stand on a page: left, bottom, right, top, in points."""
    if not words:
        return
    textpage = page.get_textpage()
    search = textpage.search(words, match_case=True)
    while (hit := search.get_next()) is not None:
        for number in range(textpage.count_rects(*hit)):
            yield textpage.get_rect(number)
