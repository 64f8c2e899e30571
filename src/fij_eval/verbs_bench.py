"""Verbs of the worlds with a known truth: simulate, summarise, and say what can be detected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import places, verb
from fij_eval.verb import Files, Verb

if TYPE_CHECKING:
    import argparse


def _ground(parser: argparse.ArgumentParser) -> None:
    verb.reference(parser)
    verb.register(parser)
    verb.settings(parser)


def _reference(arguments: argparse.Namespace) -> tuple[Path, ...]:
    return (*verb.reference_tables(arguments, "bench"), arguments.register)


def _bench_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile",
        choices=("quick", "full"),
        default="quick",
        help="quick: a minute or two, to see that all works; full: what the report's appendix "
        "rests on",
    )
    parser.add_argument(
        "--families",
        nargs="+",
        default=[],
        metavar="FAMILY",
        help="families of scenarios that are wanted; default: all",
    )
    parser.add_argument(
        "--batch",
        type=int,
        default=50,
        metavar="N",
        help="replications in a file, the most that a run that is killed loses; default: 50",
    )
    verb.path(parser, "folder", "folder of batches and summary", "results/bench")
    _ground(parser)


def _bench(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.simulation import bench

    parts = settings.parts(arguments.settings)
    folder = Path(arguments.folder, arguments.profile)
    paths = bench.run(
        arguments.reference,
        arguments.register,
        folder,
        profile=arguments.profile,
        seed=parts.of("seed"),
        families=arguments.families,
        size=arguments.batch,
    )
    summary = folder / "summary.csv"
    bench.write_summary(paths, summary)
    return Files(_reference(arguments), (*paths, summary))


def _batch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="FAMILY", help="family of scenarios")
    parser.add_argument("--first", type=int, required=True, help="number of its first replication")
    parser.add_argument("--count", type=int, required=True, help="number of replications")
    verb.path(parser, "output", "the records, parquet")
    _ground(parser)


def _batch(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.simulation import bench
    from fij_eval.simulation.batches import Batch

    seed = settings.parts(arguments.settings).of("seed")
    batch = Batch(arguments.name, arguments.first, arguments.count)
    bench.write_batch(
        arguments.reference, arguments.register, arguments.output, batch=batch, seed=seed
    )
    return Files(_reference(arguments), (arguments.output,))


def _summary_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batches", nargs="+", type=Path, metavar="BATCH")
    verb.path(parser, "output", "the summary, CSV")
    parser.add_argument(
        "--documentation",
        type=Path,
        metavar="FILE",
        help="Markdown file whose tables are made anew from the summary: docs/bench.md",
    )


def _summary(arguments: argparse.Namespace) -> Files:
    from fij_eval.simulation import bench

    bench.write_summary(arguments.batches, arguments.output)
    documentation: Path | None = arguments.documentation
    if documentation is None:
        return Files(tuple(arguments.batches), (arguments.output,))
    bench.write_documentation(arguments.output, documentation)
    return Files(tuple(arguments.batches), (arguments.output, documentation))


def _power_arguments(parser: argparse.ArgumentParser) -> None:
    verb.path(parser, "panel", "the panel, parquet")
    bench = (places.REFERENCE / "bench.csv").as_posix()
    verb.path(parser, "bench", "summary of the bench, CSV", bench)
    verb.path(parser, "output", "parquet, with CSV, table and figure beside it")
    verb.settings(parser)


def _power(arguments: argparse.Namespace) -> Files:
    from fij_eval import settings
    from fij_eval.simulation import power

    parts = settings.parts(arguments.settings)
    power.write_power(
        arguments.panel,
        arguments.bench,
        arguments.output,
        sample=parts.of("sample"),
        network=parts.of("network"),
        window=parts.of("windows"),
        inference=parts.of("inference"),
        robustness=parts.of("robustness"),
        seed=parts.of("seed"),
    )
    written = places.with_siblings(arguments.output, ".csv", ".md", ".svg")
    return Files((arguments.panel, arguments.bench), tuple(written))


BENCH_VERBS = (
    Verb(
        name="bench",
        help="simulate worlds with a known truth and measure every estimator on them; what is "
        "there already is kept",
        example="fij-eval bench --profile quick",
        arguments=_bench_arguments,
        run=_bench,
    ),
    Verb(
        name="bench-batch",
        help="one portion of the bench: some replications of a family of scenarios",
        example="fij-eval bench-batch clean --first 0 --count 50 --output 00000-00049.parquet",
        arguments=_batch_arguments,
        run=_batch,
    ),
    Verb(
        name="bench-summary",
        help="bias, errors, coverage, size and power from portions of the bench",
        example="fij-eval bench-summary results/bench/quick/*/*.parquet --output summary.csv",
        arguments=_summary_arguments,
        run=_summary,
    ),
    Verb(
        name="power",
        help="say what can be detected with this register, these snapshots and this much noise",
        example="fij-eval power --panel data/processed/demo/panel.parquet --output power.parquet",
        arguments=_power_arguments,
        run=_power,
    ),
)
