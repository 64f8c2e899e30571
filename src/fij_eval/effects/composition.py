"""Expected share given residence time: what composition alone would give each municipality.

E_it = P_t + sum over b of (w_itb - W_tb) p_b, with w the mix of residence times built from
settlement, W its mean over municipalities, P_t the mean share, and p the profile of the share over
residence time. The profile is estimated within municipalities and snapshots: a municipality's share
on its changing mix, municipality and snapshot effects taken out. It is estimated on comparison
units alone, so that it cannot take up an effect, and each unit's own observations are left out of
the profile that it gets.

The mix is that of settlement, not of residents: who moved between municipalities or left early is
unknown to an analyst, but for a common rate of staying.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fij_eval.effects.inference.linear import COLLINEAR, FloatArray
from fij_eval.errors import EstimationError

BoolArray = NDArray[np.bool_]

#: Lower limits of the classes of residence time, in quarters.
CLASSES = (0.0, 2.0, 4.0, 8.0)
#: Part of the residents that stay from one quarter to the next.
STAYING = 0.95
MONTHS_A_QUARTER = 3


def residence_mix(
    settled: NDArray[np.int64] | FloatArray,
    *,
    first_month: int,
    months: Sequence[int],
    classes: Sequence[float] = CLASSES,
    staying: float = STAYING,
) -> FloatArray:
    """Mix of residence times in each municipality and snapshot.

    Args:
        settled: Settled persons by municipality and quarter, shape (n, Q).
        first_month: Number of the first month of the first quarter.
        months: Numbers of the snapshots' months, length T.
        classes: Lower limits of the classes in quarters since settlement, from 0, length B.
        staying: Part that stays from one quarter to the next.

    Returns:
        Shares that sum to one, shape (n, T, B); NaN where nobody was settled before the snapshot.
    """
    limits = np.array([*classes, np.inf])
    middle = first_month + MONTHS_A_QUARTER * (np.arange(settled.shape[1]) + 0.5)
    mix = np.empty((settled.shape[0], len(months), len(classes)))
    for column, month in enumerate(months):
        elapsed = (month + 0.5 - middle) / MONTHS_A_QUARTER
        there = elapsed >= 0
        stock = settled * np.where(there, staying ** np.maximum(elapsed, 0.0), 0.0)
        inside = (elapsed[:, None] >= limits[:-1]) & (elapsed[:, None] < limits[1:])
        mix[:, column] = stock @ inside
    total = mix.sum(axis=2, keepdims=True)
    return np.asarray(mix / np.where(total > 0, total, np.nan))


def expected_share(
    mix: FloatArray,
    share: FloatArray,
    residents: FloatArray,
    *,
    profile_from: BoolArray,
) -> FloatArray:
    """Share that each municipality would have if residence time alone told municipalities apart.

    Args:
        mix: From ``residence_mix``, shape (n, T, B).
        share: Share employed, shape (n, T); NaN where missing.
        residents: Residents, the weights of the profile, shape (n, T); NaN where missing.
        profile_from: Units that the profile is estimated on, shape (n,): the comparison arm.

    Returns:
        Shape (n, T); NaN where the mix is unknown.

    Raises:
        EstimationError: If the mix does not vary enough to tell the classes apart.
    """
    units, periods, _ = mix.shape
    known: BoolArray = np.asarray(np.isfinite(mix).all(axis=2))
    used = known & np.isfinite(share) & np.isfinite(residents) & profile_from[:, None]
    used &= (used.sum(axis=1) >= 2)[:, None]
    weight = np.where(used, residents, 0.0)
    # all classes but the last, since they sum to one; all snapshots but the first
    classes = np.where(known[:, :, None], mix, 0.0)[:, :, :-1]
    dummies = np.broadcast_to(np.eye(periods)[:, 1:], (units, periods, periods - 1))
    columns = np.concatenate([classes, dummies, np.where(used, share, 0.0)[:, :, None]], axis=2)
    total = np.maximum(weight.sum(axis=1), np.finfo(float).tiny)
    means = np.einsum("it,itk->ik", weight, columns) / total[:, None]
    within = (columns - means[:, None, :]) * np.sqrt(weight)[:, :, None]
    products = within.transpose(0, 2, 1) @ within
    whole: FloatArray = np.asarray(products.sum(axis=0))
    # a snapshot without any observation has no effect to take out, nor has the first that has some
    variation: FloatArray = np.asarray(np.diagonal(whole))
    kept: BoolArray = np.asarray(variation[:-1] > COLLINEAR)
    places = np.flatnonzero(kept)
    scale = np.sqrt(variation[places])
    left = (whole - products)[:, places][:, :, places] / np.outer(scale, scale)
    moment = (whole - products)[:, places, -1] / scale
    if not kept[0] or np.linalg.eigvalsh(left)[:, 0].min(initial=1.0) <= COLLINEAR:
        raise EstimationError(
            "The mix of residence times does not vary enough between municipalities to tell what "
            "residence time does",
            remedy="leave the expected share out, or use coarser classes of residence time",
        )
    found = np.linalg.solve(left, moment[:, :, None])[:, :, 0] / scale
    profile = np.zeros((units, classes.shape[2]))
    of_class = places < classes.shape[2]
    profile[:, places[of_class]] = found[:, of_class]
    mean_mix = _mean(classes, weight[:, :, None])
    mean_share = _mean(np.where(used, share, 0.0), weight)
    expected = mean_share + np.einsum("itb,ib->it", classes - mean_mix, profile)
    return np.asarray(np.where(known, expected, np.nan))


def _mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted mean over units in each snapshot; NaN in snapshots without any."""
    total = weight.sum(axis=0)
    return np.asarray((values * weight).sum(axis=0) / np.where(total > 0, total, np.nan))
