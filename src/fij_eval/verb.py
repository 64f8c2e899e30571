"""What a verb of the command line is, and the arguments and answers that several have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fij_eval import places

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

#: Exit code where all went well, and what was compared is not the same.
DIFFERS = 1


class Files(NamedTuple):
    """What a job read and wrote."""

    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb.

    Attributes:
        name: What is typed.
        help: What it does, as a sentence.
        example: A command that works in the project's folder.
        arguments: Adds its arguments to a parser.
        run: Calls the function, and says which files were read and written, or with which exit code
            to end.
        is_job: Whether a rule of the workflow runs it, so that records are kept.
    """

    name: str
    help: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Files | int | None]
    is_job: bool = True


def path(parser: argparse.ArgumentParser, name: str, text: str, default: str = "") -> None:
    """Take a file or folder as ``--name``, which must be given where there is no default."""
    if default:
        parser.add_argument(f"--{name}", type=Path, default=Path(default), help=text)
    else:
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)


def reference(parser: argparse.ArgumentParser) -> None:
    """Take the folder of the embedded tables; see ``reference_tables``."""
    path(parser, "reference", "folder with the reference tables", places.REFERENCE.as_posix())


def register(parser: argparse.ArgumentParser) -> None:
    """Take the register of participants."""
    default = (places.REFERENCE / "network_register.csv").as_posix()
    path(parser, "register", "register of participants", default)


def reference_tables(arguments: argparse.Namespace, name: str) -> tuple[Path, ...]:
    """The embedded tables that a verb reads, by its name."""
    return tuple(arguments.reference / f"{table}.csv" for table in places.REFERENCE_TABLES[name])


def settings(parser: argparse.ArgumentParser) -> None:
    """Take the parts of the settings that a job depends on."""
    parser.add_argument(
        "--settings",
        default="config.yaml",
        metavar="JSON|FILE",
        help="the parts of the settings that are needed as JSON, or a settings file",
    )


def inputs(parser: argparse.ArgumentParser) -> None:
    """Take the files that a figure, a table or an analysis reads; see ``keyed``."""
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="KEY=FILE",
        help="a file that it reads, under the key that its module asks for (repeat)",
    )


def keyed(pairs: Iterable[str]) -> dict[str, Path]:
    """`KEY=FILE` pairs as a mapping."""
    from fij_eval.errors import InputError

    found = {}
    for pair in pairs:
        key, sign, path = pair.partition("=")
        if not (key and sign and path):
            raise InputError(
                f"«{pair}» is not of the form KEY=FILE",
                where="--input",
                remedy="write for example --input panel=data/processed/demo/panel.parquet",
            )
        found[key] = Path(path)
    return found


def settings_file(parser: argparse.ArgumentParser) -> None:
    """Take the settings of a whole build."""
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path("config.yaml"),
        metavar="FILE",
        help="settings of the build",
    )


def language(parser: argparse.ArgumentParser) -> None:
    """Take the language of what is made."""
    parser.add_argument("--language", default="nb", choices=("nb", "en"))


def mode(parser: argparse.ArgumentParser) -> None:
    """Take the mode whose build is looked at."""
    parser.add_argument("--mode", choices=places.MODES, default="demo")


def answer(text: str) -> None:
    """Print a verb's answer, whole lines."""
    print(text, end="")  # noqa: T201 -- the verb's answer
