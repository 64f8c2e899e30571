"""How figures look: fonts, colours, sizes, axes; and the same bytes for the same figure.

Figures are made at the size they are printed at (text width 16 cm), so that a point here is a point
on paper. They carry no title: the document sets title and subtitle above and the source below, from
the words beside the picture. What must never be separated from the picture, the word that its data
are simulated, stands in it.
"""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, MaxNLocator

from fij_eval.months import month_number
from fij_eval.report.numbers_format import month_short, number, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from fij_eval.settings import Language

FAMILY = "Source Sans Pro"
TEXT_WIDTH_CM = 16.0
FONT_SIZE = 9.0
SMALL = 8.5
"""Smallest size of text that is used, in points: still legible in print."""

NETWORK = "#12436D"
OTHERS = "#F46A25"
OTHERS_TEXT = "#B8430B"
"""Darker shade of ``OTHERS`` for text and thin lines: contrast 4.5:1 and more against white."""
GREY = "#BFBFBF"
GRID = "#E3E3E3"
PALE = "#ECECEC"
TEXT = "#222222"
MUTED = "#5A5A5A"

DASHED = (0, (4, 2))
"""Dashes of a line that is no axis and no series: a mean, a limit, a start."""
MARKERS = {"network": "o", "comparison": "^"}
COLOURS = {"network": NETWORK, "comparison": OTHERS}
TEXT_COLOURS = {"network": NETWORK, "comparison": OTHERS_TEXT}

_RC: dict[Any, Any] = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "hatch.linewidth": 0.6,
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "fij-eval",
}

_CM = 2.54
_POINTS = 28.35
"""Points in a centimetre, as near as a picture shows."""
_BANNER_CM = 0.55


@contextmanager
def applied() -> Iterator[None]:
    """Fonts registered and the style in force; figures are made and saved inside."""
    _register_fonts()
    with rc_context(_RC):
        yield


def canvas(height_cm: float, *, banner: str = "") -> Figure:
    """An empty figure as wide as the text of a page.

    Args:
        height_cm: Height of the picture without the banner.
        banner: Words for data that are simulated; empty for data that are not.
    """
    total = height_cm + (_BANNER_CM if banner else 0.0)
    figure = Figure(figsize=(TEXT_WIDTH_CM / _CM, total / _CM))
    if banner:
        figure.text(
            1.0 - 0.08 / TEXT_WIDTH_CM,
            1.0 - 0.10 / total,
            banner,
            ha="right",
            va="top",
            fontsize=SMALL,
            fontweight="bold",
            color=OTHERS_TEXT,
            gid="banner",
        )
    return figure


def axes_in(
    figure: Figure, *, left: float, bottom: float, right: float = 0.2, top: float = 0.2
) -> Axes:
    """Axes with margins in centimetres, below the banner if there is one."""
    width, height = (float(side) * _CM for side in figure.get_size_inches())
    above = top + (_BANNER_CM if _has_banner(figure) else 0.0)
    return figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + above) / height)
    )


def _has_banner(figure: Figure) -> bool:
    """Whether the figure says that its data are simulated."""
    return any(text.get_gid() == "banner" for text in figure.texts)


class _Round(Formatter):
    """Writes the ticks of an axis with as many decimals as tell them apart."""

    def __init__(self, language: Language, factor: float, *, percent: bool) -> None:
        self._language, self._factor, self._percent = language, factor, percent
        self._decimals = 0

    def set_locs(self, locs: Any) -> None:  # noqa: ANN401 -- what matplotlib hands over
        """Find the decimals of the ticks that are shown."""
        values = sorted({float(value) * self._factor for value in locs})
        step = min((b - a for a, b in pairwise(values)), default=1.0)
        self._decimals = max(0, math.ceil(-math.log10(step) - 1e-9)) if step > 0 else 0

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 -- matplotlib's signature
        """The tick as text."""
        if self._percent:
            return percent(x * self._factor / 100, self._language, self._decimals)
        return number(x * self._factor, self._language, self._decimals)


def percent_ticks(axis: Axis, language: Language) -> None:
    """Round ticks of an axis of shares, in per cent."""
    axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(_Round(language, 100, percent=True))


def number_ticks(axis: Axis, language: Language, *, factor: float = 1) -> None:
    """Ticks of an axis of numbers, times ``factor``, in the language's form."""
    axis.set_major_formatter(_Round(language, factor, percent=False))


def grid(axes: Axes, axis: str) -> None:
    """Quiet lines to read values along, on one axis (``x`` or ``y``)."""
    target = axes.xaxis if axis == "x" else axes.yaxis
    target.grid(visible=True, color=GRID, linewidth=0.6)
    target.set_tick_params(length=0)


def upright(axes: Axes, x: float, words: str, *, colour: str, offset_points: float = 3) -> None:
    """A dashed line from bottom to top, with words above it in its colour."""
    axes.axvline(x, color=colour, linewidth=0.9, linestyle=DASHED, zorder=1)
    axes.annotate(
        words,
        (x, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, offset_points),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=colour,
    )


def januaries(axes: Axes, months: Sequence[str], language: Language) -> None:
    """A tick each January from the first to the last of some months, on a level axis of months."""
    first, last = min(months), max(months)
    years = (f"{year}-01" for year in range(int(first[:4]), int(last[:4]) + 1))
    shown = [month for month in years if first <= month]
    axes.set_xticks([month_number(m) for m in shown], [month_short(m, language) for m in shown])


def panel_heading(axes: Axes, words: str, *, offset_points: float) -> None:
    """What a panel shows, in bold above its upper left corner."""
    axes.annotate(
        words,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, offset_points),
        textcoords="offset points",
        fontweight="bold",
        va="bottom",
    )


def row_heading(axes: Axes, words: str, y: float, *, left_cm: float) -> None:
    """What the rows below have in common, in bold so far left of the axes."""
    axes.annotate(
        words,
        (0, y),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-left_cm * _POINTS, 0),
        textcoords="offset points",
        fontsize=SMALL,
        fontweight="bold",
        va="center",
        annotation_clip=False,
    )


def headline(axes: Axes, words: str, *, offset_points: float = 6) -> None:
    """What an upright axis measures, written level above its top."""
    axes.annotate(
        words,
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(0, offset_points),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL,
        color=MUTED,
    )


def legend_above(
    axes: Axes, *, columns: int = 4, offset_points: float = 2, handle: float = 1.2
) -> None:
    """Signs of the axes explained in one line above them, for what cannot be named in place."""
    handles, labels = axes.get_legend_handles_labels()
    height = axes.get_window_extent().height * 72 / axes.figure.dpi
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="lower left",
        bbox_to_anchor=(0, 1 + offset_points / height),
        borderaxespad=0,
        borderpad=0,
        frameon=False,
        ncols=columns,
        handlelength=handle,
        handletextpad=0.4,
        columnspacing=1.6,
    )


def svg_bytes(figure: Figure, *, title: str = "", description: str = "") -> bytes:
    """The figure as SVG with text as text, without date: equal bytes for equal figures."""
    stream = io.BytesIO()
    metadata = {"Date": None, "Creator": None, "Title": title, "Description": description}
    with applied():
        figure.savefig(
            stream, format="svg", metadata={k: v for k, v in metadata.items() if v != ""}
        )
    return stream.getvalue()


def _register_fonts() -> None:
    """Make the report's font known to matplotlib, once a process."""
    import font_source_sans_pro

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for style in ("SourceSansPro", "SourceSansProBold", "SourceSansProIt"):
        path = font_source_sans_pro.font_files_ttf[style]
        if path not in known:
            font_manager.fontManager.addfont(path)
