"""The README's list of figures and tables is the one that the workflow gives."""

import re
from pathlib import Path

import pytest

from fij_eval import catalogue
from fij_eval.errors import InputError

ROOT = Path(__file__).parent.parent.parent


def test_the_list_in_the_readme_is_current():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    between = text.partition(catalogue.BEGIN)[2].partition(catalogue.END)[0]
    assert between.strip() == catalogue.block(str(ROOT / "src")), "run `make readme`"


def test_files_that_the_readme_links_to_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_list_replaces_only_what_stands_between_its_marks(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    path = tmp_path / "README.md"
    path.write_text(
        f"before\n{catalogue.BEGIN}\nan outdated list\n{catalogue.END}\nafter\n", encoding="utf-8"
    )
    catalogue.update(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{catalogue.BEGIN}\n| what")
    assert text.endswith(f"{catalogue.END}\nafter\n")
    assert "an outdated list" not in text


def test_a_file_without_marks_is_refused(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(InputError, match="no place for what is made"):
        catalogue.update(path)
