"""Group-time average effects and their aggregates (Callaway & Sant'Anna 2021).

ATT(g, t) compares the change of the municipalities that started in month g, from the last snapshot
before g to snapshot t, with the change of municipalities that never started (Callaway & Sant'Anna
2021, Journal of Econometrics 225(2), theorem 1). Each (g, t) uses all municipalities that have both
snapshots: dropping every municipality with a gap anywhere would throw many of them away and change
what is estimated. Aggregates and their influence functions follow section 3 of the paper, with the
estimation of the groups' shares accounted for.

Where all started at once and without covariates, ATT(g, t) is the 2x2 with the last snapshot before
kick-off as base, which is what the event study shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import independent_columns, unit_covariates
from fij_eval.effects.doubly_robust import Effect, Method, att
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, weights
from fij_eval.months import months_between

Base = Literal["universal", "varying"]
Comparison = Literal["never", "not_yet"]
Places = npt.NDArray[np.intp]
Kind = Literal["simple", "group", "dynamic", "calendar"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupTime:
    """ATT(g, t) for K pairs.

    Attributes:
        groups: Month of kick-off g of each pair, K.
        months: Snapshot t of each pair, K.
        att: Estimates, K.
        influence: Influence functions, n x K; units that do not enter a pair have zero.
        entered: Units that enter each pair, n x K.
        base: The snapshot each pair is compared with, K.
        missing: Pairs (g, t) without an estimate, with the reason.
        trimmed: Comparison units left out for their propensity, K.
        sample: The sample the units belong to.
        weights: Weights of the units, n, with mean one.
    """

    groups: tuple[str, ...]
    months: tuple[str, ...]
    att: Floats
    influence: Floats
    entered: Flags
    base: tuple[str, ...]
    missing: dict[tuple[str, str], str]
    trimmed: tuple[int, ...]
    sample: Sample
    weights: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates, K x K, clustered by municipality."""
        n = len(self.influence)
        covariance: Floats = self.influence.T @ self.influence / n**2
        return covariance

    @property
    def event_months(self) -> tuple[int, ...]:
        """Months from kick-off to the snapshot, K."""
        return tuple(months_between(g, t) for g, t in zip(self.groups, self.months, strict=True))


@dataclass(frozen=True, eq=False, kw_only=True)
class Aggregate:
    """A weighted mean of ATT(g, t).

    Attributes:
        att: The overall effect.
        influence: Its influence function, n.
        labels: What the parts are (groups, event months, snapshots), m; empty for ``simple``.
        parts: Effects of the parts, m.
        part_influence: Their influence functions, n x m.
        n_units: Units that enter any of the pairs.
        n_treated: Of these, treated.
    """

    att: float
    influence: Floats
    labels: tuple[str, ...]
    parts: Floats
    part_influence: Floats
    n_units: int
    n_treated: int

    @property
    def variance(self) -> float:
        """Variance of the overall effect, clustered by municipality."""
        return float(self.influence @ self.influence) / len(self.influence) ** 2

    @property
    def part_variances(self) -> Floats:
        """Variances of the parts, likewise, m."""
        variances: Floats = (self.part_influence**2).sum(axis=0) / len(self.influence) ** 2
        return variances


def estimate(
    sample: Sample,
    *,
    estimand: str,
    method: Method = "dr",
    covariates: Sequence[str] = (),
    base: Base = "universal",
    comparison: Comparison = "never",
) -> GroupTime:
    """All ATT(g, t) of a sample.

    Args:
        sample: The analysis sample.
        estimand: ``municipality_average`` or ``person_average``.
        method: ``reg``, ``ipw`` or ``dr``.
        covariates: Names of covariates of the reference month.
        base: Base of the snapshots before kick-off: the last one before it (``universal``) or the
            one before each (``varying``).
        comparison: Municipalities that never start, or also those that have not yet started.

    Raises:
        NotEstimableError: If no pair can be estimated.
    """
    n = len(sample.units)
    x, _ = unit_covariates(sample, covariates)
    x = np.column_stack([np.ones(n), x])
    known = np.isfinite(x).all(axis=1)
    start = np.where(sample.treated, sample.units["kick_off"].to_numpy(dtype=object), "")
    weight = weights(sample, estimand)
    weight = weight / weight.mean()
    rows: list[tuple[str, str, str, Effect, Flags]] = []
    missing: dict[tuple[str, str], str] = {}
    for group in sorted(set(start[sample.treated])):
        before = [m for m in sample.months if m < group]
        for j, month in enumerate(sample.months):
            if not before:
                missing[group, month] = "no snapshot before kick-off"
                continue
            reference = before[-1]
            if base == "varying" and month < group:
                if j == 0:
                    continue
                reference = sample.months[j - 1]
            elif month == reference:
                continue
            later = start > max(month, reference) if comparison == "not_yet" else np.zeros(n, bool)
            inside = ((start == group) | ~sample.treated | later) & known & (weight > 0)
            try:
                effect, entered = _pair(
                    _change(sample, reference, month),
                    inside,
                    start == group,
                    x=x,
                    weight=weight,
                    method=method,
                )
            except NotEstimableError as error:
                missing[group, month] = error.reason
                continue
            rows.append((group, month, reference, effect, entered))
    if not rows:
        reason = next(iter(missing.values()), "no municipality of the network arm")
        raise NotEstimableError(f"no group-time effect exists: {reason}")
    groups, snapshots, references, effects, entries = zip(*rows, strict=True)
    return GroupTime(
        groups=groups,
        months=snapshots,
        att=np.array([effect.att for effect in effects]),
        influence=np.column_stack([effect.influence for effect in effects]),
        entered=np.column_stack(entries),
        base=references,
        missing=missing,
        trimmed=tuple(effect.trimmed for effect in effects),
        sample=sample,
        weights=weight,
    )


def aggregate(
    result: GroupTime, kind: Kind = "simple", *, months: tuple[str, ...] = ()
) -> Aggregate:
    """Combine the effects after kick-off.

    Args:
        result: Group-time effects.
        kind: ``simple``: all pairs by the size of their group; ``group``: mean by group, then by
            size; ``dynamic``: by months since kick-off (parts hold those before it too), overall
            the plain mean of those after it; ``calendar``: by snapshot, overall the plain mean.
        months: Snapshots that enter; all after kick-off if not given.

    Raises:
        NotEstimableError: If no pair after kick-off enters.
    """
    pairs = list(zip(result.groups, result.months, strict=True))
    post = np.array([t >= g and (not months or t in months) for g, t in pairs])
    if not post.any():
        raise NotEstimableError("no group-time effect after kick-off enters")
    labels: tuple[str, ...] = ()
    if kind == "simple":
        value, influence = _pairs_by_size(result, np.nonzero(post)[0])
        parts, part_influence = np.empty(0), np.empty((len(influence), 0))
    elif kind == "group":
        labels, found = _parts([g for g, _ in pairs], post)
        parts = np.array([result.att[pair].mean() for pair in found])
        part_influence = np.column_stack([result.influence[:, p].mean(axis=1) for p in found])
        value, influence = _by_size(result, labels, parts, part_influence)
    else:
        by = [str(e) for e in result.event_months] if kind == "dynamic" else [t for _, t in pairs]
        shown = np.ones(len(pairs), dtype=bool) if kind == "dynamic" and not months else post
        labels, found = _parts(by, shown)
        means = [_pairs_by_size(result, pair) for pair in found]
        parts = np.array([value for value, _ in means])
        part_influence = np.column_stack([column for _, column in means])
        after = np.array([bool(post[pair].any()) for pair in found])
        value = float(parts[after].mean())
        influence = part_influence[:, after].mean(axis=1)
    used = result.entered[:, post].any(axis=1)
    return Aggregate(
        att=value,
        influence=influence,
        labels=labels,
        parts=parts,
        part_influence=part_influence,
        n_units=int(used.sum()),
        n_treated=int((used & result.sample.treated).sum()),
    )


def _change(sample: Sample, reference: str, month: str) -> Floats:
    """Change of the outcome between two snapshots, n, NaN where one is missing."""
    before, after = sample.at((reference, month))
    change: Floats = sample.outcome[:, after] - sample.outcome[:, before]
    return change


def _pair(
    change: Floats, inside: Flags, treated: Flags, *, x: Floats, weight: Floats, method: Method
) -> tuple[Effect, Flags]:
    """The effect of one pair on the units with both snapshots, its influence spread over n."""
    used = inside & np.isfinite(change)
    if not used.any():
        raise NotEstimableError("no municipality has both snapshots")
    columns = independent_columns(x[used & ~treated]) if (used & ~treated).any() else [0]
    effect = att(change[used], treated[used], x[used][:, columns], weight[used], method=method)
    n = len(used)
    influence = np.zeros(n)
    influence[used] = effect.influence * n / used.sum()
    return Effect(effect.att, influence, effect.trimmed), used


def _parts(by: list[str], shown: Flags) -> tuple[tuple[str, ...], list[Places]]:
    """Labels in order (numbers as numbers) and the pairs that belong to each."""
    found = {label for label, flag in zip(by, shown, strict=True) if flag}
    numeric = all(label.lstrip("-").isdigit() for label in found)
    labels = tuple(sorted(found, key=int) if numeric else sorted(found))
    names = np.array(by)
    return labels, [np.nonzero((names == label) & shown)[0] for label in labels]


def _pairs_by_size(result: GroupTime, pairs: Places) -> tuple[float, Floats]:
    """Mean of pairs weighted by the size of their group, with its influence function."""
    groups = tuple(result.groups[k] for k in pairs)
    return _by_size(result, groups, result.att[pairs], result.influence[:, pairs])


def _by_size(
    result: GroupTime, groups: tuple[str, ...], values: Floats, influence: Floats
) -> tuple[float, Floats]:
    """Mean of K values weighted by the share of their groups among all units.

    The shares are estimates too, so their influence is added (section 4.1 of the paper).
    """
    start = result.sample.units["kick_off"].to_numpy(dtype=object)
    member = np.column_stack(
        [result.weights * ((start == g) & result.sample.treated) for g in groups]
    )
    share = member.mean(axis=0)
    total = share.sum()
    centred = member - share
    of_shares = centred / total - centred.sum(axis=1, keepdims=True) * share / total**2
    mean: Floats = influence @ (share / total) + of_shares @ values
    return float(values @ share / total), mean
