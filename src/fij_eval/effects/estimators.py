"""Every estimator whose fit takes milliseconds, by name, in one form: estimate and variance.

For those who run all of them many times: on networks that did not exist, and on simulated worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from fij_eval.effects import (
    ancova,
    balancing,
    did2x2,
    group_time,
    imputation,
    matching,
    quasi_likelihood,
)
from fij_eval.effects.two_windows import as_sample

if TYPE_CHECKING:
    from fij_eval.effects.doubly_robust import Method
    from fij_eval.effects.samples import Sample, Windows

Pair = tuple[float, float]
Makers = dict[str, Callable[[], Pair]]


def estimators(
    sample: Sample, chosen: Windows, estimand: str, *, covariates: Sequence[str]
) -> Makers:
    """Estimators of the change between the windows, with covariates of the reference month.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates of the reference month, for those that are adjusted.

    Returns:
        Name, as in the records of the analysis ``estimators``, -> the fit; each raises an
        ``EstimationError`` where the sample gives no number.
    """
    fixed = tuple(covariates)

    def of_two_by_two() -> Pair:
        found = did2x2.estimate(sample, chosen, estimand=estimand)
        return found.att, found.variance

    def of_group_time(method: Method, covariates: tuple[str, ...] = fixed) -> Pair:
        found = group_time.estimate(sample, estimand=estimand, method=method, covariates=covariates)
        overall = group_time.aggregate(found, "simple", months=chosen.post)
        return overall.att, overall.variance

    def of_imputation(covariates: tuple[str, ...] = ()) -> Pair:
        found = imputation.estimate(sample, chosen, estimand=estimand, covariates=covariates)
        return found.att, found.variance

    def of_ancova() -> Pair:
        found = ancova.estimate(sample, chosen, estimand=estimand, covariates=fixed)
        return found.att, found.variance

    def of_balancing() -> Pair:
        found = balancing.estimate(sample, chosen, estimand=estimand, covariates=fixed)
        return found.att, found.variance

    def of_matching() -> Pair:
        found = matching.estimate(sample, chosen, estimand=estimand, covariates=fixed)
        return found.att, found.variance

    return {
        "did_2x2": of_two_by_two,
        "group_time_unadjusted": lambda: of_group_time("reg", ()),
        "group_time_reg": lambda: of_group_time("reg"),
        "group_time_ipw": lambda: of_group_time("ipw"),
        "group_time_dr": lambda: of_group_time("dr"),
        "imputation": of_imputation,
        "imputation_adjusted": lambda: of_imputation(fixed),
        "ancova": of_ancova,
        "entropy_balancing": of_balancing,
        "matching": of_matching,
    }


def on_other_scales(
    sample: Sample, chosen: Windows, estimand: str, *, covariates: Sequence[str], exposure: bool
) -> Makers:
    """The means of the two windows on other scales, by quasi-likelihood.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates, for those that are adjusted.
        exposure: Whether models with the month's residents as exposure are among them.
    """
    fixed = tuple(covariates)

    @cache
    def collapsed() -> tuple[Sample, Windows]:
        return as_sample(sample, chosen)

    def of(link: quasi_likelihood.Link, names: tuple[str, ...] = (), *, exposed: bool) -> Pair:
        two, halves = collapsed()
        found = quasi_likelihood.estimate(
            two, halves, estimand=estimand, link=link, covariates=names, exposure=exposed
        )
        return found.att, found.variance

    makers: Makers = {
        "identity": lambda: of("identity", fixed, exposed=False),
        "fractional_logit": lambda: of("logit", fixed, exposed=False),
        "log_unadjusted": lambda: of("log", exposed=False),
        "log": lambda: of("log", fixed, exposed=False),
    }
    if exposure:
        makers |= {
            "binomial": lambda: of("logit", fixed, exposed=True),
            "poisson_offset_unadjusted": lambda: of("log", exposed=True),
            "poisson_offset": lambda: of("log", fixed, exposed=True),
        }
    return makers
