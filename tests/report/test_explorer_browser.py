"""The page to explore in a real browser: closed to the network, by keyboard, at both widths."""

import re
from itertools import pairwise

import browser
import explorer_world
import pytest

pytestmark = [
    pytest.mark.skipif(bool(browser.missing()), reason=f"needs a browser: {browser.missing()}"),
    pytest.mark.xdist_group("browser"),
]

NARROW, WIDE = 360, 1440

#: Every pair of text colour and colour behind it that is seen, with their contrast (WCAG 2.2).
CONTRASTS = """
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.length && (colour.length < 4 || colour[3] > 0)) return colour;
  }
  return [255, 255, 255];
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  const parent = node.parentElement;
  if (!node.textContent.trim() || !parent.checkVisibility()) continue;
  if (parent.closest("script, title")) continue;
  const style = getComputedStyle(parent);
  const ink = parse(parent.ownerSVGElement ? style.fill : style.color);
  const [a, b] = [light(ink), light(behind(parent))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  found.push([node.textContent.trim().slice(0, 30), contrast]);
}
return found;
"""


@pytest.fixture(scope="module")
def chrome():
    with browser.browser() as session:
        yield session


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "utforsk.html"
    path.write_text(explorer_world.page(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(chrome, address):
    chrome.width(WIDE)
    chrome.open("data:,")
    chrome.log("browser")
    chrome.requested()
    chrome.open(address)
    return chrome


def focused(page):
    return page.run("return document.activeElement.id || document.activeElement.className")


def choose(page, code):
    """Go to a municipality as a link to it does, and wait until it is shown."""
    page.run_async(
        "const done = arguments[1]; addEventListener('hashchange', () => setTimeout(done));"
        "location.hash = arguments[0]",
        code,
    )


def rows(page, holder="all-table"):
    return page.run(
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
        ".map((row) => [...row.children].map((cell) => cell.innerText.trim()))",
        holder,
    )


def test_opening_and_using_it_asks_for_nothing_and_logs_nothing(opened, address):
    choose(opened, "3401")
    opened.run("document.getElementById('f-arm').value = 'network';")
    assert [url for url in opened.requested() if not url.startswith("data:,")] == [address]
    assert opened.log("browser") == []


def test_a_connection_is_refused_by_the_page_itself(address):
    attempt = """
      const done = arguments[arguments.length - 1];
      const broken = [];
      document.addEventListener("securitypolicyviolation",
        (event) => broken.push(event.effectiveDirective));
      new Image().src = "https://example.org/seen.png";
      fetch("https://example.org/").then(() => done("sent"),
        () => setTimeout(() => done(broken.sort().join(" ")), 50));
    """
    # a browser of its own: what it logs of the refusals must not reach the other tests
    with browser.browser() as session:
        session.open(address)
        assert session.run_async(attempt) == "connect-src img-src"
        outside = {u: why for u, why in session.requested().items() if "example.org" in u}
    assert set(outside.values()) == {"csp"}  # stopped before anything was sent


def test_names_that_try_to_be_markup_stay_text(opened):
    names = [row[0] for row in rows(opened)]
    assert explorer_world.HOSTILE["4601"] in names
    assert explorer_world.HOSTILE["4602"] in names
    for code in explorer_world.HOSTILE:
        choose(opened, code)
        shown = opened.run("return document.querySelector('#chosen h3').textContent")
        assert shown == explorer_world.HOSTILE[code]
    assert opened.run("return document.title") == "Utforsk tallene: flyktninger i jobb"
    assert opened.run("return document.images.length + document.querySelectorAll('b').length") == 0
    assert opened.log("browser") == []


def test_a_municipality_is_found_by_keyboard_alone(opened):
    opened.press("Tab")
    assert focused(opened) == "skip"
    opened.press("Enter")
    for _ in range(3):
        opened.press("Tab")
        if focused(opened) == "search":
            break
    assert focused(opened) == "search"
    opened.press("hama")
    state = "const s = document.getElementById('search'); return [s.getAttribute('aria-expanded'), "
    state += "s.getAttribute('aria-activedescendant')]"
    assert opened.run(state) == ["true", None]
    opened.press("Down")
    assert opened.run(state) == ["true", "hit-0"]
    hit = opened.run("return document.querySelector('[aria-selected=true]').textContent")
    assert hit.startswith("Hamar")
    opened.press("Enter")
    assert opened.run(state)[0] == "false"
    assert opened.run("return document.querySelector('#chosen h3').textContent") == "Hamar"
    assert focused(opened) == "chosen"
    # on to the download button and the table of the series
    opened.press("Tab")
    assert "Hamar" in opened.run("return document.activeElement.textContent")
    opened.press("Tab")
    assert focused(opened) == "scroll"


def test_letters_with_and_without_marks_find_the_same_and_nobody_is_an_answer_too(opened):
    opened.run("document.getElementById('search').focus()")
    first = (
        "const hits = document.querySelectorAll('#hits li'); return hits[0] && hits[0].textContent"
    )
    opened.press("alesund")
    assert opened.run(first).startswith("Ålesund")
    opened.press("Escape")
    assert opened.run("return document.getElementById('hits').hidden") is True
    opened.press("Escape", "xyzzy")
    status = "return document.getElementById('search-status').textContent"
    assert opened.run(status).startswith("Ingen kommune passer")


def test_the_chart_of_a_municipality_has_its_points_its_words_and_a_table_beside(opened):
    choose(opened, "3401")
    dots = "return document.querySelectorAll(`#chosen .dot.${arguments[0]}`).length"
    series = rows(opened, "chosen")[: len(explorer_world.worlds.MONTHS)]
    arm = opened.run("return document.querySelector('#chosen .whisker').getAttribute('class')")
    for kind, column in ((arm.split()[1], 1), ("mean", 4)):
        known = sum(row[column][0].isdigit() for row in series)
        assert known > 4
        assert opened.run(dots, kind) == known
    alt = opened.run("return document.querySelector('#chosen .chart').getAttribute('aria-label')")
    assert re.search(r"Kongsvinger: fra \d+,\d prosent i august\s2023 til", alt)
    assert re.fullmatch(r"\d+,\d", rows(opened, "chosen")[0][1])


def test_columns_sort_both_ways_by_keyboard_and_what_is_hidden_stands_last(opened):
    press = "document.querySelectorAll('#all-table thead button')[arguments[0]].focus()"
    opened.run(press, 5)
    for direction in ("descending", "ascending"):
        opened.press("Enter")
        sorting = "return [...document.querySelectorAll('#all-table [aria-sort]')]"
        assert opened.run(f"{sorting}.map((h) => h.getAttribute('aria-sort'))") == [direction]
        assert focused(opened) == "sort"
        shown = [row[5] for row in rows(opened)]
        numbers = [float(text.replace(",", ".")) for text in shown if text[0].isdigit()]
        assert numbers == sorted(numbers, reverse=direction == "descending")
        hidden = [text for text in shown if not text[0].isdigit()]
        assert hidden
        assert shown[len(numbers) :] == hidden


def test_filters_narrow_the_table_and_say_how_many_are_left(opened):
    every = len(rows(opened))
    pick = """const box = document.getElementById(arguments[0]); box.value = arguments[1];
      box.dispatchEvent(new Event("input", { bubbles: true }));"""
    opened.run(pick, "f-arm", "network")
    network = rows(opened)
    assert 0 < len(network) < every
    assert {row[2] for row in network} == {"Påmeldt"}
    opened.run(pick, "f-text", "nordland")
    assert {row[1] for row in rows(opened)} <= {"Nordland"} | {"Nordland - Nordlánnda"}
    left = len(rows(opened))
    said = opened.run("return document.getElementById('count').textContent")
    assert said == f"Viser {left} av {every} kommuner."
    opened.run(pick, "e-analysis", "event_study")
    estimates = rows(opened, "e-table")
    assert estimates
    assert all("event_" in row[0] for row in estimates)


def test_every_estimate_has_its_value_interval_and_picture(opened):
    first = rows(opened, "e-table")
    opened.run("document.querySelector('#e-filter button').click()")
    opened.run_async("setTimeout(arguments[0], 50)")  # a form is reset after the click
    estimates = rows(opened, "e-table")
    assert 0 < len(first) < len(estimates)
    bars = opened.run("return document.querySelectorAll('#e-table .bar .point').length")
    records = [explorer_world.worlds.records(name) for name in ("main", "event_study")]
    assert len(estimates) == sum(map(len, records))
    assert bars >= 4 + 2 * len(explorer_world.worlds.MONTHS)
    assert re.fullmatch(r"−?\d+,\d\d", estimates[0][1])
    assert re.fullmatch(r"−?\d+,\d\d\stil\s−?\d+,\d\d", estimates[0][2])


def test_what_is_downloaded_is_what_is_shown_and_no_formula(opened):
    opened.run(
        "const real = URL.createObjectURL; URL.createObjectURL = (blob) => "
        "{ window.saved = blob; return real.call(URL, blob); };"
    )
    opened.run("document.querySelector('#all-save button').click()")
    text = opened.run_async("window.saved.text().then(arguments[arguments.length - 1])")
    header, *lines = text.lstrip("\ufeff").strip().split("\r\n")
    assert header.startswith("kommunenummer;kommune;fylke")
    assert header.endswith("simulert")
    assert len(lines) == len(rows(opened)) * len(explorer_world.worlds.MONTHS)
    assert all(line.endswith(";ja") for line in lines)
    assert any(";'=HYPERLINK" in line or ";\"'=HYPERLINK" in line for line in lines)
    values = [line.split(";")[7] for line in lines if line.startswith("34")]
    assert all(re.fullmatch(r"(\d+(,\d)?)?", value) for value in values)
    opened.run("document.querySelector('#e-save button').click()")
    text = opened.run_async("window.saved.text().then(arguments[arguments.length - 1])")
    assert text.count("\r\n") == len(rows(opened, "e-table")) + 1


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("place", ["", "#3401", "#0301"])
def test_nothing_runs_out_of_the_window(opened, address, width, place):
    opened.width(width)
    opened.open("data:,")
    opened.open(address + place)
    measured = opened.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert measured[1] == width
    assert measured[0] <= width
    outside = opened.run(
        "return [...document.querySelectorAll('.chart text')].filter((text) => {"
        "const box = text.getBoundingClientRect();"
        "return box.left < -0.5 || box.right > innerWidth + 0.5; }).map((t) => t.textContent)"
    )
    assert outside == []


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_all_text_stands_out_from_what_is_behind_it(opened, width):
    opened.width(width)
    choose(opened, "3401")
    opened.run("document.querySelector('details').open = true")
    opened.run("document.getElementById('search').focus()")
    opened.press("ha", "Down")
    contrasts = opened.run(CONTRASTS)
    assert len(contrasts) > 1000
    # AA for text of any size
    assert [pair for pair in contrasts if pair[1] < 4.5] == []


def test_names_beside_lines_do_not_meet(opened):
    for code in ("none", "3401", "4601"):
        choose(opened, code)
        boxes = opened.run(
            "return [...document.querySelectorAll('.chart text.name')].map((text) => {"
            "const box = text.getBoundingClientRect(); return [box.top, box.bottom]; })"
        )
        boxes.sort()
        # letters' boxes are taller than the letters: two pixels of them may be shared
        assert all(low[1] <= high[0] + 2 for low, high in pairwise(boxes))


def test_the_banner_stays_in_view(opened):
    opened.run("window.scrollTo(0, document.body.scrollHeight)")
    top = "return document.querySelector('.banner').getBoundingClientRect().top"
    assert opened.run(top) == 0


def test_a_control_has_a_name_and_a_table_its_headings(opened):
    unnamed = opened.run(
        "return [...document.querySelectorAll('input, select')].filter((c) => !c.labels.length)"
        ".map((c) => c.id)"
    )
    assert unnamed == []
    assert opened.run("return [...document.querySelectorAll('button')].every((b) => b.innerText)")
    assert opened.run(
        "return [...document.querySelectorAll('table')].every((t) => t.caption && "
        "[...t.tBodies[0].rows].every((r) => r.querySelector('th[scope=row]')))"
    )
    assert opened.run("return document.documentElement.lang") == "nb-NO"


def test_in_english_numbers_have_a_decimal_point(chrome, tmp_path):
    path = tmp_path / "explore.html"
    path.write_text(explorer_world.page("en", hostile=False), encoding="utf-8")
    chrome.width(WIDE)
    chrome.open(f"{path.as_uri()}#3401")
    shown = rows(chrome)
    assert any(re.fullmatch(r"\d+\.\d", row[4]) for row in shown)
    assert not any(re.search(r"\d,\d(?!\d\d)", " ".join(row[3:])) for row in shown)
    assert chrome.run("return document.querySelector('#count').textContent").startswith("Showing")
    assert chrome.log("browser") == []
