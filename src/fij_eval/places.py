"""Where each step's files lie and which code makes them: one list for commands and workflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.code_walk import code_of, docstring, literal, packages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = ("statbank", "klass", "nav", "ssb_article", "imdi")
#: Services that no run needs: what they gave is used where it is in the raw archive.
OPTIONAL_SERVICES = ("kartverket",)
ALL_SERVICES = (*SERVICES, *OPTIONAL_SERVICES)

#: Tables that each service's parser writes, without `statbank`, whose tables are in the settings.
PARSED = {
    "klass": (
        "klass_municipalities",
        "klass_changes",
        "klass_counties",
        "klass_districts",
    ),
    "nav": ("nav_hl060",),
    "ssb_article": ("ssb_article_municipal", "ssb_article_national"),
    "imdi": ("imdi_settlement",),
    "kartverket": ("kartverket_boundaries",),
}

#: Statbank's tables by what they become: the keys of `tables` in the settings.
STATBANK_ROLES = (
    "population_yearly",
    "population_quarterly",
    "immigrants",
    "immigration",
    "labour_status",
)

#: Parsed tables that the panel is built from; a test holds them to `panel/build.py`.
PANEL_SOURCES = (
    "ssb_article_municipal",
    "nav_hl060",
    "imdi_settlement",
    "klass_municipalities",
    "klass_counties",
    "klass_changes",
    "statbank_population_yearly",
    "statbank_population_quarterly",
)

#: In an order in which each reads only those before it.
ANALYSES = (
    "description",
    "main",
    "event_study",
    "primary",
    "estimators",
    "scale",
    "composition",
    "heterogeneity",
    "trends",
    "robustness",
    "pseudo_networks",
    "curve",
    "selection",
    "persons",
    "claim",
)

#: Folders that each mode has of its own, by the names that the workflow gives them (`pathvars`).
FOLDERS = {
    "raw": "data/raw",
    "processed": "data/processed",
    "results": "results",
    "reports": "reports",
    "logs": "logs",
}
MODES = ("demo", "live", "archive")

#: Document -> its language.
DOCUMENTS = {"rapport": "nb", "report": "en", "kort": "nb", "short": "en"}

#: Workbook of all tables, and page to explore, by language as well.
WORKBOOKS = {"tabeller": "nb", "tables": "en"}
PAGES = {"utforsk": "nb", "explore": "en"}

#: Verbs that make what is made last and carries the build id.
LAST_VERBS = ("document", "workbook", "explorer")

REFERENCE = Path("data/reference")

#: Verb -> embedded tables in it that the verb reads.
REFERENCE_TABLES = {
    "demo": (
        "code_changes",
        "municipalities",
        "national_points",
        "neighbours",
        "oslo_districts",
        "population_totals",
        "regions",
    ),
    "bench": (
        "code_changes",
        "municipalities",
        "national_points",
        "neighbours",
        "oslo_districts",
        "regions",
    ),
    "panel": (
        "interim_report",
        "municipalities",
        "oslo_districts",
        "population_totals",
        "regions",
    ),
}

#: Verb -> modules that it runs; `{name}` is the verb's own argument.
_MODULES = {
    "demo": ("fij_eval.sources.demo",),
    "fetch": ("fij_eval.sources.fetch",),
    "parse": ("fij_eval.sources.{name}",),
    "panel": ("fij_eval.panel.build",),
    "estimates": ("fij_eval.effects.making", "fij_eval.effects.analyses.{name}"),
    "bench": ("fij_eval.simulation.bench",),
    "bench-batch": ("fij_eval.simulation.bench",),
    "bench-summary": ("fij_eval.simulation.bench",),
    "power": ("fij_eval.simulation.power",),
    "figure": ("fij_eval.report.making", "fij_eval.report.figures.{name}"),
    "table": ("fij_eval.report.making", "fij_eval.report.tables.{name}"),
    "numbers": ("fij_eval.report.numbers",),
    "manifest": ("fij_eval.provenance",),
    "crate": ("fij_eval.review.crate",),
    "document": ("fij_eval.report.document", "fij_eval.report.gate"),
    "workbook": ("fij_eval.report.workbook",),
    "explorer": ("fij_eval.report.explorer",),
}

#: Verb -> folders of the package with words and templates that it reads.
_TEXTS = {
    "document": ("report/templates", "report/text/{language}"),
    "workbook": ("report/text/{language}",),
    "explorer": ("report/templates/explorer", "report/text/{language}"),
}


def modules(verb: str, name: str = "") -> tuple[str, ...]:
    """Modules that a verb runs."""
    return tuple(module.format(name=name) for module in _MODULES[verb])


def code(verb: str, name: str = "", root: str = "src") -> list[str]:
    """Files of this project that a verb's result depends on: modules, words, templates.

    Args:
        verb: The verb.
        name: Its own argument: service, figure, document; without it, a document's are the words
            of all languages.
        root: Folder that holds the package.
    """
    own = (DOCUMENTS | WORKBOOKS | PAGES).get(name, "")
    folders = (folder.format(language=own) for folder in _TEXTS.get(verb, ()))
    texts = (
        path.as_posix()
        for folder in folders
        for path in Path(root, "fij_eval", folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return sorted([*code_of(modules(verb, name), root), *texts])


def packages(verb: str, name: str = "", root: str = "src") -> dict[str, str]:
    """Versions of the packages that a verb's result depends on."""
    return packages_of(modules(verb, name), root)


def parsed(service: str) -> tuple[str, ...]:
    """Names of the tables that a service's parser writes."""
    if service == "statbank":
        return tuple(f"statbank_{role}" for role in STATBANK_ROLES)
    return PARSED[service]


def language(document: str) -> str:
    """Language of a document, workbook or page, by its name."""
    return (DOCUMENTS | WORKBOOKS | PAGES)[document]


def names(kind: str, root: str = "src") -> tuple[str, ...]:
    """Names of all figures or tables, as the registry lists them.

    Args:
        kind: ``figures`` or ``tables``.
        root: Folder that holds the package.
    """
    return literal(Path(root, "fij_eval/report/registry.py"), kind.upper())


def what(kind: str, name: str, root: str = "src") -> str:
    """What a figure, table or analysis shows: the first line of its module's docstring.

    Args:
        kind: ``figures``, ``tables`` or ``analyses``.
        name: Its name.
        root: Folder that holds the package.
    """
    room = "effects" if kind == "analyses" else "report"
    path = Path(root, "fij_eval", room, kind, f"{name}.py")
    return docstring(path).partition("\n")[0].rstrip(".") or name


def inputs(kind: str, name: str, root: str = "src") -> tuple[str, ...]:
    """Keys of what a figure or table reads, as its module's ``INPUTS`` says."""
    return literal(Path(root, "fij_eval/report", kind, f"{name}.py"), "INPUTS")


def optional_inputs(kind: str, name: str, root: str = "src") -> tuple[str, ...]:
    """Keys of what a figure or table reads where it is there, as its ``OPTIONAL`` says."""
    module = Path(root, "fij_eval/report", kind, f"{name}.py")
    return literal(module, "OPTIONAL", missing=())


def inputs_of_analysis(name: str, root: str = "src") -> tuple[str, ...]:
    """Keys of what an analysis reads, as its module's ``INPUTS`` says."""
    return literal(Path(root, "fij_eval/effects/analyses", f"{name}.py"), "INPUTS")


def settings_of_analysis(name: str, root: str = "src") -> tuple[str, ...]:
    """Parts of the settings that an analysis depends on, as its module's ``SETTINGS`` says."""
    return literal(Path(root, "fij_eval/effects/analyses", f"{name}.py"), "SETTINGS")


def inputs_of_numbers(*, demo: bool, root: str = "src") -> tuple[str, ...]:
    """Keys of what the numbers of the prose are made from; the demo has its truth besides."""
    module = Path(root, "fij_eval/report/numbers.py")
    return literal(module, "INPUTS") + (literal(module, "INPUTS_DEMO") if demo else ())


_OF_A_MODE = re.compile(
    rf"(?<![^=])({'|'.join(FOLDERS.values())})/(?:{'|'.join(MODES)})(?=/|$)",
)
_NAMED = re.compile(rf"<({'|'.join(FOLDERS)})>")


def without_mode(word: str) -> str:
    """A path, or ``KEY=path``, with its mode's folder by name: ``<results>/estimates/main.csv``.

    The same file of another mode then has the same name, so that what is built again from an
    archive tells of itself in the same words.
    """
    called = {folder: name for name, folder in FOLDERS.items()}
    return _OF_A_MODE.sub(lambda found: f"<{called[found[1]]}>", word)


def in_mode(text: str, mode: str) -> str:
    """The same with the folders of a mode in place of their names."""
    return _NAMED.sub(lambda found: f"{FOLDERS[found[1]]}/{mode}", text)


def modes() -> list[str]:
    """Modes that have results in this folder."""
    return sorted(path.name for path in Path("results").glob("*") if path.is_dir())


def to_look_at(mode: str) -> dict[str, Path]:
    """What a reader of a mode's results looks for, as far as it is there."""
    wanted = {
        **{name: Path("reports", mode, f"{name}.pdf") for name in DOCUMENTS},
        **{name: Path("reports", mode, f"{name}.xlsx") for name in WORKBOOKS},
        **{name: Path("reports", mode, f"{name}.html") for name in PAGES},
        "tables": Path("results", mode, "tables"),
        "figures": Path("results", mode, "figures"),
        "estimates": Path("results", mode, "estimates"),
        "manifest": Path("results", mode, "manifest.json"),
    }
    return {what: path for what, path in wanted.items() if path.exists()}


def with_siblings(output: Path, *suffixes: str) -> Iterator[Path]:
    """A file and those of the same stem beside it."""
    yield output
    for suffix in suffixes:
        yield output.with_suffix(suffix)
