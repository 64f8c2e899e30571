"""What the workflow says a step reads and writes is what the step's own module says."""

from pathlib import Path
from typing import get_args

import pytest

from fij_eval import places, settings
from fij_eval.effects import run
from fij_eval.panel import build
from fij_eval.report import numbers, prose, registry

SRC = str(Path(__file__).parent.parent.parent / "src")


def test_the_panel_reads_the_tables_that_its_rule_names():
    assert set(places.PANEL_SOURCES) == set(build.SOURCES)


def test_statbank_tables_have_the_roles_of_the_settings():
    """The outcome's table, where there is one, becomes the article's table of municipalities."""
    assert get_args(settings.TableRole) == (*places.STATBANK_ROLES, "outcome")


def test_all_parts_of_the_settings_are_known():
    assert set(settings.Parts.model_fields) == set(settings.Settings.model_fields)


def test_a_document_depends_on_the_words_of_its_own_language_alone():
    words = [path for path in places.code("document", "rapport", SRC) if "/report/text/" in path]
    assert words
    assert all("/report/text/nb/" in path for path in words)
    both = places.code("document", root=SRC)
    assert set(words) <= set(both)


def test_analyses_are_those_that_there_is_a_module_for():
    folder = Path(SRC, "fij_eval/effects/analyses")
    modules = {path.stem for path in folder.glob("*.py")}
    assert set(places.ANALYSES) <= modules
    with_a_list = {
        name for name in modules if "\nINPUTS = (" in (folder / f"{name}.py").read_text()
    }
    assert with_a_list == set(places.ANALYSES)


def test_what_analyses_read_and_depend_on_is_what_their_modules_say():
    earlier = set()
    for name in run.ANALYSES:
        module = run.analysis(name)
        assert places.inputs_of_analysis(name, SRC) == module.INPUTS
        assert places.settings_of_analysis(name, SRC) == module.SETTINGS
        wanted = {key.split("_", 1)[1] for key in module.INPUTS if key.startswith("estimates_")}
        assert wanted <= earlier
        assert set(module.SETTINGS) <= set(settings.Parts.model_fields)
        earlier.add(name)


def test_an_analysis_depends_on_its_own_module_and_not_on_the_others():
    code = places.code("estimates", "scale", SRC)
    assert any(path.endswith("analyses/scale.py") for path in code)
    assert not any(
        path.endswith(("analyses/curve.py", "effects/synthetic_did.py")) for path in code
    )


def test_documents_have_prose_in_their_language():
    for document, language in places.DOCUMENTS.items():
        assert prose.DOCUMENTS[document].language == language


def test_numbers_are_made_from_what_their_module_asks_for():
    expected = (*numbers.INPUTS, *numbers.INPUTS_DEMO)
    assert places.inputs_of_numbers(demo=True, root=SRC) == expected


@pytest.mark.parametrize("kind", ["figures", "tables"])
def test_inputs_read_without_importing_are_those_of_the_module(kind):
    for name in places.names(kind, SRC):
        module = registry.figure(name) if kind == "figures" else registry.table(name)
        assert places.inputs(kind, name, SRC) == module.INPUTS
