"""Balance of the arms in levels and in changes, by differences that do not grow with the sample.

Source: Imbens & Rubin (2015, section 14.2): normalised difference and log ratio of spreads.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray

#: A spread below this part of the values' size is rounding.
_NO_SPREAD = 1e-12


def balance(
    variables: Mapping[str, FloatArray], treated: BoolArray, *, weights: FloatArray | None = None
) -> pd.DataFrame:
    """Means, spreads and normalised differences of each variable.

    Args:
        variables: Levels before kick-off and changes up to it, by name, each (n,); NaN is left out
            variable by variable.
        treated: Shape (n,).
        weights: Shape (n,); None for equal weights.

    Returns:
        One row a variable: ``variable``, ``mean_treated``, ``mean_comparison``, ``sd_treated``,
        ``sd_comparison``, ``normalised_difference`` (difference of means over the root of the mean
        variance; beyond 0.25 in size regression alone does not repair it), ``log_sd_ratio``,
        ``n_treated``, ``n_comparison`` and ``note`` (why there is no number).
    """
    rows = []
    for name, values in variables.items():
        known = np.isfinite(values)
        if weights is not None:
            known &= np.isfinite(weights) & (weights > 0)
        parts = {
            arm: _moments(values, known & flag, weights)
            for arm, flag in (("treated", treated), ("comparison", ~treated))
        }
        (mean_t, sd_t, n_t), (mean_c, sd_c, n_c) = parts["treated"], parts["comparison"]
        pooled = float(np.sqrt((sd_t**2 + sd_c**2) / 2))
        both = sd_t > 0 and sd_c > 0
        rows.append(
            {
                "variable": name,
                "mean_treated": mean_t,
                "mean_comparison": mean_c,
                "sd_treated": sd_t,
                "sd_comparison": sd_c,
                "normalised_difference": (mean_t - mean_c) / pooled if pooled > 0 else np.nan,
                "log_sd_ratio": float(np.log(sd_t / sd_c)) if both else np.nan,
                "n_treated": n_t,
                "n_comparison": n_c,
                "note": ""
                if pooled > 0
                else "fewer than two units in an arm, or no variation in either",
            }
        )
    return pd.DataFrame(rows)


def _moments(
    values: FloatArray, keep: BoolArray, weights: FloatArray | None
) -> tuple[float, float, int]:
    """Weighted mean and standard deviation (n - 1 with equal weights), and number of units."""
    x = values[keep]
    if len(x) == 0:
        return float("nan"), float("nan"), 0
    w = np.ones(len(x)) if weights is None else weights[keep] / weights[keep].mean()
    mean = float(w @ x / w.sum())
    if len(x) < 2:
        return mean, float("nan"), len(x)
    spread = float(np.sqrt(w @ (x - mean) ** 2 / (len(x) - 1)))
    return mean, spread if spread > _NO_SPREAD * np.abs(x).max() else 0.0, len(x)
