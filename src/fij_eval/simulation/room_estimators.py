"""The effect room's own estimators, as the analyses of the report call them, on one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fij_eval.effects import (
    balancing,
    did2x2,
    group_time,
    imputation,
    matching,
    quasi_likelihood,
    synthetic_did,
)
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.robustness.declared import declared_grid
from fij_eval.effects.robustness.specification_curve import AXES, specification_curve
from fij_eval.effects.samples import NotEstimableError, weights
from fij_eval.effects.two_windows import absorbed, as_sample, collapse
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fij_eval.effects.doubly_robust import Method
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

Pair = tuple[float, float]


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

        def made(keep: NDArray[np.bool_] = keep, covariates: tuple[str, ...] = covariates) -> Pair:
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


def value_of(make: Callable[[], Pair], truth: float) -> Value:
    """What an estimator gives; NaN where these data allow no number."""
    try:
        estimate, variance = make()
    except (NotEstimableError, EstimationError):
        return Value(np.nan, np.nan, truth)
    return Value(estimate, float(np.sqrt(max(variance, 0.0))), truth)


def _makers(sample: Sample, chosen: Windows, estimand: str) -> dict[str, Callable[[], Pair]]:
    """Estimator -> estimate and variance."""
    two, halves = as_sample(sample, chosen)

    def of_two_by_two() -> Pair:
        found = did2x2.estimate(sample, chosen, estimand=estimand)
        return found.att, found.variance

    def of_group_time(method: Method, covariates: tuple[str, ...] = COVARIATES) -> Pair:
        found = group_time.estimate(sample, estimand=estimand, method=method, covariates=covariates)
        overall = group_time.aggregate(found, "simple", months=chosen.post)
        return overall.att, overall.variance

    def of_imputation(covariates: tuple[str, ...] = ()) -> Pair:
        found = imputation.estimate(sample, chosen, estimand=estimand, covariates=covariates)
        return found.att, found.variance

    def of_balancing() -> Pair:
        found = balancing.estimate(sample, chosen, estimand=estimand, covariates=COVARIATES)
        return found.att, found.variance

    def of_matching() -> Pair:
        found = matching.estimate(sample, chosen, estimand=estimand, covariates=COVARIATES)
        return found.att, found.variance

    def of_likelihood(
        link: quasi_likelihood.Link, covariates: tuple[str, ...] = (), *, exposure: bool = False
    ) -> Pair:
        found = quasi_likelihood.estimate(
            two, halves, estimand=estimand, link=link, covariates=covariates, exposure=exposure
        )
        return found.att, found.variance

    makers: dict[str, Callable[[], Pair]] = {
        "did_2x2": of_two_by_two,
        "cs": lambda: of_group_time("reg", ()),
        "cs_regression_adjusted": lambda: of_group_time("reg"),
        "cs_weighting_adjusted": lambda: of_group_time("ipw"),
        "cs_doubly_robust_adjusted": lambda: of_group_time("dr"),
        "imputation": of_imputation,
        "imputation_adjusted": lambda: of_imputation(COVARIATES),
        "entropy_balancing": of_balancing,
        "matching": of_matching,
        "identity_expected": lambda: of_likelihood("identity", PLANNED),
        "fractional_expected": lambda: of_likelihood("logit", PLANNED),
        "log_mean": lambda: of_likelihood("log"),
        "log_mean_expected": lambda: of_likelihood("log", PLANNED),
    }
    if estimand != ESTIMANDS[0]:  # residents of the month are weights by persons
        makers |= {
            "binomial_expected": lambda: of_likelihood("logit", PLANNED, exposure=True),
            "poisson_offset": lambda: of_likelihood("log", exposure=True),
            "poisson_offset_expected": lambda: of_likelihood("log", PLANNED, exposure=True),
        }
    return makers
