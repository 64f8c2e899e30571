"""Which part of the branches of `effects` and `panel` their own tests take; fails below the aim.

    python tests/branches/by_branch.py [arguments of pytest]

A branch is a way on from a line that has several: both outcomes of an `if`, a loop that ends and
one that is left. What no test can take is marked in the code, `# pragma: no cover -- why` or
`# pragma: no branch -- why`, and counted here; a mark without a reason fails too.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("effects", "panel")
#: Branches taken, of those there are, in each room.
AIM = 0.95
MARK = re.compile(r"# pragma: no (?:cover|branch)\b(?P<why>.*)")


def main() -> int:
    """Run the tests of the rooms, tell what was taken, and what was not."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
            *(f"tests/{room}" for room in ROOMS), *(f"--cov=fij_eval.{room}" for room in ROOMS),
            "--cov-branch", "--cov-report=", f"--cov-report=json:{report}", *sys.argv[1:],
        ]  # fmt: skip
        failed = subprocess.run(command, cwd=ROOT, check=False).returncode
        files = json.loads(report.read_text(encoding="utf-8"))["files"] if report.is_file() else {}
    if failed:
        return failed
    told = [room_of(files, room) for room in ROOMS]
    unexplained = [where for where, why in marks() if not why]
    for line in [line for room in told for line in room[1]] + [
        f"{where}: a mark without a reason" for where in unexplained
    ]:
        _tell(line)
    return int(bool(unexplained) or any(share <= AIM for share, _ in told))


def room_of(files: dict, room: str) -> tuple[float, list[str]]:
    """The share of a room's branches that were taken, and lines that say so.

    Args:
        files: Path -> what coverage.py says of it.
        room: Folder of `src/fij_eval`.
    """
    own = {path: said for path, said in files.items() if f"src/fij_eval/{room}/" in path}
    there = sum(said["summary"]["num_branches"] for said in own.values())
    taken = sum(said["summary"]["covered_branches"] for said in own.values())
    share = taken / there if there else 0.0
    lines = [
        f"{path}: {_way(start, end)}"
        for path, said in sorted(own.items())
        for start, end in said["missing_branches"]
    ]
    explained = sum(where.startswith(f"src/fij_eval/{room}/") for where, _ in marks())
    lines.append(
        f"{room}: {taken} of {there} branches taken, {share:.1%} (aim: over {AIM:.0%});"
        f" {explained} lines marked with a reason"
    )
    return share, lines


def _way(start: int, end: int) -> str:
    return f"line {start} never leaves" if end < 0 else f"from line {start} never to {end}"


def marks() -> list[tuple[str, str]]:
    """Where lines are left out of the count, and why."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / "src/fij_eval" / room).rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := MARK.search(line):
                    where = f"{path.relative_to(ROOT)}:{number}"
                    found.append((where, match["why"].strip(" -")))
    return found


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- the command's answer


if __name__ == "__main__":
    sys.exit(main())
