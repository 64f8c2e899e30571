"""NAV's workbook HL060 in the demo: registered unemployed, one workbook a calendar year.

The figures are simulated. The bytes depend on the figures alone: what a workbook says of when it
was made is set to a fixed time.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from openpyxl import Workbook

from fij_eval.fixed_zip import timeless
from fij_eval.sources.labels import MONTH_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.places import Places
    from fij_eval.simulation.unemployment import Unemployment

SHEETS = ("3. Kommune Antall", "4. Kommune Prosent av arbeidsst")
TITLES = ("Helt ledige. Kommune. Antall", "Helt ledige. Kommune. Prosent av arbeidsstyrken")
NOTE = "Simulerte tall: laget for demonstrasjon, ikke tall fra NAV. * = færre enn 4 personer."
HIDE_BELOW = 4
#: Rows outside the municipalities, and their simulated mean number of unemployed; NAV gives no
#: percentage of a labour force for them.
OUTSIDE = (("2100 Svalbard", 12), ("Ukjent", 45))
#: NAV's own spelling of a name.
SPELT = {"0301": "Oslo - Oslove"}


def workbook(
    places: Places,
    unemployment: Unemployment,
    *,
    year: int,
    months: Sequence[int],
    rng: np.random.Generator,
) -> bytes:
    """One year's workbook.

    Args:
        places: Municipalities.
        unemployment: Unemployed and labour force by municipality and month of ``months``.
        year: Calendar year; before 2024 the codes are those of 2023.
        months: Month numbers of the columns of ``unemployment``, consecutive.
        rng: Random stream for the rows outside the municipalities.
    """
    picked = [column for column, month in enumerate(months) if month // 12 == year]
    names = [MONTH_NAMES[months[column] % 12].capitalize() for column in picked]
    labels, unemployed, force = _rows(
        places, unemployment.unemployed[:, picked], unemployment.labour_force[:, picked], year
    )
    percent = np.round(100 * unemployed / force, 1)
    outside = [(label, rng.poisson(mean, len(picked))) for label, mean in OUTSIDE]
    book = Workbook(write_only=True)
    for sheet, title, shown in zip(SHEETS, TITLES, (unemployed, percent), strict=True):
        page = book.create_sheet(sheet)
        page.append([None, title])
        page.append([None, f"{names[0]} - {names[-1].lower()} {year}"])
        page.append([None, NOTE])
        page.append([])
        page.append([None, "Kommune", *names])
        for row, label in enumerate(labels):
            page.append([None, label, *_signed(unemployed[row], shown[row])])
        for label, counts in outside:
            values = _signed(counts, counts) if shown is unemployed else [None] * len(picked)
            page.append([None, label, *values])
    buffer = io.BytesIO()
    book.save(buffer)
    return timeless(buffer.getvalue())


def _rows(
    places: Places, unemployed: NDArray[np.int64], force: NDArray[np.int64], year: int
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Labels and figures in the structure of the year."""
    if year >= 2024:
        pairs = zip(places.codes, places.names, strict=True)
        return [f"{code} {SPELT.get(code, name)}" for code, name in pairs], unemployed, force
    codes, first, group = np.unique(places.codes_2023, return_index=True, return_inverse=True)
    # Municipalities of 2024 by those of 2023: one in each row, two where one was divided.
    part_of = (np.arange(len(codes))[:, None] == group).astype(np.int64)
    labels = [
        f"{code} {SPELT.get(code, places.names_2023[row])}"
        for code, row in zip(codes.tolist(), first.tolist(), strict=True)
    ]
    return labels, part_of @ unemployed, part_of @ force


def _signed(counts: NDArray[np.int64], shown: NDArray[np.generic]) -> list[int | float | str]:
    """Cells of a row, ``*`` where one to three persons are counted."""
    return [
        "*" if 0 < count < HIDE_BELOW else value
        for count, value in zip(counts.tolist(), shown.tolist(), strict=True)
    ]
