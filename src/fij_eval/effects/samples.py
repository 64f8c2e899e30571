"""The analysis sample: which municipalities and snapshots enter, their weights, what fell out.

Everything here is decided before any outcome after kick-off is looked at: eligibility and weights
are dated at the reference month, arms come from the register, windows from the dates of kick-off.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fij_eval.effects import settlement
from fij_eval.effects.columns import numbers
from fij_eval.errors import EstimationError
from fij_eval.months import add_months, is_month
from fij_eval.settings import NetworkSettings, SampleSettings, WindowSettings

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Categorical facts of a municipality that may serve as covariates.
CATEGORIES = ("size_group", "region", "centrality")


class NotEstimableError(EstimationError):
    """The data are sound but cannot give this number; the record says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Dropped:
    """Municipalities that fell out for one reason, by arm."""

    reason: str
    network: int
    comparison: int
    excluded: int = 0

    @property
    def total(self) -> int:
        """Municipalities of all arms."""
        return self.network + self.comparison + self.excluded


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """Municipalities (rows, n) by snapshots (columns, T), with what estimators need of them.

    Attributes:
        units: n rows, index ``municipality_code`` (sorted): ``treated`` (bool), ``kick_off``
            (month; the network's start for comparison units), ``weight`` (refugees 20-66 in the
            reference month), ``county_code``, ``region``, ``size_group``, ``centrality`` and the
            covariates of the reference month ``log_population``, ``unemployment_rate``,
            ``refugees_per_capita`` (NaN where unknown).
        months: The T snapshots in order: reference months with the outcome for at least one unit.
        outcome: Share employed, n x T, NaN where missing.
        residents: Refugees 20-66, n x T, NaN where missing.
        employed: Wage earners among them, n x T, NaN where missing.
        current: Covariates of each month, n x T: ``unemployment_rate_now``, ``log_population_now``,
            ``expected_share`` (given residence time, see ``fij_eval.effects.settlement``).
        reference_month: Date of eligibility, weights and covariates.
        start: First month of the network.
        end: Last month of the network.
        dropped: What fell out and why.
        simulated: Whether any outcome is simulated.
    """

    units: pd.DataFrame
    months: tuple[str, ...]
    outcome: Floats
    residents: Floats
    employed: Floats
    current: Mapping[str, Floats]
    reference_month: str
    start: str
    end: str
    dropped: tuple[Dropped, ...]
    simulated: bool

    @property
    def treated(self) -> Flags:
        """Which units are in the network arm, n."""
        return self.units["treated"].to_numpy(dtype=bool)

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Months of kick-off in the sample with the network's start, in order."""
        return tuple(sorted({self.start, *self.units.loc[self.treated, "kick_off"]}))

    def at(self, months: tuple[str, ...]) -> list[int]:
        """Columns of the given snapshots."""
        return [self.months.index(month) for month in months]

    def only(self, keep: Flags) -> Sample:
        """The sample with the given units alone (``keep``: n flags)."""
        return replace(
            self,
            units=self.units.loc[keep],
            outcome=self.outcome[keep],
            residents=self.residents[keep],
            employed=self.employed[keep],
            current={name: values[keep] for name, values in self.current.items()},
        )

    def description(self) -> str:
        """Units, snapshots and gaps in a sentence."""
        gaps = int((~np.isfinite(self.outcome)).sum())
        whole = int(np.isfinite(self.outcome).all(axis=1).sum())
        kind = (
            "balanced"
            if gaps == 0
            else f"unbalanced: {gaps} cells without outcome, {whole} municipalities with all"
        )
        return (
            f"{len(self.units)} municipalities ({int(self.treated.sum())} in the network), "
            f"{len(self.months)} snapshots, {kind}"
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """Snapshots before and after kick-off that enter an estimate."""

    base: tuple[str, ...]
    post: tuple[str, ...]

    @property
    def base_label(self) -> str:
        """The base window as records write it."""
        return span(self.base)

    @property
    def post_label(self) -> str:
        """The post window as records write it."""
        return span(self.post)


def span(months: tuple[str, ...]) -> str:
    """``2023-08..2024-04``, a month, or nothing."""
    if not months:
        return ""
    return months[0] if len(months) == 1 else f"{months[0]}..{months[-1]}"


def build(panel: pd.DataFrame, *, sample: SampleSettings, network: NetworkSettings) -> Sample:
    """The analysis sample of a panel.

    A municipality is eligible with at least ``minimum_residents`` refugees aged 20-66 in the
    reference month and an arm. Weights are these residents, frozen.

    Args:
        panel: Frame that keeps ``fij_eval.panel.contracts.PANEL``.
        sample: Threshold and reference month.
        network: First and last month of the network.

    Raises:
        EstimationError: If the reference month is not in the panel, or no municipality has its
            number of refugees in it.
    """
    month = sample.reference_month
    if not (panel["reference_month"] == month).any():
        known = sorted(panel["reference_month"].unique())
        raise EstimationError(
            f"The reference month {month} is not among the panel's reference months "
            f"({', '.join(known) or 'none'})",
            where="settings: sample.reference_month",
            remedy="choose one of them, or add the month to data.snapshots",
        )
    then = panel[panel["reference_month"] == month].set_index("municipality_code").sort_index()
    if then["residents"].isna().all():
        raise EstimationError(
            f"No municipality has a number of refugees aged 20-66 in the reference month {month}, "
            "so neither eligibility nor weights are known",
            where="settings: sample.reference_month",
            remedy="choose a month with a table of municipalities in the raw data",
        )
    residents = numbers(then["residents"])
    arm = then["arm"].to_numpy(dtype=object)
    fallen = {
        "outside both arms": arm == "excluded",
        f"no number of refugees in {month}": np.isnan(residents),
        f"fewer than {sample.minimum_residents} refugees in {month}": (
            residents < sample.minimum_residents
        ),
    }
    codes = then.index[~np.logical_or.reduce(list(fallen.values()))]
    dropped, counted = [], np.zeros(len(arm), dtype=bool)
    for reason, flags in fallen.items():
        dropped.append(_dropped(reason, arm[flags & ~counted]))
        counted |= flags

    months = sorted(str(m) for m in panel["reference_month"].unique())
    seen = np.isfinite(_grid(panel, "share", codes, months))
    ever: Flags = np.logical_or.reduce(seen, axis=1)
    used: Flags = np.logical_or.reduce(seen, axis=0)
    dropped.append(_dropped("no outcome at any snapshot", then.loc[codes[~ever], "arm"].to_numpy()))
    codes, months = codes[ever], [m for m, flag in zip(months, used, strict=True) if flag]
    share, living = (_grid(panel, name, codes, months) for name in ("share", "residents"))
    units = _units(then.loc[codes], network)
    chosen = panel["municipality_code"].isin(codes) & panel["reference_month"].isin(months)
    made = Sample(
        units=units,
        months=tuple(months),
        outcome=share,
        residents=living,
        employed=_grid(panel, "employed", codes, months),
        current={
            "unemployment_rate_now": _grid(panel, "unemployment_rate", codes, months),
            "log_population_now": _log(_grid(panel, "population", codes, months)),
            "expected_share": settlement.expected(
                panel,
                codes,
                tuple(months),
                share=share,
                residents=living,
                treated=units["treated"].to_numpy(dtype=bool),
            ),
        },
        reference_month=month,
        start=network.start,
        end=network.end,
        dropped=tuple(d for d in dropped if d.total),
        simulated=bool(panel.loc[chosen, "simulated"].any()),
    )
    logger.info("sample: %s", made.description())
    return made


def windows(
    sample: Sample, settings: WindowSettings, *, base: str = "window", post: str = "window"
) -> Windows:
    """Snapshots of the base and the post window.

    With more than one month of kick-off a snapshot belongs to a window only if it does so for all
    of them, so that both arms are compared at the same dates. A snapshot in the month of a kick-off
    is neither before nor after it.

    Args:
        sample: The analysis sample.
        settings: Lengths of the windows in months.
        base: ``window``, ``all_pre`` or a month.
        post: ``window``, ``all_post`` or a month.

    Raises:
        EstimationError: If a month that is named is not a snapshot, or lies on the wrong side of
            kick-off.
    """
    first, last = sample.cohorts[0], sample.cohorts[-1]
    pre = tuple(m for m in sample.months if m < first)
    after = tuple(m for m in sample.months if m > last)
    chosen_base: tuple[str, ...]
    chosen_post: tuple[str, ...]
    if is_month(base):
        chosen_base = (_named(base, sample, pre, "base", "before"),)
    elif base == "all_pre":
        chosen_base = pre
    else:
        chosen_base = tuple(m for m in pre if m >= add_months(last, -settings.base_months))
    if is_month(post):
        chosen_post = (_named(post, sample, after, "post", "after"),)
    elif post == "all_post":
        chosen_post = after
    else:
        earliest = add_months(last, settings.post_from_months)
        chosen_post = tuple(m for m in after if earliest <= m <= sample.end)
    return Windows(chosen_base, chosen_post)


def weights(sample: Sample, estimand: str) -> Floats:
    """Weight of each unit, n: one, or refugees 20-66 in the reference month."""
    if estimand == "municipality_average":
        return np.ones(len(sample.units))
    return sample.units["weight"].to_numpy(dtype=float)


def weights_label(sample: Sample, estimand: str) -> str:
    """The weights as records write them."""
    return "none" if estimand == "municipality_average" else f"residents {sample.reference_month}"


def _named(month: str, sample: Sample, side: tuple[str, ...], key: str, word: str) -> str:
    """A snapshot that the settings name, if it exists and lies on the right side of kick-off."""
    if month not in sample.months:
        raise EstimationError(
            f"The {key} month {month} has no outcome in the panel "
            f"(snapshots: {', '.join(sample.months) or 'none'})",
            where=f"settings: specifications, {key}",
            remedy="name one of the snapshots, or add the month's table to the raw data",
        )
    if month not in side:
        raise EstimationError(
            f"The {key} month {month} does not lie {word} every kick-off "
            f"({', '.join(sample.cohorts)})",
            where=f"settings: specifications, {key}",
            remedy=f"name a snapshot {word} kick-off: {', '.join(side) or 'there is none'}",
        )
    return month


def _grid(panel: pd.DataFrame, column: str, codes: pd.Index, months: list[str]) -> Floats:
    """One variable as units x months, NaN where missing."""
    rows = codes.get_indexer(pd.Index(panel["municipality_code"]))
    columns = pd.Index(months).get_indexer(pd.Index(panel["reference_month"]))
    values = numbers(panel[column])
    inside = (rows >= 0) & (columns >= 0)
    grid = np.full((len(codes), len(months)), np.nan)
    grid[rows[inside], columns[inside]] = values[inside]
    return grid


def _units(then: pd.DataFrame, network: NetworkSettings) -> pd.DataFrame:
    """Facts of the units in the reference month, a row each."""
    treated = (then["arm"] == "network").to_numpy(dtype=bool)
    kick_off = then["kick_off_date"].astype(object).fillna("").map(lambda day: str(day)[:7])
    population, residents = numbers(then["population"]), numbers(then["residents"])
    with np.errstate(divide="ignore", invalid="ignore"):
        per_capita = np.where(population > 0, residents / population, np.nan)
    return pd.DataFrame(
        {
            "treated": treated,
            "kick_off": [
                day if is_treated and is_month(day) else network.start
                for day, is_treated in zip(kick_off, treated, strict=True)
            ],
            "weight": residents,
            "county_code": then["county_code"].to_numpy(dtype=object),
            "region": then["region"].to_numpy(dtype=object),
            "size_group": then["size_group"].to_numpy(dtype=object),
            "centrality": then["centrality"].to_numpy(dtype=object),
            "log_population": _log(population),
            "unemployment_rate": then["unemployment_rate"].to_numpy(dtype=float),
            "refugees_per_capita": per_capita,
        },
        index=then.index,
    )


def _log(values: Floats) -> Floats:
    """Natural logarithm, NaN where it does not exist."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Floats = np.where(values > 0, np.log(values), np.nan)
    return logs


def _dropped(reason: str, arms: npt.NDArray[np.object_]) -> Dropped:
    """Those who fell out for a reason, counted by arm."""
    return Dropped(
        reason,
        network=int((arms == "network").sum()),
        comparison=int((arms == "comparison").sum()),
        excluded=int((arms == "excluded").sum()),
    )
