"""The count of branches fails where it should, and what is left out of it has a reason."""

import by_branch
import pytest


def said(taken, there, missing=()):
    return {
        "summary": {"num_branches": there, "covered_branches": taken},
        "missing_branches": list(missing),
    }


def test_a_room_is_counted_by_its_own_files():
    files = {
        "src/fij_eval/panel/a.py": said(3, 4, [(7, 9)]),
        "src/fij_eval/panel/b.py": said(5, 6, [(2, -1)]),
        "src/fij_eval/effects/c.py": said(0, 100),
    }
    share, lines = by_branch.room_of(files, "panel")
    assert share == pytest.approx(0.8)
    assert "src/fij_eval/panel/a.py: from line 7 never to 9" in lines
    assert "src/fij_eval/panel/b.py: line 2 never leaves" in lines
    assert "8 of 10 branches taken, 80.0%" in lines[-1]
    assert by_branch.room_of({}, "panel")[0] == 0.0


@pytest.mark.parametrize(("taken", "code"), [(96, 0), (95, 1), (10, 1)])
def test_it_fails_at_the_aim_or_below(monkeypatch, capsys, taken, code):
    import json
    from pathlib import Path
    from types import SimpleNamespace

    def run(command, **_):
        report = next(c for c in command if c.startswith("--cov-report=json:"))
        files = {f"src/fij_eval/{room}/a.py": said(taken, 100) for room in by_branch.ROOMS}
        Path(report.partition(":")[2]).write_text(json.dumps({"files": files}), encoding="utf-8")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(by_branch.subprocess, "run", run)
    monkeypatch.setattr(by_branch.sys, "argv", ["by_branch.py"])
    assert by_branch.main() == code
    assert f"effects: {taken} of 100 branches taken" in capsys.readouterr().out


def test_every_line_that_is_left_out_has_its_reason():
    assert [where for where, why in by_branch.marks() if not why] == []
