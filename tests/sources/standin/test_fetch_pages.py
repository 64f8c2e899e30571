"""KLASS, article, NAV, IMDi, Kartverket: what is kept, when nothing is new, what is refused."""

import io
import json

import openpyxl
import pytest
from standin_server import XLSX, as_type, latin1, status, trouble
from standin_small import entries_in

from fij_eval.errors import FijError, InputError, ServiceError
from fij_eval.sources import fetch, imdi, klass, nav, ssb_article
from fij_eval.sources.answers import UnreachableError
from fij_eval.sources.fetching import dates_in

MUNICIPALITIES = [("0301", "Oslo"), ("1103", "Stavanger"), ("5636", "Unjárga - Nesseby")]


def codes(rows):
    content = [
        {
            "code": code,
            "name": name,
            "validFromInRequestedRange": "2020-01-01",
            "validToInRequestedRange": "2027-01-01",
        }
        for code, name in rows
    ]
    return json.dumps({"codes": content}, ensure_ascii=False).encode()


@pytest.fixture
def klass_served(standin):
    base = "/klass/v1/classifications"
    standin.page(f"{base}/131/codes", codes(MUNICIPALITIES), "application/json")
    standin.page(f"{base}/104/codes", codes([("03", "Oslo")]), "application/json")
    standin.page(f"{base}/103/codes", codes([("030112", "Alna")]), "application/json")
    change = {
        "oldCode": "1507",
        "oldName": "Ålesund",
        "newCode": "1508",
        "newName": "Ålesund",
        "changeOccurred": "2024-01-01",
    }
    body = json.dumps({"codeChanges": [change]}).encode()
    standin.page(f"{base}/131/changes", body, "application/json")
    return base


def article(month="September 2024", published="12. desember 2024", employed="34", clutter=""):
    rows = f"<tr><td>Oslo</td><td>1&nbsp;234</td><td>{employed}</td><td>:</td></tr>"
    heads = "<tr><th>Kommune</th><th>Bosatte 20–66 år</th><th>Sysselsatte</th><th>Andel</th></tr>"
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Ukrainere</title></head><body>'
        f"<p>Publisert: {published}</p><script>var nonce = '{clutter}';</script>"
        f"<table><caption>Tabell 2. Bosatte flyktninger. {month}. Foreløpige tall</caption>{heads}"
        f"{rows}</table></body></html>"
    ).encode()


def workbook(year=2025, last="mars", value=12):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cell in (("3. Kommune Antall", value), ("4. Kommune Prosent av arbeidsst", 2.3)):
        sheet = book.create_sheet(name)
        sheet.append([None, f"Januar - {last} {year}"])
        sheet.append([None, "Kommune", "Januar", "Februar", "Mars"])
        sheet.append([None, "0301 Oslo - Oslove", cell, cell, "*"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def nav_page(*links):
    anchors = "".join(f'<a href="{target}">{text}</a>' for target, text in links)
    return f"<!DOCTYPE html><html><body>{anchors}</body></html>".encode()


def settlement(year=2024, settled="120", clutter=""):
    return (
        f"<!DOCTYPE html><html><head><title>Bosetting {year}</title></head><body><h2>Oslo</h2>"
        f"<!-- {clutter} --><table><caption>Oslo</caption><tr><th>Kommune</th><th>Bosatt</th></tr>"
        f"<tr><td>Oslo</td><td>{settled}</td></tr></table></body></html>"
    ).encode()


# --- KLASS


def test_klass_is_asked_for_json_over_the_span_of_the_settings(
    tools, standin, klass_served, tmp_path
):
    made = tools()
    index = fetch.fetch("klass", made)
    _, path, headers, _ = standin.asked[0]
    assert path.endswith("/131/codes?from=2020-01-01&to=2027-01-01")
    assert "application/json" in headers["Accept"]
    klass.write_tables(index, tmp_path / "out")
    assert {row["vintage"] for row in entries_in(index)} == {"2026-05-06"}


def test_a_correspondence_of_the_settings_is_kept(tools, standin, klass_served):
    body = b'{"correspondenceItems": []}'
    standin.page(f"{klass_served}/131/correspondsAt", body, "application/json")
    pair = [{"source": 131, "target": 128, "date": "2024-01-01"}]
    address = f"{standin.address}/klass/v1"
    service = {"address": address, "from": "2020-01-01", "to": "2027-01-01"}
    made = tools(klass=service | {"correspondences": pair})
    items = {row["item"] for row in entries_in(fetch.fetch("klass", made))}
    assert "131-128-corresponds" in items


def test_an_unchanged_list_stays_the_vintage_it_was(tools, klass_served, clock):
    fetch.fetch("klass", tools())
    clock.pass_by(days=40)
    rows = entries_in(fetch.fetch("klass", tools()))
    assert {row["vintage"] for row in rows} == {"2026-05-06"}


def test_a_changed_list_is_a_new_vintage_beside_the_old(tools, standin, klass_served, clock):
    made = tools()
    fetch.fetch("klass", made)
    standin.page(f"{klass_served}/104/codes", codes([("03", "Oslo - Oslove")]), "application/json")
    fetch.fetch("klass", made)  # the same day: the first stays, the second gets its time
    clock.pass_by(days=1)
    standin.page(f"{klass_served}/104/codes", codes([("03", "Oslove")]), "application/json")
    fetch.fetch("klass", made)
    kept = [entry.vintage for entry in made.store.of_item("klass", "104-codes")]
    assert kept == ["2026-05-06", "2026-05-06T12-00-00Z", "2026-05-07"]


def test_a_round_that_broke_off_goes_on_within_its_hours_only(tools, standin, klass_served, clock):
    standin.order("104/codes", trouble("reset"), times=4)
    with pytest.raises(UnreachableError, match="Missing of klass: KLASS 104-codes") as raised:
        fetch.fetch("klass", tools())
    assert "fetched and kept: KLASS 131-codes" in raised.value.what
    assert "mode: archive" in raised.value.remedy
    before = len(standin.asked)
    fetch.fetch("klass", tools())
    assert not any("131/codes" in path for path in standin.paths()[before:])
    standin.order("104/codes", trouble("reset"), times=4)
    with pytest.raises(UnreachableError):
        fetch.fetch("klass", tools())
    clock.pass_by(hours=13)
    before = len(standin.asked)
    fetch.fetch("klass", tools())
    assert any("131/codes" in path for path in standin.paths()[before:])


@pytest.mark.parametrize(
    "change",
    [
        as_type("application/xml", b"<codes/>"),
        as_type("application/json", b'{"codes": []}'),
        as_type("application/json", b'{"codes": [{"code": "03"}]}'),
        status(404, b'{"error": "not found"}', "application/json"),
    ],
)
def test_a_list_that_is_none_is_not_kept(tools, standin, klass_served, change):
    standin.order("104/codes", change)
    made = tools()
    with pytest.raises(FijError, match="104-codes"):
        fetch.fetch("klass", made)
    assert made.store.of_item("klass", "104-codes") == []


# --- the article


def test_the_page_is_kept_by_its_month_and_day(tools, standin, tmp_path):
    standin.page("/article", article())
    index = fetch.fetch("ssb_article", tools())
    (row,) = entries_in(index)
    assert row["path"] == "ssb_article/2024-09/2024-12-12/page.html"
    assert row["about"] == {"reference_month": "2024-09", "published": "2024-12-12"}
    ssb_article.write_tables(index, tmp_path / "out")


def test_a_page_with_the_same_tables_is_nothing_new(tools, standin, clock):
    standin.page("/article", article(clutter="a"))
    fetch.fetch("ssb_article", tools())
    clock.pass_by(days=3)
    standin.page("/article", article(clutter="b"))
    assert len(entries_in(fetch.fetch("ssb_article", tools()))) == 1


def test_each_update_of_the_page_is_a_vintage(tools, standin):
    for published, employed in (("12. desember 2024", "34"), ("12. februar 2025", "35")):
        standin.page("/article", article(published=published, employed=employed))
        index = fetch.fetch("ssb_article", tools())
    standin.page("/article", article(published="12. februar 2025", employed="36"))
    vintages = [row["vintage"] for row in entries_in(fetch.fetch("ssb_article", tools()))]
    # corrected without a new date: told apart by the time of fetching
    assert vintages == ["2024-12-12", "2025-02-12", "2025-02-12T12-00-00Z"]
    assert index.exists()


def test_a_page_in_another_encoding_reads_the_same(tools, standin):
    standin.page("/article", article())
    standin.order("/article", latin1)
    (row,) = entries_in(fetch.fetch("ssb_article", tools()))
    assert row["item"] == "2024-09"
    assert entries_in(fetch.fetch("ssb_article", tools())) == [row]


def test_a_page_whose_month_cannot_be_read_is_kept_but_not_used(tools, standin):
    standin.page("/article", article(month="Siste tall"))
    made = tools()
    with pytest.raises(InputError, match="kept, but not used") as raised:
        fetch.fetch("ssb_article", made)
    (entry,) = made.store.entries("ssb_article")
    assert entry.item == "unread"
    assert entry.path in raised.value.where
    standin.page("/article", article())
    assert [row["item"] for row in entries_in(fetch.fetch("ssb_article", made))] == ["2024-09"]


@pytest.mark.parametrize("kind", ["short", "close"])
def test_half_a_page_is_asked_for_again(tools, standin, kind):
    standin.page("/article", article())
    standin.order("/article", trouble(kind))
    assert len(entries_in(fetch.fetch("ssb_article", tools()))) == 1


def test_dropped_tables_are_kept_with_what_their_description_says(tools, standin, tmp_path):
    folder = tmp_path / "manual/ssb_article"
    folder.mkdir(parents=True)
    text = "Kommune;Bosatte 20–66 år;Andel sysselsatte. Prosent\r\nOslo;1 234;34,5\r\n"
    (folder / "t2.csv").write_bytes(text.encode())
    made = tools(ssb_article={"page": ""})
    with pytest.raises(InputError, match="no description beside it") as raised:
        fetch.fetch("ssb_article", made)
    assert "t2.csv.yaml" in raised.value.remedy
    described = "reference_month: 2024-04\npublished: 2024-07-12\ntable: 2\n"
    (folder / "t2.csv.yaml").write_text(described, encoding="utf-8")
    (row,) = entries_in(fetch.fetch("ssb_article", made))
    assert row["path"] == "ssb_article/2024-04/2024-07-12/tabell2.csv"
    assert row["method"] == "file"
    assert row["about"]["table"] == "2"
    corrected = described.replace("2024-04", "2024-05")
    (folder / "t2.csv.yaml").write_text(corrected, encoding="utf-8")
    (row,) = entries_in(fetch.fetch("ssb_article", made))
    assert row["item"] == "2024-05"
    assert standin.asked == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t2.csv.yaml", "reference_month: [1]", "is not a text"),
        ("t2.csv.yaml", "referencemonth: 2024-04", "unknown key «referencemonth»"),
        ("t2.csv.yaml", "- a", "no keys"),
        ("t2.csv.yaml", "a: [", "not YAML"),
        ("t2.csv.yaml", "table: 1\ntable: 2", "the key «table» stands twice"),
        ("t2.csv.yaml", "!!python/object/apply:os.system [id]", "not YAML"),
        ("t2.csv.yaml", "table: 2\nreference_month: 2024-04", "is not a date written"),
        ("other.csv.yaml", "table: 2", "no file beside it"),
        ("t2.docx", "x", "A file of this kind is not read here"),
    ],
)
def test_a_dropped_file_or_description_that_is_wrong_is_told(tools, tmp_path, name, text, said):
    folder = tmp_path / "manual/ssb_article"
    folder.mkdir(parents=True)
    (folder / "t2.csv").write_text("Kommune;Bosatte 20–66 år\nOslo;12\n", encoding="utf-8")
    (folder / "t2.csv.yaml").write_text("table: 2\n", encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        fetch.fetch("ssb_article", tools(ssb_article={"page": ""}))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Publisert: 12. desember 2024", ["2024-12-12"]),
        ("Publisert 2. mai 2024 Sist oppdatert: 03.06.2024", ["2024-05-02", "2024-06-03"]),
        ("Oppdatert 2024-06-03", ["2024-06-03"]),
        ("Den 24. februar 2022 gikk Russland inn", []),
        ("Publisert: 31. februar 2024", []),
        ("Publisert: 3. foo 2024", []),
    ],
)
def test_only_dates_of_publication_are_read(text, days):
    assert dates_in(text) == days


# --- NAV


@pytest.fixture
def nav_served(standin):
    page = nav_page(("/f/HL010.xlsx", "HL010"), ("/f/a%20HL060.xlsx", "Helt ledige (xlsx)"))
    standin.page("/helt-ledige", page)
    standin.page("/f/a%20HL060.xlsx", workbook(), XLSX)


def test_the_workbook_is_found_by_its_link_and_kept_by_its_year(
    tools, standin, nav_served, tmp_path
):
    index = fetch.fetch("nav", tools())
    (row,) = entries_in(index)
    assert row["path"] == "nav/hl060-2025/2026-05-06/hl060_2025.xlsx"
    assert not any("HL010" in path for path in standin.paths())
    nav.write_tables(index, tmp_path / "out")


def test_years_come_from_the_page_and_from_dropped_workbooks(tools, nav_served, tmp_path):
    folder = tmp_path / "manual/nav"
    folder.mkdir(parents=True)
    (folder / "whatever.xlsx").write_bytes(workbook(2023))
    items = [row["item"] for row in entries_in(fetch.fetch("nav", tools()))]
    assert sorted(items) == ["hl060-2023", "hl060-2025"]


def test_a_workbook_with_the_same_figures_is_nothing_new(tools, standin, nav_served, clock):
    fetch.fetch("nav", tools())
    clock.pass_by(days=30)
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.properties.title = "saved again"
    buffer = io.BytesIO()
    book.save(buffer)
    standin.page("/f/a%20HL060.xlsx", buffer.getvalue(), XLSX)
    assert len(entries_in(fetch.fetch("nav", tools()))) == 1
    standin.page("/f/a%20HL060.xlsx", workbook(value=13), XLSX)
    assert len(entries_in(fetch.fetch("nav", tools()))) == 2


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (nav_page(("/f/HL010.xlsx", "HL010")), "has 0 links"),
        (nav_page(*((f"/{n}/HL060.xlsx", "x") for n in range(30))), "has 30 links"),
        (nav_page(("//HL060[].xlsx", "x")), "has 0 links"),
        (nav_page(("https://example.org/HL060.xlsx", "x")), "may not be asked"),
        (nav_page(("javascript:alert('HL060.xlsx')", "x")), "may not be asked"),
        (nav_page(("file:///etc/HL060.xlsx", "x")), "may not be asked"),
    ],
)
def test_a_page_without_the_one_link_says_where_to_look(tools, standin, page, said):
    standin.page("/helt-ledige", page)
    with pytest.raises(ServiceError, match=said):
        fetch.fetch("nav", tools())


def test_a_page_in_place_of_the_workbook_is_refused(tools, standin, nav_served):
    standin.order("HL060.xlsx", as_type("text/html", b"<html>Logg inn</html>"))
    made = tools()
    with pytest.raises(ServiceError, match="not with an XLSX workbook"):
        fetch.fetch("nav", made)
    assert made.store.entries() == []


# --- IMDi, Kartverket


def test_a_settlement_page_is_kept_by_year_and_day_of_change(tools, standin, tmp_path):
    standin.page("/imdi/2024/", settlement(), Last_Modified="Wed, 13 Nov 2024 10:00:00 GMT")
    index = fetch.fetch("imdi", tools())
    (row,) = entries_in(index)
    assert row["path"] == "imdi/bosetting-2024/2024-11-13/page.html"
    imdi.write_tables(index, tmp_path / "out")


def test_a_settlement_page_with_the_same_figures_is_nothing_new(tools, standin, clock):
    standin.page("/imdi/2024/", settlement(clutter="a"))
    fetch.fetch("imdi", tools())
    clock.pass_by(days=1)
    standin.page("/imdi/2024/", settlement(clutter="b"))
    assert len(entries_in(fetch.fetch("imdi", tools()))) == 1


def test_a_page_of_another_year_is_refused(tools, standin):
    standin.page("/imdi/2024/", settlement(year=2023))
    with pytest.raises(InputError, match="titled 2023, but kept as 2024"):
        fetch.fetch("imdi", tools())


def test_a_saved_settlement_page_needs_its_year(tools, standin, tmp_path):
    standin.page("/imdi/2024/", settlement())
    folder = tmp_path / "manual/imdi"
    folder.mkdir(parents=True)
    (folder / "saved.html").write_bytes(settlement(year=2023))
    with pytest.raises(InputError, match="no description beside it"):
        fetch.fetch("imdi", tools())
    known = "year: 2023\npublished: 2024-01-10\n"
    (folder / "saved.html.yaml").write_text(known, encoding="utf-8")
    vintages = [row["path"] for row in entries_in(fetch.fetch("imdi", tools()))]
    assert vintages[0] == "imdi/bosetting-2023/2024-01-10/page.html"


def test_boundaries_are_fetched_if_asked_for(tools, standin):
    ring = [[10.5, 59.9], [10.9, 59.9], [10.9, 60.1], [10.5, 59.9]]
    oslo = {
        "type": "Feature",
        "properties": {"kommunenummer": "0301", "kommunenavn": "Oslo"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    shapes = {"type": "FeatureCollection", "features": [oslo]}
    standin.page("/kart", json.dumps(shapes).encode(), "application/geo+json")
    index = fetch.fetch("kartverket", tools())
    (row,) = entries_in(index)
    assert row["url"].endswith("/kart?utkoordsys=4326")
    for answer, told in (
        (b'{"type": "Point"}', "not a collection of shapes"),
        (b'{"type": "FeatureCollection", "features": []}', "no municipality"),
    ):
        standin.order("/kart", as_type("application/json", answer))
        with pytest.raises(InputError, match=told):
            fetch.fetch("kartverket", tools())
        assert entries_in(index) == [row]


def test_no_address_and_no_file_is_told(tools):
    with pytest.raises(ServiceError, match="nothing to fetch for «nav»"):
        fetch.fetch("nav", tools(nav={"page": "", "link": "HL060"}))
