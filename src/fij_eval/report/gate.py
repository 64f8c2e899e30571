"""The gate that every document passes before it is written: can it be opened, heard, trusted?

Conformance is judged by ``page-validation``, which knows the machine-checkable rules of PDF/UA-1
and PDF/A-3a. What it cannot judge is looked at here: the language and the title that are announced,
the outline, the alt texts, the fonts, and the words on the pages.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

LANGUAGE_TAGS = {"nb": "nb-NO", "en": "en-GB"}
#: An alt text that says what is seen needs more than a few words.
SHORTEST_ALT = 20
#: Traces of a missing value, a Python or pandas object, or a key that was never resolved.
FORBIDDEN = re.compile(
    r"(?<!\w)(nan|NaN|None|NaT|<NA>|inf|undefined|TODO|XXX)(?!\w)|\{[a-z_.]+\}|#n\(|\?\?"
)


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gate saw in a document that passed.

    Attributes:
        pages: Number of pages.
        figures: Number of figures with an alt text.
        attachments: Names of the files that travel inside.
        fonts: Names of the fonts on the pages, all embedded.
        numbers: How many numbers were looked for, and found, in the text.
    """

    pages: int
    figures: int
    attachments: tuple[str, ...]
    fonts: tuple[str, ...]
    numbers: int


def check_pdf(
    path: Path,
    *,
    language: str,
    title: str,
    numbers: Mapping[str, str],
    figures: int,
    attachments: Iterable[str],
) -> GateReport:
    """Check a document.

    Args:
        path: The PDF.
        language: ``nb`` or ``en``.
        title: Title that it must announce.
        numbers: The numbers that its prose uses, key to string; each must stand in its text.
        figures: Number of figures that it must hold.
        attachments: Names of files that must travel inside it.

    Raises:
        ReportError: If it fails, with every fault that was found.
    """
    import pypdfium2

    faults = [*_conformance(path)]
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise ReportError(
            f"The document cannot be read as a PDF ({error})",
            where=str(path),
            remedy="build it again; if that does not help, report it with the file",
        ) from error
    try:
        text = "\n".join(page.get_textpage().get_text_range() for page in document)
        alts = [alt for page in document for alt in alt_texts(page)]
        fonts = {name: embedded for page in document for name, embedded in _fonts(page)}
        names = tuple(
            document.get_attachment(i).get_name() for i in range(document.count_attachments())
        )
        faults += _announced(document, language=language, title=title)
        faults += _seen(alts, fonts, figures=figures)
        pages = len(document)
    finally:
        document.close()
    faults += _said(text, numbers)
    faults += [f"the file {name} is not attached" for name in attachments if name not in names]
    if faults:
        raise ReportError(
            f"The document does not pass its gate: {'; '.join(faults)}",
            where=str(path),
            remedy="mend the prose, template, figure or table that is named; nothing was written",
        )
    return GateReport(
        pages=pages,
        figures=len(alts),
        attachments=names,
        fonts=tuple(sorted(fonts)),
        numbers=len(numbers),
    )


def _conformance(path: Path) -> Iterator[str]:
    """Rules of PDF/UA-1 and PDF/A-3a that the file breaks."""
    import page

    for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A):
        try:
            report = page.validate_pdf(path, profile=profile)
        except page.PageError as error:
            yield f"{profile.name}: the file cannot be read ({error})"
            continue
        for failure in report.failures[:3]:
            yield f"{profile.name} rule {failure.rule_id}: {failure.message}"
        if not report.is_compliant and not report.failures:
            yield f"{profile.name}: not compliant, without a rule named"


def _announced(document: Any, *, language: str, title: str) -> Iterator[str]:  # noqa: ANN401 -- pypdfium2 has no types
    """Faults in what the file says of itself."""
    import pypdfium2.raw as pdfium

    announced = _wide(pdfium.FPDFCatalog_GetLanguage, document)
    if announced != LANGUAGE_TAGS[language]:
        yield f"its language is «{announced}», not {LANGUAGE_TAGS[language]}"
    if (given := document.get_metadata_value("Title")) != title:
        yield f"its title is «{given}», not «{title}»"
    if not document.is_tagged():
        yield "it is not tagged"
    if not any(True for _ in document.get_toc()):
        yield "it has no outline"


def _seen(alts: list[str], fonts: Mapping[str, bool], *, figures: int) -> Iterator[str]:
    """Faults in figures and fonts."""
    if len(alts) != figures:
        yield f"it holds {len(alts)} figures, not {figures}"
    for alt in alts:
        if len(alt) < SHORTEST_ALT:
            yield f"the alt text «{alt}» is shorter than {SHORTEST_ALT} characters"
    for name, embedded in sorted(fonts.items()):
        if not embedded:
            yield f"the font {name} is not embedded"


def _said(text: str, numbers: Mapping[str, str]) -> Iterator[str]:
    """Faults in the words on the pages."""
    for match in islice(FORBIDDEN.finditer(text), 3):
        around = " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
        yield f"«{match[0]}» stands in its text: «…{around}…»"
    compact = squeezed(text)
    for key, value in sorted(numbers.items()):
        if squeezed(value) not in compact:
            yield f"the number {key} («{value}») is not found in its text"


def squeezed(text: str) -> str:
    """The text without spaces and soft hyphens, so that line breaks hide nothing."""
    return re.sub(r"[\s\u00ad\u200b\u2060\ufffe\x02]+", "", text)


def alt_texts(page: Any) -> Iterator[str]:  # noqa: ANN401 -- pypdfium2 has no types
    """Alt texts of the figures that begin on a page; empty where a figure has none."""
    import pypdfium2.raw as pdfium

    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    try:
        for i in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            yield from _alt_texts_below(pdfium.FPDF_StructTree_GetChildAtIndex(tree, i))
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _alt_texts_below(element: Any) -> Iterator[str]:  # noqa: ANN401 -- a C pointer
    """Alt texts of an element of the structure tree and those below it."""
    import pypdfium2.raw as pdfium

    if not element:
        return
    if _wide(pdfium.FPDF_StructElement_GetType, element) == "Figure":
        yield _wide(pdfium.FPDF_StructElement_GetAltText, element)
        return
    for i in range(pdfium.FPDF_StructElement_CountChildren(element)):
        yield from _alt_texts_below(pdfium.FPDF_StructElement_GetChildAtIndex(element, i))


def _fonts(page: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 -- pypdfium2 has no types
    """Fonts of a page's text, and whether each is embedded."""
    import pypdfium2.raw as pdfium

    for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=8):
        font = pdfium.FPDFTextObj_GetFont(piece)
        size = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDFFont_GetBaseFontName(font, buffer, size)
        yield buffer.value.decode(), pdfium.FPDFFont_GetIsEmbedded(font) == 1


def _wide(function: Callable[..., int], handle: Any) -> str:  # noqa: ANN401 -- a C pointer
    """What a pdfium function that fills a UTF-16 buffer returns."""
    import pypdfium2.raw as pdfium

    size = function(handle, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    cast: Any = buffer
    if function is pdfium.FPDFCatalog_GetLanguage:  # the one that asks for its own type
        cast = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    function(handle, cast, size)
    return buffer.raw[: size - 2].decode("utf-16-le")
