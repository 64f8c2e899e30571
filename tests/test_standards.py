"""Standards and the picture of the rooms say what the project shows now."""

from pathlib import Path

import pytest

from fij_eval import import_graph, standards
from fij_eval.errors import InputError

ROOT = Path(__file__).parent.parent
LINE = "standards: [{{name: N, source: S, lines: [{{asks: a, {rest}}}]}}]"


def written(tmp_path, rest):
    path = tmp_path / "docs/standards.yaml"
    path.parent.mkdir()
    path.write_text(LINE.format(rest=rest), encoding="utf-8")
    return path


def test_the_page_is_current_and_its_evidence_is_there():
    made = standards.page(standards.read(ROOT / standards.SOURCE))
    assert (ROOT / standards.PAGE).read_text(encoding="utf-8") == made, "run `make readme`"


def test_links_of_the_page_lead_to_files():
    found = standards.read(ROOT / standards.SOURCE)
    proofs = [proof for each in found.standards for line in each.lines for proof in line.evidence]
    assert len(proofs) > 50
    assert all((ROOT / proof).exists() for proof in proofs)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("verdict: met", "names no evidence"),
        ("verdict: not met", "does not say why"),
        ("verdict: perhaps, why: x", "verdict"),
        ("verdict: met, evidence: [gone.md]", "gone.md"),
        ("verdict: met, evidence: [docs], because: x", "because"),
    ],
)
def test_a_line_without_ground_is_refused(tmp_path, rest, says):
    with pytest.raises(InputError, match=says):
        standards.read(written(tmp_path, rest))


def test_a_line_with_its_ground_is_shown_and_counted(tmp_path):
    path = written(tmp_path, "verdict: met, evidence: [docs/standards.yaml], why: Because.")
    page = standards.page(standards.read(path))
    assert "| N | 1 | 0 | 0 | 0 |" in page
    assert "| a | met | Because. [docs/standards.yaml](standards.yaml) |" in page


def test_the_picture_of_the_rooms_is_current():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    between = text.partition(import_graph.BEGIN)[2].partition(import_graph.END)[0]
    assert between.strip() == import_graph.block(str(ROOT / "src")), "run `make readme`"


def test_the_picture_has_an_arrow_for_an_import_that_is_there(tmp_path):
    for name, text in {
        "__init__.py": "",
        "panel/__init__.py": "",
        "panel/a.py": "from fij_eval.sources import b\nfrom fij_eval.settings import x\n",
        "panel/c.py": "from fij_eval.sources.b import thing\n",
        "sources/__init__.py": "",
        "sources/b.py": "thing = 1\n",
    }.items():
        path = tmp_path / "fij_eval" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert import_graph.edges(str(tmp_path)) == (("sources", "panel"),)


def test_each_decision_has_a_number_of_its_own_and_says_it():
    records = sorted((ROOT / "docs/decisions").glob("0*.md"))
    numbers = [int(path.name[:4]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    for number, path in zip(numbers, records, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name
