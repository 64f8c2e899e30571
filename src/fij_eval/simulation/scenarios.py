"""The bench's scenarios, grouped in families whose worlds share one pass over the persons.

Worlds of a family differ in nothing but the effect, so they have the same persons and the same
draws: what differs between their estimates is the effect alone. Families share the draws of a
replication as far as their mechanisms allow (streams are named by purpose and replication).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fij_eval.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

Measurement = Literal["exact", "hidden", "rounded", "preliminary"]

#: Snapshots of the analysis: those that are published.
SNAPSHOTS = (
    "2023-08",
    "2023-11",
    "2024-02",
    "2024-04",
    "2024-09",
    "2024-11",
    "2025-02",
    "2025-04",
    "2025-07",
    "2025-09",
    "2025-12",
)
EARLIER = ("2023-02", "2023-05")
FEW = ("2023-11", "2024-04", "2025-04", "2025-09")
MONTHLY = (
    *(f"2023-{month:02d}" for month in range(6, 13)),
    *(f"2024-{month:02d}" for month in range(1, 6)),
    *(f"2024-{month:02d}" for month in range(7, 13)),
    *(f"2025-{month:02d}" for month in range(1, 13)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One world as it is observed.

    Attributes:
        name: Identifier in the records.
        group: The design's number, S0 to S13, or D for a question of design.
        what: What is special, in words.
        world: Parameters.
        measurement: How the counts are published: as they are, small cells hidden, small numbers
            rounded to 0 or 3 and shares to a tenth of a per cent, or first vintages that were
            never revised.
        pre_periods: How many of the snapshots before kick-off enter, the last ones; 0 is all.
        far_controls: Whether comparison units next to a participant are left out as well.
        inflow: Whether settlement is known by quarter, or by year and spread evenly.
    """

    name: str
    group: str
    what: str
    world: World
    measurement: Measurement = "exact"
    pre_periods: int = 0
    far_controls: bool = False
    inflow: Literal["quarter", "year"] = "quarter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Scenarios that share persons and draws.

    Attributes:
        name: Identifier, also a folder.
        scenarios: Its members; their worlds differ in the effect alone.
        replications: How many in the full profile.
        quick: How many in the quick one.
        thorough: Scenarios for which every inference method is run: bootstraps, the primary
            family's joint tests and the event study's band.
        gate: Whether the claim gate is measured.
        room: Which of the effect room's own estimators run instead of the fast ones: ``each`` of
            those that take milliseconds, the ``slow`` ones, or those of two ``cohorts``.
    """

    name: str
    scenarios: tuple[Scenario, ...]
    replications: int
    quick: int = 0
    thorough: tuple[str, ...] = ()
    gate: bool = True
    room: Literal["", "each", "slow", "cohorts"] = ""


CLEAN = World(snapshots=SNAPSHOTS, participants="drawn", level_treated=0.0)
REGISTER = World(snapshots=SNAPSHOTS, participants="register")
LEVEL = replace(CLEAN, level_treated=-0.45)
DIP = replace(CLEAN, dip_treated=-0.28)
DIP_WORDS = "participants dip by 0.28 log odds in April 2024, no effect"
#: Full effects, as probabilities.
EFFECTS = (0.01, 0.02, 0.03, 0.05, 0.08)


def _clean() -> Family:
    null = Scenario(name="S0", group="S0", what="clean, no effect", world=CLEAN)
    effects = [
        Scenario(
            name=f"S1_{round(100 * effect)}pp",
            group="S1",
            what=f"clean, {round(100 * effect)} pp",
            world=replace(CLEAN, effect=effect),
        )
        for effect in EFFECTS
    ]
    three = replace(CLEAN, effect=0.03)
    return Family(
        name="clean",
        scenarios=(
            null,
            *effects,
            Scenario(
                name="S1_logit",
                group="S1",
                what="clean, effect 0.15 log odds",
                world=replace(CLEAN, effect=0.15, link="logit"),
            ),
            Scenario(
                name="S2",
                group="S2",
                what="effect 5 pp in small, 2.5 in medium, 1 in large; half where digital",
                world=replace(
                    CLEAN, effect=0.05, effect_by_size=(1.0, 0.5, 0.2), effect_digital=0.5
                ),
            ),
            Scenario(
                name="S7_hidden",
                group="S7",
                what="3 pp, cells under 3 hidden",
                world=three,
                measurement="hidden",
            ),
            Scenario(
                name="S7_rounded",
                group="S7",
                what="3 pp, 1 and 2 rounded to 0 or 3, shares to 0.1 per cent",
                world=three,
                measurement="rounded",
            ),
            Scenario(
                name="S7_preliminary",
                group="S7",
                what="3 pp, first vintages: late and false reports",
                world=three,
                measurement="preliminary",
            ),
            Scenario(
                name="S8",
                group="S8",
                what="3 pp, half of it reaches neighbours",
                world=replace(three, spillover=0.5),
                far_controls=True,
            ),
        ),
        replications=1000,
        quick=60,
        thorough=("S0", "S1_3pp"),
    )


def _one(name: str, group: str, what: str, world: World) -> Family:
    return Family(
        name=name.lower(),
        scenarios=(Scenario(name=name, group=group, what=what, world=world),),
        replications=1000,
    )


def _steps() -> Family:
    """The same worlds seen with fewer or more snapshots before kick-off."""
    world = World(
        snapshots=(*EARLIER, *SNAPSHOTS),
        participants="drawn",
        level_treated=0.0,
    )
    return Family(
        name="periods",
        scenarios=tuple(
            Scenario(
                name=f"S9_{count}_{round(100 * effect)}pp",
                group="S9",
                what=f"{count} snapshots before kick-off, {round(100 * effect)} pp",
                world=replace(world, effect=effect),
                pre_periods=count,
            )
            for count in (1, 2, 3, 4, 6)
            for effect in (0.0, 0.05)
        ),
        replications=1000,
    )


def _design(name: str, what: str, snapshots: tuple[str, ...]) -> Family:
    world = World(snapshots=snapshots, participants="drawn", level_treated=0.0)
    family = _one(f"D_{name}", "D", what, world)
    return replace(family, gate=False)


def _all() -> tuple[Family, ...]:
    return (
        _clean(),
        Family(
            name="register",
            scenarios=tuple(
                Scenario(
                    name=f"S13_{round(100 * effect)}pp",
                    group="S13",
                    what=f"the real sign-ups, {round(100 * effect)} pp",
                    world=replace(REGISTER, effect=effect),
                )
                for effect in (0.0, 0.03, 0.05)
            ),
            replications=1000,
            quick=40,
            thorough=("S13_0pp",),
        ),
        Family(
            name="level",
            scenarios=(
                Scenario(
                    name="S3",
                    group="S3",
                    what="participants start lower, trends parallel in log odds, no effect",
                    world=LEVEL,
                ),
                Scenario(
                    name="S3_3pp",
                    group="S3",
                    what="participants start lower, trends parallel in log odds, 3 pp",
                    world=replace(LEVEL, effect=0.03),
                ),
                Scenario(
                    name="S3_logit",
                    group="S3",
                    what="participants start lower, trends parallel in log odds, 0.15 log odds",
                    world=replace(LEVEL, effect=0.15, link="logit"),
                ),
            ),
            replications=1000,
        ),
        _one(
            "S4",
            "S4",
            "participants' trend steeper by 0.09 log odds a year, no effect",
            replace(CLEAN, slope_treated=0.09),
        ),
        _one(
            "S5",
            "S5",
            DIP_WORDS,
            DIP,
        ),
        _one(
            "S6",
            "S6",
            "participants' settlement falls by a quarter each year from 2024 on, no effect",
            replace(CLEAN, inflow_trend_treated=-0.25),
        ),
        Family(
            name="yearly",
            scenarios=(
                Scenario(
                    name="S6_yearly",
                    group="S6",
                    what="as S6, settlement known by year alone",
                    world=replace(CLEAN, inflow_trend_treated=-0.25),
                    inflow="year",
                ),
            ),
            replications=1000,
            gate=False,
        ),
        _steps(),
        _one(
            "S12_independent",
            "S12",
            "no persistence of persons' employment, no effect",
            replace(CLEAN, persistence=0.0),
        ),
        _one(
            "S12_persistent",
            "S12",
            "persistence 0.98 a quarter, no effect",
            replace(CLEAN, persistence=0.98),
        ),
        _one(
            "S12_shocks",
            "S12",
            "municipal shocks of 0.2 log odds, autocorrelation 0.9, no effect",
            replace(CLEAN, shock_sd=0.2, shock_rho=0.9),
        ),
        _design("few", "four snapshots: two before, two after", FEW),
        _design("monthly", "a snapshot every month", MONTHLY),
        *_room(),
    )


def _room() -> tuple[Family, ...]:
    """Worlds on which the effect room's own estimators run."""
    late = replace(CLEAN, late_share=0.5)
    worlds = {"S0": CLEAN, "S1_3pp": replace(CLEAN, effect=0.03)}
    words = {"S0": "clean, no effect", "S1_3pp": "clean, 3 pp"}

    def of(prefix: str) -> tuple[Scenario, ...]:
        return tuple(
            Scenario(name=f"{prefix}_{name}", group=name[:2], what=words[name], world=world)
            for name, world in worlds.items()
        )

    return (
        Family(name="room", scenarios=of("R"), replications=1000, quick=4, room="each"),
        Family(name="slow", scenarios=of("Q"), replications=100, quick=2, room="slow"),
        Family(
            name="dip",
            scenarios=(Scenario(name="Q_S5", group="S5", what=DIP_WORDS, world=DIP),),
            replications=100,
            room="slow",
        ),
        Family(
            name="cohorts",
            scenarios=(
                Scenario(
                    name="S10_0pp",
                    group="S10",
                    what="half start in September 2024, no effect",
                    world=late,
                ),
                Scenario(
                    name="S10_5pp",
                    group="S10",
                    what="half start in September 2024, 5 pp phased in over a year",
                    world=replace(late, effect=0.05),
                ),
            ),
            replications=1000,
            quick=4,
            room="cohorts",
        ),
    )


FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _all()})
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for family in _all() for scenario in family.scenarios}
)
