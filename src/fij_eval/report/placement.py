"""Names beside points and lines, where there is room for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.report import labels, style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import BboxBase
    from numpy.typing import ArrayLike

_WITH_LINE = 9.5
"""Points between a marker's middle and its name from which a line joins them."""
_LEADER = {"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "shrinkB": 3}

_PLACES = (
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (0.7, 0.7, "left", "bottom"),
    (0.7, -0.7, "left", "top"),
    (-0.7, 0.7, "right", "bottom"),
    (-0.7, -0.7, "right", "top"),
)


def place(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    *,
    avoid: tuple[ArrayLike, ArrayLike] | None = None,
    colours: Sequence[str] | None = None,
    marker_points: float = 4.0,
    distances: Sequence[float] = (1.5, 8.0, 16.0),
) -> list[str]:
    """Name points beside them, where there is room, first come first served.

    Limits of the axes must be final. A name is tried at eight places round its point, near and
    then farther off with a line to it. One that fits nowhere is left out.

    Args:
        axes: Where.
        x: Positions of the points to name, in data coordinates.
        y: Likewise.
        names: Their names, the most important first.
        avoid: Points that names may not cover, in data coordinates.
        colours: Colour of each name.
        marker_points: Radius of a marker.
        distances: Points between marker and name, tried in turn.

    Returns:
        The names that were set.
    """
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    others = points if avoid is None else np.column_stack([np.asarray(a, float) for a in avoid])
    board = _Board.of(axes, others)
    reaches = [marker_points + distance for distance in distances]
    done = []
    for k, name in enumerate(names):
        colour = colours[k] if colours is not None else style.TEXT
        if board.put(name, points[k], colour, reaches):
            done.append(name)
    return done


@dataclass(frozen=True, slots=True)
class _Board:
    """Axes with what stands on them: boxes of words, and points that words may not cover."""

    axes: Axes
    renderer: RendererAgg
    taken: list[BboxBase]
    obstacles: np.ndarray
    pixel: float

    @classmethod
    def of(cls, axes: Axes, obstacles: np.ndarray) -> _Board:
        """The board as it is drawn now; obstacles in data coordinates, k x 2."""
        figure = labels.figure_of(axes)
        renderer = labels.drawn_with(figure)
        taken = [labels.words_box(text, renderer) for text in labels.shown_texts(figure)]
        placed = axes.transData.transform(obstacles) if len(obstacles) else np.empty((0, 2))
        return cls(axes, renderer, taken, placed, figure.dpi / 72)

    def put(
        self,
        name: str,
        point: np.ndarray,
        colour: str,
        reaches: Sequence[float],
        accept: Callable[[BboxBase], bool] | None = None,
    ) -> bool:
        """Set a name at the first free place round a point; whether there was one."""
        for reach in reaches:
            for right, up, ha, va in _PLACES:
                label = self.axes.annotate(
                    name,
                    xy=(float(point[0]), float(point[1])),
                    xytext=(right * reach, up * reach),
                    textcoords="offset points",
                    ha=ha,
                    va=va,
                    fontsize=style.SMALL,
                    color=colour,
                    annotation_clip=False,
                    arrowprops=None if reach < _WITH_LINE else dict(_LEADER),
                )
                box = labels.words_box(label, self.renderer)
                if self._free(box) and (accept is None or accept(box)):
                    self.taken.append(box)
                    return True
                label.remove()
        return False

    def _free(self, box: BboxBase) -> bool:
        return (
            labels.inside(box, self.axes.bbox)
            and not any(labels.overlap(box, other) for other in self.taken)
            and not _covers(box, self.obstacles, margin=1.5 * self.pixel)
        )


def name_lines(
    axes: Axes,
    lines: Sequence[tuple[ArrayLike, ArrayLike]],
    names: Sequence[str],
    *,
    colours: Sequence[str],
    upright: Sequence[float] = (),
) -> list[str]:
    """Name lines beside one of their points, the later the better, covering no line.

    Limits of the axes must be final.

    Args:
        axes: Where.
        lines: Positions of each line's points, in data coordinates.
        names: Name of each line.
        colours: Colour of each name.
        upright: Positions of upright lines that names may not cover either.

    Returns:
        The names that were set.
    """
    dense = [_between(np.asarray(x, float), np.asarray(y, float)) for x, y in lines]
    low, high = axes.get_ylim()
    walls = [np.column_stack([np.full(200, x), np.linspace(low, high, 200)]) for x in upright]
    board = _Board.of(axes, np.vstack([*dense, *walls]))
    drawn = [axes.transData.transform(line) for line in dense]
    done: list[str] = []
    for k, (name, colour) in enumerate(zip(names, colours, strict=True)):
        points = np.column_stack([np.asarray(values, float) for values in lines[k]])

        def own_is_nearest(box: BboxBase, own: int = k) -> bool:
            distances = [_distance(box, line) for line in drawn]
            return min(range(len(drawn)), key=lambda j: distances[j]) == own

        for point in points[::-1]:
            if board.put(name, point, colour, (5.5, 9.0), own_is_nearest):
                done.append(name)
                break
    return done


def _distance(box: BboxBase, points: np.ndarray) -> float:
    """Distance in pixels from a box to the nearest of some points."""
    across = np.maximum(np.maximum(box.x0 - points[:, 0], points[:, 0] - box.x1), 0)
    up = np.maximum(np.maximum(box.y0 - points[:, 1], points[:, 1] - box.y1), 0)
    return float(np.hypot(across, up).min())


def _between(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points along a line, so close that no word fits between two."""
    if len(x) < 2:
        return np.column_stack([x, y])
    steps = np.linspace(0, len(x) - 1, 60 * (len(x) - 1) + 1)
    index = np.arange(len(x))
    return np.column_stack([np.interp(steps, index, x), np.interp(steps, index, y)])


def _covers(box: BboxBase, points: np.ndarray, *, margin: float) -> bool:
    across = (points[:, 0] > box.x0 - margin) & (points[:, 0] < box.x1 + margin)
    along = (points[:, 1] > box.y0 - margin) & (points[:, 1] < box.y1 + margin)
    return bool((across & along).any())
