"""A versioned bundle for an archive: code, raw files, records, documents, checksums, citation.

Only what belongs together is released: the code of one commit, results that this code has built
(each document is held against the folder by its manifest), and a version that package, citation and
changelog agree on. The same commit and build give the same bytes.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from fij_eval.artefacts import sha256_of, write_bytes, write_text
from fij_eval.errors import InputError
from fij_eval.fixed_tar import tar_of
from fij_eval.review import git, verify
from fij_eval.sources import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Beside code and results, so that who opens the bundle need not open the code first.
_BESIDE = ("CITATION.cff", "CHANGELOG.md", "LICENSE", "LICENSES/data.md", "analysis_plan.yaml")
_RESULTS = ("results", "reports")


def make(mode: str, *, config: Path, folder: Path) -> Path:
    """Write the bundle of a mode's build.

    Args:
        mode: The mode whose build is released.
        config: Settings that it was built with.
        folder: Where the bundle is written, with its checksum beside it.

    Returns:
        The bundle.

    Raises:
        InputError: If something is not committed, versions differ, there is no build, or this
            folder does not rebuild a document of it.
        ArchiveError: If the raw archive is broken.
    """
    version = _version()
    commit = _commit()
    documents = sorted(Path("reports", mode).glob("*.pdf"))
    if not documents:
        raise InputError(
            "There is no report to release",
            where=f"reports/{mode}",
            remedy=f"build it first: `snakemake --config mode={mode}`",
        )
    found = [_verified(pdf, config) for pdf in documents]
    name = f"fij-eval-{version}-{mode}-{found[0].build_id}"
    contents = {
        "README.txt": _readme(version, commit, mode, found[0].build_id).encode(),
        "code.tar": _git("archive", "--format=tar", f"--prefix=fij-eval-{version}/", commit),
        "raw.tar": _raw(mode),
        **{path: Path(path).read_bytes() for path in _BESIDE if Path(path).is_file()},
        **{path.as_posix(): path.read_bytes() for path in _built(mode)},
    }
    target = folder / f"{name}.tar"
    content = tar_of({f"{name}/{path}": each for path, each in contents.items()})
    write_bytes(target, content)
    write_text(target.with_suffix(".tar.sha256"), f"{sha256_of(content)}  {target.name}\n")
    return target


def _version() -> str:
    """The version that package, citation and changelog agree on."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = str(project["version"])
    cited = str(yaml.safe_load(Path("CITATION.cff").read_text(encoding="utf-8"))["version"])
    changes = Path("CHANGELOG.md").read_text(encoding="utf-8")
    if cited != version:
        raise InputError(
            f"pyproject.toml is version {version} and CITATION.cff {cited}",
            where="CITATION.cff",
            remedy="write the same version in both, and commit",
        )
    if not re.search(rf"(?m)^## \[?{re.escape(version)}\]?(\s|$)", changes):
        raise InputError(
            f"The changelog has no heading for version {version}",
            where="CHANGELOG.md",
            remedy=f"put what is under «Unreleased» under «## {version}» with its date, and commit",
        )
    return version


def _commit() -> str:
    changed = _git("status", "--porcelain", "--untracked-files=no").decode()
    if changed:
        raise InputError(
            f"{len(changed.splitlines())} files have changes that are not committed",
            where=changed.splitlines()[0][3:],
            remedy="commit them and build again: a release is one commit and what it built",
        )
    return _git("rev-parse", "HEAD").decode().strip()


def _git(*arguments: str) -> bytes:
    return git.run(*arguments, purpose="a release is made from a commit")


def _verified(pdf: Path, config: Path) -> verify.Verification:
    found = verify.verify(pdf, config=config)
    if not found.rebuilds:
        first = (*found.broken, *found.differences)[0]
        raise InputError(
            f"This folder does not rebuild {pdf.name}: {first}",
            where=str(pdf),
            remedy="run snakemake, then this again; `fij-eval verify` names all that differs",
        )
    return found


def _raw(mode: str) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "raw.tar")
        bundle.export(Path("data/raw", mode), target)
        return target.read_bytes()


def _built(mode: str) -> Iterator[Path]:
    for root in _RESULTS:
        for path in sorted(Path(root, mode).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path


def _readme(version: str, commit: str, mode: str, build_id: str) -> str:
    simulated = (
        "The data are a demonstration: employment and unemployment are simulated, with a known"
        " effect.\n\n"
        if mode == "demo"
        else ""
    )
    how = "make report"
    if mode != "demo":
        how += """ ARGS="--config mode=archive 'archive={bundle: ../raw.tar}'\""""
    return f"""Flyktninger i jobb: statistical evaluation
Version {version}, commit {commit}
Build {build_id} (printed on every page of the reports), mode {mode}

{simulated}reports/    what is read: PDF, workbook, page to explore
results/    estimates, figures and tables as CSV, the manifest of how each was made
raw.tar     the raw files, with where each came from
code.tar    the program at this commit, with its settings and plan
SHA256SUMS  checksums of all of these: sha256sum -c SHA256SUMS, one folder up

To build it again: tar xf code.tar && cd fij-eval-{version} && {how}
"""
