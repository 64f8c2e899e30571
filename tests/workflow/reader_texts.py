"""All text of a finished build that a reader sees or hears, by place and language."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pypdfium2

from fij_eval import places
from fij_eval.report import pdf_pages

SVG = "{http://www.w3.org/2000/svg}"
#: Fields beside figures and tables that no reader sees.
_NO_WORDS = ("name", "language", "align", "simulated", "width_cm", "height_cm")


def texts(project: Path, language: str) -> Iterator[tuple[str, str]]:
    """Place and text of everything in a language, in the mode demo."""
    for name, own in places.DOCUMENTS.items():
        if own == language:
            yield from of_pdf(project / f"reports/demo/{name}.pdf")
    for name, own in places.WORKBOOKS.items():
        if own == language:
            yield from of_workbook(project / f"reports/demo/{name}.xlsx")
    for name, own in places.PAGES.items():
        if own == language:
            yield from of_page(project / f"reports/demo/{name}.html")
    for path in sorted((project / f"results/demo/figures/{language}").glob("*.svg")):
        yield path.name, "\n".join(words_of_picture(path))
        yield path.with_suffix(".json").name, of_json(path.with_suffix(".json"))
    for path in sorted((project / f"results/demo/tables/{language}").glob("*.json")):
        yield path.name, of_json(path)


def of_pdf(path: Path) -> Iterator[tuple[str, str]]:
    """Pages, alt texts, outline and what the file says of itself."""
    with pypdfium2.PdfDocument(path) as pdf:
        for number, page in enumerate(pdf, start=1):
            read = pdf_pages.read(page)
            yield f"{path.name}, page {number}", read.text
            yield f"{path.name}, alt texts of page {number}", "\n".join(read.alts)
        yield f"{path.name}, outline", "\n".join(entry.get_title() for entry in pdf.get_toc())
        known = pdf.get_metadata_dict()
        said = " ".join(known[key] for key in ("Title", "Subject", "Keywords"))
        yield f"{path.name}, properties", said


def words_of_picture(path: Path) -> list[str]:
    """Texts that stand in a picture."""
    root = ET.fromstring(path.read_bytes())  # noqa: S314 -- made by the build itself
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def of_json(path: Path) -> str:
    """Words of a figure or table: title, headings, cells, notes, source, alt text."""
    content = json.loads(path.read_text(encoding="utf-8"))
    labels = content.get("references")  # the column that becomes references to places in the report
    if labels is not None:
        rows = content["rows"]
        content["rows"] = [[*row[:labels], *row[labels + 1 :]] for row in rows]
    return "\n".join(strings({k: v for k, v in content.items() if k not in _NO_WORDS}))


def strings(content) -> Iterator[str]:
    """All strings in a nested value."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from strings(value)


def of_workbook(path: Path) -> Iterator[tuple[str, str]]:
    """Sheets: their names and all cells that hold text."""
    for sheet in openpyxl.load_workbook(path).worksheets:
        cells = (str(c.value) for row in sheet.iter_rows() for c in row if isinstance(c.value, str))
        yield f"{path.name}, {sheet.title}", "\n".join([sheet.title, *cells])


def of_page(path: Path) -> Iterator[tuple[str, str]]:
    """The page to explore: what stands in it, and the words that its program writes."""
    text = path.read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    words = "\n".join(strings(data["words"]))
    yield f"{path.name}, words of its program", re.sub(r"\{\w*\}", "·", words)
    visible = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", text)
    said = re.findall(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"', visible)
    body = re.sub(r"<[^>]*>", " ", visible.partition("</head>")[2])
    yield f"{path.name}, text", html.unescape("\n".join([body, *said]))
