"""The primary analysis, as the plan says: two estimands on two scales, judged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import checks, fractional
from fij_eval.effects.analyses.common import Result, effect, fields, sample_of, tried, without
from fij_eval.effects.inference import assignments, cluster_robust, linear
from fij_eval.effects.inference.equivalence import largest_compatible, mde, tost
from fij_eval.effects.inference.multiple import family
from fij_eval.effects.inference.randomization import randomization_test, timing
from fij_eval.effects.inference.records import inferences
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, windows
from fij_eval.effects.two_windows import PERIODS, TwoWindows, absorbed, collapse
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts
    from fij_eval.settings_analysis import InferenceSettings

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "seed")
ANALYSIS = "primary"
#: An error of a share smaller than this is rounding.
_NO_VARIATION = 1e-12
ESTIMATORS = {"pp": "did_adjusted", "logit": "fractional_logit"}


@dataclass(frozen=True, eq=False)
class _Case:
    """One estimand with everything that its records need."""

    estimand: str
    data: TwoWindows
    parts: Parts

    @property
    def inference(self) -> InferenceSettings:
        found: InferenceSettings = self.parts.of("inference")
        return found

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "n_units": self.data.n_units,
            "n_treated": self.data.n_treated,
            "n_obs": self.data.n_obs,
            "persons": self.data.persons,
        }


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``primary.<scale>.<estimand>.<what>``; tables ``clusters`` and ``family``."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    covariates = plan.primary.covariates
    checks.check_dating(sample, covariates)
    largest = checks.check_equalities(sample, chosen)
    checks.check_weights(_pattern(sample, chosen), where="primary analysis")
    records: list[Estimate] = [_equalities(sample, chosen, largest)]
    details: dict[str, pd.DataFrame] = {}
    cases: list[_Case] = []
    for estimand in plan.primary.estimands:
        common = {
            scale: fields(
                ANALYSIS,
                sample,
                spec=f"primary.{scale}.{estimand}",
                estimator=ESTIMATORS[scale],
                estimand=estimand,
                windows=chosen,
                covariates=covariates,
                plan_status="primary",
            )
            for scale in plan.primary.scales
        }
        try:
            data = collapse(
                sample,
                chosen,
                estimand=estimand,
                covariates=covariates,
                strata=parts.of("inference").strata,
            )
        except NotEstimableError as error:
            records += [
                without(c, key=f"{c['spec']}.att", reason=error.reason) for c in common.values()
            ]
            continue
        case = _Case(estimand, data, parts)
        cases.append(case)
        if "pp" in common:
            found, clusters = _points(case, common["pp"], sample, chosen)
            records += found
            if clusters is not None:
                details[f"clusters.{estimand}"] = clusters
        if "logit" in common:
            records += _logit(case, common["logit"])
    joint, table = _joint(cases, records, plan.primary.scales, parts)
    if table is not None:
        details["family"] = table
    found_records = (*records, *joint)
    checks.check_weighting(found_records)
    _check_rows(found_records, plan.primary.estimands)
    return Result(found_records, details)


def _check_rows(records: tuple[Estimate, ...], estimands: tuple[str, ...]) -> None:
    """Both scales of an estimand work on the same municipalities."""
    known = {record.key: record for record in records}
    for estimand in estimands:
        pair = [known.get(f"primary.{scale}.{estimand}.att") for scale in ("pp", "logit")]
        units = [r.n_units for r in pair if r is not None and r.estimate is not None]
        if len(units) == len(pair):
            checks.check_same_rows(*units, where=f"primary analysis, {estimand}")


def _pattern(sample: Sample, chosen: Windows) -> np.ndarray:
    """Treatment by unit and snapshot of the windows, as the primary regression sees it."""
    post = np.array([month in chosen.post for month in (*chosen.base, *chosen.post)])
    return np.outer(sample.treated, post).astype(np.float64)


def _equalities(sample: Sample, chosen: Windows, largest: float) -> Estimate:
    """The record of the check that one-cohort estimators are one."""
    common = fields(
        ANALYSIS,
        sample,
        spec="check",
        estimator="one_cohort_equalities",
        estimand="municipality_average",
        windows=chosen,
        plan_status="descriptive",
    )
    cohorts = len(sample.cohorts)
    return Estimate(
        key="primary.check.equalities",
        term="largest_difference",
        scale="statistic",
        estimate=largest,
        null=f"at most {checks.EQUAL:g}",
        n_units=len(sample.units),
        n_treated=int(sample.treated.sum()),
        note="" if cohorts == 1 else f"{cohorts} months of kick-off: not compared",
        **common,
    )


def _points(
    case: _Case, common: dict[str, Any], sample: Sample, chosen: Windows
) -> tuple[list[Estimate], pd.DataFrame | None]:
    """All inference for the adjusted difference in percentage points, and the cluster table."""
    stem = str(common["spec"])
    try:
        design = absorbed(case.data)
        value = float(linear.fit(design).coefficient[0])
        record = Estimate(
            key=stem,
            term="att",
            scale="pp",
            estimate=value,
            level=case.inference.level,
            note="",
            **case.counts,
            **common,
        )
        found, clusters = inferences(
            record,
            design,
            pattern=timing(design.design, PERIODS[1:]),
            strata=case.data.strata,
            seed=case.parts.of("seed"),
            draws=case.inference.draws,
        )
    except CheckError:
        raise
    except EstimationError as error:
        reason = error.reason if isinstance(error, NotEstimableError) else error.what
        return [without(common, key=f"{stem}.att", reason=reason)], None
    by_method = {r.key.removeprefix(f"{stem}."): r for r in found}
    headline = replace(by_method.pop("cv3"), key=f"{stem}.att")
    others = [replace(r, term=f"att_{method}") for method, r in by_method.items()]
    others += _other_strata(case, sample, record, design)
    balanced = _without_gaps(case, common, sample, chosen, headline)
    table = _clusters(case.data, clusters)
    levels = _levels(case, common, value)
    return [headline, *others, *levels, *balanced, *_sizes(headline, case.inference)], table


def _other_strata(
    case: _Case, sample: Sample, record: Estimate, design: linear.Absorbed
) -> list[Estimate]:
    """Randomization within the other strata than those of the settings, as a variant."""
    other = "region" if case.inference.strata == "size_group" else "size_group"
    strata = sample.units[other].astype(str).to_numpy()[case.data.rows]
    key = f"{record.key}.ri_{other}"
    blank: dict[str, Any] = {"key": key, "term": f"att_ri_{other}"}
    try:
        found = randomization_test(
            design,
            timing(design.design, PERIODS[1:]),
            strata.tolist(),
            rng=stream(case.parts.of("seed"), "randomization", key),
            draws=case.inference.draws,
            level=case.inference.level,
        )
    except CheckError:
        raise
    except EstimationError as error:
        return [replace(record, **blank, note=error.what)]
    return [
        replace(
            record,
            **blank,
            p_value=found.p_t,
            inference=f"randomization within {other}, t",
            seed=case.parts.of("seed"),
            draws=found.draws,
        )
    ]


def _levels(case: _Case, common: dict[str, Any], value: float) -> list[Estimate]:
    """The network's mean share in the post window, and what it would have been."""
    data = case.data
    observed = float(np.average(data.post[data.treated], weights=data.weight[data.treated]))
    return [
        Estimate(
            key=f"{common['spec']}.{term}",
            term=term,
            scale="share",
            estimate=share,
            note=note,
            **case.counts,
            **common,
        )
        for term, share, note in (
            ("observed", observed, "mean share of the network in the post window"),
            ("predicted", observed - value, "the same less the estimate"),
        )
    ]


def _without_gaps(
    case: _Case, common: dict[str, Any], sample: Sample, chosen: Windows, headline: Estimate
) -> list[Estimate]:
    """The estimate on municipalities with every snapshot of the windows (attrition by hiding)."""
    inside = sample.at((*chosen.base, *chosen.post))
    whole = np.isfinite(sample.outcome[case.data.rows][:, inside]).all(axis=1)

    def made() -> Estimate:
        data = case.data.only(whole)
        fitted = linear.fit(absorbed(data))
        return effect(
            common | {"sample": "eligible without gaps"},
            key=f"{common['spec']}.balanced",
            term="att_balanced",
            value=float(fitted.coefficient[0]),
            variance=float(cluster_robust.cv3(fitted)[0, 0]),
            level=case.inference.level,
            inference="CV3 t(G-1)",
            n_units=data.n_units,
            n_treated=data.n_treated,
            n_obs=data.n_units * len(inside),
            persons=int(sample.units["weight"].to_numpy(dtype=float)[data.rows].sum()),
        )

    key = f"{common['spec']}.balanced"
    found = tried(common, key, made, term="att_balanced")
    return [checks.attrition(headline, record) for record in found]


def _sizes(headline: Estimate, inference: InferenceSettings) -> list[Estimate]:
    """What could have been found, and what is compatible: equivalence, largest effect, MDE."""
    stem = headline.key.removesuffix(".att")
    blank = replace(
        headline, se=None, ci_low=None, ci_high=None, p_value=None, df=None, estimate=None, note="-"
    )
    if headline.se is None or headline.estimate is None or headline.df is None:
        return [
            replace(blank, key=f"{stem}.{term}", term=term, note=headline.note or "no error")
            for term in ("mde", "equivalence", "largest_compatible")
        ]
    margin = inference.equivalence_pp / 100
    test = tost(
        headline.estimate, headline.se, margin=margin, df=headline.df, level=inference.level
    )
    detectable = mde(
        headline.se, df=headline.df, level=inference.level, target_power=inference.power
    )
    widest = largest_compatible(
        headline.estimate, headline.se, df=headline.df, level=inference.level
    )
    return [
        replace(
            blank,
            key=f"{stem}.mde",
            term="mde",
            estimate=detectable,
            null=f"found with probability {inference.power:g}",
            note="from the standard error of the design",
        ),
        replace(
            blank,
            key=f"{stem}.equivalence",
            term="equivalence",
            estimate=headline.estimate,
            ci_low=test.ci_low,
            ci_high=test.ci_high,
            p_value=test.p_value,
            df=headline.df,
            inference="two one-sided tests",
            null=f"at least {margin:g} in size",
            note="",
        ),
        replace(
            blank,
            key=f"{stem}.largest_compatible",
            term="largest_compatible",
            estimate=widest,
            null="",
            note="the limit of the interval that is farther from zero",
        ),
    ]


def _logit(case: _Case, common: dict[str, Any]) -> list[Estimate]:
    """The average partial effect of the fractional logit, with its errors and tests."""
    stem, data, inference = str(common["spec"]), case.data, case.inference
    shared = {"level": inference.level, **case.counts}

    def made() -> list[Estimate]:
        found = fractional.estimate(data)
        rows = [
            ("att", found.att, found.cv3, "pp", "CV3 t(G-1)"),
            ("cv1", found.att, found.cv1, "pp", "CV1 t(G-1)"),
            ("log_odds", found.log_odds, found.log_odds_cv3, "logit", "CV3 t(G-1)"),
        ]
        records = [
            without(common, key=f"{stem}.{name}", reason=found.without_jackknife, scale=scale)
            if se is None
            else effect(
                common,
                key=f"{stem}.{name}",
                term="att" if name == "att" else f"att_{name}",
                scale=scale,
                value=value,
                variance=se**2,
                inference=label,
                note="observed less predicted share" if scale == "pp" else "log odds ratio",
                **shared,
            )
            for name, value, se, scale, label in rows
        ]
        headline = records[0]
        _, _, p_wild = fractional.score_bootstrap(
            data,
            rng=stream(case.parts.of("seed"), "score_bootstrap", stem),
            draws=inference.draws,
        )
        records.append(
            _test_of(
                headline,
                "wild",
                p_wild,
                f"score wild bootstrap, Webb, {inference.draws}",
                case.parts,
            )
        )
        return [*records, *_sizes(headline, inference)]

    return tried(common, f"{stem}.att", made)


def _test_of(record: Estimate, method: str, p: float, label: str, parts: Parts) -> Estimate:
    """A p-value of the record's hypothesis by another method."""
    return replace(
        record,
        key=f"{record.spec}.{method}",
        term=f"att_{method}",
        se=None,
        ci_low=None,
        ci_high=None,
        df=None,
        p_value=p,
        inference=label,
        seed=parts.of("seed"),
        draws=parts.of("inference").draws,
    )


def _joint(
    cases: list[_Case], records: list[Estimate], scales: tuple[str, ...], parts: Parts
) -> tuple[list[Estimate], pd.DataFrame | None]:
    """Randomization over all hypotheses at once: the same assignments for every one.

    On the logit scale the statistic is the score: see ``fij_eval.effects.fractional``.
    """
    import pandas as pd

    if not cases or len({case.data.codes for case in cases}) > 1:
        return [], None
    inference, seed = parts.of("inference"), parts.of("seed")
    data = cases[0].data
    cohort = data.treated.astype(np.int8)
    try:
        labels = assignments.draw(
            cohort, data.strata, rng=stream(seed, "joint_randomization"), draws=inference.draws
        )
    except CheckError:
        raise
    except EstimationError:
        return [], None  # nothing to permute: the single tests say so
    everyone = np.vstack([cohort[None, :], labels]) > 0
    columns = _statistics(cases, records, scales, everyone)
    if not columns:
        return [], None
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.column_stack([estimates / errors for _, estimates, errors in columns])
    whole = np.isfinite(t).all(axis=1)
    if not whole[0]:
        return [], None
    found = family(t[0], t[1:][whole[1:]], level=inference.level)
    label = f"randomization within {inference.strata}"
    joint: list[Estimate] = []
    for k, (headline, estimates, _) in enumerate(columns):
        if headline.spec.startswith("primary.logit"):
            count = np.count_nonzero(np.abs(estimates[1:]) >= abs(estimates[0]) * (1 - 1e-9))
            p = (1 + int(count)) / len(estimates)
            joint.append(_test_of(headline, "ri", p, f"{label}, one-step coefficient", parts))
            count = np.count_nonzero(np.abs(t[1:, k]) >= abs(t[0, k]) * (1 - 1e-9))
            p = (1 + int(count)) / len(estimates)
            joint.append(_test_of(headline, "ri_t", p, f"{label}, score t", parts))
        name = f"{label}, largest t of {len(columns)}"
        joint.append(_test_of(headline, "max_t", float(found.single_step[k]), name, parts))
        name = f"{label}, Romano-Wolf over {len(columns)}"
        joint.append(_test_of(headline, "romano_wolf", float(found.step_down[k]), name, parts))
    table = pd.DataFrame(
        {
            "hypothesis": [headline.spec for headline, _, _ in columns],
            "t": t[0],
            "p_max_t": found.single_step,
            "p_romano_wolf": found.step_down,
            "critical": found.critical,
            "p_any": found.p_any,
        }
    )
    return joint, table


def _statistics(
    cases: list[_Case], records: list[Estimate], scales: tuple[str, ...], everyone: np.ndarray
) -> list[tuple[Estimate, np.ndarray, np.ndarray]]:
    """Headline record, estimates and errors of each hypothesis under all assignments."""
    by_key = {record.key: record for record in records}
    columns: list[tuple[Estimate, np.ndarray, np.ndarray]] = []
    for case in cases:
        for scale in scales:
            headline = by_key.get(f"primary.{scale}.{case.estimand}.att")
            if headline is None or headline.estimate is None:
                continue
            try:
                estimates, errors = (
                    permuted_differences(
                        case.data.change,
                        everyone,
                        weights=case.data.weight,
                        covariates=case.data.covariates,
                    )
                    if scale == "pp"
                    else fractional.score_statistics(case.data, everyone)
                )
            except EstimationError:
                continue
            # without variation there is nothing to compare, and rounding would pass for it
            if errors[0] > _NO_VARIATION:
                columns.append((headline, estimates, errors))
    return columns


def _clusters(data: TwoWindows, found: cluster_robust.ClusterDiagnostics) -> pd.DataFrame:
    """How evenly municipalities carry the estimate."""
    import pandas as pd

    rows = {
        "clusters": found.clusters,
        "treated": found.treated,
        "effective": found.effective,
        "leverage_mean": found.leverage.mean(),
        "leverage_max": found.leverage.max(),
        "partial_leverage_mean": found.partial_leverage.mean(),
        "partial_leverage_max": found.partial_leverage.max(),
        "weight_min": data.weight.min(),
        "weight_max": data.weight.max(),
        "estimate_min": np.nan if found.influence is None else found.influence.min(),
        "estimate_max": np.nan if found.influence is None else found.influence.max(),
    }
    return pd.DataFrame({"what": list(rows), "number": [float(v) for v in rows.values()]})
