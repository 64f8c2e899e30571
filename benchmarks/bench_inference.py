"""Every estimator and test against the fastest public implementation of the same, in one run.

    python benchmarks/bench_inference.py [--units 3570 --periods 44] [--only NAME …] [--keep]

Some minutes a panel. CPU seconds on one thread, the fastest of the tries, both sides from a tidy
frame where the public one takes a frame. A public task that takes minutes is timed on a part of it
and scaled, and the table says so. Answers are compared before they are timed. ``--keep`` puts the
rows into ``benchmarks/results.csv`` and writes ``benchmarks/results.md`` from it.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from fij_eval.effects import event_study, group_time, synthetic_did, twfe
from fij_eval.effects.inference import (
    honest,
    linear,
    multiplier,
    randomization,
    smoothness,
    wild,
)
from fij_eval.effects.robustness import specification_curve as curves
from fij_eval.effects.samples import Sample, Windows
from fij_eval.months import add_months

DRAWS = 9_999
GROUP_TIME_DRAWS, PLACEBOS, CURVE_DRAWS = 999, 200, 999
#: Randomization and bootstrap against a loop over regressions, and anything against its like.
AIM_LOOP, AIM = 20, 1
HERE = Path(__file__).parent
ONE_THREAD = {f"{of}_NUM_THREADS": "1" for of in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")}
COVARIATES = ("log_population", "unemployment_rate")
NETWORK = 41  # of 357


class Bench:
    """One panel in the forms that programs take, and the rows of the table."""

    def __init__(self, units: int, periods: int) -> None:
        rng = np.random.default_rng(1)
        self.units, self.periods, self.first = units, periods, max(4, periods // 3)
        unit, when = np.divmod(np.arange(units * periods), periods)
        ever = unit % 357 < NETWORK
        noise = rng.normal(0, 0.05, size=(units, periods)).cumsum(axis=1)
        x = rng.normal(size=(units, len(COVARIATES)))
        treated = ever & (when >= self.first)
        self.frame = pd.DataFrame(
            {
                "unit": unit,
                "time": when,
                "municipality_code": [f"{i:05d}" for i in unit],
                "reference_month": [add_months("2000-01", t) for t in when],
                "treated": treated.astype(float),
                "ever": ever.astype(int),
                "post": (when >= self.first).astype(int),
                "cohort": np.where(ever, self.first, 0),
                "y": 0.3 + 0.02 * treated + noise[unit, when] + 0.01 * x[unit, 0] * when / periods,
                **{name: x[unit, j] for j, name in enumerate(COVARIATES)},
            }
        )
        self.rows: list[dict[str, object]] = []

    def sample(self) -> Sample:
        """The frame as the estimators take it: what turning it takes is part of their time."""
        f = self.frame
        shape = (f["unit"].max() + 1, f["time"].max() + 1)
        share = np.full(shape, np.nan)
        share[f["unit"], f["time"]] = f["y"]
        months = tuple(add_months("2000-01", t) for t in range(shape[1]))
        head = f[f["time"] == 0]
        facts = head.set_index("unit")[list(COVARIATES)].assign(
            treated=head["ever"].to_numpy(dtype=bool),
            kick_off=months[self.first],
            weight=1.0,
            region="one",
            size_group="one",
            centrality="1",
        )
        return Sample(
            units=facts,
            months=months,
            outcome=share,
            residents=np.full(shape, 100.0),
            employed=share * 100,
            current={},
            reference_month=months[self.first - 1],
            start=months[self.first],
            end=months[-1],
            dropped=(),
            simulated=True,
        )

    def windows(self, sample: Sample) -> Windows:
        """All snapshots, before and from kick-off."""
        return Windows(sample.months[: self.first], sample.months[self.first :])

    def row(
        self, task: str, public: str, theirs: float, ours: float, *, note: str = "", aim: int = AIM
    ) -> None:
        """Keep and show a row of the table."""
        self.rows.append(
            {
                "units": self.units,
                "periods": self.periods,
                "task": task,
                "public": public,
                "public_seconds": float(f"{theirs:.3g}"),
                "ours_seconds": float(f"{ours:.3g}"),
                "ratio": float(f"{theirs / ours:.3g}"),
                "aim": aim,
                "note": note,
            }
        )
        print(self.rows[-1], flush=True)


def seconds(task: Callable[[], object], *, repeat: int = 5) -> float:
    """Least CPU time of a task on one thread; its first call (imports, compilation) apart."""
    task()
    return once(task, repeat=repeat)


def once(task: Callable[[], object], *, repeat: int = 1) -> float:
    best = np.inf
    for _ in range(repeat):
        start = time.process_time()
        task()
        best = min(best, time.process_time() - start)
    return best


def fastest(tasks: dict[str, Callable[[], object]]) -> tuple[str, float]:
    """The fastest of the public programs."""
    times = {name: seconds(task, repeat=3) for name, task in tasks.items()}
    name = min(times, key=times.__getitem__)
    return name, times[name]


def one_fit(bench: Bench) -> tuple[str, float]:
    """The fastest package for one clustered two-way regression."""
    return fastest({"diff-diff": by_diff_diff(bench), "pyfixest": by_pyfixest(bench)})


def by_diff_diff(bench: Bench) -> Callable[[], float]:
    from diff_diff import TwoWayFixedEffects

    def fit() -> float:
        return float(
            TwoWayFixedEffects(cluster="unit")
            .fit(bench.frame, outcome="y", treatment="ever", post="post", unit="unit")
            .att
        )

    return fit


def by_pyfixest(bench: Bench) -> Callable[[], float]:
    import pyfixest

    def fit() -> float:
        found = pyfixest.feols(
            "y ~ treated | unit + time",
            bench.frame,
            vcov={"CRV1": "unit"},
            ssc=pyfixest.ssc(k_fixef="none"),
        )
        return float(found.coef()["treated"])

    return fit


def bench_twfe(bench: Bench) -> None:
    def ours() -> float:
        sample = bench.sample()
        found = twfe.estimate(sample, bench.windows(sample), estimand="municipality_average")
        return float(found.estimates[0])

    same(by_diff_diff(bench)(), ours())
    same(by_pyfixest(bench)(), ours(), by=1e-6)
    bench.row("two-way fixed effects, CV1", *one_fit(bench), seconds(ours))


def bench_event_study(bench: Bench) -> None:
    import pyfixest
    from diff_diff import MultiPeriodDiD

    base = bench.first - 1

    def ours() -> np.ndarray:
        sample = bench.sample()
        found = event_study.estimate(
            sample, base=sample.months[base], estimand="municipality_average"
        )
        return found.fit.estimates

    def with_pyfixest() -> np.ndarray:
        found = pyfixest.feols(
            f"y ~ i(time, ever, ref={base}) | unit + time",
            bench.frame,
            vcov={"CRV1": "unit"},
            ssc=pyfixest.ssc(k_fixef="none"),
        )
        return found.coef().to_numpy()

    def with_diff_diff() -> np.ndarray:
        found = MultiPeriodDiD(cluster="unit").fit(
            bench.frame,
            outcome="y",
            treatment="ever",
            time="time",
            post_periods=list(range(bench.first, bench.periods)),
            absorb=["unit"],
            reference_period=base,
            unit="unit",
        )
        return np.array([e.effect for _, e in sorted(found.period_effects.items())])

    same(with_pyfixest(), ours(), by=1e-6)
    same(with_diff_diff(), ours(), by=1e-6)
    name, theirs = fastest({"pyfixest": with_pyfixest, "diff-diff": with_diff_diff})
    bench.row("event study, all coefficients with covariance", name, theirs, seconds(ours))


def bench_group_time(bench: Bench) -> None:
    from diff_diff import CallawaySantAnna
    from moderndid import att_gt

    def ours() -> np.ndarray:
        found = group_time.estimate(
            bench.sample(), estimand="municipality_average", method="dr", covariates=COVARIATES
        )
        multiplier.multiplier_bootstrap(
            found.influence, rng=np.random.default_rng(1), draws=GROUP_TIME_DRAWS
        )
        return found.att

    def with_moderndid() -> np.ndarray:
        found = att_gt(
            data=bench.frame,
            yname="y",
            tname="time",
            idname="unit",
            gname="cohort",
            xformla="~ " + " + ".join(COVARIATES),
            base_period="universal",
            boot=True,
            biters=GROUP_TIME_DRAWS,
        )
        return np.delete(np.asarray(found.att_gt), bench.first - 1)

    def with_diff_diff() -> object:
        return CallawaySantAnna(n_bootstrap=GROUP_TIME_DRAWS, base_period="universal", seed=1).fit(
            bench.frame,
            outcome="y",
            unit="unit",
            time="time",
            first_treat="cohort",
            covariates=list(COVARIATES),
        )

    same(with_moderndid(), ours())
    name, theirs = fastest({"moderndid": with_moderndid, "diff-diff": with_diff_diff})
    bench.row(
        f"doubly robust group-time ATT, {GROUP_TIME_DRAWS} draws", name, theirs, seconds(ours)
    )


def absorbed(bench: Bench) -> linear.Absorbed:
    return linear.absorb(linear.design(bench.frame, outcome="y", treatment=["treated"]))


def bench_randomization(bench: Bench) -> None:
    model = absorbed(bench)
    pattern = randomization.timing(model.design, [model.design.period_names[bench.first]])
    strata = [str(i % 3) for i in range(bench.units)]

    def ours() -> object:
        return randomization.randomization_test(
            model, pattern, strata, rng=np.random.default_rng(1), draws=DRAWS
        )

    name, one = one_fit(bench)
    bench.row(
        f"randomization inference, {DRAWS}, coefficient and t",
        f"loop over {name}",
        one * DRAWS,
        once(ours),
        note="public: one fit times draws",
        aim=AIM_LOOP,
    )


def bench_wild(bench: Bench) -> None:
    from wildboottest.wildboottest import WildboottestCL

    frame, model = bench.frame, absorbed(bench)
    # unit effects taken out beforehand: dummies for them would make it far slower
    within = frame[["y", "treated"]] - frame.groupby("unit")[["y", "treated"]].transform("mean")
    dummies = pd.get_dummies(frame["time"], dtype=float).iloc[:, 1:]
    x = np.column_stack([within["treated"], dummies - dummies.mean()])
    select = np.zeros(x.shape[1])
    select[0] = 1
    # its time grows with draws times clusters: on a large panel a hundredth of the draws
    part = 1 if bench.units <= 1_000 else 100

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
        return wild.wild_bootstrap(model, rng=np.random.default_rng(1), draws=DRAWS)

    mine = once(ours, repeat=2)
    if part == 1:
        assert abs(public() - ours().p_value) < 0.03
    theirs = once(public) * part
    task = f"wild cluster bootstrap, {DRAWS}"
    scaled = "" if part == 1 else "; public: a hundredth of the draws, times 100"
    bench.row(task, "wildboottest", theirs, mine, note="ours with interval by inversion" + scaled)
    name, one = one_fit(bench)
    bench.row(
        task,
        f"loop over {name}",
        one * DRAWS,
        mine,
        note="public: one fit times draws",
        aim=AIM_LOOP,
    )


def bench_synthetic(bench: Bench) -> None:
    from diff_diff import SyntheticDiD

    part = PLACEBOS if bench.units <= 1_000 else 4

    def public() -> object:
        return SyntheticDiD(variance_method="placebo", n_bootstrap=part, seed=1).fit(
            bench.frame,
            outcome="y",
            treatment="ever",
            unit="unit",
            time="time",
            post_periods=list(range(bench.first, bench.periods)),
        )

    def ours() -> float:
        sample = bench.sample()
        chosen = bench.windows(sample)
        found = synthetic_did.estimate(sample, chosen, estimand="municipality_average")
        for _ in range(10):  # draws by tens: memory stays that of twenty problems
            synthetic_did.placebo(
                sample, chosen, draws=PLACEBOS // 10, rng=np.random.default_rng(1)
            )
        return found.att

    mine = once(ours)
    same(float(public().att), ours(), by=1e-3)  # type: ignore[attr-defined] # untyped
    theirs = once(public) * (PLACEBOS + 1) / (part + 1)
    bench.row(
        f"synthetic DiD, {PLACEBOS} placebos",
        "diff-diff",
        theirs,
        mine,
        note="" if part == PLACEBOS else f"public: {part} placebos, scaled",
    )


def bench_honest(bench: Bench) -> None:
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

    bench.row(
        "HonestDiD, relative magnitudes, one M-bar",
        "moderndid",
        once(public),
        seconds(ours),
        note="it leaves out the earliest change; seven coefficients whatever the panel",
    )
    bench.row(
        "HonestDiD, smoothness, one M",
        "moderndid",
        seconds(
            lambda: compute_flci(beta, sigma, 0.01, pre, k - pre, post_period_weights=study.target),
            repeat=2,
        ),
        seconds(lambda: smoothness.smoothness(study, bounds=[0.01])),
        note="seven coefficients whatever the panel",
    )


def bench_curve(bench: Bench) -> None:
    """Specifications times drawn networks, against a loop over weighted regressions of changes."""
    import statsmodels.api as sm

    sample, first, last = bench.sample(), bench.first, bench.periods
    share = np.clip(sample.outcome, 0.02, 0.98)
    treated, x = sample.treated, sample.units[list(COVARIATES)].to_numpy()
    post = tuple(range(first, last))
    grid = curves.Grid(
        base={str(b): curves.Window(tuple(range(b, first)), post) for b in range(3)},
        scale=curves.scales(
            share, share * 100, np.full(share.shape, 100.0), treated=treated, post=post
        ),
        weights={"none": None, "other": np.linspace(1, 2, bench.units)},
        composition={"none": curves.Composition(), "some": curves.Composition(keep=x[:, 1] < 2)},
        comparison={"all": curves.Comparison(), "adjusted": curves.Comparison(covariates=x)},
    )
    draws = CURVE_DRAWS if bench.units <= 1_000 else CURVE_DRAWS // 9
    strata = [str(i % 3) for i in range(bench.units)]

    def ours() -> curves.Curve:
        return curves.specification_curve(
            grid, treated=treated, strata=strata, rng=np.random.default_rng(1), draws=draws
        )

    change = share[:, first:].mean(axis=1) - share[:, :first].mean(axis=1)
    design = np.column_stack([np.ones(bench.units), treated, x])
    kept = np.linspace(1, 2, bench.units)

    def public() -> float:
        return float(sm.WLS(change, design, weights=kept).fit(cov_type="HC1").params[1])

    found = ours().frame
    mine = found[
        (found["base"] == "0")
        & (found["scale"] == "pp")
        & (found["weights"] == "other")
        & (found["composition"] == "none")
        & (found["comparison"] == "adjusted")
    ]
    same(public(), float(mine["estimate"].iloc[0]))
    bench.row(
        f"specification curve, {grid.size} specifications x {draws} networks",
        "loop over statsmodels WLS",
        seconds(public, repeat=20) * grid.size * (draws + 1),
        once(ours),
        note="public: one fit times specifications and networks",
    )


def same(theirs: object, ours: object, *, by: float = 1e-8) -> None:
    """The two answers, before they are timed."""
    gap = float(np.abs(np.asarray(theirs) - np.asarray(ours)).max())
    if not gap <= by:
        raise SystemExit(f"the answers differ by {gap:.1e}: nothing is timed")


TASKS: dict[str, Callable[[Bench], None]] = {
    "twfe": bench_twfe,
    "event_study": bench_event_study,
    "group_time": bench_group_time,
    "randomization": bench_randomization,
    "wild": bench_wild,
    "synthetic": bench_synthetic,
    "honest": bench_honest,
    "curve": bench_curve,
}


def keep(rows: list[dict[str, object]]) -> None:
    """Put the rows in the place of older ones of the same task and panel; write the table."""
    path, key = HERE / "results.csv", ["units", "periods", "task", "public"]
    table = pd.DataFrame(rows)
    if path.exists():
        table = pd.concat([pd.read_csv(path, keep_default_na=False), table], ignore_index=True)
        # another program may have been the fastest then: wild bootstrap alone has two rows
        same_task = ["units", "periods", "task", "aim"]
        table = table.drop_duplicates(same_task, keep="last")
    table = table.sort_values(key, kind="stable")
    table.to_csv(path, index=False, lineterminator="\n")
    lines = [
        "# Against the fastest public program that does the same",
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores. CPU seconds on one",
        "thread; both columns of a row stem from one run. Made by:",
        "",
        "    python benchmarks/bench_inference.py --keep",
        "    python benchmarks/bench_inference.py --units 3570 --periods 44 --keep",
        "",
        "| panel | task | public | public, s | ours, s | ratio | aim | note |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for r in table.to_dict("records"):
        aim = f"≥ {r['aim']}" if float(r["ratio"]) >= float(r["aim"]) else f"≥ {r['aim']}, not met"
        lines.append(
            f"| {r['units']} x {r['periods']} | {r['task']} | {r['public']} "
            f"| {r['public_seconds']:.3g} | {r['ours_seconds']:.3g} | {r['ratio']:.3g} | {aim} "
            f"| {r['note']} |"
        )
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--units", type=int, default=357)
    parser.add_argument("--periods", type=int, default=11)
    parser.add_argument("--only", nargs="*", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    if any(os.environ.get(key) != value for key, value in ONE_THREAD.items()):
        # libraries read these when they are loaded, so the program starts again
        again = [sys.executable, *sys.argv]
        sys.exit(subprocess.run(again, env=os.environ | ONE_THREAD, check=False).returncode)
    warnings.simplefilter("ignore")
    bench = Bench(chosen.units, chosen.periods)
    for name in chosen.only:
        TASKS[name](bench)
        if chosen.keep:
            keep(bench.rows)


if __name__ == "__main__":
    main()
