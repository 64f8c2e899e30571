"""Regression designs: stacked cells of a sample with terms, covariates and weights.

Covariates of the reference month do not vary in time, so they enter multiplied by each snapshot but
the first; categories enter as dummies without their first level. Covariates of the month itself
enter as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.samples import CATEGORIES, Flags, Floats, NotEstimableError, Sample
from fij_eval.settings import CURRENT_COVARIATES

#: A cell further than this outside the fitted cells' covariates (beside the column's own size) has
#: no prediction.
_OUTSIDE = 1e-6
#: A column is collinear if, after the columns before it, less than this part of it is left.
_COLLINEAR = 1e-8


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Regressors in two forms: facts of units times snapshots, and columns of cells.

    Attributes:
        names: Names, those of the facts first, k.
        facts: Facts of the sample's units, n x c; not written out, since that takes a column of
            cells for each fact and snapshot.
        at: Fact and snapshot (column of the sample) of each of the first regressors.
        cells: The other regressors, N x (k - len(at)).
    """

    names: tuple[str, ...]
    facts: Floats
    at: tuple[tuple[int, int], ...]
    cells: Floats

    @classmethod
    def of(cls, names: Sequence[str], cells: Floats) -> Columns:
        """Columns of cells alone, N x k."""
        return cls(names=tuple(names), facts=np.empty((0, 0)), at=(), cells=cells)

    def written_out(self, unit: npt.NDArray[np.intp], time: npt.NDArray[np.intp]) -> Floats:
        """All of them as columns of the cells of ``unit`` and ``time``, N x k."""
        columns = [self.facts[unit, fact] * (time == t) for fact, t in self.at]
        return np.column_stack([*columns, self.cells]) if columns else self.cells


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """N stacked cells (municipality-months) with the outcome.

    Attributes:
        y: Outcome, N.
        terms: Regressors of interest, p; in both forms facts are of one fact only.
        covariates: Further regressors, q; ``twfe.regress`` leaves out those that others determine.
        unit: Row of the unit in the sample, N, sorted.
        time: Column of the snapshot in the sample, N, sorted within unit.
        weights: Positive weights, N.
        treated: Whether the cell's unit is in the network arm, N.
        without_covariates: Units that fell out because a covariate is missing.
    """

    y: Floats
    terms: Columns
    covariates: Columns
    unit: npt.NDArray[np.intp]
    time: npt.NDArray[np.intp]
    weights: Floats
    treated: Flags
    without_covariates: int = 0

    @property
    def n_treated(self) -> int:
        """Treated units that enter."""
        return int(np.count_nonzero(np.bincount(self.unit, weights=self.treated)))


def unit_covariates(sample: Sample, names: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Covariates of the reference month as columns, n x c: categories as dummies.

    Args:
        sample: The analysis sample.
        names: Covariates dated at the reference month.

    Returns:
        The columns (NaN where a unit's value is missing; continuous ones centred) and their names.
    """
    columns: list[Floats] = []
    labels: list[str] = []
    for name in names:
        values = sample.units[name]
        if name in CATEGORIES:
            levels = sorted(values.dropna().unique())
            for level in levels[1:]:
                dummy = (values == level).to_numpy(dtype=float)
                columns.append(np.where(values.isna(), np.nan, dummy))
                labels.append(f"{name}={level}")
        else:
            numbers = values.to_numpy(dtype=float)
            known = np.isfinite(numbers)
            centre = numbers[known].mean() if known.any() else 0.0
            columns.append(numbers - centre)
            labels.append(name)
    stacked = np.column_stack(columns) if columns else np.empty((len(sample.units), 0))
    return stacked, tuple(labels)


def stack(
    sample: Sample,
    months: tuple[str, ...],
    terms: Mapping[str, Floats],
    *,
    weights: Floats,
    covariates: Sequence[str] = (),
    keep: Flags | None = None,
    treated_at: Sequence[str] = (),
) -> Design:
    """Stack the cells of the given snapshots that have the outcome.

    Args:
        sample: The analysis sample.
        months: Snapshots that enter.
        terms: Name -> n x T columns of interest.
        weights: Weight of each unit, n, constant in time.
        covariates: Names of covariates, of the reference month or of the month itself.
        keep: n flags of units that may enter; all if not given.
        treated_at: Snapshots at which taking part has a coefficient, named by the snapshot; they
            come before ``terms``.

    Raises:
        NotEstimableError: If no cell is left.
    """
    base = [name for name in covariates if name not in CURRENT_COVARIATES]
    current = [name for name in covariates if name in CURRENT_COVARIATES]
    fixed, fixed_names = unit_covariates(sample, base)
    allowed = np.ones(len(sample.units), dtype=bool) if keep is None else keep
    known = np.isfinite(fixed).all(axis=1)
    used = np.isfinite(sample.outcome)
    used[:, [t for t, month in enumerate(sample.months) if month not in months]] = False
    before = used[allowed].any(axis=1).sum()
    used &= (allowed & known & (weights > 0))[:, None]
    for name in current:
        used &= np.isfinite(sample.current[name])
    unit, time = np.nonzero(used)
    if len(unit) == 0:
        raise NotEstimableError("no municipality-month with the outcome and all covariates")
    later = np.flatnonzero(used.any(axis=0))[1:].tolist()
    return Design(
        y=sample.outcome[used],
        terms=Columns(
            names=(*treated_at, *terms),
            facts=sample.treated[:, None].astype(float),
            at=tuple((0, t) for t in sample.at(tuple(treated_at))),
            cells=beside([terms[name][used] for name in terms], len(unit)),
        ),
        covariates=Columns(
            names=(
                *(f"{name}:{sample.months[t]}" for t in later for name in fixed_names),
                *current,
            ),
            facts=fixed,
            at=tuple((j, t) for t in later for j in range(len(fixed_names))),
            cells=beside([sample.current[name][used] for name in current], len(unit)),
        ),
        unit=unit,
        time=time,
        weights=weights[unit],
        treated=sample.treated[unit],
        without_covariates=int(before - used.any(axis=1).sum()),
    )


def beside(columns: list[Floats], n: int) -> Floats:
    """Columns beside each other, n x k, also where there are none."""
    return np.column_stack(columns) if columns else np.empty((n, 0))


def independent_columns(columns: Floats, *, size: Floats | None = None) -> list[int]:
    """Columns that those before them do not determine, by Gram-Schmidt in their order.

    Args:
        columns: N x k.
        size: Norm of each column before anything was taken out of it, k; a column of which nearly
            nothing is left counts as zero.
    """
    norms = np.linalg.norm(columns, axis=0)
    floor = np.maximum(norms if size is None else size, np.finfo(float).tiny)
    kept: list[int] = []
    basis = np.empty_like(columns, order="F")
    for j in range(columns.shape[1]):
        rest, found = columns[:, j], basis[:, : len(kept)]
        # Twice: one pass of Gram-Schmidt leaves rounding that looks like independence.
        for _ in range(2 if kept else 0):
            rest = rest - found @ (found.T @ rest)
        left = np.linalg.norm(rest)
        if norms[j] > _COLLINEAR * floor[j] and left > _COLLINEAR * norms[j]:
            basis[:, len(kept)] = rest / left
            kept.append(j)
    return kept


def predicting_columns(fitted: Floats, wanted: Floats, weights: Floats) -> list[int]:
    """Columns to fit with, such that the fit predicts the wanted cells without ambiguity.

    A column that others determine among the fitted cells is left out; it must be determined in the
    same way among the wanted ones.

    Args:
        fitted: Regressors of the cells that are fitted, N x k.
        wanted: Regressors of the cells that are to be predicted, M x k.
        weights: Weights of the fitted cells, N.

    Raises:
        NotEstimableError: If a wanted cell lies outside what the fitted ones can tell of.
    """
    root = np.sqrt(weights)[:, None]
    kept = independent_columns(fitted * root)
    others = [j for j in range(fitted.shape[1]) if j not in kept]
    if not others:
        return kept
    relation = np.linalg.lstsq(fitted[:, kept] * root, fitted[:, others] * root)[0]
    refuse_outside(wanted[:, others], wanted[:, kept] @ relation)
    return kept


def refuse_outside(wanted: Floats, told: Floats) -> None:
    """Raise where columns that were left out of a fit are not what the others tell of them.

    Args:
        wanted: One column, M, or several, M x k, of the cells that are to be predicted.
        told: What the relation among the fitted cells says of them.

    Raises:
        NotEstimableError: If they differ by more than rounding.
    """
    size = np.abs(wanted).max(axis=0, initial=0.0)
    if (np.abs(wanted - told) > _OUTSIDE * (1 + size)).any():
        raise NotEstimableError(
            "covariates of network municipalities take values that no comparison municipality has"
        )
