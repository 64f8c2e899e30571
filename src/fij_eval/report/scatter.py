"""Scatter of municipalities in both arms against something else, for figures 3 and 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.report import placement, style
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.report.context import Context

_NAMED = 4
"""Municipalities with most refugees that are named in each arm, to find one's way."""

WEAK = 0.1
"""Correlations nearer to zero than this are called small in words."""


def correlation(x: pd.Series, y: pd.Series) -> float:
    """Pearson's correlation over municipalities, unweighted; 0 where one of them does not vary."""
    a, b = x.to_numpy(dtype=float), y.to_numpy(dtype=float)
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def draw(
    frame: pd.DataFrame, x: str, context: Context, *, banner: str, logarithmic: bool = False
) -> tuple[Figure, Axes]:
    """Points by arm, a straight line through all of them, the largest named.

    Args:
        frame: One row a municipality: ``municipality_name``, ``arm``, ``share``, ``residents``
            and the column ``x``.
        x: Column on the level axis.
        context: Language.
        banner: Words for simulated data.
        logarithmic: Whether the level axis and the line are in logarithms.
    """
    figure = style.canvas(8.6, banner=banner)
    axes = style.axes_in(figure, left=1.2, bottom=1.25, top=1.3, right=0.4)
    if logarithmic:
        axes.set_xscale("log")
    for name, size, alpha in (("comparison", 4.2, 0.55), ("network", 5.4, 0.95)):
        part = frame[frame["arm"] == name]
        axes.plot(
            part[x],
            part["share"],
            linestyle="none",
            marker=style.MARKERS[name],
            markersize=size,
            color=style.COLOURS[name],
            markeredgecolor="white",
            markeredgewidth=0.4,
            alpha=alpha,
            label=f"{arm(name, context)} ({len(part)})",
        )
    _line(axes, frame, x, logarithmic=logarithmic)
    style.percent_ticks(axes.yaxis, context.language)
    style.grid(axes, "y")
    style.legend_above(axes, columns=2)
    axes.set_xlim(*axes.get_xlim())
    axes.set_ylim(*axes.get_ylim())
    return figure, axes


def name_largest(axes: Axes, frame: pd.DataFrame, x: str) -> list[str]:
    """Name the municipalities with most refugees in each arm, after the axes are final."""
    largest = (
        frame.sort_values(["residents", "municipality_name"], ascending=[False, True])
        .groupby("arm", sort=True)
        .head(_NAMED)
    )
    return placement.place(
        axes,
        largest[x],
        largest["share"],
        largest["municipality_name"].to_list(),
        avoid=_obstacles(axes, frame, x),
        colours=[style.TEXT_COLOURS[name] for name in largest["arm"]],
        marker_points=2.7,
    )


def _obstacles(axes: Axes, frame: pd.DataFrame, x: str) -> tuple[np.ndarray, np.ndarray]:
    """All points, and points along the line through them."""
    across, up = [frame[x].to_numpy(dtype=float)], [frame["share"].to_numpy(dtype=float)]
    for line in axes.get_lines():
        if line.get_linestyle() != "None":
            ends = np.asarray(line.get_xydata(), dtype=float)
            steps = np.linspace(0, 1, 300)
            # geometric where the axis is logarithmic, so that the points stay on the line
            logarithmic = axes.get_xscale() == "log"
            x_ends = np.log(ends[:, 0]) if logarithmic else ends[:, 0]
            along = x_ends[0] + steps * (x_ends[-1] - x_ends[0])
            across.append(np.exp(along) if logarithmic else along)
            up.append(ends[0, 1] + steps * (ends[-1, 1] - ends[0, 1]))
    return np.concatenate(across), np.concatenate(up)


def _line(axes: Axes, frame: pd.DataFrame, x: str, *, logarithmic: bool) -> None:
    """Least squares through all municipalities, unweighted."""
    values = frame[x].to_numpy(dtype=float)
    across = np.log(values) if logarithmic else values
    if len(across) < 3 or np.ptp(across) == 0:
        return
    slope, level = np.polyfit(across, frame["share"].to_numpy(dtype=float), 1)
    ends = np.array([across.min(), across.max()])
    axes.plot(
        np.exp(ends) if logarithmic else ends,
        level + slope * ends,
        color=style.MUTED,
        linewidth=1.0,
        linestyle=(0, (4, 2)),
    )
