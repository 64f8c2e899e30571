"""Text in figures that never covers other text, leaves the canvas or hides the points it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from fij_eval.report import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import BboxBase
    from numpy.typing import ArrayLike

_SLACK = 0.75
"""Pixels (at 100 a inch) that two boxes may share: boxes are a little larger than their letters."""

_WITH_LINE = 6.0
"""Points between a marker and its name from which a line joins them."""

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


def collisions(figure: Figure) -> list[str]:
    """What is wrong with the text of a figure: pairs that overlap, and text outside the canvas."""
    renderer = _drawn(figure)
    boxes = [(text, text.get_window_extent(renderer)) for text in shown_texts(figure)]
    faults = []
    for i, (text, box) in enumerate(boxes):
        if not _inside(box, figure.bbox):
            faults.append(f"«{text.get_text()}» leaves the canvas")
        for other, other_box in boxes[i + 1 :]:
            if _overlap(box, other_box):
                faults.append(f"«{text.get_text()}» overlaps «{other.get_text()}»")
    return faults


def shown_texts(figure: Figure) -> list[Text]:
    """All text that is drawn: without empty, hidden, and tick labels beyond the axis' limits."""
    beyond = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                drawn = axes.axison and low - slack <= tick.get_loc() <= high + slack
                if not drawn:
                    beyond |= {id(tick.label1), id(tick.label2)}
    return [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text)
        and text.get_visible()
        and text.get_text().strip()
        and id(text) not in beyond
    ]


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
    figure = _figure(axes)
    renderer = _drawn(figure)
    taken = [text.get_window_extent(renderer) for text in shown_texts(figure)]
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    others = points if avoid is None else np.column_stack([np.asarray(a, float) for a in avoid])
    obstacles = axes.transData.transform(others) if len(others) else np.empty((0, 2))
    pixel = figure.dpi / 72
    done = []
    for k, name in enumerate(names):
        colour = colours[k] if colours is not None else style.TEXT
        for distance in distances:
            found = False
            for right, up, ha, va in _PLACES:
                reach = marker_points + distance
                label = axes.annotate(
                    name,
                    xy=(float(points[k, 0]), float(points[k, 1])),
                    xytext=(right * reach, up * reach),
                    textcoords="offset points",
                    ha=ha,
                    va=va,
                    fontsize=style.SMALL,
                    color=colour,
                    annotation_clip=False,
                    arrowprops=None
                    if distance < _WITH_LINE
                    else {"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "shrinkB": 3},
                )
                # the box of the words alone: an annotation's own box includes its line
                label.update_positions(renderer)
                box = Text.get_window_extent(label, renderer)
                free = _inside(box, axes.bbox) and not any(_overlap(box, b) for b in taken)
                if free and not _covers(box, obstacles, margin=1.5 * pixel):
                    taken.append(box)
                    done.append(name)
                    found = True
                    break
                label.remove()
            if found:
                break
    return done


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
    dense += [np.column_stack([np.full(200, x), np.linspace(low, high, 200)]) for x in upright]
    avoid = np.vstack(dense)
    done: list[str] = []
    for (x, y), name, colour in zip(lines, names, colours, strict=True):
        along = list(zip(np.asarray(x, float), np.asarray(y, float), strict=True))
        for px, py in along[::-1]:
            if place(
                axes,
                [px],
                [py],
                [name],
                avoid=(avoid[:, 0], avoid[:, 1]),
                colours=[colour],
                distances=(1.5, 5.0),
            ):
                done.append(name)
                break
    return done


def _between(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points along a line, so close that no word fits between two."""
    if len(x) < 2:
        return np.column_stack([x, y])
    steps = np.linspace(0, len(x) - 1, 60 * (len(x) - 1) + 1)
    index = np.arange(len(x))
    return np.column_stack([np.interp(steps, index, x), np.interp(steps, index, y)])


def boxes(axes: Axes) -> list[tuple[float, float, float, float]]:
    """Boxes of all text of the figure so far, in data coordinates: left, bottom, right, top."""
    figure = _figure(axes)
    renderer = _drawn(figure)
    back = axes.transData.inverted()
    found = []
    for text in shown_texts(figure):
        box = text.get_window_extent(renderer)
        (x0, y0), (x1, y1) = back.transform([(box.x0, box.y0), (box.x1, box.y1)])
        found.append((float(x0), float(y0), float(x1), float(y1)))
    return found


def size_of(axes: Axes, words: str, *, bold: bool = False) -> np.ndarray:
    """Width and height of words at the smallest size, in data coordinates.

    Limits of the axes must be final.
    """
    x, y = (float(value) for value in axes.transData.inverted().transform((0, 0)))
    text = axes.text(
        x,
        y,
        words,
        fontsize=style.SMALL,
        fontweight="bold" if bold else "normal",
    )
    box = text.get_window_extent(FigureCanvasAgg(_figure(axes)).get_renderer())  # type: ignore[no-untyped-call]  # matplotlib's canvas is not annotated
    text.remove()
    corners = axes.transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
    return np.asarray(corners[1] - corners[0], dtype=float)


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    return figure


def spread(positions: ArrayLike, gap: float) -> list[float]:
    """Positions moved as little as needed for neighbours to stand at least ``gap`` apart.

    Least squares under the order of the positions (pool adjacent violators).
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    shifted = wanted[order] - gap * np.arange(len(wanted))
    blocks: list[list[float]] = []
    for value in shifted:
        blocks.append([float(value), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2], blocks[-1]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    level = np.concatenate([np.full(int(n), value) for value, n in blocks] or [np.empty(0)])
    moved = np.empty(len(wanted))
    moved[order] = level + gap * np.arange(len(wanted))
    return [float(value) for value in moved]


def _drawn(figure: Figure) -> RendererAgg:
    """The renderer that measures text, after everything has found its place."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib's canvas is not annotated
    return canvas.get_renderer()  # type: ignore[no-untyped-call,no-any-return]  # likewise


def _overlap(a: BboxBase, b: BboxBase) -> bool:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return bool(wide > _SLACK and high > _SLACK)


def _inside(box: BboxBase, frame: BboxBase) -> bool:
    return bool(
        box.x0 >= frame.x0 - _SLACK
        and box.x1 <= frame.x1 + _SLACK
        and box.y0 >= frame.y0 - _SLACK
        and box.y1 <= frame.y1 + _SLACK
    )


def _covers(box: BboxBase, points: np.ndarray, *, margin: float) -> bool:
    across = (points[:, 0] > box.x0 - margin) & (points[:, 0] < box.x1 + margin)
    along = (points[:, 1] > box.y0 - margin) & (points[:, 1] < box.y1 + margin)
    return bool((across & along).any())
