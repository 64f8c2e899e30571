"""`docs/standards.md`: each line of four standards with its evidence, made from `standards.yaml`.

What can be looked up is not written by hand: evidence is a path in the project, and one that is not
there is an error, so that the page cannot outlive what it points to.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from fij_eval.artefacts import write_text
from fij_eval.errors import InputError

SOURCE = Path("docs/standards.yaml")
PAGE = Path("docs/standards.md")

_HEAD = """# Standards, line by line

Made from `standards.yaml` by `make readme`; do not edit here. «met» rests on the evidence named
beside it; the other verdicts say why.
"""


Verdict = Literal["met", "partly", "not met", "not applicable"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Part):
    """One requirement of a standard.

    Attributes:
        asks: What it asks, in our words.
        verdict: Whether it is met.
        evidence: Paths within the project that show it.
        why: What the evidence shows, or why it is not met.
    """

    asks: str
    verdict: Verdict
    evidence: tuple[Path, ...] = ()
    why: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Line:
        if self.verdict == "met" and not self.evidence:
            raise ValueError(f"«{self.asks}» is said to be met and names no evidence")
        if self.verdict != "met" and not self.why:
            raise ValueError(f"«{self.asks}» is «{self.verdict}» and does not say why")
        return self


class Standard(_Part):
    """One standard: its name, where it stands, its lines."""

    name: str
    source: str
    lines: tuple[Line, ...]


class Standards(_Part):
    """All of them."""

    standards: tuple[Standard, ...]


def read(path: Path = SOURCE) -> Standards:
    """The list, checked.

    Raises:
        InputError: If it cannot be read, a line lacks evidence or reason, or evidence is not there.
    """
    try:
        found = Standards.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise InputError(
            f"The list of standards cannot be read: {error}",
            where=str(path),
            remedy="mend the line that is named",
        ) from error
    root = path.parent.parent
    named = (proof for each in found.standards for line in each.lines for proof in line.evidence)
    lost = sorted({proof.as_posix() for proof in named if not (root / proof).exists()})
    if lost:
        raise InputError(
            f"Evidence is not there: {', '.join(lost)}",
            where=str(path),
            remedy="name what shows it now, or change the verdict",
        )
    return found


def page(standards: Standards) -> str:
    """The page as Markdown."""
    parts = [_HEAD, _summary(standards)]
    for each in standards.standards:
        parts.append(f"## {each.name}\n\n{each.source}\n")
        rows = ["| asks | verdict | evidence |", "|---|---|---|"]
        rows += [
            f"| {line.asks} | {_shown(line.verdict)} | {_evidence(line)} |" for line in each.lines
        ]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def update(path: Path = PAGE) -> None:
    """Write the page beside its source.

    Raises:
        InputError: As `read`.
    """
    write_text(path, page(read(path.with_suffix(".yaml"))))


def _summary(standards: Standards) -> str:
    verdicts = get_args(Verdict)
    rows = [f"| standard | {' | '.join(verdicts)} |", "|---|---:|---:|---:|---:|"]
    for each in standards.standards:
        counts = (sum(line.verdict == verdict for line in each.lines) for verdict in verdicts)
        rows.append(f"| {each.name} | {' | '.join(map(str, counts))} |")
    return "\n".join(rows) + "\n"


def _shown(verdict: str) -> str:
    return verdict if verdict == "met" else f"**{verdict}**"


def _evidence(line: Line) -> str:
    links = (f"[{proof.as_posix()}]({_relative(proof)})" for proof in line.evidence)
    return " ".join(filter(None, (line.why, ", ".join(links))))


def _relative(proof: Path) -> str:
    return Path(os.path.relpath(proof, PAGE.parent)).as_posix()
