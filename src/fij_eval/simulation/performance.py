"""Performance of estimators and inference methods, with Monte Carlo errors.

Measures and their Monte Carlo errors are those of Morris, White & Crowther (2019), Statistics in
Medicine 38(11), table 6. Type-M (how much too large a significant estimate is) and Type-S (how
often its sign is wrong) follow Gelman & Carlin (2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from fij_eval.effects.inference.equivalence import mde
from fij_eval.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LEVEL = 0.95
#: Inference method -> column of its standard error.
ERRORS = {"CV1": "se_cv1", "CV3": "se_cv3"}
#: Inference method -> column of its p-value, where it gives no error.
TESTS = {"randomization": "p_ri", "randomization_t": "p_ri_t", "wild": "p_wild"}
#: How the claim gate's rows are named among the estimators.
GATE = "claim_gate"
MEASURES = (
    "truth",
    "bias",
    "emp_se",
    "rmse",
    "mod_se",
    "mod_se_error",
    "coverage",
    "rejection",
    "type_m",
    "type_s",
    "mde",
    "converged",
)
COLUMNS = (
    "scenario",
    "estimator",
    "estimand",
    "inference",
    "replications",
    *(name for measure in MEASURES for name in (measure, f"{measure}_mcse")),
)


def performance(records: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario, estimator, estimand and inference method.

    Args:
        records: From ``bench.gather``.

    Returns:
        Columns ``COLUMNS``: each measure with its Monte Carlo error in the column ending in
        ``_mcse``. ``truth`` is the mean true effect; ``mod_se`` the root of the mean squared
        standard error, ``mod_se_error`` its relative error against ``emp_se`` (per cent);
        ``rejection`` is size where there is no effect and power where there is; ``mde`` the
        minimum detectable effect at 80 per cent power from the empirical error. Effects are
        differences in shares. Rows of the estimator ``claim_gate`` have the rung or criterion as
        ``inference`` and how often it comes out as ``rejection``.
    """
    rows = []
    keys = ["scenario", "estimator", "estimand"]
    for key, group in records.groupby(keys, sort=True):
        named = dict(zip(keys, key, strict=True))
        rows += [{**named, **row} for row in _methods(group)]
        if group["rung"].notna().any():
            gate = {**named, "estimator": GATE}
            rows += [{**gate, **row} for row in _claims(group)]
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _methods(group: pd.DataFrame) -> Iterator[dict[str, object]]:
    estimate = group["estimate"].to_numpy(dtype=float)
    found = np.isfinite(estimate)
    share = proportion(found)
    group, estimate = group[found], estimate[found]
    count = len(estimate)
    if count < 2:
        return
    truth = group["truth"].to_numpy(dtype=float)
    error = estimate - truth
    # bias against each replication's own truth: who takes part, and so the truth, is drawn anew
    spread = float(error.std(ddof=1))
    if not (np.isfinite(spread) and spread > 0):
        name = " ".join(str(group[k].iloc[0]) for k in ("scenario", "estimator", "estimand"))
        raise CheckError(
            f"The estimates of {name} do not vary between replications",
            where="bench",
            remedy="see that its portions hold different replications",
        )
    common = {
        "replications": count,
        "truth": float(truth.mean()),
        "truth_mcse": float(truth.std(ddof=1)) / np.sqrt(count),
        "bias": float(error.mean()),
        "bias_mcse": spread / np.sqrt(count),
        "emp_se": spread,
        "emp_se_mcse": spread / np.sqrt(2 * (count - 1)),
        **_rmse(error),
        "mde": mde(spread, df=float(group["df"].mean()), level=LEVEL),
        "mde_mcse": mde(spread, df=float(group["df"].mean()), level=LEVEL)
        / np.sqrt(2 * (count - 1)),
        "converged": share[0],
        "converged_mcse": share[1],
    }
    df = group["df"].to_numpy(dtype=float)
    critical = stats.t.ppf((1 + LEVEL) / 2, df)
    for name, column in ERRORS.items():
        se = group[column].to_numpy(dtype=float)
        if np.isnan(se).all():
            continue
        covered = np.abs(error) <= critical * se
        rejects = np.abs(estimate) > critical * se
        yield {
            **common,
            "inference": name,
            **_model_error(se, spread, count),
            **_pair("coverage", proportion(covered)),
            **_rejection(rejects, estimate, truth),
        }
    for name, column in TESTS.items():
        p = group[column].to_numpy(dtype=float)
        if np.isnan(p).all():
            continue
        rejects = p <= 1 - LEVEL
        yield {**common, "inference": name, **_rejection(rejects, estimate, truth)}


def _rmse(error: FloatArray) -> dict[str, float]:
    squared = error**2
    value = float(np.sqrt(squared.mean()))
    spread = float(squared.std(ddof=1)) / np.sqrt(len(error))
    return {"rmse": value, "rmse_mcse": spread / (2 * value) if value > 0 else 0.0}


def _model_error(se: FloatArray, spread: float, count: int) -> dict[str, float]:
    variance = se**2
    value = float(np.sqrt(variance.mean()))
    mcse = float(np.sqrt(variance.var(ddof=1) / (4 * count * value**2)))
    relative = 100 * (value / spread - 1)
    # both errors enter the ratio; they are taken as independent, as in the source
    share = np.sqrt(variance.var(ddof=1) / (4 * count * value**4) + 1 / (2 * (count - 1)))
    return {
        "mod_se": value,
        "mod_se_mcse": mcse,
        "mod_se_error": relative,
        "mod_se_error_mcse": float(100 * value / spread * share),
    }


def _rejection(
    rejects: NDArray[np.bool_], estimate: FloatArray, truth: FloatArray
) -> dict[str, float]:
    found = _pair("rejection", proportion(rejects))
    effect = float(truth.mean())
    chosen = estimate[rejects]
    if effect == 0.0 or len(chosen) < 2:
        return found
    ratio = np.abs(chosen) / abs(effect)
    return {
        **found,
        "type_m": float(ratio.mean()),
        "type_m_mcse": float(ratio.std(ddof=1)) / np.sqrt(len(chosen)),
        **_pair("type_s", proportion(np.sign(chosen) != np.sign(effect))),
    }


def proportion(flags: NDArray[np.bool_]) -> tuple[float, float]:
    """A proportion and its Monte Carlo error."""
    value = float(np.mean(flags))
    return value, float(np.sqrt(value * (1 - value) / len(flags)))


def _pair(name: str, values: tuple[float, float]) -> dict[str, float]:
    return {name: values[0], f"{name}_mcse": values[1]}


def _claims(group: pd.DataFrame) -> Iterator[dict[str, object]]:
    """How often each rung and criterion comes out, and what the robust sets hold."""
    count = len(group)
    rung = group["rung"].to_numpy(dtype=int)
    flags = {f"rung_{number}": rung == number for number in (1, 2, 3, 4)}
    flags["rung_3_or_4"] = rung >= 3
    flags |= {name: group[name].to_numpy(dtype=bool) for name in "ABCDE"}
    tested = group["pretest_p"].to_numpy(dtype=float)
    if np.isfinite(tested).all():
        flags["pretest_rejects"] = tested < 1 - LEVEL
    # a breakdown is looked for only where A and B hold: elsewhere no lower bound would help
    broken = group["breakdown"].to_numpy(dtype=float)
    for bound in (0.1, 0.2, 0.3, 0.4, 0.5, 0.75):
        flags[f"breakdown_{bound:g}"] = np.nan_to_num(broken, nan=-1.0) >= bound - 1e-9
    covers = group["robust_covers"].to_numpy(dtype=float)
    if np.isfinite(covers).all():
        flags["robust_covers"] = covers > 0
    for name, values in flags.items():
        yield {
            "inference": name,
            "replications": count,
            **_pair("rejection", proportion(values)),
        }
