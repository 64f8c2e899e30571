"""Sample, windows, estimand and covariates, as every other estimator takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fij_eval.effects.analyses.common import fields
from fij_eval.effects.samples import Sample, Windows

ANALYSIS = "estimators"


@dataclass(frozen=True, eq=False)
class Case:
    """What an estimator takes, and the fields that its records share."""

    sample: Sample
    chosen: Windows
    estimand: str
    covariates: tuple[str, ...]
    level: float

    def common(self, estimator: str, *, adjusted: bool = True) -> dict[str, Any]:
        """Fields of this estimator's records."""
        return fields(
            ANALYSIS,
            self.sample,
            spec=f"{estimator}.{self.estimand}",
            estimator=estimator,
            estimand=self.estimand,
            windows=self.chosen,
            covariates=self.covariates if adjusted else (),
        )

    def key(self, estimator: str, term: str = "att") -> str:
        """Key of a record."""
        return f"{ANALYSIS}.{estimator}.{self.estimand}.{term}"
