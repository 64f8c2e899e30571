"""Municipalities in both arms against something else: figures 3 and 4 but for their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.errors import ReportError
from fij_eval.report import disclosure, placement, results, style
from fij_eval.report.context import Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, number, percent_words
from fij_eval.report.snapshots import at, compared_months, interim_months, remarks
from fij_eval.report.vocabulary import arm, shared, source_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from fij_eval.report.context import Catalogue, Context
    from fij_eval.settings import Language, SampleSettings

_NAMED = 4
"""Municipalities with most refugees that are named in each arm, to find one's way."""

WEAK = 0.1
"""Correlations nearer to zero than this are called small in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What the share in work is set against.

    Attributes:
        column: Column of the panel.
        source: Key of its source.
        words: Words of the figure: titles ``negative``, ``positive``, ``weak``; ``subtitle``,
            ``axis``, ``alt``.
        said: A value of the column in words.
        simulated: Whether it is simulated where employment is.
        logarithmic: Whether axis, line and correlation are in logarithms.
        enough: Which rows have so many behind the column that it may be shown.
        finish: What remains to be done with the axes: ticks, names.
    """

    column: str
    source: str
    words: Catalogue
    said: Callable[[float, Language], str]
    simulated: bool = False
    logarithmic: bool = False
    enough: Callable[[pd.DataFrame], pd.Series] | None = None
    finish: Callable[[Axes, pd.DataFrame, Context], None]


def data(panel: pd.DataFrame, month: str, sample: SampleSettings, against: Against) -> pd.DataFrame:
    """One row a municipality with both figures that may be shown (``report/disclosure.py``).

    Returns:
        Code, name, ``arm``, ``share``, the column, ``residents``, ``reference_month``.
    """
    rows = disclosure.shown(panel, month, sample)
    known = rows[rows[against.column].notna()]
    if against.enough is not None:
        known = known[against.enough(known)]
    columns = ["municipality_code", "municipality_name", "arm", "share", against.column]
    return known[[*columns, "residents", "reference_month"]].reset_index(drop=True)


def drawing(inputs: Mapping[str, pd.DataFrame], context: Context, shown: Against) -> Drawing:
    """The figure, for the last month that the interim report compares.

    Raises:
        ReportError: If no municipality has both figures.
    """
    language, words = context.language, shown.words
    panel, facts = inputs["panel"], inputs["reference_interim_report"]
    _, month = compared_months(panel, facts)
    frame = data(panel, month, context.sample, shown)
    if frame.empty:
        raise ReportError(f"No municipality has both a share and a {shown.column} in {month}")
    values = frame[shown.column].to_numpy(dtype=float)
    r = correlation(np.log(values) if shown.logarithmic else values, frame["share"])
    title = "weak" if abs(r) < WEAK else "negative" if r < 0 else "positive"
    simulated = results.simulated(panel)
    figure, axes = draw(
        frame,
        shown.column,
        context,
        banner=results.banner(
            language, simulated=simulated, what="both" if shown.simulated else "employment"
        ),
        logarithmic=shown.logarithmic,
    )
    axes.set_xlabel(fill(words, language, "axis"))
    style.headline(axes, shared(language, "share"), offset_points=19)
    shown.finish(axes, frame, context)
    every = at(panel, month, minimum=context.sample.minimum_residents)
    hidden = int(every[shown.column].notna().sum()) - len(frame)
    not_real = ["employment", *([shown.source] if shown.simulated else [])]
    n = count(len(frame), language)
    arms = frame["arm"].value_counts()
    return Drawing(
        figure=figure,
        data=frame,
        words=Words(
            title=fill(words, language, title),
            subtitle=fill(
                words,
                language,
                "subtitle",
                month=month_name(month, language),
                n=n,
                minimum=count(context.sample.minimum_residents, language),
                remarks=remarks(language, shown=[month], wanted=[interim_months(facts)[1]])
                + disclosure.left_out(hidden, context),
            ),
            source=source_line(
                language,
                ["employment", shown.source],
                simulated=not_real if simulated else [],
                vintages=panel.loc[panel["reference_month"] == month, "outcome_vintage"],
            ),
            alt=fill(
                words,
                language,
                "alt",
                n=n,
                network=count(arms.get("network", 0), language),
                network_name=arm("network", context, inline=True),
                comparison=count(arms.get("comparison", 0), language),
                comparison_name=arm("comparison", context, inline=True),
                x_low=shown.said(values.min(), language),
                x_high=shown.said(values.max(), language),
                y_low=percent_words(frame["share"].min(), language, 0),
                y_high=percent_words(frame["share"].max(), language, 0),
                r=number(r, language, 2),
            ),
        ),
        simulated=simulated,
    )


def correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Pearson's correlation over municipalities, unweighted; 0 where one of them does not vary."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def dots(axes: Axes, frame: pd.DataFrame, x: str, context: Context) -> None:
    """Municipalities by arm, the network's above the others.

    Args:
        axes: Where they are drawn.
        frame: One row a municipality: ``arm``, ``share`` and the column ``x``.
        x: Column on the level axis.
        context: Language.
    """
    for name, size, alpha in (("comparison", 4.2, 0.55), ("network", 5.4, 0.95)):
        part = frame[frame["arm"] == name]
        axes.plot(
            part[x].to_numpy(dtype=float),
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
    dots(axes, frame, x, context)
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
        linestyle=style.DASHED,
    )
