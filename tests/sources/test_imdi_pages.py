"""IMDi's pages: a table a county, signs for one to four, totals left out."""

import re

import pandas as pd
import pytest

from fij_eval.errors import InputError
from fij_eval.sources import imdi, nav
from fij_eval.sources.store import RawStore

HEADING = ("Kommune", "Anmodning", "Vedtak", "Bosatt", "Bosatt med kollektiv beskyttelse")
AGDER = (
    ("Risør", "40", "40", "38", "31"),
    ("Grimstad", "1 120", "", "115", "&lt;5"),
    ("Åmli1", "5", "5", ":", ":"),
)
FINNMARK = (("Unjárga - Nesseby", "10", "12", "0", "0"),)


def county(name, rows, *, heading=HEADING, caption=True):
    title = f"<caption>{name}</caption>" if caption else ""
    before = "" if caption else f"<h3>{name}</h3>"
    lines = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{c}</th>" for c in heading)
    total = "<tr><td>Sum</td><td>99</td><td>99</td><td>99</td><td>99</td></tr>"
    return f"{before}<table>{title}<tr>{head}</tr>{lines}{total}</table>"


def page(*tables, year=2024):
    figures = "<table><tr><th>År</th><th>Bosatte</th></tr><tr><td>2024</td><td>1</td></tr></table>"
    title = f"<title>Nøkkeltall for bosetting {year}</title>"
    return f"<html><head>{title}</head><body>{figures}{''.join(tables)}</body></html>".encode()


def parse(content, year=2024):
    return imdi.parse(content, where="page.html", year=year)


def test_counties_are_read_with_reasons_and_without_totals():
    frame = parse(page(county("Agder", AGDER), county("Finnmark - Finnmárku", FINNMARK)))
    assert frame[["county", "name"]].to_numpy().tolist() == [
        ["Agder", "Risør"],
        ["Agder", "Grimstad"],
        ["Agder", "Åmli"],
        ["Finnmark - Finnmárku", "Unjárga - Nesseby"],
    ]
    assert frame["requested"].tolist() == [40, 1120, 5, 10]
    assert frame["decided_missing"].tolist() == ["", "blank", "", ""]
    assert frame["settled_collective_missing"].tolist() == ["", "below_five", "below_five", ""]
    assert frame["settled"].isna().tolist() == [False, False, True, False]
    assert frame["settled"].tolist()[3] == 0


@pytest.mark.parametrize("tag", [b"title", b"h1"])
def test_the_year_stands_in_the_title_or_the_first_heading(tag):
    other = page(county("Agder", AGDER), year=2023).replace(b"title>", tag + b">")
    with pytest.raises(InputError, match="titled 2023, but kept as 2024"):
        parse(other)
    both = page(county("Agder", AGDER)).replace(b"<body>", b"<body><h1>1999</h1>")
    assert len(parse(both)) == len(AGDER)


def test_a_heading_before_the_table_names_the_county_as_a_caption_does():
    by_caption = parse(page(county("Agder", AGDER)))
    assert parse(page(county("Agder", AGDER, caption=False))).equals(by_caption)


def test_a_column_that_is_absent_is_not_published():
    rows = [row[:4] for row in AGDER]
    frame = parse(
        page(county("Agder", rows, heading=HEADING[:4]).replace("<td>99</td></tr>", "</tr>"))
    )
    assert set(frame["settled_collective_missing"]) == {"not_published"}
    assert frame["settled_collective"].isna().all()


FAULTS = {
    "another year": (page(county("Agder", AGDER), year=2023), "titled 2023"),
    "no county table": (page(), "no table with a column of municipalities"),
    "no county": (page(county("", AGDER)), "no caption or heading"),
    "a county twice": (page(county("Agder", AGDER), county("Agder", FINNMARK)), "two tables"),
    "a name twice": (page(county("Agder", (*AGDER, AGDER[0]))), "stands twice"),
    "a column renamed": (
        page(county("Agder", AGDER, heading=(*HEADING[:3], "Mottatt", HEADING[4]))),
        "«Mottatt» is not known",
    ),
    "an unknown sign": (page(county("Agder", [("Risør", "1", "1", "-", "1")])), "«Risør»"),
    "no municipalities": (page(county("Agder", ())), "no rows of figures"),
    "a page cut off": (page(county("Agder", AGDER))[:-20], "cut off"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_place(name):
    content, words = FAULTS[name]
    with pytest.raises(InputError, match=re.escape(words)) as error:
        parse(content)
    assert "page.html" in str(error.value)


def test_the_newest_page_of_each_year_is_used(tmp_path):
    store = RawStore(tmp_path)
    more = county("Agder", [("Risør", "40", "40", "39", "31")])
    entries = [
        store.put(
            content,
            service="imdi",
            item=f"bosetting-{year}",
            vintage=vintage,
            filename="page.html",
            simulated=year == 2025,
        )
        for content, year, vintage in (
            (page(county("Agder", AGDER)), 2024, "2024-11-13"),
            (page(more), 2024, "2025-01-10"),
            (page(county("Agder", AGDER), year=2025), 2025, "2025-12-01"),
        )
    ]
    store.write_index(tmp_path / "index" / "imdi.json", entries)
    imdi.write_tables(tmp_path / "index" / "imdi.json", tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out" / "imdi_settlement.parquet")
    risor = frame[frame["name"] == "Risør"]
    assert risor[["year", "settled", "vintage", "simulated"]].to_numpy().tolist() == [
        [2024, 39, "2025-01-10", False],
        [2025, 38, "2025-12-01", True],
    ]


@pytest.mark.parametrize(("parser", "item"), [(imdi, "bosetting-2024"), (nav, "hl060-2024")])
def test_two_files_of_one_year_in_one_vintage_are_refused(tmp_path, monkeypatch, parser, item):
    service = parser.__name__.rpartition(".")[2]
    monkeypatch.setattr(parser, "parse", lambda *_, **__: pd.DataFrame())
    store = RawStore(tmp_path)
    entries = [
        store.put(
            name.encode(),
            service=service,
            item=item,
            vintage="2025-01-10",
            filename=name,
            simulated=False,
        )
        for name in ("one.html", "two.html")
    ]
    index = tmp_path / "index" / f"{service}.json"
    store.write_index(index, entries)
    with pytest.raises(InputError) as refused:
        parser.write_tables(index, tmp_path / "out")
    assert "There are two files of 2024 in one vintage" in refused.value.what
    assert refused.value.where.endswith("two.html")
