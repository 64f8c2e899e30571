"""The verbs of the documents beside the report: the workbook of tables, the page to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.verbs import Files, Verb, _inputs, _keyed, _path, _settings

if TYPE_CHECKING:
    import argparse


def _workbook_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="WORKBOOK", help="tabeller or tables")
    parser.add_argument("--language", default="nb", choices=("nb", "en"))
    _path(parser, "tables", "folder with the tables of the language")
    _path(parser, "numbers", "the strings, JSON")
    _path(parser, "manifest", "the manifest, JSON")
    _path(parser, "output", "the workbook, .xlsx")


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
    parser.add_argument("--language", default="nb", choices=("nb", "en"))
    _inputs(parser)
    _path(parser, "numbers", "the strings, JSON")
    _path(parser, "manifest", "the manifest, JSON")
    _path(parser, "output", "the page, .html")
    _settings(parser)


def _explorer(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.report import explorer

    inputs = _keyed(arguments.input)
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
)
