"""Whether this folder rebuilds a document, by the manifest that travels inside it.

A document is rebuilt by the same code, tables, raw files, settings and packages. Each is held
against the manifest: what differs is named file by file. What lies between (tables and estimates
made along the way) need not be there; where it is, it is told apart. A document built on fetched
files is held against the raw archive that was opened from a bundle just as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from fij_eval import places, settings
from fij_eval.artefacts import sha256_of
from fij_eval.errors import InputError
from fij_eval.review import graph as graphs
from fij_eval.review.differences import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fij_eval.review.graph import Graph

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of holding a document against this folder.

    Attributes:
        build_id: First digits of the manifest's checksum, as printed on the document's pages.
        mode: Mode in whose folders its raw files were looked for.
        broken: Files inside the document that are not those of its manifest.
        differences: What keeps this folder from rebuilding it, a line each.
        checked: How many files, settings and packages were compared.
        built: What this folder has built of it already, in a sentence.
    """

    build_id: str
    mode: str
    broken: tuple[str, ...]
    differences: tuple[str, ...]
    checked: Mapping[str, int]
    built: str

    @property
    def rebuilds(self) -> bool:
        """Whether the document is whole and this folder rebuilds it."""
        return not self.broken and not self.differences


def verify(pdf: Path, *, config: Path) -> Verification:
    """Hold a document against this folder.

    Args:
        pdf: The document.
        config: Settings with which it would be built here.

    Raises:
        InputError: If the file is no PDF, or has no manifest inside.
        SettingsError: If the settings here are wrong.
    """
    from fij_eval.report.document import BUILD_ID_DIGITS

    attached = attachments(pdf)
    if MANIFEST not in attached:
        raise InputError(
            f"The document has no {MANIFEST} inside",
            where=str(pdf),
            remedy="name a document that this program made",
        )
    content = attached[MANIFEST]
    where = f"{MANIFEST} in {pdf}"
    origin = graphs.parse(content, where=where).origin
    graph = graphs.parse(content, where=where, mode=_mode_here(origin, content))
    here = settings.effective(settings.load(config))
    wanted = graph.content["settings"]
    return Verification(
        build_id=sha256_of(content)[:BUILD_ID_DIGITS],
        mode=graph.mode,
        broken=tuple(_broken(attached, graph)),
        differences=(
            *_of_settings(wanted, here, config),
            *_of_packages(graph),
            *_of_files(graph.given, "file"),
            *_of_files(_raw_files(graph), "raw file"),
        ),
        checked={
            "files": len(graph.given),
            "raw files": len(_raw_files(graph)),
            "settings": sum(1 for _ in leaves(wanted)),
            "packages": len(_packages(graph)),
        },
        built=_built(graph, pdf, content),
    )


def as_text(found: Verification, pdf: Path) -> str:
    """The verdict for the screen."""
    lines = [f"{pdf}: build {found.build_id}, mode {found.mode}"]
    lines += [f"  {line}" for line in (*found.broken, *found.differences)]
    compared = ", ".join(f"{count} {what}" for what, count in found.checked.items())
    if found.rebuilds:
        verdict = f"This folder rebuilds it: {compared} are those of its manifest."
    else:
        number = len(found.broken) + len(found.differences)
        what = "difference" if number == 1 else "differences"
        verdict = f"This folder does not rebuild it as it is: {number} {what} ({compared})."
    return "\n".join([*lines, verdict, *([found.built] if found.built else [])]) + "\n"


def attachments(pdf: Path) -> dict[str, bytes]:
    """The files inside a PDF, by name.

    Raises:
        InputError: If it cannot be read as a PDF.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise InputError(
            f"The document cannot be read as a PDF ({error})",
            where=str(pdf),
            remedy="name the PDF of a report, for example reports/demo/rapport.pdf",
        ) from error
    try:
        found = (document.get_attachment(i) for i in range(document.count_attachments()))
        return {each.get_name(): bytes(each.get_data()) for each in found}
    except pypdfium2.PdfiumError as error:
        raise InputError(
            f"A file inside the document cannot be read ({error})",
            where=str(pdf),
            remedy="get an undamaged copy of the document",
        ) from error
    finally:
        document.close()


def _mode_here(origin: str, content: bytes) -> str:
    """The mode whose files this folder would rebuild a document from.

    That is the mode that the raw files came from, or ``archive``: the one that was built here
    already, else the one that has raw files here.
    """
    possible = [mode for mode in places.MODES if mode in (origin, "archive")]
    built = (mode for mode in possible if _content(Path("results", mode, MANIFEST)) == content)
    raw = (mode for mode in possible if any(Path("data/raw", mode, "index").glob("*.json")))
    return next(built, None) or next(raw, origin)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _broken(attached: Mapping[str, bytes], graph: Graph) -> Iterator[str]:
    """Files inside the document that its own manifest does not vouch for."""
    vouched: dict[str, set[str]] = {}
    for path in graph.makers:
        vouched.setdefault(PurePosixPath(path).name, set()).add(graph.files[path])
    for name, content in sorted(attached.items()):
        if name != MANIFEST and sha256_of(content) not in vouched.get(name, set()):
            yield f"inside the document: {name} is not the one of its manifest"


def _of_settings(wanted: Mapping[str, Any], here: Mapping[str, Any], config: Path) -> Iterator[str]:
    then, now = dict(leaves(wanted)), dict(leaves({n: here.get(n) for n in wanted}))
    for path in [*then, *(path for path in now if path not in then)]:
        before, after = (values.get(path, "nothing") for values in (then, now))
        if before != after:
            yield f"setting {path}: {before} in the document, {after} in {config}"


def _packages(graph: Graph) -> dict[str, str]:
    found = {n: v for job in graph.jobs.values() for n, v in job["packages"].items()}
    return dict(sorted((found | graph.content["documents"]["packages"]).items()))


def _of_packages(graph: Graph) -> Iterator[str]:
    for name, then in _packages(graph).items():
        try:
            now = metadata.version(name)
        except metadata.PackageNotFoundError:
            now = "not installed"
        if now != then:
            yield f"package {name}: {then} in the document, {now} here"


def _of_files(wanted: Mapping[str, str], kind: str) -> Iterator[str]:
    for path, checksum in sorted(wanted.items()):
        if wrong := graphs.state(path, checksum):
            yield f"{kind} {path} {wrong}"


def _raw_files(graph: Graph) -> dict[str, str]:
    """Raw files that no job makes: those of the modes that fetch or unpack them."""
    root = PurePosixPath("data/raw", graph.mode)
    return {
        str(root / entry["path"]): str(entry["sha256"])
        for entry in graph.content["sources"]
        if str(root / "index" / f"{entry['service']}.json") not in graph.makers
    }


def _built(graph: Graph, pdf: Path, content: bytes) -> str:
    """What this folder has built already of the document."""
    own = Path("results", graph.mode, MANIFEST)
    lies = _content(own)
    if lies is None:
        return ""
    if lies != content:
        return f"What lies in {own.parent} is another build."
    same = Path("reports", graph.mode, pdf.name)
    alike = _content(same) == pdf.read_bytes()
    told = f"; {same} is the same, byte for byte" if alike else ""
    return f"It has been built here already: {own} is the manifest inside it{told}."
