"""Who is counted: how far residence time explains the change, and whether inflow itself differs.

The expected share given residence time enters as covariate and as offset; the settlement inflow is
tried as an outcome; the change of the share is decomposed into residence time and rates given it
(``change_in_parts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects import settlement
from fij_eval.effects.analyses.change_in_parts import kitagawa
from fij_eval.effects.analyses.common import Result, effect, fields, sample_of, tried
from fij_eval.effects.checks import DECLARED_LATER
from fij_eval.effects.composition import CLASSES
from fij_eval.effects.inference import cluster_robust, linear
from fij_eval.effects.inflow import inflow_after
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import Sample, Windows, windows
from fij_eval.effects.two_windows import absorbed, collapse

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference")
ANALYSIS = "composition"
EXPECTED = "expected_share"
INFERENCE = "CV3 t(G-1)"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``composition.<variant>.<estimand>.<term>``; the mix of residence times as a table.

    Variants: ``none`` (the plan's covariates without the expected share), ``covariate``,
    ``offset`` (share less expected share as outcome), ``expected`` (the expected share itself as
    outcome), ``inflow`` (settled after kick-off per resident refugee as outcome).
    """
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    level = parts.of("inference").level
    fixed = tuple(c for c in plan.primary.covariates if c not in DECLARED_LATER)
    expected = sample.current[EXPECTED]
    variants = (
        Variant("none", fixed),
        Variant("covariate", (*fixed, EXPECTED)),
        Variant("offset", fixed, sample.outcome - expected),
        Variant("expected", fixed, expected),
        Variant(
            "inflow",
            fixed,
            _inflow(frames["panel"], sample, chosen),
            estimator="difference_adjusted",
            note="settled after kick-off per resident refugee, network less comparison",
        ),
    )
    mixes = settlement.mix(frames["panel"], sample.units.index, sample.months)
    records: list[Estimate] = []
    for estimand in plan.primary.estimands:
        for variant in variants:
            records += _difference(sample, chosen, variant, estimand, level)
        records += kitagawa(sample, chosen, mixes, estimand)
    return Result(tuple(records), {"mix": _mix(sample, mixes)})


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to deal with composition.

    Attributes:
        name: Its name in keys.
        covariates: Names of covariates.
        outcome: Another outcome than the share, n x T.
        estimator: As records name it.
        note: What a reader must know.
    """

    name: str
    covariates: tuple[str, ...]
    outcome: np.ndarray | None = None
    estimator: str = "did_adjusted"
    note: str = ""


def _difference(
    sample: Sample, chosen: Windows, variant: Variant, estimand: str, level: float
) -> list[Estimate]:
    """The adjusted difference in changes with the cluster jackknife."""
    spec = f"{variant.name}.{estimand}"
    common = fields(
        ANALYSIS,
        sample,
        spec=spec,
        estimator=variant.estimator,
        estimand=estimand,
        windows=chosen,
        covariates=variant.covariates,
    )

    def made() -> Estimate:
        data = collapse(
            sample,
            chosen,
            estimand=estimand,
            covariates=variant.covariates,
            outcome=variant.outcome,
        )
        fitted = linear.fit(absorbed(data))
        return effect(
            common,
            key=f"{ANALYSIS}.{spec}.att",
            value=float(fitted.coefficient[0]),
            variance=float(cluster_robust.cv3(fitted)[0, 0]),
            level=level,
            inference=INFERENCE,
            note=variant.note,
            **data.counts,
        )

    return tried(common, f"{ANALYSIS}.{spec}.att", made)


def _inflow(panel: pd.DataFrame, sample: Sample, chosen: Windows) -> np.ndarray:
    """Settlement inflow, n x T: a level, put as a change from zero so that one regression serves.

    Taking part should not move it.
    """
    grid = np.full(sample.outcome.shape, np.nan)
    grid[:, sample.at(chosen.base)] = 0.0
    grid[:, sample.at(chosen.post)] = inflow_after(panel, sample)[:, None]
    return grid


def _mix(sample: Sample, mixes: np.ndarray) -> pd.DataFrame:
    """Mean mix of residence times by arm and snapshot."""
    import pandas as pd

    rows = []
    for arm, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
        for t, month in enumerate(sample.months):
            cells = mixes[flags, t]
            known = np.isfinite(cells).all(axis=1)
            mean = cells[known].mean(axis=0) if known.any() else np.full(len(CLASSES), np.nan)
            rows.append(
                {
                    "arm": arm,
                    "month": month,
                    "municipalities": int(known.sum()),
                    **{
                        f"from_{low:g}_quarters": float(v)
                        for low, v in zip(CLASSES, mean, strict=True)
                    },
                }
            )
    return pd.DataFrame(rows)
