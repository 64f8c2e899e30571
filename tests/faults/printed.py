"""The commands that Snakemake prints, as a reviewer runs them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import whole_build


def commands(project, *targets):
    """Rule and command of every job that makes the targets, in order."""
    _, said = whole_build.snakemake(
        project, "--dry-run", "--quiet", "host", "--forceall", "--nocolor", *targets
    )
    found = []
    rule = ""
    for line in said.splitlines():
        if named := re.match(r"(?:local)?rule (\w+):$", line):
            rule = named[1]
        elif line.startswith("Shell command: fij-eval "):
            found.append((rule, line.removeprefix("Shell command: ")))
    return found


def command(project, target):
    """The command of the job that makes a target."""
    _, said = whole_build.snakemake(
        project, "--dry-run", "--quiet", "host", "--nocolor", "--force", target
    )
    return re.search(r"^Shell command: (fij-eval .*)$", said, re.MULTILINE)[1]


def environment(project):
    """What an activated environment gives a shell."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return whole_build.environment(project, PATH=path)
