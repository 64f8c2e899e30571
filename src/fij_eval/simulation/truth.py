"""The true effects of a world, for the estimands that the analysis estimates.

ATT in a snapshot is the mean over treated municipalities of the analysis sample of the difference
between the share in work with and without the network: unweighted (municipality average) or
weighted by refugees in the reference month (person average). Both are given twice: in expected
probabilities, and as realised in the draws that the data come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from fij_eval.simulation.outcome import Simulated

ESTIMANDS = ("municipality_average", "person_average")
POST = "post"


def municipal_effects(simulated: Simulated) -> dict[str, NDArray[np.float64]]:
    """Effect on the share by municipality and snapshot; NaN without residents.

    Returns:
        ``expected`` and ``realised``, municipalities by snapshots, shares 0-1.
    """
    n = np.where(simulated.residents > 0, simulated.residents, np.nan)
    return {
        "expected": (simulated.expected - simulated.expected_untreated) / n,
        "realised": (simulated.employed - simulated.employed_untreated) / n,
    }


def true_effects(
    simulated: Simulated,
    *,
    treated: NDArray[np.bool_],
    sample: NDArray[np.bool_],
    weights: NDArray[np.int64],
    post: Collection[str],
) -> pd.DataFrame:
    """ATT by estimand and snapshot and over the post window.

    The post window's ATT is the mean over municipalities of each municipality's mean effect over
    the window's snapshots, the quantity that a two-period comparison of window means estimates.

    Args:
        simulated: The world.
        treated: Municipalities whose effect is averaged.
        sample: Municipalities of the analysis.
        weights: Refugees in the reference month.
        post: Snapshots of the post window.

    Returns:
        Columns ``estimand``, ``term`` (a month or ``post``), ``expected``, ``realised``,
        ``municipalities``, ``persons``. No row for a post window without snapshots.

    Raises:
        ValueError: If no treated municipality is in the sample.
    """
    rows = np.flatnonzero(treated & sample)
    if rows.size == 0:
        raise ValueError("no treated municipality is in the sample, so there is no true effect")
    months = simulated.world.snapshots
    effects = {name: values[rows] for name, values in municipal_effects(simulated).items()}
    columns = {month: np.array([j]) for j, month in enumerate(months)}
    window = np.array([j for j, month in enumerate(months) if month in post], dtype=int)
    if window.size:
        columns[POST] = window
    found = []
    for estimand in ESTIMANDS:
        w = np.ones(rows.size) if estimand == ESTIMANDS[0] else weights[rows].astype(float)
        for term, picked in columns.items():
            found.append(
                {
                    "estimand": estimand,
                    "term": term,
                    **{name: _mean(values[:, picked], w) for name, values in effects.items()},
                    "municipalities": int(rows.size),
                    "persons": int(weights[rows].sum()),
                }
            )
    return pd.DataFrame(found)


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Weighted mean of the units' means; a snapshot without residents does not enter its unit."""
    counted = ~np.isnan(values)
    each = np.where(counted, values, 0.0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    used = counted.any(axis=1)
    return float(np.average(each[used], weights=weights[used]))
