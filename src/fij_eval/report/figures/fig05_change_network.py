"""Figure 5: share in work at two dates in each municipality of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import disclosure, dumbbell
from fij_eval.report.context import Catalogue, Context, Drawing
from fij_eval.report.numbers_format import count
from fij_eval.report.snapshots import compared_months, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "title": "Andelen i jobb økte i {rose} av {n} kommuner",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år i {arm} med minst "
        "{minimum} flyktninger (antall i {end} i parentes). Åpent merke: {start}. Fylt merke: "
        "{end}. Stiplet: uvektet gjennomsnitt.{remarks}",
        "change": "Endring,\npst.poeng",
        "alt": "Linjediagram med to merker for hver av {n} {arm}, sortert etter andelen i jobb i "
        "{end}. Det uvektede gjennomsnittet går fra {mean_start} i {start} til {mean_end} i {end}. "
        "Andelen økte i {rose} kommuner. Endringene går fra {smallest} til {largest}.",
    },
    "en": {
        "title": "The share in work rose in {rose} of {n} municipalities",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66 in {arm} with at least "
        "{minimum} refugees (number in {end} in brackets). Hollow mark: {start}. Filled mark: "
        "{end}. Dashed: unweighted mean.{remarks}",
        "change": "Change,\npp",
        "alt": "Dumbbell chart with two marks for each of {n} {arm}, sorted by the share in work "
        "in {end}. The unweighted mean goes from {mean_start} in {start} to {mean_end} in {end}. "
        "The share rose in {rose} municipalities. Changes run from {smallest} to {largest}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a municipality of the network with enough refugees at both dates, highest end first.

    Returns:
        Code, name, county, ``share_start``, ``share_end``, ``change``, ``residents_start``,
        ``residents_end``, ``month_start``, ``month_end``.
    """
    start, end = compared_months(inputs["panel"], inputs["reference_interim_report"])
    both = pairs(inputs["panel"], start, end, minimum=context.sample.minimum_residents)
    network = both[both["arm"] == "network"].assign(month_start=start, month_end=end)
    return (
        network.drop(columns=["arm", "size_group"])
        .sort_values(["share_end", "municipality_name"], ascending=[False, True])
        .reset_index(drop=True)
    )


def shown(frame: pd.DataFrame, panel: pd.DataFrame, context: Context) -> pd.DataFrame:
    """The rows that may be shown by name at both dates; title and means are of all."""
    codes = set(frame["municipality_code"])
    for month in {*frame["month_start"], *frame["month_end"]}:
        codes &= set(disclosure.shown(panel, month, context.sample)["municipality_code"])
    return frame[frame["municipality_code"].isin(codes)].reset_index(drop=True)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 5.

    Raises:
        ReportError: If no municipality of the network has figures at both dates.
    """
    every = data(inputs, context)
    frame = shown(every, inputs["panel"], context)
    if frame.empty:
        raise dumbbell.nothing("of the network")
    labels = [
        f"{name} ({count(n, context.language)})"
        for name, n in zip(frame["municipality_name"], frame["residents_end"], strict=True)
    ]
    told = dumbbell.Told(
        data=frame,
        rows=frame.assign(label=labels),
        arm="network",
        means=(float(every["share_start"].mean()), float(every["share_end"].mean())),
        municipalities=len(every),
        hidden=len(every) - len(frame),
        rose=int((every["change"] > 0).sum()),
        title="title",
        words=WORDS,
        row_cm=0.42,
    )
    return dumbbell.drawing(inputs, context, told)
