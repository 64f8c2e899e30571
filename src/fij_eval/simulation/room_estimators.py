"""The effect room's own estimators, as the analyses of the report call them, on one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fij_eval.effects import estimators, synthetic_did
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.robustness.declared import declared_grid
from fij_eval.effects.robustness.specification_curve import AXES, specification_curve
from fij_eval.effects.samples import NotEstimableError, weights
from fij_eval.effects.two_windows import absorbed, collapse
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fij_eval.effects.samples import Sample, Windows

    FloatArray = NDArray[np.float64]

#: Covariates of the reference month.
COVARIATES = (
    "log_population",
    "size_group",
    "region",
    "unemployment_rate",
    "refugees_per_capita",
)
#: Those of the primary analysis.
PLANNED = (*COVARIATES, "expected_share")
#: Draws of the synthetic comparison's placebo variance, as in the settings.
PLACEBOS = 200
#: Networks drawn for the joint test of the specification curve.
CURVE_DRAWS = 99

#: The effect room's names of estimators, and the bench's.
NAMES = {
    "did_2x2": "did_2x2",
    "group_time_unadjusted": "cs",
    "group_time_reg": "cs_regression_adjusted",
    "group_time_ipw": "cs_weighting_adjusted",
    "group_time_dr": "cs_doubly_robust_adjusted",
    "imputation": "imputation",
    "imputation_adjusted": "imputation_adjusted",
    "entropy_balancing": "entropy_balancing",
    "matching": "matching",
    "identity": "identity_expected",
    "fractional_logit": "fractional_expected",
    "log_unadjusted": "log_mean",
    "log": "log_mean_expected",
    "binomial": "binomial_expected",
    "poisson_offset_unadjusted": "poisson_offset",
    "poisson_offset": "poisson_offset_expected",
}


class Value(NamedTuple):
    """An estimate, its errors or p-value, and the true effect that it is held against."""

    estimate: float
    se: float
    truth: float
    placebo: float = np.nan
    p: float = np.nan


def each(
    sample: Sample, chosen: Windows, estimand: str, truth: float
) -> Iterator[tuple[str, Value]]:
    """Estimators of which a fit takes milliseconds.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        estimand: Whose average.
        truth: True effect.
    """
    for name, make in _makers(sample, chosen, estimand).items():
        yield name, value_of(make, truth)


def groups(
    sample: Sample,
    chosen: Windows,
    estimand: str,
    *,
    digital: NDArray[np.bool_],
    effects: FloatArray,
) -> Iterator[tuple[str, Value]]:
    """The adjusted difference in each size group and by form of taking part, with its own truth.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        estimand: Whose average.
        digital: Which units take part only digitally, (n,).
        effects: True effect over the post window by unit, (n,).
    """
    size = sample.units["size_group"].to_numpy(dtype=object)
    weight = weights(sample, estimand)
    others = ~sample.treated
    kept = {
        **{f"size_{name}": size == name for name in dict.fromkeys(size)},
        "form_digital": others | digital,
        "form_physical": others | ~digital,
    }
    for name, keep in sorted(kept.items()):
        covariates = tuple(c for c in PLANNED if not (name.startswith("size") and "size" in c))
        of_network = keep & sample.treated
        if not of_network.any():
            continue
        truth = float(np.average(effects[of_network], weights=weight[of_network]))

        def made(
            keep: NDArray[np.bool_] = keep, covariates: tuple[str, ...] = covariates
        ) -> estimators.Pair:
            data = collapse(sample.only(keep), chosen, estimand=estimand, covariates=covariates)
            fitted = linear.fit(absorbed(data))
            return float(fitted.coefficient[0]), float(cluster_robust.cv3(fitted)[0, 0])

        yield name, value_of(made, truth)


def slow(
    sample: Sample,
    chosen: Windows,
    estimand: str,
    truth: float,
    *,
    near: NDArray[np.bool_],
    inflow: FloatArray,
    seed: int,
    replication: int,
) -> Iterator[tuple[str, Value]]:
    """Synthetic difference in differences, and the specification curve with its joint test.

    The curve's axes have rows of their own: how far apart the medians of the axis's choices are.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        estimand: Whose average.
        truth: True effect.
        near: Which units touch, (n, n).
        inflow: Settled after kick-off per resident refugee, (n,).
        seed: Seed of the settings.
        replication: Number of the replication.
    """
    found = synthetic_did.estimate(sample, chosen, estimand=estimand)
    drawn = synthetic_did.placebo(
        sample, chosen, draws=PLACEBOS, rng=stream(seed, "bench", "synthetic_did", replication)
    )
    yield (
        "synthetic_did",
        Value(
            found.att,
            float(np.sqrt(found.jackknife_variance)),
            truth,
            placebo=float(np.sqrt(drawn.variance)),
        ),
    )
    if estimand != ESTIMANDS[0]:
        return  # weights are an axis of the curve
    curve = specification_curve(
        declared_grid(
            sample,
            post=chosen.post,
            near=near,
            expected=sample.current["expected_share"],
            inflow=inflow,
        ).grid,
        treated=sample.treated,
        strata=sample.units["size_group"].astype(str).tolist(),
        rng=stream(seed, "bench", "curve", replication),
        draws=CURVE_DRAWS,
    )
    yield "specification_curve", Value(curve.median_pp, np.nan, truth, p=curve.p_median)
    found_by = curve.frame[curve.frame["note"] == ""]
    for axis in AXES:
        medians = found_by.groupby(axis)["estimate_pp"].median()
        yield f"curve_axis_{axis}", Value(float(np.ptp(medians)), np.nan, 0.0)


def value_of(make: Callable[[], estimators.Pair], truth: float) -> Value:
    """What an estimator gives; NaN where these data allow no number."""
    try:
        estimate, variance = make()
    except (NotEstimableError, EstimationError):
        return Value(np.nan, np.nan, truth)
    return Value(estimate, float(np.sqrt(max(variance, 0.0))), truth)


def _makers(sample: Sample, chosen: Windows, estimand: str) -> estimators.Makers:
    """Estimators of the effect room by their names on the bench."""
    by_persons = estimand != ESTIMANDS[0]  # residents of the month are weights by persons
    known = estimators.estimators(
        sample, chosen, estimand, covariates=COVARIATES
    ) | estimators.on_other_scales(
        sample, chosen, estimand, covariates=PLANNED, exposure=by_persons
    )
    return {ours: known[theirs] for theirs, ours in NAMES.items() if theirs in known}
