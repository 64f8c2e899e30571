"""The effect room's own estimators on simulated worlds.

A world becomes the analysis sample that the effect room takes, and every estimator runs as it does
on real data. The fast versions of the bench are held against these in tests; here stand those that
have no fast version, and worlds with two months of kick-off, where estimators part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fij_eval.effects.samples import Sample
from fij_eval.effects.samples import windows as windows_of
from fij_eval.months import month_number, month_of
from fij_eval.settings import WindowSettings
from fij_eval.simulation import arrivals, room_cohorts, room_estimators
from fij_eval.simulation.observed import (
    BASE_MONTHS,
    END,
    POST_FROM,
    REFERENCE_MONTH,
    Observed,
    observe,
    periods,
    touching,
)
from fij_eval.simulation.places import SIZE_NAMES
from fij_eval.simulation.room_estimators import COVARIATES
from fij_eval.simulation.truth import ESTIMANDS, municipal_effects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places
    from fij_eval.simulation.room_estimators import Value
    from fij_eval.simulation.scenarios import Family, Scenario
    from fij_eval.simulation.stack import Ground

    FloatArray = NDArray[np.float64]

__all__ = ["COVARIATES", "WINDOWS", "run", "sample_of"]

WINDOWS = WindowSettings(base_months=BASE_MONTHS, post_from_months=POST_FROM)


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
        for scenario, simulated in zip(family.scenarios, ground.play(worlds, number), strict=True):
            seen = _seen(ground, scenario, simulated, number)
            sample = sample_of(ground.places, simulated, seen)
            for estimand in ESTIMANDS:
                for name, value in _estimates(
                    ground, family, simulated, seen, sample, estimand=estimand, number=number
                ):
                    rows.append(
                        {
                            "scenario": scenario.name,
                            "replication": number,
                            "estimator": name,
                            "estimand": estimand,
                            "estimate": value.estimate,
                            "se_own": value.se,
                            "se_placebo": value.placebo,
                            "df": float(len(sample.units) - 1),
                            "p_ri": value.p,
                            "truth": value.truth,
                            "units": len(sample.units),
                            "treated": int(sample.treated.sum()),
                        }
                    )
    return pd.DataFrame(rows)


def _seen(ground: Ground, scenario: Scenario, simulated: Simulated, number: int) -> Observed:
    chosen = periods(scenario.world.snapshots, kick_off=scenario.world.kick_off)
    return observe(ground.places, scenario, simulated, chosen, seed=ground.seed, replication=number)


def _estimates(
    ground: Ground,
    family: Family,
    simulated: Simulated,
    seen: Observed,
    sample: Sample,
    *,
    estimand: str,
    number: int,
) -> Iterator[tuple[str, Value]]:
    """The estimators that the family asks for."""
    # who does not enter may have a month without residents, where no effect is defined
    effects = np.where(seen.enters[:, None], municipal_effects(simulated)["expected"], 0.0)
    if family.room == "cohorts":
        yield from room_cohorts.cohorts(simulated, seen, sample, estimand, effects)
        return
    chosen = windows_of(sample, WINDOWS)
    weight = np.where(seen.enters & seen.treated, 1.0, 0.0)
    if estimand != ESTIMANDS[0]:
        weight = weight * seen.residents
    post = [simulated.column(month) for month in chosen.post]
    over = effects[:, post].mean(axis=1)
    truth = float(np.average(over, weights=weight))
    rows = np.flatnonzero(seen.enters)
    if family.room == "each":
        yield from room_estimators.each(sample, chosen, estimand, truth)
        digital = simulated.network.digital[rows]
        yield from room_estimators.groups(
            sample, chosen, estimand, digital=digital, effects=over[rows]
        )
        return
    yield from room_estimators.slow(
        sample,
        chosen,
        estimand,
        truth,
        near=touching(ground.places)[np.ix_(rows, rows)],
        inflow=_inflow(simulated, seen, sample),
        seed=ground.seed,
        replication=number,
    )


def _inflow(simulated: Simulated, seen: Observed, sample: Sample) -> FloatArray:
    """Settled after the quarter of kick-off per refugee of the reference month."""
    first, last = (
        (month_number(month) - arrivals.FIRST_MONTH) // 3 for month in (sample.start, sample.end)
    )
    total = simulated.settled[seen.enters, first + 1 : last + 1].sum(axis=1)
    return np.asarray(total / seen.residents[seen.enters])
