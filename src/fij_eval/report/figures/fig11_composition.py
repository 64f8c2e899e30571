"""Figure 11: who is counted, and the estimate with residence time allowed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.months import month_number
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import interval, month_name, percent, signed_pp
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("estimates_composition", "details_composition", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Justert for botid går anslaget fra {before} til {after}",
        "what": "Sammenlikningen av botid",
        "subtitle": "Til venstre: andel av de bosatte med under ett års botid, regnet av "
        "bosettingen, uvektet. Til høyre: anslag i prosentpoeng med {level} intervall uten og med "
        "justering for andelen ventet ut fra botid. Fylt: hver kommune teller likt. Hult: hver "
        "flyktning teller likt",
        "new": "Bosatt i under ett år",
        "estimates": "Anslag, prosentpoeng",
        "none": "Uten justering",
        "covariate": "Ventet andel\nsom forklaring",
        "offset": "Ventet andel\ntrukket fra",
        "alt": "Til venstre to linjer: den uvektede andelen med kort botid går fra {network_first} "
        "til {network_last} i nettverket og fra {others_first} til {others_last} i andre kommuner, "
        "fra {first} til {last}. Til høyre anslag når hver kommune teller likt: {parts} "
        "Hule merker viser det samme når hver flyktning teller likt.",
        "alt_part": "{variant}: {estimate} ({interval})",
    },
    "en": {
        "title": "Adjusted for residence time: from {before} to {after}",
        "what": "The comparison of residence time",
        "subtitle": "Left: share of residents who settled less than a year ago, from settlement, "
        "unweighted. Right: estimates in percentage points with {level} interval without and with "
        "adjustment for the share expected from residence time. Filled: each municipality counts "
        "the same. Hollow: each refugee counts the same",
        "new": "Settled less than a year ago",
        "estimates": "Estimate, percentage points",
        "none": "Unadjusted",
        "covariate": "Expected share\nas covariate",
        "offset": "Expected share\nas offset",
        "alt": "On the left two lines: the unweighted share with short residence goes from "
        "{network_first} to {network_last} in the network and from {others_first} to {others_last} "
        "in other municipalities, from {first} to {last}. On the right estimates where each "
        "municipality counts the same: {parts} Hollow marks show it where each "
        "refugee counts the same.",
        "alt_part": "{variant}: {estimate} ({interval})",
    },
}

VARIANTS = ("none", "covariate", "offset")
_UNDER_A_YEAR = ("from_0_quarters", "from_2_quarters")


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Both panels in one: ``panel`` (``mix`` or ``estimates``) and their numbers.

    Returns:
        ``panel``, ``arm``, ``reference_month``, ``under_a_year``; ``variant``, ``estimand``,
        ``estimate``, ``ci_low``, ``ci_high``, ``level``.
    """
    import pandas as pd

    columns = [
        "panel", "arm", "reference_month", "under_a_year",
        "variant", "estimand", "estimate", "ci_low", "ci_high", "level",
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    if has(inputs["details_composition"], "mix"):
        mix = frame_of(inputs["details_composition"], "mix")
        short = mix[[c for c in _UNDER_A_YEAR if c in mix]].sum(axis=1)
        rows += [
            {"panel": "mix", "arm": a, "reference_month": m, "under_a_year": s}
            for a, m, s in zip(mix["arm"], mix["month"], short, strict=True)
        ]
    found = records.by_key(inputs["estimates_composition"])
    for estimand in results.ESTIMANDS:
        for variant in VARIANTS:
            record = found.get(f"composition.{variant}.{estimand}.att")
            if records.known(record):
                rows.append(
                    {"panel": "estimates", "variant": variant, "estimand": estimand}
                    | {k: record[k] for k in ("estimate", "ci_low", "ci_high", "level")}
                )
    frame = pd.DataFrame(rows, columns=columns)
    numbers = [
        c for c in columns if c in {"under_a_year", "estimate", "ci_low", "ci_high", "level"}
    ]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Lines by arm on the left, estimates by variant on the right."""
    language = context.language
    figure = style.canvas(7.0, banner=banner)
    left = style.axes_in(figure, left=1.2, bottom=1.2, top=1.3, right=9.2)
    right = style.axes_in(figure, left=9.0, bottom=1.2, top=1.3, right=0.3)
    mix = frame[frame["panel"] == "mix"]
    for name in ("network", "comparison"):
        part = mix[mix["arm"] == name]
        left.plot(
            [month_number(m) for m in part["reference_month"]], part["under_a_year"],
            color=style.COLOURS[name], marker=style.MARKERS[name], markersize=4.5, linewidth=1.2,
            label=arm(name, context),
        )  # fmt: skip
    style.januaries(left, list(mix["reference_month"]), language)
    style.grid(left, "y")
    left.set_ylim(0, None)
    style.percent_ticks(left.yaxis, language)
    style.headline(left, fill(WORDS, language, "new"), offset_points=19)
    style.legend_above(left, columns=2)
    _estimates(right, frame[frame["panel"] == "estimates"], context)
    return figure


def _estimates(axes: Axes, part: pd.DataFrame, context: Context) -> None:
    axes.axhline(0, color=style.MUTED, linewidth=0.8)
    for shift, estimand in ((-0.13, "municipality_average"), (0.13, "person_average")):
        for row in part[part["estimand"] == estimand].to_dict("records"):
            x = VARIANTS.index(row["variant"]) + shift
            axes.vlines(x, row["ci_low"], row["ci_high"], color=style.NETWORK, linewidth=1.6)
            axes.plot(
                [x], [row["estimate"]], marker="o", markersize=6, color=style.NETWORK,
                markerfacecolor=style.NETWORK if shift < 0 else "white",
            )  # fmt: skip
    axes.set_xlim(-0.5, len(VARIANTS) - 0.5)
    axes.set_xticks(
        range(len(VARIANTS)), [fill(WORDS, context.language, name) for name in VARIANTS]
    )
    style.number_ticks(axes.yaxis, context.language, factor=100)
    style.grid(axes, "y")
    style.headline(axes, fill(WORDS, context.language, "estimates"), offset_points=19)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 11."""
    language = context.language
    simulated = results.simulated(inputs["estimates_composition"])
    frame = data(inputs)
    mix = frame[frame["panel"] == "mix"].dropna(subset=["under_a_year"])
    found = frame[frame["panel"] == "estimates"].set_index(["variant", "estimand"])
    first = ("none", results.ESTIMANDS[0])
    second = ("offset", results.ESTIMANDS[0])
    if mix.empty or first not in found.index or second not in found.index:
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    months = sorted(set(mix["reference_month"]))
    ends = mix.set_index(["arm", "reference_month"])["under_a_year"]
    parts = [
        fill(
            WORDS,
            language,
            "alt_part",
            variant=fill(WORDS, language, str(row["variant"])).replace("\n", " ").lower(),
            estimate=signed_pp(row["estimate"], language, unit=False),
            interval=interval(row["ci_low"], row["ci_high"], language)
            if records.known(row, "ci_low")
            else "–",
        )
        for row in frame[frame["estimand"] == results.ESTIMANDS[0]].to_dict("records")
    ]
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(
                WORDS,
                language,
                "title",
                before=signed_pp(float(found["estimate"][first]), language, unit=False),
                after=signed_pp(float(found["estimate"][second]), language, unit=False),
            ),
            subtitle=fill(
                WORDS, language, "subtitle", level=percent(found["level"].iloc[0], language, 0)
            ),
            source=results.source(
                language, inputs["panel"], simulated=simulated, more=("settlement",)
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                network_first=percent(ends["network", months[0]], language),
                network_last=percent(ends["network", months[-1]], language),
                others_first=percent(ends["comparison", months[0]], language),
                others_last=percent(ends["comparison", months[-1]], language),
                first=month_name(months[0], language),
                last=month_name(months[-1], language),
                parts="; ".join(parts) + ".",
            ),
        ),
        simulated=simulated,
    )
