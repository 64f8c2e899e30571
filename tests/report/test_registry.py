"""Every figure and table is known by its name, and none claims more than description can."""

import re
from pathlib import Path

import pytest

from fij_eval.report import figures, registry, tables

#: Words that only the method chapter and the claim ladder may use.
CLAIMS = re.compile(
    r"effekt av|effekten|førte til|signifikan|virket|ingen effekt"
    r"|effect of|led to|caused|significan|no effect|impact",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("package", "names", "prefix"),
    [(figures, registry.FIGURES, "fig"), (tables, registry.TABLES, "tab")],
)
def test_modules_and_registry_name_the_same(package, names, prefix):
    folder = Path(package.__file__).parent
    assert sorted(path.stem for path in folder.glob(f"{prefix}*.py")) == sorted(names)


@pytest.mark.parametrize("name", registry.FIGURES)
def test_a_figure_is_found_by_its_name(name):
    assert registry.figure(name).__name__.endswith(name)


@pytest.mark.parametrize("name", registry.TABLES)
def test_a_table_is_found_by_its_name(name):
    assert registry.table(name).__name__.endswith(name)


@pytest.mark.parametrize("name", [*registry.FIGURES, *registry.TABLES])
def test_words_claim_no_effect(name):
    module = registry.figure(name) if name.startswith("fig") else registry.table(name)
    for language, words in module.WORDS.items():
        for key, template in words.items():
            assert not CLAIMS.search(template), (language, key)
