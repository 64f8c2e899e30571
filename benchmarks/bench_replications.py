"""Replications a second on one core against a loop that calls a public package, in one run.

Run ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_replications.py`` (a minute), which writes
``benchmarks/replications.csv``. Both estimate the
same adjusted two-way fixed-effects effect of two windows, with an error clustered by municipality,
on the same simulated worlds; estimates are compared before they are timed. Worlds are made
beforehand, and the time that making them takes is given beside.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest
from linearmodels.panel import PanelOLS

from fij_eval.simulation import methods
from fij_eval.simulation.bench import ground
from fij_eval.simulation.observed import observe, periods
from fij_eval.simulation.scenarios import SCENARIOS

REPLICATIONS = 50
PUBLIC = 10
REFERENCE = Path(__file__).parents[1] / "data" / "reference"


def worlds():  # noqa: ANN201 -- stacked arrays and the seconds that they took
    """Changes, treatment, covariates and who enters, for all replications."""
    stand = ground(REFERENCE, REFERENCE / "network_register.csv", seed=1)
    scenario = SCENARIOS["S1_3pp"]
    chosen = periods(scenario.world.snapshots, kick_off=scenario.world.kick_off)
    started = time.process_time()
    seen = []
    for number in range(REPLICATIONS):
        (world,) = stand.play((scenario.world,), number)
        seen.append(observe(stand.places, scenario, world, chosen, seed=1, replication=number))
    spent = (time.process_time() - started) / REPLICATIONS
    change = np.array(
        [s.share[:, chosen.post].mean(axis=1) - s.share[:, chosen.base].mean(axis=1) for s in seen]
    )
    treated = np.array([s.treated for s in seen], dtype=float)
    covariates = np.array([s.covariates for s in seen])
    enters = np.array([s.enters for s in seen], dtype=float)
    return np.nan_to_num(change), treated, covariates, enters, spent


def frame(change, treated, covariates, enters) -> pd.DataFrame:  # noqa: ANN001
    """Two periods a municipality, as a package takes them; the first period is zero."""
    rows = np.flatnonzero(enters)
    half = pd.DataFrame(covariates[rows], columns=[f"x{j}" for j in range(covariates.shape[1])])
    both = pd.concat([half * 0.0, half], ignore_index=True)
    both["unit"] = np.tile(rows, 2)
    both["time"] = np.repeat([0, 1], len(rows))
    both["y"] = np.concatenate([np.zeros(len(rows)), change[rows]])
    both["d"] = np.concatenate([np.zeros(len(rows)), treated[rows]])
    return both


def main() -> None:
    """Compare, time, print."""
    change, treated, covariates, enters, spent = worlds()

    def ours() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        fit = methods.linear(change[..., None], treated, covariates, enters)
        return fit.estimate[:, 0], fit.cv1()[:, 0], fit.cv3()[:, 0]

    names = " + ".join(f"x{j}" for j in range(covariates.shape[2]))
    frames = [frame(change[r], treated[r], covariates[r], enters[r]) for r in range(PUBLIC)]

    def with_pyfixest() -> list[float]:
        return [
            float(
                pyfixest.feols(
                    f"y ~ d + {names} | unit + time", data, vcov={"CRV1": "unit"}
                ).coef()["d"]
            )
            for data in frames
        ]

    def with_linearmodels() -> list[float]:
        found = []
        for data in frames:
            indexed = data.set_index(["unit", "time"])
            regressors = indexed[["d", *[f"x{j}" for j in range(covariates.shape[2])]]]
            model = PanelOLS(
                indexed["y"], regressors, entity_effects=True, time_effects=True, check_rank=False
            )
            found.append(float(model.fit(cov_type="clustered", cluster_entity=True).params["d"]))
        return found

    mine = ours()[0]
    rows = []
    start = time.process_time()
    repeats = 5
    for _ in range(repeats):
        ours()
    rate = repeats * REPLICATIONS / (time.process_time() - start)
    rows.append(("stacked arrays (with CV1 and CV3)", rate, 0.0))
    for label, task in (("pyfixest loop", with_pyfixest), ("linearmodels loop", with_linearmodels)):
        theirs = task()
        gap = float(np.abs(np.array(theirs) - mine[:PUBLIC]).max())
        if gap > 1e-8:
            raise SystemExit(f"{label} differs by {gap:.1e}: nothing is timed")
        start = time.process_time()
        task()
        rows.append((label, PUBLIC / (time.process_time() - start), gap))
    for label, per_second, gap in rows:
        print(f"{label:36s} {per_second:10.0f} replications/s   largest difference {gap:.1e}")
    print(f"making one world and its covariates: {1000 * spent:.0f} ms")
    table = pd.DataFrame(rows, columns=["how", "replications_per_second", "largest_difference"])
    table["times_the_loop"] = rate / table["replications_per_second"]
    making = {"how": "making a world", "replications_per_second": 1 / spent}
    table = pd.concat([table, pd.DataFrame([making])], ignore_index=True)
    table.to_csv(
        Path(__file__).parent / "replications.csv",
        index=False,
        float_format="%.3g",
        lineterminator="\n",
    )


if __name__ == "__main__":
    main()
