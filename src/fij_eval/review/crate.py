"""The provenance of all results as an RO-Crate, for programs that know none of ours.

By RO-Crate 1.1 (Soiland-Reyes et al. 2022, doi:10.3233/DS-210053) and the profile Process Run Crate
0.5 (https://w3id.org/ro/wfrun/process/0.5): each job is a ``CreateAction`` whose ``instrument`` is
the program with its code and packages, whose ``object`` are the files and settings that it read,
and whose ``result`` are the files that it wrote. Like the manifest, from which it is made, it holds
no time of the build and no machine, and is the same where a build is rebuilt from an archive. The
crate is the folder of results; a file of the project outside it goes by an ``arcp`` address (its
path under the project's name, in the mode that the raw files came from), and each file has its
sha256.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from fij_eval import settings
from fij_eval.artefacts import write_json
from fij_eval.errors import InputError
from fij_eval.review import graph as graphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fij_eval.review.graph import Graph

NAME = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
    ".py": "text/x-python",
    ".yaml": "application/yaml",
    ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(manifest: Path, output: Path) -> None:
    """Write the crate's description beside the manifest.

    Args:
        manifest: ``results/<mode>/manifest.json``.
        output: ``results/<mode>/ro-crate-metadata.json``.

    Raises:
        InputError: If the manifest cannot be read, or the output does not lie beside it.
    """
    if output.name != NAME or output.parent != manifest.parent:
        raise InputError(
            f"An RO-Crate is described by {NAME} in its own folder",
            where=str(output),
            remedy=f"name {manifest.parent / NAME}",
        )
    write_json(output, described(graphs.read(manifest)))


def described(graph: Graph) -> dict[str, Any]:
    """The crate's description as JSON-LD.

    Args:
        graph: The build.
    """
    made = _Maker(graph)
    content: dict[str, Any] = made.crate.metadata.generate()
    entities = sorted((_ordered(e) for e in content["@graph"]), key=lambda e: str(e["@id"]))
    return {"@context": content["@context"], "@graph": entities}


class _Maker:
    """Builds the crate, each entity once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.folder = PurePosixPath("results", graph.mode)
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms.update({"sha256": "https://schema.org/sha256"})
        self.entities: dict[str, Any] = {}
        self.files = {**graph.files, **graph.content["documents"]["code"]}
        self.raw = {
            service: [entry for entry in graph.content["sources"] if entry["service"] == service]
            for service in {entry["service"] for entry in graph.content["sources"]}
        }
        self._root()
        actions = [self._action(name) for name in graph.jobs]
        self.crate.root_dataset["mentions"] = actions

    def _root(self) -> None:
        root = self.crate.root_dataset
        mode = self.graph.mode
        simulated = any(entry["simulated"] for entry in self.graph.content["sources"])
        told = " Simulated data: not figures of any source." if simulated else ""
        root["name"] = f"Evaluation of the network «Flyktninger i jobb»: results, mode {mode}"
        root["description"] = (
            "Estimates, figures, tables and numbers, and every job that made them from the raw "
            f"files.{told}"
        )
        root["datePublished"] = max(
            (str(entry["vintage"])[:10] for entry in self.graph.content["sources"]),
            default="1970-01-01",
        )
        root["license"] = self._entity(
            LICENCE,
            {
                "@type": "CreativeWork",
                "name": "CC BY 4.0",
                "description": "Creative Commons Attribution 4.0 International; raw files have "
                "the licence of their source",
            },
        )
        root["conformsTo"] = self._entity(
            PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
        )
        self._file(
            str(self.folder / "manifest.json"),
            {"name": "manifest.json", "description": "All jobs, files and raw data of this build"},
        )

    def _action(self, name: str) -> Any:  # noqa: ANN401 -- an entity of rocrate
        job = self.graph.jobs[name]
        raw = [e for path in job["inputs"] if _is_index(path) for e in self._raw(path)]
        made = [e for path in job["outputs"] if _is_index(path) for e in self._raw(path)]
        return self._entity(
            f"#job/{quote(name)}",
            {
                "@type": "CreateAction",
                "name": f"Job {name} (rule {job['rule']})",
                "description": " ".join(["fij-eval", *map(str, _without_settings(job["command"]))]),
                "instrument": self._software(name, job),
                "object": [
                    *(self._known(path) for path in job["inputs"]),
                    *raw,
                    *self._settings(name, job["settings"]),
                ],
                "result": [*(self._known(path) for path in job["outputs"]), *made],
            },
        )

    def _software(self, name: str, job: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- an entity of rocrate
        return self._entity(
            f"#program/{quote(name)}",
            {
                "@type": "SoftwareApplication",
                "name": f"fij-eval {' '.join(map(str, job['command'][:2]))}",
                "description": f"The program that the job {name} runs: its code and packages",
                "softwareVersion": self.graph.content["project"]["version"],
                "softwareRequirements": [
                    self._entity(
                        f"#package/{quote(package)}",
                        {
                            "@type": "SoftwareApplication",
                            "name": package,
                            "softwareVersion": version,
                        },
                    )
                    for package, version in job["packages"].items()
                ],
                "hasPart": [self._known(path) for path in job["code"]],
            },
        )

    def _settings(self, name: str, parts: Mapping[str, Any]) -> list[Any]:
        return [
            self._entity(
                f"#setting/{quote(name)}/{part}",
                {"@type": "PropertyValue", "name": part, "value": settings.as_json(value)},
            )
            for part, value in sorted(parts.items())
        ]

    def _raw(self, index: str) -> list[Any]:
        """The raw files of a service."""
        service = PurePosixPath(index).stem
        return [
            self._file(
                str(PurePosixPath("data/raw", self.graph.mode, entry["path"])),
                {
                    "name": f"{service} {entry['item']}, {PurePosixPath(entry['path']).name}",
                    "description": "simulated in the form of its source"
                    if entry["simulated"]
                    else "as it came from its source",
                    "version": entry["vintage"],
                    "copyrightNotice": entry["licence"],
                    "sha256": entry["sha256"],
                },
            )
            for entry in self.raw.get(service, ())
        ]

    def _known(self, path: str) -> Any:  # noqa: ANN401 -- an entity of rocrate
        kind = {"@type": ["File", "SoftwareSourceCode"]} if path.endswith(".py") else {}
        return self._file(path, {"name": path, "sha256": self.files[path], **kind})

    def _file(self, path: str, properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- an entity of rocrate
        place = PurePosixPath(path)
        inside = place.is_relative_to(self.folder)
        identifier = (
            quote(str(place.relative_to(self.folder)))
            if inside
            else f"arcp://name,fij-eval.{self.graph.mode}/{quote(path)}"
        )
        if identifier not in self.entities:
            media = _TYPES.get(place.suffix)
            known = {**properties, **({"encodingFormat": media} if media else {})}
            place_of = {"dest_path": identifier} if inside else {"source": identifier}
            entity = File(self.crate, **place_of, properties=known)
            self.entities[identifier] = self.crate.add(entity)
        return self.entities[identifier]

    def _entity(self, identifier: str, properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- an entity of rocrate
        if identifier not in self.entities:
            entity = ContextEntity(self.crate, identifier, properties=dict(properties))
            self.entities[identifier] = self.crate.add(entity)
        return self.entities[identifier]


def _is_index(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[:2] == ("data", "raw") and parts[-2] == "index"


def _without_settings(command: Iterable[str]) -> list[str]:
    """The command without its settings, which stand beside it as values."""
    words = list(command)
    if "--settings" not in words:
        return words
    at = words.index("--settings")
    return words[:at] + words[at + 2 :]


def _ordered(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The entity with references in one order."""
    return {
        key: sorted(value, key=lambda each: str(each.get("@id")))
        if isinstance(value, list) and all(isinstance(each, dict) for each in value)
        else value
        for key, value in entity.items()
    }
