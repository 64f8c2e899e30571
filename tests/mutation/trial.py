"""Make mutants with mutmut, find the tests that run each function, try mutants: one verb each.

    python tests/mutation/trial.py make | find [FILE...] | try [NAME...] | again FILE...

mutmut makes the mutants and switches them; running them is done here, because mutmut's own runner
knows a function only by the test during which it first ran, and keeps what tests have cached before
a mutant was switched on. Every mutant is tried in a fork of a process that has imported the tests
and run none. The limit is one of processor time, so that a busy machine kills no mutant.

`find` with files asks again for these test files alone; `again` tries on them, and on no others,
the mutants that no test noticed before.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "mutants"
SEEN = MUTANTS / "which_tests.json"
#: Mutant -> the test that noticed, and the last line of what it said.
NOTICED = MUTANTS / "noticed.json"

#: So many tests that are about a function come first; tests so named look at everything.
MOST_ABOUT, ACCEPTED = 8, "test_accepted_"
#: Seconds of a test that counts as quick.
QUICK = 0.3
#: Seconds of processor time that the tests of one mutant take, unmutated.
AT_MOST = 30

NO_TEST = 33
#: pytest was interrupted or called wrongly, found no test, or did not start: that says nothing.
INTERRUPTED = 2
_BROKEN = (INTERRUPTED, 4, 5, 255)
#: Processor time a mutant has: so many times what its tests take unmutated, and seconds more.
TIMES, MORE = 3, 60
#: By the clock a mutant has so many times its processor time: one that waits for ever needs it.
WAITING = 60


def make() -> None:
    """All mutants, in a copy of the project under `mutants`."""
    from mutmut.__main__ import create_mutants
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

    MUTANTS.mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(1)


def find(files: list[str]) -> None:
    """Which tests run which function; all must pass without a mutant."""
    before = json.loads(SEEN.read_text(encoding="utf-8")) if files else None
    code = _in_child("stats", files or _selection(), None)
    if code:
        SEEN.unlink(missing_ok=True)
        if before is not None:
            SEEN.write_text(json.dumps(before, indent=1), encoding="utf-8")
        sys.exit(f"tests fail without any mutant (pytest's code {code})")
    if before is not None:
        SEEN.write_text(json.dumps(merged(before, _seen(), files), indent=1), encoding="utf-8")


def merged(before: dict, after: dict, files: list[str]) -> dict:
    """What was found before, with what these test files do now in the place of what they did."""

    def elsewhere(test: str) -> bool:
        return not any(test.partition("::")[0] == file for file in files)

    functions = {
        name: [test for test in tests if elsewhere(test)]
        for name, tests in before["functions"].items()
    }
    for name, tests in after["functions"].items():
        functions[name] = functions.get(name, []) + tests
    parts = {
        part: {test: value for test, value in before[part].items() if elsewhere(test)} | after[part]
        for part in ("seconds", "shares")
    }
    return {"functions": functions, "shared": before["shared"] | after["shared"], **parts}


def try_all(names: list[str]) -> None:
    """The outcome of each mutant, kept where mutmut keeps it."""
    _collect()
    seen = _seen()
    _try(seen, {name: in_order(seen, name) for name in names})


def _try(seen: dict, tests_of: dict[str, list[str]]) -> None:
    for number, (name, tests) in enumerate(tests_of.items(), 1):
        code = _in_child(name, tests, _limit(seen, tests)) if tests else _from_import(name)
        if code in _BROKEN:
            sys.exit(f"{name}: its tests could not be run (pytest's code {code})")
        _keep(name, code)
        print(f"{number} of {len(tests_of)} {name} {code}", flush=True)  # noqa: T201 -- progress


def in_order(seen: dict, name: str) -> list[str]:
    """The tests that a mutant has to face, those likely to notice first.

    First quick tests that run the fewest functions, which are about this one; then those that hold
    everything against what was accepted; then the others; fast ones first. No more of them than
    take ``AT_MOST`` seconds: what they do not notice counts as not noticed.
    """
    tests = sorted(set(seen["functions"].get(name.partition("__mutmut_")[0], [])))
    runs = seen.get("runs", {})
    cost = {test: _cost(seen, test, set()) for test in tests}
    quick = [test for test in tests if cost[test] <= QUICK]
    about = sorted(quick, key=lambda test: (runs.get(test, 0), cost[test], test))[:MOST_ABOUT]
    by_cost = sorted((t for t in tests if t not in about), key=lambda test: (cost[test], test))
    whole = [test for test in by_cost if ACCEPTED in test]
    rest = [test for test in by_cost if ACCEPTED not in test]
    chosen, spent, made = [], 0.0, set()
    for test in (*about, *whole, *rest):
        more = _cost(seen, test, made)
        if chosen and spent + more > AT_MOST:
            continue
        chosen.append(test)
        spent += more
        made.update(seen["shares"][test])
    return chosen


def _cost(seen: dict, test: str, made: set[str]) -> float:
    """Seconds of a test, with what it shares unless that is made already."""
    shared = sum(seen["shared"].get(key, 0.0) for key in seen["shares"][test] if key not in made)
    return seen["seconds"][test] + shared


def _limit(seen: dict, tests: list[str]) -> int:
    keys = {key for test in tests for key in seen["shares"][test]}
    shared = sum(seen["shared"].get(key, 0.0) for key in keys)
    return int(TIMES * (sum(seen["seconds"][test] for test in tests) + shared) + MORE)


def again(files: list[str]) -> None:
    """Try mutants that no test noticed on the tests of these files alone."""
    seen = _seen()
    left: dict[str, list[str]] = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        for name, code in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            tests = [t for t in in_order(seen, name) if t.partition("::")[0] in files]
            if code in (0, NO_TEST) and tests:
                left[name] = tests
    _collect()
    _try(seen, left)


def _selection() -> list[str]:
    from mutmut.configuration import config

    return list(config().pytest_add_cli_args_test_selection)


def _seen() -> dict:
    """What was found, and how many functions each test runs."""
    seen = json.loads(SEEN.read_text(encoding="utf-8"))
    runs: dict[str, int] = {}
    for tests in seen["functions"].values():
        for test in set(tests):
            runs[test] = runs.get(test, 0) + 1
    return seen | {"runs": runs}


def _environment() -> None:
    """Mutants are what is imported, by tests and by the programs that they start."""
    sources = str(MUTANTS / "src")
    sys.path[:0] = [str(MUTANTS), sources]
    os.environ["PYTHONPATH"] = sources
    os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"


def _pytest(arguments: list[str], plugins: list) -> int:
    import pytest
    from mutmut.configuration import config

    options = ["--rootdir=.", "--tb=short", "-q", "-x", "-p", "which_tests"]
    back = Path.cwd()
    os.chdir(MUTANTS)
    try:
        return int(pytest.main([*options, *config().pytest_add_cli_args, *arguments], plugins))
    finally:
        os.chdir(back)


def _collect() -> None:
    """Import all tests and run none, so that no child has to."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        shown, sys.stdout = sys.stdout, nowhere
        code = _pytest(["--collect-only", "-qq", *_selection()], [])
        sys.stdout = shown
    if code:
        sys.exit(f"tests cannot be collected (pytest's code {code})")
    import fij_eval

    if MUTANTS not in Path(fij_eval.__file__).parents:
        sys.exit(f"{fij_eval.__file__} is imported, not the mutants")


class _Notes:
    """Notes the first test that fails, where the parent finds it."""

    def pytest_runtest_logreport(self, report) -> None:
        if report.failed:
            said = str(report.longreprtext).strip().splitlines()
            errors = [line for line in said if line.startswith("E ")] or said
            notes = json.dumps([report.nodeid, errors[0] if errors else ""])
            _said(os.getppid()).write_text(notes, encoding="utf-8")


def _said(process: int) -> Path:
    return MUTANTS / f"noticed_{process}.txt"


def _in_child(mutant: str, tests: list[str], limit: int | None) -> int:
    """pytest's exit code in a fork; minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            from mutmut.mutation.trampoline import set_mutant_under_test

            set_mutant_under_test(mutant)
            if limit is not None:
                sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
                signal.signal(signal.SIGXCPU, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
                signal.alarm(limit * WAITING)
            code = _pytest(tests, [_Notes()] if limit is not None else [])
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _from_import(mutant: str) -> int:
    """The outcome for a function that no test runs: one that runs as its module is imported?

    The mutant is switched on before anything is imported, and has all tests of its room to face.
    """
    room = mutant.split(".")[1]
    test = [sys.executable, "-m", "pytest", "-x", "-q", "--rootdir=.", "-p", "which_tests"]
    from mutmut.configuration import config

    paths = [str(MUTANTS / "src"), str(Path(__file__).parent)]
    done = subprocess.run(
        [*test, *config().pytest_add_cli_args, f"tests/{room}"],
        cwd=MUTANTS,
        env=os.environ | {"MUTANT_UNDER_TEST": mutant, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == INTERRUPTED:  # the module cannot be imported, so no test can
        _said(os.getpid()).write_text(json.dumps([f"import by tests/{room}", ""]), encoding="utf-8")
        return 1
    failed = [
        line.split()[1]
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED ", "ERROR "))
    ]
    if failed:
        _said(os.getpid()).write_text(json.dumps([failed[0], ""]), encoding="utf-8")
    return done.returncode or NO_TEST


def _keep(name: str, code: int) -> None:
    """Write down what came of a mutant; several processes may try mutants at once."""
    module = name.rpartition(".")[0]
    path = MUTANTS.joinpath("src", *module.split(".")).with_suffix(".py.meta")
    said = _said(os.getpid())
    with (MUTANTS / "keeping").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        meta = json.loads(path.read_text(encoding="utf-8"))
        meta["exit_code_by_key"][name] = code
        path.write_text(json.dumps(meta, indent=4), encoding="utf-8")
        noticed = json.loads(NOTICED.read_text(encoding="utf-8")) if NOTICED.is_file() else {}
        noticed.pop(name, None)
        if said.is_file():
            noticed[name] = json.loads(said.read_text(encoding="utf-8"))
            said.unlink()
        NOTICED.write_text(json.dumps(noticed, indent=1, sort_keys=True), encoding="utf-8")


def main() -> None:
    """One verb and what it asks for."""
    verb, *rest = sys.argv[1:]
    os.chdir(ROOT)
    if verb == "make":
        make()
        return
    _environment()
    if verb == "find":
        find(rest)
    elif verb == "try":
        try_all(rest or sys.stdin.read().split())
    elif verb == "again":
        again(rest)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
