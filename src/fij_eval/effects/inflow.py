"""Settlement after kick-off in proportion to those who lived there: an axis of composition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fij_eval.effects import settlement
from fij_eval.effects.samples import Floats, Sample


def inflow_after(panel: pd.DataFrame, sample: Sample) -> Floats:
    """Refugees settled after the quarter of kick-off per resident refugee of that time, n.

    Up to the network's end, or the last year with figures if that is earlier.
    """
    quarterly = settlement.quarterly_inflow(panel, sample.units.index)
    start, end = (int(m[:4]) * 4 + (int(m[5:]) - 1) // 3 for m in (sample.start, sample.end))
    first = start + 1 - 4 * settlement.FIRST_YEAR
    last = min(end + 1 - 4 * settlement.FIRST_YEAR, quarterly.shape[1])
    total = (
        quarterly[:, first:last].sum(axis=1) if last > first else np.full(len(quarterly), np.nan)
    )
    return np.asarray(total / sample.units["weight"].to_numpy(dtype=float))
