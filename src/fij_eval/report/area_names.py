"""Names of areas on a map of many places: near their own area, over nothing that is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.report import labels, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_NEAR = 0.6
"""Half a place and a little: nearer than this, a name needs no line to its area."""
_FARTHEST = 6.0
"""Units that a name may stand away from the middle of its area."""


def place(
    axes: Axes,
    names: pd.Series,
    at: NDArray[np.float64],
    *,
    marked: NDArray[np.bool_],
    borders: NDArray[np.float64],
) -> None:
    """Name areas where their names hide nothing marked, with a line where they stand outside.

    Limits of the axes must be final.

    Args:
        axes: The map, a place one unit wide.
        names: Area of each place, n.
        at: Places, n x 2.
        marked: Which places no name may hide, n.
        borders: Middles of the edges between areas, k x 2.
    """
    taken = labels.boxes(axes)
    area = names.to_numpy(dtype=object)
    # the smallest have least choice, so they choose first
    for name in names.value_counts(ascending=True, sort=True).index:
        own = area == name
        size = labels.size_of(axes, str(name), bold=True)
        middle = _free_place(at, borders, own=own, marked=marked, size=size, taken=taken)
        axes.text(
            middle[0],
            middle[1],
            str(name),
            ha="center",
            va="center",
            fontsize=style.SMALL,
            fontweight="bold",
            zorder=5,
        )
        half = size / 2
        taken.append((*(middle - half), *(middle + half)))
        nearest = at[own][np.argmin(((at[own] - middle) ** 2).sum(axis=1))]
        if (np.abs(nearest - middle) > half + _NEAR).any():
            edge = np.clip(nearest, middle - half, middle + half)
            axes.plot(*zip(edge, nearest, strict=True), color=style.TEXT, linewidth=0.6, zorder=4)


def _free_place(
    at: NDArray[np.float64],
    borders: NDArray[np.float64],
    *,
    own: NDArray[np.bool_],
    marked: NDArray[np.bool_],
    size: NDArray[np.float64],
    taken: list[tuple[float, float, float, float]],
) -> NDArray[np.float64]:
    """Where the middle of a name of a given size stands best: near its area, over no other.

    Points on a grid are compared: one whose name would cover a marked place or another name is out;
    each place of another area that is covered costs as much as three units of distance, each edge
    as one.
    """
    low, high = at.min(axis=0) - 0.3, at.max(axis=0) + 0.3
    across, along = (np.arange(low[k], high[k], 0.4) for k in range(2))
    grid = np.array([(x, y) for x in across for y in along])
    inside = (np.abs(grid - (low + high) / 2) + size / 2 <= (high - low) / 2).all(axis=1)
    middle = np.median(at[own], axis=0)
    grid = grid[inside & (np.hypot(*(grid - middle).T) < _FARTHEST)]
    # what is farther off than any name could reach cost time and change nothing
    close = (np.abs(at - middle) < _FARTHEST + size).all(axis=1)
    at, own, marked = at[close], own[close], marked[close]
    borders = borders[(np.abs(borders - middle) < _FARTHEST + size).all(axis=1)]
    reach = size / 2 + 0.45
    covered = (np.abs(grid[:, None, :] - at[None, :, :]) < reach).all(axis=2)
    free = ~covered[:, marked].any(axis=1)
    for x0, y0, x1, y1 in taken:
        apart = (
            (grid[:, 0] + size[0] / 2 < x0)
            | (grid[:, 0] - size[0] / 2 > x1)
            | (grid[:, 1] + size[1] / 2 < y0)
            | (grid[:, 1] - size[1] / 2 > y1)
        )
        free &= apart
    crossed = (np.abs(grid[:, None, :] - borders[None, :, :]) < size / 2 + 0.1).all(axis=2)
    cost = np.hypot(*(grid - middle).T) + 3.0 * covered[:, ~own].sum(axis=1) + crossed.sum(axis=1)
    cost = np.where(free, cost, np.inf)
    return grid[int(np.argmin(cost))] if np.isfinite(cost).any() else middle
