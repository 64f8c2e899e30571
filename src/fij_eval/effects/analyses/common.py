"""What all analyses share: their result, and records with intervals or with the reason for none.

An analysis is a module with three names, the first two literal tuples that the workflow reads
without importing: ``INPUTS``, keys of the frames that it reads; ``SETTINGS``, parts of the settings
that it depends on; and ``make(frames, parts, plan)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from fij_eval.effects.clustered import MINIMUM_TREATED_CLUSTERS, interval
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import (
    Floats,
    NotEstimableError,
    Sample,
    Windows,
    build,
    weights_label,
)
from fij_eval.errors import CheckError, EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.effects.robustness.cross_section import Difference
    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts, Specification

ELIGIBLE = "eligible"
ALL_OTHERS = "all municipalities outside the network"


@dataclass(frozen=True, eq=False)
class Result:
    """What an analysis makes: records, and frames that are no estimates, by name."""

    records: tuple[Estimate, ...]
    details: Mapping[str, pd.DataFrame] = field(default_factory=lambda: MappingProxyType({}))


class Analysis(Protocol):
    """A module of this package."""

    @property
    def INPUTS(self) -> tuple[str, ...]:  # noqa: N802 -- a constant of the module
        """Keys of the frames that it reads."""
        ...

    @property
    def SETTINGS(self) -> tuple[str, ...]:  # noqa: N802 -- likewise
        """Parts of the settings that it depends on."""
        ...

    def make(self, frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:
        """The records of the analysis."""
        ...


def sample_of(frames: Mapping[str, pd.DataFrame], parts: Parts) -> Sample:
    """The analysis sample of the panel among the frames."""
    return build(frames["panel"], sample=parts.of("sample"), network=parts.of("network"))


def of_specification(analysis: str, spec: Specification, sample: Sample) -> dict[str, Any]:
    """Fields that all records of a specification of the settings share."""
    return {
        "analysis": analysis,
        "spec": spec.id,
        "estimator": spec.estimator,
        "estimand": spec.estimand,
        "sample": ELIGIBLE,
        "comparison": ALL_OTHERS,
        "weights": weights_label(sample, spec.estimand),
        "covariates": spec.covariates,
        "plan_status": spec.plan,
        "simulated": sample.simulated,
    }


def fields(
    analysis: str,
    sample: Sample,
    *,
    spec: str,
    estimator: str,
    estimand: str,
    windows: Windows,
    covariates: tuple[str, ...] = (),
    plan_status: str = "exploratory",
    units: str = ELIGIBLE,
    comparison: str = ALL_OTHERS,
) -> dict[str, Any]:
    """Fields that the records of one estimate share, outside the settings' specifications."""
    return {
        "analysis": analysis,
        "spec": spec,
        "estimator": estimator,
        "estimand": estimand,
        "sample": units,
        "comparison": comparison,
        "base": windows.base_label,
        "post": windows.post_label,
        "weights": weights_label(sample, estimand),
        "covariates": covariates,
        "plan_status": plan_status,
        "simulated": sample.simulated,
    }


def effect(
    common: Mapping[str, Any],
    *,
    key: str,
    value: float,
    variance: float,
    level: float,
    inference: str,
    n_units: int,
    n_treated: int,
    term: str = "att",
    scale: str = "pp",
    note: str = "",
    clusters: Mapping[str, int] | None = None,
    **more: Any,  # noqa: ANN401 -- further fields of the record
) -> Estimate:
    """The record of an effect with its interval from t(G-1).

    Clusters are municipalities unless they are given, by the names that ``interval`` has for them.
    Without an interval, and with the reason, where fewer than six clusters of an arm enter.
    """
    if not np.isfinite(value):
        return without(common, key=key, term=term, scale=scale, reason="the estimate is not finite")
    if clusters is None:
        clusters = {"clusters": n_units, "treated_clusters": n_treated}
    found = interval(value, variance, level=level, **clusters)
    return Estimate(
        key=key,
        term=term,
        scale=scale,
        inference=inference if found.se is not None else "",
        estimate=value,
        se=found.se,
        ci_low=found.low,
        ci_high=found.high,
        p_value=found.p_value,
        df=found.df,
        level=level,
        n_units=n_units,
        n_treated=n_treated,
        note="; ".join(filter(None, (found.note, note))),
        **more,
        **common,
    )


def of_difference(
    common: Mapping[str, Any],
    found: Difference,
    *,
    key: str,
    term: str,
    level: float,
    note: str,
    scale: str = "pp",
) -> Estimate:
    """The record of a difference of changes, with its interval at ``level``."""
    return Estimate(
        key=key,
        term=term,
        scale=scale,
        estimate=found.estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p_value=found.p_value,
        df=float(found.df),
        level=level,
        inference=f"HC1 t({found.df})",
        n_units=found.n_units,
        n_treated=found.n_treated,
        note=note,
        **common,
    )


def without(
    common: Mapping[str, Any], *, key: str, reason: str, term: str = "att", scale: str = "pp"
) -> Estimate:
    """The record of a number that does not exist."""
    return Estimate(key=key, term=term, scale=scale, note=reason, **common)


def tried(
    common: Mapping[str, Any],
    key: str,
    make: Callable[[], Estimate | list[Estimate]],
    *,
    term: str = "att",
    scale: str = "pp",
) -> list[Estimate]:
    """The records that ``make`` gives, or one that says why the data cannot give them.

    A ``CheckError`` is no lack of data and goes through.
    """
    try:
        made = make()
    except CheckError:
        raise
    except EstimationError as error:
        reason = error.reason if isinstance(error, NotEstimableError) else error.what
        return [without(common, key=key, reason=reason, term=term, scale=scale)]
    return made if isinstance(made, list) else [made]


def too_few(n_units: int, n_treated: int) -> str:
    """Why there is no error with so few clusters in an arm; empty if there is one."""
    fewest = min(n_treated, n_units - n_treated)
    if fewest >= MINIMUM_TREATED_CLUSTERS:
        return ""
    return f"no error: {fewest} clusters in the smaller arm are too few for a cluster-robust one"


def persons_of(sample: Sample, units: tuple[int, ...]) -> int:
    """Refugees of the reference month in the given rows of the sample."""
    return int(sample.units["weight"].to_numpy(dtype=float)[list(units)].sum())


def covariance_frame(months: Sequence[str], covariance: Floats) -> pd.DataFrame:
    """A covariance with its months: one row and one column a coefficient."""
    import pandas as pd

    frame = pd.DataFrame(covariance, columns=list(months))
    frame.insert(0, "month", list(months))
    return frame


def left_out(sample: Sample, entered: int, *, lacking: int = 0, collinear: int = 0) -> str:
    """Municipalities and covariates that do not enter, in words; empty if all do."""
    found = []
    if out := len(sample.units) - entered:
        which = f" ({lacking} of them lack a covariate)" if lacking else ""
        found.append(f"{out} eligible municipalities do not enter{which}")
    if collinear:
        found.append(f"{collinear} collinear covariate columns left out")
    return "; ".join(found)
