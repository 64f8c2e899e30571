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
#: Inference method -> column of its standard error. ``own`` is what the estimator's theory gives:
#: influence functions, the conservative error of imputation, Abadie and Imbens' of matching, the
#: jackknife of the synthetic comparison, CV3 of a group.
ERRORS = {"CV1": "se_cv1", "CV3": "se_cv3", "own": "se_own", "placebo": "se_placebo"}
#: Inference method -> column of its p-value, where it gives no error.
TESTS = {
    "randomization": "p_ri",
    "randomization_t": "p_ri_t",
    "wild": "p_wild",
    "max_t": "p_max_t",
    "romano_wolf": "p_romano_wolf",
}
#: Column of a p-value of no effect -> that of the true effect: an interval by test inversion holds
#: the truth where the test does not reject it.
AT_TRUTH = {"p_ri": "p_ri_truth", "p_ri_t": "p_ri_t_truth", "p_wild": "p_wild_truth"}
#: How the claim gate's rows, those of the event study as a whole, and those of the primary family
#: are named among the estimators.
GATE, EVENTS, FAMILY = "claim_gate", "event_study", "primary_family"
#: The two co-primary estimators.
PRIMARY = ("twfe_expected", "logit_expected")
#: Margin of the equivalence test, a share, as in the settings.
MARGIN = 0.01
#: Stands for both estimands together.
BOTH = "both"
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
        ``inference`` and how often it comes out as ``rejection``; those of ``event_study`` tests
        and joint coverage; those of ``primary_family`` how often any of its four hypotheses is
        rejected, which is the family-wise error where there is no effect.
    """
    rows = []
    keys = ["scenario", "estimator", "estimand"]
    for key, group in records.groupby(keys, sort=True):
        named = dict(zip(keys, key, strict=True))
        rows += [{**named, **row} for row in _methods(group)]
        if group["rung"].notna().any():
            gate = {**named, "estimator": GATE}
            rows += [{**gate, **row} for row in _claims(group)]
            events = {**named, "estimator": EVENTS}
            rows += [{**events, **row} for row in _events(group)]
    for scenario, group in records[records["p_max_t"].notna()].groupby("scenario", sort=True):
        joint = {"scenario": scenario, "estimator": FAMILY, "estimand": BOTH}
        rows += [{**joint, **row} for row in _family(group)]
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
    detectable = mde(spread, df=float(group["df"].mean()), level=LEVEL)
    common = {
        "replications": count,
        "truth": float(truth.mean()),
        "truth_mcse": float(truth.std(ddof=1)) / np.sqrt(count),
        "bias": float(error.mean()),
        "bias_mcse": spread / np.sqrt(count),
        "emp_se": spread,
        "emp_se_mcse": spread / np.sqrt(2 * (count - 1)),
        **_rmse(error),
        "mde": detectable,
        "mde_mcse": detectable / np.sqrt(2 * (count - 1)),
        "converged": share[0],
        "converged_mcse": share[1],
    }
    rows = [*_by_error(group, estimate, truth, spread), *_by_test(group, estimate, truth)]
    for row in rows or [{"inference": "none"}]:
        yield {**common, **row}


def _by_error(
    group: pd.DataFrame, estimate: FloatArray, truth: FloatArray, spread: float
) -> Iterator[dict[str, object]]:
    """What each standard error gives: coverage by t, size or power, and its own size."""
    df = group["df"].to_numpy(dtype=float)
    critical = stats.t.ppf((1 + LEVEL) / 2, df)
    for name, column in ERRORS.items():
        se = group[column].to_numpy(dtype=float)
        if np.isnan(se).all():
            continue
        yield {
            "inference": name,
            **_model_error(se, spread, len(estimate)),
            **_pair("coverage", proportion(np.abs(estimate - truth) <= critical * se)),
            **_rejection(np.abs(estimate) > critical * se, estimate, truth),
        }


def _by_test(
    group: pd.DataFrame, estimate: FloatArray, truth: FloatArray
) -> Iterator[dict[str, object]]:
    """What each p-value gives, and the test of equivalence of the primary analysis."""
    for name, column in TESTS.items():
        p = group[column].to_numpy(dtype=float)
        if np.isnan(p).all():
            continue
        row: dict[str, object] = {
            "inference": name,
            **_rejection(p <= 1 - LEVEL, estimate, truth),
        }
        if column in AT_TRUTH:
            at_truth = group[AT_TRUTH[column]].to_numpy(dtype=float)
            if np.isfinite(at_truth).all():
                row |= _pair("coverage", proportion(at_truth > 1 - LEVEL))
        yield row
    if str(group["estimator"].iloc[0]) in PRIMARY:
        half = stats.t.ppf(LEVEL, group["df"].to_numpy(dtype=float)) * group["se_cv3"].to_numpy(
            dtype=float
        )
        within = np.abs(estimate) < MARGIN - half
        yield {"inference": "equivalence", **_pair("rejection", proportion(within))}


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
    # a breakdown is looked for only where A and B hold: elsewhere no lower bound would help
    broken = group["breakdown"].to_numpy(dtype=float)
    for bound in (0.1, 0.2, 0.3, 0.4, 0.5, 0.75):
        flags[f"breakdown_{bound:g}"] = np.nan_to_num(broken, nan=-1.0) >= bound - 1e-9
    for name in ("robust_covers_0", "robust_covers", "smooth_covers_0", "smooth_covers_half"):
        covers = group[name].to_numpy(dtype=float)
        if np.isfinite(covers).all():
            flags[name] = covers > 0
    for name, values in flags.items():
        yield {
            "inference": name,
            "replications": count,
            **_pair("rejection", proportion(values)),
        }


def _events(group: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The event study's tests, and whether its intervals and its band hold the whole true path."""
    count = len(group)
    for name, column in (("pre_trend", "pretest_p"), ("levelling_off", "levelling_p")):
        p = group[column].to_numpy(dtype=float)
        if np.isfinite(p).all():
            rejects = p <= 1 - LEVEL
            yield {
                "inference": name,
                "replications": count,
                **_pair("rejection", proportion(rejects)),
            }
    for name in ("pointwise", "band"):
        covers = group[f"{name}_covers"].to_numpy(dtype=float)
        if np.isfinite(covers).all():
            yield {
                "inference": name,
                "replications": count,
                **_pair("coverage", proportion(covers > 0)),
            }


def _family(group: pd.DataFrame) -> Iterator[dict[str, object]]:
    """How often any hypothesis of the primary family is rejected, jointly tested and singly."""
    tests = {"max_t": "p_max_t", "romano_wolf": "p_romano_wolf", "single": "p_ri_t"}
    smallest = group.groupby("replication")[list(tests.values())].min()
    for name, column in tests.items():
        rejects = smallest[column].to_numpy(dtype=float) <= 1 - LEVEL
        yield {
            "inference": name,
            "replications": len(rejects),
            **_pair("rejection", proportion(rejects)),
        }
