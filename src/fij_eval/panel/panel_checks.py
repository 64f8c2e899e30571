"""Checks of the outcome and of the finished panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.errors import CheckError
from fij_eval.months import months_between
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.panel.findings import EXAMPLES, Finding, places, stop
from fij_eval.sources.missing import FEWEST_SHOWN, Missing

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import SampleSettings

#: Bounds of a month's median share: outside them, per cent was read as share or the reverse.
MEDIAN_BOUNDS = (0.05, 0.7)

#: A change of the number of residents above this is listed.
JUMP = 0.30

#: A change by this factor in a municipality that has or had at least so many residents is no
#: migration from one snapshot to the next, but a misplaced digit or another row's figure.
IMPOSSIBLE, IMPOSSIBLE_FROM = 10, 100


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
    stop(outcome, more, "more are employed than are resident", "the table's columns")
    counted_zero = outcome["employed"].eq(0).fillna(value=False)
    # Without a column of counts the parser has seen the sign for zero.
    counted_zero |= outcome["employed_missing"].eq(Missing.NOT_PUBLISHED.value)
    zero = outcome["share"].eq(0) & ~counted_zero
    stop(outcome, zero, "a share of zero without zero employed behind it", "the signs in the cell")
    few = (outcome["employed"].eq(0) & outcome["residents"].lt(FEWEST_SHOWN)).fillna(value=False)
    few &= ~outcome["residents"].eq(0).fillna(value=False)
    # In simulated data what is hidden is a setting, and none is hidden if it says so.
    stop(
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
            examples=places(outcome[few]),
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


def check_denominator(panel: pd.DataFrame, sample: SampleSettings) -> list[Finding]:
    """Municipalities where the number of residents jumps from one snapshot to the next.

    A share can move because its denominator does, so residents and employed are listed apart. Named
    are those that may be (decision 8); all are counted.

    Raises:
        CheckError: If a number of residents changes tenfold where there are many.
    """
    counted = panel.dropna(subset=["residents"]).sort_values(
        ["municipality_code", "reference_month"]
    )
    by_place = counted.groupby("municipality_code")
    before = by_place["residents"].shift()
    employed = by_place["employed"].shift()
    since = by_place["reference_month"].shift()
    jump = counted["residents"].sub(before).abs().gt(JUMP * before).fillna(value=False)
    rows = counted.assign(before=before, since=since, employed_before=employed)[jump]
    larger = rows[["before", "residents"]].max(axis=1)
    smaller = rows[["before", "residents"]].min(axis=1)
    stop(
        rows,
        larger.ge(IMPOSSIBLE_FROM) & larger.ge(IMPOSSIBLE * smaller),
        f"{IMPOSSIBLE} times as many or as few residents as at the snapshot before",
        "the row of that municipality",
    )
    large = rows["municipality_code"].isin(_large_enough(panel, sample)["municipality_code"])
    named = rows[large & smaller.ge(sample.minimum_residents)]
    largest = named.sort_values(["before", "municipality_code"], ascending=[False, True])
    return [
        Finding(
            id="denominator_jump",
            what=f"Changes of more than {JUMP:.0%} in the number of residents between snapshots, "
            "largest municipalities first",
            n=len(rows),
            examples=tuple(
                f"{r.municipality_code} {r.municipality_name}: {r.before} residents"
                f"{_working(r.employed_before, r.before)} in {r.since}, {r.residents}"
                f"{_working(r.employed, r.residents)} in {r.reference_month}"
                for r in largest.head(EXAMPLES).itertuples(index=False)
            ),
            severity="warning" if len(rows) else "info",
            facts={"pairs": int(before.notna().sum())},
        )
    ]


def _working(employed: Any, residents: Any) -> str:  # noqa: ANN401 -- cells of a frame: numbers or NA
    """Employed beside residents, where those in work and those who are not may be told."""
    import pandas as pd

    shown = bool(pd.notna(employed)) and min(employed, residents - employed) >= SMALLEST_COUNT
    return f" ({employed} employed)" if shown else ""


def check_treatment(panel: pd.DataFrame) -> list[Finding]:
    """Treatment is dated by the reference month against the month of the kick-off.

    Raises:
        CheckError: If a row before or in the kick-off month counts as after it, or a unit outside
            the network has a date of treatment.
    """
    import pandas as pd

    network = panel["arm"].eq("network")
    wrong_arm = panel["treated"].ne(network) | (~network & panel["event_months"].notna())
    stop(panel, wrong_arm, "treated or dated without being in the network", "the panel's build")
    dated = panel[network]
    months = [
        months_between(kick_off[:7], month)
        for kick_off, month in zip(dated["kick_off_date"], dated["reference_month"], strict=True)
    ]
    since = pd.Series(months, index=dated.index, dtype="Int64")
    wrong = dated["event_months"].ne(since).fillna(value=True) | dated["post"].ne(since.gt(0))
    stop(dated, wrong.astype("bool"), "misdated treatment", "the panel's build")
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


def check_rows(panel: pd.DataFrame) -> list[Finding]:
    """Municipalities that a month's published table does not have."""
    absent = panel[panel["residents_missing"].eq(Missing.NO_ROW.value)]
    return [
        Finding(
            id="rows_absent",
            what="Municipalities without a row in a published table of the outcome",
            n=len(absent),
            examples=places(absent),
            severity="warning" if len(absent) else "info",
        )
    ]


def check_sample(panel: pd.DataFrame, sample: SampleSettings) -> list[Finding]:
    """How many municipalities of each arm are large enough in the reference month."""
    arms = _large_enough(panel, sample)["arm"].value_counts()
    facts = {arm: int(arms.get(arm, 0)) for arm in ("network", "comparison", "excluded")}
    then = panel["reference_month"].eq(sample.reference_month)
    short = (then & panel["arm"].eq("network")).sum() - facts["network"]
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


def _large_enough(panel: pd.DataFrame, sample: SampleSettings) -> pd.DataFrame:
    """The reference month's rows of municipalities with enough refugees to be analysed."""
    then = panel[panel["reference_month"].eq(sample.reference_month)]
    return then[then["residents"].ge(sample.minimum_residents).fillna(value=False)]


def _hidden(outcome: pd.DataFrame) -> Finding:
    """Cells of the share that are hidden, by month."""
    hidden = outcome[outcome["share_missing"].eq(Missing.CONFIDENTIAL.value)]
    months = hidden.groupby("reference_month").size()
    return Finding(
        id="hidden_shares",
        what="Municipality-months whose share is hidden to protect persons",
        n=len(hidden),
        facts={str(month): int(n) for month, n in months.items()},
    )
