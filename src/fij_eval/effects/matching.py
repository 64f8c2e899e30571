"""Nearest-neighbour matching and overlap.

Each network municipality is compared with its nearest comparison municipalities in covariates of
the reference month (with replacement, ties averaged), the change corrected for what is left of the
distance by a regression among the matched (Abadie & Imbens 2006, Econometrica 74(1); 2011, Journal
of Business & Economic Statistics 29(1)). The error is theirs: the bootstrap is invalid for
matching. Overlap shows how far the arms can be told apart at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from fij_eval.effects.balancing import Covariate, balance
from fij_eval.effects.changes import Changes, at_least_one, changes
from fij_eval.effects.doubly_robust import logit
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows

#: Squared distances (in standard deviations) this near the last neighbour's are ties, as in the R
#: package Matching (Sekhon 2011, Journal of Statistical Software 42(7)).
_TIE = 1e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class Matched:
    """The matching estimate.

    Attributes:
        att: The effect, bias-corrected.
        uncorrected: The effect without the correction.
        variance: Abadie & Imbens' variance, robust to unequal variances.
        comparison_weights: Weight of each comparison unit, sum one.
        used: Comparison units that are anyone's neighbour.
        units: What entered; comparison units in the order of the weights.
        balance: Balance of each covariate before and after.
    """

    att: float
    uncorrected: float
    variance: float
    comparison_weights: Floats
    used: int
    units: Changes
    balance: tuple[Covariate, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Overlap:
    """How far covariates tell the arms apart.

    Attributes:
        propensity: Probability of being in the network given covariates, n.
        units: What entered.
        outside: Network units with a propensity above that of every comparison unit.
        discrimination: Area under the ROC curve: 0.5 if the arms look alike, 1 if they are apart.
    """

    propensity: Floats
    units: Changes
    outside: int
    discrimination: float


def estimate(
    sample: Sample,
    windows: Windows,
    *,
    estimand: str,
    covariates: Sequence[str],
    neighbours: int = 3,
) -> Matched:
    """The effect by matching on Mahalanobis distance in covariates.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``: weights of the network's units.
        covariates: Names of covariates of the reference month.
        neighbours: Neighbours of each network unit.

    Raises:
        NotEstimableError: If an arm is empty, there is no covariate, or the comparison arm has
            fewer units than neighbours.
    """
    units = changes(sample, windows, estimand=estimand, covariates=at_least_one(covariates))
    z = units.x - units.x.mean(axis=0)
    # Mahalanobis distance is the Euclidean one in coordinates with the identity as covariance.
    root = np.linalg.cholesky(z.T @ z / (len(z) - 1))
    z = np.linalg.solve(root, z.T).T
    share = match(z, units.treated, neighbours)
    found = effect(units, z, share, neighbours=neighbours)
    omega = share.T @ (units.weight[units.treated] / units.weight[units.treated].sum())
    return Matched(
        **found,
        comparison_weights=omega,
        used=int((omega > 0).sum()),
        units=units,
        balance=balance(units, omega),
    )


def match(z: Floats, treated: Flags, neighbours: int) -> Floats:
    """Part of each comparison unit in the match of each network unit, n1 x n0, rows sum to one.

    Units as far away as the last neighbour are all taken.

    Args:
        z: Coordinates, n x k, in which distance is Euclidean, in standard deviations.
        treated: Arm, n.
        neighbours: Neighbours of each network unit.

    Raises:
        NotEstimableError: If there are fewer comparison units than neighbours.
    """
    if (~treated).sum() < neighbours:
        raise NotEstimableError(f"fewer than {neighbours} comparison municipalities to match with")
    squared = _squared_distances(z[treated], z[~treated])
    last = np.partition(squared, neighbours - 1, axis=1)[:, [neighbours - 1]]
    near = (squared <= last + _TIE).astype(float)
    share: Floats = near / near.sum(axis=1, keepdims=True)
    return share


def effect(
    units: Changes, z: Floats, share: Floats, *, neighbours: int, corrected: bool = True
) -> dict[str, float]:
    """Effect and variance from the matches.

    Args:
        units: Changes, arms, covariates and weights.
        z: Coordinates that the matches were made in, n x k.
        share: What ``match`` gave.
        neighbours: Neighbours for the variance within arms.
        corrected: Whether the change is corrected for the covariates' distance.
    """
    d, y = units.treated, units.change
    aim = units.weight[d] / units.weight[d].sum()
    plain = y[d] - share @ y[~d]
    difference = plain
    omega = share.T @ aim
    if corrected:
        x = np.column_stack([np.ones(len(y)), units.x])
        root = np.sqrt(omega)[:, None]
        slope = np.linalg.lstsq(x[~d] * root, y[~d] * root[:, 0])[0]
        difference = plain - (x[d] - share @ x[~d]) @ slope
    att = float(aim @ difference)
    squared = ((share * aim[:, None]) ** 2).sum(axis=0)
    noise = _noise(y[~d], z[~d], neighbours)
    variance = float((aim**2) @ (difference - att) ** 2 + (omega**2 - squared) @ noise)
    return {"att": att, "uncorrected": float(aim @ plain), "variance": variance}


def overlap(
    sample: Sample, windows: Windows, *, estimand: str, covariates: Sequence[str]
) -> Overlap:
    """The propensity of being in the network, unweighted, and how far it tells the arms apart.

    Raises:
        NotEstimableError: If the covariates separate the arms or there is none, or an arm is empty.
    """
    units = changes(sample, windows, estimand=estimand, covariates=at_least_one(covariates))
    d = units.treated
    x = np.column_stack([np.ones(len(d)), units.x])
    index = x @ logit(x, d.astype(float), np.ones(len(d)))
    propensity = 1 / (1 + np.exp(-index))
    ranks, n1, n0 = rankdata(index), int(d.sum()), int((~d).sum())
    return Overlap(
        propensity=propensity,
        units=units,
        outside=int((propensity[d] > propensity[~d].max()).sum()),
        discrimination=float((ranks[d].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)),
    )


def _squared_distances(one: Floats, other: Floats) -> Floats:
    """Squared Euclidean distances, rows of one by rows of the other."""
    squared: Floats = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
    return squared


def _noise(y: Floats, z: Floats, neighbours: int) -> Floats:
    """Variance of each unit's change around its mean, from its neighbours in the same arm."""
    count = min(neighbours, len(y) - 1)
    if count < 1:
        return np.zeros(len(y))
    distance = _squared_distances(z, z)
    np.fill_diagonal(distance, np.inf)
    near = np.argpartition(distance, count - 1, axis=1)[:, :count]
    spread: Floats = count / (count + 1) * (y - y[near].mean(axis=1)) ** 2
    return spread
