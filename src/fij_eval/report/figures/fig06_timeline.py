"""Figure 6: when employment was measured, against what the network did when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import programme, results, style, timeline
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.vocabulary import source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from fij_eval.settings import Language

INPUTS = ("panel", "reference_network_calendar")

WORDS: Catalogue = {
    "nb": {
        "title": "{before} målinger før oppstart og {after} etter",
        "subtitle": "Måneder med tall for sysselsetting i kommunene, og {events} samlinger og "
        "møter i nettverket etter programmet, {first}–{last}",
        "measured": "Målinger",
        "phases": "Faser",
        "phase": "Fase {n}",
        "kick_off": "Oppstart",
        "alt": "Tidslinje fra {first} til {last}. Sysselsettingen er målt {before} ganger før "
        "nettverkets oppstart i {start} og {after} ganger etter. Under står nettverkets faser og "
        "{events} samlinger og møter etter slag: {kinds}.",
        "kind": "{name} ({n})",
        "gathering": "Samlinger",
        "project leaders": "Prosjektledere",
        "inspiration": "Inspirasjon",
        "webinar": "Webinarer",
        "kick-off": "Oppstartsmøter",
        "information meeting": "Infomøter",
        "later": "; tom trekant: etter nettverkets slutt",
    },
    "en": {
        "title": "{before} measurements before kick-off and {after} after",
        "subtitle": "Months with figures on employment in the municipalities, and {events} "
        "gatherings and meetings of the network by its programme, {first}–{last}",
        "measured": "Measurements",
        "phases": "Phases",
        "phase": "Phase {n}",
        "kick_off": "Kick-off",
        "alt": "Timeline from {first} to {last}. Employment is measured {before} times before the "
        "network's kick-off in {start} and {after} times after. Below stand the network's phases "
        "and {events} gatherings and meetings by kind: {kinds}.",
        "kind": "{name} ({n})",
        "gathering": "Gatherings",
        "project leaders": "Project leaders",
        "inspiration": "Inspiration",
        "webinar": "Webinars",
        "kick-off": "Kick-off meetings",
        "information meeting": "Information",
        "later": "; hollow triangle: after the network's end",
    },
}

#: Height that the lane of phases has more than others: two phases may stand over each other.
_EXTRA = 0.6


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a measurement, phase and event, in order of time within each.

    Returns:
        ``what`` (``measurement``, ``phase``, ``event``), ``kind`` (``before`` or ``after`` for
        measurements, number for phases, the calendar's kind for events), ``start``, ``end`` (ISO).
    """
    import pandas as pd

    rows = [
        {
            "what": "measurement",
            "kind": "before" if month < context.network.start else "after",
            "start": f"{month}-{timeline.MIDDLE:02d}",
            "end": f"{month}-{timeline.MIDDLE:02d}",
        }
        for month in outcome_months(inputs["panel"])
    ]
    calendar = inputs["reference_network_calendar"].sort_values("date", kind="stable")
    for phase, events in calendar.groupby("phase", sort=True):
        rows.append(
            {
                "what": "phase",
                "kind": str(phase),
                "start": events["date"].min(),
                "end": events["date"].max(),
            }
        )
    rows.extend(
        {"what": "event", "kind": str(kind), "start": str(start), "end": str(end)}
        for kind, start, end in programme.events(calendar)[["kind", "start", "end"]].to_numpy()
    )
    return pd.DataFrame(rows)


def _kind(kind: str, language: Language) -> str:
    """A kind of event in words; one that the calendar has new stands as it is written there."""
    return fill(WORDS, language, kind) if kind in WORDS[language] else kind


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Lanes over a common time axis."""
    language = context.language
    events = frame[frame["what"] == "event"]
    kinds = list(dict.fromkeys(events["kind"]))
    kinds.sort(key=lambda kind: (-int((events["kind"] == kind).sum()), kind))
    lanes = ["measured", "phases", *kinds]
    level: dict[str, float] = {"measured": 0.0, "phases": -1.0 - _EXTRA / 2}
    level |= {kind: -(k + 2.0) - _EXTRA for k, kind in enumerate(kinds)}
    figure = style.canvas(0.68 * (len(lanes) + _EXTRA) + 1.55, banner=banner)
    axes = style.axes_in(figure, left=2.9, bottom=0.75, top=0.8, right=0.9)
    timeline.measurements(axes, frame[frame["what"] == "measurement"], level["measured"], context)
    phases = frame[frame["what"] == "phase"]
    called = [fill(WORDS, language, "phase", n=str(kind)) for kind in phases["kind"]]
    timeline.phases(axes, phases, level["phases"], called)
    for kind in kinds:
        for row in events[events["kind"] == kind].itertuples():
            days = [timeline.ordinal(str(row.start)), timeline.ordinal(str(row.end))]
            axes.plot(
                days,
                [level[kind]] * 2,
                color=style.NETWORK,
                marker="|",
                markersize=9,
                markeredgewidth=1.6,
                linewidth=2.0,
            )
    first = min(timeline.ordinal(day) for day in frame["start"])
    last = max(timeline.ordinal(day) for day in frame["end"])
    axes.set_xlim(first - 25, last + 25)
    axes.set_ylim(-len(lanes) - _EXTRA + 0.45, 0.55)
    names = [fill(WORDS, language, lane) for lane in lanes]
    names[2:] = [
        fill(
            WORDS,
            language,
            "kind",
            name=_kind(kind, language),
            n=count(int((events["kind"] == kind).sum()), language),
        )
        for kind in kinds
    ]
    axes.set_yticks([level[lane] for lane in lanes], names)
    axes.tick_params(axis="y", length=0)
    for lane in lanes[1:]:
        above = 0.5 + (_EXTRA / 2 if lane == "phases" else 0.0)
        axes.axhline(level[lane] + above, color=style.GRID, linewidth=0.6, zorder=0)
    timeline.months(axes, frame, context)
    start = month_name(context.network.start, language)
    timeline.kick_off(axes, context.network.start, f"{fill(WORDS, language, 'kick_off')}, {start}")
    return figure


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 6.

    Raises:
        ReportError: If employment is measured in no month.
    """
    language = context.language
    panel = inputs["panel"]
    frame = data(inputs, context)
    measured = frame.loc[frame["what"] == "measurement", "kind"]
    events = frame[frame["what"] == "event"]
    simulated = results.simulated(panel)
    months = {
        "first": month_name(str(frame["start"].min())[:7], language),
        "last": month_name(str(frame["end"].max())[:7], language),
    }
    numbers = {
        "before": count(int((measured == "before").sum()), language),
        "after": count(int((measured == "after").sum()), language),
    }
    total = count(len(events), language)
    by_kind = [
        fill(
            WORDS,
            language,
            "kind",
            name=_kind(str(kind), language).lower(),
            n=count(n, language),
        )
        for kind, n in events["kind"].value_counts().sort_index().items()
    ]
    later = bool(
        (frame.loc[frame["what"] == "measurement", "start"].str[:7] > context.network.end).any()
    )
    return Drawing(
        figure=draw(frame, context, banner=results.banner(language, simulated=simulated)),
        data=frame,
        words=Words(
            title=fill(WORDS, language, "title", **numbers),
            subtitle=fill(WORDS, language, "subtitle", events=total, **months)
            + (fill(WORDS, language, "later") if later else ""),
            source=source_line(
                language,
                ["employment", "calendar"],
                simulated=["employment"] if simulated else [],
                vintages=panel["outcome_vintage"],
                calculations=False,
            ),
            alt=fill(
                WORDS,
                language,
                "alt",
                **months,
                **numbers,
                start=month_name(context.network.start, language),
                events=total,
                kinds=", ".join(by_kind),
            ),
        ),
        simulated=simulated,
    )
