"""Naive readers of the services' files: what a parser finds in mutated bytes is held against them.

Each reads the same bytes in another, simpler way and asks whether every figure that the parser gave
stands there in its place.
"""

import csv
import html.parser
import io
import itertools
import json
import math
import re

import openpyxl
import pandas as pd

from fij_eval.sources import imdi
from fij_eval.sources.missing import SSB_SIGNS


class WrongError(Exception):
    """A parser gave a figure that is not in the file."""


def require(holds, *shown):
    if not holds:
        raise WrongError(" / ".join(map(str, shown)))


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
    for record in frame.to_dict("records"):
        name = plain(record["name"]).rstrip(NOTES)
        own = [r for r in rows if r and plain(r[0]).rstrip(NOTES) == name]
        readings = [(None if pd.isna(record[m]) else int(record[m]), "") for m in imdi.MEASURES]
        ok = any(all(shown_in(r[1:], x, percent=False) for x in readings) for r in own)
        require(ok, record["name"], own, readings)


def check_workbook(content, frame):
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
