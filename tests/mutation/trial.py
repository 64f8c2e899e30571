"""Make mutants with mutmut, find the tests that run each function, try mutants: one verb each.

    python tests/mutation/trial.py make | find [FILE...] | try [NAME...] | again FILE...

mutmut makes the mutants and switches them; running them is done here, because mutmut's own runner
knows a function only by the test during which it first ran, and keeps what tests have cached before
a mutant was switched on. Every mutant is tried in a fork of a process that has imported the tests
and run none. The limit is one of processor time, so that a busy machine kills no mutant.

`find` with files asks again for these test files alone; `again` forgets survivors that they run.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "mutants"
SEEN = MUTANTS / "which_tests.json"
#: Mutant -> the test that noticed, and the last line of what it said.
NOTICED = MUTANTS / "noticed.json"

NO_TEST = 33
#: pytest was interrupted or called wrongly, found no test, or did not start: that says nothing.
_BROKEN = (2, 4, 5, 255)
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
    for number, name in enumerate(names, 1):
        tests = in_order(seen, name)
        limit = _limit(seen, tests)
        code = _in_child(name, tests, limit) if tests else NO_TEST
        if code in _BROKEN:
            sys.exit(f"{name}: its tests could not be run (pytest's code {code})")
        _keep(name, code)
        print(f"{number} of {len(names)} {name} {code}", flush=True)  # noqa: T201 -- progress


def in_order(seen: dict, name: str) -> list[str]:
    """The tests that run the function of a mutant, fast ones first."""
    tests = seen["functions"].get(name.partition("__mutmut_")[0], [])

    def cost(test: str) -> tuple[float, str]:
        shared = sum(seen["shared"].get(key, 0.0) for key in seen["shares"][test])
        return (seen["seconds"][test] + shared, test)

    return sorted(set(tests), key=cost)


def _limit(seen: dict, tests: list[str]) -> int:
    keys = {key for test in tests for key in seen["shares"][test]}
    shared = sum(seen["shared"].get(key, 0.0) for key in keys)
    return int(TIMES * (sum(seen["seconds"][test] for test in tests) + shared) + MORE)


def again(files: list[str]) -> None:
    """Forget the outcome of mutants that no test noticed, where these test files run them."""
    seen = _seen()
    for path in sorted(MUTANTS.rglob("*.meta")):
        meta = json.loads(path.read_text(encoding="utf-8"))
        codes = meta["exit_code_by_key"]
        for name, code in codes.items():
            tests = seen["functions"].get(name.partition("__mutmut_")[0], [])
            if code in (0, NO_TEST) and any(test.partition("::")[0] in files for test in tests):
                codes[name] = None
        path.write_text(json.dumps(meta, indent=4), encoding="utf-8")


def _selection() -> list[str]:
    from mutmut.configuration import config

    return list(config().pytest_add_cli_args_test_selection)


def _seen() -> dict:
    return json.loads(SEEN.read_text(encoding="utf-8"))


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
    """Notes the first test that fails."""

    def pytest_runtest_logreport(self, report) -> None:
        if report.failed:
            said = str(report.longreprtext).strip().splitlines()
            errors = [line for line in said if line.startswith("E ")] or said
            notes = json.dumps([report.nodeid, errors[0] if errors else ""])
            (MUTANTS / "noticed.txt").write_text(notes, encoding="utf-8")


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


def _keep(name: str, code: int) -> None:
    module = name.rpartition(".")[0]
    path = MUTANTS.joinpath("src", *module.split(".")).with_suffix(".py.meta")
    meta = json.loads(path.read_text(encoding="utf-8"))
    meta["exit_code_by_key"][name] = code
    path.write_text(json.dumps(meta, indent=4), encoding="utf-8")
    said = MUTANTS / "noticed.txt"
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
