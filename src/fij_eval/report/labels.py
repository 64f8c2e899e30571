"""What text in figures covers: collisions found, boxes measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text

from fij_eval.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import BboxBase
    from numpy.typing import ArrayLike

_SLACK = 0.75
"""Pixels (at 100 a inch) that two boxes may share: boxes are a little larger than their letters."""


def collisions(figure: Figure) -> list[str]:
    """What is wrong with the text of a figure: pairs that overlap, and text outside the canvas."""
    renderer = drawn_with(figure)
    boxes = [(text, words_box(text, renderer)) for text in shown_texts(figure)]
    faults = []
    for i, (text, box) in enumerate(boxes):
        if not inside(box, figure.bbox):
            faults.append(f"«{text.get_text()}» leaves the canvas")
        for other, other_box in boxes[i + 1 :]:
            if overlap(box, other_box):
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


def boxes(axes: Axes) -> list[tuple[float, float, float, float]]:
    """Boxes of all text of the figure so far, in data coordinates: left, bottom, right, top."""
    figure = figure_of(axes)
    renderer = drawn_with(figure)
    back = axes.transData.inverted()
    found = []
    for text in shown_texts(figure):
        box = words_box(text, renderer)
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
    box = text.get_window_extent(FigureCanvasAgg(figure_of(axes)).get_renderer())  # type: ignore[no-untyped-call]  # matplotlib's canvas is not annotated
    text.remove()
    corners = axes.transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
    return np.asarray(corners[1] - corners[0], dtype=float)


def figure_of(axes: Axes) -> Figure:
    """The figure that axes belong to.

    Raises:
        ValueError: If there is none.
    """
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


def drawn_with(figure: Figure) -> RendererAgg:
    """The renderer that measures text, after everything has found its place."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib's canvas is not annotated
    return canvas.get_renderer()  # type: ignore[no-untyped-call,no-any-return]  # likewise


def words_box(text: Text, renderer: RendererAgg) -> BboxBase:
    """The box of the words alone: an annotation's own box includes its line."""
    if isinstance(text, Annotation):
        text.update_positions(renderer)
    return Text.get_window_extent(text, renderer)


def overlap(a: BboxBase, b: BboxBase) -> bool:
    """Whether two boxes share more than their rims."""
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return bool(wide > _SLACK and high > _SLACK)


def inside(box: BboxBase, frame: BboxBase) -> bool:
    """Whether a box lies within another."""
    return bool(
        box.x0 >= frame.x0 - _SLACK
        and box.x1 <= frame.x1 + _SLACK
        and box.y0 >= frame.y0 - _SLACK
        and box.y1 <= frame.y1 + _SLACK
    )
