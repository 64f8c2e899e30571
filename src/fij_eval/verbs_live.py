"""Verbs of the outside world: fetch, look after the archive, find tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse

    from fij_eval.sources.fetching import Fetching


def _tools(arguments: argparse.Namespace, output: Path) -> Fetching:
    from fij_eval import settings
    from fij_eval.sources import fetch

    parts = settings.parts(arguments.settings)
    manual = getattr(arguments, "manual", Path("data/manual"))
    return fetch.fetching(output, live=parts.of("live"), tables=parts.of("tables"), manual=manual)


def _service(word: str) -> str:
    import argparse
    import difflib

    if word in places.ALL_SERVICES:
        return word
    near = difflib.get_close_matches(word, places.ALL_SERVICES, n=1)
    hint = f", did you mean «{near[0]}»" if near else ""
    message = f"«{word}» is not one of {', '.join(places.ALL_SERVICES)}{hint}"
    raise argparse.ArgumentTypeError(message)


def _fetch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "services",
        nargs="*",
        metavar="SERVICE",
        type=_service,
        help=f"{', '.join(places.ALL_SERVICES)}; all but the last if none is named",
    )
    parser.add_argument("--output", type=Path, default=Path("data/raw/live"))
    parser.add_argument(
        "--manual", type=Path, default=Path("data/manual"), help="folder of dropped files"
    )
    verb.settings(parser)


def _fetch(arguments: argparse.Namespace) -> Files:
    from fij_eval.sources import fetch

    tools = _tools(arguments, arguments.output)
    return Files((), tuple(fetch.fetch_all(arguments.services or places.SERVICES, tools)))


def _archive_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    listing = actions.add_parser("list", help="say what is archived")
    listing.add_argument("service", nargs="?", default="", choices=["", *places.ALL_SERVICES])
    verify = actions.add_parser("verify", help="check every file against its checksum")
    diff = actions.add_parser("diff", help="say which cells changed between two vintages")
    diff.add_argument("before", metavar="A", help="service/item/vintage")
    diff.add_argument("after", metavar="B", help="service/item/vintage")
    diff.add_argument("--output", type=Path, metavar="FILE", help="write all changes as CSV")
    export = actions.add_parser("export", help="write the archive as one file")
    export.add_argument("bundle", type=Path, metavar="FILE", help="for example archive.tar")
    opened = actions.add_parser("open", help="unpack such a file, checked, for the mode archive")
    opened.add_argument("bundle", type=Path, metavar="FILE")
    opened.add_argument("--output", type=Path, default=Path("data/raw/archive"))
    for action in (listing, verify, diff, export):
        action.add_argument("--mode", choices=places.MODES, default="live", help="whose archive")


def _archive(arguments: argparse.Namespace) -> None:
    from fij_eval.sources import archive, bundle
    from fij_eval.sources.store import RawStore

    if arguments.action == "open":
        count = bundle.open_bundle(arguments.bundle, arguments.output)
        verb.answer(f"{arguments.output.as_posix()}: {count} answers, all as they were kept\n")
        return
    root = _archive_root(arguments.mode)
    match arguments.action:
        case "list":
            verb.answer(archive.listing(RawStore(root).entries(arguments.service or None)))
        case "verify":
            count = archive.verify(root)
            verb.answer(f"{root.as_posix()}: {count} answers, all as they were kept\n")
        case "diff":
            _diff(root, arguments)
        case _:
            count = bundle.export(root, arguments.bundle)
            verb.answer(f"{arguments.bundle.as_posix()}: {count} files\n")


def _archive_root(mode: str) -> Path:
    from fij_eval.errors import ArchiveError

    root = Path("data/raw", mode)
    if not root.is_dir():
        raise ArchiveError(
            f"There is no archive of the mode «{mode}»",
            where=root.as_posix(),
            remedy="run the command in the project's folder, after `fij-eval fetch`",
        )
    return root


def _diff(root: Path, arguments: argparse.Namespace) -> None:
    from fij_eval.sources import vintages
    from fij_eval.sources.store import RawStore

    store = RawStore(root)
    before = vintages.entries_of(store, arguments.before)
    found = vintages.changes(store, before, vintages.entries_of(store, arguments.after))
    if arguments.output is not None:
        vintages.write_changes(found, arguments.output)
    verb.answer(vintages.as_text(found))


def _tables_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    search = actions.add_parser("search", help="find tables by a word in their titles")
    search.add_argument("word", metavar="WORD")
    show = actions.add_parser("show", help="show variables, values and code lists of a table")
    show.add_argument("table", metavar="ID")
    for action in (search, show):
        verb.settings(action)


def _tables(arguments: argparse.Namespace) -> None:
    from fij_eval.sources import table_search

    tools = _tools(arguments, Path("data/raw/live"))
    if arguments.action == "search":
        verb.answer(table_search.found(tools, arguments.word))
    else:
        verb.answer(table_search.described(tools, arguments.table))


LIVE_VERBS = (
    Verb(
        name="fetch",
        help="fetch what a run needs into the raw archive; what is new becomes a new vintage",
        example="fij-eval fetch statbank klass",
        arguments=_fetch_arguments,
        run=_fetch,
    ),
    Verb(
        name="archive",
        help="list, verify, compare, export or open a raw archive",
        example="fij-eval archive verify --mode demo",
        arguments=_archive_arguments,
        run=_archive,
        is_job=False,
    ),
    Verb(
        name="tables",
        help="find Statbank tables, and show what one has",
        example="fij-eval tables search flyktninger",
        arguments=_tables_arguments,
        run=_tables,
        is_job=False,
    ),
)
