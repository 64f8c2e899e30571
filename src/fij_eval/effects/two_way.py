"""Least squares with unit and period effects, exactly, at a cost that is linear in cells.

Regressors come in two forms. A fact of a unit times a snapshot (period effects, covariates of the
reference month, an event study's treatment indicators) is never written out: on units x snapshots
its products are matrix products of n x a facts with n x T cells. A column that varies from cell to
cell (treatment after kick-off, covariates of the month) is partialled out of the first kind and
kept. By the Frisch-Waugh-Lovell theorem what is left gives the coefficients, and by the normal
equations of the first kind, T a in number, those of its terms.

Units with every snapshot at one weight enter those equations in closed form, a Kronecker product;
the others through their weights. Gaps and weights are treated exactly: nothing is iterated to a
tolerance, but one step of refinement takes off the rounding of the equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import independent_columns
from fij_eval.effects.samples import Floats

#: A regressor counts as determined by those before it if less than this part of its sum of squares
#: is left: well above what rounding leaves of nothing (1e-16 times the number of equations).
_SINGULAR = 1e-11


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """Cells on units x snapshots.

    Attributes:
        weights: Weight of each cell, zero where there is none, n x T.
        total: Sum by unit, n.
        whole: Units with every snapshot at one weight, n flags.
    """

    weights: Floats
    total: Floats
    whole: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, weights: Floats) -> Panel:
        """From weights that are zero where a cell is missing; every unit has a cell."""
        same = (weights == weights[:, :1]).all(axis=1)
        return cls(weights=weights, total=weights.sum(axis=1), whole=same)

    def within(self, cells: Floats) -> Floats:
        """Cells less their unit's weighted mean, zero where there is none, n x T."""
        mean = np.einsum("it,it->i", self.weights, cells) / self.total
        centred: Floats = cells - mean[:, None]
        if not self.whole.all():
            centred[self.weights == 0] = 0.0
        return centred


@dataclass(frozen=True, eq=False, kw_only=True)
class Interacted:
    """Facts of units times snapshots, partialled out.

    Attributes:
        panel: The cells.
        facts: Facts, orthonormal under the units' total weights, n x a.
        fact: Which fact each of k columns is of, k.
        snapshot: Which snapshot each column is of, k.
        kept: Columns that those before them do not determine, k flags.
        inverse: Inverse of the kept columns' cross-products after unit effects.
    """

    panel: Panel
    facts: Floats
    fact: npt.NDArray[np.intp]
    snapshot: npt.NDArray[np.intp]
    kept: npt.NDArray[np.bool_]
    inverse: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Facts and snapshots, a and T."""
        return self.facts.shape[1], self.panel.weights.shape[1]

    @classmethod
    def of(cls, panel: Panel, facts: Floats, at: Sequence[tuple[int, int]]) -> Interacted:
        """Solve the equations of the columns, given as (fact, snapshot) in order."""
        pairs = np.array(at, dtype=np.intp).reshape(-1, 2)
        fact, snapshot = pairs[:, 0], pairs[:, 1]
        gram, size = _gram(panel, facts)
        gram = gram[fact[:, None], fact, snapshot[:, None], snapshot]
        kept = independent(gram, size[fact, snapshot])
        inverse = np.asarray(np.linalg.inv(gram[np.ix_(kept, kept)]), dtype=np.float64)
        return cls(
            panel=panel, facts=facts, fact=fact, snapshot=snapshot, kept=kept, inverse=inverse
        )

    def partial_out(self, cells: Floats) -> tuple[Floats, Floats]:
        """What is left of a column, n x T, and its coefficients on the facts, a x T."""
        left = self.panel.within(cells)
        taken = np.zeros((self.facts.shape[1], cells.shape[1]))
        # The second time takes out what rounding of the equations left; without gaps they are
        # solved in closed form.
        for _ in range(1 if self.panel.whole.all() else 2):
            step = self._coefficients(left)
            taken += step
            left = left - self.panel.within(self.facts @ step)
            left[self.panel.weights == 0] = 0.0
        return left, taken

    def _coefficients(self, cells: Floats) -> Floats:
        """Coefficients of centred cells on the columns, a x T, zero where there is no column."""
        moments = self.facts.T @ (self.panel.weights * cells)
        fact, snapshot = self.fact[self.kept], self.snapshot[self.kept]
        found = np.zeros_like(moments)
        found[fact, snapshot] = self.inverse @ moments[fact, snapshot]
        return found

    def influence(self, scores: Floats, columns: Sequence[int]) -> Floats:
        """What each unit moves the coefficients of the given columns by, n x len(columns).

        Args:
            scores: Weight times residual of each cell, n x T.
            columns: Places among the k columns, all kept.
        """
        place = np.cumsum(self.kept) - 1
        fact, snapshot = self.fact[self.kept], self.snapshot[self.kept]
        moved = np.zeros((len(scores), len(columns)))
        for a in range(self.facts.shape[1]):
            weight = np.zeros((len(columns), scores.shape[1]))
            of_fact = fact == a
            weight[:, snapshot[of_fact]] = self.inverse[place[list(columns)]][:, of_fact]
            if weight.any():
                moved += self.facts[:, [a]] * (scores @ weight.T)
        return moved


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """A weighted least-squares fit.

    Attributes:
        interacted: Facts times snapshots.
        kept: Columns of cells that facts and the columns before them do not determine, m flags.
        coefficients: Coefficients of the kept ones, m'.
        influence: What each unit moves them by, n x m'.
        of_facts: Coefficients of the facts, a x T, zero where a fact has no column.
        scores: Weight times residual of each cell, n x T.
        taken: Coefficients of each kept column of cells on the facts, m' x a x T.
    """

    interacted: Interacted
    kept: npt.NDArray[np.bool_]
    coefficients: Floats
    influence: Floats
    of_facts: Floats
    scores: Floats
    taken: Floats

    def facts_at(self, columns: Sequence[int]) -> tuple[Floats, Floats]:
        """Coefficients of columns of facts times snapshots and their influences, n x len(columns).

        Args:
            columns: Places among the columns of ``interacted``, all kept.
        """
        fact = self.interacted.fact[list(columns)]
        snapshot = self.interacted.snapshot[list(columns)]
        moved = self.interacted.influence(self.scores, columns)
        if len(self.taken):
            moved = moved - self.influence @ self.taken[:, fact, snapshot]
        return self.of_facts[fact, snapshot], moved


def solve(interacted: Interacted, outcome: Floats, cells: Sequence[Floats]) -> Solution:
    """Regress the outcome on facts times snapshots and columns of cells, with unit effects.

    Args:
        interacted: Facts times snapshots.
        outcome: n x T, zero where there is no cell.
        cells: m columns, each n x T, in the order in which they may determine each other.
    """
    panel = interacted.panel
    root = np.sqrt(panel.weights).ravel()
    parted = [interacted.partial_out(column) for column in cells]
    free = _beside([left.ravel() for left, _ in parted], len(root)) * root[:, None]
    size = np.array([np.linalg.norm(panel.within(c).ravel() * root) for c in cells])
    kept = np.zeros(len(cells), dtype=bool)
    kept[independent_columns(free, size=size)] = True
    free = free[:, kept]
    taken = np.array([facts for flag, (_, facts) in zip(kept, parted, strict=True) if flag])
    taken = taken.reshape(-1, *interacted.shape)
    length = np.linalg.norm(free, axis=0)
    inverse = np.linalg.inv((free / length).T @ (free / length)) / np.outer(length, length)

    left, of_facts = interacted.partial_out(outcome)
    rest = left.ravel() * root
    coefficients = np.zeros(free.shape[1])
    for _ in range(2):  # the second time for the rounding of the first
        step = inverse @ (free.T @ rest)
        rest = rest - free @ step
        coefficients += step
    by_unit = (free * rest[:, None]).reshape(*panel.weights.shape, -1).sum(axis=1)
    return Solution(
        interacted=interacted,
        kept=kept,
        coefficients=coefficients,
        influence=by_unit @ inverse,
        of_facts=of_facts - np.tensordot(coefficients, taken, 1),
        scores=(rest * root).reshape(panel.weights.shape),
        taken=taken,
    )


def _beside(columns: list[Floats], n: int) -> Floats:
    """Columns beside each other, n x k, also where there are none."""
    return np.column_stack(columns) if columns else np.empty((n, 0))


def _gram(panel: Panel, facts: Floats) -> tuple[Floats, Floats]:
    """Cross-products of facts times snapshots after unit effects, a x a x T x T, and sizes, a x T.

    With weights w_it, W_i their sum and q_i the facts: sum_i q_ij q_il (w_it [t = s] - w_it w_is /
    W_i), which for units with one weight w_i is sum_i q_ij q_il w_i times ([t = s] - 1 / T).
    """
    a, periods = facts.shape[1], panel.weights.shape[1]
    within = np.eye(periods) - 1 / periods
    gram = np.zeros((a, a, periods, periods))
    if panel.whole.all():
        # orthonormal under the total weights, which are T times one snapshot's
        gram[np.arange(a), np.arange(a)] = within / periods
        return gram, np.full((a, periods), 1 / periods)
    whole = facts[panel.whole]
    closed = whole.T @ (whole * panel.weights[panel.whole, :1])
    some = facts[~panel.whole]
    weights, total = panel.weights[~panel.whole], panel.total[~panel.whole]
    size = np.empty((a, periods))
    for j in range(a):
        for m in range(j, a):
            product = some[:, j] * some[:, m]
            diagonal = product @ weights
            block = np.diag(diagonal) - (weights * (product / total)[:, None]).T @ weights
            gram[j, m] = gram[m, j] = block + closed[j, m] * within
            if j == m:
                size[j] = diagonal + closed[j, j]
    return gram, size


def independent(gram: Floats, size: Floats) -> npt.NDArray[np.bool_]:
    """Columns that those before them do not determine, from their cross-products.

    Args:
        gram: Cross-products, k x k.
        size: Sum of squares of each column before anything was taken out of it, k.
    """
    diagonal = np.diag(gram)
    kept = diagonal > _SINGULAR * size
    scale = np.sqrt(np.where(kept, diagonal, 1.0))
    left = (gram / np.outer(scale, scale))[np.ix_(kept, kept)]
    try:
        if (np.diag(np.linalg.cholesky(left)) ** 2 > _SINGULAR).all():
            return np.asarray(kept)
    except np.linalg.LinAlgError:
        pass  # some column is determined: find which
    places = np.flatnonzero(kept)
    for j in range(len(places)):
        pivot = left[j, j]
        if pivot <= _SINGULAR:
            kept[places[j]] = False
            continue
        row = left[j, j + 1 :] / np.sqrt(pivot)
        left[j + 1 :, j + 1 :] -= np.outer(row, row)
    return np.asarray(kept)
