"""Event study with the primary analysis's covariates, snapshot by snapshot, with full covariance.

For each snapshot the change since the base snapshot is regressed on taking part and covariates
over the municipalities that have both; on a balanced panel this is the two-way fixed-effects event
study with covariates multiplied by snapshot. Covariances between snapshots are the cluster
jackknife's (CV3; MacKinnon, Nielsen & Webb 2023, Journal of Econometrics 232(2), eq. 15): each
municipality is left out of all snapshots at once, so that coefficients that share a base keep their
dependence. Why not CV1: docs/decisions/0010-covariance-of-the-event-study.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.design import independent_columns, unit_covariates
from fij_eval.effects.samples import Floats, NotEstimableError, Sample, weights
from fij_eval.months import months_between
from fij_eval.settings import CURRENT_COVARIATES

#: Below this part of its own weight a unit's residual is rounding: the regression fits it exactly.
_DETERMINED = 1e-10


@dataclass(frozen=True, eq=False, kw_only=True)
class EventWindows:
    """Coefficients by snapshot, the base snapshot left out.

    Attributes:
        base: The base snapshot: the last before kick-off.
        months: Snapshots with a coefficient, K, in order.
        coefficients: K.
        covariance: Cluster jackknife by municipality (CV3), K x K.
        pre: How many of the snapshots lie before the base.
        spacing: Months between neighbours among the K + 1 snapshots, base included, K.
        times: Months from the base to each snapshot, K.
        missing: Snapshot -> why it has no coefficient.
        n_units: Units that enter any of them.
        n_treated: Of these, in the network arm.
    """

    base: str
    months: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    pre: int
    spacing: Floats
    times: Floats
    missing: dict[str, str]
    n_units: int
    n_treated: int

    def target(self, post: Sequence[str]) -> Floats:
        """Weights on the coefficients after the base that average the given snapshots.

        Raises:
            NotEstimableError: If none of them has a coefficient.
        """
        chosen = np.array([m in post for m in self.months[self.pre :]], dtype=np.float64)
        if not chosen.any():
            raise NotEstimableError("no snapshot of the post window has a coefficient")
        average: Floats = chosen / chosen.sum()
        return average


def estimate(sample: Sample, *, estimand: str, covariates: Sequence[str] = ()) -> EventWindows:
    """Coefficients of all snapshots against the last one before kick-off.

    Args:
        sample: The analysis sample.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Of the reference month, or of the month itself by their change since the base.

    Raises:
        NotEstimableError: If there is no snapshot before kick-off, or no other with both arms.
    """
    before = [m for m in sample.months if m < sample.cohorts[0]]
    if not before:
        raise NotEstimableError("no snapshot before kick-off")
    base = before[-1]
    at_base = sample.months.index(base)
    fixed, _ = unit_covariates(sample, [c for c in covariates if c not in CURRENT_COVARIATES])
    weight = weights(sample, estimand)
    n = len(sample.units)
    found: list[tuple[str, float, Floats]] = []
    missing: dict[str, str] = {}
    used = np.zeros(n, dtype=bool)
    for t, month in enumerate(sample.months):
        if t == at_base:
            continue
        moving = [
            sample.current[c][:, t] - sample.current[c][:, at_base]
            for c in covariates
            if c in CURRENT_COVARIATES
        ]
        x = np.column_stack([np.ones(n), fixed, *moving])
        change = sample.outcome[:, t] - sample.outcome[:, at_base]
        rows = np.isfinite(change) & np.isfinite(x).all(axis=1) & (weight > 0)
        try:
            value, moved = _difference(change[rows], sample.treated[rows], x[rows], weight[rows])
        except NotEstimableError as error:
            missing[month] = error.reason
            continue
        away = np.zeros(n)
        away[rows] = moved
        used |= rows
        found.append((month, value, away))
    if not found:
        reason = next(iter(missing.values()), "one snapshot only")
        raise NotEstimableError(f"no snapshot besides the base has a coefficient: {reason}")
    months = tuple(month for month, _, _ in found)
    left_out = np.column_stack([away for _, _, away in found])
    groups = int(used.sum())
    pre = sum(month < base for month in months)
    line = [*months[:pre], base, *months[pre:]]
    gaps = [months_between(a, b) for a, b in itertools.pairwise(line)]
    return EventWindows(
        base=base,
        months=months,
        coefficients=np.array([value for _, value, _ in found]),
        covariance=(groups - 1) / groups * left_out.T @ left_out,
        pre=pre,
        spacing=np.array(gaps, dtype=np.float64),
        times=np.array([months_between(base, m) for m in months], dtype=np.float64),
        missing=missing,
        n_units=groups,
        n_treated=int((used & sample.treated).sum()),
    )


def _difference(
    change: Floats, treated: np.ndarray, x: Floats, weight: Floats
) -> tuple[float, Floats]:
    """The coefficient on taking part, and what it loses without each unit."""
    if not treated.any() or treated.all():
        raise NotEstimableError(
            f"no municipality of the {'comparison' if treated.any() else 'network'} arm has the "
            "outcome and all covariates"
        )
    root = np.sqrt(weight)
    columns = np.column_stack([x, treated.astype(np.float64)]) * root[:, None]
    kept = independent_columns(columns)
    if columns.shape[1] - 1 not in kept or len(kept) >= len(change):
        raise NotEstimableError("covariates determine the arm")
    basis = np.linalg.qr(columns[:, kept[:-1]])[0]
    d = columns[:, -1] - basis @ (basis.T @ columns[:, -1])
    y = change * root
    y = y - basis @ (basis.T @ y)
    gram = float(d @ d)
    value = float(d @ y) / gram
    free = 1 - (basis**2).sum(axis=1) - d**2 / gram
    # A unit that alone determines a column is fitted exactly: without it nothing else moves.
    moved = np.where(free > _DETERMINED, d * (y - value * d) / np.maximum(free, _DETERMINED), 0.0)
    return value, np.asarray(moved / gram)
