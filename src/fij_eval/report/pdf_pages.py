"""What stands on the pages of a PDF: words and their places, fonts, table cells, alt texts.

Read with pdfium, which sees what a reader's program sees. Places are in points (1/72 inch) from the
lower left corner of the page.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Spaces, soft hyphens and what pdfium gives for a hyphen at the end of a line.
UNSEEN = r"[\s\u00ad\u200b\u2060\ufffe\x02]"
#: How deep pictures may be nested in a page.
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def common(self, other: Box) -> tuple[float, float]:
        """Width and height that two boxes share; negative is the gap between them."""
        return (
            min(self.right, other.right) - max(self.left, other.left),
            min(self.top, other.top) - max(self.bottom, other.bottom),
        )

    def joined(self, other: Box) -> Box:
        """The smallest box round both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Words set at one go.

    Attributes:
        words: The words.
        box: Box round their letters.
        size: Size of the font as printed, in points.
        colour: Red, green and blue, 0 to 255.
        font: Name of the font.
        embedded: Whether the font travels inside the file.
        mark: Number of the marked content that they belong to; -1 for none.
    """

    words: str
    box: Box
    size: float
    colour: tuple[int, int, int]
    font: str
    embedded: bool
    mark: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: whether it is a heading, and the marked contents in it."""

    heading: bool
    marks: frozenset[int]


#: Rows of cells.
Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        text: Its text in reading order.
        width: Its width, in points.
        height: Its height, in points.
        runs: All words.
        tables: The tables that stand on it, or go on here, as rows of cells.
        alts: Alt texts of its figures; empty where a figure has none.
    """

    text: str
    width: float
    height: float
    runs: tuple[Run, ...]
    tables: tuple[Rows, ...]
    alts: tuple[str, ...]


def read(page: Any) -> Page:  # noqa: ANN401 -- pypdfium2 has no types
    """All of a page.

    Args:
        page: The page, as pypdfium2 gives it.
    """
    textpage = page.get_textpage()
    width, height = page.get_size()
    elements = list(_elements(page))
    return Page(
        text=textpage.get_text_range(),
        width=width,
        height=height,
        runs=tuple(_runs(page, textpage)),
        tables=tuple(element for element in elements if isinstance(element, tuple)),
        alts=tuple(element for element in elements if isinstance(element, str)),
    )


def wide(function: Callable[..., int], handle: Any, *arguments: Any) -> str:  # noqa: ANN401 -- C pointers
    """What a pdfium function that fills a UTF-16 buffer returns."""
    size = function(handle, *arguments, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    cast: Any = buffer
    if function in (pdfium.FPDFCatalog_GetLanguage, pdfium.FPDFTextObj_GetText):
        cast = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))  # they ask for their own type
    function(handle, *arguments, cast, size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")


def _runs(page: Any, textpage: Any) -> Iterator[Run]:  # noqa: ANN401 -- pypdfium2 has no types
    """Words of a page, with the fonts that set them."""
    fonts: dict[int, tuple[str, bool]] = {}
    for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH):
        font = pdfium.FPDFTextObj_GetFont(piece)
        address = ctypes.cast(font, ctypes.c_void_p).value or 0
        if address not in fonts:
            fonts[address] = (_font_name(font), pdfium.FPDFFont_GetIsEmbedded(font) == 1)
        size = ctypes.c_float()
        pdfium.FPDFTextObj_GetFontSize(piece, size)
        matrix = piece.get_matrix()
        yield Run(
            words=wide(pdfium.FPDFTextObj_GetText, piece, textpage),
            box=Box(*piece.get_bounds()),
            size=size.value * float((matrix.c**2 + matrix.d**2) ** 0.5),
            colour=_colour(piece),
            font=fonts[address][0],
            embedded=fonts[address][1],
            mark=pdfium.FPDFPageObj_GetMarkedContentID(piece),
        )


def _font_name(font: Any) -> str:  # noqa: ANN401 -- a C pointer
    size = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, size)
    return buffer.value.decode()


def _colour(piece: Any) -> tuple[int, int, int]:  # noqa: ANN401 -- a C pointer
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFPageObj_GetFillColor(piece, red, green, blue, alpha)
    return red.value, green.value, blue.value


def _elements(page: Any) -> Iterator[str | Rows]:  # noqa: ANN401 -- pypdfium2 has no types
    """Figures (their alt texts) and tables (their rows) that stand on a page."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    try:
        for i in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            yield from _below(pdfium.FPDF_StructTree_GetChildAtIndex(tree, i))
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _below(element: Any) -> Iterator[str | Rows]:  # noqa: ANN401 -- a C pointer
    """Figures and tables in an element of the structure tree."""
    kind = wide(pdfium.FPDF_StructElement_GetType, element)
    if kind == "Figure":
        yield wide(pdfium.FPDF_StructElement_GetAltText, element)
    elif kind == "Table":
        yield tuple(row for row in map(_cells, _all(element, "TR")) if row)
    else:
        for child in _children(element):
            yield from _below(child)


def _cells(row: Any) -> tuple[Cell, ...]:  # noqa: ANN401 -- a C pointer
    """Cells of a row."""
    return tuple(
        Cell(
            heading=wide(pdfium.FPDF_StructElement_GetType, cell) == "TH",
            marks=frozenset(_marks(cell)),
        )
        for cell in _all(row, "TH", "TD")
    )


def _all(element: Any, *kinds: str) -> Iterator[Any]:  # noqa: ANN401 -- C pointers
    """Elements of some kinds below an element, not within each other."""
    for child in _children(element):
        if wide(pdfium.FPDF_StructElement_GetType, child) in kinds:
            yield child
        else:
            yield from _all(child, *kinds)


def _marks(element: Any) -> Iterator[int]:  # noqa: ANN401 -- a C pointer
    """Numbers of the marked contents on this page in an element and below."""
    for i in range(max(0, pdfium.FPDF_StructElement_GetMarkedContentIdCount(element))):
        mark = pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i)
        if mark >= 0:
            yield mark
    for child in _children(element):
        yield from _marks(child)


def _children(element: Any) -> Iterator[Any]:  # noqa: ANN401 -- C pointers
    """Elements directly below an element that stand on its page."""
    for i in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, i)
        if child:
            yield child
