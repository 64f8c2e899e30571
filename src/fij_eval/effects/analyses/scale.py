"""Trends alike in percentage points, in log odds or in ratios: how much the answer turns on it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fij_eval.effects import quasi_likelihood
from fij_eval.effects.analyses.common import Result, effect, fields, sample_of, tried, without
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, windows
from fij_eval.effects.two_windows import as_sample

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel",)
SETTINGS = ("windows", "sample", "network", "inference")
ANALYSIS = "scale"

#: Name, link, and whether cells weigh by their residents of the month: with the log link this is
#: the Poisson regression of persons in work with residents as offset.
MODELS: tuple[tuple[str, quasi_likelihood.Link, bool], ...] = (
    ("identity", "identity", False),
    ("fractional_logit", "logit", False),
    ("log", "log", False),
    ("binomial", "logit", True),
    ("poisson_offset", "log", True),
)
_CONTRAST = {"logit": "logit", "log": "ratio"}


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
    """Records ``scale.<model>.<raw|adjusted>.<estimand>.<att|contrast>``.

    Each municipality enters with its means of the two windows. The contrast is the log odds ratio
    or the log ratio.
    """
    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    try:
        given = as_sample(sample, chosen)
    except NotEstimableError as error:
        return Result(tuple(_nothing(sample, chosen, plan, error.reason)))
    level = parts.of("inference").level
    records: list[Estimate] = []
    for estimand in plan.primary.estimands:
        for name, link, exposure in MODELS:
            if exposure and estimand != "person_average":
                continue  # residents of the month are weights by persons
            for kind, covariates in (("raw", ()), ("adjusted", plan.primary.covariates)):
                stem = f"{ANALYSIS}.{name}.{kind}.{estimand}"
                common = fields(
                    ANALYSIS,
                    sample,
                    spec=f"{name}.{kind}.{estimand}",
                    estimator=name,
                    estimand=estimand,
                    windows=chosen,
                    covariates=covariates,
                )
                if exposure:
                    common |= {"weights": "residents of the month"}
                made = partial(_effects, given, (link, exposure), common, stem, level)
                records += tried(common, f"{stem}.att", made)
    return Result(tuple(records))


def _effects(
    given: tuple[Sample, Windows],
    model: tuple[quasi_likelihood.Link, bool],
    common: dict[str, Any],
    stem: str,
    level: float,
) -> list[Estimate]:
    """The effect of one model in percentage points and, where there is one, as its contrast.

    Args:
        given: The two windows as a sample, and windows that name them.
        model: Link, and whether cells weigh by their residents of the month.
        common: Fields that the records share.
        stem: Beginning of their keys.
        level: Confidence level.
    """
    (two, halves), (link, exposure) = given, model
    found = quasi_likelihood.estimate(
        two,
        halves,
        estimand=common["estimand"],
        link=link,
        covariates=common["covariates"],
        exposure=exposure,
    )
    shared: dict[str, Any] = {
        "level": level,
        "inference": "CV1 by municipality, t(G-1)",
        "n_units": found.n_units,
        "n_treated": found.n_treated,
        "n_obs": found.n_obs,
        "persons": found.persons,
    }
    records = [
        effect(
            common,
            key=f"{stem}.att",
            value=found.att,
            variance=found.variance,
            note=f"observed {found.observed:.4f}, predicted {found.predicted:.4f}",
            **shared,
        )
    ]
    if link in _CONTRAST:
        records.append(
            effect(
                common,
                key=f"{stem}.contrast",
                term="contrast",
                scale=_CONTRAST[link],
                value=found.contrast,
                variance=found.contrast_variance,
                note="log odds ratio" if link == "logit" else "log ratio",
                **shared,
            )
        )
    return records


def _nothing(sample: Sample, chosen: Windows, plan: AnalysisPlan, reason: str) -> list[Estimate]:
    """Why there is no estimate on any scale."""
    return [
        without(
            fields(
                ANALYSIS,
                sample,
                spec=f"scale.{estimand}",
                estimator="identity",
                estimand=estimand,
                windows=chosen,
            ),
            key=f"{ANALYSIS}.identity.raw.{estimand}.att",
            reason=reason,
        )
        for estimand in plan.primary.estimands
    ]
