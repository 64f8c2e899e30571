"""ATT of one change in outcome: regression adjustment, weighting, doubly robust.

Sant'Anna & Zhao (2020), Journal of Econometrics 219(1): outcome regression (equation 2.2),
inverse probability weighting normalised as by Hajek (section 2.2) and the traditional doubly robust
estimator (equation 3.1 with maximum-likelihood logit and weighted least squares), each with its
influence function, so that estimates of several periods can be combined with their covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fij_eval.effects.samples import Flags, Floats, NotEstimableError

Method = Literal["reg", "ipw", "dr"]
METHODS: tuple[Method, ...] = ("reg", "ipw", "dr")

#: Comparison units with a higher propensity are left out of weighted comparisons, as in R's DRDID.
TRIM = 0.995
_MOST_ITERATIONS = 100
_CONVERGED = 1e-12
#: A linear index this far out means that covariates tell the arms apart: no weights exist.
_SEPARATED = 25.0


@dataclass(frozen=True, eq=False, slots=True)
class Effect:
    """An ATT with its influence function.

    Attributes:
        att: The estimate.
        influence: Influence of each unit, n; the variance is ``sum(influence**2) / n**2``.
        trimmed: Comparison units left out for their propensity.
    """

    att: float
    influence: Floats
    trimmed: int = 0


def logit(x: Floats, d: Floats, weights: Floats) -> Floats:
    """Coefficients of a weighted logit of d on x by Newton's method, k.

    Raises:
        NotEstimableError: If the arms can be told apart without error, or x is collinear.
    """
    beta = np.zeros(x.shape[1])
    for _ in range(_MOST_ITERATIONS):
        index = x @ beta
        if np.abs(index).max() > _SEPARATED:
            raise NotEstimableError("covariates separate the arms: the propensity does not exist")
        p = 1 / (1 + np.exp(-index))
        hessian = x.T @ (x * (weights * p * (1 - p))[:, None])
        try:
            step = np.linalg.solve(hessian, x.T @ (weights * (d - p)))
        except np.linalg.LinAlgError as error:
            raise NotEstimableError("the covariates of the propensity are collinear") from error
        beta = np.asarray(beta + step)
        if np.abs(step).max() < _CONVERGED * (1 + np.abs(beta).max()):
            return beta
    raise NotEstimableError("the propensity did not converge")


def att(
    change: Floats, treated: Flags, x: Floats, weights: Floats, *, method: Method = "dr"
) -> Effect:
    """ATT on the change.

    Args:
        change: Outcome after less outcome before, n.
        treated: Arm, n.
        x: Covariates with a constant, n x k, of full rank.
        weights: Weights, n.
        method: ``reg``, ``ipw`` or ``dr``; with a constant alone all three are the 2x2.

    Raises:
        NotEstimableError: If an arm is empty, or a model has no solution.
    """
    if treated.all() or not treated.any():
        raise NotEstimableError(
            f"no unit in the {'comparison' if treated.all() else 'network'} arm"
        )
    w, d = weights / weights.mean(), treated.astype(float)
    if method == "reg":
        return _regression(change, d, x, w)
    return _weighting(change, d, x, w, doubly_robust=method == "dr")


def _outcome_model(change: Floats, d: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Predicted change without the network, n, and influence of its coefficients, n x k."""
    n, control = len(d), w * (1 - d)
    gram = x.T @ (x * control[:, None]) / n
    if np.linalg.matrix_rank(gram, hermitian=True) < x.shape[1]:
        raise NotEstimableError("the covariates are collinear among the comparison units")
    inverse = np.linalg.inv(gram)
    predicted = x @ (inverse @ (x.T @ (control * change) / n))
    scores = x * (control * (change - predicted))[:, None]
    return predicted, scores @ inverse


def _regression(change: Floats, d: Floats, x: Floats, w: Floats) -> Effect:
    predicted, alr = _outcome_model(change, d, x, w)
    wd = w * d
    share = wd.mean()
    observed = (wd * change).mean() / share
    expected = (wd * predicted).mean() / share
    gradient = (wd[:, None] * x).mean(axis=0)
    of_treated = wd * (change - observed) / share
    of_control = (wd * (predicted - expected) + alr @ gradient) / share
    return Effect(float(observed - expected), of_treated - of_control)


def _weighting(change: Floats, d: Floats, x: Floats, w: Floats, *, doubly_robust: bool) -> Effect:
    n = len(d)
    p = 1 / (1 + np.exp(-(x @ logit(x, d, w))))
    p = np.minimum(p, 1 - 1e-6)
    kept = (d == 1) | (p < TRIM)
    information = x.T @ (x * (w * p * (1 - p))[:, None]) / n
    alr_p = np.linalg.solve(information, (x * (w * (d - p))[:, None]).T).T
    if doubly_robust:
        predicted, alr_y = _outcome_model(change, d, x, w)
    else:
        predicted, alr_y = np.zeros(n), np.zeros_like(x)
    rest = change - predicted
    w1, w0 = w * d, kept * w * p * (1 - d) / (1 - p)
    share1, share0 = w1.mean(), w0.mean()
    if not share0 > 0:
        raise NotEstimableError("no comparison unit has a propensity below the trimming limit")
    eta1, eta0 = (w1 * rest).mean() / share1, (w0 * rest).mean() / share0
    of_treated = (w1 * (rest - eta1) - alr_y @ (w1[:, None] * x).mean(axis=0)) / share1
    of_control = (
        w0 * (rest - eta0)
        + alr_p @ ((w0 * (rest - eta0))[:, None] * x).mean(axis=0)
        - alr_y @ (w0[:, None] * x).mean(axis=0)
    ) / share0
    return Effect(float(eta1 - eta0), of_treated - of_control, int((~kept).sum()))
