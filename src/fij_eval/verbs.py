"""Verbs of the workflow's jobs, from raw files to the manifest: each calls one function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    verb.reference(parser)
    verb.path(parser, "output", "folder to write, for example data/raw/demo")
    verb.settings(parser)


def _demo(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.sources import demo

    parts = settings.parts(arguments.settings)
    demo.write(
        arguments.reference,
        arguments.output,
        seed=parts.of("seed"),
        data=parts.of("data"),
        demo=parts.of("demo"),
        network=parts.of("network"),
        tables=parts.of("tables"),
        sample=parts.of("sample"),
        windows=parts.of("windows"),
    )
    indices = (arguments.output / "index" / f"{service}.json" for service in places.SERVICES)
    register = Path(parts.of("data").register_file)
    return Files(
        (*verb.reference_tables(arguments, "demo"), register),
        (*indices, arguments.output / "truth.json"),
    )


def _parse_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=places.ALL_SERVICES, metavar="SERVICE")
    verb.path(parser, "index", "index of the service's raw files")
    verb.path(parser, "output", "folder for the parsed tables")
    verb.settings(parser)


def _parse(arguments: argparse.Namespace) -> Files:
    index, output = arguments.index, arguments.output
    if arguments.name != "statbank":
        arguments.settings = ""  # no other parser depends on any, so its record holds none
    match arguments.name:
        case "statbank":
            from fij_eval import settings
            from fij_eval.sources import statbank

            tables = settings.parts(arguments.settings).of("tables")
            statbank.write_tables(index, output, tables=tables)
        case "klass":
            from fij_eval.sources import klass

            klass.write_tables(index, output)
        case "nav":
            from fij_eval.sources import nav

            nav.write_tables(index, output)
        case "ssb_article":
            from fij_eval.sources import ssb_article

            ssb_article.write_tables(index, output)
        case "kartverket":
            from fij_eval.sources import kartverket

            kartverket.write_tables(index, output)
        case _:
            from fij_eval.sources import imdi

            imdi.write_tables(index, output)
    written = (output / f"{table}.parquet" for table in places.parsed(arguments.name))
    return Files((index,), tuple(written))


def _panel_arguments(parser: argparse.ArgumentParser) -> None:
    verb.path(parser, "sources", "folder with the parsed tables")
    verb.reference(parser)
    verb.register(parser)
    verb.path(parser, "output", "the panel, parquet")
    verb.path(parser, "codebook", "the codebook, JSON (CSV beside it)")
    verb.path(parser, "checks", "what was checked and found, JSON")
    verb.settings(parser)


def _panel(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.panel import build

    parts = settings.parts(arguments.settings)
    build.write_panel(
        arguments.sources,
        arguments.reference,
        arguments.register,
        arguments.output,
        arguments.codebook,
        arguments.checks,
        data=parts.of("data"),
        network=parts.of("network"),
        sample=parts.of("sample"),
        windows=parts.of("windows"),
    )
    tables = (arguments.sources / f"{table}.parquet" for table in places.PANEL_SOURCES)
    return Files(
        (*tables, *verb.reference_tables(arguments, "panel"), arguments.register),
        (
            arguments.output,
            *places.with_siblings(arguments.codebook, ".csv"),
            arguments.checks,
        ),
    )


def _estimates_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=places.ANALYSES, metavar="ANALYSIS")
    verb.inputs(parser)
    verb.path(parser, "plan", "the plan of the analysis", "analysis_plan.yaml")
    verb.path(parser, "output", "the records, parquet (CSV and details beside it)")
    verb.settings(parser)


def _estimates(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.effects import run

    inputs = verb.keyed(arguments.input)
    parts = settings.parts(arguments.settings)
    run.write(arguments.name, inputs, arguments.output, plan=arguments.plan, parts=parts)
    written = places.with_siblings(arguments.output, ".csv", ".details.parquet")
    return Files((*inputs.values(), arguments.plan), tuple(written))


def _shown_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name of its module")
    verb.language(parser)
    verb.inputs(parser)
    verb.path(parser, "output", "file to write; its words and data come beside it")
    verb.settings(parser)


def _figure(arguments: argparse.Namespace) -> Files:
    from fij_eval.report import registry

    return _shown(arguments, registry.write_figure, ".csv", ".json")


def _table(arguments: argparse.Namespace) -> Files:
    from fij_eval.report import registry

    return _shown(arguments, registry.write_table, ".json")


def _shown(arguments: argparse.Namespace, write: Callable[..., None], *beside: str) -> Files:
    """Make a figure or a table; what comes beside it has these endings."""
    from fij_eval import settings
    from fij_eval.report.context import Context

    inputs = verb.keyed(arguments.input)
    parts = settings.parts(arguments.settings)
    context = Context(
        language=arguments.language, network=parts.of("network"), sample=parts.of("sample")
    )
    write(arguments.name, inputs, arguments.output, context)
    return Files(tuple(inputs.values()), tuple(places.with_siblings(arguments.output, *beside)))


def _numbers_arguments(parser: argparse.ArgumentParser) -> None:
    verb.language(parser)
    verb.inputs(parser)
    verb.path(parser, "output", "the strings, JSON")
    verb.settings(parser)


def _numbers(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.report import numbers

    inputs = verb.keyed(arguments.input)
    parts = settings.parts(arguments.settings)
    numbers.write(arguments.language, inputs, arguments.output, settings=parts)
    return Files(tuple(inputs.values()), (arguments.output,))


def _manifest_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("records", nargs="+", type=Path, metavar="RECORD")
    verb.path(parser, "output", "the manifest, JSON")
    verb.settings(parser)


def _manifest(arguments: argparse.Namespace) -> Files:
    from fij_eval import provenance, settings

    settings.parts(arguments.settings)  # checked, then kept as it was given
    given = settings.given(arguments.settings)
    provenance.write_manifest(arguments.records, arguments.output, settings=given)
    return Files(tuple(arguments.records), (arguments.output,))


_DEMO = "results/demo"
JOB_VERBS = (
    Verb(
        name="demo",
        help="write the embedded data set: raw files as the services deliver them, with "
        "simulated employment",
        example="fij-eval demo --output data/raw/demo",
        arguments=_demo_arguments,
        run=_demo,
    ),
    Verb(
        name="parse",
        help="read a service's raw files into tables",
        example="fij-eval parse nav --index data/raw/demo/index/nav.json "
        "--output data/processed/demo/sources",
        arguments=_parse_arguments,
        run=_parse,
    ),
    Verb(
        name="panel",
        help="join all sources into one row a municipality and reference month, and check it",
        example="fij-eval panel --sources data/processed/demo/sources --output panel.parquet "
        "--codebook codebook.json --checks checks.json",
        arguments=_panel_arguments,
        run=_panel,
    ),
    Verb(
        name="estimates",
        help="estimate one analysis from the panel, as records",
        example="fij-eval estimates main --input panel=data/processed/demo/panel.parquet "
        "--output main.parquet",
        arguments=_estimates_arguments,
        run=_estimates,
    ),
    Verb(
        name="figure",
        help="draw one figure, with its data and words",
        example="fij-eval figure fig09_series --input panel=data/processed/demo/panel.parquet "
        "--output fig09_series.svg",
        arguments=_shown_arguments,
        run=_figure,
    ),
    Verb(
        name="table",
        help="make one table, with its words",
        example=f"fij-eval table tab05_main --input estimates_main={_DEMO}/estimates/main.parquet "
        "--output tab05_main.csv",
        arguments=_shown_arguments,
        run=_table,
    ),
    Verb(
        name="numbers",
        help="make the numbers of the prose, as finished strings",
        example=f"fij-eval numbers --input estimates_main={_DEMO}/estimates/main.parquet "
        "--output nb.json",
        arguments=_numbers_arguments,
        run=_numbers,
    ),
    Verb(
        name="manifest",
        help="gather the records of provenance into the manifest",
        example=f"fij-eval manifest {_DEMO}/provenance/panel.json --output manifest.json",
        arguments=_manifest_arguments,
        run=_manifest,
    ),
)
