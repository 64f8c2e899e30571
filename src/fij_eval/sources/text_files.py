"""Bytes of text files to text, rows or JSON, with faults in words.

Everything that the services publish is UTF-8. ISO-8859-1 is tried only where a file is not UTF-8,
and refused where it would give the broken letters («Ã¸») of a file with both.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import unique_keys
from fij_eval.errors import InputError

if TYPE_CHECKING:
    from typing import NoReturn

# The largest real answer is a Statbank response of some megabytes.
MAX_BYTES = 64 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 100

_BROKEN_LETTERS = re.compile("[ÂÃ][\u0080-\u00bf]|[\u0080-\u009f]")
_SURROGATE = re.compile(r"\\u[dD][89abAB]")


def decode(content: bytes, *, where: str) -> str:
    """The text of a file in UTF-8 (with or without a byte-order mark), or else ISO-8859-1.

    Args:
        content: Bytes of the file.
        where: The file, for the message.

    Raises:
        InputError: If the file is too large, binary, or in neither encoding.
    """
    if len(content) > MAX_BYTES:
        raise InputError(
            f"The file holds {len(content)} bytes, more than any such table does",
            where=where,
            remedy="check that it is the file that was meant",
        )
    if b"\x00" in content:
        raise InputError(
            "The file is binary or UTF-16, not text in UTF-8",
            where=where,
            remedy="download it again, or save it as UTF-8",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("iso-8859-1")
        if broken := _BROKEN_LETTERS.search(text):
            line = text.count("\n", 0, broken.start()) + 1
            raise InputError(
                f"The file is neither UTF-8 nor ISO-8859-1 (byte {error.start}, line {line})",
                where=where,
                remedy="download it again, or save it as UTF-8",
            ) from error
        return text


def csv_rows(content: bytes, *, where: str) -> tuple[tuple[str, ...], ...]:
    """Rows of a semicolon-separated file, cells as displayed.

    Args:
        content: Bytes of the file.
        where: The file, for the message.

    Raises:
        InputError: If it cannot be decoded, has an open quote, or is absurdly large.
    """
    reader = csv.reader(io.StringIO(decode(content, where=where), newline=""), delimiter=";")
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            if len(rows) >= MAX_ROWS or len(row) > MAX_COLUMNS:
                raise InputError(
                    f"The table has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
                    where=f"{where}, line {reader.line_num}",
                    remedy="check that it is the file that was meant",
                )
            if any("\n" in cell or "\r" in cell for cell in row):
                raise InputError(
                    "A cell runs over several lines, so a quotation mark is open",
                    where=f"{where}, line {reader.line_num}",
                    remedy="download the table again",
                )
            rows.append(tuple(row))
    except csv.Error as error:
        raise InputError(
            f"The file is not semicolon-separated text ({error})",
            where=f"{where}, line {reader.line_num}",
            remedy="download the table again",
        ) from error
    return tuple(rows)


def json_document(content: bytes, *, where: str) -> dict[str, Any]:
    """The object that a JSON file holds.

    Numbers that JSON does not have (NaN, Infinity), keys that stand twice and halves of letters are
    refused: what reads them next could only guess.

    Args:
        content: Bytes of the file, UTF-8.
        where: The file, for the message.

    Raises:
        InputError: If it is not such JSON; an error page in HTML is named as that.
    """
    if len(content) > MAX_BYTES:
        raise InputError(
            f"The file holds {len(content)} bytes, more than any answer of the service does",
            where=where,
            remedy="check that it is the file that was meant",
        )
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_refuse, object_pairs_hook=unique_keys)
        if _SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        page = content.lstrip()[:1] == b"<"
        problem = "it is a page in HTML or XML" if page else str(error).split("\n", 1)[0]
        raise InputError(
            f"The answer is not JSON ({problem})",
            where=where,
            remedy="fetch it again; look at the file if it comes back the same",
        ) from error
    if not isinstance(document, dict):
        raise InputError(
            "The answer is JSON, but not an object",
            where=where,
            remedy="fetch it again; look at the file if it comes back the same",
        )
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")
