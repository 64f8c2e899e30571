"""Where every result comes from: one record a job, gathered into the manifest.

A record holds rule, command and settings, and inputs, code and outputs by checksum, as they
were when the job ran. The manifest joins the records of a mode into one graph, from the raw files'
vintages to each figure. Neither holds a time, a machine or a path outside the project: the same
inputs give the same manifest, byte for byte, and what differs from run to run (time, memory,
machine) lies in the job's facts under ``logs/``.

Folders of a mode go by the workflow's names for them (``<raw>``, ``<results>``, …) and the manifest
names the mode that the raw files came from. So what is rebuilt from an archive is the same build.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import fij_eval
from fij_eval import places
from fij_eval.artefacts import read_json, sha256_of_file, write_json
from fij_eval.errors import CheckError, InputError
from fij_eval.sources.store import read_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Fields of a record.
_RECORD = {"rule", "command", "inputs", "outputs", "code", "packages", "settings"}
#: Fields of a raw file's entry that the manifest shows.
_ENTRY = ("service", "item", "vintage", "path", "sha256", "updated", "licence", "simulated")


def record(
    *,
    rule: str,
    command: Sequence[str],
    inputs: Iterable[Path],
    outputs: Iterable[Path],
    code: Iterable[str],
    packages: Mapping[str, str],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What a job did.

    Args:
        rule: Name of the workflow's rule.
        command: The verb and its arguments.
        inputs: Files read.
        outputs: Files written.
        code: Source files that the job depends on.
        packages: Versions of the packages that it depends on.
        settings: The parts of the settings that it was given.

    Raises:
        InputError: If the job ran other code than that of this folder.
    """
    _same_code()
    return {
        "rule": rule,
        "command": _without_mode(command),
        "inputs": checksums(inputs),
        "outputs": checksums(outputs),
        "code": checksums(map(Path, code)),
        "packages": dict(packages),
        "settings": dict(settings),
    }


def _without_mode(command: Sequence[str]) -> list[str]:
    """The command with the folders of its mode by name; settings are left as they are."""
    before = ("", *command)
    return [
        word if option == "--settings" else places.without_mode(word)
        for option, word in zip(before, command, strict=False)
    ]


def checksums(paths: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each file, by its path within the project (``places.without_mode``).

    Raises:
        InputError: If a path leads out of the project or is not there.
    """
    found = {}
    for path in paths:
        if path.is_absolute() or ".." in path.parts:
            raise InputError(
                "A file outside the project cannot stand in the record of a result",
                where=str(path),
                remedy="run the command from the project's folder with paths relative to it",
            )
        try:
            found[places.without_mode(path.as_posix())] = sha256_of_file(path)
        except OSError as error:
            raise InputError(
                f"A file that belongs to a result cannot be read ({error.strerror})",
                where=str(path),
                remedy="run the rule that makes it again: `snakemake -f <file>`",
            ) from error
    return dict(sorted(found.items()))


def write_manifest(records: Sequence[Path], output: Path, *, settings: Mapping[str, Any]) -> None:
    """Gather the records of a mode into its manifest.

    Args:
        records: Records of all jobs that came before the documents.
        output: ``results/<mode>/manifest.json``.
        settings: The settings that the results depend on, under the keys of ``config.yaml``, and
            the mode, which they depend on in so far as it says where raw files come from.

    Raises:
        InputError: If a record cannot be read.
        CheckError: If two records saw different bytes of one file.
    """
    jobs = {_job_name(path, output): _read(path) for path in records}
    files = _files(jobs)
    services = _services(jobs)
    sources = _sources(jobs, str(settings.get("mode")))
    last = places.LAST_VERBS
    code = checksums(Path(file) for verb in last for file in places.code(verb))
    packages = {name: v for verb in last for name, v in places.packages(verb).items()}
    content = {
        "project": {"name": "fij-eval", "version": fij_eval.__version__},
        "mode": _origin(sources),
        "seed": settings.get("seed"),
        "settings": {name: value for name, value in settings.items() if name != "mode"},
        "sources": sources,
        "files": files,
        "jobs": {
            name: {
                "rule": job["rule"],
                "command": job["command"],
                "inputs": sorted(job["inputs"]),
                "outputs": sorted(job["outputs"]),
                "code": sorted(job["code"]),
                "packages": job["packages"],
                "settings": job["settings"],
                "services": services[name],
                "seed": job["settings"].get("seed"),
            }
            for name, job in sorted(jobs.items())
        },
        "results": {path: name for name, job in sorted(jobs.items()) for path in job["outputs"]},
        "documents": {"code": code, "packages": dict(sorted(packages.items()))},
    }
    write_json(output, content)


def _job_name(path: Path, manifest: Path) -> str:
    """Name of a job: its record's place in the folder of records."""
    folder = manifest.parent / "provenance"
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return inside.with_suffix("").as_posix()


def _read(path: Path) -> dict[str, Any]:
    remedy = "delete it and run `snakemake` again"
    content: object = read_json(path, what="A record of provenance", remedy=remedy)
    if not isinstance(content, dict) or not set(content) >= _RECORD:
        raise InputError(
            "A record of provenance does not hold what it should", where=str(path), remedy=remedy
        )
    return content


def _files(jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Checksum of every file that any job read, ran or wrote, if all agree on it."""
    known: dict[str, tuple[str, str]] = {}
    for name, job in sorted(jobs.items()):
        for kind in ("inputs", "code", "outputs"):
            for path, checksum in job[kind].items():
                before, seen_by = known.setdefault(path, (checksum, name))
                if before != checksum:
                    raise CheckError(
                        f"The jobs «{seen_by}» and «{name}» saw different versions of one file, so "
                        "the results do not belong together",
                        where=path,
                        remedy=f"run both again: `snakemake -R {job['rule']}` after "
                        f"`snakemake -f {path}`, or delete the mode's results and run `snakemake`",
                    )
    return {path: checksum for path, (checksum, _) in sorted(known.items())}


def _services(jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Services whose raw files each job's result descends from."""
    maker = {path: name for name, job in jobs.items() for path in job["outputs"]}
    found: dict[str, set[str]] = {}

    def descend(name: str) -> set[str]:
        if name in found:
            return found[name]
        found[name] = set()
        for path in jobs[name]["inputs"]:
            if _is_index(path):
                found[name].add(PurePosixPath(path).stem)
            elif path in maker:
                found[name] |= descend(maker[path])
        return found[name]

    return {name: sorted(descend(name)) for name in sorted(jobs)}


def _sources(jobs: Mapping[str, Mapping[str, Any]], mode: str) -> list[dict[str, Any]]:
    """The raw files that the results rest on, with vintage and checksum."""
    read = {path for job in jobs.values() for path in job["inputs"]}
    indices = sorted(path for path in read if _is_index(path))
    entries = (entry for path in indices for entry in read_index(Path(places.in_mode(path, mode))))
    return [{field: getattr(entry, field) for field in _ENTRY} for entry in entries]


def _origin(sources: Iterable[Mapping[str, Any]]) -> str:
    """The mode that raw files were made or fetched in, also where they come out of an archive.

    Only the demo holds simulated figures: fetched ones are refused among them
    (``archive.require_fetched``).
    """
    return "demo" if any(entry["simulated"] for entry in sources) else "live"


def _is_index(path: str) -> bool:
    return PurePosixPath(path).parent.as_posix() == "<raw>/index"


def _same_code() -> None:
    """Refuse to vouch for code that is not what ran."""
    here = Path("src", fij_eval.__name__).resolve()
    run = Path(fij_eval.__file__).resolve().parent
    if here != run:
        raise InputError(
            "The installed program is not the one in this folder, so the record of the code would "
            "be wrong",
            where=f"{run} runs, {here} is recorded",
            remedy="run from the project's folder and install it there: `make`, or "
            "`pip install --no-deps --no-build-isolation -e .`",
        )
