"""Figure 9b: the series of figure 9 as shares alone, for readers of the short report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import series, style
from fij_eval.report.context import Catalogue, Context, Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_description", "panel")

WORDS: Catalogue = {
    "nb": {
        "alt": "Linjediagram. Fra {first} til {last} går det uvektede gjennomsnittet av "
        "kommunenes andeler fra {network_first} til {network_last} i {network_name} og fra "
        "{comparison_first} til {comparison_last} i {comparison_name}. Oppstarten i {start} er "
        "merket.",
    },
    "en": {
        "alt": "Line chart. From {first} to {last} the unweighted mean of the municipalities' "
        "shares goes from {network_first} to {network_last} in {network_name} and from "
        "{comparison_first} to {comparison_last} in {comparison_name}. The kick-off in {start} is "
        "marked.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 9b.

    Raises:
        ReportError: If an arm has no mean in any month.
    """
    frame = series.data(inputs)
    banner = series.banner_of(inputs, context)
    figure = style.canvas(8.4, banner=banner)
    series.shares(style.axes_in(figure, left=1.3, bottom=0.8, top=1.35, right=0.4), frame, context)
    return Drawing(
        figure=figure,
        data=frame.drop(columns="logit"),
        words=series.words(inputs, frame, context, told=WORDS),
        simulated=bool(banner),
    )
