"""Make the environment: a virtual one with exactly what requirements.lock pins, and this project.

Run by a bare Python; `make` calls it, and it can be run by hand:

    python3 workflow/environment.py

Nothing is installed twice: a stamp in the environment holds the checksum of what it was made from.
Packages come from the index that pip is set up for on the machine, each with its hash checked.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)


def main() -> int:
    """Make the environment if it is not there or not the one that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--venv", default=".venv", help="folder of the environment")
    venv = ROOT / parser.parse_args().venv
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return _say(
            f"Python {found} is too old: the project needs {'.'.join(map(str, OLDEST))} or newer. "
            "What to do: name another, `make report PYTHON=python3.12`."
        )
    stamp = venv / "fij-eval-stamp"
    wanted = _checksum()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return 0
    stamp.unlink(missing_ok=True)
    try:
        _install(venv)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        return _say(
            f"The environment could not be made: «{command}» ended with exit code "
            f"{error.returncode}; its own message stands above. What to do: see that the package "
            "index can be reached (pip's settings are used) and that the disk has 2 GB free, then "
            "run the same command again."
        )
    stamp.write_text(wanted, encoding="utf-8")
    return 0


def _install(venv: Path) -> None:
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        _run(sys.executable, "-m", "venv", venv)
    uv = _uv(python)
    index = _index(python)
    quiet = ("--python", python, "--quiet")
    _tell("Installing the packages of requirements.lock (about 1.3 GB, once) …")
    _run(uv, "pip", "sync", *quiet, "--require-hashes", "--compile-bytecode", LOCK, **index)
    _run(uv, "pip", "install", *quiet, "--no-deps", "--no-build-isolation", "-e", ROOT, **index)
    _run(python, "-m", "compileall", "-q", ROOT / "src")


def _uv(python: Path) -> Path:
    """uv: the machine's, or the one of the lock, installed by pip with its hashes."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    own = python.with_name("uv.exe" if os.name == "nt" else "uv")
    if not own.is_file():
        _tell("Installing uv …")
        part = re.search(r"(?ms)^uv==.*?(?=^\S|\Z)", LOCK.read_text(encoding="utf-8"))
        pinned = python.parent.parent / "uv.lock"
        pinned.write_text(part[0] if part else "", encoding="utf-8")
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, "--require-hashes", "--no-deps", "-r", pinned)
    return own


def _index(python: Path) -> dict[str, str]:
    """Where pip looks for packages, in uv's words; what is set for uv itself goes first."""
    found: dict[str, list[str]] = {}
    for line in _pip_settings(python).splitlines():
        key, sign, value = line.partition("=")
        option = key.rpartition(".")[2].strip().replace("_", "-")
        if sign:
            found[option] = value.strip().strip("'\"").replace("\\n", " ").split()
    names = {
        "UV_DEFAULT_INDEX": ("index-url", " "),
        "UV_INDEX": ("extra-index-url", " "),
        "UV_FIND_LINKS": ("find-links", ","),
        "SSL_CERT_FILE": ("cert", " "),
    }
    settings = {
        variable: glue.join(found[option])
        for variable, (option, glue) in names.items()
        if option in found and variable not in os.environ
    }
    # as pip does: the best version over all indices, not the first index that has any
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | settings if settings else {}


def _pip_settings(python: Path) -> str:
    """What pip is set to, one `key='value'` a line; any pip that is there can tell."""
    for each in (python, sys.executable):
        command = [each, "-m", "pip", "config", "list"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if not asked.returncode:
            return asked.stdout
    return ""


def _run(*command: object, **variables: str) -> None:
    subprocess.run([str(word) for word in command], check=True, env=os.environ | variables)


def _checksum() -> str:
    content = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode()
    return hashlib.sha256(content + str(ROOT).encode()).hexdigest()


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 -- progress on the screen


def _say(paragraph: str) -> int:
    print(paragraph, file=sys.stderr)  # noqa: T201 -- an error on the screen
    return 1


if __name__ == "__main__":
    sys.exit(main())
