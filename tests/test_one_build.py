"""Two builds in one folder do not meet; a killed one leaves nothing that stops the next."""

import signal
import subprocess
import sys

import pytest

from fij_eval import one_build
from fij_eval.errors import BusyError

HOLD = (
    "import sys, time; from pathlib import Path; from fij_eval import one_build; "
    "held = one_build.hold(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
)


def test_a_second_build_is_refused_while_the_first_is_at_work(tmp_path):
    path = tmp_path / "deep/lock"
    held = one_build.hold(path)
    with pytest.raises(BusyError, match="Another build"):
        one_build.hold(path)
    held.close()
    one_build.hold(path).close()


def test_a_killed_build_does_not_stop_the_next(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BusyError):
            one_build.hold(path)
        process.send_signal(signal.SIGKILL)
        process.wait()
    one_build.hold(path).close()


def test_a_file_system_without_locks_is_warned_of_and_used(tmp_path, monkeypatch, caplog):
    def refuse(_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(one_build, "_lock", refuse)
    one_build.hold(tmp_path / "lock").close()
    assert "cannot be locked" in caplog.text
