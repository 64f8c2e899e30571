"""Cost of each estimator against units and periods: time, peak memory, exponents of growth.

Run ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_growth.py`` (some minutes). Every estimator
runs on simulated panels of 357, 3,570 and 35,700 units and 11 and 44 periods in a process of its
own, so that its peak memory is its own; what resamples also runs with 999 and 9,999 replications at
357 x 11. A cell over the limit of time or memory is left out and larger ones are not tried. Writes
tables (CSV) and a plot (SVG) beside this file; ``--only`` replaces the rows of the estimators that
it names.
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
MANY_DRAWS = 9_999
LIMIT_SECONDS = 120
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
    start = months[max(4, periods // 3)]  # synthetic weights need four before
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
        reference_month=months[months.index(start) - 1],
        start=start,
        end=months[-1],
        dropped=(),
        simulated=True,
    )


def tasks(data, draws=DRAWS):  # noqa: ANN001, ANN201 -- estimator -> what is timed
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
    from fij_eval.effects.inference import (
        cluster_robust,
        linear,
        multiplier,
        randomization,
        wild,
    )
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
            model, pattern, list(found.strata), rng=np.random.default_rng(1), draws=draws
        )

    def bootstrap() -> None:
        wild.wild_bootstrap(absorbed(windows()), rng=np.random.default_rng(1), draws=draws)

    def group_time_bootstrap() -> None:
        found = group_time.estimate(data, estimand=estimand, method="dr")
        multiplier.multiplier_bootstrap(found.influence, rng=np.random.default_rng(1), draws=draws)

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
        "event_study_covariates": lambda: event_study.estimate(
            data, base=base[-1], estimand=estimand, covariates=COVARIATES
        ),
        "two_windows_cv3": primary,
        "randomization": randomize,
        "wild_bootstrap": bootstrap,
        "group_time_bootstrap": group_time_bootstrap,
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
    "event_study_covariates",
    "two_windows_cv3",
    "randomization",
    "wild_bootstrap",
    "group_time",
    "group_time_bootstrap",
    "fractional_logit",
    "imputation",
    "synthetic_did",
    "bench_linear",
)
#: Those whose cost also grows with replications.
RESAMPLING = ("randomization", "wild_bootstrap", "group_time_bootstrap")


def one(name: str, units: int, periods: int, draws: int) -> None:
    """Time one estimator in this process and print what it took."""
    limit = LIMIT_GIB * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    data = sample(units, periods)
    task = tasks(data, draws)[name]
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
            rows.append(cell(name, units, periods, DRAWS))
            if rows[-1]["note"]:
                break
    if name in RESAMPLING:
        rows.append(cell(name, UNITS[0], PERIODS[0], MANY_DRAWS))
    return pd.DataFrame(rows)


def cell(name: str, units: int, periods: int, draws: int) -> dict[str, object]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", name, str(units), str(periods), str(draws)]
    found: dict[str, object] = {
        "estimator": name,
        "units": units,
        "periods": periods,
        "replications": draws if name in RESAMPLING else 1,
        "cells": units * periods,
        "note": "",
    }
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True
        )
        found |= json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        found["note"] = f"over {LIMIT_SECONDS} s"
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1]
        found["note"] = f"over {LIMIT_GIB} GiB" if "Memory" in last else last[:120]
    print(found, flush=True)
    return found


def exponents(table: pd.DataFrame) -> pd.DataFrame:
    """Exponents of seconds and of memory above the start.

    In units from the two largest numbers of them (small cells measure the constant cost), at each
    number of periods; in periods at the largest number of units that has both; in replications at
    the smallest panel.
    """
    rows = []
    known = table.dropna(subset="seconds")
    for name, group in known.groupby("estimator", sort=False):
        usual = group[group["replications"] == group["replications"].min()]
        for periods, part in usual.groupby("periods"):
            if len(part) > 1:
                pair = part.sort_values("units").tail(2)
                rows.append({"estimator": name, "grows": f"units, {periods} periods", **rise(pair)})
        for units, part in sorted(usual.groupby("units"), reverse=True):
            if len(part) > 1:
                pair = part.sort_values("periods")
                rows.append({"estimator": name, "grows": f"periods, {units} units", **rise(pair)})
                break
        small = group[(group["units"] == UNITS[0]) & (group["periods"] == PERIODS[0])]
        if len(small) > 1:
            rows.append(
                {
                    "estimator": name,
                    "grows": "replications",
                    **rise(small.sort_values("replications"), by="replications"),
                }
            )
    return pd.DataFrame(rows)


def rise(pair: pd.DataFrame, by: str = "cells") -> dict[str, float]:
    """Exponents between a smaller and a larger measurement, and what the larger took."""
    low, high = pair.to_dict("records")
    grown = np.log(high[by] / low[by])
    above = [max(cell["peak_mib"] - cell["before_mib"], 1) for cell in (low, high)]
    return {
        "time_exponent": np.log(high["seconds"] / low["seconds"]) / grown,
        "memory_exponent": np.log(above[1] / above[0]) / grown,
        "largest_seconds": high["seconds"],
        "largest_peak_mib": high["peak_mib"],
    }


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
    parser.add_argument("--one", nargs=4, metavar=("NAME", "UNITS", "PERIODS", "DRAWS"))
    parser.add_argument("--only", nargs="*", choices=NAMES, default=list(NAMES))
    arguments = parser.parse_args()
    if arguments.one:
        name, *sizes = arguments.one
        one(name, *map(int, sizes))
        return
    path = HERE / "growth.csv"
    for name in arguments.only:
        found = measure(name)
        # kept after each estimator: the large cells take minutes
        if path.exists():
            older = pd.read_csv(path, keep_default_na=False, na_values={"seconds": [""]})
            found = pd.concat([older[older["estimator"] != name], found], ignore_index=True)
        order = found["estimator"].map(NAMES.index)
        table = found.iloc[order.argsort(kind="stable")]
        table.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")
    table = pd.read_csv(path)
    rises = exponents(table)
    rises.to_csv(
        HERE / "growth_exponents.csv", index=False, float_format="%.3g", lineterminator="\n"
    )
    plot(table[table["replications"].isin((1, DRAWS))], HERE / "growth.svg")
    print(rises.to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main()
