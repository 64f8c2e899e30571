"""Which source files and packages a command depends on, found by its import statements.

A rule names the files as its ``code`` input, so that an edit reruns exactly what it can change, and
the record of provenance names the same files. Only text is read and nothing imported, so that
the workflow starts fast. Imports inside functions count; those under ``TYPE_CHECKING`` never run
and do not. Dynamic imports would escape the walk and are forbidden in ``src`` (a test looks).
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import StrPath

PACKAGE = "fij_eval"

#: Packages whose name on the package index is not that of the module with a dash.
_DISTRIBUTIONS = {"janitor": "pyjanitor", "page": "page-validation", "yaml": "PyYAML"}


def code_of(modules: Iterable[str], root: StrPath = "src") -> tuple[str, ...]:
    """Source files of the package that these modules import, themselves included.

    Args:
        modules: Names of modules, for example ``fij_eval.panel.build``.
        root: Folder that holds the package.

    Returns:
        Paths below ``root``'s parent folder, with ``/``, sorted.

    Raises:
        ModuleNotFoundError: If a module of the package has no file.
    """
    return tuple(sorted(path.as_posix() for path in _walk(tuple(modules), Path(root))))


def packages_of(modules: Iterable[str], root: StrPath = "src") -> dict[str, str]:
    """Installed version of each package that these modules import, directly or by each other.

    Raises:
        importlib.metadata.PackageNotFoundError: If one is not installed.
    """
    names: set[str] = set()
    for path in _walk(tuple(modules), Path(root)):
        names |= _imports(path, _module_name(path, Path(root)))[1]
    found = (_DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in names)
    return {name: version(name) for name in sorted(found, key=str.casefold)}


def imported_modules(path: StrPath, root: StrPath = "src") -> frozenset[str]:
    """Names of this package that a source file imports itself, as its statements write them."""
    return _imports(Path(path), _module_name(Path(path), Path(root)))[0]


@cache
def version(distribution: str) -> str:
    """The installed version of a package."""
    return metadata.version(distribution)


@cache
def _walk(modules: tuple[str, ...], root: Path) -> frozenset[Path]:
    """Files of all modules that are reached from these."""
    seen: set[str] = set()
    files: set[Path] = set()
    waiting = [name for module in modules for name in _with_parents(module)]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        path = _file(module, root)
        if path is None:
            raise ModuleNotFoundError(f"no file for the module {module} below {root}")
        files.add(path)
        for name in _imports(path, module)[0]:
            # `from fij_eval.panel import build` names a module or something in one
            target = name if _file(name, root) else name.rpartition(".")[0]
            waiting.extend(_with_parents(target))
    return frozenset(files)


def _with_parents(module: str) -> Iterator[str]:
    """The module and the packages that it lies in, whose ``__init__`` is run before it."""
    parts = module.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))


@cache
def _file(module: str, root: Path) -> Path | None:
    place = root.joinpath(*module.split("."))
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports(path: Path, module: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names imported from this package, and names of other packages' top modules."""
    own: set[str] = set()
    other: set[str] = set()
    for name in _imported(ast.parse(path.read_bytes(), str(path)), path, module):
        top = name.partition(".")[0]
        if top == PACKAGE:
            own.add(name)
        elif top not in sys.stdlib_module_names:
            other.add(top)
    return frozenset(own), frozenset(other)


def _imported(tree: ast.AST, path: Path, module: str) -> Iterator[str]:
    """Every name in an import statement that can run."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, path, module)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            for other in node.orelse:
                yield from _imported(ast.Module([other], []), path, module)
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _imported(node, path, module)


def _base(node: ast.ImportFrom, path: Path, module: str) -> str:
    """The package that ``from … import`` reads, relative ones made absolute."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    here = parts if path.name == "__init__.py" else parts[:-1]
    upper = here[: len(here) - node.level + 1]
    return ".".join([*upper, *([node.module] if node.module else [])])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def docstring(path: Path) -> str:
    """The docstring of a module, read without importing it; empty if it has none."""
    return ast.get_docstring(ast.parse(path.read_bytes(), str(path))) or ""


def literal(path: StrPath, name: str, *, missing: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """A tuple of texts that a module assigns to a name at its top, read without importing it.

    Args:
        path: The module.
        name: The name.
        missing: What to give if the module has no such name; an error if None.

    Raises:
        ValueError: If the module does not assign such a literal.
    """
    for node in ast.parse(Path(path).read_bytes(), str(path)).body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            items = value.elts if isinstance(value, ast.Tuple) else []
            texts = [item.value for item in items if isinstance(item, ast.Constant)]
            if items and len(texts) == len(items) and all(isinstance(text, str) for text in texts):
                return tuple(str(text) for text in texts)
            missing = None  # it is there, in another form
    if missing is not None:
        return missing
    raise ValueError(f"{path} has no literal tuple of texts named {name}")
