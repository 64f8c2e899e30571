"""One estimand with its two windows, as every attempt to break it takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.effects.analyses.common import fields, of_difference
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import Difference
from fij_eval.effects.samples import Sample, Windows
from fij_eval.effects.two_windows import TwoWindows

if TYPE_CHECKING:
    from fij_eval.settings import Parts

ANALYSIS = "robustness"


@dataclass(frozen=True, eq=False)
class Case:
    """One estimand with its two windows."""

    sample: Sample
    chosen: Windows
    data: TwoWindows
    estimand: str
    covariates: tuple[str, ...]
    parts: Parts

    @property
    def level(self) -> float:
        """Confidence level."""
        return float(self.parts.of("inference").level)

    def stem(self, what: str) -> str:
        """Beginning of the keys of one attempt's records."""
        return f"{ANALYSIS}.{what}.{self.estimand}"

    def common(self, what: str, **more: str) -> dict[str, Any]:
        """Fields that one attempt's records share."""
        return (
            fields(
                ANALYSIS,
                self.sample,
                spec=f"{what}.{self.estimand}",
                estimator="did_adjusted",
                estimand=self.estimand,
                windows=self.chosen,
                covariates=self.covariates,
            )
            | more
        )

    def of_difference(
        self, found: Difference, *, what: str, term: str, note: str, scale: str = "pp"
    ) -> Estimate:
        """The record of a difference of changes."""
        return of_difference(
            self.common(what),
            found,
            key=f"{self.stem(what)}.{term}",
            term=term,
            level=self.level,
            note=note,
            scale=scale,
        )
