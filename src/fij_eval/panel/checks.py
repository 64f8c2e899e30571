"""Checks of the data: some stop the build, the others are counted and reported.

Each check is a function of frames that returns findings, and raises ``CheckError`` where going on
would give a wrong number. Findings are written to ``checks.json`` with what was found, in numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from fij_eval.errors import CheckError
from fij_eval.months import month_number, months_between
from fij_eval.panel import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from fij_eval.panel.municipalities import Structure
    from fij_eval.settings import NetworkSettings, SampleSettings, WindowSettings

Severity = Literal["info", "warning"]

#: Fewer than so many persons are never shown; a zero among them would tell of them.
FEWEST_SHOWN = 3

#: Bounds of a month's median share: outside them, per cent was read as share or the reverse.
MEDIAN_BOUNDS = (0.05, 0.7)

#: A change of the number of residents above this is listed.
JUMP = 0.30

#: Population by municipality may differ from the country's figure by rounding alone.
POPULATION_TOLERANCE = 0.001

_EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        id: Name of the check, for example ``denominator_jump``.
        what: What was looked at and what counts, as a sentence.
        n: How many cases; 0 is a check that passed.
        examples: The first cases, in words.
        severity: ``warning`` if a reader must know of it.
        facts: Figures by name, for prose.
    """

    id: str
    what: str
    n: int
    examples: tuple[str, ...] = ()
    severity: Severity = "info"
    facts: Mapping[str, float | int | str | None] | None = None


def to_json(findings: Iterable[Finding], *, mode: str) -> dict[str, Any]:
    """Findings as they are written, in the order of the checks."""
    rows = [{**asdict(f), "examples": list(f.examples), "facts": f.facts or {}} for f in findings]
    return {
        "mode": mode,
        "warnings": sum(row["severity"] == "warning" for row in rows),
        "findings": rows,
    }


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
            examples=tuple(changed[:_EXAMPLES]),
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


def check_one_vintage(articles: pd.DataFrame) -> list[Finding]:
    """One vintage and one file in each month's table of the outcome, published after the month.

    Raises:
        CheckError: If vintages are mixed, or a month is published before it has passed.
    """
    for month, table in articles.groupby("reference_month", sort=True):
        for column, word in (("vintage", "vintages"), ("file", "files")):
            found = sorted(set(table[column]))
            if len(found) > 1:
                raise CheckError(
                    f"The table of municipalities for {month} mixes {word}: {', '.join(found)}",
                    where="ssb_article_municipal",
                    remedy="keep one file a reference month and publication date",
                )
        published = str(table["published"].iloc[0])
        if published[:7] <= str(month):
            raise CheckError(
                f"The table for reference month {month} was published on {published}, before the "
                "month had passed",
                where=str(table["file"].iloc[0]),
                remedy="give the month that the figures are for as reference month, and the day "
                "they came as publication date",
            )
    return []


def check_outcome(outcome: pd.DataFrame) -> list[Finding]:
    """Counts and shares are possible: no sign read as zero, no per cent as share.

    Raises:
        CheckError: If more are employed than resident, a zero share has no counted zero behind it,
            a zero stands among so few that it should be hidden, or a month's median share is out of
            bounds.
    """
    more = outcome["employed"].gt(outcome["residents"]).fillna(value=False)
    _stop(outcome, more, "more are employed than are resident", "the table's columns")
    zero = outcome["share"].eq(0) & ~outcome["employed"].eq(0).fillna(value=False)
    _stop(outcome, zero, "a share of zero without zero employed behind it", "the signs in the cell")
    few = (outcome["employed"].eq(0) & outcome["residents"].lt(FEWEST_SHOWN)).fillna(value=False)
    few &= ~outcome["residents"].eq(0).fillna(value=False)
    # In simulated data what is hidden is a setting, and none is hidden if it says so.
    _stop(
        outcome,
        few & ~outcome["simulated"],
        f"zero employed shown among fewer than {FEWEST_SHOWN} residents",
        "whether a hidden cell was read as zero",
    )
    findings = [
        Finding(
            id="zero_among_few",
            what=f"Simulated cells with zero employed among fewer than {FEWEST_SHOWN} residents",
            n=int(few.sum()),
            examples=_places(outcome[few]),
            severity="warning" if few.any() else "info",
        )
    ]
    medians = outcome.groupby("reference_month")["share"].median().dropna()
    for month, median in medians.items():
        if not MEDIAN_BOUNDS[0] < median < MEDIAN_BOUNDS[1]:
            raise CheckError(
                f"The median share employed in {month} is {median:.4f}, outside "
                f"{MEDIAN_BOUNDS[0]} to {MEDIAN_BOUNDS[1]}",
                where="ssb_article_municipal",
                remedy="see whether the decimal comma and the unit (per cent) were read right",
            )
    return [*findings, _hidden(outcome)]


def check_denominator(panel: pd.DataFrame) -> list[Finding]:
    """Municipalities where the number of residents jumps from one snapshot to the next."""
    counted = panel.dropna(subset=["residents"]).sort_values(
        ["municipality_code", "reference_month"]
    )
    by_place = counted.groupby("municipality_code")
    before = by_place["residents"].shift()
    since = by_place["reference_month"].shift()
    jump = counted["residents"].sub(before).abs().gt(JUMP * before).fillna(value=False)
    rows = counted.assign(before=before, since=since)[jump]
    largest = rows.sort_values(["before", "municipality_code"], ascending=[False, True])
    return [
        Finding(
            id="denominator_jump",
            what=f"Changes of more than {JUMP:.0%} in the number of residents between snapshots, "
            "largest municipalities first",
            n=len(rows),
            examples=tuple(
                f"{r.municipality_code} {r.municipality_name}: {r.before} in {r.since}, "
                f"{r.residents} in {r.reference_month}"
                for r in largest.head(_EXAMPLES).itertuples(index=False)
            ),
            severity="warning" if len(rows) else "info",
            facts={"pairs": int(before.notna().sum())},
        )
    ]


def check_treatment(panel: pd.DataFrame) -> list[Finding]:
    """Treatment is dated by the reference month against the month of the kick-off.

    Raises:
        CheckError: If a row before or in the kick-off month counts as after it, or a unit outside
            the network has a date of treatment.
    """
    import pandas as pd

    network = panel["arm"].eq("network")
    wrong_arm = panel["treated"].ne(network) | (~network & panel["event_months"].notna())
    _stop(panel, wrong_arm, "treated or dated without being in the network", "the panel's build")
    dated = panel[network]
    months = [
        months_between(kick_off[:7], month)
        for kick_off, month in zip(dated["kick_off_date"], dated["reference_month"], strict=True)
    ]
    since = pd.Series(months, index=dated.index, dtype="Int64")
    wrong = dated["event_months"].ne(since).fillna(value=True) | dated["post"].ne(since.gt(0))
    _stop(dated, wrong.astype("bool"), "misdated treatment", "the panel's build")
    at_start = sorted(set(dated.loc[since.eq(0), "reference_month"]))
    return [
        Finding(
            id="kick_off_month",
            what="Snapshots in a kick-off month: neither before nor after",
            n=len(at_start),
            examples=tuple(at_start),
            severity="warning" if at_start else "info",
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


def check_rows(panel: pd.DataFrame) -> list[Finding]:
    """Municipalities that a month's published table does not have."""
    absent = panel[panel["residents_missing"].eq("no_row")]
    return [
        Finding(
            id="rows_absent",
            what="Municipalities without a row in a published table of the outcome",
            n=len(absent),
            examples=_places(absent),
            severity="warning" if len(absent) else "info",
        )
    ]


def check_sample(panel: pd.DataFrame, sample: SampleSettings) -> list[Finding]:
    """How many municipalities of each arm are large enough in the reference month."""
    then = panel[panel["reference_month"].eq(sample.reference_month)]
    enough = then[then["residents"].ge(sample.minimum_residents).fillna(value=False)]
    arms = enough["arm"].value_counts()
    facts = {arm: int(arms.get(arm, 0)) for arm in ("network", "comparison", "excluded")}
    short = then["arm"].eq("network").sum() - facts["network"]
    return [
        Finding(
            id="sample",
            what=f"Municipalities of the network with fewer than {sample.minimum_residents} "
            f"residents, or none published, in {sample.reference_month}",
            n=int(short),
            severity="warning" if short else "info",
            facts=facts,
        )
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
            examples=tuple(other[:_EXAMPLES]),
            severity="warning" if other else "info",
        )
    ]


def _named(one: str, other: str) -> bool:
    """Whether two names can be one municipality's, a missing or other county apart."""
    first, second = names.parse(one), names.parse(other)
    return bool({first.base, *first.parts} & {second.base, *second.parts})


def _hidden(outcome: pd.DataFrame) -> Finding:
    """Cells of the share that are hidden, by month."""
    hidden = outcome[outcome["share_missing"].eq("confidential")]
    months = hidden.groupby("reference_month").size()
    return Finding(
        id="hidden_shares",
        what="Municipality-months whose share is hidden to protect persons",
        n=len(hidden),
        facts={str(month): int(n) for month, n in months.items()},
    )


def _places(rows: pd.DataFrame) -> tuple[str, ...]:
    """The first rows as code and month."""
    ordered = rows.sort_values(["reference_month", "municipality_code"]).head(_EXAMPLES)
    return tuple(
        f"{code} {month}"
        for code, month in zip(
            ordered["municipality_code"], ordered["reference_month"], strict=True
        )
    )


def _stop(rows: pd.DataFrame, wrong: pd.Series[bool], what: str, look: str) -> None:
    """Stop if any row is wrong."""
    if wrong.any():
        raise CheckError(
            f"{int(wrong.sum())} rows have {what}, first {', '.join(_places(rows[wrong])[:3])}",
            where="panel",
            remedy=f"look at {look} in the raw file of that month",
        )
