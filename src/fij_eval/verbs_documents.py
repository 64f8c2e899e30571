"""The verbs of the documents beside the report: workbook, page to explore, images of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse


def _workbook_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="WORKBOOK", help="tabeller or tables")
    verb.language(parser)
    verb.path(parser, "tables", "folder with the tables of the language")
    verb.path(parser, "numbers", "the strings, JSON")
    verb.path(parser, "manifest", "the manifest, JSON")
    verb.path(parser, "output", "the workbook, .xlsx")


def _workbook(arguments: argparse.Namespace) -> Files:
    from fij_eval.report import workbook

    workbook.write(
        arguments.language,
        tables=arguments.tables,
        numbers=arguments.numbers,
        manifest=arguments.manifest,
        output=arguments.output,
    )
    shown = sorted(path for path in arguments.tables.iterdir() if path.suffix in (".csv", ".json"))
    return Files((*shown, arguments.numbers, arguments.manifest), (arguments.output,))


def _explorer_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="PAGE", help="utforsk or explore")
    verb.language(parser)
    verb.inputs(parser)
    verb.path(parser, "numbers", "the strings, JSON")
    verb.path(parser, "manifest", "the manifest, JSON")
    verb.path(parser, "output", "the page, .html")
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
    return Files((*inputs.values(), arguments.numbers, arguments.manifest), (arguments.output,))


def _pages_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", choices=("compare", "accept"))
    parser.add_argument(
        "--reports", type=Path, default=Path("reports/demo"), metavar="FOLDER", help="the documents"
    )
    parser.add_argument(
        "--accepted",
        type=Path,
        default=Path("tests/report/accepted"),
        metavar="FOLDER",
        help="the accepted pages",
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        default=Path("logs/pages"),
        metavar="FOLDER",
        help="where pages that differ are drawn beside the accepted ones",
    )


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
    ),
)
