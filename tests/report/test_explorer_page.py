"""The page to explore as a file: whole, closed to the network, safe against its own data."""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files

import explorer_world
import figure_worlds as worlds
import pytest

from fij_eval.artefacts import write_json
from fij_eval.errors import ReportError
from fij_eval.report import explorer

FOLDER = files("fij_eval.report") / "templates" / "explorer"
LANGUAGES = ("nb", "en")


def words(language):
    return json.loads((FOLDER / f"words.{language}.json").read_text(encoding="utf-8"))


def shape(content):
    """Keys of nested words, and the places in each."""
    if isinstance(content, dict):
        return {key: shape(value) for key, value in content.items()}
    return sorted(re.findall(r"\{(\w+)\}", content))


@pytest.fixture(scope="module")
def page():
    return explorer_world.page()


def test_both_languages_have_the_same_words_and_places():
    assert shape(words("nb")) == shape(words("en"))


def test_the_program_asks_for_words_that_there_are_and_none_is_left_over():
    script = (FOLDER / "script.js").read_text(encoding="utf-8")
    have = set(words("nb")["script"])
    asked = set(re.findall(r"\bwords\.(\w+)", script))
    asked |= set(
        re.findall(r'(?:named|options|present)\((?:[^()]*\([^()]*\))?[^()]*"(\w+)"', script)
    )
    assert {word for word in asked if word not in have} <= {"arm", "size", "region", "analysis"} | {
        "estimand",
        "plan",
    }
    # the signs of cells and what they are called are looked up by reason
    by_reason = {"hidden", "missing", "hidden_words", "missing_words"}
    assert have - asked <= by_reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_one_small_file_that_names_no_other(language):
    text = explorer_world.page(language)
    assert len(text.encode("utf-8")) < 2_000_000
    outside = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[\w/]*", text.partition('id="data"')[0]))
    assert outside == set()
    script = text.rpartition("<script>")[2]
    assert re.findall(r"https?://[^\"']+", script) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|eval|innerHTML|import)\b\(?", script)


def test_the_policy_allows_this_style_and_program_and_no_connection(page):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules  # falls back to none
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        content = page.rpartition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"
    assert " style=" not in page.partition("<script")[0]


def test_nothing_in_the_data_can_end_its_block_or_become_markup(page):
    assert page.count("</script>") == 2
    block = page.partition('id="data">')[2].partition("</script>")[0]
    assert not re.search("[<>&\u2028\u2029]", block)
    names = {one["code"]: one["name"] for one in json.loads(block)["municipalities"]}
    assert names | explorer_world.HOSTILE == names
    assert "<b>rapport</b>" not in page
    assert "&lt;b&gt;rapport&lt;/b&gt;" in page
    assert "SSB &lt;script&gt;" in page


def test_simulated_data_are_called_so_on_a_banner_and_real_data_are_not(page):
    assert 'class="banner"' in page
    assert 'class="banner"' not in explorer_world.page(simulated=False)


def test_no_place_of_the_template_is_left_open(page):
    head = page.partition('<script type="application/json"')[0]
    assert "{" not in head.partition("</style>")[2]
    assert not re.search(r"\{\{\w+\}\}", head)


def test_the_rule_of_comparison_and_what_is_hidden_are_told_with_their_numbers(page):
    text = html.unescape(page)
    unnamed = json.loads(page.partition('id="data">')[2].partition("</script>")[0])["unnamed"]
    assert f"det gjelder {unnamed} kommuner" in text
    assert "færre enn 20 flyktninger i april\u00a02024" in text
    assert "Er det færre enn 5 av dem" in text


def ingredients(folder):
    inputs = {"panel": folder / "panel.parquet"}
    worlds.panel().to_parquet(inputs["panel"], index=False)
    for analysis in ("description", "main", "event_study"):
        inputs[f"estimates_{analysis}"] = folder / f"{analysis}.parquet"
        worlds.records(analysis).to_parquet(inputs[f"estimates_{analysis}"], index=False)
    meta = {"simulated": "ja", "data_as_of": "12. mars 2026", "version": "0.1.0"}
    meta |= {"status_start": "Foreløpig rapport"}
    write_json(folder / "numbers.json", {f"meta.{key}": value for key, value in meta.items()})
    write_json(folder / "manifest.json", {"sources": []})
    made = worlds.context()
    return inputs, {
        "numbers": folder / "numbers.json",
        "manifest": folder / "manifest.json",
        "network": made.network,
        "sample": made.sample,
    }


def test_two_builds_in_two_folders_give_the_same_bytes(tmp_path):
    written = []
    for name in ("one", "two æøå"):
        folder = tmp_path / name
        folder.mkdir()
        inputs, given = ingredients(folder)
        explorer.write("nb", inputs, folder / "utforsk.html", **given)
        written.append((folder / "utforsk.html").read_bytes())
    assert written[0] == written[1]
    assert worlds.panel()["municipality_name"].iloc[0].encode() in written[0]


def test_what_is_missing_or_too_large_is_one_paragraph(tmp_path, monkeypatch):
    inputs, given = ingredients(tmp_path)
    output = tmp_path / "utforsk.html"
    with pytest.raises(ReportError, match="estimates_description"):
        explorer.write("nb", {"panel": inputs["panel"]}, output, **given)
    monkeypatch.setattr(explorer, "LARGEST_BYTES", 1000)
    with pytest.raises(ReportError, match="more than 1000"):
        explorer.write("nb", inputs, output, **given)
    assert not output.exists()


def test_a_term_that_ends_in_a_number_has_the_words_of_its_beginning():
    record = dict.fromkeys(("analysis", "estimator", "estimand", "plan", "sample"), "")
    told = [record | {"term": term, "is_month": False} for term in ("dynamic -10", "dynamic 5")]
    assert explorer.without_words({"estimates": told}, words("nb")["script"]) == set()


def test_a_template_that_asks_for_unknown_words_is_named():
    with pytest.raises(ReportError, match="unheard_of"):
        explorer._filled("<p>{{unheard_of}}</p>", {})
