"""Tables of an HTML page as texts, with captions, spans and headings.

The page is parsed as HTML, so entities and document types in it are harmless; nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lxml.etree
import lxml.html

from fij_eval.errors import InputError
from fij_eval.sources.labels import clean
from fij_eval.sources.text_files import MAX_COLUMNS, MAX_ROWS, decode

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "summary", "legend"})
_UNSEEN = ("script", "style", "template", "noscript")
# Between blocks of one cell: not white space that groups digits, so «12» above «345» is no 12 345.
_BREAK = "\u2028"
# A table within a cell: what a browser shows of its loose text, no reader of figures can tell.
_OBJECT = "\ufffc"
_BLOCKS = ("br", "p", "div", "li", "ul", "ol")
_GAPS = re.compile(rf"[^\S{_BREAK}]+")
_END = re.compile(r"</html\s*>", re.IGNORECASE)
# What swallows all that follows if it is not closed, and what closes it.
_SWALLOWS = re.compile(r"<!--|<(?:script|style|textarea|title)\b")
_COMMENT = ("<!--", "-->")


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """One table.

    Attributes:
        caption: Text of its ``caption``, empty if it has none.
        heading: Text of the heading or figure caption last seen before it.
        rows: Texts of the cells; a cell that spans stands in each place that it covers.
        spanned: Numbers (from 0) of the rows in which a cell covers more than one place.
        line: Line of the page that it starts on.
    """

    caption: str
    heading: str
    rows: tuple[tuple[str, ...], ...]
    spanned: frozenset[int]
    line: int

    @property
    def title(self) -> str:
        """The caption, or else the heading."""
        return self.caption or self.heading


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What is read of a page.

    Attributes:
        titles: Texts of ``title`` and ``h1``.
        tables: Its tables, in order.
    """

    titles: tuple[str, ...]
    tables: tuple[HtmlTable, ...]


def read_page(content: bytes, *, where: str) -> HtmlPage:
    """The tables of a page.

    Args:
        content: Bytes of the page.
        where: The file, for messages.

    Raises:
        InputError: If it is not a whole HTML page, or a table is absurdly large.
    """
    text = decode(content, where=where)
    if not _END.search(text):
        # The parser would mend a page that was cut off, and rows would be gone without a word.
        raise _fault("The page does not end in </html>: it is cut off, or not HTML", where)
    if opened := _never_closed(text):
        raise _fault(f"«{opened}» is never closed, so rows after it would be lost", where)
    root = html_of(text, where=where)
    # The parser mends small faults. It must not when it gave up, nor where a stray </table> puts
    # the rows after it outside any table.
    for entry in root.getroottree().parser.error_log:
        if entry.level_name == "FATAL" or entry.message.strip().endswith("end tag : table"):
            raise _fault(
                f"The page cannot be read to its end ({entry.message.strip()[:100]})",
                f"{where}, line {entry.line}",
            )
    lxml.etree.strip_elements(root, *_UNSEEN, with_tail=False)
    _part_blocks(root, where)
    tables: list[HtmlTable] = []
    heading = ""
    for element in root.iter():
        if element.tag in _HEADINGS:
            heading = _line(element)
        elif element.tag == "table":
            tables.append(_read_table(element, heading, where))
    titles = tuple(_line(element) for element in root.iter("title", "h1"))
    return HtmlPage(titles=titles, tables=tuple(tables))


def html_of(text: str, *, where: str) -> HtmlElement:
    """A page parsed as HTML, without comments.

    Args:
        text: The page.
        where: The file, for messages.

    Raises:
        InputError: If it is not HTML.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise _fault(f"The page is not HTML ({str(error)[:100]})", where) from error


def _part_blocks(root: HtmlElement, where: str) -> None:
    """Keep the texts of blocks apart, and that of a table in a cell from the cell's own."""
    try:
        for element in root.iter(*_BLOCKS):
            element.tail = _BREAK + (element.tail or "")
        for element in root.iter("table"):
            element.text = _OBJECT + (element.text or "")
    except ValueError as error:  # lxml takes no text with control characters
        raise _fault("The page has control characters in its text", where) from error


def _never_closed(text: str) -> str:
    """The first comment, script or the like that has no end; empty if all have one."""
    lowered = text.lower()
    place = 0
    while match := _SWALLOWS.search(lowered, place):
        comment = match[0] == _COMMENT[0]
        end = _COMMENT[1] if comment else f"</{match[0][1:]}"
        # «<!-->» is a whole comment
        found = lowered.find(end, match.start() + 2 if comment else match.end())
        if found < 0:
            return match[0]
        place = found + len(end)
    return ""


def _read_table(table: HtmlElement, heading: str, where: str) -> HtmlTable:
    """One table, its spans written out."""
    line = table.sourceline or 0
    at = f"{where}, table on line {line}"
    rows: list[tuple[str, ...]] = []
    spanned: set[int] = set()
    pending: dict[int, tuple[str, int]] = {}  # column -> text and rows still to cover
    for number, row in enumerate(_own(table, "tr")):
        if number >= MAX_ROWS:
            raise _fault(f"The table has more than {MAX_ROWS} rows", at)
        if pending:
            spanned.add(number)
        texts: dict[int, str] = {column: text for column, (text, _) in pending.items()}
        pending = {c: (text, left - 1) for c, (text, left) in pending.items() if left > 1}
        column = 0
        for cell in row.iterchildren("td", "th"):
            while column in texts:
                column += 1
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            _require_plain(cell, table, at)
            if column + wide > MAX_COLUMNS:
                raise _fault(f"The table has more than {MAX_COLUMNS} columns", at)
            if wide > 1 or high > 1:
                spanned.add(number)
            text = _text(cell)
            for place in range(column, column + wide):
                texts[place] = text
                if high > 1:
                    pending[place] = (text, high - 1)
            column += wide
        width = max(texts, default=-1) + 1
        rows.append(tuple(texts.get(place, "") for place in range(width)))
    caption = next(iter(_own(table, "caption")), None)
    return HtmlTable(
        caption="" if caption is None else _line(caption),
        heading=heading,
        rows=tuple(rows),
        spanned=frozenset(spanned),
        line=line,
    )


def _own(table: HtmlElement, tag: str) -> list[HtmlElement]:
    """Elements of the table that are not those of a table inside it."""
    return [e for e in table.iter(tag) if _owner(e) is table]


def _owner(element: HtmlElement) -> HtmlElement | None:
    """The innermost table that an element stands in."""
    return next(element.iterancestors("table"), None)


def _require_plain(cell: HtmlElement, table: HtmlElement, where: str) -> None:
    """Refuse a cell with other cells of the same table inside.

    A broken tag then swallowed the end of a cell, and with it where the next ones belong.
    """
    if any(_owner(inner) is table for inner in cell.iterdescendants("td", "th", "tr")):
        raise _fault("A cell of the table has other cells inside", where)


def _span(cell: HtmlElement, name: str) -> int:
    """Places that a cell covers; what is not a number counts as one, as in browsers."""
    text = (cell.get(name) or "1").strip()
    if not (text.isascii() and text.isdigit()):
        return 1
    return max(1, min(int(text[:6]), MAX_ROWS))


def _text(element: HtmlElement) -> str:
    """Text of a cell, blocks apart, other white space as one space."""
    return _GAPS.sub(" ", element.text_content()).strip()


def _line(element: HtmlElement) -> str:
    """Text on one line."""
    return clean(element.text_content())


def _fault(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        remedy="fetch the page again, or save it from the browser as a whole HTML page",
    )
