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
class Design:
    """N stacked cells (municipality-months) with the outcome.

    Attributes:
        y: Outcome, N.
        terms: Columns of interest, N x p.
        term_names: Their names, p.
        covariates: Covariate columns, N x q, free of collinearity.
        covariate_names: Their names, q.
        unit: Row of the unit in the sample, N.
        time: Column of the snapshot in the sample, N.
        weights: Weights, N.
        treated: Whether the cell's unit is in the network arm, N.
        without_covariates: Units that fell out because a covariate is missing.
        collinear: Covariate columns left out because others determine them.
    """

    y: Floats
    terms: Floats
    term_names: tuple[str, ...]
    covariates: Floats
    covariate_names: tuple[str, ...]
    unit: npt.NDArray[np.intp]
    time: npt.NDArray[np.intp]
    weights: Floats
    treated: Flags
    without_covariates: int
    collinear: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """Units that enter."""
        return len(np.unique(self.unit))

    @property
    def n_treated(self) -> int:
        """Treated units that enter."""
        return len(np.unique(self.unit[self.treated]))


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
) -> Design:
    """Stack the cells of the given snapshots that have the outcome.

    Args:
        sample: The analysis sample.
        months: Snapshots that enter.
        terms: Name -> n x T columns of interest.
        weights: Weight of each unit, n, constant in time.
        covariates: Names of covariates, of the reference month or of the month itself.
        keep: n flags of units that may enter; all if not given.

    Raises:
        NotEstimableError: If no cell is left, or fixed effects and covariates determine a term.
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
    columns, names = [], []
    for t in sorted(set(time.tolist()))[1:]:
        at = (time == t).astype(float)
        for j, name in enumerate(fixed_names):
            columns.append(fixed[unit, j] * at)
            names.append(f"{name}:{sample.months[t]}")
    for name in current:
        columns.append(sample.current[name][unit, time])
        names.append(name)
    stacked = np.column_stack(columns) if columns else np.empty((len(unit), 0))
    term_columns = np.column_stack([terms[name][unit, time] for name in terms])
    keep_columns, dependent = _independent(stacked, term_columns, unit, time, weights[unit])
    if dependent:
        which = ", ".join(name for j, name in enumerate(terms) if j in dependent)
        raise NotEstimableError(f"fixed effects and covariates determine the term {which}")
    return Design(
        y=sample.outcome[unit, time],
        terms=term_columns,
        term_names=tuple(terms),
        covariates=stacked[:, keep_columns],
        covariate_names=tuple(names[j] for j in np.nonzero(keep_columns)[0]),
        unit=unit,
        time=time,
        weights=weights[unit],
        treated=sample.treated[unit],
        without_covariates=int(before - used.any(axis=1).sum()),
        collinear=tuple(names[j] for j in np.nonzero(~keep_columns)[0]),
    )


def within_unit(values: Floats, unit: npt.NDArray[np.intp], weights: Floats) -> Floats:
    """Columns less their weighted mean in each unit, N x k."""
    _, position = np.unique(unit, return_inverse=True)
    total = np.bincount(position, weights=weights)
    sums = (
        np.column_stack([np.bincount(position, weights=weights * column) for column in values.T])
        if values.shape[1]
        else np.empty((len(total), 0))
    )
    centred: Floats = values - (sums / total[:, None])[position]
    return centred


def _independent(
    covariates: Floats,
    terms: Floats,
    unit: npt.NDArray[np.intp],
    time: npt.NDArray[np.intp],
    weights: Floats,
) -> tuple[Flags, set[int]]:
    """Which covariate columns to keep, and which terms the columns before them determine.

    Terms stand last, so that a term that covariates determine is found out and never kept at the
    expense of a covariate.
    """
    dummies = (time[:, None] == np.unique(time)[None, 1:]).astype(float)
    root = np.sqrt(weights)[:, None]
    raw = np.column_stack([dummies, covariates, terms])
    within = within_unit(raw, unit, weights) * root
    offset, first_term = dummies.shape[1], dummies.shape[1] + covariates.shape[1]
    kept = independent_columns(within, size=np.linalg.norm(raw * root, axis=0))
    flags = np.zeros(covariates.shape[1], dtype=bool)
    flags[[j - offset for j in kept if offset <= j < first_term]] = True
    return flags, set(range(terms.shape[1])) - {j - first_term for j in kept}


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
        for _ in range(2):
            rest = rest - found @ (found.T @ rest)
        left = np.linalg.norm(rest)
        if norms[j] > _COLLINEAR * floor[j] and left > _COLLINEAR * norms[j]:
            basis[:, len(kept)] = rest / left
            kept.append(j)
    return kept


def predicting_columns(
    fitted: Floats, wanted: Floats, weights: Floats, *, size: Floats | None = None
) -> list[int]:
    """Columns to fit with, such that the fit predicts the wanted cells without ambiguity.

    A column that others determine among the fitted cells is left out; it must be determined in the
    same way among the wanted ones.

    Args:
        fitted: Regressors of the cells that are fitted, N x k.
        wanted: Regressors of the cells that are to be predicted, M x k.
        weights: Weights of the fitted cells, N.
        size: See ``independent_columns``.

    Raises:
        NotEstimableError: If a wanted cell lies outside what the fitted ones can tell of.
    """
    root = np.sqrt(weights)[:, None]
    kept = independent_columns(fitted * root, size=size)
    others = [j for j in range(fitted.shape[1]) if j not in kept]
    relation = np.linalg.lstsq(fitted[:, kept] * root, fitted[:, others] * root)[0]
    outside = np.abs(wanted[:, others] - wanted[:, kept] @ relation)
    if (outside > _OUTSIDE * (1 + np.abs(wanted[:, others]).max(axis=0, initial=0.0))).any():
        raise NotEstimableError(
            "covariates of network municipalities take values that no comparison municipality has"
        )
    return kept
