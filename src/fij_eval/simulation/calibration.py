"""How near a world comes to what was published: one row a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places

#: Target, aim, value, tolerance, source.
Row = tuple[str, float, float, float, str]
#: Months that the targets name; a world is compared at those that it has.
REFERENCE, START, LATER, LAST = "2024-04", "2024-09", "2025-04", "2025-12"
RESIDENTS = (
    ("2024-06", 47_200, 0.03, "a little over 47 000 (SSB, June 2024)"),
    ("2025-07", 47_600, 0.07, "over 19 000 in work at 41 per cent (SSB, July 2025)"),
    ("2025-12", 50_000, 0.05, "about 21 000 in work at 42 per cent (SSB, December 2025)"),
)
PERCENTILES = ((5, 19, 4), (25, 46, 10), (50, 85, 12), (75, 154, 20), (95, 371, 55))
COUNTIES = (("55", "Troms", 0.47), ("56", "Finnmark", 0.48))


def calibration(
    places: Places, simulated: Simulated, *, points: Sequence[tuple[int, float]]
) -> pd.DataFrame:
    """Targets beside what the world has.

    Returns:
        Columns ``target``, ``aim``, ``value``, ``low``, ``high`` (limits within which the world is
        taken to imitate the target) and ``source``. Shares are 0-1.
    """
    world = simulated.world
    share = _share(simulated)
    rows: list[Row] = []
    for month, persons, tolerance, source in RESIDENTS:
        if month in world.snapshots:
            value = float(simulated.residents[:, simulated.column(month)].sum())
            rows.append((f"residents {month}", persons, value, persons * tolerance, source))
    national = simulated.employed.sum(axis=0) / simulated.residents.sum(axis=0)
    for number, aim in points:
        if number in world.months:
            column = world.months.index(number)
            month = world.snapshots[column]
            # Half a point for how the published share was rounded, half for the draws.
            rows.append((f"national {month}", aim, float(national[column]), 0.01, "SSB"))
    rows += _spread(simulated, share)
    rows += _means(places, simulated, share)
    frame = pd.DataFrame(rows, columns=["target", "aim", "value", "tolerance", "source"])
    return frame.assign(
        low=frame["aim"] - frame["tolerance"], high=frame["aim"] + frame["tolerance"]
    )[["target", "aim", "value", "low", "high", "source"]]


def _share(simulated: Simulated) -> NDArray[np.float64]:
    """Share in work by municipality and snapshot, NaN without residents."""
    n = np.where(simulated.residents > 0, simulated.residents, np.nan)
    share: NDArray[np.float64] = simulated.employed / n
    return share


def _spread(simulated: Simulated, share: NDArray[np.float64]) -> list[Row]:
    """Sizes of the municipalities' groups, and the spread of shares and of their changes."""
    source = "design of the simulation"
    world = simulated.world
    rows: list[Row] = []
    if REFERENCE not in world.snapshots:
        return []
    n = simulated.residents[:, simulated.column(REFERENCE)]
    for percent, size, tolerance in PERCENTILES:
        value = float(np.percentile(n, percent))
        rows.append((f"residents p{percent} {REFERENCE}", size, value, tolerance, source))
    if LATER in world.snapshots:
        later = share[:, simulated.column(LATER)]
        change = later - share[:, simulated.column(REFERENCE)]
        counted = n >= 20
        small = counted & (n < 40)
        rows += [
            (f"sd of shares {LATER}", 0.12, float(np.nanstd(later[counted])), 0.02, source),
            ("sd of one-year change", 0.07, float(np.nanstd(change[counted])), 0.015, source),
            ("sd of one-year change N<40", 0.10, float(np.nanstd(change[small])), 0.025, source),
        ]
    return rows


def _means(places: Places, simulated: Simulated, share: NDArray[np.float64]) -> list[Row]:
    """Unweighted means of the network and of counties (the interim report's figures 2 and 5)."""
    world, report = simulated.world, "interim report, figure 2"
    rows: list[Row] = []
    network = simulated.network.signed_up
    for month, aim in ((START, 0.34), (LATER, 0.39)):
        if month in world.snapshots:
            value = float(np.nanmean(share[network, simulated.column(month)]))
            rows.append((f"network {month}", aim, value, 0.025, "interim report, figure 5"))
    if LATER in world.snapshots:
        later = share[:, simulated.column(LATER)]
        county = np.array(places.county_codes)
        for code, name, aim in COUNTIES:
            value = float(np.nanmean(later[county == code]))
            # About twenty small municipalities each: from seed to seed their mean has a standard
            # deviation of nearly four points; two of them.
            rows.append((f"{name} {LATER}", aim, value, 0.08, report))
        means = {code: float(np.nanmean(later[county == code])) for code in np.unique(county)}
        oslofjord = {
            c for c, r in zip(places.county_codes, places.regions, strict=True) if r == "oslofjord"
        }
        outside = min(value for code, value in means.items() if code not in oslofjord)
        inside = min(value for code, value in means.items() if code in oslofjord)
        # At most the county outside that is lowest: any gap above zero keeps the order.
        rows.append(
            ("lowest Oslofjord county less lowest elsewhere", -0.10, inside - outside, 0.10, report)
        )
    return rows
