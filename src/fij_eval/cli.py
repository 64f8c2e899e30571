"""The command line: parse, call one function, map errors to exit codes.

Exit codes: 0 done; 1 done, and what was compared differs; 2-9 an error that the user can act on, by
its kind (``errors.py``); 64 a wrong command; 70 a fault in the program; 74 a file that the system
will not let us write or read; 130 interrupted. What is wrong is one paragraph on the screen; the
traceback goes to a file.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fij_eval import __version__, logs
from fij_eval.artefacts import write_json
from fij_eval.errors import FijError
from fij_eval.verb import Verb
from fij_eval.verbs import JOB_VERBS
from fij_eval.verbs_bench import BENCH_VERBS
from fij_eval.verbs_documents import DOCUMENT_VERBS
from fij_eval.verbs_live import LIVE_VERBS
from fij_eval.verbs_project import PROJECT_VERBS
from fij_eval.verbs_review import REVIEW_VERBS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fij_eval.verb import Files

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

#: Options of a job that say where to keep records of it; they are no part of what it does.
_BOOKKEEPING = ("--record", "--rule", "--log")

VERBS = (
    *JOB_VERBS,
    *DOCUMENT_VERBS,
    *PROJECT_VERBS,
    *BENCH_VERBS,
    *LIVE_VERBS,
    *REVIEW_VERBS,
)

EXIT_USAGE, EXIT_FAULT, EXIT_FILES, EXIT_INTERRUPTED = 64, 70, 74, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: Arguments; those of the process if None.

    Returns:
        The exit code.
    """
    started = time.time()
    # one thread a job: Snakemake runs jobs side by side, and sums keep one order
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(given)
    verb: Verb = arguments.verb
    log: Path | None = getattr(arguments, "log", None)
    try:
        logs.configure(log, quiet=arguments.quiet)
        done = verb.run(arguments)
        if isinstance(done, int):
            return done
        if verb.is_job and done is not None:
            _keep_record(given, arguments, done)
            _keep_facts(arguments, started)
    except FijError as error:
        logs.say(error.paragraph(), log)
        logs.keep_traceback(error, verb.name)
        return error.exit_code
    except KeyboardInterrupt:
        text = "Interrupted. What was finished is kept; the same command goes on from there."
        logs.say(text, log)
        return EXIT_INTERRUPTED
    except OSError as error:
        logs.say(_file_trouble(error), log)
        logs.keep_traceback(error, verb.name)
        return EXIT_FILES
    except Exception as error:  # noqa: BLE001 -- the last resort: a fault of ours, shown as one
        kept = logs.keep_traceback(error, verb.name)
        logs.say(
            f"A fault in the program, not in your data: {type(error).__name__}: {error}. "
            f"The traceback is in {kept or 'no file: none could be written'}. What to do: report "
            "it with that file and the command.",
            log,
        )
        return EXIT_FAULT
    return 0


class _Parser(argparse.ArgumentParser):
    """Argparse, whose complaint about a wrong command is a paragraph like all others."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command and leave."""
        text = f"{message[:1].upper()}{message[1:]}".rstrip(".")
        logs.say(f"{text}. What to do: see `{self.prog} --help`.")
        sys.exit(EXIT_USAGE)


def _parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = _Parser(
        prog="fij-eval",
        description="Statistical evaluation of the network «Flyktninger i jobb». The workflow "
        "(`snakemake`) calls these verbs; each runs alone as well.",
        epilog=_examples(VERBS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"fij-eval {__version__}")
    verbs = parser.add_subparsers(
        title="verbs", metavar="VERB", required=True, parser_class=_Parser
    )
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.name,
            help=verb.help,
            description=verb.help,
            epilog=_examples([verb]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.arguments(sub)
        sub.add_argument("--quiet", action="store_true", help="show warnings and errors only")
        if verb.is_job:
            _bookkeeping(sub)
        sub.set_defaults(verb=verb)
    return parser


def _examples(verbs: Iterable[Verb]) -> str:
    lines = [f"  {verb.example}" for verb in verbs]
    return "\n".join(["examples:" if lines[1:] else "example:", *lines])


def _bookkeeping(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("bookkeeping, as the workflow asks for it")
    group.add_argument("--record", type=Path, metavar="FILE", help="keep the provenance here")
    group.add_argument("--rule", default="", metavar="NAME", help="name of the workflow's rule")
    group.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="keep the log lines here, and time and memory beside it (.json)",
    )


def _keep_record(given: Sequence[str], arguments: argparse.Namespace, done: Files) -> None:
    if arguments.record is None:
        return
    from fij_eval import places, provenance, settings

    verb, name = arguments.verb.name, getattr(arguments, "name", "")
    parts: dict[str, Any] = {}
    if getattr(arguments, "settings", None):
        parts = settings.given(arguments.settings)
    content = provenance.record(
        rule=arguments.rule,
        command=_without_bookkeeping(given),
        inputs=done.inputs,
        outputs=done.outputs,
        code=places.code(verb, name),
        packages=places.packages(verb, name),
        settings=parts,
    )
    write_json(arguments.record, content)


def _without_bookkeeping(given: Sequence[str]) -> list[str]:
    """The command as a reviewer would type it: what it does, not where it keeps records."""
    kept = []
    rest = iter(given)
    for word in rest:
        if word in _BOOKKEEPING:
            next(rest, None)
        elif not word.startswith(tuple(f"{option}=" for option in _BOOKKEEPING)):
            kept.append(word)
    return kept


def _keep_facts(arguments: argparse.Namespace, started: float) -> None:
    if arguments.log is not None:
        facts = arguments.log.with_suffix(".json")
        write_json(facts, {"rule": arguments.rule, **logs.facts(started)})


def _file_trouble(error: OSError) -> str:
    where = f" Where: {error.filename}." if error.filename else ""
    return (
        f"The system refuses a file: {error.strerror or error}.{where} What to do: see that the "
        "disk has room and that the file may be read and written, then run the same command again."
    )
