"""A/A test: estimates of networks that did not exist, among municipalities that did not take part.

Networks are drawn among non-participants with as many members in each stratum as the real one, and
every estimator is run on them. Their spread is an error that assumes nothing of the errors' shape;
how often a test rejects is its size on these very data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.distributions import t_quantile
from fij_eval.effects.inference.assignments import Labels
from fij_eval.effects.inference.equivalence import mde, mde_from_draws
from fij_eval.effects.inference.linear import FloatArray
from fij_eval.effects.robustness.cross_section import BoolArray
from fij_eval.errors import CheckError, EstimationError

#: With fewer networks than this the tails of the estimates are not known.
_FOR_TAILS = 200


@dataclass(frozen=True, slots=True)
class AATest:
    """What an estimator gives where there is no effect.

    Attributes:
        mean: Mean estimate: bias.
        mean_error: Its Monte Carlo error.
        spread: Standard deviation of the estimates.
        mean_se: Mean of the standard errors, to be held against ``spread``.
        size: Share of tests at 1 - level that reject.
        size_error: Its Monte Carlo error.
        mde: Minimum detectable effect from the estimates alone: from their quantiles, or with fewer
            than 200 from their spread.
        level: Confidence level of the test.
        power: Probability with which the minimum detectable effect would be found.
        draws: Pseudo-networks.
        failed: Pseudo-networks without a number, left out.
    """

    mean: float
    mean_error: float
    spread: float
    mean_se: float
    size: float
    size_error: float
    mde: float
    level: float
    power: float
    draws: int
    failed: int


def pseudo_networks(
    treated: BoolArray, strata: Sequence[str], *, rng: np.random.Generator, draws: int
) -> Labels:
    """Networks among non-participants with the real one's number of members in each stratum.

    Args:
        treated: Real participants, shape (n,).
        strata: Stratum of each unit.
        rng: Stream of the draws.
        draws: Number of networks.

    Returns:
        1 for members, shape (draws, n); participants are never members and are to be left out.

    Raises:
        CheckError: If a stratum has no more non-participants than participants.
    """
    names = np.asarray(strata, dtype=str)
    labels = np.zeros((draws, len(treated)), dtype=np.int8)
    for name in np.unique(names):
        wanted = int(np.count_nonzero((names == name) & treated))
        pool = np.flatnonzero((names == name) & ~treated)
        if len(pool) <= wanted and wanted:
            raise CheckError(
                f"{len(pool)} non-participants are too few to draw a pseudo-network of {wanted} "
                "from them and have others left to compare with",
                where=f"A/A test, stratum «{name}»",
                remedy="use coarser strata",
            )
        members = np.zeros(len(pool), dtype=np.int8)
        members[:wanted] = 1
        labels[:, pool] = rng.permuted(np.broadcast_to(members, (draws, len(pool))), axis=1)
    return labels


def aa_test(
    estimates: FloatArray,
    se: FloatArray,
    *,
    df: float,
    level: float = 0.95,
    power: float = 0.8,
    least: int = _FOR_TAILS,
) -> AATest:
    """Summary of an estimator's results on pseudo-networks.

    Args:
        estimates: Shape (B,); NaN where a network gave none.
        se: Standard errors, shape (B,).
        df: Degrees of freedom of the test that is judged.
        level: Its confidence level.
        power: Probability with which the minimum detectable effect is to be found.
        least: Networks with a number that are needed.

    Raises:
        EstimationError: If too few networks gave a number.
    """
    good = np.isfinite(estimates) & np.isfinite(se) & (se > 0)
    values, errors = estimates[good], se[good]
    if len(values) < least:
        raise EstimationError(
            f"Only {len(values)} pseudo-networks gave a number", remedy=f"draw at least {least}"
        )
    rejects = np.abs(values / errors) > t_quantile((1 + level) / 2, df)
    size = float(rejects.mean())
    spread = float(values.std(ddof=1))
    return AATest(
        mean=float(values.mean()),
        mean_error=spread / np.sqrt(len(values)),
        spread=spread,
        mean_se=float(errors.mean()),
        size=size,
        size_error=float(np.sqrt(size * (1 - size) / len(values))),
        mde=mde_from_draws(values, level=level, target_power=power)
        if len(values) >= _FOR_TAILS
        else mde(spread, df=df, level=level, target_power=power),
        level=level,
        power=power,
        draws=len(values),
        failed=int((~good).sum()),
    )
