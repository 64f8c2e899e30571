"""Tables that a researcher drops into data/manual, and their descriptions, spoilt one by one.

Each goes the whole way: found in the folder, read with its description, kept in the archive,
parsed. What is accepted is held against a second, naive reader of the same bytes
(``naive_readers.py``).
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

import openpyxl
import yaml
from bad_case import Case

from fij_eval import settings
from fij_eval.sources import (
    fetch,
    fetch_article,
    fetch_imdi,
    fetch_nav,
    imdi,
    nav,
    ssb_article,
)

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests/sources"))  # the naive readers of the parsers' own tests

import naive_readers  # noqa: E402 -- found by the line above
import small_files  # noqa: E402 -- likewise

ARTICLE = {"reference_month": "2024-09", "published": "2024-12-12", "table": "2"}
#: Name of a dropped file -> service, what makes its bytes, what is known of it.
DROPPED = {
    "tabell2.csv": (fetch_article, small_files.article_csv, ARTICLE),
    "artikkel.html": (fetch_article, small_files.article_page, {}),
    "bosetting.html": (
        fetch_imdi,
        small_files.settlement_page,
        {"year": "2024", "published": "2025-01-15"},
    ),
    "hl060.xlsx": (fetch_nav, small_files.workbook, {"published": "2025-01-10"}),
}
#: What a hand, a spreadsheet or a web page makes of a cell.
CELLS = {
    "empty cell": "",
    "spaces around": None,  # the cell's own text, with spaces
    "word in a cell": "mange",
    "formula": "=1+1",
    "negative number": "-5",
    "decimal comma": "12,5",
    "decimal point": "12.5",
    "per cent sign": "35,3 %",
    "sign for confidential": ":",
    "sign for not available": "..",
    "huge number": "9" * 30,
    "number with a letter": "1O2",
    "full-width digits": "\uff11\uff12",
    "half a number": "½",
    "footnote": "12¹",
    "quotes in a cell": '"12',
    "markup in a cell": "<b>12</b>",
    "not a number": "NaN",
    "number in words of a machine": "1e3",
}
#: What stands for a value in a description.
VALUES = {
    "empty text": "''",
    "nothing": "",
    "a list": "[1]",
    "a mapping": "{x: 1}",
    "a word": "september",
    "yes": "yes",
    "a number": "17",
    "a negative number": "-1",
    "a huge number": "1" * 40,
    "a decimal number": "2024.09",
    "infinity": ".inf",
    "a month without zero": "2024-9",
    "a month that does not exist": "2024-13",
    "a month": "2024-11",
    "a date": "2024-12-13",
    "a date that does not exist": "2024-02-30",
    "a date of Norway": "12.12.2024",
    "a time": "2024-12-12 10:00:00",
    "a date far ahead": "2999-01-01",
    "spaces around": "'  2024-09 '",
    "a way out": "'../../x'",
    "a command": "'$(touch pwned)'",
    "a line break": "'2024-\\n09'",
    "digits of another script": "'٢٠٢٤'",
    "an object": "!!python/name:os.system",
    "an octal number": "0o777",
    "a number in sixties": "1:30",
    "an emoji": "\U0001f4a5",
}


def cases(folder):
    """All cases; files are written to the folder."""
    content = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for service in ("ssb_article", "nav"):
        content["live"][service]["page"] = ""
    live = settings.check(content, where="config.yaml").live

    def read(name, raw, description):
        """The way of a dropped file; what is wrong with what came, or nothing."""
        module = DROPPED[name][0]
        shutil.rmtree(folder, ignore_errors=True)
        at = folder / "manual" / module.SERVICE
        at.mkdir(parents=True)
        (at / name).write_bytes(raw)
        if description is not None:
            (at / f"{name}.yaml").write_bytes(description)
        tools = fetch.fetching(folder / "raw", live=live, tables={}, manual=folder / "manual")
        entries = [
            entry for task in module.tasks(tools) if str(at) in task.name for entry in task.run()
        ]
        return _checked(name, tools.store, entries, raw, description)

    for name, (_, make, known) in DROPPED.items():
        whole = yaml.safe_dump(known).encode() if known else None
        for kind, place, raw in _spoilt(name, make()):
            yield Case(name, kind, place, _call(read, name, raw, whole))
        for kind, place, description in _descriptions(known):
            yield Case(f"{name}.yaml", kind, place, _call(read, name, make(), description))


def _call(function, *arguments):
    return lambda: function(*arguments)


def _checked(name, store, entries, raw, description):
    """What was kept, parsed and held against the bytes and against the description."""
    if len(entries) != 1:
        return f"{len(entries)} files kept"
    (entry,) = entries
    content = store.read(entry)
    if content != raw:
        return "other bytes were kept"
    given = yaml.safe_load(description) if description else {}
    for key, value in (given or {}).items():
        text = value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)
        kept = entry.vintage if key == "published" else entry.about.get(key)
        # an empty text is no word on it, so that the file itself is asked
        if text and kept is not None and kept != text:
            return f"{key}: {text} was kept as {kept}"
        if key == "reference_month" and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
            return f"{text} is no month"
    try:
        _parsed(name, content, entry)
    except naive_readers.WrongError as error:
        return " / ".join(map(str, error.args))[:200]
    return ""


def _parsed(name, content, entry):
    if name == "hl060.xlsx":
        naive_readers.check_workbook(
            content, nav.parse(content, where=name, year=int(entry.about["year"]))
        )
    elif name == "bosetting.html":
        found = imdi.parse(content, where=name, year=int(entry.about["year"]))
        naive_readers.check_settlement(content, found)
    else:
        month, table = (entry.about.get(key) for key in ("reference_month", "table"))
        found = ssb_article.parse(content, where=name, reference_month=month, table=table)
        csv = name.endswith("csv")
        check = naive_readers.check_article_csv if csv else naive_readers.check_article_page
        check(content, found)


def _spoilt(name, raw):
    """Spoilt contents of a dropped file: kind, place, bytes."""
    yield from (
        ("empty file", "file", b""),
        ("cut off in the middle", "file", raw[: len(raw) // 2]),
        ("cut off at the end", "file", raw[:-12]),
        ("NUL byte", "file", raw + b"\x00"),
        ("twice", "file", raw + raw),
        ("a page that says no", "file", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
        ("a program", "file", b"\x7fELF" + raw),
    )
    if name.endswith("xlsx"):
        yield from _spoilt_books(raw)
        return
    text = raw.decode()
    yield "byte order mark", "file", b"\xef\xbb\xbf" + raw
    yield "UTF-16", "file", text.encode("utf-16")
    yield "Latin-1", "file", text.encode("latin-1", "replace")
    yield "line ends of Windows", "file", text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    yield "line ends of old Macs", "file", text.replace("\r\n", "\n").replace("\n", "\r").encode()
    pattern = r"(?<=<td>)[^<]*(?=</td>)|(?<=<th>)[^<]*(?=</th>)"
    if name.endswith("csv"):
        yield "commas between cells", "file", text.replace(";", "\t").encode()
        pattern = r"[^;\r\n]+"
    found = list(re.finditer(pattern, text))
    for number, cell in enumerate(found):
        for kind, other in CELLS.items():
            written = f"  {cell[0]} " if other is None else other
            yield (
                kind,
                f"cell {number + 1}",
                (text[: cell.start()] + written + text[cell.end() :]).encode(),
            )
        left = text[: cell.start()] + text[cell.end() :]
        yield "text gone", f"cell {number + 1}", left.encode()


def _spoilt_books(raw):
    """A workbook with one cell changed."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    places = [
        (sheet.title, cell.coordinate)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    for title, coordinate in places:
        for kind, other in {**CELLS, "a date": "2024-12-12", "yes": True, "zero": 0}.items():
            book = openpyxl.load_workbook(io.BytesIO(raw))
            cell = book[title][coordinate]
            cell.value = f"  {cell.value} " if other is None else other
            out = io.BytesIO()
            book.save(out)
            yield kind, f"{title} {coordinate}", out.getvalue()


def _descriptions(known):
    """Spoilt descriptions: kind, place, bytes."""
    whole = known or {"published": "2024-12-12"}
    good = yaml.safe_dump(whole)
    for key in whole:
        for kind, value in VALUES.items():
            lines = [f"{k}: {value if k == key else v}" for k, v in whole.items()]
            yield kind, key, "\n".join(lines).encode()
        rest = {k: v for k, v in whole.items() if k != key}
        yield "key left out", key, yaml.safe_dump(rest).encode()
        yield "key misspelt", key, yaml.safe_dump({**rest, f"{key}x": whole[key]}).encode()
        yield "key in capitals", key, yaml.safe_dump({**rest, key.upper(): whole[key]}).encode()
        yield "key twice", key, f"{good}{key}: 2019-01-01\n".encode()
    yield "another key", "file", f"{good}note: x\n".encode()
    yield "not there", "file", None
    yield "empty file", "file", b""
    yield "comments only", "file", b"# nothing\n"
    yield "a word", "file", b"2024-09\n"
    yield "a list", "file", b"- a\n"
    yield "two documents", "file", f"{good}---\n{good}".encode()
    yield "not closed", "file", f"{good}more: [\n".encode()
    yield "Python object", "file", b"!!python/object/apply:os.system [id]\n"
    yield "not UTF-8", "file", good.encode() + b"# \xe6\n"
    yield "UTF-16", "file", good.encode("utf-16")
    yield "byte order mark", "file", b"\xef\xbb\xbf" + good.encode()
    yield "line ends of Windows", "file", good.replace("\n", "\r\n").encode()
    yield "NUL byte", "file", good.encode() + b"\x00"
    yield "very deep", "file", b"[" * 3000
    yield "unknown alias", "file", b"published: *x\n"
