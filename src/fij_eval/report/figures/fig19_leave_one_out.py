"""Figure 19: the estimate without each municipality, county and measurement in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.report import records, results, style, without
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name, pp_number, signed_pp

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUTS = ("details_robustness", "estimates_robustness", "estimates_primary", "panel")

WORDS: Catalogue = {
    "nb": {
        "title_same": "Ingen enkelt kommune, fylke eller måling snur svaret",
        "title_turns": "Svaret snur uten {k} av kommunene, fylkene eller målingene",
        "what": "Prøven med å utelate én om gangen",
        "subtitle": "Anslaget i prosentpoeng når én kommune, ett fylke eller én måling er utelatt, "
        "når hver kommune teller likt. Strek: anslaget med alle, {full}. Kommuner er ikke navngitt",
        "municipality": "Uten én kommune ({n})",
        "county": "Uten ett fylke ({n})",
        "snapshot": "Uten én måling ({n})",
        "axis": "Anslag, prosentpoeng",
        "alt": "Prikker på tre rader rundt anslaget med alle, {full} prosentpoeng når hver kommune "
        "teller likt. {parts}",
        "alt_part": "{row}: fra {low} til {high}.",
        "named": "{row}: lavest uten {lowest}, høyest uten {highest}.",
    },
    "en": {
        "title_same": "No single municipality, county or measurement overturns the answer",
        "title_turns": "The answer is overturned without {k} municipalities, counties or "
        "measurements",
        "what": "The test that leaves out one at a time",
        "subtitle": "The estimate in percentage points with one municipality, county or "
        "measurement left out, where each municipality counts the same. Line: the estimate with "
        "all, {full}. Municipalities are not named",
        "municipality": "Without one municipality ({n})",
        "county": "Without one county ({n})",
        "snapshot": "Without one measurement ({n})",
        "axis": "Estimate, percentage points",
        "alt": "Dots on three rows round the estimate with all, {full} percentage points where "
        "each municipality counts the same. {parts}",
        "alt_part": "{row}: from {low} to {high}.",
        "named": "{row}: lowest without {lowest}, highest without {highest}.",
    },
}

KINDS = ("municipality", "county", "snapshot")
ESTIMAND = "municipality_average"


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """``kind``, ``left_out`` (empty for municipalities), ``estimate``, by kind and size."""
    import pandas as pd

    pieces = []
    for kind in KINDS:
        table = f"leave_out_{kind}.{ESTIMAND}"
        if not has(inputs["details_robustness"], table):
            continue
        frame = frame_of(inputs["details_robustness"], table)
        frame = frame[frame["estimate"].notna()].sort_values("estimate", kind="stable")
        named = frame["left_out"].astype("str") if kind != "municipality" else ""
        pieces.append(
            pd.DataFrame({"kind": kind, "left_out": named, "estimate": frame["estimate"]})
        )
    columns = ["kind", "left_out", "estimate"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def draw(frame: pd.DataFrame, full: float, context: Context, *, banner: str) -> Figure:
    """Three rows of short strokes on one scale."""
    language = context.language
    figure = style.canvas(5.4, banner=banner)
    axes = style.axes_in(figure, left=4.6, bottom=1.25, top=0.4, right=0.5)
    kinds = [kind for kind in KINDS if (frame["kind"] == kind).any()]
    axes.axvline(full, color=style.OTHERS_TEXT, linewidth=1.2)
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    for level, kind in enumerate(reversed(kinds)):
        part = frame.loc[frame["kind"] == kind, "estimate"]
        _strokes(axes, part, level)
    names = [
        fill(WORDS, language, kind, n=count(int((frame["kind"] == kind).sum()), language))
        for kind in reversed(kinds)
    ]
    axes.set_yticks(range(len(kinds)), names)
    axes.set_ylim(-0.6, len(kinds) - 0.4)
    low, high = min(0.0, float(frame["estimate"].min())), max(0.0, float(frame["estimate"].max()))
    axes.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    style.number_ticks(axes.xaxis, language, factor=100)
    style.grid(axes, "x")
    axes.set_xlabel(fill(WORDS, language, "axis"))
    return figure


def _strokes(axes: Axes, values: pd.Series, level: int) -> None:
    axes.vlines(values, level - 0.28, level + 0.28, color=style.NETWORK, linewidth=1.0, alpha=0.6)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 19."""
    language = context.language
    simulated = results.simulated(inputs["estimates_robustness"])
    frame = data(inputs)
    whole = records.by_key(inputs["estimates_primary"]).get(f"primary.pp.{ESTIMAND}.att")
    if frame.empty or not records.known(whole):
        return without.drawing(WORDS, frame, context, inputs, simulated=simulated)
    full = float(whole["estimate"])
    turned = int((frame["estimate"] * full <= 0).sum())
    said = []
    for kind in dict.fromkeys(frame["kind"]):
        part = frame[frame["kind"] == kind]
        row = fill(WORDS, language, str(kind), n=count(len(part), language))
        said.append(
            fill(
                WORDS,
                language,
                "alt_part",
                row=row,
                low=signed_pp(part["estimate"].min(), language, unit=False),
                high=signed_pp(part["estimate"].max(), language),
            )
        )
    shown = _named(frame, inputs["panel"], context)
    return Drawing(
        figure=draw(frame, full, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title_turns", k=count(turned, language))
            if turned
            else fill(WORDS, language, "title_same"),
            subtitle=fill(WORDS, language, "subtitle", full=signed_pp(full, language, unit=False)),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(
                WORDS,
                language,
                "alt",
                full=pp_number(full, language),
                parts=" ".join([*said, *shown]),
            ),
        ),
        simulated=simulated,
    )


def _named(frame: pd.DataFrame, panel: pd.DataFrame, context: Context) -> list[str]:
    """Counties and measurements without which the estimate is lowest and highest."""
    language = context.language
    counties = panel.drop_duplicates("county_code").set_index("county_code")["county_name"]
    found = []
    for kind in ("county", "snapshot"):
        part = frame[frame["kind"] == kind]
        if part.empty:
            continue
        lowest, highest = (
            counties.get(code, code) if kind == "county" else month_name(code, language)
            for code in (str(part["left_out"].iloc[0]), str(part["left_out"].iloc[-1]))
        )
        row = fill(WORDS, language, kind, n=count(len(part), language))
        found.append(fill(WORDS, language, "named", row=row, lowest=lowest, highest=highest))
    return found
