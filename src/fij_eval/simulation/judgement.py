"""The design's thresholds held against the bench: what holds, what does not, and by how much.

Nothing here is tuned: a threshold that does not hold is reported as such. A result is ``held`` if
the measured value lies within the limits, ``near`` if only two Monte Carlo errors bring it there,
and ``not held`` otherwise.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from fij_eval.simulation.performance import BOTH
from fij_eval.simulation.thresholds import thresholds
from fij_eval.simulation.truth import ESTIMANDS

Verdict = Literal["held", "near", "not held"]

COLUMNS = ("group", "what", "estimand", "measure", "value", "mcse", "low", "high", "verdict")


def judge(summary: pd.DataFrame) -> pd.DataFrame:
    """One row a threshold and estimand.

    Args:
        summary: From ``bench.read_summary``.

    Returns:
        Columns ``COLUMNS``; biases in percentage points, rates 0-1. A threshold whose scenario is
        not in the summary (as in the quick profile) has no row.
    """
    keys = ["scenario", "estimator", "estimand", "inference"]
    found = {tuple(row[k] for k in keys): row for row in summary.to_dict("records")}
    rows = []
    for check in thresholds():
        for estimand in (*ESTIMANDS, BOTH):
            key = (check.scenario, check.estimator, estimand, check.inference)
            other_key = (check.less, *key[1:])
            if key not in found or (check.less and other_key not in found):
                continue
            row = found[key]
            scale = 100.0 if check.measure == "bias" else 1.0
            value = float(row[check.measure]) * scale
            mcse = float(row[f"{check.measure}_mcse"]) * scale
            if check.less:
                other = found[other_key]
                value -= float(other[check.measure]) * scale
                # the two share their draws, so that this error is an upper bound in practice
                mcse = float(np.hypot(mcse, float(other[f"{check.measure}_mcse"]) * scale))
            rows.append(
                {
                    "group": check.group,
                    "what": check.what,
                    "estimand": estimand,
                    "measure": check.measure,
                    "value": value,
                    "mcse": mcse,
                    "low": check.limits[0],
                    "high": check.limits[1],
                    "verdict": _verdict(value, mcse, *check.limits),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _verdict(value: float, mcse: float, low: float, high: float) -> Verdict:
    if low <= value <= high:
        return "held"
    away = max(low - value, value - high)
    return "near" if away <= 2 * mcse else "not held"
