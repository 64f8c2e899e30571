"""The fast estimators of the bench, for all replications and scenarios of one design at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.simulation import fractional, methods
from fij_eval.simulation.stack import last

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fij_eval.simulation.methods import LinearFit
    from fij_eval.simulation.stack import Inputs, Stack

    FloatArray = NDArray[np.float64]

#: The two co-primary estimators.
PP, LOGIT = "twfe_expected", "logit_expected"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """One estimator's results for all replications and scenarios.

    Attributes:
        name: Name in the records.
        estimate: (R, S).
        cv1: Cluster-robust errors, (R, S).
        cv3: Cluster-jackknife errors, (R, S).
        df: Degrees of freedom, (R,).
        zero_truth: Whether the true value is zero whatever the effect.
    """

    name: str
    estimate: FloatArray
    cv1: FloatArray
    cv3: FloatArray
    df: FloatArray
    zero_truth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fits:
    """All estimators of one design for one estimand.

    Attributes:
        found: Everything that becomes a record.
        plain: The 2x2, whose first S outcomes are the changes between the windows.
        primary: The regression of the primary analysis: S changes between the windows, S placebos
            in time if there are two halves of a base window, then S for each snapshot of the event
            study.
    """

    found: tuple[Found, ...]
    plain: LinearFit
    primary: LinearFit

    def named(self, name: str) -> Found:
        """The estimator of this name."""
        return next(found for found in self.found if found.name == name)


def fits(stack: Stack, given: Inputs, weight: FloatArray) -> Fits:
    """Every fast estimator.

    Args:
        stack: Scenarios of one design.
        given: Their changes.
        weight: Of the estimand, (R, n).
    """
    count = len(stack.scenarios)
    first, second, third = (slice(k * count, (k + 1) * count) for k in range(3))
    treated, growth = stack.treated, given.growth[..., None]
    two = np.concatenate([given.change, given.from_last], axis=-1)
    plain = methods.linear(two, treated, stack.covariates[..., :0], weight)
    covered = methods.linear(
        np.concatenate([two, given.change - growth], axis=-1), treated, stack.covariates, weight
    )
    inflow = methods.linear(np.repeat(growth, count, axis=-1), treated, stack.covariates, weight)
    # all scenarios of a design have the same shares before kick-off
    lagged = np.concatenate([given.composed, given.base[:, 0, :, None]], axis=-1)
    ancova = methods.linear(last(given.post), treated, lagged, weight)
    primary = _primary(stack, given, weight)
    found = [
        _from_linear("did", plain, first),
        _from_linear("did_last_base", plain, second),
        _from_linear("twfe_adjusted", covered, first),
        _from_linear("last_base_adjusted", covered, second),
        _from_linear("twfe_offset", covered, third),
        _from_linear("inflow", inflow, first, zero_truth=True),
        _from_linear("ancova", ancova, first),
        *_logits(stack, given, weight),
        _from_linear(PP, primary, first),
    ]
    if given.placebo is not None:
        found.append(_from_linear("placebo_time", primary, second, zero_truth=True))
    return Fits(found=tuple(found), plain=plain, primary=primary)


def _from_linear(name: str, fit: LinearFit, columns: slice, *, zero_truth: bool = False) -> Found:
    return Found(
        name=name,
        estimate=fit.estimate[:, columns],
        cv1=fit.cv1()[:, columns],
        cv3=fit.cv3()[:, columns],
        df=fit.df,
        zero_truth=zero_truth,
    )


def _primary(stack: Stack, given: Inputs, weight: FloatArray) -> LinearFit:
    """Changes between the windows, the placebo's, and the event study's, on one design."""
    blocks = [given.change, *([] if given.placebo is None else [given.placebo])]
    if stack.exact:
        blocks += given.events
    return methods.linear(np.concatenate(blocks, axis=-1), stack.treated, given.composed, weight)


def _logits(stack: Stack, given: Inputs, weight: FloatArray) -> list[Found]:
    """Fractional logit with no covariates, with those of the reference month, and with growth."""
    found = []
    for name, columns in (
        ("logit", stack.covariates[..., :0]),
        ("logit_adjusted", stack.covariates),
        (LOGIT, given.composed),
    ):
        each = [
            fractional.did(given.base[:, s], given.post[:, s], stack.treated, columns, weight)
            for s in range(len(stack.scenarios))
        ]
        found.append(
            Found(
                name=name,
                estimate=np.stack([np.where(f.converged, f.estimate, np.nan) for f in each], -1),
                cv1=np.stack([f.cv1() for f in each], -1),
                cv3=np.stack([f.cv3() for f in each], -1),
                df=each[0].df,
            )
        )
    return found
