"""What a check found, in numbers, and how a check stops the build."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from fij_eval.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

Severity = Literal["info", "warning"]

#: So many cases are named; all are counted.
EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        id: Name of the check, for example ``denominator_jump``.
        what: What was looked at and what counts, as a sentence.
        n: How many cases; 0 is a check that passed.
        examples: The first cases, in words.
        severity: ``warning`` if a reader must know of it.
        facts: Figures by name, for prose.
    """

    id: str
    what: str
    n: int
    examples: tuple[str, ...] = ()
    severity: Severity = "info"
    facts: Mapping[str, float | int | str | None] | None = None

    def __post_init__(self) -> None:
        """Refuse a finding that no reader would count: one of a severity that there is not."""
        if self.severity not in get_args(Severity):
            raise ValueError(f"severity «{self.severity}» of {self.id}")


def to_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """Findings as they are written, in the order of the checks."""
    rows = [{**asdict(f), "examples": list(f.examples), "facts": f.facts or {}} for f in findings]
    return {
        "warnings": sum(row["severity"] == "warning" for row in rows),
        "findings": rows,
    }


def places(rows: pd.DataFrame) -> tuple[str, ...]:
    """The first rows as code and month."""
    ordered = rows.sort_values(["reference_month", "municipality_code"]).head(EXAMPLES)
    return tuple(
        f"{code} {month}"
        for code, month in zip(
            ordered["municipality_code"], ordered["reference_month"], strict=True
        )
    )


def stop(rows: pd.DataFrame, wrong: pd.Series[bool], what: str, look: str) -> None:
    """Stop if any row is wrong."""
    if wrong.any():
        raise CheckError(
            f"{int(wrong.sum())} rows have {what}, first {', '.join(places(rows[wrong])[:3])}",
            where="panel",
            remedy=f"look at {look} in the raw file of that month",
        )
