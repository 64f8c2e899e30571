"""Two-way fixed effects, clustered by municipality.

y_it = alpha_i + gamma_t + tau (network_i x post_t) + x_it' beta + e_it over the snapshots of the
base and the post window; those between them do not enter, so that tau is the mean effect of the
post window. With one month of kick-off and a balanced panel tau equals the 2x2 (Wooldridge 2021,
SSRN 3906345, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import Design, stack
from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.samples import Floats, NotEstimableError, Sample, Windows, weights
from fij_eval.effects.two_way import Interacted, Panel, orthonormal, solve


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """Coefficients of the terms of a design.

    Attributes:
        names: Terms, p.
        estimates: Coefficients, p.
        covariance: Cluster-robust covariance, p x p: CV1, or the jackknife's CV3 if asked for.
        n_units: Units that enter, which are the clusters.
        n_treated: Of these, in the network arm.
        n_obs: Municipality-months that enter.
        units: Rows of the sample that enter, sorted.
        without_covariates: Units left out because a covariate is missing.
        collinear: Covariate columns left out because others determine them.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    n_units: int
    n_treated: int
    n_obs: int
    units: tuple[int, ...]
    without_covariates: int = 0
    collinear: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Cells:
    """Stacked cells on units x snapshots."""

    panel: Panel
    present: npt.NDArray[np.bool_]
    units: npt.NDArray[np.intp]
    times: npt.NDArray[np.intp]

    @classmethod
    def of(cls, design: Design) -> _Cells:
        place = design.unit * (design.time.max() + 1) + design.time
        if (np.diff(place) <= 0).any():
            raise ValueError("cells of a design are not sorted, or one stands twice")
        # counts instead of sorting: codes are small numbers
        units = np.flatnonzero(np.bincount(design.unit))
        times = np.flatnonzero(np.bincount(design.time))
        rows, columns = np.zeros(units[-1] + 1, np.intp), np.zeros(times[-1] + 1, np.intp)
        rows[units], columns[times] = np.arange(len(units)), np.arange(len(times))
        present = np.zeros((len(units), len(times)), dtype=bool)
        present[rows[design.unit], columns[design.time]] = True
        weights = np.zeros(present.shape)
        weights[present] = design.weights
        return cls(Panel.of(weights), present, units, times)

    def spread(self, values: Floats) -> Floats:
        """A column of cells as n x T, zero where there is none."""
        spread = np.zeros(self.present.shape)
        spread[self.present] = values
        return spread


def regress(design: Design, *, jackknife: bool = False) -> Fit:
    """Weighted least squares with municipality and snapshot effects.

    The error is CV1 in the convention of ``fij_eval.effects.clustered``, or CV3: what each
    municipality's leaving moves the coefficients by (MacKinnon, Nielsen & Webb 2023, Journal of
    Econometrics 232(2), eq. 15). Covariates that those before them determine are left out. Terms
    stand last, so that one that covariates determine is found out and never kept at the expense of
    a covariate.

    Raises:
        NotEstimableError: If fixed effects and covariates determine a term, or there is one
            municipality only.
    """
    terms, covariates = design.terms, design.covariates
    grid = _Cells.of(design)
    facts = _Facts.of(design, grid)
    solution = solve(
        facts.interacted,
        grid.spread(design.y),
        [grid.spread(column) for column in (*covariates.cells.T, *terms.cells.T)],
    )
    known = facts.known(facts.covariates)
    kept = np.append(known, solution.kept[: covariates.cells.shape[1]])
    of_terms = np.append(facts.known(facts.terms), solution.kept[covariates.cells.shape[1] :])
    if not of_terms.all():
        which = ", ".join(n for n, flag in zip(terms.names, of_terms, strict=True) if not flag)
        raise NotEstimableError(f"fixed effects and covariates determine the term {which}")
    if jackknife:
        solution = solution.left_out()
    estimates, influence = solution.facts_at(facts.terms)
    own = slice(int(solution.kept[: covariates.cells.shape[1]].sum()), None)
    estimates = np.append(estimates / facts.scale, solution.coefficients[own])
    influence = np.column_stack([influence / facts.scale, solution.influence[:, own]])
    n, k, groups = len(design.y), len(terms.names) + int(kept.sum()), len(grid.units)
    if groups < 2:
        raise NotEstimableError("one cluster only: no cluster-robust error exists")
    # what is kept is independent beside the effects, so that there are more cells than columns
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    if jackknife:
        factor = (groups - 1) / groups
    names = np.array(covariates.names, dtype=object)
    return Fit(
        names=terms.names,
        estimates=estimates,
        covariance=factor * influence.T @ influence,
        n_units=groups,
        n_treated=design.n_treated,
        n_obs=n,
        units=tuple(grid.units.tolist()),
        without_covariates=design.without_covariates,
        collinear=tuple(names[~kept]),
    )


@dataclass(frozen=True, eq=False)
class _Facts:
    """Period effects, and covariates and terms that are facts of units times snapshots.

    Attributes:
        interacted: All of them, partialled out.
        covariates: Column of each such covariate, -1 where its fact is determined by others.
        terms: Column of each such term, -1 likewise or where the snapshot has no cell.
        scale: What a coefficient on the orthonormal fact is for one on the terms' fact.
    """

    interacted: Interacted
    covariates: tuple[int, ...]
    terms: tuple[int, ...]
    scale: float

    @classmethod
    def of(cls, design: Design, cells: _Cells) -> _Facts:
        covariates, terms = design.covariates, design.terms
        if len({fact for fact, _ in terms.at}) > 1:
            raise ValueError("terms at snapshots are of one fact of the units")
        one = np.ones((len(cells.units), 1))
        raw = np.column_stack(
            [
                one,
                *([covariates.facts[cells.units]] if covariates.at else []),
                *([terms.facts[cells.units][:, [terms.at[0][0]]]] if terms.at else []),
            ]
        )
        # Each orthonormal fact is a fact less those before it: the last one's coefficients are
        # those of the terms but for its length.
        used, facts, triangle = orthonormal(cells.panel, raw)
        place = {fact: j for j, fact in enumerate(used)}
        when = {int(t): j for j, t in enumerate(cells.times)}
        columns = [(0, t) for t in range(1, len(cells.times))]

        def add(fact: int, time: int) -> int:
            if fact not in place or time not in when:
                return -1
            columns.append((place[fact], when[time]))
            return len(columns) - 1

        of_covariates = tuple(add(1 + fact, t) for fact, t in covariates.at)
        of_terms = tuple(add(raw.shape[1] - 1, t) for _, t in terms.at)
        interacted = Interacted.of(cells.panel, facts, columns)
        return cls(interacted, of_covariates, of_terms, float(triangle[-1, -1]))

    def known(self, columns: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """Whether each column has a coefficient."""
        return np.array([j >= 0 and self.interacted.kept[j] for j in columns], dtype=bool)


def estimate(
    sample: Sample, windows: Windows, *, estimand: str, covariates: tuple[str, ...] = ()
) -> Fit:
    """The effect on the post window by two-way fixed effects: the single term ``att``.

    Arguments and errors are those of ``cells`` and ``regress``.
    """
    return regress(cells(sample, windows, estimand=estimand, covariates=covariates))


def cells(
    sample: Sample, windows: Windows, *, estimand: str, covariates: tuple[str, ...] = ()
) -> Design:
    """The cells of the two windows with the single term ``att``.

    Municipalities with the outcome in one window only tell nothing of the effect and are left out,
    so that the units are those of the 2x2.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.
        covariates: Names of covariates.

    Raises:
        NotEstimableError: If a window has no snapshot, or an arm no unit with both.
    """
    keep = in_both(sample, windows)
    post = np.isin(sample.months, windows.post)
    term = np.outer(sample.treated.astype(float), post.astype(float))
    return stack(
        sample,
        (*windows.base, *windows.post),
        {"att": term},
        weights=weights(sample, estimand),
        covariates=covariates,
        keep=keep,
    )
