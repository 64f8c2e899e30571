"""Figure 5b: share in work at two dates in the other municipalities, by county.

They are too many for a row each, and none is to be singled out: a row is a county's mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import dumbbell
from fij_eval.report.context import Catalogue, Context, Drawing
from fij_eval.report.numbers_format import count
from fij_eval.report.snapshots import compared_months, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("panel", "reference_interim_report")

WORDS: Catalogue = {
    "nb": {
        "title": "Andelen økte også i {rose} av {n} andre kommuner",
        "title_few": "Andelen økte i {rose} av {n} andre kommuner",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år, uvektet gjennomsnitt av "
        "{n} {arm} med minst {minimum} flyktninger, etter fylke (antall kommuner i parentes). "
        "Åpent merke: {start}. Fylt merke: {end}. Stiplet: uvektet gjennomsnitt av alle.{remarks}",
        "change": "Endring,\npst.poeng",
        "alt": "Linjediagram med to merker for hvert fylke, sortert etter det uvektede "
        "gjennomsnittet i {end}. For alle {n} {arm} går det uvektede gjennomsnittet fra "
        "{mean_start} i {start} til {mean_end} i {end}. Andelen økte i {rose} kommuner. Fylkenes "
        "endringer går fra {smallest} til {largest}.",
    },
    "en": {
        "title": "The share also rose in {rose} of {n} other municipalities",
        "title_few": "The share rose in {rose} of {n} other municipalities",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66, unweighted mean of {n} "
        "{arm} with at least {minimum} refugees, by county (number of municipalities in brackets). "
        "Hollow mark: {start}. Filled mark: {end}. Dashed: unweighted mean of all.{remarks}",
        "change": "Change,\npp",
        "alt": "Dumbbell chart with two marks for each county, sorted by the mean in {end}. For "
        "all {n} {arm} the unweighted mean goes from {mean_start} in {start} to {mean_end} in "
        "{end}. The share rose in {rose} municipalities. The counties' changes run from "
        "{smallest} to {largest}.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a county and one, last, for all: means over the other municipalities.

    Returns:
        ``county`` (empty for all), ``share_start``, ``share_end``, ``change``, ``municipalities``,
        ``rose`` (municipalities with a rise), ``month_start``, ``month_end``.
    """
    import pandas as pd

    start, end = compared_months(inputs["panel"], inputs["reference_interim_report"])
    both = pairs(inputs["panel"], start, end, minimum=context.sample.minimum_residents)
    others = both[both["arm"] == "comparison"]
    parts = [(str(county), part) for county, part in others.groupby("county_name")]
    frame = pd.DataFrame(
        [
            {
                "county": county,
                "share_start": part["share_start"].mean(),
                "share_end": part["share_end"].mean(),
                "change": part["change"].mean(),
                "municipalities": len(part),
                "rose": int((part["change"] > 0).sum()),
                "month_start": start,
                "month_end": end,
            }
            for county, part in [*parts, ("", others)]
            if len(part)
        ]
    )
    if frame.empty:
        return frame
    counties = frame[frame["county"] != ""]
    ordered = counties.sort_values(["share_end", "county"], ascending=[False, True])
    return pd.concat([ordered, frame[frame["county"] == ""]], ignore_index=True)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 5b.

    Raises:
        ReportError: If no other municipality has figures at both dates.
    """
    frame = data(inputs, context)
    if frame.empty:
        raise dumbbell.nothing("outside the network")
    counties, total = frame[frame["county"] != ""], frame.iloc[-1]
    labels = [
        f"{name} ({count(n, context.language)})"
        for name, n in zip(counties["county"], counties["municipalities"], strict=True)
    ]
    most = 2 * total["rose"] > total["municipalities"]
    told = dumbbell.Told(
        data=frame,
        rows=counties.assign(label=labels),
        arm="comparison",
        means=(float(total["share_start"]), float(total["share_end"])),
        municipalities=int(total["municipalities"]),
        rose=int(total["rose"]),
        title="title" if most else "title_few",
        words=WORDS,
        row_cm=0.42,
    )
    return dumbbell.drawing(inputs, context, told)
