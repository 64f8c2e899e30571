"""Checks of structure, register, months and names: before the panel is built.

Each check is a function of frames that returns findings, and raises ``CheckError`` where going on
would give a wrong number. Findings are written to ``checks.json`` with what was found, in numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import CheckError
from fij_eval.months import month_number
from fij_eval.panel import names
from fij_eval.panel.findings import EXAMPLES, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from fij_eval.panel.municipalities import Structure
    from fij_eval.settings import NetworkSettings, WindowSettings

#: Population by municipality may differ from the country's figure by rounding alone.
POPULATION_TOLERANCE = 0.001


def check_structure(reference: pd.DataFrame, target: Structure, latest: Structure) -> list[Finding]:
    """The reference municipalities are those of 2024, and still those of the last month.

    Raises:
        CheckError: If KLASS and the reference tables name different municipalities in 2024, or one
            code two places: every figure and the map would be wrong.
    """
    ours = dict(zip(reference["municipality_code"], reference["municipality_name"], strict=True))
    apart = sorted(set(ours) ^ set(target.names))
    other = sorted(
        code for code in set(ours) & set(target.names) if not _named(ours[code], target.names[code])
    )
    if apart or other:
        shown = ", ".join([*apart, *(f"{c} {ours[c]}/{target.names[c]}" for c in other)][:5])
        raise CheckError(
            f"The reference municipalities are not those of {target.date} in KLASS: {shown}",
            where="municipalities.csv",
            remedy="fetch KLASS again, or restore the reference tables",
        )
    cells = reference[["hex_col", "hex_row"]].duplicated()
    if cells.any():
        raise CheckError(
            f"{int(cells.sum())} municipalities share a cell of the hexagon map",
            where="municipalities.csv",
            remedy="restore the reference tables",
        )
    changed = sorted(set(ours) ^ set(latest.names))
    return [
        Finding(
            id="municipal_structure",
            what=f"Codes that differ between the map's structure ({target.date}) and that of the "
            f"last month ({latest.date})",
            n=len(changed),
            examples=tuple(changed[:EXAMPLES]),
            severity="warning" if changed else "info",
            facts={"municipalities": len(ours)},
        )
    ]


def check_population_totals(counts: pd.DataFrame, totals: pd.DataFrame) -> list[Finding]:
    """Counts before anything is made missing add up to the country's figure, year by year.

    Args:
        counts: ``period``, ``value`` of the yearly table as published, by municipality.
        totals: ``year``, ``population`` as published for the country.

    Raises:
        CheckError: If a sum is off by more than rounding.
    """
    sums = counts.groupby("period")["value"].sum()
    published = dict(zip(totals["year"], totals["population"].astype(int), strict=True))
    off = {y: int(sums[y]) - n for y, n in published.items() if y in sums.index}
    for year, difference in sorted(off.items()):
        if abs(difference) > POPULATION_TOLERANCE * published[year]:
            raise CheckError(
                f"The population of the municipalities on 1 January {year} sums to {sums[year]:.0f}"
                f", the country's is {published[year]}",
                where="statbank_population_yearly",
                remedy="see that the selection covers every municipality once, by the code list "
                "agg_KommSummer",
            )
    wrong = {year: d for year, d in off.items() if d}
    return [
        Finding(
            id="population_totals",
            what="Years in which the municipalities' population does not sum to the published "
            "population of Norway",
            n=len(wrong),
            examples=tuple(f"{year}: {d:+d}" for year, d in sorted(wrong.items())),
            severity="warning" if wrong else "info",
            facts={"years_checked": len(off)},
        )
    ]


def check_districts(register: pd.DataFrame, network: NetworkSettings) -> list[Finding]:
    """A municipality with a participating district is in neither arm.

    Raises:
        CheckError: If such a municipality is not excluded.
    """
    parents = sorted(set(register.loc[register["district_code"].ne(""), "municipality_code"]))
    for code in parents:
        if code not in network.excluded:
            raise CheckError(
                f"A district of {code} takes part, and figures by municipality cannot separate it",
                where="network.excluded",
                remedy=f'add "{code}" to network.excluded',
            )
    return [
        Finding(
            id="districts",
            what="Participating districts: described, never estimated; their municipality is in "
            "neither arm",
            n=int(register["district_code"].ne("").sum()),
            examples=tuple(parents),
        )
    ]


def check_seasons(
    months: Sequence[str], network: NetworkSettings, windows: WindowSettings
) -> list[Finding]:
    """Calendar months that one of the windows has and the other lacks."""
    start, end = month_number(network.start), month_number(network.end)
    base = [m for m in months if start - windows.base_months <= month_number(m) < start]
    post = [m for m in months if start + windows.post_from_months <= month_number(m) <= end]
    alone = sorted({m[5:] for m in base} ^ {m[5:] for m in post})
    return [
        Finding(
            id="seasons",
            what="Calendar months that only one of the base and post windows has: part of a change "
            "between the windows can be season",
            n=len(alone),
            examples=tuple(alone),
            severity="warning" if alone else "info",
            facts={
                "base": ", ".join(base),
                "post": ", ".join(post),
                "pre_snapshots": sum(month_number(m) < start for m in months),
            },
        )
    ]


def check_months(published: Sequence[str], asked: Sequence[str]) -> list[Finding]:
    """Months that were asked for and have no table, and the reverse."""
    absent = sorted(set(asked) - set(published))
    unused = sorted(set(published) - set(asked))
    return [
        Finding(
            id="months_not_published",
            what="Months in data.snapshots without a table of municipalities",
            n=len(absent),
            examples=tuple(absent),
            severity="warning" if absent else "info",
        ),
        Finding(
            id="months_not_used",
            what="Months with a table of municipalities that data.snapshots leaves out",
            n=len(unused),
            examples=tuple(unused),
        ),
    ]


def check_labels(nav: pd.DataFrame, codes: Mapping[str, str]) -> list[Finding]:
    """Names beside codes in HL060 that are not the municipality's: codes rule, names are compared.

    Args:
        nav: Rows with ``code`` and ``label`` of the last month.
        codes: Code to name in that month.
    """
    labels = nav[nav["code"].isin(list(codes))].drop_duplicates("code").sort_values("code")
    other = [
        f"{row.code}: «{row.label}», not «{codes[str(row.code)]}»"
        for row in labels.itertuples(index=False)
        if not _named(str(row.label).removeprefix(f"{row.code} "), codes[str(row.code)])
    ]
    return [
        Finding(
            id="labels",
            what="Codes in HL060 beside another name than KLASS gives them",
            n=len(other),
            examples=tuple(other[:EXAMPLES]),
            severity="warning" if other else "info",
        )
    ]


def _named(one: str, other: str) -> bool:
    """Whether two names can be one municipality's, a missing or other county apart."""
    first, second = names.parse(one), names.parse(other)
    return bool({first.base, *first.parts} & {second.base, *second.parts})
