"""What stands on a time axis: measurements, phases, months, a day with a name; for figure 6."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fij_eval.report import style
from fij_eval.report.numbers_format import month_short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from fij_eval.report.context import Context

#: Day of a month that a measurement is drawn at: the middle, as figures are for a month.
MIDDLE = 16


def ordinal(day: str) -> int:
    """A day as a number on the axis."""
    return date.fromisoformat(day).toordinal()


def measurements(axes: Axes, rows: pd.DataFrame, level: float, context: Context) -> None:
    """A triangle a measurement, hollow after the network's end."""
    for row in rows.itertuples():
        within = str(row.start)[:7] <= context.network.end
        axes.plot(
            [ordinal(str(row.start))],
            [level],
            marker="v",
            markersize=8,
            color=style.TEXT,
            markerfacecolor=style.TEXT if within else "white",
        )


def phases(axes: Axes, rows: pd.DataFrame, level: float, names: Sequence[str]) -> None:
    """Bars with names, each after another in height where two overlap in time."""
    ends: list[int] = []
    for k, row in enumerate(rows.itertuples()):
        start, end = ordinal(str(row.start)), ordinal(str(row.end))
        overlapping = any(start <= other for other in ends[-1:])
        crowded = overlapping or (
            k + 1 < len(rows) and ordinal(str(rows["start"].iloc[k + 1])) <= end
        )
        height = 0.66
        shift = (0.38 if not overlapping else -0.38) if crowded else 0.0
        axes.barh(
            level + shift,
            end - start,
            left=start,
            height=height,
            color="#D5D5D5",
            linewidth=0,
            zorder=2,
        )
        axes.text(
            (start + end) / 2,
            level + shift,
            names[k],
            ha="center",
            va="center",
            fontsize=style.SMALL,
        )
        ends.append(end)


def months(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    """A tick each January and July."""
    years = range(int(frame["start"].min()[:4]), int(frame["end"].max()[:4]) + 2)
    every = [f"{year}-{month}" for year in years for month in ("01", "07")]
    low, high = axes.get_xlim()
    shown = [month for month in every if low <= ordinal(f"{month}-01") <= high]
    axes.set_xticks(
        [ordinal(f"{month}-01") for month in shown],
        [month_short(month, context.language) for month in shown],
    )
    for month in shown:
        axes.axvline(ordinal(f"{month}-01"), color=style.GRID, linewidth=0.6, zorder=0)


def kick_off(axes: Axes, month: str, words: str) -> None:
    """A dashed line at the middle of a month, with words above it."""
    day = ordinal(f"{month}-{MIDDLE - 1:02d}")
    style.upright(axes, day, words, colour=style.NETWORK, offset_points=4)
