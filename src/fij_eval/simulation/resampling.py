"""p-values by permutation and by bootstrap: singly, and for the primary family jointly.

One permutation of labels a replication serves all estimators, scenarios and estimands. On the logit
scale one-step scores stand in for the refits of the effect room (see ``scores``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.inference.multiple import family
from fij_eval.effects.inference.p_values import two_sided
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.effects.two_windows import TwoWindows
from fij_eval.randomness import stream
from fij_eval.simulation import methods, scores
from fij_eval.simulation.fitted import LOGIT, PP
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.methods import LinearFit
    from fij_eval.simulation.stack import Inputs, Stack

    FloatArray = NDArray[np.float64]

#: Draws of randomization inference and of the wild bootstrap in each replication.
DRAWS = 999


class Resample:
    """The draws of one design's replications."""

    def __init__(
        self, seed: int, thorough: Sequence[str], stack: Stack, numbers: Sequence[int]
    ) -> None:
        self._seed = seed
        self._numbers = numbers
        self._stack = stack
        self._thorough = [s for s, x in enumerate(stack.scenarios) if x.name in thorough]
        # static covariates start with log population and the two larger size groups
        strata = (stack.covariates[0, :, 1] + 2 * stack.covariates[0, :, 2]).astype(np.int64)
        self._assigned = [
            methods.assignments(
                stack.treated[r] > 0,
                stack.enters[r],
                strata,
                rng=stream(seed, "bench", "assignments", number),
                draws=DRAWS,
            )
            for r, number in enumerate(numbers)
        ]

    def of(self, fit: LinearFit, truths: FloatArray) -> dict[str, FloatArray]:
        """By randomization on coefficient and on t, and by the wild bootstrap, each (R, S).

        Columns ending in ``_truth`` are p-values of the true effect, where all methods are run.

        Args:
            fit: Regressions of the design's scenarios.
            truths: True effects, (R, S).
        """
        tests = ("p_ri", "p_ri_t", "p_wild")
        names = (*tests, *(f"{name}_truth" for name in tests))
        found = {name: np.full(fit.estimate.shape, np.nan) for name in names}
        count = fit.estimate.shape[1]
        for r, number in enumerate(self._numbers):
            one = fit.one(r).tested_at(truths[r])
            p, p_t = methods.randomization(one, self._assigned[r], of_t=True)
            found["p_ri"][r], found["p_ri_t"][r] = p[:count], p_t[:count]
            if not self._thorough:
                continue
            rng = stream(self._seed, "bench", "wild", number)
            signs = methods.webb(rng, draws=DRAWS, units=one.root.size)
            for s in self._thorough:
                found["p_ri_truth"][r, s] = p[count + s]
                found["p_ri_t_truth"][r, s] = p_t[count + s]
                pair = slice(s, None, count)
                found["p_wild"][r, s], found["p_wild_truth"][r, s] = methods.wild(
                    one.outcomes(pair), signs
                )
        return found

    def family(
        self, given: Inputs, weights: Mapping[str, FloatArray]
    ) -> dict[tuple[str, str], dict[str, FloatArray]]:
        """The primary family of two scales and two estimands, where all methods are run.

        Args:
            given: The design's changes.
            weights: Of each estimand, (R, n).

        Returns:
            For each co-primary estimator and estimand the joint max-t and Romano-Wolf p-values; on
            the logit scale also those of randomization (one-step coefficient and score t) and of
            the score wild bootstrap. Each (R, S), NaN where not run.
        """
        shape = (len(self._numbers), len(self._stack.scenarios))
        members = [(name, estimand) for name in (PP, LOGIT) for estimand in ESTIMANDS]
        columns = ("p_max_t", "p_romano_wolf")
        more = ("p_ri", "p_ri_t", "p_wild")
        found = {
            (name, estimand): {
                column: np.full(shape, np.nan)
                for column in (*columns, *(more if name == LOGIT else ()))
            }
            for name, estimand in members
        }
        for r, number in enumerate(self._numbers):
            for s in self._thorough:
                t = []
                for name, estimand in members:
                    data = self._windows(given, weights[estimand], r, s)
                    estimates, errors = self._statistics(name, data, r)
                    t.append(estimates / errors)
                    if name == LOGIT:
                        rng = stream(self._seed, "bench", "score_bootstrap", number)
                        at = found[name, estimand]
                        at["p_ri"][r, s] = two_sided(estimates[1:], estimates[0])
                        at["p_ri_t"][r, s] = two_sided(t[-1][1:], t[-1][0])
                        at["p_wild"][r, s] = scores.bootstrap(data, rng=rng, draws=DRAWS)[2]
                joint = family(np.array([x[0] for x in t]), np.column_stack([x[1:] for x in t]))
                for k, member in enumerate(members):
                    found[member]["p_max_t"][r, s] = joint.single_step[k]
                    found[member]["p_romano_wolf"][r, s] = joint.step_down[k]
        return found

    def _statistics(self, name: str, data: TwoWindows, r: int) -> tuple[FloatArray, FloatArray]:
        """Estimate and error under the real assignment, then under each drawn one."""
        drawn = self._assigned[r][:, data.rows] > 0
        everyone = np.vstack([data.treated[None, :], drawn])
        if name == LOGIT:
            return scores.statistics(data, everyone)
        return permuted_differences(
            data.change, everyone, weights=data.weight, covariates=data.covariates
        )

    def _windows(self, given: Inputs, weight: FloatArray, r: int, s: int) -> TwoWindows:
        """One replication of a scenario as the effect room takes it."""
        rows = np.flatnonzero(weight[r] > 0)
        covariates = given.composed[r, rows]
        return TwoWindows(
            rows=rows,
            codes=tuple(str(row) for row in rows),
            base=given.base[r, s, rows],
            post=given.post[r, s, rows],
            treated=self._stack.treated[r, rows] > 0,
            weight=weight[r, rows],
            covariates=covariates,
            names=tuple(f"x{k}" for k in range(covariates.shape[1])),
            strata=("",) * len(rows),
            observations=np.zeros(len(rows), dtype=np.intp),
            residents=np.zeros(len(rows)),
        )
