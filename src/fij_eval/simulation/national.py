"""The published national share employed, as a path through all months.

Between the published points the path is linear in time after a seasonal cycle is taken out, and the
cycle is put back. Linear interpolation of the points themselves would spread the spring rise over
the winter: the published points show 6.5 percentage points from April to July 2024.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import InputError
from fij_eval.months import month_number
from fij_eval.simulation.places import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MEASURE = "share employed aged 20-66 arrived after 24 Feb 2022"
#: «just under 20» and «over 20» are read half a percentage point off.
ROUNDED_BY = 0.5
#: Half the distance between the high of late summer and the low of late winter, percentage points.
CYCLE = 2.0
#: Month of the year (1-12, with fractions) of the seasonal high.
CYCLE_PEAK = 8.5


def seasonal_angle(months: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle of a month in the seasonal cycle, zero at the high of late summer."""
    angle: NDArray[np.float64] = 2 * np.pi * (np.mod(months, 12) + 1 - CYCLE_PEAK) / 12
    return angle


def read_points(reference: Path) -> tuple[tuple[int, float], ...]:
    """Published national shares as (month number, share).

    Raises:
        InputError: If the table cannot be read or a value has no number.
    """
    path = reference / "national_points.csv"
    points = []
    for row in read_rows(path, ("reference_month", "measure", "value")):
        if row["measure"] != MEASURE:
            continue
        number = re.search(r"\d+(?:\.\d+)?", row["value"])
        if number is None:
            raise InputError(
                f"«{row['value']}» holds no number",
                where=f"{path}, {row['reference_month']}",
                remedy="write the published share in per cent",
            )
        off = {"just under": -ROUNDED_BY, "over": ROUNDED_BY}
        words = row["value"][: number.start()].strip()
        value = float(number[0]) + off.get(words, 0.0)
        points.append((month_number(row["reference_month"]), value / 100))
    return tuple(sorted(points))


def national_path(
    points: Sequence[tuple[int, float]], months: Sequence[int]
) -> NDArray[np.float64]:
    """National share in each month, through the published points.

    Before the first and after the last point the seasonally adjusted share stays where it is.

    Args:
        points: Month numbers and shares.
        months: Month numbers wanted.
    """
    at = np.array([month for month, _ in points], dtype=float)
    share = np.array([value for _, value in points])
    wanted = np.asarray(months, dtype=float)
    cycle = CYCLE / 100
    adjusted = share - cycle * np.cos(seasonal_angle(at))
    path: NDArray[np.float64] = np.interp(wanted, at, adjusted) + cycle * np.cos(
        seasonal_angle(wanted)
    )
    return path
