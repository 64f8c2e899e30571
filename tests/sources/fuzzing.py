"""Fuzzing of every parser: mutated files give an error of ours or the right answer.

    python tests/sources/fuzzing.py [--seconds 60] [--seed 1] [--only "NAV workbook"]

A right answer is what a second, naive reader of the same mutated bytes finds: cell by cell for
json-stat2 and KLASS, by row for CSV and pages, by row and sheet for workbooks (openpyxl's other
mode). Any other exception, and any number that the naive reader does not find in its place, is a
fault.
"""

import argparse
import hashlib
import html.parser
import io
import itertools
import json
import math
import os
import random
import re
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import openpyxl

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
from fij_eval.sources.missing import SSB_SIGNS
from fij_eval.sources.store import RawStore, read_index


class WrongError(Exception):
    """A parser gave a figure that is not in the file."""


class StrangeError(Exception):
    """A parser raised what is no error of ours."""


def require(holds, *shown):
    if not holds:
        raise WrongError(" / ".join(map(str, shown)))


# --- files to begin with


def cube():
    years = ["2022", "2023"]
    return json.dumps(
        {
            "version": "2.0",
            "class": "dataset",
            "label": "07459",
            "updated": "2026-02-24T07:00:00Z",
            "id": ["Region", "Tid"],
            "size": [3, 2],
            "dimension": {
                "Region": {
                    "label": "region",
                    "category": {
                        "index": {"4601": 2, "0301": 0, "1103": 1},
                        "label": {"0301": "Oslo", "1103": "Stavanger", "4601": "Bergen"},
                    },
                },
                "Tid": {"label": "år", "category": {"index": years}},
            },
            "value": [709037, 717710, 147, None, 0, 12.5],
            "status": {"3": ":", "4": "-"},
        },
        ensure_ascii=False,
    ).encode()


def code_list():
    rows = [
        {
            "code": code,
            "name": name,
            "level": "1",
            "validFromInRequestedRange": start,
            "validToInRequestedRange": end,
        }
        for code, name, start, end in (
            ("0301", "Oslo", "2020-01-01", "2027-01-01"),
            ("1507", "Ålesund", "2020-01-01", "2024-01-01"),
            ("1508", "Ålesund", "2024-01-01", "2027-01-01"),
            ("9999", "Uoppgitt", "2020-01-01", None),
        )
    ]
    return json.dumps({"codes": rows}, ensure_ascii=False).encode()


def code_changes():
    row = {"oldCode": "1507", "oldName": "Ålesund", "newName": None}
    rows = [row | {"newCode": code, "changeOccurred": "2024-01-01"} for code in ("1508", "1580")]
    return json.dumps({"codeChanges": rows}, ensure_ascii=False).encode()


ARTICLE = (
    ("Oslo", "1 234", "435", "35,3"),
    ("Herøy (Nordland)1", "57", "20", "35,1"),
    ("Sande (Møre og Romsdal)", "12", ":", ":"),
    ("Steinkjer - Stïentje", "310", "101", "32,6"),
)
HEADS = ("Kommune", "Bosatte 20–66 år", "Sysselsatte (lønnstakere)", "Andel sysselsatte. Prosent")
CAPTION = "Tabell 2. Bosatte flyktninger fra Ukraina, etter kommune. September 2024"


def article_csv():
    lines = [";".join(row).replace(" 234", "\u00a0234") for row in (HEADS, *ARTICLE)]
    return ("\r\n".join([*lines, ": Vises ikke;;;"]) + "\r\n").encode()


def article_page():
    cells = "".join(f"<th>{head}</th>" for head in HEADS)
    rows = "\n".join(
        f"<tr><th>{label}</th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for label, *cells in ARTICLE
    )
    return (
        '<!DOCTYPE html>\n<html lang="nb"><head><meta charset="utf-8"><title>SSB</title></head>'
        f"<body><p>Publisert: 12. desember 2024</p><table><caption>{CAPTION}</caption>"
        f"<thead><tr>{cells}</tr></thead><tbody>\n{rows}\n</tbody></table></body></html>"
    ).encode()


def settlement_page():
    heads = "".join(f"<th>{h}</th>" for h in ("Kommune", "Anmodet", "Vedtatt", "Bosatt"))
    parts = []
    for county, rows in {
        "Oslo": (("Oslo", "1 500", "1 400", "1 377"),),
        "Rogaland": (("Stavanger", "300", "280", "261"), ("Utsira", "<5", ":", "<5")),
    }.items():
        lines = "".join(
            f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n".replace("<5", "&lt;5")
            for row in rows
        )
        parts.append(f"<table><caption>{county}</caption><tr>{heads}</tr>\n{lines}</table>")
    title = "Nøkkeltall for bosetting 2024"
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body>"
        f"{''.join(parts)}</body></html>"
    ).encode()


def workbook(first=9000):
    book = openpyxl.Workbook()
    book.remove(book.active)
    figures = {
        "3. Kommune Antall": ((first, 9100), ("*", 4)),
        "4. Kommune Prosent av arbeidsst": ((2.3, 2.4), ("*", 2.9)),
    }
    for name, (oslo, utsira) in figures.items():
        sheet = book.create_sheet(name)
        sheet.append([None, "Helt ledige"])
        sheet.append([None, "Januar - februar 2024"])
        sheet.append([None, "Kommune", "Januar", "Februar"])
        sheet.append([None, "0301 Oslo - Oslove", *oslo])
        sheet.append([None, "1151 Utsira", *utsira])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# --- naive readers


def check_cube(content, found):
    document = json.loads(content.decode("utf-8-sig"))
    axes = []
    for name in document["id"]:
        category = document["dimension"][name]["category"]
        index = category.get("index")
        if isinstance(index, dict):
            axes.append(sorted(index, key=lambda code, index=index: index[code]))
        else:
            axes.append(index if index is not None else list(category["label"]))
    values, status = document["value"], document.get("status") or {}
    frame = found.frame()
    require(len(frame) == math.prod(map(len, axes)), "rows", len(frame))
    for number, codes in enumerate(itertools.product(*axes)):
        row = frame.iloc[number]
        require([row[name] for name in document["id"]] == list(codes), "codes", codes)
        raw = values.get(str(number)) if isinstance(values, dict) else values[number]
        if isinstance(status, str):
            sign = status
        elif isinstance(status, list):
            sign = status[number]
        else:
            sign = status.get(str(number))
        if sign in SSB_SIGNS:
            require(math.isnan(row["value"]), "sign", sign, row["value"])
            require(row["value_missing"] == SSB_SIGNS[sign].value, "reason", sign)
        elif sign == "-":
            require(row["value"] == 0, "zero", row["value"])
        elif raw is None:
            require(math.isnan(row["value"]) and row["value_missing"], "null", row["value"])
        else:
            require(row["value"] == raw, "value", raw, row["value"])


def check_codes(content, frame):
    rows = json.loads(content.decode("utf-8-sig"))["codes"]
    given = {(r["code"], r["validFromInRequestedRange"]) for r in rows}
    require(set(zip(frame["code"], frame["valid_from"], strict=True)) <= given, "codes")
    kept = [r for r in rows if r["code"] != "9999"]
    require(len(frame) == len(kept), "rows", len(frame))


def check_changes(content, frame):
    rows = json.loads(content.decode("utf-8-sig"))["codeChanges"]
    given = {(r.get("oldCode") or "", r.get("newCode") or "", r["changeOccurred"]) for r in rows}
    pairs = zip(frame["old_code"], frame["new_code"], frame["occurred"], strict=True)
    require(set(pairs) <= {tuple(map(plain, row)) for row in given}, "changes")


def shapes():
    edge, hole = ([[10 + x / 9, 59 + y / 9] for x, y in s] for s in (SQUARE, SQUARE[::-1]))
    kinds = (
        ("0301", "Oslo", "Polygon", [edge]),
        ("1103", "Stavanger", "MultiPolygon", [[edge, hole]]),
    )
    features = [
        {
            "type": "Feature",
            "properties": {"kommunenummer": code, "kommunenavn": name},
            "geometry": {"type": kind, "coordinates": coordinates},
        }
        for code, name, kind, coordinates in kinds
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


def check_shapes(content, frame):
    """Every point of the file, in its order, under the code of its shape."""
    given = {}
    for feature in json.loads(content.decode("utf-8-sig"))["features"]:
        pairs = given.setdefault(feature["properties"]["kommunenummer"], [])
        inner = [feature["geometry"]["coordinates"]]
        while inner:
            first = inner.pop(0)
            if isinstance(first[0], list):
                inner = first + inner
            else:
                pairs.append(tuple(first[:2]))
    found = {
        code: list(zip(rows["longitude"], rows["latitude"], strict=True))
        for code, rows in frame.groupby("code")
    }
    require(found == given, found, given)


def text_of(content):
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


SPACES = re.compile(r"[\s\u00a0\u202f\u2009\u200b\u00ad\u200c\u200d\u2060\ufeff]+")


def plain(text):
    return SPACES.sub("", text).replace("\u2212", "-")


def figures(tables):
    """Each row of the article as (name, displayed figure of each measure)."""
    for table in tables.values():
        for row in table.rows:
            yield row, (row.residents, row.employed, row.share)


def shown_in(cells, reading, *, percent):
    """Whether one of the cells, as displayed, is the figure."""
    value, _ = reading
    if value is None:
        return True
    for cell in cells:
        text = plain(cell).replace(",", ".")
        if text == "-" and value == 0:
            return True
        try:
            number = float(text)
        except ValueError:
            continue
        if abs((number / 100 if percent else number) - value) < 1e-9:
            return True
    return False


def check_rows(rows, found, label_of, readings_of):
    """Each reading stands in a row of the file that begins with its label, none is made up."""
    for each in found:
        if all(value is None for (value, _), _ in readings_of(each)):
            continue
        label = plain(label_of(each))
        own = [cells for cells in rows if cells and plain(cells[0]) == label]
        require(own, "no row for", label)
        ok = any(
            all(shown_in(cells[1:], reading, percent=p) for reading, p in readings_of(each))
            for cells in own
        )
        require(ok, label, own, list(readings_of(each)))


def check_article_csv(content, tables):
    import csv

    rows = list(csv.reader(io.StringIO(text_of(content), newline=""), delimiter=";"))
    _check_article(rows, tables)


def _check_article(rows, tables):
    found = list(figures(tables))
    check_rows(
        rows,
        found,
        lambda pair: pair[0].label,
        lambda pair: zip(pair[1], (False, False, True), strict=True),
    )


class Rows(html.parser.HTMLParser):
    """Cells of each row of a page, in the order of the tags."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.rows = []
        self.open = ""

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 -- html.parser's own signature
        if tag == "tr":
            self.rows.append([])
            self.open = ""
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self.open = tag
        elif tag in ("table", "tbody"):
            self.open = ""

    def handle_endtag(self, tag):
        if tag in (self.open, "tr", "table"):
            self.open = ""

    def parse_marked_section(self, i, report=1):
        """«<![» is a comment in HTML (13.2.5.42); Python 3.11 stops at one without a name."""
        return self.parse_bogus_comment(i, report)

    def parse_comment(self, i, report=1):
        """«<!-->» and «<!--->» are whole comments in HTML (13.2.5.43); Python 3.11 reads on."""
        whole = re.compile(r"<!--(?:-?>)").match(self.rawdata, i)
        return whole.end() if whole else super().parse_comment(i, report)

    def handle_data(self, data):
        if self.open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def rows_of_page(content):
    reader = Rows()
    reader.feed(text_of(content))
    reader.close()
    return reader.rows


def check_article_page(content, tables):
    _check_article(rows_of_page(content), tables)


#: What a label may end in besides its name: note references.
NOTES = "0123456789⁰¹²³⁴⁵⁶⁷⁸⁹*,)"


def check_settlement(content, frame):
    rows = rows_of_page(content)
    import pandas as pd

    for record in frame.to_dict("records"):
        name = plain(record["name"]).rstrip(NOTES)
        own = [r for r in rows if r and plain(r[0]).rstrip(NOTES) == name]
        readings = [(None if pd.isna(record[m]) else int(record[m]), "") for m in imdi.MEASURES]
        ok = any(all(shown_in(r[1:], x, percent=False) for x in readings) for r in own)
        require(ok, record["name"], own, readings)


def check_workbook(content, frame):
    import pandas as pd

    book = openpyxl.load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
    for column, word, scale in (("unemployed", "antall", 1), ("unemployment_rate", "prosent", 100)):
        sheet = next(
            s for s in book.worksheets if {"kommune", word} <= set(s.title.casefold().split())
        )
        for record in frame.to_dict("records"):
            if pd.isna(record[column]):
                continue
            cells = [
                [c for c in row if c.value is not None]
                for row in sheet.iter_rows()
                if any(str(c.value).strip().startswith(record["code"]) for c in row)
            ]
            numbers = [
                c.value * (100 if "%" in c.number_format else 1) if not isinstance(c.value, str)
                else float(plain(c.value).replace(",", "."))
                for row in cells
                for c in row
                if isinstance(c.value, int | float)
                or (isinstance(c.value, str) and re.fullmatch(r"[\d\s.,]+", c.value))
            ]  # fmt: skip
            near = any(abs(n - record[column] * scale) < 1e-9 * max(1, abs(n)) for n in numbers)
            require(near, record["code"], column, record[column], numbers)


# --- targets


def nothing(_, __):
    """Any answer will do: only exceptions are looked for."""


def _bundle(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.tar")
        path.write_bytes(content)
        bundle.open_bundle(path, Path(folder, "out/archive"))


def _small_bundle():
    with tempfile.TemporaryDirectory() as folder:
        store = RawStore(Path(folder, "live"))
        for service in ("statbank", "klass", "nav", "ssb_article", "imdi"):
            entry = store.put(b"{}", service=service, item="x", vintage="v", filename="data.json")
            store.write_index(store.root / f"index/{service}.json", [entry])
        bundle.export(store.root, Path(folder, "x.tar"))
        return Path(folder, "x.tar").read_bytes()


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


def _index_file():
    row = {"service": "nav", "item": "x", "vintage": "v", "path": "nav/x/v/d"}
    row["sha256"] = hashlib.sha256(b"{}").hexdigest()
    return json.dumps({"entries": [row | {"size": 2, "about": {"year": "2024"}}]}).encode()


def _sidecar(content):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.csv").write_bytes(b"x")
        Path(folder, "t.csv.yaml").write_bytes(content)
        manual.read(Path(folder, "t.csv"), keys=("reference_month", "published", "table"))


def _metadata_v1():
    rows = [{"code": "Tid", "text": "år", "values": ["2022"], "valueTexts": ["2022"], "time": True}]
    return json.dumps({"title": "07459", "variables": rows}).encode()


PAGE = b'<!DOCTYPE html><html><body><a href="/f/HL060.xlsx?x=1">HL060 (xlsx)</a></body></html>'

TARGETS = {
    "json-stat2": (cube, lambda c: jsonstat.parse(c, where="f"), check_cube),
    "KLASS codes": (code_list, lambda c: klass.parse_codes(c, where="f", digits=4), check_codes),
    "KLASS changes": (code_changes, lambda c: klass.parse_changes(c, where="f"), check_changes),
    "boundaries": (shapes, lambda c: kartverket.parse(c, where="f"), check_shapes),
    "article CSV": (
        article_csv,
        lambda c: ssb_article.parse(c, where="f.csv", reference_month="2024-09", table="2"),
        check_article_csv,
    ),
    "article page": (
        article_page,
        lambda c: ssb_article.parse(c, where="f.html"),
        check_article_page,
    ),
    "IMDi page": (
        settlement_page,
        lambda c: imdi.parse(c, where="f.html", year=2024),
        check_settlement,
    ),
    "NAV workbook": (
        workbook,
        lambda c: nav.parse(c, where="f.xlsx", year=nav.year_of(c, where="f.xlsx")),
        check_workbook,
    ),
    "v2 metadata": (cube, lambda c: pxweb.variables_of(c, where="f"), nothing),
    "v1 metadata": (_metadata_v1, lambda c: pxweb_v1.variables_of(c, where="f"), nothing),
    "code list": (
        lambda: b'{"id": "x", "values": [{"code": "K-0301", "label": "Oslo"}]}',
        lambda c: pxweb.codes_of(c, where="f"),
        nothing,
    ),
    "NAV page": (
        lambda: bytes(PAGE),
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
    "index": (_index_file, _index, nothing),
    "bundle": (_small_bundle, _bundle, nothing),
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
        WrongError: If the parser gives what is not in the file.
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
        except WrongError as error:
            raise WrongError(error.args[0], content) from error
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
        except (WrongError, StrangeError) as error:
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
