"""IMDi's yearly settlement pages in the demo: one table a county.

2022, 2023 and 2024 (as counted on 13 November) show the real number settled with collective
protection; the other columns are empty there, since their figures are not at hand. 2025 is
simulated in full.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.simulation.places import HIDDEN_SETTLED
from fij_eval.sources.demo_klass import OLD_COUNTIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places

URL = "https://www.imdi.no/bosetting/bosettingstall/nokkeltall-bosetting-{year}/"
COLUMNS = ("Kommune", "Anmodet", "Vedtatt", "Bosatt", "Bosatt med kollektiv beskyttelse")
NOTICE = "Simulerte tall: laget for demonstrasjon, ikke tall fra IMDi."
SUM = "Sum"
HIDE_BELOW = 5
#: Signs for one to four persons: pages differ.
SIGN_REAL, SIGN_SIMULATED = "<5", ":"
#: Settled for each one with collective protection, decided and requested for each settled:
#: simulated.
ALL_PER_COLLECTIVE, DECIDED_PER_SETTLED, REQUESTED_PER_DECIDED = 1.25, 1.15, 1.08


def real_page(places: Places, *, year: int, column: int, counted: str) -> bytes:
    """The page of a year whose figures are published.

    Args:
        places: Municipalities with their settlement.
        year: Year of the page.
        column: Column of ``places.settled``.
        counted: What the page says of when it was counted, or empty.
    """
    settled = places.settled[:, column]
    later = {row for group in places.split for row in group[1:]} if year < 2024 else set()
    rows = {
        row: ("", "", "", _shown(int(settled[row]), SIGN_REAL))
        for row in range(len(places))
        if row not in later
    }
    return _page(places, year, rows, [counted] if counted else [])


def simulated_page(
    places: Places, *, year: int, settled: NDArray[np.int64], rng: np.random.Generator
) -> bytes:
    """The page of a year whose settlement is simulated."""
    everyone = settled + rng.poisson((ALL_PER_COLLECTIVE - 1) * settled)
    decided = everyone + rng.poisson((DECIDED_PER_SETTLED - 1) * everyone)
    requested = decided + rng.poisson((REQUESTED_PER_DECIDED - 1) * decided)
    rows = {
        row: tuple(
            _shown(int(values[row]), SIGN_SIMULATED, hide=True)
            for values in (requested, decided, everyone, settled)
        )
        for row in range(len(places))
    }
    return _page(places, year, rows, [NOTICE])


def _shown(value: int, sign: str, *, hide: bool = False) -> str:
    hidden = value == HIDDEN_SETTLED or (hide and 0 < value < HIDE_BELOW)
    return sign if hidden else f"{value:,}".replace(",", " ")


def _page(
    places: Places, year: int, rows: Mapping[int, Sequence[str]], notes: Sequence[str]
) -> bytes:
    """A page with a heading and a table for each county of the year."""
    old = dict(OLD_COUNTIES)
    counties: dict[str, list[int]] = {}
    for row in rows:
        county = places.counties[row]
        if year < 2024:
            county = old.get(places.codes_2023[row][:2], county)
        counties.setdefault(county, []).append(row)
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    parts = []
    for county, members in counties.items():
        lines = []
        for row in members:
            name = places.names_norwegian[row]
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in rows[row])
            lines.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
        lines.append(f"<tr><td>{SUM}</td>{'<td></td>' * (len(COLUMNS) - 1)}</tr>")
        parts.append(
            f"<h2>{escape(county)}</h2>\n<table>\n<caption>{escape(county)}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"
        )
    notices = "\n".join(f"<p>{escape(note)}</p>" for note in notes)
    title = f"Nøkkeltall for bosetting {year}"
    text = (
        f'<!DOCTYPE html>\n<html lang="nb">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{notices}\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
    return text.encode("utf-8")
