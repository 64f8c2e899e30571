"""ANCOVA: the outcome after, given the outcome before, as the other side of a bracket.

y_post_i = a + tau network_i + rho y_base_i + x_i' b + e_i. Difference in differences sets rho to
one and is right if the arms would have moved in parallel; ANCOVA is right if arms with the same
past would have had the same future. Where 0 <= rho <= 1 the two bracket the truth whichever holds:
tau(DiD) - tau(ANCOVA) = (rho - 1) (difference of the arms in the base window, given x), so that the
direction is known from the data (Ding & Li 2019, Political Analysis 27(4), theorems 1 and 2;
Angrist & Pischke 2009, section 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fij_eval.effects.changes import changes
from fij_eval.effects.clustered import cv1
from fij_eval.effects.design import independent_columns
from fij_eval.effects.samples import Floats, NotEstimableError, Sample, Windows

Direction = Literal["ancova_above", "did_above", "equal", "no_bracket"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ancova:
    """The ANCOVA estimate beside the difference in differences of the same units and covariates.

    Attributes:
        att: The ANCOVA estimate.
        variance: Its cluster-robust variance (one observation a cluster, so HC1).
        did: The difference in differences (rho set to one).
        did_variance: Its variance.
        persistence: rho, the coefficient of the outcome in the base window.
        direction: Which of the two is larger, or ``no_bracket`` if rho lies outside 0 to 1.
        n_units: Units that enter.
        n_treated: Of these, in the network arm.
        n_obs: Municipality-months that enter.
        persons: Refugees 20-66 of the reference month in the units that enter.
    """

    att: float
    variance: float
    did: float
    did_variance: float
    persistence: float
    direction: Direction
    n_units: int
    n_treated: int
    n_obs: int
    persons: int


def estimate(
    sample: Sample, windows: Windows, *, estimand: str, covariates: Sequence[str] = ()
) -> Ancova:
    """ANCOVA and difference in differences on the units' means over the windows.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates of the reference month.

    Raises:
        NotEstimableError: If an arm is empty, or covariates or the outcome in the base window
            determine the arm.
    """
    units = changes(sample, windows, estimand=estimand, covariates=covariates)
    d, w = units.treated.astype(float), units.weight
    facts = np.column_stack([np.ones(len(d)), units.x])
    with_past, variance = _regress(units.post, np.column_stack([facts, units.base, d]), w, own=2)
    without, did_variance = _regress(units.change, np.column_stack([facts, d]), w, own=1)
    return Ancova(
        att=float(with_past[-1]),
        variance=variance,
        did=float(without[-1]),
        did_variance=did_variance,
        persistence=float(with_past[-2]),
        direction=_direction(float(with_past[-1]), float(without[-1]), float(with_past[-2])),
        n_units=len(d),
        n_treated=int(units.treated.sum()),
        n_obs=units.n_obs,
        persons=int(sample.units["weight"].to_numpy(dtype=float)[list(units.rows)].sum()),
    )


def _regress(y: Floats, x: Floats, w: Floats, *, own: int) -> tuple[Floats, float]:
    """Coefficients by weighted least squares and the variance of the last, the arm's.

    Collinear columns are left out; the last ``own`` must stay.
    """
    root = np.sqrt(w)[:, None]
    kept = independent_columns(x * root)
    k = x.shape[1]
    if any(j not in kept for j in range(k - own, k)):
        what = "the arm" if k - 1 not in kept else "the outcome in the base window"
        raise NotEstimableError(f"the other regressors determine {what}")
    x = x[:, kept]
    beta = np.asarray(np.linalg.lstsq(x * root, y * root[:, 0])[0], dtype=float)
    variance = cv1(x, y - x @ beta, w, np.arange(len(y)))[-1, -1]
    return beta, float(variance)


def _direction(ancova: float, did: float, persistence: float) -> Direction:
    if not 0 <= persistence <= 1:
        return "no_bracket"
    if np.isclose(ancova, did, rtol=0, atol=1e-12):
        return "equal"
    return "ancova_above" if ancova > did else "did_above"
