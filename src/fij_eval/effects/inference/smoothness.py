"""Fixed-length intervals when the difference in trends may bend by at most M per period.

Source: Rambachan & Roth (2023), section 2.4.2, and Armstrong & Kolesár (2020) for the optimal
affine estimator; computed by ``moderndid``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fij_eval.effects.inference.honest import EventStudy, RobustInterval
from fij_eval.errors import EstimationError


def smoothness(
    study: EventStudy, *, bounds: Sequence[float], level: float = 0.95
) -> tuple[RobustInterval, ...]:
    """Fixed-length intervals for the target, one for each M.

    Periods count as equally long: ``study.spacing`` must be constant.

    Args:
        study: The event study.
        bounds: Values of M, in the unit of the coefficients, not negative.
        level: Confidence level.

    Raises:
        EstimationError: If a bound is negative, periods are not equally long, or the optimiser
            finds no solution.
    """
    if np.ptp(study.spacing) > 0:
        raise EstimationError(
            "The smoothness restriction takes periods as equally long",
            remedy="use relative magnitudes, or an event study with equal steps",
        )
    return tuple(_interval(study, bound, level) for bound in bounds)


def breakdown_smoothness(
    study: EventStudy, *, level: float = 0.95, relative_accuracy: float = 0.01
) -> float:
    """Largest M for which the fixed-length interval excludes no effect.

    Returns:
        The value to ``relative_accuracy`` of the standard error, 0 if the interval holds no effect
        even for M = 0, and infinity if it never does within 1,000 standard errors.
    """

    def excludes(bound: float) -> bool:
        return smoothness(study, bounds=(bound,), level=level)[0].excludes_zero

    if not excludes(0.0):
        return 0.0
    low, high = 0.0, study.se
    while excludes(high):
        low, high = high, 2 * high
        if high > 1_000 * study.se:
            return float("inf")
    while high - low > relative_accuracy * study.se:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return low


def _interval(study: EventStudy, bound: float, level: float) -> RobustInterval:
    from moderndid.didhonest.fixed_length_ci import compute_flci

    if bound < 0:
        raise EstimationError("M is negative")
    post = len(study.target)
    try:
        found = compute_flci(
            beta_hat=study.coefficients,
            sigma=study.covariance,
            smoothness_bound=bound,
            n_pre_periods=study.pre,
            n_post_periods=post,
            post_period_weights=study.target,
            alpha=1 - level,
        )
    except ValueError as error:
        raise EstimationError(
            f"The optimal fixed-length interval could not be found ({error})",
            where=f"smoothness, M {bound}",
        ) from error
    low, high = (float(limit) for limit in found.flci)
    if not np.isfinite([low, high]).all():
        raise EstimationError(
            "The optimal fixed-length interval has no finite limits", where=f"smoothness, M {bound}"
        )
    return RobustInterval("smoothness", bound, low, high, level)
