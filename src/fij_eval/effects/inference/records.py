"""All inference for one coefficient, as records beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fij_eval.effects.distributions import t_quantile, t_tail
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inference.cluster_robust import ClusterDiagnostics
from fij_eval.effects.inference.linear import Absorbed, FloatArray
from fij_eval.effects.inference.randomization import randomization_test
from fij_eval.effects.inference.wild import wild_bootstrap
from fij_eval.effects.record import Estimate, no_inference
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream


def inferences(
    record: Estimate,
    absorbed: Absorbed,
    *,
    pattern: FloatArray,
    strata: Sequence[str],
    seed: int,
    draws: int = 9_999,
) -> tuple[tuple[Estimate, ...], ClusterDiagnostics]:
    """Records of one estimate under every method of inference, and how clusters carry it.

    With too few clusters in an arm the records of cluster-robust errors and of the bootstrap hold
    the estimate and a note, and no error.

    Args:
        record: What the records share; its key is the stem of theirs.
        absorbed: The design with the one treatment, partialled out.
        pattern: Treatment by cohort, from ``randomization.timing``.
        strata: Stratum of each unit of the design.
        seed: Seed in the settings.
        draws: Draws of bootstrap and randomization.

    Returns:
        Records with the keys ``<key>.cv1``, ``.cv3``, ``.wild``, ``.ri`` (coefficient, interval by
        inversion under a constant effect) and ``.ri_t``; and the cluster diagnostics.

    Raises:
        EstimationError: If the design has several treatments.
    """
    if absorbed.treatment.shape[1] != 1:
        raise EstimationError("Inference is asked for one coefficient at a time", where=record.key)
    fitted = linear.fit(absorbed)
    left_out, no_jackknife = _jackknife(fitted)
    found = cluster_robust.diagnostics(fitted, left_out=left_out)
    few = cluster_robust.why_no_error(found)
    value, df = float(fitted.coefficient[0]), float(absorbed.clusters - 1)

    def made(method: str, inference: str, **rest: Any) -> Estimate:  # noqa: ANN401 -- fields
        return replace(
            record, key=f"{record.key}.{method}", inference=inference, estimate=value, **rest
        )

    def by_error(method: str, name: str, covariance: FloatArray | None, reason: str) -> Estimate:
        label = f"{name} t(G-1)"
        if covariance is None or reason:
            return made(method, label, **no_inference(), note=reason)
        se = float(np.sqrt(covariance[0, 0]))
        if se <= 1e-12 * float(np.abs(absorbed.design.outcome).max()):
            return made(method, label, **no_inference(), note="the residuals do not vary")
        half = t_quantile((1 + record.level) / 2, df) * se
        return made(
            method,
            label,
            se=se,
            ci_low=value - half,
            ci_high=value + half,
            p_value=float(2 * t_tail(abs(value / se), df)),
            df=df,
        )

    records = [
        by_error("cv1", "CV1", cluster_robust.cv1(fitted), few),
        by_error(
            "cv3",
            "CV3",
            None if left_out is None else cluster_robust.cv3(fitted, left_out),
            few or no_jackknife,
        ),
    ]
    records.append(_bootstrapped(record, absorbed, value, few, seed=seed, draws=draws))
    records += _randomized(record, absorbed, value, pattern, strata, seed=seed, draws=draws)
    return tuple(records), found


def _jackknife(fitted: linear.Fit) -> tuple[FloatArray | None, str]:
    """Coefficients without each cluster, or why there are none."""
    try:
        return cluster_robust.jackknife(fitted), ""
    except EstimationError as error:
        return None, error.what


def _bootstrapped(
    record: Estimate, absorbed: Absorbed, value: float, few: str, *, seed: int, draws: int
) -> Estimate:
    """Record of the wild bootstrap."""
    shared = replace(
        record,
        key=f"{record.key}.wild",
        inference=f"wild cluster restricted bootstrap, Webb, {draws}",
        estimate=value,
        **no_inference(),
    )
    if few:
        return replace(shared, note=few)
    try:
        boot = wild_bootstrap(
            absorbed, rng=stream(seed, "wild", record.key), draws=draws, level=record.level
        )
    except EstimationError as error:
        return replace(shared, note=error.what)
    return replace(
        shared,
        se=boot.se,
        ci_low=boot.ci_low,
        ci_high=boot.ci_high,
        p_value=boot.p_value,
        seed=seed,
        draws=boot.draws,
    )


def _randomized(
    record: Estimate,
    absorbed: Absorbed,
    value: float,
    pattern: FloatArray,
    strata: Sequence[str],
    *,
    seed: int,
    draws: int,
) -> list[Estimate]:
    """Records of the randomization test on coefficient and on t."""
    keys = {"ri": "coefficient", "ri_t": "t"}
    try:
        test = randomization_test(
            absorbed,
            pattern,
            strata,
            rng=stream(seed, "randomization", record.key),
            draws=draws,
            level=record.level,
        )
    except EstimationError as error:
        return [
            replace(
                record,
                key=f"{record.key}.{method}",
                inference=f"randomization, {statistic}",
                estimate=value,
                **no_inference(),
                note=error.what,
            )
            for method, statistic in keys.items()
        ]
    kind = "all assignments" if test.enumerated else "drawn"
    shared: dict[str, Any] = {"estimate": value, "seed": seed, "draws": test.draws}
    return [
        replace(
            record,
            key=f"{record.key}.ri",
            inference=f"randomization, coefficient, {kind}",
            **no_inference(ci_low=test.ci_low, ci_high=test.ci_high, p_value=test.p_coefficient),
            **shared,
        ),
        replace(
            record,
            key=f"{record.key}.ri_t",
            inference=f"randomization, t, {kind}",
            **no_inference(p_value=test.p_t),
            **shared,
        ),
    ]
