"""Share at two dates, a row each: figures 5 and 5b but for their rows and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.report import disclosure, labels, results, style
from fij_eval.report.context import Drawing, Words, fill, places
from fij_eval.report.numbers_format import (
    count,
    month_name,
    month_short,
    percent,
    percent_words,
    signed_pp,
)
from fij_eval.report.snapshots import interim_months, remarks
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.report.context import Catalogue, Context
    from fij_eval.settings import Language


#: Room for the names of the rows, and between them and the axes.
_NAMES_CM, _GAP_CM = 3.6, 0.15


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a figure of this kind tells.

    Attributes:
        data: Data of the figure: ``month_start``, ``month_end`` and what its rows stand on.
        rows: Rows that are drawn: ``label``, ``share_start``, ``share_end``, ``change``.
        arm: ``network`` or ``comparison``.
        means: Mean over municipalities at both dates.
        municipalities: Municipalities behind it.
        hidden: Of these, those that may not be shown one by one.
        rose: Of these, with a rise.
        title: Key of the title among the words.
        words: Words of the figure.
        row_cm: Height of a row.
    """

    data: pd.DataFrame
    rows: pd.DataFrame
    arm: str
    means: tuple[float, float]
    municipalities: int
    hidden: int = 0
    rose: int
    title: str
    words: Catalogue
    row_cm: float


def drawing(inputs: Mapping[str, pd.DataFrame], context: Context, told: Told) -> Drawing:
    """The figure with its words."""
    language, panel = context.language, inputs["panel"]
    start, end = (str(told.data[f"month_{end}"].iloc[0]) for end in ("start", "end"))
    simulated = results.simulated(panel)
    named = {
        "n": count(told.municipalities, language),
        "arm": arm(told.arm, context, inline=True),
        "start": month_name(start, language),
        "end": month_name(end, language),
    }
    rose = count(told.rose, language)
    subtitle = named | {
        "minimum": count(context.sample.minimum_residents, language),
        "remarks": remarks(
            language,
            shown=[start, end],
            wanted=interim_months(inputs["reference_interim_report"]),
        )
        + disclosure.left_out(told.hidden, context),
    }
    return Drawing(
        figure=draw(
            Dumbbells(
                rows=told.rows.rename(columns={"share_start": "start", "share_end": "end"}),
                arm=told.arm,
                months=(start, end),
                means=told.means,
                change=fill(told.words, language, "change"),
                banner=results.banner(language, simulated=simulated),
            ),
            language,
            row_cm=told.row_cm,
        ),
        data=told.data,
        words=Words(
            title=fill(told.words, language, told.title, rose=rose, n=named["n"]),
            subtitle=_filled(told.words, language, subtitle),
            source=results.source(
                language, panel[panel["reference_month"].isin([start, end])], simulated=simulated
            ),
            alt=fill(
                told.words,
                language,
                "alt",
                **(named | {"n": count(told.municipalities - told.hidden, language)}),
                rose=rose,
                mean_start=percent_words(told.means[0], language),
                mean_end=percent_words(told.means[1], language),
                smallest=signed_pp(told.rows["change"].min(), language),
                largest=signed_pp(told.rows["change"].max(), language),
            ),
        ),
        simulated=simulated,
    )


def _filled(words: Catalogue, language: Language, values: Mapping[str, str]) -> str:
    """The subtitle with those of the values that it has places for."""
    wanted = places(words[language]["subtitle"])
    return fill(words, language, "subtitle", **{name: values[name] for name in wanted})


def nothing(whose: str) -> ReportError:
    """Why there is no figure: nobody has enough refugees and a share at both dates."""
    return ReportError(
        f"No municipality {whose} has enough refugees and a share at both dates",
        where="panel.parquet",
        remedy="lower sample.minimum_residents, or add reference months",
    )


def draw(shown: Dumbbells, language: Language, *, row_cm: float) -> Figure:
    """One row each: grey line, hollow start, filled end, change written at the right."""
    rows = shown.rows
    figure = style.canvas(row_cm * len(rows) + 2.0, banner=shown.banner)
    axes = _axes(figure, rows["label"].to_list())
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


def _axes(figure: Figure, names: list[str]) -> Axes:
    """Axes with room for the names of the rows at the left, more of it for a very long one."""
    around = {"bottom": 0.75, "top": 1.15, "right": 1.6}
    axes = style.axes_in(figure, left=_NAMES_CM, **around)
    # the limits are those of new axes, so that a size is a share of the axes' width
    widest = max(float(labels.size_of(axes, name)[0]) for name in names) * _width_cm(axes)
    if widest + _GAP_CM <= _NAMES_CM:
        return axes
    axes.remove()
    return style.axes_in(figure, left=widest + _GAP_CM, **around)


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
        axes.axvline(shown.means[k], color=colour, linewidth=0.9, linestyle=style.DASHED, zorder=1)
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
