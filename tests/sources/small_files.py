"""Small whole files in the shape of each service's, for parsers to be tried on."""

import hashlib
import io
import json
import tempfile
from pathlib import Path

import openpyxl

from fij_eval.sources import bundle
from fij_eval.sources.store import RawStore


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


SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


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


def raw_bundle():
    with tempfile.TemporaryDirectory() as folder:
        store = RawStore(Path(folder, "live"))
        for service in ("statbank", "klass", "nav", "ssb_article", "imdi"):
            entry = store.put(b"{}", service=service, item="x", vintage="v", filename="data.json")
            store.write_index(store.root / f"index/{service}.json", [entry])
        bundle.export(store.root, Path(folder, "x.tar"))
        return Path(folder, "x.tar").read_bytes()


def index_file():
    row = {"service": "nav", "item": "x", "vintage": "v", "path": "nav/x/v/d"}
    row["sha256"] = hashlib.sha256(b"{}").hexdigest()
    return json.dumps({"entries": [row | {"size": 2, "about": {"year": "2024"}}]}).encode()


def metadata_v1():
    rows = [{"code": "Tid", "text": "år", "values": ["2022"], "valueTexts": ["2022"], "time": True}]
    return json.dumps({"title": "07459", "variables": rows}).encode()


PAGE = b'<!DOCTYPE html><html><body><a href="/f/HL060.xlsx?x=1">HL060 (xlsx)</a></body></html>'
