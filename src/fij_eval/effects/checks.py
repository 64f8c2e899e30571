"""Checks of estimates that stop the build: each is a fault in the analysis, not in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fij_eval.effects import did2x2, imputation
from fij_eval.effects.inference import linear
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows
from fij_eval.effects.two_windows import absorbed, collapse
from fij_eval.errors import CheckError
from fij_eval.settings import CURRENT_COVARIATES

#: Estimators that are one estimator on a balanced panel agree to this.
EQUAL = 1e-10
#: A covariate dated after kick-off by intent, shown with and without.
DECLARED_LATER = ("expected_share",)
#: Estimates with and without municipalities that have gaps may differ by this part of an error.
ATTRITION_ALARM = 0.5


def check_dating(sample: Sample, covariates: Sequence[str]) -> None:
    """Weights and covariates are dated before kick-off, but for those declared otherwise.

    Raises:
        CheckError: If the reference month is not before the first kick-off, or a covariate of the
            month itself is used that is not declared.
    """
    if sample.reference_month >= sample.cohorts[0]:
        raise CheckError(
            f"Weights and covariates are dated {sample.reference_month}, at or after the first "
            f"kick-off {sample.cohorts[0]}",
            where="settings: sample.reference_month",
            remedy="name a month before kick-off",
        )
    later = [c for c in covariates if c in CURRENT_COVARIATES and c not in DECLARED_LATER]
    if later:
        raise CheckError(
            f"The covariate {later[0]} is dated after kick-off and may itself be moved by taking "
            "part",
            where="analysis_plan.yaml: primary.covariates",
            remedy="use its value in the reference month",
        )


def check_equalities(sample: Sample, windows: Windows) -> float:
    """On a balanced panel with one kick-off three estimators are one.

    The 2x2 by hand, the two-way fixed-effects regression and the imputation estimate of the units
    that have every snapshot of the windows.

    Returns:
        The largest difference between them; 0 where there is no such panel.

    Raises:
        CheckError: If they differ by more than ``EQUAL``.
    """
    if len(sample.cohorts) > 1:
        return 0.0
    inside = sample.at((*windows.base, *windows.post))
    complete: Flags = np.logical_and.reduce(np.isfinite(sample.outcome[:, inside]), axis=1)
    whole = sample.only(complete)
    largest = 0.0
    for estimand in ("municipality_average", "person_average"):
        try:
            by_hand = did2x2.estimate(whole, windows, estimand=estimand).att
            data = collapse(whole, windows, estimand=estimand)
            regression = float(linear.fit(absorbed(data)).coefficient[0])
            imputed = imputation.estimate(whole, windows, estimand=estimand).att
        except NotEstimableError:
            continue
        largest = max(largest, abs(by_hand - regression), abs(by_hand - imputed))
    if largest > EQUAL:
        raise CheckError(
            f"The 2x2, the fixed-effects regression and the imputation estimate differ by "
            f"{largest:.2g} on a balanced panel with one kick-off, where they are one estimator",
            where="one-cohort equalities",
            remedy="one of them is at fault: look at its tests",
        )
    return largest


def treatment_pattern(sample: Sample, windows: Windows) -> Floats:
    """Treatment of each unit at each snapshot of the windows by its own kick-off, n x T.

    A regression treats all the network's units alike within a window; this is what they really
    were, so that a window that holds snapshots before some kick-off shows.
    """
    months = np.array((*windows.base, *windows.post))
    kick_off = sample.units["kick_off"].to_numpy(dtype=str)
    started = months[None, :] > kick_off[:, None]
    return (sample.treated[:, None] & started).astype(np.float64)


def negative_weights(pattern: Floats) -> float:
    """Sum of the negative weights that two-way fixed effects put on treated cells, as a part of 1.

    With one kick-off there are none; with several, cells treated for long serve as comparison
    (Goodman-Bacon 2021; de Chaisemartin & D'Haultfoeuille 2020).

    Args:
        pattern: Treatment of each unit at each snapshot, 0 or 1, n x T.
    """
    rest = (
        pattern
        - pattern.mean(axis=1, keepdims=True)
        - pattern.mean(axis=0, keepdims=True)
        + pattern.mean()
    )
    on_treated = np.where(pattern > 0, rest, 0.0)
    total = on_treated.sum()
    if total <= 0:
        return 0.0
    return float(np.maximum(-on_treated, 0.0).sum() / total)


def forbidden_comparisons(pattern: Floats, months: Sequence[str]) -> tuple[str, ...]:
    """Switches to treatment that are compared with units treated before, in words.

    Args:
        pattern: Treatment of each unit at each snapshot, 0 or 1, n x T.
        months: The T snapshots.
    """
    found = []
    for t in range(1, pattern.shape[1]):
        begins = int(((pattern[:, t] > 0) & (pattern[:, t - 1] == 0)).sum())
        already = int(((pattern[:, t] > 0) & (pattern[:, t - 1] > 0)).sum())
        if begins and already:
            found.append(f"{begins} starting by {months[t]} with {already} that started earlier")
    return tuple(found)


def check_weights(pattern: Floats, months: Sequence[str], *, where: str) -> None:
    """Stop where an estimate compares with units treated already or weighs cells negatively.

    Raises:
        CheckError: If there are such comparisons, with each of them.
    """
    negative, forbidden = negative_weights(pattern), forbidden_comparisons(pattern, months)
    if forbidden or negative > EQUAL:
        listed = "; ".join(forbidden) or "none by date"
        raise CheckError(
            f"Two-way fixed effects put a negative weight of {negative:.1%} on treated cells and "
            f"compare municipalities that start with such as have started already ({listed})",
            where=where,
            remedy="use group-time effects, or windows that all kick-offs share",
        )


def check_same_rows(pp_units: int, logit_units: int, *, where: str) -> None:
    """The two scales work on the same municipalities: none is dropped for a share of 0 or 1.

    Raises:
        CheckError: If they do not.
    """
    if pp_units != logit_units:
        raise CheckError(
            f"{pp_units} municipalities enter in percentage points and {logit_units} on the logit "
            "scale",
            where=where,
            remedy="model the mean (quasi-likelihood) instead of transforming shares",
        )


def check_attrition(record: Estimate, balanced: Estimate, *, acknowledged: bool) -> Estimate:
    """The estimate on municipalities without gaps is near the one on all of them.

    Gaps are mostly cells hidden for their size. Where leaving such municipalities out moves the
    estimate, who is hidden decides the answer. Someone must look before it is used: the build stops
    until the settings say that the alarm is to stand in the record instead.

    Args:
        record: The estimate on all municipalities.
        balanced: The same on those with every snapshot of the windows.
        acknowledged: Whether the settings say ``inference.attrition: report``.

    Returns:
        ``balanced``, with the alarm in its note where it is raised and acknowledged.

    Raises:
        CheckError: If it is raised and not acknowledged.
    """
    if record.estimate is None or balanced.estimate is None or not record.se:
        return balanced
    away = abs(balanced.estimate - record.estimate) / record.se
    if away <= ATTRITION_ALARM:
        return balanced
    if not acknowledged:
        raise CheckError(
            f"Municipalities with gaps decide the answer: without the "
            f"{record.n_units - balanced.n_units} of them the estimate is "
            f"{100 * balanced.estimate:.2f} percentage points instead of "
            f"{100 * record.estimate:.2f}, {away:.2f} standard errors away (at most "
            f"{ATTRITION_ALARM:g})",
            where=balanced.key,
            remedy="see in checks.json (hidden_shares) which months lack figures, and compare the "
            "bounds over hidden cells; then set inference.attrition to report, and the build goes "
            "on with the alarm in the record, or raise sample.minimum_residents",
        )
    alarm = f"alarm: {away:.2f} standard errors from the estimate with gaps"
    return replace(balanced, note="; ".join(filter(None, (balanced.note, alarm))))
