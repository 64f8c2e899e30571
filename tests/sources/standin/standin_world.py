"""The demo's own figures, served as the services serve theirs, and files as a person drops them."""

import csv
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from standin_server import HTML, XLSX
from standin_statbank import Table

from fij_eval.sources.store import RawStore


def http_date(day):
    """Noon of a day, as a header has it."""
    moment = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    return format_datetime(moment, usegmt=True)


def serve(standin, demo):
    """Let the stand-in serve what the demo's folder holds, as on the day after its last file.

    Returns:
        Content of the article's page and the day it was published, one a vintage, in order of time.
    """
    store = RawStore(Path(demo))
    articles = []
    for entry in store.entries():
        content = store.read(entry)
        match entry.service:
            case "statbank":
                standin.tables[entry.item] = Table(json.loads(content))
            case "klass":
                number, _, what = entry.item.partition("-")
                path = f"/klass/v1/classifications/{number}/{what}?from=2020-01-01&to=2027-01-01"
                standin.page(path, content, "application/json;charset=UTF-8")
            case "imdi":
                day = http_date(entry.vintage)
                standin.page(f"/imdi/{entry.about['year']}/", content, HTML, Last_Modified=day)
            case "ssb_article" if entry.path.endswith(".html"):
                articles.append((entry.vintage, entry.about["reference_month"], content))
    _serve_nav(standin, store)
    return [(day, content) for day, _, content in sorted(articles)]


def boundaries(reference):
    """Invented shapes of the real municipalities as Kartverket gives them: a square each."""
    features = []
    with (reference / "municipalities.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            west, south = 4.5 + 0.6 * float(row["hex_col"]), 58 + 0.35 * float(row["hex_row"])
            east, north = west + 0.5, south + 0.3
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            known = {
                "kommunenummer": row["municipality_code"],
                "kommunenavn": row["name_norwegian"],
            }
            shape = {"type": "Polygon", "coordinates": [ring]}
            features.append({"type": "Feature", "properties": known, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _serve_nav(standin, store):
    """The page with a link to the newest workbook."""
    newest = store.entries("nav")[-1]
    link = "/_/attachment/download/3f2c/HL060%20Helt%20ledige.%20Fylke%20og%20kommune.xlsx"
    page = (
        '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>'
        '<a href="/arkiv">Arkiv</a> <a href="/x/HL010.xlsx">HL010 Helt ledige</a>'
        f'<a href="{link}">Helt ledige. Fylke og kommune. Tidsserie måned (xlsx)</a></body></html>'
    )
    standin.page("/helt-ledige", page.encode())
    standin.page(link, store.read(newest), XLSX, Last_Modified=http_date(newest.vintage))


def drop(demo, manual):
    """Put into data/manual what a person has: CSV of early months, workbooks of past years."""
    store = RawStore(Path(demo))
    for entry in store.entries("ssb_article"):
        if entry.path.endswith(".csv"):
            name = f"{entry.item}-tabell{entry.about['table']}.csv"
            _put(manual / "ssb_article" / name, store.read(entry), entry.about)
    for entry in store.entries("nav")[:-1]:
        name = entry.path.rpartition("/")[2]
        _put(manual / "nav" / name, store.read(entry), {"published": entry.vintage})


def _put(path, content, known):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    lines = "".join(f"{key}: {value}\n" for key, value in known.items())
    path.with_name(path.name + ".yaml").write_text(lines, encoding="utf-8")
