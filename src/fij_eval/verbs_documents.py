"""Verbs of the documents: reports, workbook, page to explore, images of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def _whole(parser: argparse.ArgumentParser, names: Iterable[str], output: str) -> None:
    """Take what all of them have: name, language, numbers, manifest, and where to write."""
    parser.add_argument("name", metavar="NAME", help=" or ".join(names))
    verb.language(parser)
    verb.path(parser, "numbers", "the strings, JSON")
    verb.path(parser, "manifest", "the manifest, JSON")
    verb.path(parser, "output", output)


def _files(arguments: argparse.Namespace, inputs: Iterable[Path]) -> Files:
    return Files((*inputs, arguments.numbers, arguments.manifest), (arguments.output,))


def _shown(*folders: Path) -> Iterator[Path]:
    """Figures and tables, with their data and words."""
    for folder in folders:
        yield from sorted(p for p in folder.iterdir() if p.suffix in (".svg", ".csv", ".json"))


def _document_arguments(parser: argparse.ArgumentParser) -> None:
    _whole(parser, places.DOCUMENTS, "the PDF")
    verb.path(parser, "figures", "folder with the figures of the language")
    verb.path(parser, "tables", "folder with the tables of the language")


def _document(arguments: argparse.Namespace) -> Files:
    from fij_eval.report import document

    document.write(
        arguments.name,
        arguments.language,
        figures=arguments.figures,
        tables=arguments.tables,
        numbers=arguments.numbers,
        manifest=arguments.manifest,
        output=arguments.output,
    )
    return _files(arguments, _shown(arguments.figures, arguments.tables))


def _workbook_arguments(parser: argparse.ArgumentParser) -> None:
    _whole(parser, places.WORKBOOKS, "the workbook, .xlsx")
    verb.path(parser, "tables", "folder with the tables of the language")


def _workbook(arguments: argparse.Namespace) -> Files:
    from fij_eval.report import workbook

    workbook.write(
        arguments.language,
        tables=arguments.tables,
        numbers=arguments.numbers,
        manifest=arguments.manifest,
        output=arguments.output,
    )
    return _files(arguments, _shown(arguments.tables))


def _explorer_arguments(parser: argparse.ArgumentParser) -> None:
    _whole(parser, places.PAGES, "the page, .html")
    verb.inputs(parser)
    verb.settings(parser)


def _explorer(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.report import explorer

    inputs = verb.keyed(arguments.input)
    parts = settings.parts(arguments.settings)
    explorer.write(
        arguments.language,
        inputs,
        arguments.output,
        numbers=arguments.numbers,
        manifest=arguments.manifest,
        network=parts.of("network"),
        sample=parts.of("sample"),
    )
    return _files(arguments, inputs.values())


def _pages_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", choices=("compare", "accept"))
    verb.path(parser, "reports", "folder with the documents", "reports/demo")
    verb.path(parser, "accepted", "folder with the accepted pages", "tests/report/accepted")
    drawn = "folder where pages that differ are drawn beside the accepted ones"
    verb.path(parser, "pictures", drawn, "logs/pages")


def _pages(arguments: argparse.Namespace) -> int:
    from fij_eval.review import page_images

    code = 0
    if arguments.what == "accept":
        made = page_images.accept(arguments.reports, arguments.accepted)
        lines = [f"{name}: {pages} pages accepted" for name, pages in made.items()]
    else:
        found = page_images.compare(arguments.reports, arguments.accepted, drawn=arguments.pictures)
        code = verb.DIFFERS if found else 0
        lines = [*map(str, found), page_images.advice(found, arguments.pictures)]
    verb.answer("\n".join([*lines, ""]))
    return code


_DEMO = "results/demo"
DOCUMENT_VERBS = (
    Verb(
        name="document",
        help="set a document as PDF and pass it through its gate",
        example=f"fij-eval document rapport --figures {_DEMO}/figures/nb "
        f"--tables {_DEMO}/tables/nb --numbers {_DEMO}/numbers/nb.json "
        f"--manifest {_DEMO}/manifest.json --output rapport.pdf",
        arguments=_document_arguments,
        run=_document,
    ),
    Verb(
        name="workbook",
        help="write all tables of a language into one workbook",
        example=f"fij-eval workbook tabeller --tables {_DEMO}/tables/nb "
        f"--numbers {_DEMO}/numbers/nb.json --manifest {_DEMO}/manifest.json "
        "--output tabeller.xlsx",
        arguments=_workbook_arguments,
        run=_workbook,
    ),
    Verb(
        name="explorer",
        help="write the page to explore, one file that works offline",
        example="fij-eval explorer utforsk --input panel=data/processed/demo/panel.parquet "
        f"--input estimates_description={_DEMO}/estimates/description.parquet "
        f"--input estimates_main={_DEMO}/estimates/main.parquet "
        f"--numbers {_DEMO}/numbers/nb.json --manifest {_DEMO}/manifest.json "
        "--output utforsk.html",
        arguments=_explorer_arguments,
        run=_explorer,
    ),
    Verb(
        name="pages",
        help="hold images of the pages against the accepted ones, or accept them as they are",
        example="fij-eval pages compare --reports reports/demo",
        arguments=_pages_arguments,
        run=_pages,
        is_job=False,
    ),
)
