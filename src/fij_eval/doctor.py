"""What is installed, which data exist, what is out of date: `fij-eval doctor`."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import fij_eval
from fij_eval import settings
from fij_eval.errors import FijError
from fij_eval.sources.store import read_index

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = Path("requirements.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; ([^\\\n]+))?", re.MULTILINE)
_SHOWN = 5  # longest list before «and n more»


def report(config: Path) -> str:
    """The state of this folder, as text.

    Args:
        config: The settings file.
    """
    sections = {
        "Program": _program(),
        "Packages": _packages(LOCK),
        "Fonts": _fonts(),
        "Settings": _settings(config),
        "Raw data": _raw(Path("data/raw")),
        "Out of date": _out_of_date(config),
        "Last runs": _last_runs(Path("logs")),
        "Disk": _disk(),
    }
    return "\n".join(
        f"{title}\n" + "".join(f"  {line}\n" for line in lines) for title, lines in sections.items()
    )


def _program() -> Iterator[str]:
    here = Path("src/fij_eval").resolve()
    run = Path(fij_eval.__file__).resolve().parent
    yield f"fij-eval {fij_eval.__version__}, Python {platform.python_version()}"
    if here != run:
        yield f"ATTENTION: {run} is installed, not this folder's {here}: run `make environment`"


def _packages(lock: Path) -> Iterator[str]:
    """Installed versions against the lock."""
    try:
        pins = list(pinned(lock.read_text(encoding="utf-8")))
    except OSError as error:
        yield f"ATTENTION: {lock} cannot be read ({error.strerror})"
        return
    wrong = []
    for name, version in pins:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "missing"
        if found != version:
            wrong.append(f"{name} {version} (here: {found})")
    if wrong:
        yield f"ATTENTION: {len(wrong)} of {len(pins)} differ from {lock}: {_some(wrong)}"
        yield "What to do: `make environment`"
    else:
        yield f"all {len(pins)} as in {lock}"


def pinned(text: str) -> Iterator[tuple[str, str]]:
    """Names and versions that a lock pins for this machine and Python."""
    from packaging.markers import Marker

    for name, version, marker in _PIN.findall(text):
        if not marker or Marker(marker).evaluate():
            yield name, version


def _fonts() -> Iterator[str]:
    """Fonts come from packages: the report's from one, those for missing letters from another."""
    for package, use in (
        ("font-source-sans-pro", "figures, headings, tables"),
        ("typst", "body text (bundled Libertinus Serif)"),
    ):
        try:
            yield f"{use}: {package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            yield f"ATTENTION: {use}: {package} is missing; run `make environment`"


def _settings(config: Path) -> Iterator[str]:
    try:
        found = settings.load(config)
    except FijError as error:
        yield f"ATTENTION: {error.paragraph()}"
        return
    yield (
        f"{config}: mode {found.mode}, {len(found.data.snapshots)} reference months, "
        f"{len(found.specifications)} specifications, seed {found.seed}"
    )


def _raw(root: Path) -> Iterator[str]:
    """Raw data of each mode: services, files, newest vintages."""
    for mode in get_args(settings.Mode):
        indices = sorted((root / mode / "index").glob("*.json"))
        if not indices:
            yield f"{mode}: none"
            continue
        yield f"{mode}:"
        for path in indices:
            yield f"  {_service(path)}"


def _service(index: Path) -> str:
    try:
        entries = read_index(index)
    except FijError as error:
        return f"{index.stem}: ATTENTION: {error.paragraph()}"
    gone = [entry.path for entry in entries if not (index.parent.parent / entry.path).is_file()]
    newest = max((entry.vintage for entry in entries), default="none")
    note = " (simulated in part)" if any(entry.simulated for entry in entries) else ""
    text = f"{index.stem}: {len(entries)} files, newest vintage {newest}{note}"
    return f"{text}; ATTENTION: not there: {_some(gone)}" if gone else text


def _out_of_date(config: Path) -> Iterator[str]:
    """What the workflow would do now, as Snakemake says itself."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host", "reason", "rules"]
    if config != Path("config.yaml"):
        command += ["--configfile", str(config)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    if run.returncode:
        yield f"ATTENTION: the workflow cannot be planned: {' '.join(said.split())}"
    elif "Nothing to be done" in said:
        yield "nothing: all results are up to date"
    else:
        # Snakemake prints its table twice; `all` and the like make nothing themselves.
        jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE))
        total = jobs.pop("total", "?")
        listed = [f"{rule} ({count})" for rule, count in jobs.items()]
        yield f"{total} jobs would run: {', '.join(listed)}"


def _last_runs(root: Path) -> Iterator[str]:
    """Time that the jobs of each mode took when they last ran."""
    for mode in sorted(path for path in root.glob("*") if path.is_dir()):
        facts = [_facts(path) for path in mode.rglob("*.json")]
        known = [row for row in facts if row]
        if not known:
            continue
        cpu = sum(row["cpu_seconds"] for row in known)
        slowest = max(known, key=lambda row: row["wall_seconds"])
        yield (
            f"{mode.name}: {len(known)} jobs, {cpu:.0f} s of computing; the slowest, "
            f"{slowest['rule']}, took {slowest['wall_seconds']:.1f} s"
        )


def _facts(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "cpu_seconds" in content else None


def _disk() -> Iterator[str]:
    free = shutil.disk_usage(Path.cwd()).free
    yield f"free here: {free / 2**30:.1f} GiB"
    for folder in ("data/raw", "data/processed", "results", "reports"):
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        yield f"{folder}: {size / 2**20:.1f} MiB"


def _some(items: list[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
