"""The records that a commit gives: made in a folder of their own, which is gone afterwards.

Results are not kept in git, so the records of a commit are built from its files as ``git archive``
gives them: nothing of this folder or of git's own files is changed, and nothing is left behind in
them if the build is killed. Commits are built one after the other with the packages that are
installed here, on the same raw files, so what differs comes from the commits' code, settings and
tables. Everything of the build that is not needed for the records is left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.artefacts import write_text
from fij_eval.errors import FijError, InputError
from fij_eval.logs import say
from fij_eval.review import git
from fij_eval.settings_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Folder of the records below a folder of results.
RECORDS = "estimates"
#: Where what Snakemake said is kept when a commit's records cannot be made.
LOGS = Path("logs/compare")
_LOCK = "requirements.lock"
_PURPOSE = "the records of a commit are made from what git keeps of it"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as it was asked for.

    Attributes:
        name: What was typed: a hash, a branch, a tag, ``HEAD~1``.
        checksum: Its full hash.
    """

    name: str
    checksum: str

    @property
    def short(self) -> str:
        """The start of its hash, for people."""
        return self.checksum[:12]


def find(name: str) -> Commit | None:
    """The commit of a name; none where a file or folder has the name.

    Args:
        name: A path or a revision, as typed.

    Raises:
        InputError: If it is neither.
    """
    if name and Path(name).exists():
        return None
    revision = f"{name}^{{commit}}"
    why = "git knows no commit by that name"
    try:
        git.run("rev-parse", "--git-dir", purpose=_PURPOSE)
    except InputError as error:
        why = error.what
    else:
        # the name may be anything that is typed, also what looks like an option
        arguments = ("--verify", "--quiet", "--end-of-options", revision)
        with contextlib.suppress(InputError):
            return Commit(name, git.run("rev-parse", *arguments, purpose=_PURPOSE).decode().strip())
    raise InputError(
        f"There is nothing to compare: «{name}» is no file or folder here, nor a commit ({why})",
        where=name,
        remedy="name two folders of results, two files, two raw archives, or commits of the git "
        "checkout that you are in (`git log --oneline` lists them)",
    )


def make_records(folder: Path, mode: str) -> str:
    """Make the records in a folder that holds a commit's files, with all processors.

    Args:
        folder: The folder.
        mode: Mode of the data; the raw files of all but the demo are there already.

    Returns:
        What went wrong, all that was said; empty if nothing did.
    """
    chosen = [f"mode={mode}"]
    if mode == "archive":  # a bundle would be opened anew; what was in it is there
        chosen.append("archive={bundle: ''}")
    # the commit's own profile and code hold, in the environment that this program runs in
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--config", *chosen, "--", "estimates"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            said, _ = process.communicate()
        except KeyboardInterrupt:
            # it has been told as well, and ends its jobs; they write in the folder until then
            process.communicate()
            raise
    return (said or "Snakemake said nothing") if process.returncode else ""


@contextlib.contextmanager
def opened(names: Sequence[str], *, mode: str | None = None) -> Iterator[list[Path]]:
    """Folders or files to compare, by the names that were typed.

    Where one of them is a commit, records alone are compared: of a folder of results among the
    others its folder of records is taken.

    Args:
        names: Paths or revisions.
        mode: Mode of the data whose records are made; without it that of each commit's own
            settings. The raw files of the live mode are read as an archive: nobody is asked.

    Yields:
        A path for each name; those of commits are gone afterwards.

    Raises:
        InputError: If a name is neither a path nor a commit, or records cannot be made.
    """
    found = [(Path(name), find(name)) for name in names]
    if not any(commit for _, commit in found):
        yield [path for path, _ in found]
        return
    with tempfile.TemporaryDirectory(prefix="fij-eval-") as scratch:
        made: dict[str, Path] = {}
        for _, commit in found:
            if commit is not None and commit.checksum not in made:
                folder = Path(scratch, str(len(made)))
                made[commit.checksum] = _records(commit, folder, mode)
        yield [made[commit.checksum] if commit else _records_of(path) for path, commit in found]


def _records_of(path: Path) -> Path:
    """The records in a folder of results; any other path as it is."""
    inner = path / RECORDS
    return inner if inner.is_dir() else path


def _records(commit: Commit, folder: Path, mode: str | None) -> Path:
    """Make the records of a commit in a new folder; gives the folder that they are in."""
    content = git.run("archive", "--format=zip", commit.checksum, purpose=_PURPOSE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    chosen = _with_raw_files(commit, folder, mode or _own_mode(commit, folder))
    words = (
        f"The records of commit {commit.short} («{commit.name}») are made in a folder of their own;"
        " that takes some minutes."
    )
    if _other_packages(folder):
        words += f" Its {_LOCK} is another: the packages that are installed here are used."
    say(words)
    trouble = make_records(folder, chosen)
    records = folder / "results" / chosen / RECORDS
    if not trouble and not records.is_dir():
        trouble = f"No folder {records.relative_to(folder).as_posix()} came of it"
    if trouble:
        log = LOGS / f"{commit.short}.log"
        write_text(log, trouble.replace(str(folder), "."))
        raise InputError(
            f"The records of commit {commit.short} («{commit.name}») cannot be made here",
            where=log.as_posix(),
            remedy="see the end of that file; a commit that asks for other packages or holds no "
            "workflow is to be built in a checkout and an environment of its own "
            "(`git worktree add`, `make`), and the folders compared",
        )
    return records


def _own_mode(commit: Commit, folder: Path) -> str:
    """The mode that a commit's settings name."""
    try:
        content = read_yaml(folder / "config.yaml")
    except FijError as error:
        raise InputError(
            f"The settings of commit {commit.short} («{commit.name}») cannot be read: {error.what}",
            where="config.yaml of that commit",
            remedy="name another commit",
        ) from error
    return str(content.get("mode", "demo")) if isinstance(content, dict) else "demo"


def _with_raw_files(commit: Commit, folder: Path, mode: str) -> str:
    """Lend a commit's folder this one's raw files; gives the mode to build in.

    In the mode ``archive`` raw files are read only, so a link serves.
    """
    if mode == "demo":
        return mode
    raw = Path("data/raw", mode)
    if not any((raw / "index").glob("*.json")):
        raise InputError(
            f"The records of commit {commit.short} («{commit.name}») rest on raw files that are "
            "not here",
            where=raw.as_posix(),
            remedy=f"fetch them or open their bundle (mode {mode}), or compare on the simulated "
            "figures with --mode demo",
        )
    lent = folder / "data/raw/archive"
    lent.parent.mkdir(parents=True, exist_ok=True)
    lent.symlink_to(raw.resolve(), target_is_directory=True)
    return "archive"


def _other_packages(folder: Path) -> bool:
    here, there = Path(_LOCK), folder / _LOCK
    return not (here.is_file() and there.is_file() and here.read_bytes() == there.read_bytes())
