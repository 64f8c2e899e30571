"""The verbs of the command line: arguments, help, and the one function that each calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    verb.path(parser, "reference", "folder with the reference tables", "data/reference")
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
        (*_reference(arguments, "demo"), register),
        (*indices, arguments.output / "truth.json"),
    )


def _reference(arguments: argparse.Namespace, verb: str) -> tuple[Path, ...]:
    """The embedded tables that a verb reads."""
    return tuple(arguments.reference / f"{name}.csv" for name in places.REFERENCE_TABLES[verb])


def _parse_arguments(parser: argparse.ArgumentParser) -> None:
    services = (*places.SERVICES, *places.OPTIONAL_SERVICES)
    parser.add_argument("name", choices=services, metavar="SERVICE")
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
    verb.path(parser, "reference", "folder with the reference tables", "data/reference")
    verb.path(parser, "register", "register of participants", "data/reference/network_register.csv")
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
        (*tables, *_reference(arguments, "panel"), arguments.register),
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


def _document_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="DOCUMENT", help="rapport")
    verb.language(parser)
    verb.path(parser, "figures", "folder with the figures of the language")
    verb.path(parser, "tables", "folder with the tables of the language")
    verb.path(parser, "numbers", "the strings, JSON")
    verb.path(parser, "manifest", "the manifest, JSON")
    verb.path(parser, "output", "the PDF")


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
    shown = (
        path
        for folder in (arguments.figures, arguments.tables)
        for path in sorted(folder.iterdir())
        if path.suffix in (".svg", ".csv", ".json")
    )
    return Files((*shown, arguments.numbers, arguments.manifest), (arguments.output,))


def _show_settings(arguments: argparse.Namespace) -> None:
    import yaml

    from fij_eval import settings

    found = settings.effective(settings.load(arguments.settings))
    verb.answer(yaml.safe_dump(found, allow_unicode=True, sort_keys=False))


def _doctor(arguments: argparse.Namespace) -> None:
    from fij_eval import doctor

    verb.answer(doctor.report(arguments.settings))


def _where_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mode", default="", help="one mode; all that have results if none is named"
    )


def _where(arguments: argparse.Namespace) -> None:
    modes = [arguments.mode] if arguments.mode else places.modes()
    for mode in modes:
        for what, path in places.to_look_at(mode).items():
            verb.answer(f"{mode:<8} {what:<10} {path.as_posix()}\n")


def _catalogue_arguments(parser: argparse.ArgumentParser) -> None:
    verb.path(parser, "readme", "file whose list is replaced between its marks", "README.md")
    page = "docs/architecture.md"
    verb.path(parser, "architecture", "file whose picture is replaced between its marks", page)
    verb.path(parser, "standards", "page made from the list beside it", "docs/standards.md")


def _catalogue(arguments: argparse.Namespace) -> None:
    from fij_eval import catalogue, standards

    catalogue.update(arguments.readme)
    catalogue.update_architecture(arguments.architecture)
    standards.update(arguments.standards)


_DEMO = "results/demo"
VERBS = (
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
        name="settings",
        help="check the settings and print them as they are understood",
        example="fij-eval settings --settings config.yaml",
        arguments=verb.settings_file,
        run=_show_settings,
        is_job=False,
    ),
    Verb(
        name="doctor",
        help="say what is installed, which data exist and what is out of date",
        example="fij-eval doctor",
        arguments=verb.settings_file,
        run=_doctor,
        is_job=False,
    ),
    Verb(
        name="where",
        help="say where report, tables, figures and manifest are",
        example="fij-eval where --mode demo",
        arguments=_where_arguments,
        run=_where,
        is_job=False,
    ),
    Verb(
        name="catalogue",
        help="bring what README and docs show of the code up to date",
        example="fij-eval catalogue",
        arguments=_catalogue_arguments,
        run=_catalogue,
        is_job=False,
    ),
)
