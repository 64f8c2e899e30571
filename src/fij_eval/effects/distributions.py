"""Quantiles and tails of the t, F, chi-squared and normal distributions.

The functions of ``scipy.special`` that ``scipy.stats`` itself calls for these: loading the latter
takes half a second of processor time, which every job of the build would pay.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from fij_eval.effects.samples import Floats


def t_quantile(level: float, df: float) -> float:
    """Value below which a t variable lies with this probability."""
    return float(special.stdtrit(df, level))


def t_tail(x: Floats | float, df: float) -> Floats:
    """Probability that a t variable lies above x."""
    return np.asarray(special.stdtr(df, -np.asarray(x)), dtype=np.float64)


def f_tail(x: float, df_numerator: float, df_denominator: float) -> float:
    """Probability that an F variable lies above x."""
    return float(special.fdtrc(df_numerator, df_denominator, x))


def chi2_tail(x: float, df: float) -> float:
    """Probability that a chi-squared variable lies above x."""
    return float(special.chdtrc(df, x))


def normal_quantile(level: float) -> float:
    """Value below which a standard normal variable lies with this probability."""
    return float(special.ndtri(level))


def normal_above(probability: Floats | float) -> Floats:
    """Value above which a standard normal variable lies with this probability."""
    return np.asarray(-special.ndtri(np.asarray(probability)), dtype=np.float64)


def normal_tail(x: Floats | float) -> Floats:
    """Probability that a standard normal variable lies above x."""
    return np.asarray(special.ndtr(-np.asarray(x)), dtype=np.float64)
