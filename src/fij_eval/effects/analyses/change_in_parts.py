"""The change of either arm's share in parts: residence time, rates given it, who is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fij_eval.effects.analyses.common import fields, without
from fij_eval.effects.describe import INTERIM_MONTHS
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.decomposition import decompose
from fij_eval.effects.samples import Sample, Windows, weights
from fij_eval.errors import EstimationError

ANALYSIS = "composition"


def kitagawa(sample: Sample, chosen: Windows, mixes: np.ndarray, estimand: str) -> list[Estimate]:
    """The change of either arm's mean into residence time, who is counted, and rates given these.

    Kitagawa's (1955) decomposition, between the two months of the interim report, or the first and
    last after kick-off: residence time is the change of the mix at a profile that stays, the rest
    is what happened at given residence time. With weights by persons of each month the change in
    who is counted is a part of its own.
    """
    months = _interim(sample)
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
    profile = _given_residence_time(sample, mixes)
    records: list[Estimate] = []
    for arm, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
        records += _decomposed(sample, months, profile, flags, arm=arm, estimand=estimand)
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
    cells = sample.current["expected_share"]
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
    profile: np.ndarray,
    flags: np.ndarray,
    *,
    arm: str,
    estimand: str,
) -> list[Estimate]:
    """One arm's change in parts that add up: residence time, rates given it, who is counted.

    Args:
        sample: The analysis sample.
        months: The two snapshots.
        profile: What residence time gives each municipality and snapshot, n x T.
        flags: Units of the arm, n.
        arm: Its name.
        estimand: ``municipality_average`` or ``person_average``.
    """
    first, last = sample.at(months)
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
    by_person = estimand == "person_average"
    if by_person:
        common |= {"weights": "residents of the month"}
    key = f"{ANALYSIS}.kitagawa.{estimand}.{arm}"
    known = flags & np.isfinite((sample.outcome + profile)[:, [first, last]]).all(axis=1)
    if not known.any():
        return [without(common, key=f"{key}.total", reason="no municipality has all that it needs")]
    frozen = weights(sample, estimand)[known]
    residents = sample.residents[known]

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
