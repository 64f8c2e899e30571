"""The workbook: every table on a sheet of its own, real numbers, no formula, the same bytes twice.

Made for people who calculate on: one table a sheet with one row of headings, headings of groups as
a column, so that it can be sorted and filtered; notes and source below. Text from data is text,
whatever it begins with.
"""

from __future__ import annotations

import csv
import errno
import gc
import io
import json
import logging
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import write_bytes
from fij_eval.errors import ReportError
from fij_eval.fixed_zip import timeless
from fij_eval.report import colophon
from fij_eval.report.context import Catalogue, fill
from fij_eval.report.prose import DOCUMENTS, TAGS, asked_for, prose, strings
from fij_eval.report.workbook_cells import Cell, Column, columns, unique
from fij_eval.report.workbook_sheets import (
    INK,
    QUIET,
    TINT,
    WARNING,
    link,
    print_setup,
    put,
    put_value,
    widths,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from fij_eval.report.colophon import Colophon
    from fij_eval.settings import Language

log = logging.getLogger(__name__)

WORDS: Catalogue = {
    "nb": {
        "front": "Om tabellene",
        "title": "Tabeller til rapporten",
        "group": "Del av tabellen",
        "tables": "Tabeller",
        "build": "Utgave",
        "status": "Status",
        "data_as_of": "Tall publisert til og med",
        "program": "Program",
        "licence": "Lisens",
        "definitions": "Definisjoner",
        "signs": "Standardtegn",
        "sources": "Kilder",
        "source": "{licence}. Nyeste utgave: {newest}",
        "back": "Til forsiden",
        "reading": "Tallene er fulle tall bak det som vises: endre tallformatet for å se flere "
        "desimaler. Arbeidsboken har ingen formler. Merknader og kilde står under hver tabell.",
        "how": "Slik leses arket",
    },
    "en": {
        "front": "About the tables",
        "title": "Tables of the report",
        "group": "Part of the table",
        "tables": "Tables",
        "build": "Build",
        "status": "Status",
        "data_as_of": "Figures published up to",
        "program": "Program",
        "licence": "Licence",
        "definitions": "Definitions",
        "signs": "Standard signs",
        "sources": "Sources",
        "source": "{licence}. Newest vintage: {newest}",
        "back": "To the front sheet",
        "reading": "Cells hold the whole number behind what is shown: change the number format to "
        "see more decimals. The workbook has no formulas. Notes and source stand below each table.",
        "how": "How to read the sheets",
    },
}

#: Rows above a table: title, subtitle, word on simulated data, then the headings.
HEADINGS = 4


def write(language: Language, *, tables: Path, numbers: Path, manifest: Path, output: Path) -> None:
    """Write the workbook of a language.

    Args:
        language: ``nb`` or ``en``.
        tables: Folder with ``<name>.json`` and ``<name>.csv`` of every table.
        numbers: JSON, key to finished string.
        manifest: Manifest of the results; its checksum is the build id.
        output: The workbook, ``.xlsx``.

    Raises:
        ReportError: If the folder holds no table, or a file is missing or not whole.
    """
    about = colophon.read(language, numbers=numbers, manifest=manifest)
    found = {path.stem: read_table(path, language) for path in sorted(tables.glob("*.json"))}
    if not found:
        raise ReportError(
            "There is no table to write into the workbook",
            where=str(tables),
            remedy="run the stage `tables` first, or `snakemake` for everything",
        )
    write_bytes(output, content(found, about, language))
    log.info("workbook (%s): %d tables", language, len(found))


def content(
    tables: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Sequence[str]]]],
    about: Colophon,
    language: Language,
) -> bytes:
    """The workbook's bytes, which depend on what it shows alone.

    Args:
        tables: Name of a table to its words and the columns of its data.
        about: What the build says of itself.
        language: ``nb`` or ``en``.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    names = sheet_names(tables, language)
    front = book.create_sheet(fill(WORDS, language, "front"))
    _front(front, {names[name]: tables[name][0] for name in names}, about, language)
    for name, title in names.items():
        words, raw = tables[name]
        sheet = book.create_sheet(title)
        last = _table(sheet, name, words, raw, language)
        _round_the_table(sheet, words, about, language, last=last)
    _properties(book, about, language)
    return timeless(_saved(book))


def _saved(book: Workbook) -> bytes:
    """The workbook's bytes as openpyxl writes them, by way of files in the system's own folder.

    Raises:
        OSError: If those cannot be written, in the system's words.
    """
    from lxml.etree import SerialisationError

    buffer = io.BytesIO()
    hook = sys.unraisablehook
    try:
        book.save(buffer)
    except SerialisationError as error:
        # lxml names the fault of the system in a word: IO_ENOSPC
        number = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
        # openpyxl's writer complains once more when it is collected
        sys.unraisablehook = lambda _: None
    else:
        return buffer.getvalue()
    gc.collect()
    sys.unraisablehook = hook
    raise OSError(number, os.strerror(number), tempfile.gettempdir())


def sheet_names(tables: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Name of a table to that of its sheet, numbered as in the report, those outside it last."""
    document = next(d for d in DOCUMENTS.values() if d.language == language)
    order = [name for name in asked_for("tab", prose(document)) if name in tables]
    word = strings(language)["table"]
    rest = sorted(name for name in tables if name not in order)
    numbered = {name: f"{word} {place}" for place, name in enumerate(order, start=1)}
    # a sheet's name has at most 31 letters
    return numbered | {name: f"{word} {name.removeprefix('tab')}"[:31] for name in rest}


def read_table(
    path: Path, language: Language
) -> tuple[Mapping[str, Any], Mapping[str, Sequence[str]]]:
    """A table's words, and the columns of its data as text with decimal points.

    Data of another length than the table are left out: they cannot be laid beside it.

    Raises:
        ReportError: If a file is missing or not whole.
    """
    try:
        words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".csv").read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if language == "nb" else ","))
        header, body = rows[0], rows[1:]
        fits = len(body) == len(words["rows"]) and all(len(row) == len(header) for row in body)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ReportError(
            f"A table for the workbook is missing or not whole ({error})",
            where=str(path),
            remedy="delete it and run `snakemake` again",
        ) from error
    if not fits:
        return words, {}
    mark = "," if language == "nb" else "."
    return words, {
        name: [row[k].replace(mark, ".") for row in body] for k, name in enumerate(header)
    }


def _table(
    sheet: Worksheet,
    name: str,
    words: Mapping[str, Any],
    raw: Mapping[str, Sequence[str]],
    language: Language,
) -> int:
    """One table, its headings frozen and named as such; the number of its last row."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    # labels of places in the report lead nowhere from a workbook
    kept = [k for k in range(len(words["header"])) if k != words.get("references")]
    rows = [[row[k] for k in kept] for row in words["rows"]]
    header, align = ([words[part][k] for k in kept] for part in ("header", "align"))
    shown = columns(header, rows, align, raw, language)
    if words["groups"]:
        shown.insert(0, _groups(words, language))
    for k, heading in enumerate(unique([column.heading for column in shown]), start=1):
        put(sheet, HEADINGS, k, heading, bold=True, wrap=True, right=shown[k - 1].numeric)
    for k, column in enumerate(shown, start=1):
        for row, cell in enumerate(column.cells, start=HEADINGS + 1):
            put_value(sheet, row, k, cell, right=column.numeric)
    last = HEADINGS + len(words["rows"])
    widths(sheet, shown)
    sheet.freeze_panes = f"A{HEADINGS + 1}"
    sheet.print_title_rows = f"{HEADINGS}:{HEADINGS}"
    if words["rows"]:
        area = f"A{HEADINGS}:{get_column_letter(len(shown))}{last}"
        table = Table(displayName=f"t_{name}", ref=area)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)
    return last


def _round_the_table(
    sheet: Worksheet, words: Mapping[str, Any], about: Colophon, language: Language, *, last: int
) -> None:
    """Title and subtitle above a table, notes, source and the way back below it."""
    put(sheet, 1, 1, words["title"], bold=True, size=14, colour=INK)
    put(sheet, 2, 1, words["subtitle"], colour=QUIET)
    if words["simulated"]:
        put(sheet, 3, 1, about.banner, bold=True, colour=WARNING, tint=TINT)
    below = [*words["notes"], words["source"]]
    for row, note in enumerate(below, start=last + 2):
        put(sheet, row, 1, note, colour=QUIET)
    back, front = fill(WORDS, language, "back"), fill(WORDS, language, "front")
    link(sheet, last + 3 + len(below), 1, back, target=front)
    print_setup(sheet, about, simulated=bool(words["simulated"]))


def _groups(words: Mapping[str, Any], language: Language) -> Column:
    """Headings of groups as a column of the table."""
    current, cells = "", []
    for row in range(len(words["rows"])):
        current = words["groups"].get(str(row), current)
        cells.append(Cell(current or None))
    return Column(fill(WORDS, language, "group"), tuple(cells), numeric=False)


def _front(
    sheet: Worksheet,
    tables: Mapping[str, Mapping[str, Any]],
    about: Colophon,
    language: Language,
) -> None:
    """The front sheet: what this is, what is in it, what words and signs mean, whose data."""

    def word(key: str) -> str:
        return fill(WORDS, language, key)

    put(sheet, 1, 1, about.title, bold=True, size=16, colour=INK)
    put(sheet, 2, 1, word("title"), size=12, colour=QUIET)
    if about.banner:
        put(sheet, 3, 1, about.banner, bold=True, colour=WARNING, tint=TINT)
        put(sheet, 3, 2, None, tint=TINT)
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        ("tables", [(name, words["title"]) for name, words in tables.items()]),
        (
            "build",
            [
                (word("build"), about.build_id),
                (word("status"), about.status),
                (word("data_as_of"), about.data_as_of),
                (word("program"), f"fij-eval {about.version}"),
                (word("licence"), about.licence),
                (word("how"), word("reading")),
            ],
        ),
        ("definitions", list(about.definitions)),
        ("signs", list(about.signs)),
        (
            "sources",
            [
                (
                    source.name,
                    fill(WORDS, language, "source", licence=source.licence, newest=source.newest),
                )
                for source in about.sources
            ],
        ),
    ]
    row = 5
    for key, pairs in sections:
        put(sheet, row, 1, word(key), bold=True, size=12, colour=INK)
        for left, right in pairs:
            row += 1
            put(sheet, row, 1, left, wrap=True)
            put(sheet, row, 2, right, wrap=True)
            if key == "tables":
                link(sheet, row, 1, left, target=left)
        row += 2
    sheet.column_dimensions["A"].width = 40
    sheet.column_dimensions["B"].width = 80
    sheet.sheet_view.showGridLines = False
    print_setup(sheet, about, simulated=bool(about.banner))


def _properties(book: Workbook, about: Colophon, language: Language) -> None:
    book.properties.title = f"{about.title}: {fill(WORDS, language, 'title')}"
    book.properties.creator = "fij-eval"
    book.properties.language = TAGS[language]
    book.properties.identifier = about.build_id
