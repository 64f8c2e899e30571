"""Two points and a line between them on each row, for figures 5 and 5b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.report import labels, style
from fij_eval.report.numbers_format import month_short, percent, signed_pp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.settings import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumbbells:
    """What a figure of this kind shows.

    Attributes:
        rows: ``label``, ``start``, ``end``, ``change``, the first row at the top.
        arm: Arm whose colour and marker is used.
        months: First and last month.
        means: Mean at first and last month, for the dashed lines.
        change: Heading of the column of changes.
        banner: Words for simulated data.
    """

    rows: pd.DataFrame
    arm: str
    months: tuple[str, str]
    means: tuple[float, float]
    change: str
    banner: str


def draw(shown: Dumbbells, language: Language, *, row_cm: float = 0.42) -> Figure:
    """One row each: grey line, hollow start, filled end, change written at the right."""
    rows = shown.rows
    figure = style.canvas(row_cm * len(rows) + 2.0, banner=shown.banner)
    axes = style.axes_in(figure, left=3.6, bottom=0.75, top=1.15, right=1.6)
    levels = list(range(len(rows)))[::-1]
    colour, marker = style.COLOURS[shown.arm], style.MARKERS[shown.arm]
    axes.hlines(levels, rows["start"], rows["end"], color=style.GREY, linewidth=1.8, zorder=2)
    points: dict[str, Any] = {
        "linestyle": "none",
        "marker": marker,
        "markeredgecolor": colour,
        "zorder": 3,
    }
    axes.plot(rows["start"], levels, markersize=5, markerfacecolor="white", **points)
    axes.plot(rows["end"], levels, markersize=5.5, markerfacecolor=colour, **points)
    axes.set_yticks(levels, rows["label"].to_list())
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    low = min(rows["start"].min(), rows["end"].min())
    high = max(rows["start"].max(), rows["end"].max())
    margin = 0.05 * (high - low) + 0.005
    axes.set_xlim(low - margin, high + margin)
    style.grid(axes, "x")
    style.percent_ticks(axes.xaxis, language)
    _changes(axes, shown, levels, language)
    _means(axes, shown, language)
    return figure


def _changes(axes: Axes, shown: Dumbbells, levels: list[int], language: Language) -> None:
    """The change of each row, in percentage points, in a column at the right edge."""
    right = axes.get_yaxis_transform()
    place = 1.0 + 1.45 / _width_cm(axes)
    for level, change in zip(levels, shown.rows["change"], strict=True):
        axes.text(
            place,
            level,
            signed_pp(change, language, unit=False),
            transform=right,
            ha="right",
            va="center",
            fontsize=style.SMALL,
        )
    axes.annotate(
        shown.change,
        (place, 1),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=style.SMALL,
        color=style.MUTED,
    )


def _means(axes: Axes, shown: Dumbbells, language: Language) -> None:
    """Dashed lines at the two means, named above the axes and moved apart where they are near."""
    colour = style.TEXT_COLOURS[shown.arm]
    low, high = axes.get_xlim()
    texts = [
        f"{month_short(month, language)}: {percent(mean, language)}"
        for month, mean in zip(shown.months, shown.means, strict=True)
    ]
    order = sorted(range(2), key=lambda k: shown.means[k])
    for k in range(2):
        axes.axvline(shown.means[k], color=colour, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    # 2.9 cm hold a month and a per cent figure at this size
    need = 2.9 / _width_cm(axes) * (high - low)
    places = labels.spread(shown.means, need)
    moved = [min(max(place, low + need / 2), high - need / 2) for place in places]
    if moved[order[1]] - moved[order[0]] < need:
        moved = labels.spread([moved[k] for k in range(2)], need)
    for k in range(2):
        axes.annotate(
            texts[k],
            xy=(shown.means[k], 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=((moved[k] - low) / (high - low), 1.0 + 0.34 / _height_cm(axes)),
            textcoords="axes fraction",
            ha="center",
            va="bottom",
            fontsize=style.SMALL,
            color=colour,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.6,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            annotation_clip=False,
        )


def _width_cm(axes: Axes) -> float:
    return float(axes.get_window_extent().width / axes.figure.dpi * 2.54)


def _height_cm(axes: Axes) -> float:
    return float(axes.get_window_extent().height / axes.figure.dpi * 2.54)
