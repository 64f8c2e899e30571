"""The gate that every document passes before it is written: can it be opened, heard, trusted?

Conformance is judged by ``page-validation``, which knows the machine-checkable rules of PDF/UA-1
and PDF/A-3a. What it cannot judge is looked at here: the language and the title that are announced,
the outline, the alt texts, the fonts, the words on the pages and (``gate_layout``) their places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.report import gate_claims, gate_layout, pdf_pages
from fij_eval.report.prose import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

#: An alt text that says what is seen needs more than a few words.
SHORTEST_ALT = 20
#: Traces of a missing value, a Python or pandas object, or a key that was never resolved.
FORBIDDEN = re.compile(
    r"(?<!\w)(nan|NaN|None|NaT|<NA>|inf|undefined|TODO|XXX)(?!\w)|\{[a-z_.]+\}|#n\(|\?\?"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What typst tells of a document that it has set.

    Attributes:
        places: Key of a number -> pages that its prose asks for it on, counted from 1.
        margins: Left and right margin, in points.
    """

    places: Mapping[str, tuple[int, ...]]
    margins: tuple[float, float]


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
    setting: Setting | None = None,
    claimed: gate_claims.Claimed | None = None,
) -> GateReport:
    """Check a document.

    Args:
        path: The PDF.
        language: ``nb`` or ``en``.
        title: Title that it must announce.
        numbers: The numbers that its prose uses, key to string; each must stand in its text.
        figures: Number of figures that it must hold.
        attachments: Names of files that must travel inside it.
        setting: Where each number must stand, and the margins; without it, anywhere, and none.
        claimed: What it may say; without it, words are not weighed.

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
        pages = [pdf_pages.read(page) for page in document]
        names = tuple(
            document.get_attachment(i).get_name() for i in range(document.count_attachments())
        )
        faults += _announced(document, language=language, title=title)
        outline = gate_claims.chapters(document)
    finally:
        document.close()
    alts = [alt for page in pages for alt in page.alts]
    fonts = {run.font: run.embedded for page in pages for run in page.runs}
    faults += _seen(alts, fonts, figures=figures)
    faults += _said([page.text for page in pages])
    faults += _counted([page.text for page in pages], numbers, setting.places if setting else {})
    if claimed is not None:
        faults += gate_claims.faults(
            [page.text for page in pages], outline, claimed, language=language
        )
    faults += gate_layout.faults(pages, setting.margins if setting else None)
    faults += [f"the file {name} is not attached" for name in attachments if name not in names]
    if faults:
        raise ReportError(
            f"The document does not pass its gate: {'; '.join(faults)}",
            where=str(path),
            remedy="mend the prose, template, figure or table that is named; nothing was written",
        )
    return GateReport(
        pages=len(pages),
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

    announced = pdf_pages.wide(pdfium.FPDFCatalog_GetLanguage, document)
    if announced != TAGS[language]:
        yield f"its language is «{announced}», not {TAGS[language]}"
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


def _said(texts: Sequence[str]) -> Iterator[str]:
    """Faults in the words on the pages."""
    text = "\n".join(texts)
    for match in islice(FORBIDDEN.finditer(text), 3):
        around = " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
        yield f"«{match[0]}» stands in its text: «…{around}…»"


def _counted(
    texts: Sequence[str], numbers: Mapping[str, str], places: Mapping[str, tuple[int, ...]]
) -> Iterator[str]:
    """Numbers that do not stand where the prose asks for them."""
    everywhere = range(1, len(texts) + 1)
    for key, value in sorted(numbers.items()):
        if not squeezed(value):
            continue
        if key not in places:
            if not any(_stands_on(value, texts, page) for page in everywhere):
                yield f"the number {key} («{value}») is not found in its text"
            continue
        for page in places[key]:
            # what asks may be at the foot of a page, and the number at the head of the next
            if not (_stands_on(value, texts, page) or _stands_on(value, texts, page + 1)):
                yield f"the number {key} («{value}») is not found on page {page}"


def _stands_on(value: str, texts: Sequence[str], page: int) -> bool:
    """Whether a number or sentence stands on a page, or begins there and ends on the next."""
    if page > len(texts):
        return False
    if _pattern(value).search(texts[page - 1]):
        return True
    words = value.split()
    return page < len(texts) and any(
        _pattern(" ".join(words[:k])).search(texts[page - 1])
        and _pattern(" ".join(words[k:])).search(texts[page])
        for k in range(1, len(words))
    )


@cache
def _pattern(value: str) -> re.Pattern[str]:
    """Finds a string whatever line breaks and soft hyphens are in it, and no part of a number."""
    letters = f"{pdf_pages.UNSEEN}*".join(re.escape(letter) for letter in squeezed(value))
    before = r"(?<!\d)(?<!\d[.,\u2009])" if value.strip()[:1].isdigit() else ""
    after = r"(?![.,\u2009]?\d)" if value.strip()[-1:].isdigit() else ""
    return re.compile(before + letters + after)


def squeezed(text: str) -> str:
    """The text without spaces and soft hyphens, so that line breaks hide nothing."""
    return re.sub(f"{pdf_pages.UNSEEN}+", "", text)
