"""Scenarios with one design as arrays: replications, scenarios, units and snapshots.

Scenarios that are observed in the same way share their design (who enters, treatment, covariates,
weights), so that they are columns of one regression; replications are stacked on a leading axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.months import month_number
from fij_eval.simulation.observed import Observed, Periods, observe, periods
from fij_eval.simulation.outcome import simulate_each
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places, SignUp
    from fij_eval.simulation.scenarios import Family, Scenario
    from fij_eval.simulation.world import World

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all worlds stand on.

    Attributes:
        places: Municipalities.
        points: Published national shares.
        sign_ups: The register.
        seed: Seed of the settings.
    """

    places: Places
    points: Sequence[tuple[int, float]]
    sign_ups: Sequence[SignUp]
    seed: int

    def play(self, worlds: Sequence[World], replication: int) -> tuple[Simulated, ...]:
        """Worlds that differ in the effect alone, played out on this ground (``simulate_each``)."""
        return simulate_each(
            self.places,
            worlds,
            points=self.points,
            sign_ups=self.sign_ups,
            seed=self.seed,
            replication=replication,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """Scenarios with one design: R replications, S scenarios, n units, T snapshots."""

    scenarios: tuple[Scenario, ...]
    chosen: Periods
    months: NDArray[np.int64]
    share: FloatArray  # (R, S, n, T)
    treated: FloatArray  # (R, n)
    enters: NDArray[np.bool_]  # (R, n)
    residents: FloatArray  # (R, n)
    covariates: FloatArray  # (R, n, k)
    expected: FloatArray  # (R, n, T)
    truth: FloatArray  # (R, S, n)
    realised: FloatArray  # (R, S, n)
    path: FloatArray  # true effects by snapshot, (R, S, n, T)

    @property
    def exact(self) -> bool:
        """Whether all is seen of all: inference by resampling and the gate need it."""
        first = self.scenarios[0]
        return first.measurement == "exact" and not first.far_controls

    @property
    def events(self) -> tuple[int, ...]:
        """Snapshots of the event study but its base."""
        return tuple(j for j in self.chosen.used if j != self.chosen.reference)

    def weights(self, estimand: str) -> FloatArray:
        """Weights of an estimand, scaled to mean one among the units that enter, (R, n)."""
        weight = self.enters.astype(float)
        if estimand != ESTIMANDS[0]:
            weight = weight * self.residents
        mean = weight.sum(axis=1, keepdims=True) / self.enters.sum(axis=1, keepdims=True)
        return np.asarray(weight / mean)


def designs(family: Family) -> list[tuple[Scenario, ...]]:
    """Scenarios by design; one that changes what is seen of comparison units stands alone."""
    groups: dict[object, list[Scenario]] = {}
    for scenario in family.scenarios:
        alone = scenario.measurement != "exact" or scenario.far_controls or scenario.world.spillover
        key = scenario.name if alone else scenario.pre_periods
        groups.setdefault(key, []).append(scenario)
    return [tuple(group) for group in groups.values()]


def stacked(
    ground: Ground,
    scenarios: tuple[Scenario, ...],
    played: Sequence[Mapping[World, Simulated]],
    numbers: Sequence[int],
) -> Stack:
    """What each scenario of a design shows in each replication.

    Args:
        ground: What the worlds stand on.
        scenarios: Of one design, from ``designs``.
        played: The worlds of each replication.
        numbers: The replications' numbers.
    """
    first = scenarios[0]
    chosen = periods(
        first.world.snapshots, kick_off=first.world.kick_off, pre_periods=first.pre_periods
    )
    seen: list[list[Observed]] = []
    for worlds, number in zip(played, numbers, strict=True):
        row: list[Observed] = []
        for scenario in scenarios:
            row.append(
                observe(
                    ground.places,
                    scenario,
                    worlds[scenario.world],
                    chosen,
                    seed=ground.seed,
                    replication=number,
                    like=row[0] if row else None,
                )
            )
        seen.append(row)
    return Stack(
        scenarios=scenarios,
        chosen=chosen,
        months=np.array([month_number(m) for m in first.world.snapshots]),
        share=np.array([[o.share for o in row] for row in seen]),
        treated=np.array([row[0].treated for row in seen], dtype=float),
        enters=np.array([row[0].enters for row in seen]),
        residents=np.array([row[0].residents for row in seen]),
        covariates=np.array([row[0].covariates for row in seen]),
        expected=np.array([row[0].expected for row in seen]),
        truth=np.array([[o.truth for o in row] for row in seen]),
        realised=np.array([[o.realised for o in row] for row in seen]),
        path=np.array([[o.path for o in row] for row in seen]),
    )


def _mean(values: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Mean over snapshots that are there; zero where there is none (such units do not enter)."""
    picked = values[..., list(columns)]
    counted = np.isfinite(picked)
    total = np.where(counted, picked, 0.0).sum(axis=-1)
    return np.asarray(total / np.maximum(counted.sum(axis=-1), 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """What the estimators take: units by scenarios, (R, n, S) unless said otherwise.

    Attributes:
        base: Mean share in the base window, (R, S, n).
        post: Mean share in the post window, (R, S, n).
        change: Their difference.
        from_last: The same from the last snapshot before kick-off.
        placebo: Second less first half of the base window; None with one snapshot.
        events: From the last snapshot before kick-off to each other one.
        growth: Change in expected share, (R, n).
        composed: Covariates with ``growth``, (R, n, k + 1).
    """

    base: FloatArray
    post: FloatArray
    change: FloatArray
    from_last: FloatArray
    placebo: FloatArray | None
    events: tuple[FloatArray, ...]
    growth: FloatArray
    composed: FloatArray

    @classmethod
    def of(cls, stack: Stack) -> Inputs:
        """Windows, their changes and the change in expected share."""
        chosen = stack.chosen
        base, post = _mean(stack.share, chosen.base), _mean(stack.share, chosen.post)
        at_base = np.nan_to_num(stack.share[..., chosen.reference])
        half = len(chosen.base) // 2
        placebo = None
        if half:
            early, late = chosen.base[:half], chosen.base[half:]
            placebo = last(_mean(stack.share, late) - _mean(stack.share, early))
        growth = _mean(stack.expected, chosen.post) - _mean(stack.expected, chosen.base)
        return cls(
            base=base,
            post=post,
            change=last(post - base),
            from_last=last(post - at_base),
            placebo=placebo,
            events=tuple(last(np.nan_to_num(stack.share[..., j]) - at_base) for j in stack.events),
            growth=growth,
            composed=np.concatenate([stack.covariates, growth[..., None]], axis=-1),
        )


def last(values: FloatArray) -> FloatArray:
    """Scenarios to the last axis."""
    return np.moveaxis(values, 1, -1)


def averaged(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted means over units, (R, S).

    Args:
        values: (R, S, n).
        weight: (R, n).
    """
    return np.asarray((values @ weight[..., None])[..., 0] / weight.sum(axis=1, keepdims=True))
