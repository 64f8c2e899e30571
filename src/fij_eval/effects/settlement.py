"""Residence time from settlement: quarterly inflow, the mix it gives, and the expected share.

The panel holds refugees settled in each calendar year and since 2022. A year's inflow is spread
evenly over its quarters, that of 2022 over the last three, since settlement began in April. A
hidden count of one to four enters as 2.5, the middle of what it can be: beside a sample of at least
twenty residents the error is below that of the even spread. Any other missing count leaves the
municipality without an expected share.
"""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from fij_eval.effects.columns import numbers
from fij_eval.effects.composition import expected_share, residence_mix
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.errors import EstimationError
from fij_eval.months import month_number
from fij_eval.sources.missing import Missing

logger = logging.getLogger(__name__)

FIRST_YEAR = 2022
#: Settlement of refugees from Ukraine began in the second quarter of the first year.
FIRST_QUARTER = 1
FIRST_MONTH = f"{FIRST_YEAR}-01"
MIDDLE_OF_HIDDEN = 2.5


def quarterly_inflow(panel: pd.DataFrame, codes: pd.Index) -> FloatArray:
    """Settled persons by municipality and quarter since January 2022, (n, Q).

    Args:
        panel: Frame that keeps ``fij_eval.panel.contracts.PANEL``.
        codes: Municipalities, n.

    Returns:
        Columns from the first quarter of 2022 to the last of the panel's last year; NaN where a
        count is missing. Years without a snapshot take their part of the sum since 2022.
    """
    years = panel["reference_month"].str.slice(0, 4).astype(int)
    known = sorted(int(year) for year in years.unique())
    inflow = np.full((len(codes), 4 * (known[-1] - FIRST_YEAR + 1)), np.nan)
    inflow[:, :FIRST_QUARTER] = 0.0
    before = np.zeros(len(codes))
    filled = FIRST_QUARTER
    for year in known:
        page = panel[years == year].drop_duplicates("municipality_code")
        page = page.set_index("municipality_code").reindex(codes)
        own = _counts(page, "settled_year")
        since = numbers(page["settled_since_2022"])
        first = 4 * (year - FIRST_YEAR)
        if first > filled:
            # the years between: what the sum holds beyond this year and those already known
            rest = since - own - before
            if year == FIRST_YEAR + 1:
                hidden = page["settled_since_2022_missing"].eq(Missing.BELOW_FIVE.value)
                own_known = page["settled_year"].notna()
                rest = np.where(np.isnan(rest) & hidden & own_known, MIDDLE_OF_HIDDEN, rest)
            rest = np.where(rest < 0, np.nan, rest)
            inflow[:, filled:first] = rest[:, None] / (first - filled)
            before = before + rest
        inflow[:, max(first, filled) : first + 4] = own[:, None] / (first + 4 - max(first, filled))
        before = before + own
        filled = first + 4
    return inflow


def expected(
    panel: pd.DataFrame,
    codes: pd.Index,
    months: tuple[str, ...],
    *,
    share: FloatArray,
    residents: FloatArray,
    treated: np.ndarray,
) -> FloatArray:
    """Expected share given residence time, n x T; NaN where it is unknown.

    Args:
        panel: Frame that keeps the PANEL contract.
        codes: Municipalities, n.
        months: Snapshots, T.
        share: Share employed, n x T.
        residents: Refugees 20-66, n x T.
        treated: Network arm, n; the profile of residence time is that of the others.
    """
    nothing = np.full(share.shape, np.nan)
    if not len(codes):
        return nothing
    try:
        return expected_share(mix(panel, codes, months), share, residents, profile_from=~treated)
    except EstimationError as error:
        logger.info("no expected share: %s", error.what)
        return nothing


def mix(panel: pd.DataFrame, codes: pd.Index, months: tuple[str, ...]) -> FloatArray:
    """Mix of residence times by municipality and snapshot, n x T x B."""
    return residence_mix(
        quarterly_inflow(panel, codes),
        first_month=month_number(FIRST_MONTH),
        months=[month_number(m) for m in months],
    )


def _counts(page: pd.DataFrame, column: str) -> FloatArray:
    """Counts as numbers: hidden ones by their middle, others that are missing as NaN."""
    values = numbers(page[column])
    hidden = page[f"{column}_missing"].eq(Missing.BELOW_FIVE.value).to_numpy(dtype=bool)
    return np.where(np.isnan(values) & hidden, MIDDLE_OF_HIDDEN, values)
