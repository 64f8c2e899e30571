"""Changes between two windows regressed on taking part: the 2x2 with covariates, many at a time.

On a balanced panel with one kick-off the regression of each unit's change on treatment is the
two-way fixed-effects regression of the two windows. It is small, so that hundreds of specifications
times a thousand assignments cost seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fij_eval.effects.distributions import t_quantile, t_tail
from fij_eval.effects.inference.linear import COLLINEAR, FloatArray
from fij_eval.errors import EstimationError

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Difference:
    """The coefficient on treatment in a regression of changes.

    Attributes:
        estimate: Treated less comparison units, given covariates.
        se: HC1 standard error, which is CV1 by unit.
        ci_low: Lower limit, t with ``df``.
        ci_high: Upper limit.
        p_value: Of no difference, two-sided.
        df: Units less coefficients.
        n_units: Units that enter.
        n_treated: Of these, treated.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    df: int
    n_units: int
    n_treated: int


def change(values: FloatArray, base: Sequence[int], post: Sequence[int]) -> FloatArray:
    """Mean over post columns less mean over base columns, shape (n,).

    A unit without a value in any of these columns has none, so that every unit's change covers the
    same dates.

    Args:
        values: Units by periods, shape (n, T); NaN where missing.
        base: Columns before.
        post: Columns after.
    """
    return np.asarray(values[:, list(post)].mean(axis=1) - values[:, list(base)].mean(axis=1))


def difference(
    outcome: FloatArray,
    treated: BoolArray,
    *,
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    keep: BoolArray | None = None,
    level: float = 0.95,
) -> Difference:
    """Weighted regression of changes on treatment and covariates.

    Args:
        outcome: Changes, shape (n,); NaN where missing.
        treated: Shape (n,).
        weights: Shape (n,); None for equal weights.
        covariates: Shape (n, k); rows with NaN are left out. An intercept is added.
        keep: Units that may enter.
        level: Confidence level.

    Raises:
        EstimationError: If an arm is empty, no degree of freedom is left, or covariates determine
            treatment.
    """
    rows = _rows(outcome, weights, covariates, keep)
    estimate, se, coefficients = _permuted(outcome, treated[None, :], weights, covariates, rows)
    n, n_treated = int(rows.sum()), int(treated[rows].sum())
    df = n - coefficients
    if not 0 < n_treated < n or df < 1 or not np.isfinite(estimate[0]):
        raise EstimationError(
            f"A difference between arms cannot be formed: {n} units with all values, of which "
            f"{n_treated} treated, {coefficients} coefficients",
            remedy="use fewer covariates or a wider sample",
        )
    if se[0] <= 1e-12 * float(np.abs(outcome[rows]).max()):
        raise EstimationError("The change is the same in all units of an arm, so there is no error")
    half = float(t_quantile((1 + level) / 2, df) * se[0])
    value = float(estimate[0])
    p = float(2 * t_tail(abs(value / se[0]), df))
    return Difference(value, float(se[0]), value - half, value + half, p, df, n, n_treated)


def residuals(
    outcome: FloatArray,
    treated: BoolArray,
    *,
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
) -> FloatArray:
    """What the regression of ``difference`` leaves of each unit's change.

    Returns:
        Unweighted residuals, shape (n,); NaN where a unit does not enter.

    Raises:
        EstimationError: If no unit enters.
    """
    rows = _rows(outcome, weights, covariates, None)
    n = int(rows.sum())
    if not n:
        raise EstimationError("No unit has all values, so there are no residuals")
    root = np.sqrt(np.ones(n) if weights is None else weights[rows])
    further = np.empty((n, 0)) if covariates is None else covariates[rows]
    x = np.column_stack([np.ones(n), treated[rows], further])
    beta = np.linalg.lstsq(x * root[:, None], outcome[rows] * root, rcond=None)[0]
    left = np.full(len(outcome), np.nan)
    left[rows] = outcome[rows] - x @ beta
    return left


def permuted_differences(
    outcome: FloatArray,
    assigned: BoolArray,
    *,
    weights: FloatArray | None = None,
    covariates: FloatArray | None = None,
    keep: BoolArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Estimate and HC1 error under each assignment, as matrix products.

    Args:
        outcome: Changes, shape (n,).
        assigned: Who is treated, shape (B, n).
        weights: Shape (n,).
        covariates: Shape (n, k).
        keep: Units that may enter, shape (n,), or by assignment, shape (B, n), where who enters
            depends on who is treated.

    Returns:
        Estimates and errors, shape (B,); NaN where an assignment gives none.
    """
    if keep is not None and keep.ndim == 2:
        rows = _rows(outcome, weights, covariates, None)
        return _permuted_by_draw(outcome, assigned, weights, covariates, rows, keep=keep)
    rows = _rows(outcome, weights, covariates, keep)
    return _permuted(outcome, assigned, weights, covariates, rows)[:2]


def _rows(
    outcome: FloatArray,
    weights: FloatArray | None,
    covariates: FloatArray | None,
    keep: BoolArray | None,
) -> BoolArray:
    """Units with everything that is needed."""
    rows = np.isfinite(outcome)
    if weights is not None:
        rows &= np.isfinite(weights) & (weights > 0)
    if covariates is not None:
        rows &= np.isfinite(covariates).all(axis=1)
    return rows if keep is None else rows & keep


def _columns(covariates: FloatArray | None, rows: BoolArray) -> FloatArray:
    """Intercept and covariates of the rows, centred for the sake of rounding."""
    ones = np.ones((int(rows.sum()), 1))
    if covariates is None or covariates.shape[1] == 0 or not rows.any():
        return ones
    chosen = covariates[rows]
    return np.column_stack([ones, chosen - chosen.mean(axis=0)])


def _basis(columns: FloatArray) -> FloatArray:
    """Orthonormal basis of the columns' span, collinear ones dropped."""
    norm = np.linalg.norm(columns, axis=0)
    columns = columns[:, norm > COLLINEAR * max(float(norm.max(initial=0)), 1e-300)]
    u, s, _ = np.linalg.svd(columns / np.linalg.norm(columns, axis=0), full_matrices=False)
    return np.asarray(u[:, s > COLLINEAR * max(float(s.max(initial=0)), 1e-300)])


def _permuted(
    outcome: FloatArray,
    assigned: BoolArray,
    weights: FloatArray | None,
    covariates: FloatArray | None,
    rows: BoolArray,
) -> tuple[FloatArray, FloatArray, int]:
    """Estimates, errors and number of coefficients where all assignments share their units."""
    root = np.sqrt(np.ones(int(rows.sum())) if weights is None else weights[rows])
    if not rows.any():
        nothing = np.full(len(assigned), np.nan)
        return nothing, nothing, 1
    q = _basis(_columns(covariates, rows) * root[:, None])
    y = outcome[rows] * root
    y = y - q @ (q.T @ y)
    coefficients = q.shape[1] + 1
    left = max(len(y) - coefficients, 0)
    factor = len(y) / left if left else np.nan
    estimate, se = np.empty(len(assigned)), np.empty(len(assigned))
    for part in _parts(len(assigned)):
        whole = assigned[part][:, rows] * root
        d = whole - (whole @ q) @ q.T
        gram = np.einsum("bn,bn->b", d, d)
        size = np.einsum("bn,bn->b", whole, whole)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(gram > COLLINEAR * size, d @ y / gram, np.nan)
            score = d * (y - slope[:, None] * d)
            se[part] = np.sqrt(factor * np.einsum("bn,bn->b", score, score)) / gram
        estimate[part] = slope
    return estimate, se, coefficients


def _parts(count: int) -> list[slice]:
    """Assignments in parts whose arrays stay in the processor's cache."""
    return [slice(first, first + 128) for first in range(0, count, 128)]


def _permuted_by_draw(
    outcome: FloatArray,
    assigned: BoolArray,
    weights: FloatArray | None,
    covariates: FloatArray | None,
    rows: BoolArray,
    *,
    keep: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """Estimates and errors where each assignment has its own units: normal equations by draw."""
    x = _columns(covariates, rows)
    y = outcome[rows]
    own = np.ones(len(y)) if weights is None else weights[rows]
    width = x.shape[1]
    upper = np.triu_indices(width)
    products = x[:, upper[0]] * x[:, upper[1]]
    weighed_y = x * y[:, None]
    estimate, se = np.empty(len(assigned)), np.empty(len(assigned))
    for part in _parts(len(assigned)):
        w = keep[part][:, rows] * own
        d = assigned[part][:, rows].astype(np.float64)
        wd = w * d
        pairs = w @ products
        gram = np.empty((len(w), width, width))
        gram[:, upper[0], upper[1]] = pairs
        gram[:, upper[1], upper[0]] = pairs
        inverse = np.linalg.pinv(gram, rcond=COLLINEAR, hermitian=True)
        moment_d = wd @ x
        from_y = np.einsum("bij,bj->bi", inverse, w @ weighed_y)
        from_d = np.einsum("bij,bj->bi", inverse, moment_d)
        size = wd.sum(axis=1)
        denominator = size - np.einsum("bi,bi->b", from_d, moment_d)
        n = np.count_nonzero(w, axis=1)
        left = np.maximum(n - width - 1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            top = wd @ y - np.einsum("bi,bi->b", from_y, moment_d)
            slope = np.where(denominator > COLLINEAR * size, top / denominator, np.nan)
            residual = y - slope[:, None] * d - (from_y - slope[:, None] * from_d) @ x.T
            score = w * (d - from_d @ x.T) * residual
            factor = np.where(left > 0, n / left, np.nan)
            se[part] = np.sqrt(factor * np.einsum("bn,bn->b", score, score)) / denominator
        estimate[part] = slope
    return estimate, se
