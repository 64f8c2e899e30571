"""What may be shown of a single municipality: decision 8, for pages, pictures and files alike.

- A municipality is named beside a figure if it has at least ``sample.minimum_residents`` refugees
  in the reference month, as in the analysis, and as many in the figure's own month.
- A share is shown if neither those in work nor those not in work are fewer than five: with the
  number of refugees beside it, a share is a count.

What may not be shown is left out before anything is drawn or written, and its number is told.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report.numbers_format import count
from fij_eval.report.snapshots import at
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.report.context import Context
    from fij_eval.settings import SampleSettings


#: Confidence level of the interval for chance variation round a municipality's share.
LEVEL = 0.95


def named(panel: pd.DataFrame, sample: SampleSettings) -> set[str]:
    """Codes of the municipalities that may be named: those that the analysis is made on."""
    then = panel[panel["reference_month"] == sample.reference_month]
    enough = then["residents"].ge(sample.minimum_residents).fillna(value=False)
    return set(then.loc[enough.astype(bool), "municipality_code"])


def visible(rows: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether the share of each row may be shown beside its municipality's name.

    Args:
        rows: Rows of the panel.
        minimum: Fewest refugees.
    """
    import pandas as pd

    residents = rows["residents"].astype("Float64")
    employed = rows["employed"].astype("Float64").fillna(residents * rows["share"])
    enough = (
        residents.ge(max(minimum, 2 * SMALLEST_COUNT))
        & employed.ge(SMALLEST_COUNT)
        & (residents - employed).ge(SMALLEST_COUNT)
        & rows["share"].notna()
    )
    return pd.Series(enough.fillna(value=False).to_numpy(dtype=bool), index=rows.index)


def why_not(missing: str) -> str:
    """Why a share is not shown: ``hidden`` by us or its source, or ``missing``.

    Args:
        missing: Reason that the panel gives for there being none; empty if there is one.
    """
    return "hidden" if missing in ("", "confidential") else "missing"


def shown(panel: pd.DataFrame, month: str, sample: SampleSettings) -> pd.DataFrame:
    """Rows of one month, of both arms, that may be shown one by one.

    Args:
        panel: The panel.
        month: Reference month.
        sample: The reference month that decides who is named, and the fewest refugees.
    """
    rows = at(panel, month, minimum=sample.minimum_residents)
    known = rows["municipality_code"].isin(named(panel, sample))
    return rows[known & visible(rows, sample.minimum_residents)].reset_index(drop=True)


def left_out(number: int, context: Context) -> str:
    """The sentence on how many are not shown, for the end of a subtitle; empty if all are."""
    if number < 1:
        return ""
    return f" {shared(context.language, 'not_shown', n=count(number, context.language))}"


def wilson(share: float, n: float) -> tuple[float, float]:
    """Interval for the probability behind a share of ``n`` (Wilson 1927, JASA 22, p. 209)."""
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
