"""Inference against the fastest public implementation of the same, in one run.

Run ``python benchmarks/bench_inference.py`` (about a minute) or with ``--units 3570 --periods 44``
for the larger panel. Public packages that take minutes for the whole task are timed on a part of
it and scaled, and the table says so. Each answer is compared before it is timed.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from fij_eval.effects.inference import (
    cluster_robust,
    honest,
    linear,
    randomization,
    smoothness,
    wild,
)

DRAWS = 9_999


def panel(units: int, periods: int) -> pd.DataFrame:
    """A balanced panel with one kick-off, 41 of 357 units treated."""
    rng = np.random.default_rng(1)
    unit, time_ = np.divmod(np.arange(units * periods), periods)
    noise = rng.normal(0, 0.05, size=(units, periods)).cumsum(axis=1)
    treated = (unit % 357 < 41) & (time_ >= periods // 3)
    return pd.DataFrame(
        {
            "municipality_code": [f"{i:05d}" for i in unit],
            "reference_month": [f"{2000 + t // 12}-{t % 12 + 1:02d}" for t in time_],
            "unit": unit,
            "time": time_,
            "treated": treated.astype(float),
            "ever": (unit % 357 < 41).astype(int),
            "post": (time_ >= periods // 3).astype(int),
            "y": 0.3 + 0.02 * treated + noise[unit, time_],
        }
    )


def seconds(task: Callable[[], object], *, repeat: int = 3) -> float:
    """Shortest time of a task."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - start)
    return best


def row(task: str, public: str, theirs: float, ours: float, note: str = "") -> None:
    print(f"| {task} | {public} | {theirs:9.4f} | {ours:9.4f} | {theirs / ours:7.0f} | {note} |")


def bench_linear(frame: pd.DataFrame) -> None:
    from diff_diff import TwoWayFixedEffects

    model = linear.design(frame, outcome="y", treatment=["treated"])
    absorbed = linear.absorb(model)
    fitted = linear.fit(absorbed)

    def public() -> object:
        return TwoWayFixedEffects(cluster="unit").fit(
            frame, outcome="y", treatment="ever", time="post", unit="unit"
        )

    def ours() -> object:
        found = linear.fit(linear.absorb(linear.design(frame, outcome="y", treatment=["treated"])))
        return cluster_robust.cv1(found)

    # its period effects are two, ours one a period: on a balanced panel the same coefficient
    assert abs(public().att - fitted.coefficient[0]) < 1e-8  # type: ignore[attr-defined] # untyped
    one = seconds(public)
    row("TWFE, clustered", "diff-diff", one, seconds(ours))

    pattern = randomization.timing(model, [model.period_names[len(model.period_names) // 3]])
    strata = [str(i % 3) for i in range(len(model.unit_names))]

    def permute() -> object:
        return randomization.randomization_test(
            absorbed, pattern, strata, rng=np.random.default_rng(1), draws=DRAWS
        )

    row(
        f"randomization, {DRAWS}, coefficient and t",
        "loop over diff-diff",
        one * DRAWS,
        seconds(permute, repeat=2),
        "one fit times draws",
    )


def bench_wild(frame: pd.DataFrame) -> None:
    from wildboottest.wildboottest import WildboottestCL

    absorbed = linear.absorb(linear.design(frame, outcome="y", treatment=["treated"]))
    # unit effects taken out beforehand: dummies for them would make it far slower
    within = frame[["y", "treated"]] - frame.groupby("unit")[["y", "treated"]].transform("mean")
    dummies = pd.get_dummies(frame["time"], dtype=float).iloc[:, 1:]
    x = np.column_stack([within["treated"], dummies - dummies.mean()])
    select = np.zeros(x.shape[1])
    select[0] = 1

    # its time grows with draws times clusters: on a large panel a tenth of the draws, times ten
    part = 1 if frame["unit"].nunique() <= 1_000 else 10

    def public() -> float:
        boot = WildboottestCL(
            X=x,
            Y=within["y"].to_numpy(),
            cluster=frame["unit"].to_numpy(),
            R=select,
            B=DRAWS // part,
            seed=1,
        )
        boot.get_scores(bootstrap_type="11", impose_null=True)
        boot.get_weights(weights_type="webb")
        boot.get_numer()
        boot.get_denom()
        boot.get_tboot()
        boot.get_vcov()
        boot.get_tstat()
        boot.get_pvalue(pval_type="two-tailed")
        return float(boot.pvalue)

    def ours() -> wild.WildBootstrap:
        return wild.wild_bootstrap(absorbed, rng=np.random.default_rng(1), draws=DRAWS)

    start = time.perf_counter()
    p_value = public()
    once = time.perf_counter() - start
    assert abs(p_value - ours().p_value) < 0.03 * np.sqrt(part)
    row(
        f"wild cluster bootstrap, {DRAWS}",
        "wildboottest",
        (seconds(public, repeat=1) if part == 1 else once) * part,
        seconds(ours),
        "ours with interval by inversion"
        + ("; public: a tenth of the draws, times ten" if part > 1 else ""),
    )


def bench_honest() -> None:
    from moderndid.didhonest.delta.rm.rm import compute_conditional_cs_rm
    from moderndid.didhonest.fixed_length_ci import compute_flci

    rng = np.random.default_rng(3)
    k, pre = 7, 4
    root = rng.normal(size=(k, k)) * 0.3 + np.eye(k)
    beta, sigma = rng.normal(size=k) * 0.02 + 0.01, root @ root.T * 1e-4
    study = honest.event_study(beta, sigma, pre=pre)

    def ours() -> object:
        return honest.relative_magnitudes(study, rng=np.random.default_rng(1), bounds=[1.0])

    def public() -> object:
        return compute_conditional_cs_rm(
            beta, sigma, pre, k - pre, l_vec=study.target.reshape(-1, 1), m_bar=1.0
        )

    row(
        "HonestDiD, relative magnitudes, one M-bar",
        "moderndid",
        seconds(public, repeat=1),
        seconds(ours),
        "it leaves out the earliest change",
    )
    row(
        "HonestDiD, smoothness, one M",
        "moderndid",
        seconds(
            lambda: compute_flci(beta, sigma, 0.01, pre, k - pre, post_period_weights=study.target)
        ),
        seconds(lambda: smoothness.smoothness(study, bounds=[0.01])),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=357)
    parser.add_argument("--periods", type=int, default=11)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    frame = panel(chosen.units, chosen.periods)
    print(f"{chosen.units} units x {chosen.periods} periods\n")
    print("| task | public | public, s | ours, s | ratio | note |\n|---|---|---|---|---|---|")
    bench_linear(frame)
    bench_wild(frame)
    bench_honest()


if __name__ == "__main__":
    main()
