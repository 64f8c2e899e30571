"""What stands in a built file, piece by piece: rows of tables, lines of text, files inside files.

A piece is what a reader takes in together: a row, an object, a line. Nothing that can be read is
passed over: hidden sheets and comments of a workbook, alt texts and files inside a PDF, attributes
and embedded data of a page.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from fij_eval.errors import InputError

#: Attributes of HTML and SVG that hold words.
_WORDS = ("alt", "title", "aria-label", "content", "label", "placeholder", "summary", "value")
_DELIMITERS = (";", ",", "\t")
_TEXTS = (".log", ".md", ".txt", ".yaml", ".typ")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read together.

    Attributes:
        place: Where it stands: file, and file, sheet, page or row within it.
        cells: Its cells as text; a line of text is one cell.
        columns: Names of the cells' columns or keys, where they have any.
    """

    place: str
    cells: tuple[str, ...]
    columns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one line."""
        return " ".join(self.cells)


def pieces(name: str, content: bytes) -> Iterator[Piece]:
    """Everything that can be read in a file.

    Args:
        name: Its path, with the ending that says what it is.
        content: Its bytes.

    Raises:
        InputError: If it cannot be read as what its name says, or nothing here reads such a file.
    """
    suffix = PurePosixPath(name).suffix.casefold()
    try:
        match suffix:
            case ".csv":
                yield from _of_csv(name, content.decode("utf-8-sig"))
            case ".json":
                yield from _of_json(name, json.loads(content))
            case ".parquet":
                yield from _of_parquet(name, content)
            case ".svg" | ".html":
                yield from _of_markup(name, content)
            case ".xlsx":
                yield from _of_workbook(name, content)
            case ".pdf":
                yield from _of_pdf(name, content)
            case _ if suffix in _TEXTS:
                for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
                    yield Piece(f"{name}, line {number}", (line,))
            case _:
                raise InputError(
                    f"What stands in a file «{suffix}» cannot be looked at",
                    where=name,
                    remedy="take it away, or teach review/pieces.py to read it",
                )
    except (ValueError, KeyError, OSError) as error:
        raise InputError(
            f"The file cannot be read ({error})", where=name, remedy="build it again"
        ) from error


def _cell(value: Any) -> str:  # noqa: ANN401 -- a scalar of JSON or a workbook
    """A cell as text; whole numbers with a decimal, so that no number looks like a code."""
    if value is None:
        return ""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(float(value)) if number else str(value)


def _of_csv(name: str, text: str) -> Iterator[Piece]:
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    columns: tuple[str, ...] = ()
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        columns = columns or tuple(row)
        yield Piece(f"{name}, row {number}", tuple(row), columns)


def _of_json(name: str, content: Any, path: str = "") -> Iterator[Piece]:  # noqa: ANN401 -- any JSON
    """Each object: its own values, and these with each list of values in it; each list."""
    place = f"{name}, {path or 'top'}"
    if isinstance(content, Mapping):
        own = {str(k): _cell(v) for k, v in content.items() if not isinstance(v, list | Mapping)}
        yield Piece(place, tuple(map(str, content)))
        yield Piece(place, tuple(own.values()), tuple(own))
        for key, value in content.items():
            # a list of words names others: what is told of this object is not told of them
            if isinstance(value, list) and own and not any(isinstance(v, str) for v in value):
                values = [_cell(each) for each in value if not isinstance(each, list | Mapping)]
                columns = (*own, *[str(key)] * len(values))
                yield Piece(f"{place}.{key}", (*own.values(), *values), columns)
        inner = [(str(key), value) for key, value in content.items()]
    elif isinstance(content, list):
        yield Piece(place, tuple(_cell(v) for v in content if not isinstance(v, list | Mapping)))
        inner = [(str(number), value) for number, value in enumerate(content)]
    else:
        return
    for key, value in inner:
        yield from _of_json(name, value, f"{path}.{key}".lstrip("."))


def _of_parquet(name: str, content: bytes) -> Iterator[Piece]:
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(content))
    if list(frame.columns) == ["table", "row", "field", "value", "text"]:
        # the long form of effects/details.py: a row of the frame is spread over several here
        for (table, row), part in frame.groupby(["table", "row"], sort=False):
            values = [*part["value"].dropna(), *part["text"].dropna()]
            yield Piece(f"{name}, {table} {row}", tuple(map(str, values)))
        return
    for number, row in enumerate(frame.itertuples(index=False), 1):
        cells = tuple("" if pd.isna(cell) else str(cell) for cell in row)
        yield Piece(f"{name}, row {number}", cells, tuple(map(str, frame.columns)))


def _of_markup(name: str, content: bytes) -> Iterator[Piece]:
    from lxml import etree, html

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        if name.casefold().endswith(".svg"):
            root = etree.fromstring(content, parser)
        else:
            root = html.document_fromstring(content, parser=html.HTMLParser(huge_tree=True))
    except etree.LxmlError as error:
        raise ValueError(str(error)) from error
    for element in root.iter():
        tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "comment"
        yield from _of_element(element, tag, f"{name}, <{tag}> line {element.sourceline}")


def _of_element(element: Any, tag: str, place: str) -> Iterator[Piece]:  # noqa: ANN401 -- of lxml
    """An element's words: its attributes, its own text, what follows it; a row of a table whole."""
    for attribute in _WORDS:
        if element.get(attribute):
            yield Piece(place, (str(element.get(attribute)),))
    text = (element.text or "").strip()
    if tag == "script" and text.startswith(("{", "[")):
        yield from _of_json(place, json.loads(text))
    elif tag in ("script", "style", "comment"):
        yield from (Piece(place, (line,)) for line in text.splitlines())
    elif tag == "tr":
        yield Piece(place, tuple(_line(cell) for cell in element))
    elif text:
        yield Piece(place, (_line(element),))
    if element.tail and element.tail.strip():
        yield Piece(place, (" ".join(element.tail.split()),))


def _line(element: Any) -> str:  # noqa: ANN401 -- of lxml
    return " ".join(str("".join(element.itertext())).split())


def _of_workbook(name: str, content: bytes) -> Iterator[Piece]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    told = book.properties
    yield Piece(f"{name}, properties", tuple(str(v) for v in vars(told).values() if v))
    for key, defined in book.defined_names.items():
        yield Piece(f"{name}, name {key}", (key, str(defined.value)))
    for sheet in book.worksheets:
        place = f"{name}, sheet {sheet.title}"
        yield Piece(place, (sheet.title,))
        for row in sheet.iter_rows():
            cells = tuple(_cell(cell.value) for cell in row)
            if any(cells):
                yield Piece(f"{place} row {row[0].row}", cells)
            for cell in row:
                if cell.comment:
                    yield Piece(f"{place} {cell.coordinate}, comment", (cell.comment.text,))


def _of_pdf(name: str, content: bytes) -> Iterator[Piece]:
    import pypdfium2

    from fij_eval.report import pdf_pages

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error
    try:
        yield Piece(f"{name}, properties", tuple(document.get_metadata_dict().values()))
        for number, page in enumerate(document, 1):
            for line in page.get_textpage().get_text_range().splitlines():
                yield Piece(f"{name}, page {number}", (line,))
            for alt in pdf_pages.read(page).alts:
                yield Piece(f"{name}, page {number}, alt text", (alt,))
        for entry in document.get_toc():
            yield Piece(f"{name}, outline", (entry.get_title(),))
        for number in range(document.count_attachments()):
            inside = document.get_attachment(number)
            yield from pieces(f"{name}/{inside.get_name()}", bytes(inside.get_data()))
    finally:
        document.close()
