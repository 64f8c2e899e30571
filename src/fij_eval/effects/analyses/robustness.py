"""Trying to break the result: placebos, pseudo-networks, leaving out, neighbours, hidden cells.

All on the two windows of the primary analysis with its covariates, in percentage points; placebos
in time and robust intervals stand in the analysis ``trends``, the specification curve in ``curve``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects import fractional
from fij_eval.effects.analyses.common import Result, effect, fields, sample_of, tried, without
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import (
    Difference,
    difference,
    permuted_differences,
)
from fij_eval.effects.robustness.leave_out import leave_one_out
from fij_eval.effects.robustness.pseudo_networks import aa_test, pseudo_networks
from fij_eval.effects.robustness.spatial import moran
from fij_eval.effects.robustness.spillover import adjacency, rings
from fij_eval.effects.robustness.suppression import bounds, hidden_limits
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, windows
from fij_eval.effects.two_windows import TwoWindows, absorbed, collapse, tidy
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel", "reference_neighbours", "source_statbank_labour_status")
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "robustness"
#: November figures of all residents and immigrants, by municipality: the placebo outcome.
EMPLOYED, EVERYONE, IMMIGRANTS = "A.01", "A-G", "B"


@dataclass(frozen=True, eq=False)
class _Case:
    """One estimand with its two windows."""

    sample: Sample
    chosen: Windows
    data: TwoWindows
    estimand: str
    covariates: tuple[str, ...]
    parts: Parts

    @property
    def level(self) -> float:
        return float(self.parts.of("inference").level)

    def stem(self, what: str) -> str:
        return f"{ANALYSIS}.{what}.{self.estimand}"

    def common(self, what: str, **more: str) -> dict[str, Any]:
        return (
            fields(
                ANALYSIS,
                self.sample,
                spec=f"{what}.{self.estimand}",
                estimator="did_adjusted",
                estimand=self.estimand,
                windows=self.chosen,
                covariates=self.covariates,
            )
            | more
        )

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "n_units": self.data.n_units,
            "n_treated": self.data.n_treated,
            "n_obs": self.data.n_obs,
            "persons": self.data.persons,
        }


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``robustness.<what>.<estimand>.<term>`` and their tables."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    near = adjacency(frames["reference_neighbours"], [str(c) for c in sample.units.index])
    labour = _other_employment(frames["source_statbank_labour_status"], sample)
    for estimand in plan.primary.estimands:
        try:
            data = collapse(
                sample,
                chosen,
                estimand=estimand,
                covariates=plan.primary.covariates,
                strata=parts.of("inference").strata,
            )
        except NotEstimableError as error:
            common = fields(
                ANALYSIS,
                sample,
                spec=f"all.{estimand}",
                estimator="did_adjusted",
                estimand=estimand,
                windows=chosen,
            )
            records.append(
                without(common, key=f"{ANALYSIS}.all.{estimand}.att", reason=error.reason)
            )
            continue
        case = _Case(sample, chosen, data, estimand, plan.primary.covariates, parts)
        records += _outcome_placebos(case, labour)
        records += _space(case, near)
        records += _pseudo_networks(case, details)
        records += _leave_out(case, details)
        records += _counties(case)
        records += _moran(case, near)
        records += _hidden(case)
    return Result(tuple(records), details)


def _of_difference(
    case: _Case, found: Difference, *, what: str, term: str, note: str = "", scale: str = "pp"
) -> Estimate:
    """The record of a difference of changes."""
    return Estimate(
        key=f"{case.stem(what)}.{term}",
        term=term,
        scale=scale,
        estimate=found.estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p_value=found.p_value,
        df=float(found.df),
        level=case.level,
        inference=f"HC1 t({found.df})",
        n_units=found.n_units,
        n_treated=found.n_treated,
        note=note,
        **case.common(what),
    )


def _other_employment(labour: pd.DataFrame, sample: Sample) -> np.ndarray:
    """Change of log employed residents who are not immigrants, November before to after kick-off.

    NaN where a figure is missing; all NaN where there is no November on either side.
    """
    years = sorted({int(y) for y in labour["Tid"].unique()})
    start = int(sample.start[:4]) - (0 if sample.start[5:] > "11" else 1)
    nothing = np.full(len(sample.units), np.nan)
    if start not in years or start + 1 not in years:
        return nothing
    employed = labour[labour["HovArbStyrkStatus"] == EMPLOYED]
    wide = employed.pivot_table(
        index="Region", columns=["InnvandrKat", "Tid"], values="value", aggfunc="first"
    ).reindex(sample.units.index.astype(str))

    def others(year: int) -> np.ndarray:
        if (EVERYONE, str(year)) not in wide or (IMMIGRANTS, str(year)) not in wide:
            return nothing
        found: pd.Series = wide[EVERYONE, str(year)] - wide[IMMIGRANTS, str(year)]
        values = found.to_numpy(dtype=float)
        return np.where(values > 0, values, np.nan)

    return np.asarray(np.log(others(start + 1)) - np.log(others(start)))


def _outcome_placebos(case: _Case, labour: np.ndarray) -> list[Estimate]:
    """Outcomes that taking part should not move: unemployment, employment of others."""
    data, sample = case.data, case.sample
    records: list[Estimate] = []
    own = case.sample.current["unemployment_rate_now"]

    def unemployment() -> Estimate:
        moved = collapse(
            sample, case.chosen, estimand=case.estimand, covariates=case.covariates, outcome=own
        )
        found = difference(
            moved.change,
            moved.treated,
            weights=moved.weight,
            covariates=moved.covariates,
            level=case.level,
        )
        note = "registered unemployment of the labour force, all residents"
        return _of_difference(case, found, what="placebo_outcome", term="unemployment", note=note)

    def others() -> Estimate:
        found = difference(
            labour[data.rows],
            data.treated,
            weights=data.weight,
            covariates=data.covariates,
            level=case.level,
        )
        note = "log of employed residents who are not immigrants, November before to after kick-off"
        return _of_difference(
            case, found, what="placebo_outcome", term="other_employment", note=note, scale="ratio"
        )

    for term, made in (("unemployment", unemployment), ("other_employment", others)):
        key = f"{case.stem('placebo_outcome')}.{term}"
        records += tried(case.common("placebo_outcome"), key, made, term=term)
    return records


def _space(case: _Case, near: np.ndarray) -> list[Estimate]:
    """Neighbours as if they had taken part; participants against far controls, ring by ring."""
    data = case.data
    # the way to the nearest participant may go through municipalities that do not enter
    change = np.full(len(case.sample.units), np.nan)
    change[data.rows] = data.change
    weight = np.ones(len(change))
    weight[data.rows] = data.weight
    x = np.full((len(change), data.covariates.shape[1]), np.nan)
    x[data.rows] = data.covariates
    treated = case.sample.treated
    beside = (near & treated).any(axis=1) & ~treated

    def neighbours() -> Estimate:
        found = difference(
            np.where(treated, np.nan, change),
            beside,
            weights=weight,
            covariates=x,
            level=case.level,
        )
        note = "municipalities that border on a participant against the others, participants out"
        return _of_difference(case, found, what="placebo_space", term="neighbours", note=note)

    records = tried(
        case.common("placebo_space"),
        f"{case.stem('placebo_space')}.neighbours",
        neighbours,
        term="neighbours",
    )
    width = case.parts.of("robustness").rings
    for ring in rings(
        change, treated, near, width=width, weights=weight, covariates=x, level=case.level
    ):
        term = "far_controls" if ring.ring == 0 else f"ring_{ring.ring}"
        note = f"{ring.units} municipalities, against those beyond ring {width}"
        if ring.result is None:
            records.append(
                without(
                    case.common("spillover"),
                    key=f"{case.stem('spillover')}.{term}",
                    term=term,
                    reason=ring.note,
                )
            )
        else:
            records.append(
                _of_difference(case, ring.result, what="spillover", term=term, note=note)
            )
    return records


def _pseudo_networks(case: _Case, details: dict[str, pd.DataFrame]) -> list[Estimate]:
    """The A/A test: networks that did not exist, among those that did not take part."""
    import pandas as pd

    settings, seed = case.parts.of("robustness"), case.parts.of("seed")
    others = case.data.only(~case.data.treated)
    records: list[Estimate] = []
    try:
        labels = pseudo_networks(
            case.data.treated,
            case.data.strata,
            rng=stream(seed, "pseudo_networks"),
            draws=settings.aa_draws,
        )[:, ~case.data.treated]
    except CheckError as error:  # too few non-participants in a stratum: a fact of the data
        return [
            without(
                case.common("aa"), key=f"{case.stem('aa')}.spread", term="spread", reason=error.what
            )
        ]
    assigned = labels > 0
    drawn = {
        "raw": lambda: permuted_differences(others.change, assigned, weights=others.weight),
        "adjusted": lambda: permuted_differences(
            others.change, assigned, weights=others.weight, covariates=others.covariates
        ),
        "logit": lambda: fractional.score_statistics(others, assigned),
    }
    columns: dict[str, np.ndarray] = {}
    for name, make_draws in drawn.items():
        key = f"{case.stem('aa')}.{name}"

        def made(name: str = name, make_draws: Any = make_draws, key: str = key) -> list[Estimate]:  # noqa: ANN401 -- bound now
            estimates, errors = make_draws()
            columns[name] = estimates
            found = aa_test(estimates, errors, df=others.n_units - 1, level=case.level)
            scale = "logit" if name == "logit" else "pp"
            rows = {
                "mean": (found.mean, scale, found.mean_error, "mean estimate where nothing is"),
                "spread": (found.spread, scale, None, "standard deviation of the estimates"),
                "mean_se": (found.mean_se, scale, None, "mean standard error"),
                "size": (found.size, "statistic", found.size_error, "part that is rejected"),
                "mde": (found.mde, scale, None, "minimum detectable effect at 80 per cent power"),
            }
            return [
                Estimate(
                    key=f"{key}.{term}",
                    term=f"aa {term}",
                    scale=at,
                    estimate=value,
                    se=error,
                    inference="pseudo-networks among non-participants",
                    seed=seed,
                    draws=found.draws,
                    n_units=others.n_units,
                    note=what if not found.failed else f"{what}; {found.failed} networks failed",
                    **case.common(f"aa.{name}"),
                )
                for term, (value, at, error, what) in rows.items()
            ]

        records += tried(case.common(f"aa.{name}"), f"{key}.spread", made, term="aa spread")
    if columns:
        details[f"aa.{case.estimand}"] = pd.DataFrame(columns)
    return records


def _leave_out(case: _Case, details: dict[str, pd.DataFrame]) -> list[Estimate]:
    """The estimate without each municipality, county and snapshot."""
    data = case.data
    counties = case.sample.units["county_code"].astype(str).to_numpy()[data.rows]
    frame = tidy(data, cluster=counties)
    names = [f"x{j}" for j in range(data.covariates.shape[1])]
    common = case.common("leave_out")
    records: list[Estimate] = []
    tables: dict[str, pd.DataFrame] = {}
    for what, by in (("municipality", "municipality_code"), ("county", "cluster")):
        try:
            tables[what] = leave_one_out(
                frame,
                by=by,
                outcome="outcome",
                treatment="treatment",
                covariates=names,
                weights="weight",
            )
        except CheckError:
            raise
        except EstimationError as error:
            records.append(
                without(
                    common,
                    key=f"{case.stem('leave_out')}.{what}",
                    term=f"without a {what}",
                    reason=error.what,
                )
            )
    tables["snapshot"] = _without_snapshots(case)
    for what, table in tables.items():
        details[f"leave_out_{what}.{case.estimand}"] = table
        known = table.dropna(subset=["estimate"])
        if known.empty:
            continue
        order = known.sort_values("estimate", kind="stable")
        extremes = {"lowest": order.iloc[0], "highest": order.iloc[-1]}
        records += [
            Estimate(
                key=f"{case.stem('leave_out')}.{what}.{end}",
                term=f"{end} without a {what}",
                scale="pp",
                estimate=float(row["estimate"]),
                note=f"without {row['left_out']}",
                **case.counts,
                **common,
            )
            for end, row in extremes.items()
        ]
    return records


def _without_snapshots(case: _Case) -> pd.DataFrame:
    """The estimate with each snapshot of the windows left out."""
    import pandas as pd

    full = float(linear.fit(absorbed(case.data)).coefficient[0])
    rows = []
    for month in (*case.chosen.base, *case.chosen.post):
        kept = Windows(
            tuple(m for m in case.chosen.base if m != month),
            tuple(m for m in case.chosen.post if m != month),
        )
        note, value = "", np.nan
        try:
            data = collapse(case.sample, kept, estimand=case.estimand, covariates=case.covariates)
            value = float(linear.fit(absorbed(data)).coefficient[0])
        except EstimationError as error:
            note = error.what
        rows.append({"left_out": month, "estimate": value, "change": value - full, "note": note})
    return pd.DataFrame(rows)


def _counties(case: _Case) -> list[Estimate]:
    """The estimate with errors clustered by county."""
    counties = case.sample.units["county_code"].astype(str).to_numpy()[case.data.rows]

    def made() -> Estimate:
        fitted = linear.fit(absorbed(case.data, cluster=list(counties)))
        treated = len(set(counties[case.data.treated]))
        groups = fitted.absorbed.clusters
        record = effect(
            case.common("county_clusters"),
            key=f"{case.stem('county_clusters')}.att",
            value=float(fitted.coefficient[0]),
            variance=float(cluster_robust.cv3(fitted)[0, 0]),
            level=case.level,
            inference=f"CV3 by county, t({groups - 1})",
            n_units=groups,
            n_treated=treated,
            note=f"{groups} counties; all have comparison municipalities"
            if treated == groups
            else f"{groups} counties, {treated} with a participant",
        )
        if record.se is None:
            # every county holds both arms: an arm's clusters are not what limits the error
            return _county_error(case, fitted, groups)
        return record

    return tried(case.common("county_clusters"), f"{case.stem('county_clusters')}.att", made)


def _county_error(case: _Case, fitted: linear.Fit, groups: int) -> Estimate:
    """The county-clustered interval where counties hold both arms."""
    from scipy import stats

    value = float(fitted.coefficient[0])
    se = float(np.sqrt(cluster_robust.cv3(fitted)[0, 0]))
    half = float(stats.t.ppf(0.5 + case.level / 2, groups - 1)) * se
    return Estimate(
        key=f"{case.stem('county_clusters')}.att",
        term="att",
        scale="pp",
        estimate=value,
        se=se,
        ci_low=value - half,
        ci_high=value + half,
        p_value=float(2 * stats.t.sf(abs(value) / se, groups - 1)),
        df=float(groups - 1),
        level=case.level,
        inference=f"CV3 by county, t({groups - 1})",
        note=f"{groups} counties, most with municipalities of both arms",
        **case.counts,
        **case.common("county_clusters"),
    )


def _moran(case: _Case, near: np.ndarray) -> list[Estimate]:
    """Whether the residual changes of neighbours are alike."""
    data = case.data

    def made() -> Estimate:
        root = np.sqrt(data.weight)
        x = np.column_stack([np.ones(data.n_units), data.treated, data.covariates])
        beta = np.linalg.lstsq(x * root[:, None], data.change * root, rcond=None)[0]
        residual = np.full(len(case.sample.units), np.nan)
        residual[data.rows] = data.change - x @ beta
        found = moran(
            residual,
            near,
            rng=stream(case.parts.of("seed"), "moran", case.estimand),
            draws=case.parts.of("robustness").aa_draws,
        )
        return Estimate(
            key=f"{case.stem('moran')}.statistic",
            term="moran",
            scale="statistic",
            estimate=found.statistic,
            p_value=found.p_value,
            null=f"{found.expected:.4f}, no likeness of neighbours",
            inference="permutation over municipalities",
            seed=case.parts.of("seed"),
            draws=found.draws,
            n_units=found.units,
            note=f"{found.isolated} municipalities without a neighbour in the sample left out",
            **case.common("moran"),
        )

    key = f"{case.stem('moran')}.statistic"
    return tried(case.common("moran"), key, made, term="moran", scale="statistic")


def _hidden(case: _Case) -> list[Estimate]:
    """Bounds on the estimate over what hidden cells can have held."""
    sample, chosen = case.sample, case.chosen

    def made() -> list[Estimate]:
        low, high = hidden_limits(sample.outcome.ravel(), sample.residents.ravel())
        lower, upper = (v.reshape(sample.outcome.shape) for v in (low, high))
        whole = collapse(
            sample,
            chosen,
            estimand=case.estimand,
            covariates=case.covariates,
            outcome=(lower + upper) / 2,
        )
        inside = sample.at((*chosen.base, *chosen.post))
        hidden = int((~np.isfinite(sample.outcome[whole.rows][:, inside])).sum())
        base, post = _window_limits(lower, upper, sample, chosen, whole.rows)
        found = bounds(
            absorbed(whole),
            np.concatenate([base[0], post[0]])[_order(whole)],
            np.concatenate([base[1], post[1]])[_order(whole)],
        )
        note = f"{hidden} hidden cells at the least and the most they can have held"
        return [
            Estimate(
                key=f"{case.stem('hidden')}.{term}",
                term=f"hidden {term}",
                scale="pp",
                estimate=value,
                note=note,
                n_units=whole.n_units,
                n_treated=whole.n_treated,
                **case.common("hidden"),
            )
            for term, value in (("low", found.low), ("high", found.high), ("middle", found.middle))
        ]

    return tried(case.common("hidden"), f"{case.stem('hidden')}.low", made, term="hidden low")


def _window_limits(
    lower: np.ndarray, upper: np.ndarray, sample: Sample, chosen: Windows, rows: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Least and greatest window mean of each unit, base and post."""
    found = []
    for months in (chosen.base, chosen.post):
        columns = sample.at(months)
        found.append((lower[rows][:, columns].mean(axis=1), upper[rows][:, columns].mean(axis=1)))
    return found[0], found[1]


def _order(data: TwoWindows) -> np.ndarray:
    """Rows of the design (unit by unit, base before post) in the stacked windows' order."""
    n = data.n_units
    return np.column_stack([np.arange(n), np.arange(n) + n]).ravel()
