"""Figure 21: bias of the two co-primary estimators in each simulated scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import style
from fij_eval.report.bench_words import SCENARIOS, chosen, runs, within, word
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, signed_pp
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

INPUTS = ("reference_bench",)

#: Estimator -> the marker and colour of the arm that it borrows them from, and its place in a row.
SHOWN = {"twfe_expected": ("network", 0.16), "logit_expected": ("comparison", -0.16)}
#: Bias that the design allows, as a share.
ALLOWED = 0.002
ERRORS = 2.0

WORDS: Catalogue = {
    "nb": {
        "title": "Størst avvik fra fasiten: {scenario}",
        "subtitle": "Skjevhet i hovedanalysens to varianter, når hver kommune teller likt, i "
        "{runs} simuleringer. Streken er to simuleringsfeil til hver side, det grå feltet avviket "
        "som er tillatt uten forstyrrelser.",
        "axis": "Skjevhet, prosentpoeng",
        "alt": "Prikkdiagram med én rad for hver av {n} simulerte situasjoner og to merker i hver: "
        "prosentpoeng og logit. Største avvik er {largest} i situasjonen «{scenario}». Uten "
        "forstyrrelse er avviket {clean_pp} i prosentpoeng-varianten og {clean_logit} i "
        "logit-varianten.",
    },
    "en": {
        "title": "Largest deviation from the truth: {scenario}",
        "subtitle": "Bias of the primary analysis in its two variants, where each municipality "
        "counts the same, in {runs} simulations. The line is two simulation errors to either side, "
        "the grey field the deviation that is allowed where nothing disturbs.",
        "axis": "Bias, percentage points",
        "alt": "Dot plot with one row for each of {n} simulated situations and two marks in each: "
        "percentage points and logit. The largest deviation is {largest} in the situation "
        "“{scenario}”. Where nothing disturbs the deviation is {clean_pp} in the variant in "
        "percentage points and {clean_logit} in the logit variant.",
    },
}


def data(bench: pd.DataFrame) -> pd.DataFrame:
    """``scenario``, ``estimator``, ``replications``, ``bias``, ``bias_mcse``: one row a mark.

    Raises:
        ReportError: If the summary lacks a scenario.
    """
    shown = chosen(bench, ("bias",))
    frame = shown[shown["estimator"].isin(SHOWN)].reset_index(drop=True)
    if len(frame) != len(SHOWN) * len(SCENARIOS):
        raise ReportError(
            "The summary of the bench lacks a scenario that is shown",
            where="data/reference/bench.csv",
            remedy="run the full profile of the bench",
        )
    return frame


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """The dot plot."""
    language = context.language
    figure = style.canvas(8.6, banner=banner)
    axes = style.axes_in(figure, left=5.9, bottom=1.2, top=0.9)
    axes.axvspan(-100 * ALLOWED, 100 * ALLOWED, color=style.PALE, lw=0)
    axes.axvline(0, color=style.MUTED, lw=0.8)
    for estimator, (arm, shift) in SHOWN.items():
        rows = frame[frame["estimator"] == estimator]
        height = [-SCENARIOS.index(name) + shift for name in rows["scenario"]]
        axes.errorbar(
            100 * rows["bias"],
            height,
            xerr=100 * ERRORS * rows["bias_mcse"],
            fmt=style.MARKERS[arm],
            color=style.COLOURS[arm],
            markersize=5,
            elinewidth=1.2,
            label=word(language, estimator),
        )
    axes.set_yticks(
        [-place for place in range(len(SCENARIOS))], [word(language, name) for name in SCENARIOS]
    )
    axes.set_ylim(-len(SCENARIOS) + 0.4, 0.6)
    style.number_ticks(axes.xaxis, language)
    axes.set_xlabel(fill(WORDS, language, "axis"))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        frameon=False,
        handletextpad=0.4,
        borderaxespad=0.2,
    )
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 21.

    Raises:
        ReportError: If the summary lacks a scenario.
    """
    language = context.language
    frame = data(inputs["reference_bench"])
    largest = max(frame.to_dict("records"), key=lambda row: abs(row["bias"]))
    scenario = within(language, str(largest["scenario"]))
    clean = frame[frame["scenario"] == "S0"].set_index("estimator")["bias"]

    def said(key: str, **values: str) -> str:
        return fill(WORDS, language, key, **values)

    return Drawing(
        figure=draw(frame, context, banner=shared(language, "banner_other")),
        data=frame,
        words=Words(
            title=said("title", scenario=scenario),
            subtitle=said(
                "subtitle",
                runs=runs(frame["replications"].min(), frame["replications"].max(), language),
            ),
            source=shared(language, "source", sources=word(language, "bench"), through=""),
            alt=said(
                "alt",
                n=count(len(SCENARIOS), language),
                largest=signed_pp(largest["bias"], language),
                scenario=scenario,
                clean_pp=signed_pp(clean["twfe_expected"], language, 2),
                clean_logit=signed_pp(clean["logit_expected"], language, 2),
            ),
        ),
        simulated=True,
    )
