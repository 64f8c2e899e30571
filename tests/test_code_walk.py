"""The walk over imports finds what a module runs, and nothing that it does not."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import fij_eval
from fij_eval import code_walk, places

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"


@pytest.fixture
def package(tmp_path):
    """A small package with every way to import."""
    files = {
        "__init__.py": "",
        "a.py": "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
        "import numpy.linalg\nif TYPE_CHECKING:\n    from fij_eval import typed\n"
        "else:\n    from fij_eval import other\n",
        "typed.py": "",
        "other.py": "def f():\n    try:\n        from fij_eval.deep.x import THING\n"
        "    except ValueError:\n        import yaml\n",
        "deep/__init__.py": "from . import y\n",
        "deep/x.py": "from ..far import z\nTHING = 1\n",
        "deep/y.py": "match 1:\n    case 1:\n        from fij_eval import last\n",
        "far/__init__.py": "",
        "far/z.py": "",
        "last.py": "",
        "alone.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "src/fij_eval" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "src"


def names(found, root):
    return {Path(path).relative_to(Path(root) / "fij_eval").as_posix() for path in found}


def test_the_walk_follows_every_way_to_import(package):
    found = names(code_walk.code_of(["fij_eval.a"], package), package)
    assert found == {
        "__init__.py",
        "a.py",
        "other.py",
        "deep/__init__.py",
        "deep/x.py",
        "deep/y.py",
        "far/__init__.py",
        "far/z.py",
        "last.py",
    }


def test_packages_are_found_with_their_versions(package):
    found = code_walk.packages_of(["fij_eval.a"], package)
    assert set(found) == {"numpy", "PyYAML"}
    assert all(version[0].isdigit() for version in found.values())


def test_a_module_without_a_file_is_an_error(package):
    with pytest.raises(ModuleNotFoundError):
        code_walk.code_of(["fij_eval.missing"], package)


def test_a_literal_tuple_is_read_and_anything_else_refused(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("INPUTS: tuple[str, ...] = ('a', 'b')\nOTHER = list('ab')\n", encoding="utf-8")
    assert code_walk.literal(path, "INPUTS") == ("a", "b")
    for name in ("OTHER", "NONE"):
        with pytest.raises(ValueError, match=name):
            code_walk.literal(path, name)


def test_no_module_imports_in_a_way_that_the_walk_cannot_see():
    """A dynamic import would leave a file out of a rule's inputs: its edit would rerun nothing."""
    seen = []
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = ast.unparse(called) if called is not None else ""
            if name in ("__import__", "import_module", "importlib.import_module", "exec", "eval"):
                seen.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                seen.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert seen == []


def test_nothing_in_the_package_imports_snakemake():
    for path in SRC.rglob("*.py"):
        assert "snakemake" not in code_walk._imports(path, code_walk._module_name(path, SRC))[1]


def test_every_package_that_is_imported_is_installed():
    modules = [m.name for m in pkgutil.walk_packages(fij_eval.__path__, "fij_eval.")]
    assert len(modules) > 20
    code_walk.packages_of(modules, SRC)


@pytest.mark.parametrize("module", ["fij_eval.sources.nav", "fij_eval.effects.twfe"])
def test_the_walk_finds_at_least_what_an_import_loads(module):
    """The walk against Python itself: modules of ours loaded in a fresh process."""
    code = (
        f"import sys, {module}\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('fij_eval')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {Path(path).resolve() for path in run.stdout.split()}
    found = {Path(path).resolve() for path in code_walk.code_of([module], SRC)}
    assert loaded <= found


def test_figures_do_not_depend_on_each_other():
    """An edit in one figure module must leave all others as they are."""
    for kind, verb in (("figures", "figure"), ("tables", "table")):
        for name in places.names(kind, SRC):
            others = {
                Path(path).stem
                for path in places.code(verb, name, str(SRC))
                if f"report/{kind}/" in path
            }
            assert others == {"__init__", name}


def test_the_registry_names_every_module_and_no_other():
    for kind, prefix in (("figures", "fig"), ("tables", "tab")):
        there = {path.stem for path in (SRC / "fij_eval/report" / kind).glob(f"{prefix}*.py")}
        assert set(places.names(kind, SRC)) == there


def test_rooms_import_only_in_the_direction_that_data_flow():
    order = {"sources": 0, "panel": 1, "effects": 2, "simulation": 3, "report": 4}
    allowed_back = {("sources", "simulation")}  # the demo writes a simulated world (next test)
    wrong = []
    for path in SRC.rglob("*.py"):
        module = code_walk._module_name(path, SRC)
        room = module.split(".")[1] if module.count(".") else ""
        if room not in order:
            continue
        for name in code_walk._imports(path, module)[0]:
            other = name.split(".")[1] if name.count(".") else ""
            if other in order and order[other] > order[room] and (room, other) not in allowed_back:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_the_demo_is_made_without_panel_and_estimators():
    """The simulated world comes before them: else an edit of an estimator would make new data."""
    made_by = {Path(path).parts[-2:] for path in places.code("demo", root=str(SRC))}
    rooms = {room for room, _ in made_by}
    assert "simulation" in rooms
    assert not {"effects", "report"} & rooms
    # but for the register's reader, so that a researcher hears of a fault from one place
    reader = {"__init__.py", "names.py", "register_rows.py"}
    assert {file for room, file in made_by if room == "panel"} == reader
