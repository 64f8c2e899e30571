"""Each municipality's base and post window in one row: what the primary analysis works on.

A municipality's mean over a window would carry the level of the months it has, so the snapshot's
mean over all municipalities is taken out first and the window's mean put back: on a balanced panel
this changes nothing, and a gap does not bring its month with it. The adjusted difference of the
changes is the two-way fixed-effects regression of the two windows with covariates multiplied by
period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fij_eval.effects.design import independent_columns, unit_covariates
from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.inference import linear
from fij_eval.effects.samples import (
    Flags,
    Floats,
    NotEstimableError,
    Sample,
    Windows,
    weights,
)
from fij_eval.settings import CURRENT_COVARIATES

PERIODS = ("0 base", "1 post")


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoWindows:
    """Units that enter, a row each.

    Attributes:
        rows: Rows of the sample, n.
        codes: Municipalities, n.
        base: Mean share in the base window, n.
        post: Mean share in the post window, n.
        treated: Network arm, n.
        weight: Weights, n.
        covariates: Columns without intercept and free of collinearity, n x k.
        names: Their names, k.
        strata: Column of the units by which randomization is stratified, n.
        observations: Snapshots behind each unit's means, n.
        residents: Refugees 20-66 of the reference month, n.
    """

    rows: np.ndarray
    codes: tuple[str, ...]
    base: Floats
    post: Floats
    treated: Flags
    weight: Floats
    covariates: Floats
    names: tuple[str, ...]
    strata: tuple[str, ...]
    observations: npt.NDArray[np.intp]
    residents: Floats

    @property
    def change(self) -> Floats:
        """Post less base, n."""
        return self.post - self.base

    @property
    def n_units(self) -> int:
        """Units."""
        return len(self.codes)

    @property
    def n_treated(self) -> int:
        """Units of the network arm."""
        return int(self.treated.sum())

    @property
    def counts(self) -> dict[str, Any]:
        """What entered, as fields of a record."""
        return {
            "n_units": self.n_units,
            "n_treated": self.n_treated,
            "n_obs": int(self.observations.sum()),
            "persons": int(self.residents.sum()),
        }

    def only(self, keep: Flags) -> TwoWindows:
        """The same with the given units alone (n flags)."""
        return replace(
            self,
            rows=self.rows[keep],
            codes=tuple(np.array(self.codes)[keep]),
            base=self.base[keep],
            post=self.post[keep],
            treated=self.treated[keep],
            weight=self.weight[keep],
            covariates=self.covariates[keep],
            strata=tuple(np.array(self.strata)[keep]),
            observations=self.observations[keep],
            residents=self.residents[keep],
        )


def collapse(
    sample: Sample,
    windows: Windows,
    *,
    estimand: str,
    covariates: Sequence[str] = (),
    strata: str = "size_group",
    outcome: Floats | None = None,
) -> TwoWindows:
    """Base and post means of each unit with its covariates.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Of the reference month as they are; those of the month itself by their change
            between the windows.
        strata: Column of ``sample.units``.
        outcome: Another outcome than the share, n x T.

    Raises:
        NotEstimableError: If a window has no snapshot, or an arm no unit with all of it.
    """
    values = sample.outcome if outcome is None else outcome
    keep = in_both(replace(sample, outcome=values), windows)
    weight = weights(sample, estimand)
    fixed = [c for c in covariates if c not in CURRENT_COVARIATES]
    x, names = unit_covariates(sample, fixed)
    columns = [x]
    levels: list[Floats] = []
    for name in covariates:
        if name in CURRENT_COVARIATES:
            base, post = _means(sample.current[name], sample, windows)
            columns.append((post - base)[:, None])
            levels.append(base)
            names = (*names, f"change in {name}")
    x = np.column_stack(columns)
    used = keep & np.isfinite(x).all(axis=1) & (weight > 0)
    treated = sample.treated
    for arm, flags in (("network", treated), ("comparison", ~treated)):
        if not (used & flags).any():
            raise NotEstimableError(
                f"no municipality of the {arm} arm has the outcome in both windows and all "
                "covariates"
            )
    base, post = _means(np.where(used[:, None], values, np.nan), sample, windows)
    inside = sample.at((*windows.base, *windows.post))
    centred = x[used] - x[used].mean(axis=0)
    ones = np.ones((int(used.sum()), 1))
    whole = np.column_stack([ones, centred])
    size = np.linalg.norm(whole, axis=0)
    if levels:  # a change is nothing if it is rounding beside the level
        size[-len(levels) :] = [np.linalg.norm(level[used]) for level in levels]
    kept = [j - 1 for j in independent_columns(whole, size=size) if j > 0]
    return TwoWindows(
        rows=np.flatnonzero(used),
        codes=tuple(sample.units.index[used].astype(str)),
        base=base[used],
        post=post[used],
        treated=treated[used],
        weight=weight[used],
        covariates=centred[:, kept],
        names=tuple(names[j] for j in kept),
        strata=tuple(sample.units[strata].astype(str).to_numpy()[used]),
        observations=np.isfinite(values[used][:, inside]).sum(axis=1),
        residents=sample.units["weight"].to_numpy(dtype=float)[used],
    )


def as_sample(sample: Sample, windows: Windows) -> tuple[Sample, Windows]:
    """The sample with its two windows as its only snapshots, and windows that name them.

    Estimators that work on stacked cells then work on the windows' means: the same quantity as the
    primary analysis, with a tenth of the cells.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.

    Raises:
        NotEstimableError: If a window has no snapshot, or an arm no unit with both.
    """
    in_both(sample, windows)

    def both(values: Floats) -> Floats:
        return np.column_stack(_means(values, sample, windows))

    made = replace(
        sample,
        months=PERIODS,
        outcome=np.clip(both(sample.outcome), 0.0, 1.0),
        residents=both(sample.residents),
        employed=both(sample.employed),
        current={name: both(values) for name, values in sample.current.items()},
    )
    return made, Windows(PERIODS[:1], PERIODS[1:])


def tidy(data: TwoWindows, *, cluster: Sequence[str] | None = None) -> pd.DataFrame:
    """The two windows as a tidy frame: two rows a unit, covariates zero in the base window.

    Args:
        data: The two windows.
        cluster: Cluster of each unit, n; the unit itself if not given.

    Returns:
        ``municipality_code``, ``reference_month`` (``PERIODS``), ``outcome``, ``treatment``,
        ``weight``, ``cluster`` and the covariates ``x0``, ``x1``, ...
    """
    zero = np.zeros_like(data.covariates)
    names = [f"x{j}" for j in range(data.covariates.shape[1])]
    both = pd.DataFrame(np.vstack([zero, data.covariates]), columns=names)
    groups = data.codes if cluster is None else tuple(cluster)
    return both.assign(
        municipality_code=[*data.codes, *data.codes],
        reference_month=[PERIODS[0]] * data.n_units + [PERIODS[1]] * data.n_units,
        outcome=np.concatenate([data.base, data.post]),
        treatment=np.concatenate([np.zeros(data.n_units), data.treated.astype(float)]),
        weight=np.concatenate([data.weight, data.weight]),
        cluster=[*groups, *groups],
    )


def absorbed(data: TwoWindows, *, cluster: Sequence[str] | None = None) -> linear.Absorbed:
    """The regression of the two windows on taking part, partialled out.

    Args:
        data: The two windows.
        cluster: Cluster of each unit, n; the unit itself if not given.

    Raises:
        EstimationError: If covariates determine treatment.
    """
    return linear.absorb(
        linear.design(
            tidy(data, cluster=cluster),
            outcome="outcome",
            treatment=["treatment"],
            covariates=[f"x{j}" for j in range(data.covariates.shape[1])],
            weights="weight",
            cluster="cluster",
        )
    )


def _means(values: Floats, sample: Sample, windows: Windows) -> tuple[Floats, Floats]:
    """Mean over the base and the post window of each unit, the months' levels evened out."""
    found = []
    for months in (windows.base, windows.post):
        cells = values[:, sample.at(months)]
        seen = np.isfinite(cells)
        level = np.where(seen, cells, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        away = np.where(seen, cells - level, 0.0).sum(axis=1)
        count = seen.sum(axis=1)
        overall = level[seen.any(axis=0)].mean() if seen.any() else np.nan
        mean = overall + away / np.maximum(count, 1)
        # on a balanced panel this is the plain mean, to rounding
        found.append(np.where(count > 0, mean, np.nan))
    return found[0], found[1]
