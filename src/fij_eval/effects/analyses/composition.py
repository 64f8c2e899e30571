"""Who is counted: how far residence time explains the change, and whether inflow itself differs.

The expected share given residence time enters as covariate and as offset; the settlement inflow is
tried as an outcome; the change of the network's share is decomposed into residence time and rates
given it (Kitagawa 1955).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import settlement
from fij_eval.effects.analyses.common import Result, effect, fields, sample_of, tried, without
from fij_eval.effects.checks import DECLARED_LATER
from fij_eval.effects.composition import CLASSES
from fij_eval.effects.describe import INTERIM_MONTHS
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inflow import inflow_after
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.decomposition import decompose
from fij_eval.effects.samples import Sample, Windows, weights, windows
from fij_eval.effects.two_windows import absorbed, collapse
from fij_eval.errors import EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference")
ANALYSIS = "composition"
EXPECTED = "expected_share"
INFERENCE = "CV3 t(G-1)"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``composition.<variant>.<estimand>.<term>``; the mix of residence times as a table.

    Variants: ``none`` (the plan's covariates without the expected share), ``covariate``,
    ``offset`` (share less expected share as outcome), ``expected`` (the expected share itself as
    outcome), ``inflow`` (settled after kick-off per resident refugee as outcome).
    """
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    level = parts.of("inference").level
    fixed = tuple(c for c in plan.primary.covariates if c not in DECLARED_LATER)
    expected = sample.current[EXPECTED]
    variants: dict[str, tuple[tuple[str, ...], np.ndarray | None]] = {
        "none": (fixed, None),
        "covariate": ((*fixed, EXPECTED), None),
        "offset": (fixed, sample.outcome - expected),
        "expected": (fixed, expected),
    }
    records: list[Estimate] = []
    for estimand in plan.primary.estimands:
        for name, (covariates, outcome) in variants.items():
            records += _variant(
                sample,
                chosen,
                name,
                estimand=estimand,
                covariates=covariates,
                outcome=outcome,
                level=level,
            )
        records += _inflow(
            frames["panel"], sample, chosen, estimand=estimand, covariates=fixed, level=level
        )
        records += _kitagawa(frames["panel"], sample, chosen, estimand)
    return Result(tuple(records), {"mix": _mix(frames["panel"], sample)})


def _variant(
    sample: Sample,
    chosen: Windows,
    name: str,
    *,
    estimand: str,
    covariates: tuple[str, ...],
    outcome: np.ndarray | None,
    level: float,
) -> list[Estimate]:
    """The difference with composition dealt with in one way."""
    stem = f"{ANALYSIS}.{name}.{estimand}"
    common = fields(
        ANALYSIS,
        sample,
        spec=f"{name}.{estimand}",
        estimator="did_adjusted",
        estimand=estimand,
        windows=chosen,
        covariates=covariates,
    )

    def made() -> Estimate:
        data = collapse(sample, chosen, estimand=estimand, covariates=covariates, outcome=outcome)
        return _difference(data_of=data, common=common, key=f"{stem}.att", level=level)

    return tried(common, f"{stem}.att", made)


def _difference(
    data_of: Any,  # noqa: ANN401 -- TwoWindows
    common: dict[str, Any],
    key: str,
    level: float,
) -> Estimate:
    """The adjusted difference in changes with the cluster jackknife."""
    fitted = linear.fit(absorbed(data_of))
    return effect(
        common,
        key=key,
        value=float(fitted.coefficient[0]),
        variance=float(cluster_robust.cv3(fitted)[0, 0]),
        level=level,
        inference=INFERENCE,
        n_units=data_of.n_units,
        n_treated=data_of.n_treated,
        n_obs=data_of.n_obs,
        persons=data_of.persons,
    )


def _inflow(
    panel: pd.DataFrame,
    sample: Sample,
    chosen: Windows,
    *,
    estimand: str,
    covariates: tuple[str, ...],
    level: float,
) -> list[Estimate]:
    """Settlement inflow as an outcome: taking part should not move it."""
    stem = f"{ANALYSIS}.inflow.{estimand}"
    common = fields(
        ANALYSIS,
        sample,
        spec=f"inflow.{estimand}",
        estimator="difference_adjusted",
        estimand=estimand,
        windows=chosen,
        covariates=covariates,
    )

    def made() -> Estimate:
        rate = inflow_after(panel, sample)
        # a level, put as a change from zero, so that the same regression serves
        grid = np.full(sample.outcome.shape, np.nan)
        grid[:, sample.at(chosen.base)] = 0.0
        grid[:, sample.at(chosen.post)] = rate[:, None]
        data = collapse(sample, chosen, estimand=estimand, covariates=covariates, outcome=grid)
        found = _difference(data_of=data, common=common, key=f"{stem}.att", level=level)
        note = "settled after kick-off per resident refugee, network less comparison"
        return _noted(found, note)

    return tried(common, f"{stem}.att", made)


def _noted(record: Estimate, note: str) -> Estimate:
    from dataclasses import replace

    return replace(record, note="; ".join(filter(None, (record.note, note))))


def _kitagawa(
    panel: pd.DataFrame, sample: Sample, chosen: Windows, estimand: str
) -> list[Estimate]:
    """The change of either arm's mean into residence time, who is counted, and rates given these.

    Between the two months of the interim report, or the first and last after kick-off: residence
    time is the change of the mix at a profile that stays, the rest is what happened at given
    residence time. With weights by persons of each month the change in who is counted is a part of
    its own.
    """
    months = _interim(sample)
    records: list[Estimate] = []
    if months is None:
        common = fields(
            ANALYSIS,
            sample,
            spec=f"kitagawa.{estimand}",
            estimator="kitagawa",
            estimand=estimand,
            windows=chosen,
        )
        reason = "fewer than two snapshots after kick-off"
        return [without(common, key=f"{ANALYSIS}.kitagawa.{estimand}.network.total", reason=reason)]
    first, last = sample.at(months)
    mixes = settlement.mix(panel, sample.units.index, sample.months)
    profile = _given_residence_time(sample, mixes)
    for arm, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
        records += _decomposed(
            sample,
            months,
            (first, last),
            mixes,
            profile,
            arm=arm,
            flags=flags,
            estimand=estimand,
        )
    return records


def _interim(sample: Sample) -> tuple[str, str] | None:
    """The interim report's two months, or the first and last snapshot after kick-off."""
    if all(month in sample.months for month in INTERIM_MONTHS):
        return INTERIM_MONTHS[0], INTERIM_MONTHS[1]
    after = [m for m in sample.months if m > sample.cohorts[-1]]
    return (after[0], after[-1]) if len(after) > 1 else None


def _given_residence_time(sample: Sample, mixes: np.ndarray) -> np.ndarray:
    """What residence time gives each municipality and snapshot, up to a constant, n x T.

    The mix times the profile of residence time that the expected share stands on, read off from
    the network's municipalities, which all have the same profile. The profile does not change over
    time, so that a later month with longer residence has more.
    """
    cells = sample.current[EXPECTED]
    known = sample.treated[:, None] & np.isfinite(cells) & np.isfinite(mixes).all(axis=2)
    unit, time = np.nonzero(known)
    if len(unit) <= mixes.shape[2] + len(sample.months):
        return np.full(cells.shape, np.nan)
    months = np.eye(len(sample.months))[time]
    x = np.column_stack([mixes[unit, time, :-1], months])
    profile = np.linalg.lstsq(x, cells[unit, time], rcond=None)[0][: mixes.shape[2] - 1]
    return np.asarray(mixes[:, :, :-1] @ profile)


def _decomposed(
    sample: Sample,
    months: tuple[str, str],
    columns: tuple[int, int],
    mixes: np.ndarray,
    profile: np.ndarray,
    *,
    arm: str,
    flags: np.ndarray,
    estimand: str,
) -> list[Estimate]:
    """One arm's change in parts that add up: residence time, rates given it, who is counted."""
    first, last = columns
    common = fields(
        ANALYSIS,
        sample,
        spec=f"kitagawa.{arm}.{estimand}",
        estimator="kitagawa",
        estimand=estimand,
        windows=Windows(months[:1], months[1:]),
        plan_status="descriptive",
        comparison="",
    )
    key = f"{ANALYSIS}.kitagawa.{estimand}.{arm}"
    known = flags & np.isfinite(sample.outcome[:, [first, last]]).all(axis=1)
    known &= np.isfinite(profile[:, [first, last]]).all(axis=1)
    known &= np.isfinite(mixes[:, [first, last]]).all(axis=(1, 2))
    if not known.any():
        return [without(common, key=f"{key}.total", reason="no municipality has all that it needs")]
    frozen = weights(sample, estimand)[known]
    residents = sample.residents[known]
    by_person = estimand == "person_average"

    def factors(column: int) -> dict[str, np.ndarray]:
        counted = residents[:, column] if by_person else frozen
        return {
            "residence_time": profile[known, column],
            "rates": sample.outcome[known, column] - profile[known, column],
            "who_is_counted": np.where(np.isfinite(counted), counted, frozen),
        }

    def value(parts: Mapping[str, np.ndarray]) -> float:
        weight = parts["who_is_counted"]
        return float(weight @ (parts["residence_time"] + parts["rates"]) / weight.sum())

    try:
        found = decompose(value, factors(first), factors(last))
    except EstimationError as error:
        return [without(common, key=f"{key}.total", reason=error.what)]
    counts: dict[str, Any] = {
        "n_units": int(known.sum()),
        "n_treated": int((known & sample.treated).sum()),
    }
    parts = {"total": found.after - found.before, **found.parts}
    return [
        Estimate(key=f"{key}.{name}", term=name, scale="pp", estimate=number, **counts, **common)
        for name, number in parts.items()
    ]


def _mix(panel: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """Mean mix of residence times by arm and snapshot."""
    import pandas as pd

    mixes = settlement.mix(panel, sample.units.index, sample.months)
    rows = []
    for arm, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
        for t, month in enumerate(sample.months):
            cells = mixes[flags, t]
            known = np.isfinite(cells).all(axis=1)
            mean = cells[known].mean(axis=0) if known.any() else np.full(len(CLASSES), np.nan)
            rows.append(
                {
                    "arm": arm,
                    "month": month,
                    "municipalities": int(known.sum()),
                    **{
                        f"from_{low:g}_quarters": float(v)
                        for low, v in zip(CLASSES, mean, strict=True)
                    },
                }
            )
    return pd.DataFrame(rows)
