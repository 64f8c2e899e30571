"""`docs/live_faults.md` names a test for each fault, and each test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/live_faults.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", PAGE)


def test_every_test_that_the_page_names_is_there():
    assert len(NAMED) > 40
    known = {}
    for file, name in NAMED:
        if file not in known:
            tree = ast.parse((ROOT / file).read_bytes())
            known[file] = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        assert name in known[file], f"{file} has no {name}"


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]
    without = [row for row in rows if "::test_" not in row and not row.startswith("| what")]
    assert without == []
