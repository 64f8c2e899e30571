"""Does a test notice when the code is wrong? A random sample of mutants, each with its outcome.

    python tests/mutation/sample.py [--count 400] [--seed 20240614] [--list]

mutmut makes every small change that it knows (some thirty thousand) to `effects`, `panel` and the
parsers; what it changes and which tests are to notice stands in `pyproject.toml`. All of them would
take days, so a sample is drawn: the same seed gives the same order, and a larger sample holds the
smaller one. What is done already is kept in `mutants/`, so that a run that was stopped goes on.

A mutant that no test noticed is either a gap, to be closed by a test, or is explained: by its kind,
where the program can tell (only the words of a message differ), or by a person, in `explained.yaml`
beside this file. A message that is gone, or says None, is a gap. Outcomes go to `docs/mutation.csv`
and, summed up, to `docs/mutation.md`.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import json
import math
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from trial import AT_MOST

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("explained.yaml")
TABLE = ROOT / "docs/mutation.csv"
PAGE = ROOT / "docs/mutation.md"
FIELDS = ("mutant", "outcome", "test", "why", "before", "after")
TRIAL = Path(__file__).with_name("trial.py")
SEEN = ROOT / "mutants/which_tests.json"
NOTICED = ROOT / "mutants/noticed.json"
AIM = 0.9

#: What `zip` is told of lengths, and names of one encoding.
_STRICT = re.compile(r", strict=\w+|, (?=\))")
_CODEC = re.compile(r"utf-8", re.IGNORECASE)

#: Exit codes: no test failed; no test runs the function; a test failed or never ended.
_UNNOTICED = {0: "survived", 5: "no test", 33: "no test"}
_NOTICED = {1: "killed", 3: "killed", -24: "timeout", -9: "timeout", -14: "timeout", -11: "crash"}


_HEAD = """# Mutation testing

Made by `make mutants` (`tests/mutation/sample.py`), not by hand. mutmut changes the code of
`effects`, `panel` and the parsers in small ways; a good test notices. The sample is random (seed
{seed}), its outcomes stand in `mutation.csv`; the interval is Wilson's, at 95 per cent. A mutant
faces the tests that run its function, those about it first, for at most {seconds} seconds of
processor time: what only a later test would notice counts as a gap.

| room | sampled | noticed by a test | explained | gaps | noticed or explained | interval |
|---|---:|---:|---:|---:|---:|---|"""

_BETWEEN = """
Explained: the program can tell that no test need notice (only the words of a message differ,
`strict=` of a `zip`, another spelling of an encoding), or a person has said in
`tests/mutation/explained.yaml` why the change makes no difference. `mutation.csv` names for each
mutant the first test that noticed, or the reason.

## Gaps
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one mutant.

    Attributes:
        mutant: Its name, as mutmut gives it.
        outcome: killed, timeout, crash, survived or no test.
        test: The first test that noticed.
        why: For one that no test noticed: why none need to, empty if nobody has said.
        before: The line as it is.
        after: The line as mutated.
    """

    mutant: str
    outcome: str
    test: str = ""
    why: str = ""
    before: str = ""
    after: str = ""

    @property
    def noticed(self) -> bool:
        """Whether a test noticed."""
        return self.outcome in _NOTICED.values()


def main() -> int:
    """Draw the sample, run what is left of it, write table and page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=400, help="mutants in the sample")
    parser.add_argument("--seed", type=int, default=20240614)
    parser.add_argument("--list", action="store_true", help="only show what was not noticed")
    options = parser.parse_args()
    if not options.list:
        _trial("make")
        if not SEEN.is_file():
            _trial("find")
    drawn = sample(codes(), options.count, options.seed)
    waiting = [name for name in drawn if codes()[name] is None]
    if waiting and not options.list:
        _trial("try", *waiting)
    found = outcomes(drawn)
    gaps = [each for each in found if not each.noticed and not each.why]
    for each in gaps:
        _tell(f"\n{each.mutant} ({each.outcome})\n- {each.before}\n+ {each.after}")
    if not options.list:
        _write(found, options.seed)
    done, share = len(found), len(found) - len(gaps)
    _tell(f"\n{share} of {done} mutants noticed or explained")
    return 0 if done and share / done >= AIM else 1


def codes() -> dict[str, int | None]:
    """mutmut's exit code of every mutant; None for one that was not run."""
    found: dict[str, int | None] = {}
    for path in sorted((ROOT / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def sample(names: dict[str, int | None], count: int, seed: int) -> list[str]:
    """Names in an order that depends on the seed and each name alone, the first ones of it."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())[
        :count
    ]


def outcomes(names: list[str]) -> list[Outcome]:
    """The outcome of each mutant that was run."""
    all_codes = codes()
    noticed = json.loads(NOTICED.read_text(encoding="utf-8")) if NOTICED.is_file() else {}
    explained = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}
    found = []
    for name in names:
        code = all_codes[name]
        if code is None:
            continue
        if code in _UNNOTICED:
            before, after, line = _difference(name)
            why = explained.get(name, "") or _by_kind(name, line, before, after)
            found.append(
                Outcome(mutant=name, outcome=_UNNOTICED[code], why=why, before=before, after=after)
            )
        else:
            test, _ = noticed.get(name, ("", ""))
            found.append(Outcome(mutant=name, outcome=_NOTICED[code], test=test))
    return found


def _difference(name: str) -> tuple[str, str, str]:
    """The line that a mutant changes, before and after, and the line before as it stands."""
    shown = _mutmut("show", name)
    lines = [line for line in shown.splitlines() if not line.startswith(("---", "+++", "@@", "#"))]
    removed = [line[1:] for line in lines if line.startswith("-")]
    added = [line[1:] for line in lines if line.startswith("+")]
    return (
        " / ".join(line.strip() for line in removed),
        " / ".join(line.strip() for line in added),
        removed[0] if removed else "",
    )


def _by_kind(name: str, line: str, before: str, after: str) -> str:
    """Why no test need notice, where the program can tell; empty if it cannot."""
    if _STRICT.sub("", before) == _STRICT.sub("", after) != before:
        return "both have the same length; strict= would only tell of a fault"
    if _CODEC.sub("utf-8", after) == before:
        return "another spelling of the same encoding"
    if _without_texts(before) == _without_texts(after) and _in_message(name, line):
        return "only the words of a message differ"
    return ""


def _in_message(name: str, line: str) -> bool:
    """Whether a line of the function that a mutant changes is part of what a person is told."""
    path = ROOT.joinpath("src", *name.rpartition(".")[0].split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    numbers = {n for n, each in enumerate(source.splitlines(), 1) if each.strip() == line.strip()}
    mangled = re.sub(r"^x[ǁ_](.*?)__mutmut_\d+$", r"\1", name.rpartition(".")[2])
    function = mangled.rpartition("ǁ")[2]
    return any(
        _is_message(part) and numbers & set(range(part.lineno, part.end_lineno + 1))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == function
        for part in ast.walk(node)
    )


def _without_texts(code: str) -> str:
    """Code without the words in its texts; what is filled into them stays."""
    return re.sub(
        r"""[rfb]*("[^"]*"|'[^']*')""",
        lambda text: '"' + "".join(re.findall(r"\{[^}]*\}", text[0])) + '"',
        code,
    )


def _is_message(node: ast.AST) -> bool:
    """Whether a node is what a person is told: words of an error, of a note, of the log."""
    if isinstance(node, ast.keyword):
        return node.arg in {"what", "where", "remedy", "note", "reason"}
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return name.endswith("Error") or name.startswith(("_LOG.", "LOG.", "logger."))
    return False


def _write(found: list[Outcome], seed: int) -> None:
    rows = sorted(found, key=lambda each: each.mutant)
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows([getattr(each, field) for field in FIELDS] for each in rows)
    PAGE.write_text(page(rows, seed), encoding="utf-8")


def page(found: list[Outcome], seed: int) -> str:
    """The outcomes summed up, as Markdown."""
    rooms: dict[str, list[Outcome]] = {}
    for each in found:
        rooms.setdefault(each.mutant.split(".")[1], []).append(each)
    rows = [_row(room, rooms[room]) for room in sorted(rooms)] + [_row("all", found)]
    gaps = [each for each in found if not each.noticed and not each.why]
    listed = [
        f"- `{each.mutant}`: `{each.before}` → `{each.after}`" for each in gaps if each.before
    ]
    lines = [
        _HEAD.format(seed=seed, seconds=AT_MOST),
        *rows,
        _BETWEEN,
        *(listed or ["None in this sample."]),
    ]
    return "\n".join(lines) + "\n"


def _row(room: str, found: list[Outcome]) -> str:
    noticed = sum(each.noticed for each in found)
    explained = sum(bool(each.why) for each in found)
    total = len(found)
    low, high = _wilson(noticed + explained, total)
    return (
        f"| {room} | {total} | {noticed} | {explained} | {total - noticed - explained} |"
        f" {(noticed + explained) / total:.1%} | {low:.1%} to {high:.1%} |"
    )


def _wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


def _trial(*arguments: str) -> None:
    done = subprocess.run([sys.executable, str(TRIAL), *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("the mutants could not be made or tried; see above")


def _mutmut(*arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- the command's answer


if __name__ == "__main__":
    sys.exit(main())
