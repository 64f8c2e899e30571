"""Bounds on the estimate over what hidden cells can have held."""

from __future__ import annotations

import numpy as np

from fij_eval.effects.analyses.attempts.case import Case
from fij_eval.effects.analyses.common import tried
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.suppression import bounds, hidden_limits
from fij_eval.effects.samples import Sample, Windows
from fij_eval.effects.two_windows import TwoWindows, absorbed, collapse


def hidden_cells(case: Case) -> list[Estimate]:
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
