"""Who joined: balance in levels and changes, a model of joining, the funnel of municipalities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.effects.analyses.common import Result, fields, sample_of, tried
from fij_eval.effects.design import independent_columns, unit_covariates
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.balance import balance
from fij_eval.effects.robustness.funnel import funnel, outside
from fij_eval.effects.robustness.joining import joining_model
from fij_eval.effects.samples import Sample, weights, windows
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.settings import BASE_COVARIATES, CURRENT_COVARIATES

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference")
ANALYSIS = "selection"
#: A municipality with fewer refugees is in no funnel and never named.
MINIMUM_SHOWN = 20


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``selection.<what>``; tables ``balance.<estimand>``, ``joining``, ``funnel``."""
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    common = fields(
        ANALYSIS,
        sample,
        spec="selection",
        estimator="joining_model",
        estimand="municipality_average",
        windows=chosen,
        plan_status="descriptive",
    )
    details: dict[str, pd.DataFrame] = {}
    for estimand in plan.primary.estimands:
        weight = None if estimand == "municipality_average" else weights(sample, estimand)
        details[f"balance.{estimand}"] = balance(_variables(sample), sample.treated, weights=weight)
    joined = tried(
        common,
        "selection.auc",
        lambda: _joining(sample, common, details, plan),
        term="auc",
        scale="statistic",
    )
    month = _last(sample)
    shaped = tried(
        common,
        "selection.funnel_target",
        lambda: _funnel(sample, month, common, details, parts.of("inference").level),
        term="funnel_target",
        scale="share",
    )
    return Result((*joined, *shaped), details)


def _variables(sample: Sample) -> dict[str, np.ndarray]:
    """Levels in the reference month and changes up to it, by name."""
    names = [name for name in BASE_COVARIATES if name in sample.units]
    x, labels = unit_covariates(sample, names)
    found = {label: x[:, j] for j, label in enumerate(labels)}
    pre = [m for m in sample.months if m < sample.cohorts[0]]
    if not pre:
        return found
    columns = sample.at(tuple(pre))
    found["share employed"] = sample.outcome[:, columns[-1]]
    found["refugees"] = sample.residents[:, columns[-1]]
    if len(columns) > 1:
        first, last = columns[0], columns[-1]
        found["change in share employed"] = sample.outcome[:, last] - sample.outcome[:, first]
        for name in CURRENT_COVARIATES:
            values = sample.current[name]
            found[f"change in {name}"] = values[:, last] - values[:, first]
        with np.errstate(divide="ignore", invalid="ignore"):
            growth = np.log(sample.residents[:, last] / sample.residents[:, first])
        found["growth in refugees"] = np.where(np.isfinite(growth), growth, np.nan)
    return found


def _joining(
    sample: Sample,
    common: dict[str, Any],
    details: dict[str, pd.DataFrame],
    plan: AnalysisPlan,
) -> list[Estimate]:
    """Logit of taking part on the plan's covariates and the level and change before kick-off."""
    import pandas as pd

    fixed = [c for c in plan.primary.covariates if c not in CURRENT_COVARIATES]
    x, labels = unit_covariates(sample, fixed)
    names = list(labels)
    columns = [x]
    variables = _variables(sample)
    for name in ("share employed", "change in share employed"):
        if name in variables:
            columns.append(variables[name][:, None])
            names.append(name)
    whole = np.column_stack(columns)
    known = np.isfinite(whole).all(axis=1)
    ones = np.ones((int(known.sum()), 1))
    kept = [j - 1 for j in independent_columns(np.column_stack([ones, whole[known]])) if j > 0]
    found = joining_model(sample.treated, whole[:, kept], [names[j] for j in kept])
    details["joining"] = pd.DataFrame(
        {
            "covariate": list(found.names),
            "log_odds": found.coefficient,
            "se": found.se,
            "p_value": found.p_value,
        }
    )
    counts: dict[str, Any] = {"n_units": found.units, "n_treated": found.treated}
    return [
        Estimate(
            key="selection.auc",
            term="auc",
            scale="statistic",
            estimate=found.auc,
            se=found.auc_error,
            null="0.5",
            note="probability that a participant's propensity exceeds a non-participant's",
            **counts,
            **common,
        ),
        Estimate(
            key="selection.joint",
            term="joint",
            scale="statistic",
            estimate=found.p_joint,
            p_value=found.p_joint,
            inference="likelihood ratio",
            null="no covariate tells the arms apart",
            **counts,
            **common,
        ),
    ]


def _last(sample: Sample) -> str:
    """The last snapshot up to the network's end, or the last there is."""
    inside = [m for m in sample.months if m <= sample.end]
    return (inside or list(sample.months))[-1]


def _funnel(
    sample: Sample,
    month: str,
    common: dict[str, Any],
    details: dict[str, pd.DataFrame],
    level: float,
) -> list[Estimate]:
    """Funnel limits of the share in the last snapshot, over-dispersion allowed for."""
    import pandas as pd

    t = sample.months.index(month)
    residents, employed = sample.residents[:, t], sample.employed[:, t]
    shown = np.isfinite(residents) & (residents >= MINIMUM_SHOWN)
    e, n = np.where(shown, employed, np.nan), np.where(shown, residents, np.nan)
    shape = funnel(e, n)
    safe = np.where(shown, residents, 1.0)
    low, high = shape.limits(safe, level)
    beyond = outside(e, n, shape, level=level)
    known = np.isfinite(e) & np.isfinite(n)
    # all municipalities shape the funnel; a row that gives away a count of few persons is not told
    told = known & (e >= SMALLEST_COUNT) & (n - e >= SMALLEST_COUNT)
    details["funnel"] = pd.DataFrame(
        {
            "municipality_code": np.array(sample.units.index.astype(str))[told],
            "network": sample.treated[told],
            "residents": n[told],
            "share": e[told] / n[told],
            "limit_low": low[told],
            "limit_high": high[told],
            "outside": beyond[told],
        }
    ).astype({"municipality_code": "str"})
    here = common | {"estimator": "funnel", "post": month, "base": ""}
    counts: dict[str, Any] = {
        "n_units": shape.units,
        "n_treated": int((known & sample.treated).sum()),
    }
    weighted = here | {"estimand": "person_average", "weights": f"residents {month}"}
    return [
        Estimate(
            key="selection.funnel_target",
            term="funnel_target",
            scale="share",
            estimate=shape.target,
            note="pooled share",
            **counts,
            **weighted,
        ),
        Estimate(
            key="selection.funnel_dispersion",
            term="funnel_dispersion",
            scale="statistic",
            estimate=shape.dispersion,
            null="1",
            note="mean squared z: 1 if chance explains all differences between municipalities",
            **counts,
            **here,
        ),
        Estimate(
            key="selection.funnel_outside",
            term="funnel_outside",
            scale="count",
            estimate=float(beyond[known].sum()),
            note=f"municipalities outside the {level:.0%} limits",
            **counts,
            **here,
        ),
    ]
