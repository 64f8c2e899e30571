"""Fuzzing of every parser: mutated files give an error of ours or the right answer.

    python tests/sources/fuzzing.py [--seconds 60] [--seed 1] [--only "NAV workbook"]

A right answer is what a second, naive reader of the same mutated bytes finds: cell by cell for
json-stat2 and KLASS, by row for CSV and pages, by row and sheet for workbooks (openpyxl's other
mode). Any other exception, and any number that the naive reader does not find in its place, is a
fault.
"""

import argparse
import io
import os
import random
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import naive_readers
import small_files

from fij_eval.errors import FijError
from fij_eval.sources import (
    bundle,
    fetch_nav,
    imdi,
    jsonstat,
    kartverket,
    klass,
    manual,
    nav,
    pxweb,
    pxweb_v1,
    ssb_article,
)
from fij_eval.sources.fetching import dates_in
from fij_eval.sources.store import RawStore, read_index


class StrangeError(Exception):
    """A parser raised what is no error of ours."""


def nothing(_, __):
    """Any answer will do: only exceptions are looked for."""


def _bundle(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.tar")
        path.write_bytes(content)
        bundle.open_bundle(path, Path(folder, "out/archive"))


def _index(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "index/nav.json")
        path.parent.mkdir()
        path.write_bytes(content)
        kept = Path(folder, "nav/x/v/d")
        kept.parent.mkdir(parents=True)
        kept.write_bytes(b"{}")
        for entry in read_index(path):
            RawStore(Path(folder)).read(entry)


def _sidecar(content):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.csv").write_bytes(b"x")
        Path(folder, "t.csv.yaml").write_bytes(content)
        manual.read(Path(folder, "t.csv"), keys=("reference_month", "published", "table"))


TARGETS = {
    "json-stat2": (
        small_files.cube,
        lambda c: jsonstat.parse(c, where="f"),
        naive_readers.check_cube,
    ),
    "KLASS codes": (
        small_files.code_list,
        lambda c: klass.parse_codes(c, where="f", digits=4),
        naive_readers.check_codes,
    ),
    "KLASS changes": (
        small_files.code_changes,
        lambda c: klass.parse_changes(c, where="f"),
        naive_readers.check_changes,
    ),
    "boundaries": (
        small_files.shapes,
        lambda c: kartverket.parse(c, where="f"),
        naive_readers.check_shapes,
    ),
    "article CSV": (
        small_files.article_csv,
        lambda c: ssb_article.parse(c, where="f.csv", reference_month="2024-09", table="2"),
        naive_readers.check_article_csv,
    ),
    "article page": (
        small_files.article_page,
        lambda c: ssb_article.parse(c, where="f.html"),
        naive_readers.check_article_page,
    ),
    "IMDi page": (
        small_files.settlement_page,
        lambda c: imdi.parse(c, where="f.html", year=2024),
        naive_readers.check_settlement,
    ),
    "NAV workbook": (
        small_files.workbook,
        lambda c: nav.parse(c, where="f.xlsx", year=nav.year_of(c, where="f.xlsx")),
        naive_readers.check_workbook,
    ),
    "v2 metadata": (small_files.cube, lambda c: pxweb.variables_of(c, where="f"), nothing),
    "v1 metadata": (
        small_files.metadata_v1,
        lambda c: pxweb_v1.variables_of(c, where="f"),
        nothing,
    ),
    "code list": (
        lambda: b'{"id": "x", "values": [{"code": "K-0301", "label": "Oslo"}]}',
        lambda c: pxweb.codes_of(c, where="f"),
        nothing,
    ),
    "NAV page": (
        lambda: bytes(small_files.PAGE),
        lambda c: fetch_nav.links(c, url="https://www.nav.no/", word="HL060"),
        nothing,
    ),
    "dates": (
        lambda: b"Publisert: 12. desember 2024. Oppdatert 03.06.2024",
        lambda c: dates_in(c.decode("utf-8", "replace")),
        nothing,
    ),
    "description": (
        lambda: b"reference_month: 2024-09\npublished: 2024-12-12\ntable: 2\n",
        _sidecar,
        nothing,
    ),
    "index": (small_files.index_file, _index, nothing),
    "bundle": (small_files.raw_bundle, _bundle, nothing),
}

TOKENS = [
    *(token.encode() for token in ('"', "null", "NaN", "1e999", "-1", "-", ":", "..", ".", "{}")),
    *(token.encode() for token in ("[]", "true", ";", ";;", "\r\n", "\n", " ", "\u00a0", "1 234")),
    *(
        token.encode()
        for token in ("<td>", "</td>", "<tr>", "</tr>", "</table>", "<table>", "&lt;")
    ),
    *(
        token.encode()
        for token in ("&#49;", "&nbsp;", ' colspan="2"', ' rowspan="3"', "<br>", "<!--")
    ),
    *(
        token.encode()
        for token in ("0", "9", "12,5", "%", "*", "=1+1", "٣", "½", "\u2212", "æ", ",")
    ),
    *(
        token.encode()
        for token in ("September 2024", "Tabell 1", "Totalt", "0301", "1e3", "\ud7ff")
    ),
    *(b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"'", b"\\u0031", b"\\ud800"),
]


def mutated(content, rng):
    """The bytes after one to four edits."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        place = rng.randrange(len(data) + 1)
        end = min(len(data), place + rng.choice((1, 1, 2, 5, 20, 80)))
        match rng.randrange(7):
            case 0:
                data[place:end] = b""
            case 1:
                data[place:place] = rng.choice(TOKENS)
            case 2:
                data[place:end] = rng.choice(TOKENS)
            case 3:
                data[place:place] = data[place:end]
            case 4 if data:
                data[place % len(data)] ^= 1 << rng.randrange(8)
            case 5:
                other = rng.randrange(len(data) + 1)
                data[other:other] = data[place:end]
            case _ if rng.random() < 0.2:
                del data[place:]
    return bytes(data)


def mutated_book(content, rng):
    """A workbook with one of its parts mutated, or its own bytes."""
    if rng.random() < 0.15:
        return mutated(content, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        sheets = [name for name in names if "sheet" in name.casefold() or "Strings" in name]
        chosen = rng.choice(sheets if rng.random() < 0.8 else names)
        for name in names:
            part = source.read(name)
            target.writestr(name, mutated(part, rng) if name == chosen else part)
    return out.getvalue()


def once(name, rng):
    """One mutated file through one parser.

    Returns:
        Whether it was read; an error of ours counts as not.

    Raises:
        naive_readers.WrongError: If the parser gives what is not in the file.
        StrangeError: If it raises anything that is no error of ours.
    """
    make, parse, check = TARGETS[name]
    original = _originals.setdefault(name, make())
    content = (mutated_book if name == "NAV workbook" else mutated)(original, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = parse(content)
        except FijError:
            return False
        except Exception as error:
            raise StrangeError(f"{type(error).__name__}: {error}", content) from error
        try:
            check(content, found)
        except naive_readers.WrongError as error:
            raise naive_readers.WrongError(error.args[0], content) from error
        except Exception as error:
            raise StrangeError(f"the naive reader: {type(error).__name__}", content) from error
    return True


_originals = {}


def fuzz(name, seconds, seed, most=None):
    """Mutated files through one parser for so long, or so many of them.

    Returns:
        Name, files tried, files read right, and what went wrong (empty if nothing did).
    """
    tried = right = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end and tried != most:
        number = f"{seed}-{name}-{tried}"
        try:
            right += once(name, random.Random(number))  # noqa: S311 -- files, not secrets
        except (naive_readers.WrongError, StrangeError) as error:
            told = "".join(traceback.format_exception(error))
            file = repr(error.args[-1])[:300]  # the number makes the whole of it again
            return name, tried, right, f"{told}\n{name}: {number}\n{file}"
        tried += 1
    return name, tried, right, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="for each parser")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=TARGETS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    names = [options.only] if options.only else list(TARGETS)
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(fuzz, name, options.seconds, options.seed) for name in names]
        faults = []
        for job in jobs:
            name, tried, right, fault = job.result()
            told = f"{name:<16} {tried:>7} mutated files, {right:>6} read right, the rest refused"
            print(told, flush=True)  # noqa: T201 -- the command's answer
            faults += [fault] if fault else []
    sys.exit("\n\n".join(faults) or 0)


if __name__ == "__main__":
    main()
