"""Portions of the bench: which replications of which family go into one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fij_eval.simulation.scenarios import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

Profile = Literal["quick", "full"]

#: Replications in one file.
SIZE = 50


@dataclass(frozen=True, slots=True)
class Batch:
    """A range of replications of one family."""

    family: str
    first: int
    count: int

    def path(self, folder: Path) -> Path:
        """The file that holds it."""
        return folder / self.family / f"{self.first:05d}-{self.first + self.count - 1:05d}.parquet"


def batches(profile: Profile, size: int = SIZE) -> list[Batch]:
    """All batches of a profile."""
    found = []
    for family in FAMILIES.values():
        total = family.replications if profile == "full" else family.quick
        found += [
            Batch(family.name, first, min(size, total - first)) for first in range(0, total, size)
        ]
    return found
