"""Figure 9: mean share in work in both arms at each snapshot, on both scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.report import series, style
from fij_eval.report.context import Catalogue, Context, Drawing, fill
from fij_eval.report.numbers_format import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("estimates_description", "panel")

WORDS: Catalogue = {
    "nb": {
        "logit": "Andel i jobb, logit-skala",
        "alt": "To linjediagrammer med de samme målingene, til venstre på prosentskala og til "
        "høyre på logit-skala. Fra {first} til {last} går det uvektede gjennomsnittet av andelene "
        "fra {network_first} til {network_last} i {network_name} og fra {comparison_first} til "
        "{comparison_last} i {comparison_name}. Oppstarten i {start} er merket.",
    },
    "en": {
        "logit": "Share in work, logit scale",
        "alt": "Two line charts of the same measurements, on the left on a per cent scale and on "
        "the right on a logit scale. From {first} to {last} the unweighted mean of the shares goes "
        "from {network_first} to {network_last} in {network_name} and from {comparison_first} to "
        "{comparison_last} in {comparison_name}. The kick-off in {start} is marked.",
    },
}

_WIDE = 0.4
"""Range of shares from which the logit axis has a tick every 10 per cent, not every 5."""


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Two panels of the same series: shares, and shares spaced by their logit."""
    figure = style.canvas(7.4, banner=banner)
    left = style.axes_in(figure, left=1.2, bottom=0.8, top=1.35, right=8.6)
    right = style.axes_in(figure, left=9.0, bottom=0.8, top=1.35, right=0.4)
    series.shares(left, frame, context)
    series.lines(right, frame, "logit", context)
    _logit_axis(right, frame, context)
    style.headline(right, fill(WORDS, context.language, "logit"), offset_points=20)
    return figure


def _logit_axis(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    """Round per cent at their place on the logit scale."""
    spread = frame["mean_share"].max() - frame["mean_share"].min()
    step = 0.05 if spread < _WIDE else 0.1
    bottom, top = axes.get_ylim()
    shares = [k * step for k in range(1, round(1 / step))]
    places = {float(np.log(share / (1 - share))): share for share in shares}
    shown = [place for place in places if bottom <= place <= top]
    axes.set_yticks(shown, [percent(places[place], context.language, 0) for place in shown])


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 9.

    Raises:
        ReportError: If an arm has no mean in any month.
    """
    frame = series.data(inputs)
    banner = series.banner_of(inputs, context)
    return Drawing(
        figure=draw(frame, context, banner=banner),
        data=frame,
        words=series.words(inputs, frame, context, told=WORDS),
        simulated=bool(banner),
    )
