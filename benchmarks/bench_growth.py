"""Cost of each estimator against units and periods: time, peak memory, exponents of growth.

Run ``python benchmarks/bench_growth.py`` (some minutes). Every estimator runs on simulated panels
of 357, 3,570 and 35,700 units and 11 and 44 periods in a process of its own, so that its peak
memory is its own; a cell over the limit of time or memory is left out and larger ones are not
tried. Writes a table (CSV) and a plot (SVG) beside this file.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

UNITS = (357, 3_570, 35_700)
PERIODS = (11, 44)
DRAWS = 999
LIMIT_SECONDS = 240
#: Address space of a cell; above it the cell ends with the note that memory ran out.
LIMIT_GIB = 4
HERE = Path(__file__).parent
COVARIATES = ("log_population", "size_group", "region")


def sample(units: int, periods: int):  # noqa: ANN201 -- imported inside, to leave the parent light
    """A simulated analysis sample with one kick-off a third into the periods."""
    from fij_eval.effects.samples import Sample
    from fij_eval.months import add_months

    rng = np.random.default_rng(1)
    months = tuple(add_months("2020-01", t) for t in range(periods))
    start = months[periods // 3]
    treated = np.arange(units) % 357 < 41
    drift = rng.normal(0, 0.02, size=(units, periods)).cumsum(axis=1)
    on = treated[:, None] & (np.array(months) > start)
    share = np.clip(0.4 + drift + 0.02 * on, 0.01, 0.99)
    residents = rng.integers(20, 400, size=units).astype(float)
    frame = pd.DataFrame(
        {
            "treated": treated,
            "kick_off": start,
            "weight": residents,
            "county_code": "00",
            "region": rng.choice(list("abcdef"), units).astype(object),
            "size_group": rng.choice(["small", "medium", "large"], units).astype(object),
            "centrality": "1",
            "log_population": rng.normal(9, 1, units),
            "unemployment_rate": rng.normal(0.02, 0.005, units),
            "refugees_per_capita": rng.normal(0.01, 0.002, units),
        },
        index=pd.Index([f"{i:05d}" for i in range(units)], name="municipality_code"),
    )
    grid = np.tile(residents[:, None], periods)
    return Sample(
        units=frame,
        months=months,
        outcome=share,
        residents=grid,
        employed=np.rint(share * grid),
        current={},
        reference_month=months[periods // 3 - 1],
        start=start,
        end=months[-1],
        dropped=(),
        simulated=True,
    )


def tasks(data):  # noqa: ANN001, ANN201 -- estimator -> what is timed
    """Estimators of the effect analysis on one sample."""
    from fij_eval.effects import (
        did2x2,
        event_study,
        fractional,
        group_time,
        imputation,
        synthetic_did,
        twfe,
    )
    from fij_eval.effects.inference import cluster_robust, linear, randomization
    from fij_eval.effects.samples import Windows
    from fij_eval.effects.two_windows import absorbed, collapse
    from fij_eval.simulation import methods

    base = tuple(m for m in data.months if m < data.start)
    chosen = Windows(base, tuple(m for m in data.months if m > data.start))
    estimand = "municipality_average"

    def windows():  # noqa: ANN202
        return collapse(data, chosen, estimand=estimand, covariates=COVARIATES)

    def randomize() -> None:
        found = windows()
        model = absorbed(found)
        pattern = randomization.timing(model.design, [model.design.period_names[-1]])
        randomization.randomization_test(
            model, pattern, list(found.strata), rng=np.random.default_rng(1), draws=DRAWS
        )

    def primary() -> None:
        cluster_robust.cv3(linear.fit(absorbed(windows())))

    def fast() -> None:
        found = windows()
        methods.linear(
            (found.post - found.base)[:, None],
            found.treated.astype(float),
            found.covariates,
            found.weight,
        ).cv3()

    return {
        "did_2x2": lambda: did2x2.estimate(data, chosen, estimand=estimand),
        "twfe": lambda: twfe.estimate(data, chosen, estimand=estimand),
        "twfe_covariates": lambda: twfe.estimate(
            data, chosen, estimand=estimand, covariates=COVARIATES
        ),
        "event_study": lambda: event_study.estimate(data, base=base[-1], estimand=estimand),
        "two_windows_cv3": primary,
        "randomization": randomize,
        "fractional_logit": lambda: fractional.estimate(windows()),
        "group_time": lambda: group_time.estimate(data, estimand=estimand, method="reg"),
        "imputation": lambda: imputation.estimate(data, chosen, estimand=estimand),
        "synthetic_did": lambda: synthetic_did.estimate(data, chosen, estimand=estimand),
        "bench_linear": fast,
    }


NAMES = (
    "did_2x2",
    "twfe",
    "twfe_covariates",
    "event_study",
    "two_windows_cv3",
    "randomization",
    "fractional_logit",
    "group_time",
    "imputation",
    "synthetic_did",
    "bench_linear",
)


def one(name: str, units: int, periods: int) -> None:
    """Time one estimator in this process and print what it took."""
    limit = LIMIT_GIB * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    data = sample(units, periods)
    task = tasks(data)[name]
    # imports and first calls of packages are no part of the estimator's cost
    tasks(sample(357, 11))[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    best = np.inf
    started = time.perf_counter()
    while True:
        start = time.process_time()
        task()
        best = min(best, time.process_time() - start)
        if time.perf_counter() - started > 2:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": best, "peak_mib": peak / 1024, "before_mib": before / 1024}))


def measure(name: str) -> pd.DataFrame:
    """All cells of an estimator, smallest first; after one over the limit no larger is tried."""
    rows = []
    for periods in PERIODS:
        for units in UNITS:
            command = [sys.executable, __file__, "--one", name, str(units), str(periods)]
            cell = {"estimator": name, "units": units, "periods": periods}
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True
                )
                rows.append({**cell, **json.loads(done.stdout), "note": ""})
            except subprocess.TimeoutExpired:
                rows.append({**cell, "note": f"over {LIMIT_SECONDS} s"})
                break
            except subprocess.CalledProcessError as error:
                rows.append({**cell, "note": error.stderr.strip().splitlines()[-1][:120]})
                break
            print(rows[-1], flush=True)
    return pd.DataFrame(rows).assign(cells=lambda f: f["units"] * f["periods"])


def exponents(table: pd.DataFrame) -> pd.DataFrame:
    """Exponents of seconds and of memory above the start, in cells.

    From the two largest numbers of units: small cells measure the constant cost.
    """
    rows = []
    for (name, periods), group in table.dropna(subset="seconds").groupby(
        ["estimator", "periods"], sort=False
    ):
        last = group.sort_values("units").tail(2)
        if len(last) < 2:
            continue
        low, high = last.to_dict("records")
        grown = np.log(high["cells"] / low["cells"])
        rows.append(
            {
                "estimator": name,
                "periods": periods,
                "time_exponent": np.log(high["seconds"] / low["seconds"]) / grown,
                "memory_exponent": np.log(
                    max(high["peak_mib"] - high["before_mib"], 1)
                    / max(low["peak_mib"] - low["before_mib"], 1)
                )
                / grown,
                "largest_seconds": high["seconds"],
                "largest_peak_mib": high["peak_mib"],
            }
        )
    return pd.DataFrame(rows)


def plot(table: pd.DataFrame, path: Path) -> None:
    """Seconds against cells, a line an estimator, with a slope of one beside."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    axes = figure.add_subplot()
    marks = "os^vDPX*<>h"
    for place, (name, group) in enumerate(
        table.dropna(subset="seconds").groupby("estimator", sort=False)
    ):
        ordered = group.sort_values("cells")
        axes.plot(ordered["cells"], ordered["seconds"], marker=marks[place % 11], label=name, lw=1)
    cells = np.array([table["cells"].min(), table["cells"].max()], dtype=float)
    axes.plot(cells, 1e-6 * cells, color="0.6", ls="--", label="linear in cells")
    axes.set(xscale="log", yscale="log", xlabel="cells (units x periods)", ylabel="CPU seconds")
    axes.legend(frameon=False, fontsize=8, ncols=2)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, write table and plot, print the exponents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=3, metavar=("NAME", "UNITS", "PERIODS"))
    parser.add_argument("--only", nargs="*", default=list(NAMES))
    arguments = parser.parse_args()
    if arguments.one:
        name, units, periods = arguments.one
        one(name, int(units), int(periods))
        return
    parts = []
    for name in arguments.only:
        parts.append(measure(name))
        # kept after each estimator: the large cells take minutes
        table = pd.concat(parts, ignore_index=True)
        table.to_csv(HERE / "growth.csv", index=False, float_format="%.4g")
        found = exponents(table)
        found.to_csv(HERE / "growth_exponents.csv", index=False, float_format="%.3g")
    plot(table, HERE / "growth.svg")
    print(found.to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main()
