"""The effect room's own estimators on simulated worlds: fewer replications, since one fit is slow.

A world becomes the analysis sample that the effect room takes, and every estimator runs as it does
on real data. The fast versions of the bench are held against these in tests; here stand those that
have no fast version, and worlds with two months of kick-off, where estimators part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from fij_eval.effects import ancova, did2x2, group_time, imputation, quasi_likelihood, synthetic_did
from fij_eval.effects.samples import NotEstimableError, Sample, Windows
from fij_eval.effects.samples import windows as windows_of
from fij_eval.months import month_of
from fij_eval.settings import WindowSettings
from fij_eval.simulation.observed import (
    BASE_MONTHS,
    END,
    POST_FROM,
    REFERENCE_MONTH,
    Observed,
    observe,
    periods,
)
from fij_eval.simulation.outcome import simulate_each
from fij_eval.simulation.places import SIZE_NAMES
from fij_eval.simulation.truth import ESTIMANDS, municipal_effects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from fij_eval.effects.doubly_robust import Method
    from fij_eval.simulation.evaluate import Ground
    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places
    from fij_eval.simulation.scenarios import Family, Scenario

    FloatArray = NDArray[np.float64]

COVARIATES = (
    "log_population",
    "size_group",
    "region",
    "unemployment_rate",
    "refugees_per_capita",
)
WINDOWS = WindowSettings(base_months=BASE_MONTHS, post_from_months=POST_FROM)


class Value(NamedTuple):
    """An estimate, its error and the true effect that it is held against."""

    estimate: float
    se: float
    truth: float


def sample_of(places: Places, simulated: Simulated, seen: Observed) -> Sample:
    """The analysis sample of a world, as the effect room makes it from the panel."""
    rows = np.flatnonzero(seen.enters)
    start = simulated.network.start
    first = simulated.world.kick_off
    population = places.population_of(2024)[rows].astype(float)
    kick_off = [month_of(int(start[r])) if seen.treated[r] else first for r in rows]
    units = pd.DataFrame(
        {
            "treated": seen.treated[rows],
            "kick_off": kick_off,
            "weight": seen.residents[rows],
            "county_code": np.array(places.county_codes, dtype=object)[rows],
            "region": np.array(places.regions, dtype=object)[rows],
            "size_group": np.array(SIZE_NAMES, dtype=object)[places.size_group()[rows]],
            "centrality": places.centrality[rows].astype(str).astype(object),
            "log_population": np.log(population),
            "unemployment_rate": simulated.base_unemployment[rows],
            "refugees_per_capita": seen.residents[rows] / population,
        },
        index=pd.Index(np.array(places.codes, dtype=object)[rows], name="municipality_code"),
    )
    shape = (len(rows), len(simulated.world.snapshots))
    return Sample(
        units=units,
        months=simulated.world.snapshots,
        outcome=seen.share[rows],
        residents=simulated.residents[rows].astype(float),
        employed=simulated.employed[rows].astype(float),
        current={
            "unemployment_rate_now": np.tile(simulated.base_unemployment[rows, None], shape[1]),
            "log_population_now": np.tile(np.log(population)[:, None], shape[1]),
            "expected_share": seen.expected[rows],
        },
        reference_month=REFERENCE_MONTH,
        start=first,
        end=END,
        dropped=(),
        simulated=True,
    )


def run(ground: Ground, family: Family, replications: Iterable[int]) -> pd.DataFrame:
    """Records of a batch in the bench's columns; an estimator without a number has NaN."""
    rows: list[dict[str, object]] = []
    worlds = [scenario.world for scenario in family.scenarios]
    for number in replications:
        played = simulate_each(
            ground.places,
            worlds,
            points=ground.points,
            sign_ups=ground.sign_ups,
            seed=ground.seed,
            replication=number,
        )
        for scenario, simulated in zip(family.scenarios, played, strict=True):
            seen = _seen(ground, scenario, simulated, number)
            sample = sample_of(ground.places, simulated, seen)
            for estimand in ESTIMANDS:
                for name, value in _estimates(simulated, seen, sample, estimand):
                    rows.append(
                        {
                            "scenario": scenario.name,
                            "replication": number,
                            "estimator": name,
                            "estimand": estimand,
                            "estimate": value.estimate,
                            "se_cv1": value.se,
                            "se_cv3": np.nan,
                            "df": float(len(sample.units) - 1),
                            "p_ri": np.nan,
                            "p_ri_t": np.nan,
                            "p_wild": np.nan,
                            "truth": value.truth,
                            "realised": np.nan,
                            "units": len(sample.units),
                            "treated": int(sample.treated.sum()),
                        }
                    )
    return pd.DataFrame(rows)


def _seen(ground: Ground, scenario: Scenario, simulated: Simulated, number: int) -> Observed:
    chosen = periods(scenario.world.snapshots, kick_off=scenario.world.kick_off)
    return observe(ground.places, scenario, simulated, chosen, seed=ground.seed, replication=number)


def _estimates(
    simulated: Simulated, seen: Observed, sample: Sample, estimand: str
) -> Iterator[tuple[str, Value]]:
    chosen = windows_of(sample, WINDOWS)
    weight = np.where(seen.enters & seen.treated, 1.0, 0.0)
    if estimand != ESTIMANDS[0]:
        weight = weight * seen.residents
    # who does not enter may have a month without residents, where no effect is defined
    entering = seen.enters[:, None]
    effects = np.where(entering, municipal_effects(simulated)["expected"], 0.0)
    post = [simulated.column(month) for month in chosen.post]
    truth = float(np.average(effects[:, post].mean(axis=1), weights=weight))
    with_covariates = (("", ()), ("_adjusted", COVARIATES))
    for label, covariates in with_covariates:
        makers = _makers(sample, chosen, estimand, covariates)
        for name, make in makers.items():
            yield f"{name}{label}", _value(make, truth)
    yield from _without_covariates(sample, chosen, estimand, truth)
    if len(sample.cohorts) > 1:
        yield from _cohorts(simulated, seen, sample, estimand, effects)


Pair = tuple[float, float]


def _makers(
    sample: Sample, chosen: Windows, estimand: str, covariates: tuple[str, ...]
) -> dict[str, Callable[[], Pair]]:
    """Estimators with covariates -> estimate and variance."""

    def of_group_time(method: Method) -> Pair:
        found = group_time.estimate(sample, estimand=estimand, method=method, covariates=covariates)
        overall = group_time.aggregate(found, "simple", months=chosen.post)
        return overall.att, overall.variance

    def of_imputation() -> Pair:
        found = imputation.estimate(sample, chosen, estimand=estimand, covariates=covariates)
        return found.att, found.variance

    def of_likelihood(link: quasi_likelihood.Link, *, exposure: bool = False) -> Pair:
        found = quasi_likelihood.estimate(
            sample,
            chosen,
            estimand=estimand,
            link=link,
            covariates=covariates,
            exposure=exposure,
        )
        return found.att, found.variance

    def of_ancova() -> Pair:
        found = ancova.estimate(sample, chosen, estimand=estimand, covariates=covariates)
        return found.att, found.variance

    makers: dict[str, Callable[[], Pair]] = {
        "imputation": of_imputation,
        "logit_monthly": lambda: of_likelihood("logit"),
        "poisson": lambda: of_likelihood("log"),
        "ancova_room": of_ancova,
    }
    if covariates:
        makers["cs_regression"] = lambda: of_group_time("reg")
        makers["cs_weighting"] = lambda: of_group_time("ipw")
        makers["cs_doubly_robust"] = lambda: of_group_time("dr")
    else:
        makers["cs"] = lambda: of_group_time("reg")
    return makers


def _without_covariates(
    sample: Sample, chosen: Windows, estimand: str, truth: float
) -> Iterator[tuple[str, Value]]:
    def of_two_by_two() -> Pair:
        found = did2x2.estimate(sample, chosen, estimand=estimand)
        return found.att, found.variance

    def of_synthetic() -> Pair:
        found = synthetic_did.estimate(sample, chosen, estimand=estimand)
        return found.att, found.jackknife_variance

    yield "did_2x2", _value(of_two_by_two, truth)
    yield "synthetic_did", _value(of_synthetic, truth)


def _value(make: Callable[[], Pair], truth: float) -> Value:
    try:
        estimate, variance = make()
    except NotEstimableError:
        return Value(np.nan, np.nan, truth)
    return Value(estimate, float(np.sqrt(max(variance, 0.0))), truth)


def _cohorts(
    simulated: Simulated, seen: Observed, sample: Sample, estimand: str, effects: FloatArray
) -> Iterator[tuple[str, Value]]:
    """Two months of kick-off: group-time effects over all that comes after, and static regression.

    The static regression is held twice: against the effect on the treated (where it is biased when
    effects grow) and against the weighted mean of effects that theory gives it (Goodman-Bacon 2021;
    de Chaisemartin & D'Haultfoeuille 2020), where it should have no bias.
    """
    rows = np.flatnonzero(seen.enters)
    weight = np.ones(len(rows)) if estimand == ESTIMANDS[0] else seen.residents[rows]
    months = np.array(simulated.world.months)
    on = seen.treated[rows, None] & (simulated.network.start[rows, None] <= months)
    true = effects[rows]
    att = float((weight[:, None] * on * true).sum() / (weight[:, None] * on).sum())

    def of_groups() -> Pair:
        found = group_time.estimate(sample, estimand=estimand, method="reg")
        overall = group_time.aggregate(found, "simple")
        return overall.att, overall.variance

    yield "cs_two_cohorts", _value(of_groups, att)
    # a snapshot in the month of a kick-off is not yet treated, which tells the cohorts apart
    after = seen.treated[rows, None] & (simulated.network.start[rows, None] < months)
    att = float((weight[:, None] * after * true).sum() / (weight[:, None] * after).sum())
    estimate, se, theory = static_regression(sample.outcome, after, weight, true)
    yield "static_twfe", Value(estimate, se, att)
    yield "static_twfe_theory", Value(estimate, se, theory)


def static_regression(
    outcome: FloatArray, on: NDArray[np.bool_], weight: FloatArray, effects: FloatArray
) -> tuple[float, float, float]:
    """Two-way fixed effects with one coefficient, and the mean of effects that it estimates.

    Args:
        outcome: Balanced, (n, T).
        on: Treatment, (n, T).
        weight: Of the units, (n,).
        effects: True effects, (n, T).

    Returns:
        Coefficient, CV1 error by unit, and the sum over treated cells of d times the effect over
        the sum of d times treatment, with d what is left of treatment beside the fixed effects.
    """
    w = weight[:, None] / weight.sum()

    def within(values: FloatArray) -> FloatArray:
        by_unit = values - values.mean(axis=1, keepdims=True)
        return np.asarray(by_unit - (w * by_unit).sum(axis=0))

    d, y = within(on.astype(float)), within(outcome)
    gram = float((w * d * d).sum())
    coefficient = float((w * d * y).sum()) / gram
    scores = (w * d * (y - coefficient * d)).sum(axis=1) / gram
    units = len(weight)
    se = float(np.sqrt(units / (units - 1) * (scores**2).sum()))
    return coefficient, se, float((w * d * np.where(on, effects, 0.0)).sum() / gram)
