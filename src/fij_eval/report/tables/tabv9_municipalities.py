"""Table V9: each municipality that may be named, with the uncertainty of its share; not ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.disclosure import LEVEL, named, visible, why_not, wilson
from fij_eval.report.numbers_format import (
    count,
    interval,
    month_name,
    month_short,
    percent,
    percent_number,
)
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.vocabulary import raised, shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = ("panel",)

WORDS: Catalogue = {
    "nb": {
        "title": "{n} kommuner har nok flyktninger til å vises",
        "title_none": "Ingen kommuner har nok flyktninger til å vises",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år, prosent, med {level} "
        "intervall for tilfeldig variasjon. Flyktninger: antallet i {month}. I alfabetisk orden "
        "etter fylke, ikke rangert",
        "municipality": "Kommune",
        "network": "I nettverket",
        "residents": "Flyktninger",
        "share": "{month}",
        "interval": "Intervall",
        "yes": "ja",
        "no": "",
        "district": "en bydel",
        "withdrew": "trakk seg",
        "county": "{county}: {n}",
        "county_left": "{county}: {n}, {left} ikke vist",
        "one": "{n} kommune",
        "several": "{n} kommuner",
        "why": "Kommuner med færre enn {minimum} flyktninger i {month} er ikke navngitt. Fylkets "
        "overskrift sier hvor mange de er.",
        "hidden": ": = vises ikke, fordi færre enn {smallest} er i jobb eller ikke er det, eller "
        "fordi kilden skjuler tallet.",
        "missing": ".. = tallet finnes ikke.",
        "reading": "Intervallene overlapper for de fleste kommuner. Forskjeller mellom "
        "enkeltkommuner sier lite, og ingenting om hva kommunen har gjort.",
    },
    "en": {
        "title": "{n} municipalities have enough refugees to be shown",
        "title_none": "No municipality has enough refugees to be shown",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66, per cent, with {level} "
        "interval for chance variation. Refugees: their number in {month}. In alphabetical order "
        "by county, not ranked",
        "municipality": "Municipality",
        "network": "In the network",
        "residents": "Refugees",
        "share": "{month}",
        "interval": "Interval",
        "yes": "yes",
        "no": "",
        "district": "a district",
        "withdrew": "withdrew",
        "county": "{county}: {n}",
        "county_left": "{county}: {n}, {left} not shown",
        "one": "{n} municipality",
        "several": "{n} municipalities",
        "why": "Municipalities with fewer than {minimum} refugees in {month} are not named. The "
        "county's heading says how many they are.",
        "hidden": ": = not shown, since fewer than {smallest} are in work or are not, or since the "
        "source hides the figure.",
        "missing": ".. = there is no figure.",
        "reading": "The intervals overlap for most municipalities. Differences between single "
        "municipalities say little, and nothing of what the municipality has done.",
    },
}

#: The Norwegian alphabet ends in these; accents and other letters sort as their plain forms.
_ORDER = str.maketrans({"æ": "{", "ø": "|", "å": "}", "á": "a", "č": "c", "đ": "d", "ŋ": "n",
                        "š": "s", "ŧ": "t", "ž": "z", "é": "e", "ö": "|", "ä": "{"})  # fmt: skip


def alphabetical(name: str) -> str:
    """Key by which names sort as a Norwegian reader looks for them."""
    return name.lower().translate(_ORDER)


def months_shown(panel: pd.DataFrame, context: Context) -> tuple[str, str]:
    """The last month before the start, and the last of all, with a share."""
    months = outcome_months(panel)
    before = [month for month in months if month < context.network.start]
    return (before or months)[-1], months[-1]


def data(panel: pd.DataFrame, context: Context) -> pd.DataFrame:
    """One row a municipality that may be named, by county and name.

    Returns:
        Code, name, county, ``arm``, ``residents`` of the reference month, and for both months
        (``before``, ``last``) share, limits and why there is none (``hidden``, ``missing``).
    """
    import pandas as pd

    may = named(panel, context.sample)
    places = panel.drop_duplicates("municipality_code").set_index("municipality_code")
    then = panel[panel["reference_month"] == context.sample.reference_month]
    counts = then.set_index("municipality_code")["residents"]
    ends = dict(zip(("before", "last"), months_shown(panel, context), strict=True))
    rows = []
    for code in sorted(may):
        place = places.loc[code]
        row = {
            "municipality_code": code,
            "municipality_name": place["municipality_name"],
            "county_name": place["county_name"],
            "arm": place["arm"],
            "residents": int(counts[code]),
        }
        for name, month in ends.items():
            cell = panel[(panel["municipality_code"] == code) & (panel["reference_month"] == month)]
            row |= _cell(cell, name, context)
        rows.append(row)
    columns = ["municipality_code", "municipality_name", "county_name", "arm", "residents"]
    columns += [f"{name}_{field}" for name in ends for field in ("share", "low", "high", "why")]
    frame = pd.DataFrame(rows, columns=columns)
    order = frame.assign(
        county_key=frame["county_name"].map(alphabetical),
        name_key=frame["municipality_name"].map(alphabetical),
    ).sort_values(["county_key", "name_key", "municipality_code"], kind="stable")
    return order.drop(columns=["county_key", "name_key"]).reset_index(drop=True)


def _cell(cell: pd.DataFrame, name: str, context: Context) -> dict[str, object]:
    """Share and limits of one municipality in one month, or why there is none."""
    nothing = {f"{name}_{field}": float("nan") for field in ("share", "low", "high")}
    if cell.empty:
        return nothing | {f"{name}_why": "missing"}
    row = cell.iloc[0]
    if bool(visible(cell, context.sample.minimum_residents).iloc[0]):
        low, high = wilson(float(row["share"]), float(row["residents"]))
        values = {"share": float(row["share"]), "low": low, "high": high}
        return {f"{name}_{field}": v for field, v in values.items()} | {f"{name}_why": ""}
    return nothing | {f"{name}_why": why_not(str(row["share_missing"]))}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V9."""
    language, panel = context.language, inputs["panel"]
    frame = data(panel, context)
    before, last = (month_short(month, language) for month in months_shown(panel, context))
    month = month_name(context.sample.reference_month, language)
    simulated = results.simulated(panel)
    rows = tuple(_row(row, context) for row in frame.to_dict("records"))
    return Table(
        data=frame,
        header=(
            fill(WORDS, language, "municipality"),
            fill(WORDS, language, "network"),
            fill(WORDS, language, "residents"),
            fill(WORDS, language, "share", month=raised(before)),
            fill(WORDS, language, "interval"),
            fill(WORDS, language, "share", month=raised(last)),
            fill(WORDS, language, "interval"),
        ),
        rows=rows,
        align=("left", "left", "right", "right", "right", "right", "right"),
        groups=dict(_groups(frame, panel, language)),
        title=fill(WORDS, language, "title", n=count(len(frame), language))
        if len(frame)
        else fill(WORDS, language, "title_none"),
        subtitle=fill(WORDS, language, "subtitle", level=percent(LEVEL, language, 0), month=month),
        notes=tuple(_notes(rows, month, context)),
        source=results.source(language, panel, simulated=simulated),
        simulated=simulated,
    )


def _groups(
    frame: pd.DataFrame, panel: pd.DataFrame, language: Language
) -> Iterator[tuple[int, str]]:
    """Heading of each county with its number of municipalities, and how many are not shown."""
    every = panel.drop_duplicates("municipality_code")["county_name"].value_counts()
    for county, part in frame.groupby("county_name", sort=False):
        total = int(every[county])
        n = fill(WORDS, language, "one" if total == 1 else "several", n=count(total, language))
        left = {"left": count(total - len(part), language)} if total > len(part) else {}
        key = "county_left" if left else "county"
        yield int(part.index[0]), fill(WORDS, language, key, county=str(county), n=n, **left)


def _row(row: Mapping[Any, Any], context: Context) -> tuple[str, ...]:
    language = context.language
    # in neither arm are those with only a district, and, among participants alone, who withdrew
    only = "district" if row["municipality_code"] in context.network.excluded else "withdrew"
    member = {"network": "yes", "excluded": only}.get(str(row["arm"]), "no")
    cells = [
        str(row["municipality_name"]),
        fill(WORDS, language, member),
        count(row["residents"], language),
    ]
    for end in ("before", "last"):
        why = row[f"{end}_why"]
        if why:
            sign = ":" if why == "hidden" else shared(language, "missing")
            cells += [sign, ""]
        else:
            share, low, high = (float(row[f"{end}_{f}"]) for f in ("share", "low", "high"))
            cells += [percent_number(share, language), interval(low, high, language, 0)]
    return tuple(cells)


def _notes(rows: tuple[tuple[str, ...], ...], month: str, context: Context) -> Iterator[str]:
    language = context.language
    minimum = count(context.sample.minimum_residents, language)
    yield fill(WORDS, language, "why", minimum=minimum, month=month)
    if any(":" in row for row in rows):
        yield fill(WORDS, language, "hidden", smallest=count(SMALLEST_COUNT, language))
    if any(shared(language, "missing") in row for row in rows):
        yield fill(WORDS, language, "missing")
    yield fill(WORDS, language, "reading")
