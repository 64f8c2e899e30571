"""The estimate without each municipality, county and snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.common import without
from fij_eval.effects.inference import linear
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.leave_out import leave_one_out
from fij_eval.effects.samples import Windows
from fij_eval.effects.two_windows import absorbed, collapse, tidy
from fij_eval.errors import CheckError, EstimationError

if TYPE_CHECKING:
    import pandas as pd


def each_left_out(case: Case, details: dict[str, pd.DataFrame]) -> list[Estimate]:
    """The estimate without each municipality, county and snapshot."""
    data = case.data
    counties = case.sample.units["county_code"].astype(str).to_numpy()[data.rows]
    frame = tidy(data, cluster=counties)
    names = [f"x{j}" for j in range(data.covariates.shape[1])]
    common = case.common("leave_out")
    records: list[Estimate] = []
    tables: dict[str, pd.DataFrame] = {}
    for what, by in (("municipality", "municipality_code"), ("county", "cluster")):
        try:
            tables[what] = leave_one_out(
                frame,
                by=by,
                outcome="outcome",
                treatment="treatment",
                covariates=names,
                weights="weight",
            )
        except CheckError:
            raise
        except EstimationError as error:
            records.append(
                without(
                    common,
                    key=f"{case.stem('leave_out')}.{what}",
                    term=f"without a {what}",
                    reason=error.what,
                )
            )
    tables["snapshot"] = _without_snapshots(case)
    for what, table in tables.items():
        details[f"leave_out_{what}.{case.estimand}"] = table
        known = table.dropna(subset=["estimate"])
        if known.empty:
            continue
        order = known.sort_values("estimate", kind="stable")
        extremes = {"lowest": order.iloc[0], "highest": order.iloc[-1]}
        records += [
            Estimate(
                key=f"{case.stem('leave_out')}.{what}.{end}",
                term=f"{end} without a {what}",
                scale="pp",
                estimate=float(row["estimate"]),
                note=f"without {row['left_out']}",
                **case.data.counts,
                **common,
            )
            for end, row in extremes.items()
        ]
    return records


def _without_snapshots(case: Case) -> pd.DataFrame:
    """The estimate with each snapshot of the windows left out."""
    import pandas as pd

    full = float(linear.fit(absorbed(case.data)).coefficient[0])
    rows = []
    for month in (*case.chosen.base, *case.chosen.post):
        kept = Windows(
            tuple(m for m in case.chosen.base if m != month),
            tuple(m for m in case.chosen.post if m != month),
        )
        note, value = "", np.nan
        try:
            data = collapse(case.sample, kept, estimand=case.estimand, covariates=case.covariates)
            value = float(linear.fit(absorbed(data)).coefficient[0])
        except EstimationError as error:
            note = error.what
        rows.append({"left_out": month, "estimate": value, "change": value - full, "note": note})
    return pd.DataFrame(rows)
