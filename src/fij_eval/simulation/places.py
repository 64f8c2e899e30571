"""The real ground that every world stands on: municipalities, settlement, neighbours, sign-ups.

Read from ``data/reference``; nothing here is simulated. Settlement figures that the source hides
(``<5``) are marked as hidden and drawn by the world, never read as a number.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import InputError
from fij_eval.months import month_number, month_of_date
from fij_eval.panel.register_rows import participants

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

#: Marks a settlement figure that the source hides because it lies between one and four.
HIDDEN_SETTLED = -1
#: Calendar years whose settlement counts are published per municipality (the last one in part).
SETTLED_COLUMNS = ("settled_2022", "settled_2023", "settled_2024_to_nov13")
#: Upper limits of the small and medium size groups, inhabitants on 1 January 2024.
SIZE_LIMITS = (10_000, 25_000)
SIZE_NAMES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Municipalities of 2024 in the order of their codes; every array has one row each.

    Attributes:
        codes: Four digits.
        names: Name as published, with Sámi and Kven parts.
        names_norwegian: The Norwegian part of the name.
        county_codes: Two digits.
        counties: Name of the county.
        regions: One of the six regions.
        centrality: 1 (most central) to 6.
        population: Residents on 1 January; one column a year of ``years``; -1 where the
            municipality did not exist.
        years: Years of the population columns.
        settled: Refugees from Ukraine settled, one column each of ``SETTLED_COLUMNS``;
            ``HIDDEN_SETTLED`` where hidden.
        codes_2023: Code in the structure of 2023.
        names_2023: Name in the structure of 2023.
        split: Groups of rows that were one municipality until the end of 2023.
        neighbours: Pairs of rows that touch, sea areas included.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    names_norwegian: tuple[str, ...]
    county_codes: tuple[str, ...]
    counties: tuple[str, ...]
    regions: tuple[str, ...]
    centrality: NDArray[np.int64]
    population: NDArray[np.int64]
    years: tuple[int, ...]
    settled: NDArray[np.int64]
    codes_2023: tuple[str, ...]
    names_2023: tuple[str, ...]
    split: tuple[tuple[int, ...], ...]
    neighbours: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.codes)

    def row_of(self) -> dict[str, int]:
        """Row of each code."""
        return {code: row for row, code in enumerate(self.codes)}

    def population_of(self, year: int) -> NDArray[np.int64]:
        """Residents on 1 January of a year; -1 where the municipality did not exist."""
        return self.population[:, self.years.index(year)]

    def size_group(self) -> NDArray[np.int64]:
        """Size group by inhabitants on 1 January 2024: 0 small, 1 medium, 2 large."""
        population = self.population_of(2024)
        return (population >= SIZE_LIMITS[0]).astype(np.int64) + (population > SIZE_LIMITS[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """One line of the register, as far as a world needs it."""

    municipality_code: str
    start: int
    signed_up: bool
    withdrew: bool
    digital: bool


def read_rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a reference table.

    Raises:
        InputError: If the table cannot be read or lacks a column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"A reference table cannot be read ({error})",
            where=str(path),
            remedy="restore the file that came with the project",
        ) from error
    lines = text.splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=separator)
    if lacking := [name for name in needed if name not in (reader.fieldnames or ())]:
        raise InputError(
            f"A reference table lacks the column «{lacking[0]}»",
            where=str(path),
            remedy="restore the file that came with the project",
        )
    return [{k: v or "" for k, v in row.items() if k is not None} for row in reader]


def read_places(reference: Path) -> Places:
    """Municipalities, settlement and neighbours from ``data/reference``.

    Args:
        reference: The folder.

    Raises:
        InputError: If a table is missing, lacks a column or holds what is not a number.
    """
    path = reference / "municipalities.csv"
    fixed = ("municipality_code", "name", "name_norwegian", "county_code", "county", "centrality")
    rows = sorted(
        read_rows(path, (*fixed, "population_2024", *SETTLED_COLUMNS)),
        key=lambda row: row["municipality_code"],
    )
    years = tuple(sorted(int(k.split("_")[1]) for k in rows[0] if k.startswith("population_")))
    region = {
        row["county_code"]: row["region"]
        for row in read_rows(reference / "regions.csv", ("county_code", "region"))
    }
    number = {row["municipality_code"]: i for i, row in enumerate(rows)}
    changes = read_rows(
        reference / "code_changes.csv", ("code_2023", "name_2023", "code_2024", "change")
    )
    before = {row["code_2024"]: row for row in changes}
    parts: dict[str, list[int]] = {}
    for row in changes:
        if row["change"] == "split":
            parts.setdefault(row["code_2023"], []).append(number[row["code_2024"]])
    pairs = read_rows(reference / "neighbours.csv", ("a", "b"))
    try:
        return Places(
            codes=tuple(number),
            names=tuple(row["name"] for row in rows),
            names_norwegian=tuple(row["name_norwegian"] for row in rows),
            county_codes=tuple(row["county_code"] for row in rows),
            counties=tuple(row["county"] for row in rows),
            regions=tuple(region[row["county_code"]] for row in rows),
            centrality=np.array([int(row["centrality"]) for row in rows]),
            population=np.array(
                [[_count(row[f"population_{year}"], blank=-1) for year in years] for row in rows]
            ),
            years=years,
            settled=np.array([[_count(row[c], blank=0) for c in SETTLED_COLUMNS] for row in rows]),
            codes_2023=tuple(before[code]["code_2023"] for code in number),
            names_2023=tuple(before[code]["name_2023"] for code in number),
            split=tuple(tuple(group) for group in parts.values()),
            neighbours=np.array([[number[p["a"]], number[p["b"]]] for p in pairs]),
        )
    except (KeyError, ValueError) as error:
        raise InputError(
            f"The reference tables do not fit together ({error})",
            where=str(reference),
            remedy="restore the files that came with the project",
        ) from error


def read_sign_ups(path: Path, places: Places, reference: Path) -> tuple[SignUp, ...]:
    """Sign-ups of municipalities from the register; units below a municipality are left out.

    A district cannot be told from the rest of its municipality in any municipal table, so it is
    nobody's participant here. What is wrong with the register is said by its one reader,
    ``panel.register``.

    Args:
        path: The register.
        places: The municipalities.
        reference: ``data/reference``, for the names of Oslo's districts.

    Raises:
        InputError: If the register cannot be read, or anything in it is wrong.
    """
    districts = read_rows(reference / "oslo_districts.csv", ("district_code", "name"))
    rows = participants(
        path,
        dict(zip(places.codes, places.names, strict=True)),
        {row["district_code"]: row["name"] for row in districts},
    )
    return tuple(
        SignUp(
            municipality_code=row["municipality_code"],
            start=month_number(month_of_date(date.fromisoformat(row["kick_off_date"]))),
            signed_up=row["signed_up"] == "yes",
            withdrew=row["status"] == "withdrew",
            digital=row["mode"] == "digital",
        )
        for row in rows
        if not row["district_code"]
    )


def _count(text: str, *, blank: int) -> int:
    """A count; ``<5`` is hidden, an empty cell means what the caller says."""
    if text == "<5":
        return HIDDEN_SETTLED
    return int(text) if text else blank
