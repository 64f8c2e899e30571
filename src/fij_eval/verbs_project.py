"""Verbs of whoever looks after the project: settings, what is out of date, where results are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Verb

if TYPE_CHECKING:
    import argparse


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


PROJECT_VERBS = (
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
