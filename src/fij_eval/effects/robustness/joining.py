"""A model of who joined: logit, area under the curve, and the common support it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.distributions import chi2_tail, normal_tail
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray
from fij_eval.errors import EstimationError

# Beyond this size of the linear predictor (odds of one to 10^13) a coefficient is on its way to
# infinity.
_SEPARATED = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Joining:
    """Logit of taking part.

    Attributes:
        names: Coefficients, ``intercept`` first.
        coefficient: Log odds, shape (k + 1,).
        se: Standard errors, shape (k + 1,).
        p_value: Of no association, shape (k + 1,).
        propensity: Fitted probability, shape (n,); NaN where a covariate is missing.
        auc: Probability that a participant's propensity exceeds a non-participant's, ties half.
        auc_error: Its standard error (Hanley & McNeil 1982).
        p_joint: Likelihood-ratio p-value of no association with any covariate.
        units: Units that enter.
        treated: Of these, participants.
    """

    names: tuple[str, ...]
    coefficient: FloatArray
    se: FloatArray
    p_value: FloatArray
    propensity: FloatArray
    auc: float
    auc_error: float
    p_joint: float
    units: int
    treated: int


def joining_model(treated: BoolArray, covariates: FloatArray, names: Sequence[str]) -> Joining:
    """Logit of taking part on covariates dated before kick-off.

    Args:
        treated: Shape (n,).
        covariates: Shape (n, k); rows with NaN are left out.
        names: Names of the k covariates.

    Raises:
        EstimationError: If an arm is empty, covariates are collinear, or they separate the arms.
    """
    rows = np.isfinite(covariates).all(axis=1)
    y = treated[rows].astype(np.float64)
    if not 0 < y.sum() < len(y):
        raise EstimationError("All units with complete covariates are in one arm")
    centre, spread = covariates[rows].mean(axis=0), covariates[rows].std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    x = np.column_stack([np.ones(len(y)), (covariates[rows] - centre) / scale])
    if np.linalg.matrix_rank(x, tol=1e-8 * np.sqrt(len(y))) < x.shape[1]:
        raise EstimationError(
            "The covariates of the joining model are collinear",
            where=", ".join(names),
            remedy="leave one of them out",
        )
    beta, information, likelihood = _newton(x, y)
    share = y.mean()
    alone = len(y) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    # back from standardised covariates: slopes divided by spread, intercept shifted
    back = np.eye(len(beta))
    back[1:, 1:] /= scale[:, None]
    back[0, 1:] = -centre / scale
    coefficient = back @ beta
    se = np.sqrt(np.diag(back @ np.linalg.inv(information) @ back.T))
    fitted = 1 / (1 + np.exp(-(x @ beta)))
    propensity = np.full(len(treated), np.nan)
    propensity[rows] = fitted
    auc, error = _auc(fitted, y > 0)
    return Joining(
        names=("intercept", *names),
        coefficient=coefficient,
        se=se,
        p_value=2 * normal_tail(np.abs(coefficient / se)),
        propensity=propensity,
        auc=auc,
        auc_error=error,
        p_joint=chi2_tail(2 * (likelihood - alone), x.shape[1] - 1),
        units=len(y),
        treated=int(y.sum()),
    )


def common_support(propensity: FloatArray, treated: BoolArray, *, trim: float = 0.1) -> BoolArray:
    """Units whose propensity both arms have.

    Args:
        propensity: Shape (n,).
        treated: Shape (n,).
        trim: Part of each arm's tail that does not count as support.

    Returns:
        Units between the higher of the arms' lower quantiles and the lower of their upper ones.
    """
    inside = [propensity[np.isfinite(propensity) & arm] for arm in (treated, ~treated)]
    if any(len(p) == 0 for p in inside):
        raise EstimationError("An arm has no propensity")
    low = max(float(np.quantile(p, trim)) for p in inside)
    high = min(float(np.quantile(p, 1 - trim)) for p in inside)
    return np.asarray((propensity >= low) & (propensity <= high))


def _newton(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Maximum likelihood by Newton's method: coefficients, information, log likelihood."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):  # pragma: no branch -- it converges or separates in far fewer steps
        index = x @ beta
        if np.abs(index).max() > _SEPARATED:
            break
        p = 1 / (1 + np.exp(-index))
        information = x.T @ (x * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, x.T @ (y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            index = x @ beta
            return beta, information, float(y @ index - np.logaddexp(0, index).sum())
    raise EstimationError(
        "The covariates separate participants from others, so that the joining model has no "
        "finite coefficients",
        remedy="leave out the covariate that only one arm has",
    )


def _auc(score: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Area under the curve by ranks, and its error."""
    m, n = int(positive.sum()), int((~positive).sum())
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # equal scores share their mean rank
    auc = float((ranks[positive].sum() - m * (m + 1) / 2) / (m * n))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)
    return auc, float(np.sqrt(variance / (m * n)))
