"""Set a document: prose, numbers, figures and tables become one PDF that passes its gate.

Everything that goes in is copied to a folder of its own first, so that what typst reads is exactly
what is meant, wherever the project lies, and the same bytes come out of the same input. Numbers and
tables arrive as strings in JSON and are never read as markup.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fij_eval.artefacts import json_text, write_bytes
from fij_eval.errors import ReportError
from fij_eval.report import fonts, gate, gate_claims
from fij_eval.report.prose import TAGS, asked_for, known, prose, strings, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Length of the build id: the first digits of the manifest's sha256.
BUILD_ID_DIGITS = 12

_STREAM = re.compile(rb"/Length (\d+)\b(?:(?!endobj).){0,4000}?>>\s*stream\r?\n", re.DOTALL)
_INCH_MM, _INCH_POINTS = 25.4, 72
_TYPES = {".csv": "text/csv", ".json": "application/json"}


def write(
    document: str,
    language: str,
    *,
    figures: Path,
    tables: Path,
    numbers: Path,
    manifest: Path,
    output: Path,
) -> None:
    """Set a document, check it, and write it.

    Args:
        document: Name of the document, one of ``prose.DOCUMENTS``.
        language: ``nb`` or ``en``.
        figures: Folder with ``<name>.svg``, ``.csv`` and ``.json`` of every figure.
        tables: Folder with ``<name>.csv`` and ``.json`` of every table.
        numbers: JSON, key to finished string.
        manifest: Manifest of the results; its checksum is the build id, and it travels inside.
        output: The PDF.

    Raises:
        ReportError: If the prose asks for what is not there, if typst warns, or if the gate is not
            passed.
    """
    chosen = known(document, language)
    strings_of = read_json(numbers)
    texts = prose(chosen)
    words = strings(language)
    with tempfile.TemporaryDirectory(prefix="fij-eval-") as temporary:
        work = Path(temporary)
        attached = _gather(work, texts, words, figures=figures, tables=tables, manifest=manifest)
        facts = {
            "language": language,
            "region": TAGS[language].partition("-")[2],
            "title": words["documents"][chosen.template]["title"],
            "keywords": words["keywords"],
            "simulated": strings_of.get("meta.simulated", "") != "",
            "build_id": build_id(manifest),
            "attached": attached,
        }
        for name, data in (("numbers", strings_of), ("facts", facts), ("strings", words)):
            (work / f"{name}.json").write_text(json_text(data), encoding="utf-8")
        content, setting = typeset(work, chosen.template, created=_created(strings_of, numbers))
        pdf = work / "document.pdf"
        pdf.write_bytes(content)
        gate.check_pdf(
            pdf,
            language=language,
            title=facts["title"],
            numbers={key: strings_of[key] for key in setting.places},
            figures=sum(
                _is_shown(read_json(figures / f"{name}.json")) for name in asked_for("fig", texts)
            ),
            attachments=[file["name"] for file in attached],
            setting=setting,
            claimed=_claimed(strings_of, texts),
        )
    write_bytes(output, content)


def _claimed(known: Mapping[str, str], texts: Mapping[str, str]) -> gate_claims.Claimed:
    """The rung that was reached, and the heading of the prose's chapter on method."""
    heading = re.search(r"(?m)^= (.+?)(?: <[\w-]+>)?$", texts.get("15_method.typ", ""))
    rung = known.get("claim.rung_number", "")
    return gate_claims.Claimed(
        int(rung) if rung else gate_claims.LOWEST, heading[1].strip() if heading else ""
    )


def typeset(work: Path, template: str, *, created: datetime) -> tuple[bytes, gate.Setting]:
    """Set what lies in a folder.

    Args:
        work: Folder with ``<template>.typ`` and everything that it reads.
        template: Name of the template.
        created: Time that the document carries.

    Returns:
        The PDF, and where the numbers stand that its prose asks for.

    Raises:
        ReportError: If typst stops or warns.
    """
    import typst

    try:
        compiler = typst.Compiler(
            str(work / f"{template}.typ"),
            root=str(work),
            font_paths=[str(work / "fonts")],
            ignore_system_fonts=True,
        )
        # one file that can be archived, data inside it (PDF/A-3a), and read aloud (PDF/UA-1)
        content, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=created
        )
        told = json.loads(compiler.query("<setting>", field="value"))
    except typst.TypstError as error:
        raise _not_set(error, work) from error
    if warnings:
        raise ReportError(
            f"Setting the document gave a warning: {warnings[0].message}",
            where=_place(warnings[0].diagnostic, work),
            remedy="mend the template or the prose; a warning is an error here, since a missing "
            "font or label would otherwise go unseen",
        )
    return unambiguous(cast("bytes", content)), _setting(told)


def _setting(told: list[dict[str, Any]]) -> gate.Setting:
    """What the template tells of the finished document; nothing if it tells nothing."""
    places: dict[str, list[int]] = {}
    margins = (0.0, 0.0)
    for one in told:
        left, right = (side / _INCH_MM * _INCH_POINTS for side in one["margins"])
        margins = (left, right)
        for key, page in one["numbers"]:
            places.setdefault(key, []).append(page)
    return gate.Setting({key: tuple(sorted(set(places[key]))) for key in sorted(places)}, margins)


def unambiguous(pdf: bytes) -> bytes:
    """The same file without a doubt about where a stream ends.

    Compressed data may happen to end in a carriage return. With the line feed that stands
    before ``endstream`` it then reads as one line end, the stream as one byte shorter than its
    length says, and validators of PDF/A refuse the file (ISO 19005-3, 6.1.7.1). There a carriage
    return, a line end as well, takes the line feed's place: no byte moves.
    """
    changed = bytearray(pdf)
    for head in _STREAM.finditer(pdf):
        end = head.end() + int(head[1])
        if pdf[end - 1 : end] == b"\r" and pdf[end:].startswith(b"\nendstream"):
            changed[end : end + 1] = b"\r"
    return bytes(changed)


def build_id(manifest: Path) -> str:
    """The build id of a run: the first digits of its manifest's checksum.

    Raises:
        ReportError: If the manifest is not there.
    """
    try:
        return hashlib.sha256(manifest.read_bytes()).hexdigest()[:BUILD_ID_DIGITS]
    except OSError as error:
        raise _not_made(manifest) from error


def read_json(path: Path) -> dict[str, Any]:
    """What a step before wrote as JSON.

    Raises:
        ReportError: If it is missing, or not whole.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _not_made(path) from error
    if not isinstance(content, dict):
        raise _not_made(path)
    return content


def _gather(
    work: Path,
    texts: Mapping[str, str],
    words: Mapping[str, Any],
    *,
    figures: Path,
    tables: Path,
    manifest: Path,
) -> list[dict[str, str]]:
    """Copy into the folder what typst reads, and describe the files that travel inside."""
    fonts.copy_to(work / "fonts")
    for folder, sources in ((work, templates()), (work / "text", texts)):
        folder.mkdir(exist_ok=True)
        for name, text in sources.items():
            (folder / name).write_text(text, encoding="utf-8")
    attached = [_attach(work, manifest, words["manifest_description"], "supplement")]
    for kind, folder, suffixes in (
        ("fig", figures, (".svg", ".json")),
        ("tab", tables, (".json",)),
    ):
        for name, file in asked_for(kind, texts).items():
            for suffix in suffixes:
                _copy(folder / f"{name}{suffix}", work / _folder_of(kind), asked_by=file)
            told = read_json(folder / f"{name}.json")
            if _is_shown(told):
                attached.append(_attach(work, folder / f"{name}.csv", told["title"], "data"))
    return attached


def _is_shown(words: Mapping[str, Any]) -> bool:
    """Whether a figure with these words is shown; a table always is."""
    return bool(words.get("shown", True))


def _folder_of(kind: str) -> str:
    """Folder in which the template looks for figures or tables."""
    return {"fig": "figures", "tab": "tables"}[kind]


def _attach(work: Path, source: Path, description: str, relationship: str) -> dict[str, str]:
    """Copy a file that travels inside the document, and describe it."""
    _copy(source, work / "attached")
    return {
        "name": source.name,
        "path": f"/attached/{source.name}",
        "description": description,
        "relationship": relationship,
        "type": _TYPES[source.suffix],
    }


def _copy(source: Path, folder: Path, *, asked_by: str = "") -> None:
    folder.mkdir(exist_ok=True)
    try:
        shutil.copyfile(source, folder / source.name)
    except OSError as error:
        raise _not_made(source, asked_by=asked_by) from error


def _created(known: Mapping[str, str], path: Path) -> datetime:
    """The time that the document carries: the day of its newest data, never the clock."""
    try:
        day = datetime.fromisoformat(known["meta.data_day"])
    except (KeyError, ValueError) as error:
        raise ReportError(
            "The day of the newest data is not among the numbers",
            where=f"{path}, key meta.data_day",
            remedy="delete the file and run `snakemake` again",
        ) from error
    # Noon in UTC, so that no time zone moves it to another day.
    return day.replace(tzinfo=UTC) + timedelta(hours=12)


def _not_made(path: Path, *, asked_by: str = "") -> ReportError:
    asked = f", asked for by {asked_by}" if asked_by else ""
    return ReportError(
        "A file that the document needs is missing or not whole",
        where=f"{path}{asked}",
        remedy="run the rule that makes it first, or `snakemake` for everything",
    )


def _not_set(error: Any, work: Path) -> ReportError:  # noqa: ANN401 -- typst's error
    """Typst's error in our words; an unresolved key is named with the file that asks."""
    place = _place(error.diagnostic, work)
    marker = "unresolved key: "
    if marker in error.message:
        key = error.message.split(marker, 1)[1].strip(' "')
        return ReportError(
            f"The prose asks for the number «{key}», which no record gives",
            where=place,
            remedy="correct the key, or let report/numbers.py make it",
        )
    return ReportError(
        f"The document cannot be set: {error.message}",
        where=place,
        remedy="mend the line that is named in the template or the prose",
    )


def _place(diagnostic: str, work: Path) -> str:
    """The file and line that a diagnostic points to; of several, the one in the prose."""
    # typst writes the path of a file from the folder that the process runs in
    marks = [
        line.split("─", 1)[1].strip().rpartition(f"{work.name}/")[2]
        for line in diagnostic.splitlines()
        if line.strip()[:1] == "┌"
    ]
    prosaic = [mark for mark in marks if mark.startswith("text/")]
    return (prosaic or marks or ["the template"])[0]
