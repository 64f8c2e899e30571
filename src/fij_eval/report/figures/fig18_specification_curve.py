"""Figure 18: specification curve, all declared choices sorted by their estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from fij_eval.effects.details import frame_of, has
from fij_eval.effects.robustness.specification_curve import AXES
from fij_eval.months import is_month
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, one_sign, p_value, signed_pp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.settings import Language

INPUTS = ("details_curve", "estimates_curve", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} beregninger peker samme vei",
        "what": "Spesifikasjonskurven",
        "subtitle": "Anslag i prosentpoeng for alle {n} kombinasjoner av fem valg, sortert, med "
        "intervall for hver (lys grå). Under: hvilke valg hvert anslag bygger på. Median {median}; "
        "samlet permutasjonsprøve av medianen: p = {p}. Strek ned: planens valg på de "
        "fem aksene, men uten justering for kjennetegn",
        "up": "Anslag, prosentpoeng",
        "base": "Basis",
        "scale": "Skala",
        "weights": "Vekter",
        "composition": "Sammensetning",
        "comparison": "Sammenlikning",
        "all": "alle",
        "without last": "uten den siste",
        "same season": "samme årstid",
        "pp": "prosentpoeng",
        "logit": "logit",
        "ratio": "forholdstall",
        "none": "ingen",
        "weights_none": "hver kommune teller likt",
        "residents": "hver flyktning teller likt",
        "offset": "ventet andel trukket fra",
        "covariate": "ventet andel som forklaring",
        "low inflow": "uten stor tilflytting",
        "same size and region": "samme størrelse og landsdel",
        "not neighbours": "ikke naboer",
        "other economic regions": "andre økonomiske regioner",
        "common support": "overlappende kjennetegn",
        "alt": "Kurve av {n} anslag fra {low} til {high}. Medianen er {median}, og {same} har "
        "samme fortegn som den. {zero} av intervallene rommer null. Under kurven står merker for "
        "valgene bak hvert anslag; i noen teller hver kommune likt, i andre hver flyktning.",
    },
    "en": {
        "title": "{k} of {n} calculations point the same way",
        "what": "The specification curve",
        "subtitle": "Estimates in percentage points for all {n} combinations of five choices, "
        "sorted, with the interval of each (light grey). Below: the choices that each stands on. "
        "Median {median}; joint permutation test of the median: p = {p}. Line down: the plan's "
        "choices on the five axes, but without adjustment for characteristics",
        "up": "Estimate, percentage points",
        "base": "Base",
        "scale": "Scale",
        "weights": "Weights",
        "composition": "Composition",
        "comparison": "Comparison",
        "all": "all",
        "without last": "without the last",
        "same season": "same season",
        "pp": "percentage points",
        "logit": "logit",
        "ratio": "ratio",
        "none": "none",
        "weights_none": "each municipality counts the same",
        "residents": "each refugee counts the same",
        "offset": "expected share as offset",
        "covariate": "expected share as covariate",
        "low inflow": "without large inflow",
        "same size and region": "same size and region",
        "not neighbours": "not neighbours",
        "other economic regions": "other economic regions",
        "common support": "common support",
        "alt": "Curve of {n} estimates from {low} to {high}. The median is {median}, and {same} "
        "have its sign. {zero} of the intervals include zero. Marks below the curve show the "
        "choices behind each estimate; in some each municipality counts the same, in others each "
        "refugee.",
    },
}

#: The choices of the plan's primary analysis on the five axes.
PLANNED = {
    "base": "all",
    "scale": "pp",
    "weights": "none",
    "composition": "covariate",
    "comparison": "all",
}
_CURVE_CM, _ROW_CM = 5.6, 0.40
_HEAD = 0.75
"""Rows that the heading of an axis takes."""


def data(details: pd.DataFrame) -> pd.DataFrame:
    """One row a specification with a number, sorted: ``rank``, the five choices, estimate, limits.

    Returns:
        ``rank`` from 1, the columns of ``AXES``, ``estimate_pp``, ``ci_low_pp``, ``ci_high_pp``
        (shares), ``n_units``, ``planned``.
    """
    import pandas as pd

    columns = [*AXES, "estimate_pp", "ci_low_pp", "ci_high_pp", "n_units"]
    if not has(details, "specifications"):
        return pd.DataFrame(columns=["rank", *columns, "planned"])
    frame = frame_of(details, "specifications")
    frame = frame[frame["estimate_pp"].notna()].sort_values(
        ["estimate_pp", *AXES], kind="stable", ignore_index=True
    )
    planned = np.logical_and.reduce([frame[axis] == choice for axis, choice in PLANNED.items()])
    return frame.assign(rank=frame.index + 1, planned=planned)[["rank", *columns, "planned"]]


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """The curve above, a row of marks for each choice below."""
    language = context.language
    rows = [(axis, str(choice)) for axis in AXES for choice in _choices(frame, axis)]
    height = _ROW_CM * (len(rows) + _HEAD * len(AXES))
    figure = style.canvas(_CURVE_CM + height, banner=banner)
    above = style.axes_in(figure, left=4.6, bottom=height + 0.35, top=0.8, right=0.3)
    _curve(above, frame, language)
    below = style.axes_in(figure, left=4.6, bottom=0.1, right=0.3, top=_CURVE_CM - 0.1)
    _matrix(below, frame, rows, language)
    for axes in (above, below):
        axes.set_xlim(0, len(frame) + 1)
        for rank in frame.loc[frame["planned"].astype(bool), "rank"]:
            axes.axvline(rank, color=style.OTHERS_TEXT, linewidth=1.0, zorder=5)
    return figure


def _choices(frame: pd.DataFrame, axis: str) -> list[str]:
    """Choices of an axis, months first in order, then as declared."""
    found = [str(choice) for choice in dict.fromkeys(frame[axis])]
    order = list(WORDS["nb"])
    return sorted(found, key=lambda c: (not is_month(c), c if is_month(c) else order.index(c)))


def _curve(axes: Axes, frame: pd.DataFrame, language: Language) -> None:
    """Estimates with their intervals, and the median."""
    x = frame["rank"].to_numpy(dtype=float)
    gap = np.full(len(x), np.nan)
    # one line with gaps: a path for all intervals
    axes.plot(
        np.column_stack([x, x, gap]).ravel(),
        np.column_stack([frame["ci_low_pp"], frame["ci_high_pp"], gap]).ravel(),
        color=style.GREY,
        linewidth=0.5,
    )
    axes.axhline(0, color=style.MUTED, linewidth=0.8)
    axes.plot(x, frame["estimate_pp"], linestyle="none", marker="o", markersize=1.6,
              color=style.NETWORK)  # fmt: skip
    axes.set_xticks([])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    style.number_ticks(axes.yaxis, language, factor=100)
    style.grid(axes, "y")
    style.headline(axes, fill(WORDS, language, "up"), offset_points=4)


def _matrix(
    axes: Axes, frame: pd.DataFrame, rows: list[tuple[str, str]], language: Language
) -> None:
    """A tick for each specification in the row of its choice, under the heading of its axis."""
    places, names, level, last = [], [], 0.0, ""
    for axis, choice in rows:
        if axis != last:
            style.row_heading(axes, fill(WORDS, language, axis), -level - 0.35, left_cm=4.5)
            level, last = level + _HEAD, axis
        at = frame.loc[frame[axis].astype(str) == choice, "rank"].to_numpy(dtype=float)
        nothing = np.full(len(at), np.nan)
        y = -level - 0.5
        axes.plot(
            np.column_stack([at, at, nothing]).ravel(),
            np.column_stack(
                [np.full(len(at), y - 0.3), np.full(len(at), y + 0.3), nothing]
            ).ravel(),
            color=style.NETWORK,
            linewidth=0.4,
        )
        places.append(y)
        names.append(_said(axis, choice, language))
        level += 1
    axes.set_ylim(-level, 0)
    axes.set_yticks(places, names)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _said(axis: str, choice: str, language: Language) -> str:
    if is_month(choice):
        return month_name(choice, language)
    return fill(
        WORDS, language, "weights_none" if (axis, choice) == ("weights", "none") else choice
    )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 18."""
    language = context.language
    simulated = results.simulated(inputs["estimates_curve"])
    frame = data(inputs["details_curve"])
    found = records.by_key(inputs["estimates_curve"])
    median = found.get("curve.median")
    if frame.empty or not records.known(median):
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    same_sign = np.sign(frame["estimate_pp"]) == np.sign(median["estimate"])
    same = count(int(same_sign.sum()), language)
    n = count(len(frame), language)
    middle = signed_pp(median["estimate"], language)
    holds = (frame["ci_low_pp"] <= 0) & (frame["ci_high_pp"] >= 0)
    subtitle = fill(
        WORDS, language, "subtitle", n=n, median=middle, p=p_value(median["p_value"], language)
    )
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", k=same, n=n),
            subtitle=one_sign(subtitle),
            source=results.source(
                language, inputs["panel"], simulated=simulated, more=("settlement",)
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                n=n,
                low=signed_pp(frame["estimate_pp"].min(), language),
                high=signed_pp(frame["estimate_pp"].max(), language),
                median=middle,
                same=same,
                zero=count(int(holds.sum()), language),
            ),
        ),
        simulated=simulated,
    )
