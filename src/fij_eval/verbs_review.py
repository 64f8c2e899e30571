"""Verbs of the reviewer: compare builds, explain a number, verify a document, hand on a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="A", help="folder of results, file, archive, or a commit")
    parser.add_argument("new", metavar="B", help="another of the same kind")
    parser.add_argument(
        "--rtol", type=_amount, default=0.0, metavar="SHARE", help="numbers may differ by a share"
    )
    parser.add_argument(
        "--atol", type=_amount, default=0.0, metavar="AMOUNT", help="and by an amount"
    )
    parser.add_argument(
        "--provenance",
        action="store_true",
        help="compare also what tells how the results were made",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write all differences as CSV")
    parser.add_argument(
        "--mode",
        choices=places.MODES,
        help="of which data a commit's records are made; without it, its own settings tell",
    )


def _amount(text: str) -> float:
    import argparse
    import math

    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise argparse.ArgumentTypeError(f"«{text}» is no number of zero or more")
    return amount


def _compare(arguments: argparse.Namespace) -> int:
    from fij_eval.review import commits, compare
    from fij_eval.review.differences import Tolerance

    with commits.opened((arguments.old, arguments.new), mode=arguments.mode) as (old, new):
        found = compare.compare(
            old,
            new,
            tolerance=Tolerance(arguments.rtol, arguments.atol),
            provenance=arguments.provenance,
        )
    if arguments.output is not None:
        compare.write_differences(found, arguments.output)
    verb.answer(compare.as_text(found))
    return 0 if found.same else verb.DIFFERS


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "key", metavar="KEY", help="key of a number in the prose, of a record, or path of a result"
    )
    verb.mode(parser)
    verb.language(parser)


def _explain(arguments: argparse.Namespace) -> None:
    from fij_eval.review import explain

    verb.answer(explain.explain(arguments.key, mode=arguments.mode, language=arguments.language))


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pdf", metavar="PDF", type=Path, help="a report that this program made")
    verb.settings_file(parser)


def _verify(arguments: argparse.Namespace) -> int:
    from fij_eval.review import verify

    found = verify.verify(arguments.pdf, config=arguments.settings)
    verb.answer(verify.as_text(found, arguments.pdf))
    return 0 if found.rebuilds else verb.DIFFERS


def _crate_arguments(parser: argparse.ArgumentParser) -> None:
    verb.path(parser, "manifest", "the manifest, JSON")
    verb.path(parser, "output", "ro-crate-metadata.json beside the manifest")


def _crate(arguments: argparse.Namespace) -> Files:
    from fij_eval.review import crate

    crate.write(arguments.manifest, arguments.output)
    return Files((arguments.manifest,), (arguments.output,))


def _release_arguments(parser: argparse.ArgumentParser) -> None:
    verb.mode(parser)
    verb.settings_file(parser)
    parser.add_argument("--output", type=Path, default=Path("dist"), metavar="FOLDER")


def _release(arguments: argparse.Namespace) -> None:
    from fij_eval.review import release

    made = release.make(arguments.mode, config=arguments.settings, folder=arguments.output)
    verb.answer(f"{made}\n{made}.sha256\n")


def _disclosure_arguments(parser: argparse.ArgumentParser) -> None:
    verb.mode(parser)
    verb.settings_file(parser)
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="files; without any, all of the build"
    )


def _disclosure(arguments: argparse.Namespace) -> int:
    from fij_eval import settings
    from fij_eval.artefacts import read_parquet
    from fij_eval.review import disclosure

    panel = read_parquet(Path("data/processed", arguments.mode, "panel.parquet"))
    known = disclosure.secrets(panel, settings.load(arguments.settings).sample)
    files = arguments.files or disclosure.built(arguments.mode)
    looked, found = disclosure.searched(files, known)
    verb.answer(disclosure.report(arguments.mode, looked, len(files), found))
    return verb.DIFFERS if found else 0


REVIEW_VERBS = (
    Verb(
        name="compare",
        help="say whether two builds, or the records of two commits, agree: records by key, tables "
        "by cell, text exactly; exit code 0 if they do, 1 if not",
        example="fij-eval compare before/results/demo results/demo --rtol 1e-6",
        arguments=_compare_arguments,
        run=_compare,
        is_job=False,
    ),
    Verb(
        name="explain",
        help="say where a number comes from: record, rule, command, inputs, vintages",
        example="fij-eval explain did.municipality_average.pp --mode demo",
        arguments=_explain_arguments,
        run=_explain,
        is_job=False,
    ),
    Verb(
        name="verify",
        help="say whether this folder rebuilds a report, by the manifest inside it; exit code 0 if "
        "it does, 1 if not",
        example="fij-eval verify reports/demo/rapport.pdf",
        arguments=_verify_arguments,
        run=_verify,
        is_job=False,
    ),
    Verb(
        name="disclosure",
        help="search everything that was built for what may not be told of a municipality; exit "
        "code 0 if there is nothing, 1 if there is",
        example="fij-eval disclosure --mode demo",
        arguments=_disclosure_arguments,
        run=_disclosure,
        is_job=False,
    ),
    Verb(
        name="crate",
        help="write the provenance of all results as an RO-Crate",
        example="fij-eval crate --manifest results/demo/manifest.json "
        "--output results/demo/ro-crate-metadata.json",
        arguments=_crate_arguments,
        run=_crate,
    ),
    Verb(
        name="release",
        help="write code, raw files, results and documents of a build as one versioned bundle",
        example="fij-eval release --mode demo",
        arguments=_release_arguments,
        run=_release,
        is_job=False,
    ),
)
