"""Municipalities drawn by Kartverket's boundaries, in place of hexagons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.path import Path as Outline

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Parallels at which distances are true, and the meridian that points up.
_PARALLELS, _MERIDIAN = (60.0, 70.0), 15.0
#: Points of an edge that stand for it where room for names is looked for.
_FEW = 12


def projected(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places on a plane by Lambert's conformal conic projection of a sphere of radius 1.

    Source: Snyder (1987), Map Projections: A Working Manual, equations 15-1 to 15-4.

    Args:
        longitude: Degrees, n.
        latitude: Degrees, n.

    Returns:
        n x 2; north is up at 15 degrees east.
    """
    first, second, at = (np.deg2rad(x) for x in (*_PARALLELS, latitude))

    def height(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.tan(np.pi / 4 + angle / 2))

    cone = np.log(np.cos(first) / np.cos(second)) / np.log(height(second) / height(first))
    radius = np.cos(first) * height(first) ** cone / cone / height(at) ** cone
    turn = cone * np.deg2rad(longitude - _MERIDIAN)
    return np.column_stack([radius * np.sin(turn), -radius * np.cos(turn)])


def _turned(ring: NDArray[np.float64], *, left: bool) -> NDArray[np.float64]:
    """A closed ring that runs counter-clockwise (to the left) or clockwise."""
    x, y = (ring - ring[0]).T
    doubled_area = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    return ring if (doubled_area > 0) == left else ring[::-1]


class Shapes:
    """Shapes of municipalities, scaled to the height of another map.

    Args:
        boundaries: ``source_kartverket_boundaries``.
        height: Height of the whole map.

    Attributes:
        outlines: Code -> outline, holes included.
    """

    def __init__(self, boundaries: pd.DataFrame, *, height: float) -> None:
        at = projected(
            boundaries["longitude"].to_numpy(dtype="float64"),
            boundaries["latitude"].to_numpy(dtype="float64"),
        )
        low, high = at.min(axis=0), at.max(axis=0)
        at = (at - low) * (height / (high - low)[1])
        self.outlines: dict[str, Outline] = {}
        self._few: dict[str, NDArray[np.float64]] = {}
        keys = ["code", "polygon", "ring"]
        for code, rows in boundaries.assign(place=np.arange(len(at))).groupby("code", sort=True):
            # holes must run the other way round than edges to be left open
            rings = [
                _turned(at[ring["place"].to_numpy()], left=number == 0)
                for (_, _, number), ring in rows.groupby(keys, sort=True)
            ]
            self.outlines[str(code)] = Outline.make_compound_path(
                *(Outline(ring, closed=True) for ring in rings)
            )
            edge = max(rings, key=len)
            self._few[str(code)] = edge[:: max(1, len(edge) // _FEW)]

    def points(self, codes: list[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """A few points of each municipality's edge, and the place of its code in the list."""
        found = [self._few[code] for code in codes]
        owners = [np.full(len(points), place) for place, points in enumerate(found)]
        return np.concatenate(found), np.concatenate(owners)
