"""Columns of the panel as numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Counts or shares as float64, NaN where one is missing."""
    values = column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(values, dtype=np.float64)
