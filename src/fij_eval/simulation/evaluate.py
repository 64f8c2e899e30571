"""Every estimator and inference method on a batch of replications of one family of worlds.

Scenarios that are observed in the same way share their design (who enters, treatment, covariates,
weights), so that they are columns of one regression; replications are stacked on a leading axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fij_eval.months import month_number
from fij_eval.randomness import stream
from fij_eval.simulation import fractional, gate, methods
from fij_eval.simulation.observed import Observed, Periods, observe, periods
from fij_eval.simulation.outcome import simulate_each
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.methods import LinearFit
    from fij_eval.simulation.outcome import Simulated
    from fij_eval.simulation.places import Places, SignUp
    from fij_eval.simulation.scenarios import Family, Scenario
    from fij_eval.simulation.world import World

    FloatArray = NDArray[np.float64]

#: Draws of randomization inference and of the wild bootstrap in each replication.
DRAWS = 999
#: Scenarios whose robust sets are computed in every replication, to judge what they cover.
ROBUST_ALWAYS = ("S0", "S1_3pp", "S4")
#: Columns of a batch's records, in order.
COLUMNS = (
    "scenario",
    "replication",
    "estimator",
    "estimand",
    "estimate",
    "se_cv1",
    "se_cv3",
    "df",
    "p_ri",
    "p_ri_t",
    "p_wild",
    "truth",
    "realised",
    "units",
    "treated",
)
CLAIM_COLUMNS = (
    "scenario",
    "replication",
    "estimand",
    "rung",
    *"ABCDE",
    "pretest_p",
    "breakdown",
    "robust_covers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all worlds stand on.

    Attributes:
        places: Municipalities.
        points: Published national shares.
        sign_ups: The register.
        seed: Seed of the settings.
    """

    places: Places
    points: Sequence[tuple[int, float]]
    sign_ups: Sequence[SignUp]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stack:
    """Scenarios with one design: R replications, S scenarios, n units, T snapshots."""

    scenarios: tuple[Scenario, ...]
    chosen: Periods
    months: NDArray[np.int64]
    share: FloatArray  # (R, S, n, T)
    treated: FloatArray  # (R, n)
    enters: NDArray[np.bool_]  # (R, n)
    residents: FloatArray  # (R, n)
    covariates: FloatArray  # (R, n, k)
    expected: FloatArray  # (R, n, T)
    truth: FloatArray  # (R, S, n)
    realised: FloatArray  # (R, S, n)

    @property
    def exact(self) -> bool:
        """Whether all is seen of all: inference by resampling and the gate need it."""
        first = self.scenarios[0]
        return first.measurement == "exact" and not first.far_controls

    @property
    def events(self) -> tuple[int, ...]:
        """Snapshots of the event study but its base."""
        return tuple(j for j in self.chosen.used if j != self.chosen.reference)

    def weights(self, estimand: str) -> FloatArray:
        """Weights of an estimand, scaled to mean one among the units that enter, (R, n)."""
        weight = self.enters.astype(float)
        if estimand != ESTIMANDS[0]:
            weight = weight * self.residents
        mean = weight.sum(axis=1, keepdims=True) / self.enters.sum(axis=1, keepdims=True)
        return np.asarray(weight / mean)


def run(
    ground: Ground, family: Family, replications: Iterable[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records of a batch: estimates, and claims where the family's gate is measured.

    The numbers of a replication depend on the seed and its number alone.

    Returns:
        Columns ``COLUMNS``, one row an estimate; columns ``CLAIM_COLUMNS``, one row a claim.
    """
    numbers = list(replications)
    worlds = list(dict.fromkeys(scenario.world for scenario in family.scenarios))
    played = [
        dict(
            zip(
                worlds,
                simulate_each(
                    ground.places,
                    worlds,
                    points=ground.points,
                    sign_ups=ground.sign_ups,
                    seed=ground.seed,
                    replication=number,
                ),
                strict=True,
            )
        )
        for number in numbers
    ]
    rows: list[pd.DataFrame] = []
    claims: list[dict[str, object]] = []
    for scenarios in _designs(family):
        stack = _stacked(ground, scenarios, played, numbers)
        found, judged = _evaluate(ground, family, stack, numbers)
        rows.extend(found)
        claims.extend(judged)
    return (
        pd.concat(rows, ignore_index=True)[list(COLUMNS)],
        pd.DataFrame(claims, columns=list(CLAIM_COLUMNS)),
    )


def _designs(family: Family) -> list[tuple[Scenario, ...]]:
    """Scenarios by design; one that changes what is seen of comparison units stands alone."""
    groups: dict[object, list[Scenario]] = {}
    for scenario in family.scenarios:
        alone = scenario.measurement != "exact" or scenario.far_controls or scenario.world.spillover
        key = scenario.name if alone else scenario.pre_periods
        groups.setdefault(key, []).append(scenario)
    return [tuple(group) for group in groups.values()]


def _stacked(
    ground: Ground,
    scenarios: tuple[Scenario, ...],
    played: Sequence[dict[World, Simulated]],
    numbers: Sequence[int],
) -> _Stack:
    first = scenarios[0]
    chosen = periods(
        first.world.snapshots, kick_off=first.world.kick_off, pre_periods=first.pre_periods
    )
    seen: list[list[Observed]] = []
    for worlds, number in zip(played, numbers, strict=True):
        row: list[Observed] = []
        for scenario in scenarios:
            row.append(
                observe(
                    ground.places,
                    scenario,
                    worlds[scenario.world],
                    chosen,
                    seed=ground.seed,
                    replication=number,
                    like=row[0] if row else None,
                )
            )
        seen.append(row)
    return _Stack(
        scenarios=scenarios,
        chosen=chosen,
        months=np.array([month_number(m) for m in first.world.snapshots]),
        share=np.array([[o.share for o in row] for row in seen]),
        treated=np.array([row[0].treated for row in seen], dtype=float),
        enters=np.array([row[0].enters for row in seen]),
        residents=np.array([row[0].residents for row in seen]),
        covariates=np.array([row[0].covariates for row in seen]),
        expected=np.array([row[0].expected for row in seen]),
        truth=np.array([[o.truth for o in row] for row in seen]),
        realised=np.array([[o.realised for o in row] for row in seen]),
    )


def _mean(values: FloatArray, columns: tuple[int, ...]) -> FloatArray:
    """Mean over snapshots that are there; zero where there is none (such units do not enter)."""
    picked = values[..., list(columns)]
    counted = np.isfinite(picked)
    total = np.where(counted, picked, 0.0).sum(axis=-1)
    return np.asarray(total / np.maximum(counted.sum(axis=-1), 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inputs:
    """What the estimators take: units by scenarios, (R, n, S) unless said otherwise.

    Attributes:
        base: Mean share in the base window, (R, S, n).
        post: Mean share in the post window, (R, S, n).
        change: Their difference.
        from_last: The same from the last snapshot before kick-off.
        placebo: Second less first half of the base window; None with one snapshot.
        events: From the last snapshot before kick-off to each other one.
        growth: Change in expected share, (R, n).
        composed: Covariates with ``growth``, (R, n, k + 1).
    """

    base: FloatArray
    post: FloatArray
    change: FloatArray
    from_last: FloatArray
    placebo: FloatArray | None
    events: tuple[FloatArray, ...]
    growth: FloatArray
    composed: FloatArray

    @classmethod
    def of(cls, stack: _Stack) -> _Inputs:
        chosen = stack.chosen
        base, post = _mean(stack.share, chosen.base), _mean(stack.share, chosen.post)
        last = np.nan_to_num(stack.share[..., chosen.reference])
        half = len(chosen.base) // 2
        placebo = None
        if half:
            early, late = chosen.base[:half], chosen.base[half:]
            placebo = _last(_mean(stack.share, late) - _mean(stack.share, early))
        growth = _mean(stack.expected, chosen.post) - _mean(stack.expected, chosen.base)
        return cls(
            base=base,
            post=post,
            change=_last(post - base),
            from_last=_last(post - last),
            placebo=placebo,
            events=tuple(_last(np.nan_to_num(stack.share[..., j]) - last) for j in stack.events),
            growth=growth,
            composed=np.concatenate([stack.covariates, growth[..., None]], axis=-1),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """One estimator's results for all replications and scenarios, each (R, S); df is (R,)."""

    name: str
    estimate: FloatArray
    cv1: FloatArray
    cv3: FloatArray
    df: FloatArray
    p: tuple[FloatArray, FloatArray, FloatArray] | None = None
    zero_truth: bool = False


def _last(values: FloatArray) -> FloatArray:
    """Scenarios to the last axis."""
    return np.moveaxis(values, 1, -1)


def _from_linear(name: str, fit: LinearFit, columns: slice, **more: Any) -> _Found:  # noqa: ANN401 -- fields of the result
    return _Found(
        name=name,
        estimate=fit.estimate[:, columns],
        cv1=fit.cv1()[:, columns],
        cv3=fit.cv3()[:, columns],
        df=fit.df,
        **more,
    )


def _evaluate(
    ground: Ground, family: Family, stack: _Stack, numbers: Sequence[int]
) -> tuple[list[pd.DataFrame], list[dict[str, object]]]:
    """All estimators of one design, for both estimands."""
    given = _Inputs.of(stack)
    records: list[pd.DataFrame] = []
    claims: list[dict[str, object]] = []
    resample = _Resample(ground, family, stack, numbers) if stack.exact else None
    for estimand in ESTIMANDS:
        weight = stack.weights(estimand)
        found = [
            *_without_composition(stack, given, weight, resample, estimand),
            *_logits(stack, given, weight),
        ]
        primary = _primary(stack, given, weight)
        count = len(stack.scenarios)
        p = resample.of(primary.outcomes(slice(0, count)), estimand) if resample else None
        found.append(_from_linear("twfe_expected", primary, slice(0, count), p=p))
        if given.placebo is not None:
            columns = slice(count, 2 * count)
            found.append(_from_linear("placebo_time", primary, columns, zero_truth=True))
        truths, realised = (
            _weighted(values, stack.treated * weight) for values in (stack.truth, stack.realised)
        )
        records += [
            _frame(stack, numbers, estimand, f, truths=truths, realised=realised) for f in found
        ]
        if family.gate and p is not None:
            by_name = {f.name: f for f in found}
            claims += _claims(
                ground,
                stack,
                numbers,
                estimand=estimand,
                primary=primary,
                logit=by_name["logit_expected"],
                offset=by_name["twfe_offset"],
                p=p[0],
                truths=truths,
                placebo=given.placebo is not None,
            )
    return records, claims


def _without_composition(
    stack: _Stack,
    given: _Inputs,
    weight: FloatArray,
    resample: _Resample | None,
    estimand: str,
) -> list[_Found]:
    """Estimators that do not hold the expected share as covariate, and the test of it."""
    count = len(stack.scenarios)
    first, second, third = (slice(k * count, (k + 1) * count) for k in range(3))
    treated, growth = stack.treated, given.growth[..., None]
    two = np.concatenate([given.change, given.from_last], axis=-1)
    plain = methods.linear(two, treated, stack.covariates[..., :0], weight)
    offset = given.change - growth
    covered = methods.linear(
        np.concatenate([two, offset], axis=-1), treated, stack.covariates, weight
    )
    inflow = methods.linear(np.repeat(growth, count, axis=-1), treated, stack.covariates, weight)
    # all scenarios of a design have the same shares before kick-off
    lagged = np.concatenate([given.composed, given.base[:, 0, :, None]], axis=-1)
    ancova = methods.linear(_last(given.post), treated, lagged, weight)
    p = resample.of(plain.outcomes(first), estimand) if resample else None
    return [
        _from_linear("did", plain, first, p=p),
        _from_linear("did_last_base", plain, second),
        _from_linear("twfe_adjusted", covered, first),
        _from_linear("last_base_adjusted", covered, second),
        _from_linear("twfe_offset", covered, third),
        _from_linear("inflow", inflow, first, zero_truth=True),
        _from_linear("ancova", ancova, first),
    ]


def _primary(stack: _Stack, given: _Inputs, weight: FloatArray) -> LinearFit:
    """Changes between the windows, the placebo's, and the event study's, on one design."""
    blocks = [given.change, *([] if given.placebo is None else [given.placebo])]
    if stack.exact:
        blocks += given.events
    return methods.linear(np.concatenate(blocks, axis=-1), stack.treated, given.composed, weight)


def _logits(stack: _Stack, given: _Inputs, weight: FloatArray) -> list[_Found]:
    """Fractional logit with no covariates, with those of the reference month, and with growth."""
    found = []
    for name, columns in (
        ("logit", stack.covariates[..., :0]),
        ("logit_adjusted", stack.covariates),
        ("logit_expected", given.composed),
    ):
        fits = [
            fractional.did(given.base[:, s], given.post[:, s], stack.treated, columns, weight)
            for s in range(len(stack.scenarios))
        ]
        found.append(
            _Found(
                name=name,
                estimate=np.stack([np.where(f.converged, f.estimate, np.nan) for f in fits], -1),
                cv1=np.stack([f.cv1() for f in fits], -1),
                cv3=np.stack([f.cv3() for f in fits], -1),
                df=fits[0].df,
            )
        )
    return found


def _frame(
    stack: _Stack,
    numbers: Sequence[int],
    estimand: str,
    found: _Found,
    *,
    truths: FloatArray,
    realised: FloatArray,
) -> pd.DataFrame:
    """Rows of the records."""
    count = len(stack.scenarios)
    missing = np.full(found.estimate.shape, np.nan)
    p_ri, p_ri_t, p_wild = found.p or (missing, missing, missing)
    return pd.DataFrame(
        {
            "scenario": np.tile([s.name for s in stack.scenarios], len(numbers)),
            "replication": np.repeat(numbers, count),
            "estimator": found.name,
            "estimand": estimand,
            "estimate": found.estimate.ravel(),
            "se_cv1": found.cv1.ravel(),
            "se_cv3": found.cv3.ravel(),
            "df": np.repeat(found.df, count),
            "p_ri": p_ri.ravel(),
            "p_ri_t": p_ri_t.ravel(),
            "p_wild": p_wild.ravel(),
            "truth": 0.0 if found.zero_truth else truths.ravel(),
            "realised": 0.0 if found.zero_truth else realised.ravel(),
            "units": np.repeat(stack.enters.sum(axis=1), count),
            "treated": np.repeat((stack.enters * stack.treated).sum(axis=1).astype(int), count),
        }
    )


def _weighted(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Means over units, (R, S)."""
    return np.asarray((values @ weight[..., None])[..., 0] / weight.sum(axis=1, keepdims=True))


class _Resample:
    """p-values by permutation and by bootstrap.

    One permutation of labels a replication serves all estimators, scenarios and estimands.
    """

    def __init__(
        self, ground: Ground, family: Family, stack: _Stack, numbers: Sequence[int]
    ) -> None:
        self._seed = ground.seed
        self._numbers = numbers
        self._wild = [s for s, x in enumerate(stack.scenarios) if x.name in family.bootstrap]
        # static covariates start with log population and the two larger size groups
        strata = (stack.covariates[0, :, 1] + 2 * stack.covariates[0, :, 2]).astype(np.int64)
        self._assigned = [
            methods.assignments(
                stack.treated[r] > 0,
                stack.enters[r],
                strata,
                rng=stream(ground.seed, "bench", "assignments", number),
                draws=DRAWS,
            )
            for r, number in enumerate(numbers)
        ]

    def of(self, fit: LinearFit, estimand: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """By randomization on coefficient and on t, and by the wild bootstrap, each (R, S)."""
        p_ri, p_ri_t, p_wild = (np.full(fit.estimate.shape, np.nan) for _ in range(3))
        for r, number in enumerate(self._numbers):
            one = fit.one(r)
            p_ri[r], p_ri_t[r] = methods.randomization(
                one, self._assigned[r], of_t=estimand == ESTIMANDS[0]
            )
            for s in self._wild if estimand == ESTIMANDS[0] else []:
                rng = stream(self._seed, "bench", "wild", number)
                p_wild[r, s] = methods.wild(one.outcomes(slice(s, s + 1)), rng=rng, draws=DRAWS)[0]
        return p_ri, p_ri_t, p_wild


def _claims(
    ground: Ground,
    stack: _Stack,
    numbers: Sequence[int],
    *,
    estimand: str,
    primary: LinearFit,
    logit: _Found,
    offset: _Found,
    p: FloatArray,
    truths: FloatArray,
    placebo: bool,
) -> list[dict[str, object]]:
    """One claim a replication and scenario."""
    count, chosen = len(stack.scenarios), stack.chosen
    before = sum(j < chosen.reference for j in stack.events)
    target = np.array([j in chosen.post for j in stack.events[before:]], dtype=float)
    target /= target.sum()
    spacing = _spacing(stack.months, stack.events, chosen.reference)
    normal = gate.common_normal(ground.seed, len(stack.events))
    se = primary.cv3()
    rows: list[dict[str, object]] = []
    for s, scenario in enumerate(stack.scenarios):
        at = slice((2 if placebo else 1) * count + s, None, count)
        coefficients, covariance = primary.estimate[:, at], primary.covariance(at)
        pretest = np.full(len(numbers), np.nan)
        if before:
            pretest = methods.wald(
                coefficients[:, :before], covariance[:, :before, :before], primary.df
            )
        for r, number in enumerate(numbers):
            df = float(primary.df[r])
            main = gate.Number(estimate=float(primary.estimate[r, s]), se=float(se[r, s]), df=df)
            other = _number(logit, r, s)
            certain = bool(main.excludes_zero and other.excludes_zero and p[r, s] < 1 - gate.LEVEL)
            held = None
            if certain or scenario.name in ROBUST_ALWAYS:
                held = gate.robust(
                    coefficients[r],
                    covariance[r],
                    pre=before,
                    target=target,
                    spacing=spacing,
                    truth=float(truths[r, s]),
                    normal=normal,
                    search=certain,
                )
            earlier = None
            if placebo:
                column = count + s
                earlier = gate.Number(
                    estimate=float(primary.estimate[r, column]), se=float(se[r, column]), df=df
                )
            found = gate.claim(
                primary=main,
                logit=other,
                offset=_number(offset, r, s),
                placebo=earlier,
                randomization_p=float(p[r, s]),
                excludes_zero_at_one=None if held is None else held.excludes_zero,
                pre_periods=len(chosen.pre),
                estimand=estimand,
            )
            rows.append(
                {
                    "scenario": scenario.name,
                    "replication": number,
                    "estimand": estimand,
                    "rung": int(found.rung),
                    **{key: bool(value) for key, value in found.criteria.items()},
                    "pretest_p": float(pretest[r]),
                    "breakdown": np.nan if held is None else held.breakdown,
                    "robust_covers": np.nan if held is None else float(held.covers),
                }
            )
    return rows


def _number(found: _Found, r: int, s: int) -> gate.Number:
    return gate.Number(
        estimate=float(found.estimate[r, s]), se=float(found.cv3[r, s]), df=float(found.df[r])
    )


def _spacing(months: NDArray[np.int64], events: Sequence[int], reference: int) -> FloatArray:
    """Months from each snapshot to the next towards the base, in the robust intervals' order."""
    ordered = sorted([*events, reference])
    gaps = dict(zip(ordered[1:], np.diff(months[ordered]), strict=True))
    before = [gaps[ordered[ordered.index(j) + 1]] for j in events if j < reference]
    after = [gaps[j] for j in events if j > reference]
    return np.array([*before, *after], dtype=float) / 3.0
