"""Random panels for the tests of inference."""

import numpy as np
import pandas as pd


def panel(seed, *, units=40, periods=6, treated=9, gaps=0.0, counties=8):
    rng = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product([range(units), range(periods)]).to_frame(index=False)
    rows.columns = ["i", "t"]
    start = np.where(rows["i"] % 2 == 0, 3, 4)
    frame = pd.DataFrame(
        {
            "municipality_code": [f"{i:04d}" for i in rows["i"]],
            "reference_month": [f"2024-{t + 1:02d}" for t in rows["t"]],
            "county": [f"c{i % counties}" for i in rows["i"]],
            "treated": ((rows["i"] < treated) & (rows["t"] >= start)).astype(float),
            "x": rng.normal(size=len(rows)),
            "weight": rng.uniform(0.5, 3, size=units)[rows["i"]],
        }
    )
    shock = rng.normal(size=(units, periods)).cumsum(axis=1)[rows["i"], rows["t"]]
    frame["y"] = 0.3 * frame["treated"] + 0.2 * frame["x"] + shock + 0.1 * rows["t"]
    return frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)
