"""Where a number comes from: value, records, rule, command, inputs, vintages of the raw files."""

from __future__ import annotations

import difflib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval import settings, verb
from fij_eval.artefacts import read_json, read_parquet
from fij_eval.errors import FijError, InputError
from fij_eval.review import graph as graphs
from fij_eval.review.trial import Trials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from fij_eval.review.graph import Graph
    from fij_eval.review.trial import Behind
    from fij_eval.settings import Language

_CONFIG = "config.yaml"
_DIGITS = 12
#: Fields of a record that are shown, besides its number.
_SHOWN = (
    "estimator",
    "term",
    "estimand",
    "scale",
    "sample",
    "comparison",
    "base",
    "post",
    "weights",
    "covariates",
    "inference",
    "null",
    "n_units",
    "n_treated",
    "n_obs",
    "persons",
    "draws",
    "seed",
    "plan_status",
    "simulated",
    "note",
)
_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p_value")
_MOST_RECORDS = 20


def explain(key: str, *, mode: str, language: Language) -> str:
    """All that is known of a number in the report, a record, or a file of results.

    Args:
        key: Key of a number in the prose, key of a record, or path of a result.
        mode: Mode of the data.
        language: Language of the report.

    Raises:
        InputError: If there is no build, or nothing goes by this key.
    """
    graph = graphs.of_mode(mode)
    strings = f"results/{mode}/numbers/{language}.json"
    numbers = _numbers(Path(strings)) if strings in graph.makers else {}
    if key in numbers:
        lines = list(_of_number(key, numbers[key], graph, language, strings))
    elif place := _record_places(graph).get(key):
        lines = [f"record {key}", *_record(place, _find(place, key)), ""]
        lines += _made_by(graph, [graph.makers[place]])
    elif key in graph.makers:
        lines = [key, f"  sha256 {graph.files[key]}{_change(key, graph)}", ""]
        lines += _made_by(graph, [graph.makers[key]])
    else:
        known = [*numbers, *_record_places(graph), *graph.makers]
        near = difflib.get_close_matches(key, known, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(f'«{name}»' for name in near)}" if near else ""
        raise InputError(
            f"Nothing goes by the key «{key}»{hint}",
            where=f"{strings}, results/{mode}/estimates",
            remedy=f"keys of numbers stand in {strings}, keys of records in the tables beside the "
            "estimates",
        )
    return "\n".join(lines) + "\n"


def _of_number(
    key: str, value: str, graph: Graph, language: Language, strings: str
) -> Iterator[str]:
    """A number of the prose and what it changes with."""
    name = graph.makers[strings]
    job = graph.jobs[name]
    inputs = _inputs(job["command"])
    yield f"{key} ({language}) = «{value}»"
    yield ""
    trials = Trials(language, inputs, job["settings"])
    behind = trials.behind(key)
    if behind is None or behind.value != value:
        now = "nothing: no such number is made" if behind is None else behind.value
        yield "  The inputs have changed since the build: now it would be "
        yield f"  «{now}». Run `snakemake`, then ask again."
        yield ""
    yield "changes with"
    used: list[str] = []
    if behind is not None:
        yield from _of_records(behind, trials.frames, inputs)
        used = [inputs[given].as_posix() for given in behind.inputs]
    if behind is None or not (used or behind.settings):
        yield "  nothing that was tried: it is a fixed word, or rests on all of its inputs together"
    makers = sorted({graph.makers[path] for path in used if path in graph.makers})
    estimates = [maker for maker in makers if maker.startswith("estimates/")]
    yield ""
    yield from _made_by(graph, [name, *estimates], before=makers or None)


def _of_records(
    behind: Behind, frames: Mapping[str, pd.DataFrame], inputs: Mapping[str, Path]
) -> Iterator[str]:
    """Lines on the records, tables and settings that a number changes with."""
    for given, rows in behind.records.items():
        for row in rows[:_MOST_RECORDS]:
            found = _row(frames[given], row)
            yield f"  record {found['key']}"
            yield from (f"  {line}" for line in _record(inputs[given].as_posix(), found))
        if len(rows) > _MOST_RECORDS:
            yield f"  and {len(rows) - _MOST_RECORDS} more records in {inputs[given]}"
    for given, columns in behind.tables.items():
        said = f", columns {', '.join(columns)}" if columns else ", its rows"
        yield f"  table {inputs[given]}{said}"
    if behind.truth:
        yield f"  the simulated truth ({inputs['truth']})"
    yield from (f"  setting {setting}" for setting in behind.settings)


def _made_by(graph: Graph, names: Sequence[str], before: Iterable[str] | None = None) -> list[str]:
    """The jobs, how to run them again, and what they rest on.

    Args:
        graph: The build.
        names: Jobs that made the thing itself, with their whole command.
        before: The jobs that matter among those that came before; all if None.
    """
    chain = graph.descent(names if before is None else before)
    earlier = [name for name in chain if name not in names]
    lines = []
    for name in names:
        lines += ["made by", *_job(name, graph, whole=True), ""]
    if earlier:
        lines.append("which rests on")
        for name in reversed(earlier):
            lines += _job(name, graph, whole=False)
        lines.append("")
    sources = graph.sources_of(chain)
    if sources:
        lines.append("raw files (vintage, sha256)")
        lines += [_source(entry, graph) for entry in sources]
        lines.append("")
    code = sorted({path for name in [*names, *chain] for path in graph.jobs[name]["code"]})
    changed = [path for path in code if graphs.state(path, graph.files[path])]
    packages = {n: v for name in [*names, *chain] for n, v in graph.jobs[name]["packages"].items()}
    lines.append(f"code: {len(code)} files, {_listed(changed)}")
    lines.append("packages: " + ", ".join(f"{n} {v}" for n, v in sorted(packages.items())))
    return lines


def _listed(changed: Sequence[str]) -> str:
    if not changed:
        return "all as when it was made"
    return f"changed since it was made: {', '.join(changed)}"


def _job(name: str, graph: Graph, *, whole: bool) -> Iterator[str]:
    job = graph.jobs[name]
    command = list(job["command"])
    output = command[command.index("--output") + 1] if "--output" in command else ""
    target = output if output in job["outputs"] else job["outputs"][0]
    yield f"  {name}: rule {job['rule']}; again: snakemake -f {shlex.quote(target)}"
    if whole:
        yield f"    {shlex.join(['fij-eval', *_shorter(command, job['settings'])])}"
    if job["settings"]:
        yield f"    settings: {', '.join(sorted(job['settings']))}"
    for path in job["inputs"]:
        if whole or path not in graph.makers:
            yield f"    {path}  {graph.files[path][:_DIGITS]}{_change(path, graph)}"


def _shorter(command: Sequence[str], parts: Mapping[str, Any]) -> list[str]:
    """The command with its settings from config.yaml, where those are what it was given."""
    if "--settings" not in command:
        return list(command)
    at = command.index("--settings") + 1
    try:
        here = settings.effective(settings.load(Path(_CONFIG)))
    except FijError:
        return list(command)
    if any(here.get(name) != value for name, value in parts.items()):
        return list(command)
    return [*command[:at], _CONFIG, *command[at + 1 :]]


def _source(entry: Mapping[str, Any], graph: Graph) -> str:
    path = f"data/raw/{graph.mode}/{entry['path']}"
    wrong = graphs.state(path, entry["sha256"])
    words = [
        f"  {entry['service']} {entry['item']}",
        entry["vintage"],
        entry["sha256"][:_DIGITS],
        path,
        "simulated" if entry["simulated"] else "",
        f"{wrong} now" if wrong else "",
    ]
    return "  ".join(filter(None, words))


def _change(path: str, graph: Graph) -> str:
    wrong = graphs.state(path, graph.files[path])
    return f"  ({wrong} now)" if wrong else ""


def _inputs(command: Sequence[str]) -> dict[str, Path]:
    """Key and file of each `--input` in a command."""
    return verb.keyed(w.removeprefix("--input=") for w in command if w.startswith("--input="))


def _numbers(path: Path) -> dict[str, str]:
    remedy = f"make them again: `snakemake -f {path}`"
    content: dict[str, str] = read_json(path, what="The numbers of the prose", remedy=remedy)
    return content


def _record_places(graph: Graph) -> dict[str, str]:
    """Key of every record, and the file that it stands in."""
    folder = f"results/{graph.mode}/estimates/"
    files = [
        path
        for path in graph.makers
        if path.startswith(folder) and path.endswith(".parquet") and ".details." not in path
    ]
    return {
        str(key): path for path in sorted(files) for key in read_parquet(Path(path)).get("key", [])
    }


def _find(place: str, key: str) -> dict[str, Any]:
    frame = read_parquet(Path(place))
    return _row(frame, list(frame["key"]).index(key))


def _row(frame: pd.DataFrame, position: int) -> dict[str, Any]:
    return {str(name): value for name, value in frame.iloc[position].items()}


def _record(place: str, record: Mapping[str, Any]) -> Iterator[str]:
    """A record as lines: where it stands, its number, what it is."""
    import pandas as pd

    yield f"  in {place}"
    told = [(name, record[name]) for name in (*_NUMBERS, *_SHOWN) if name in record]
    known = [(name, value) for name, value in told if not pd.isna(value) and value != ""]
    numbers = [f"{name} {value:.6g}" for name, value in known if name in _NUMBERS]
    yield f"  {', '.join(numbers) or 'no number'}"
    words = [f"{name} {value}" for name, value in known if name not in _NUMBERS]
    yield f"  {'; '.join(words)}"
