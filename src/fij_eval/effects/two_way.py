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
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fij_eval.effects.design import beside, independent_columns
from fij_eval.effects.samples import Floats

#: Below this part of itself a residual is rounding: the unit alone determines what fits it.
_DETERMINED = 1e-10
#: Entries of the units' hat matrices at a time, some 32 MB.
_BATCH = 4_000_000
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


def orthonormal(panel: Panel, facts: Floats) -> tuple[list[int], Floats, Floats]:
    """Facts of the units made orthonormal under their total weights.

    Args:
        panel: The cells.
        facts: n x f.

    Returns:
        Those that the facts before them do not determine, a in number; n x a, each a fact less
        those before it; and the triangle that makes the facts of these, a x a.
    """
    root = np.sqrt(panel.total)[:, None]
    used = independent_columns(facts * root)
    basis, triangle = np.linalg.qr(facts[:, used] * root)
    return used, basis / root, triangle


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

    @property
    def plain(self) -> bool:
        """Whether every unit has one weight and every fact a column at all snapshots but one.

        Then the columns of a fact span all movements over time, and a unit's hat matrix is a number
        times what takes its mean out.
        """
        columns = np.bincount(self.fact[self.kept], minlength=self.shape[0])
        return bool(self.panel.whole.all() and (columns == self.shape[1] - 1).all())

    @property
    def leverage(self) -> Floats:
        """That number for each unit of a plain design, n."""
        found: Floats = (self.facts**2).sum(axis=1) * self.panel.total
        return found

    def hat(self, units: slice) -> Floats:
        """The units' blocks of the hat matrix, in cells times the weight's root, n' x T x T."""
        a, periods = self.shape
        fact, snapshot = self.fact[self.kept], self.snapshot[self.kept]
        full = np.zeros((a, periods, a, periods))
        places = (fact[:, None], snapshot[:, None], fact, snapshot)
        full[places] = self.inverse
        facts, weights = self.facts[units], self.panel.weights[units]
        products = np.einsum("ia,ib->iab", facts, facts).reshape(len(facts), -1)
        found = products @ full.transpose(0, 2, 1, 3).reshape(a * a, -1)
        found = found.reshape(-1, periods, periods)
        share = weights / self.panel.total[units, None]
        found -= np.einsum("is,ist->it", share, found)[:, None, :]
        found -= np.einsum("it,ist->is", share, found)[:, :, None]
        root = np.sqrt(weights)
        found *= root[:, :, None] * root[:, None, :]
        return np.asarray(found)

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
        return self.coefficients_of(self.facts.T @ (self.panel.weights * cells))

    def coefficients_of(self, moments: Floats) -> Floats:
        """Coefficients, a x T, whose column has the given products with the columns, a x T."""
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
        of_facts: Coefficients of the facts, a x T, zero where a fact has no column.
        taken: Coefficients of each kept column of cells on the facts, m' x a x T.
        free: What the facts leave of each kept column of cells, times the weight's root,
            n x T x m'.
        inverse: Inverse of their cross-products, m' x m'.
        residuals: Times the weight's root, n x T.
    """

    interacted: Interacted
    kept: npt.NDArray[np.bool_]
    coefficients: Floats
    of_facts: Floats
    taken: Floats
    free: Floats
    inverse: Floats
    residuals: Floats

    @cached_property
    def influence(self) -> Floats:
        """What each unit moves the coefficients of the kept columns of cells by, n x m'."""
        by_unit: Floats = np.einsum("itm,it->im", self.free, self.residuals) @ self.inverse
        return by_unit

    def facts_at(self, columns: Sequence[int]) -> tuple[Floats, Floats]:
        """Coefficients of columns of facts times snapshots and their influences, n x len(columns).

        Args:
            columns: Places among the columns of ``interacted``, all kept.
        """
        fact = self.interacted.fact[list(columns)]
        snapshot = self.interacted.snapshot[list(columns)]
        scores = np.sqrt(self.interacted.panel.weights) * self.residuals
        moved = self.interacted.influence(scores, columns)
        if len(self.taken):
            moved = moved - self.influence @ self.taken[:, fact, snapshot]
        return self.of_facts[fact, snapshot], moved

    def left_out(self) -> Solution:
        """The same fit, whose influences are exactly what leaving out each unit takes away.

        A unit's residuals without the unit in the fit are (I - H)^-1 times those with it, H its
        block of the hat matrix (MacKinnon, Nielsen & Webb 2023, Journal of Econometrics 232(2),
        section 4). Its own effect goes with it and needs no part in this. What a unit alone
        determines leaves no residual and moves nothing.
        """
        n, periods = self.residuals.shape
        if self.interacted.plain and not self.kept.any():
            free = 1 - self.interacted.leverage
            scale = np.where(free > _DETERMINED, 1 / np.maximum(free, _DETERMINED), 0.0)
            return replace(self, residuals=self.residuals * scale[:, None])
        without = np.empty_like(self.residuals)
        step = max(1, _BATCH // periods**2)
        for first in range(0, n, step):
            at = slice(first, first + step)
            hat = self.interacted.hat(at)
            hat += np.einsum("itm,ml,isl->its", self.free[at], self.inverse, self.free[at])
            without[at] = _solved(np.eye(periods) - hat, self.residuals[at])
        return replace(self, residuals=without)


def _solved(blocks: Floats, right: Floats) -> Floats:
    """Solve symmetric blocks, n x T x T; a direction that a block takes to nothing stays out."""
    if np.linalg.eigvalsh(blocks).min() > _DETERMINED:
        return np.asarray(np.linalg.solve(blocks, right[..., None])[..., 0], dtype=np.float64)
    values, vectors = np.linalg.eigh(blocks)
    inverse = np.where(values > _DETERMINED, 1 / np.maximum(values, _DETERMINED), 0.0)
    along = np.einsum("its,it->is", vectors, right)
    solved: Floats = np.einsum("its,is->it", vectors, inverse * along)
    return solved


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
    free = beside([left.ravel() for left, _ in parted], len(root)) * root[:, None]
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
    return Solution(
        interacted=interacted,
        kept=kept,
        coefficients=coefficients,
        of_facts=of_facts - np.tensordot(coefficients, taken, 1),
        taken=taken,
        free=free.reshape(*panel.weights.shape, -1),
        inverse=inverse,
        residuals=rest.reshape(panel.weights.shape),
    )


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
