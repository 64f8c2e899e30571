"""Neighbours: as if they had taken part, ring by ring, likeness of residuals, counties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.common import effect, tried, without
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import difference, residuals
from fij_eval.effects.robustness.spatial import moran
from fij_eval.effects.robustness.spillover import adjacency, distance_to, rings
from fij_eval.effects.samples import Sample
from fij_eval.effects.two_windows import absorbed
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd


def borders(panel: pd.DataFrame, neighbours: pd.DataFrame, sample: Sample) -> np.ndarray:
    """Borders between each unit and the nearest participant, n; -1 where no way leads to one.

    The way may go through municipalities that do not enter, and end at a participant that does not.

    Args:
        panel: Frame that keeps the PANEL contract.
        neighbours: Pairs of municipalities that touch, as ``adjacency`` takes them.
        sample: The analysis sample.
    """
    then = panel[panel["reference_month"] == sample.reference_month].set_index("municipality_code")
    near = adjacency(neighbours, [str(code) for code in then.index])
    steps = distance_to(then["arm"].eq("network").to_numpy(dtype=bool), near)
    return steps[then.index.get_indexer(sample.units.index)]


def neighbours_and_rings(case: Case, steps: np.ndarray) -> list[Estimate]:
    """Neighbours as if they had taken part; participants against far controls, ring by ring.

    Args:
        case: The two windows.
        steps: From ``borders``.
    """
    data = case.data
    change = np.full(len(case.sample.units), np.nan)
    change[data.rows] = data.change
    weight = np.ones(len(change))
    weight[data.rows] = data.weight
    x = np.full((len(change), data.covariates.shape[1]), np.nan)
    x[data.rows] = data.covariates

    def neighbours() -> Estimate:
        found = difference(
            np.where(steps == 0, np.nan, change),
            steps == 1,
            weights=weight,
            covariates=x,
            level=case.level,
        )
        note = "municipalities that border on a participant against the others, participants out"
        return case.of_difference(found, what="placebo_space", term="neighbours", note=note)

    records = tried(
        case.common("placebo_space"),
        f"{case.stem('placebo_space')}.neighbours",
        neighbours,
        term="neighbours",
    )
    width = case.parts.of("robustness").rings
    for ring in rings(change, steps, width=width, weights=weight, covariates=x, level=case.level):
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
            records.append(case.of_difference(ring.result, what="spillover", term=term, note=note))
    return records


def residual_likeness(case: Case, near: np.ndarray) -> list[Estimate]:
    """Whether the residual changes of neighbours are alike."""
    data = case.data

    def made() -> Estimate:
        residual = np.full(len(case.sample.units), np.nan)
        residual[data.rows] = residuals(
            data.change, data.treated, weights=data.weight, covariates=data.covariates
        )
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


def county_clusters(case: Case) -> list[Estimate]:
    """The estimate with errors clustered by county; a county may hold both arms."""
    counties = case.sample.units["county_code"].astype(str).to_numpy()[case.data.rows]
    treated = case.data.treated

    def made() -> Estimate:
        fitted = linear.fit(absorbed(case.data, cluster=list(counties)))
        groups = fitted.absorbed.clusters
        of_network, of_others = set(counties[treated]), set(counties[~treated])
        where = (
            "most with municipalities of both arms"
            if 2 * len(of_network & of_others) > groups
            else f"{len(of_network)} with a participant"
        )
        return effect(
            case.common("county_clusters"),
            key=f"{case.stem('county_clusters')}.att",
            value=float(fitted.coefficient[0]),
            variance=float(cluster_robust.cv3(fitted)[0, 0]),
            level=case.level,
            inference=f"CV3 by county, t({groups - 1})",
            note=f"{groups} counties, {where}",
            clusters={
                "clusters": groups,
                "treated_clusters": len(of_network),
                "comparison_clusters": len(of_others),
            },
            **case.data.counts,
        )

    return tried(case.common("county_clusters"), f"{case.stem('county_clusters')}.att", made)
