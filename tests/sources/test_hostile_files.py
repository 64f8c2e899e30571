"""Files made to hurt: refused in words, or harmless, and within bounded time and memory."""

import io
import resource
import time
import tracemalloc
import zipfile

import pytest
import small_files

from fij_eval.errors import InputError
from fij_eval.sources import imdi, jsonstat, klass, nav, ssb_article
from fij_eval.sources.workbooks import read_sheets


def with_part(content, name, part):
    """The workbook with one part in place of its own."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for each in source.namelist():
            target.writestr(each, part if each == name else source.read(each))
        if name not in source.namelist():
            target.writestr(name, part)
    return out.getvalue()


def sheet_of(rows):
    head = (
        '<?xml version="1.0"?><worksheet '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return (head + rows + "</sheetData></worksheet>").encode()


@pytest.mark.parametrize("dimension", [b"", b'<dimension ref="A1:A1000000"/>'])
@pytest.mark.parametrize("row", ['<row r="{n}"><c r="A{n}"><v>1</v></c></row>', "<row/>"])
def test_a_workbook_of_a_million_rows_is_refused_soon_and_in_little_memory(row, dimension):
    rows = "".join(row.format(n=n) for n in range(1, 1_000_001))
    sheet = sheet_of(rows).replace(b"<sheetData>", dimension + b"<sheetData>")
    content = with_part(small_files.workbook(), "xl/worksheets/sheet1.xml", sheet)
    del rows, sheet
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    with pytest.raises(InputError):
        nav.parse(content, where="f.xlsx", year=2024)
    # refused by size or by row: reading on to the last row would break both bounds
    assert time.process_time() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 * 2**10  # KiB


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    content = with_part(small_files.workbook(), "xl/sharedStrings.xml", bytes(80 * 2**20))
    assert len(content) < 2**20
    tracemalloc.start()
    with pytest.raises(InputError, match="unpacks to"):
        nav.parse(content, where="f.xlsx", year=2024)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 2**20  # eighty megabytes are never made


def test_a_member_that_lies_about_its_size_is_refused():
    content = bytearray(with_part(small_files.workbook(), "xl/styles.xml", bytes(10_000_000)))
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/styles.xml"))
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")
    with pytest.raises(InputError):
        nav.parse(bytes(content), where="f.xlsx", year=2024)


@pytest.mark.parametrize("name", ["D44", "D3"])
def test_a_cell_that_says_it_is_in_another_row_is_refused(name):
    workbook = small_files.workbook()
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
    assert sheet.count(b'"D4"') == 1
    part = sheet.replace(b'"D4"', f'"{name}"'.encode())
    content = with_part(workbook, "xl/worksheets/sheet2.xml", part)
    with pytest.raises(InputError, match=rf"row 4 says that it is {name}"):
        nav.parse(content, where="f.xlsx", year=2024)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_entities_and_outside_documents_in_a_workbook_are_refused(declaration):
    sheet = sheet_of('<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>')
    sheet = sheet.replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?>' + declaration)
    content = with_part(small_files.workbook(), "xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(InputError):
        nav.parse(content, where="f.xlsx", year=2024)


def test_a_member_that_climbs_out_of_the_workbook_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = with_part(small_files.workbook(), "../../../../tmp/climbed.txt", b"x")
    read_sheets(content, where="f.xlsx", max_rows=100, max_columns=100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_formula_as_a_name_stays_text_and_as_a_figure_is_refused(label):
    text = f"Kommune;Bosatte 20–66 år\r\n{label.replace(';', ',')};12\r\n"
    table = ssb_article.parse(text.encode(), where="f.csv", reference_month="2024-09", table="2")
    assert table["2"].rows[0].name[0] == label[0]
    wrong = f"Kommune;Bosatte 20–66 år\r\nOslo;{label}\r\n"
    with pytest.raises(InputError):
        ssb_article.parse(wrong.encode(), where="f.csv", reference_month="2024-09", table="2")


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b'{"class": "dataset", "id": ["a"], "size": [999999999999], "dimension": {}}',
        b'{"value": [' + b"1" * 5_000 + b"]}",
        b'{"class": "dataset"' + b" " * 100_000,
    ],
)
def test_json_made_to_exhaust_is_refused(content):
    for parse in (
        lambda c: jsonstat.parse(c, where="f.json"),
        lambda c: klass.parse_codes(c, where="f.json", digits=4),
        lambda c: klass.parse_changes(c, where="f.json"),
    ):
        with pytest.raises(InputError):
            parse(content)


@pytest.mark.parametrize(
    "page",
    [
        b"<table>" * 20_000 + b"</html>",
        b"<html><table><tr>" + b'<td colspan="99999999">1</td>' * 50 + b"</tr></table></html>",
        b"<html><table>" + b'<tr><td rowspan="9999999">1</td></tr>' * 300 + b"</table></html>",
        b"<html><table>" + b"<tr><td>1</td></tr>" * 30_000 + b"</table></html>",
        b'<!DOCTYPE html [<!ENTITY a "&b;&b;">]><html>' + b"&a;" * 10_000 + b"</html>",
    ],
)
def test_a_page_made_to_exhaust_is_refused_in_time(page):
    begun = time.process_time()
    with pytest.raises(InputError):
        ssb_article.parse(page, where="f.html")
    with pytest.raises(InputError):
        imdi.parse(page, where="f.html", year=2024)
    assert time.process_time() - begun < 20


def test_text_beyond_any_table_is_refused_before_it_is_split():
    with pytest.raises(InputError, match="more than any such table"):
        ssb_article.parse(b"x" * (65 * 2**20), where="f.csv", reference_month="2024-09", table="2")


def test_nothing_in_a_file_is_run_or_fetched(monkeypatch):
    import socket

    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    page = small_files.article_page().replace(
        b"<body>",
        b'<body><img src="http://example.org/x.png"><script src="http://e.org/x"></script>',
    )
    assert ssb_article.parse(page, where="f.html")["2"].rows


@pytest.mark.parametrize("opened", ["<!--", "<script>", "<STYLE>", "<textarea>"])
def test_a_page_with_something_that_is_never_closed_is_refused(opened):
    whole = small_files.article_page()
    broken = whole.replace(b"35,3</td>", b"35" + opened.encode() + b",3</td>")
    with pytest.raises(InputError, match="never closed"):
        ssb_article.parse(broken, where="f.html")
    closed = whole.replace(b"<body>", b"<body><!--> <!-- <script> --><script>'<!--'</script>")
    assert ssb_article.parse(closed, where="f.html")["2"].rows == (
        ssb_article.parse(whole, where="f.html")["2"].rows
    )
