"""What git knows of this folder."""

from __future__ import annotations

import shutil
import subprocess

from fij_eval.errors import InputError


def run(*arguments: str, purpose: str) -> bytes:
    """What a command of git prints.

    Args:
        *arguments: The command, without ``git`` itself.
        purpose: Why git is needed, as a sentence.

    Raises:
        InputError: If git is not installed or does not do it.
    """
    git = shutil.which("git")
    if git is None:
        raise InputError("git is not installed", where="PATH", remedy=f"install git: {purpose}")
    done = subprocess.run([git, *arguments], capture_output=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise InputError(
            f"git {arguments[0]} failed: {said}",
            where=".",
            remedy=f"do it in the project's folder, a git checkout: {purpose}",
        )
    return done.stdout
