"""The same question put to other estimators: they are to agree, or the reason is to be seen.

Group-time effects (regression, weighting, doubly robust), imputation, the ANCOVA bracket, entropy
balancing, matching, and synthetic difference in differences with its weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fij_eval.effects.analyses.alternatives.case import Case
from fij_eval.effects.analyses.alternatives.models import (
    ancova_bracket,
    compared_with_whom,
    group_time_effects,
    imputed_effects,
)
from fij_eval.effects.analyses.alternatives.weighting import (
    entropy_balanced,
    matched,
    synthetic,
)
from fij_eval.effects.analyses.common import Result, sample_of
from fij_eval.effects.checks import DECLARED_LATER
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import windows

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "estimators"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``estimators.<estimator>.<estimand>.<term>``, weights and balance as tables."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    # these estimators take facts of the reference month only
    covariates = tuple(c for c in plan.primary.covariates if c not in DECLARED_LATER)
    level = parts.of("inference").level
    records: list[Estimate] = []
    details: dict[str, pd.DataFrame] = {}
    for estimand in plan.primary.estimands:
        case = Case(sample, chosen, estimand, covariates, level)
        records += group_time_effects(case)
        records += imputed_effects(case)
        records += ancova_bracket(case)
        for made, tables in (entropy_balanced(case), matched(case), synthetic(case, parts)):
            records += made
            details |= {f"{name}.{estimand}": frame for name, frame in tables.items()}
        if (compared := compared_with_whom(case)) is not None:
            details.setdefault("comparisons", compared)
    return Result(tuple(records), details)
