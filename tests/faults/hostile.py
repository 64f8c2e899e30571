"""What a test does to the machine round a build: its clock, words, network, disks."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def without_network():
    """Words before a command that take its network away, empty where the machine cannot."""
    return ("unshare", "-n") if _works("unshare", "-n", "true") else ()


@cache
def another_year():
    """Words before a command that set its clock years ahead, empty without faketime."""
    ahead = ("faketime", "2031-02-03 04:05:06")
    return ahead if _works(*ahead, "true") else ()


@cache
def locales(folder):
    """Variables that make bokmål's and Turkish's words, numbers and capitals known to a process.

    Returns:
        Name of a locale -> variables; a locale that the machine cannot make is left out. ``C`` is
        always there.
    """
    made = {"C": {"LC_ALL": "C"}}
    for name in ("nb_NO", "tr_TR"):
        command = ("localedef", "-i", name, "-f", "UTF-8", f"{folder}/{name}.UTF-8")
        if _works(*command):
            made[name] = {"LC_ALL": f"{name}.UTF-8", "LOCPATH": str(folder)}
    return made


@contextlib.contextmanager
def mounted(folder, *options):
    """Something mounted on a folder for a while; gives False where it cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    done = _works("mount", *options, str(folder))
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607 -- as found by shutil.which before


def _works(*command):
    if shutil.which(command[0]) is None:
        return False
    run = subprocess.run(
        command, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"}
    )
    return run.returncode == 0


def half(path):
    """Cut a file in the middle."""
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) // 2])
