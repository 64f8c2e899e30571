"""One estimand of the primary analysis, and what the records of both scales share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fij_eval.effects.inference.equivalence import largest_compatible, mde, tost
from fij_eval.effects.record import Estimate, found_with, no_inference
from fij_eval.effects.two_windows import TwoWindows

if TYPE_CHECKING:
    from fij_eval.settings import Parts
    from fij_eval.settings_analysis import InferenceSettings


@dataclass(frozen=True, eq=False)
class Case:
    """One estimand with everything that its records need."""

    estimand: str
    data: TwoWindows
    parts: Parts

    @property
    def inference(self) -> InferenceSettings:
        """Level, draws and strata."""
        found: InferenceSettings = self.parts.of("inference")
        return found


def sizes(headline: Estimate, inference: InferenceSettings) -> list[Estimate]:
    """What could have been found, and what is compatible: equivalence, largest effect, MDE."""
    stem = headline.key.removesuffix(".att")
    blank = replace(headline, **no_inference(), estimate=None, note="-")
    if headline.se is None or headline.estimate is None or headline.df is None:
        return [
            replace(blank, key=f"{stem}.{term}", term=term, note=headline.note or "no error")
            for term in ("mde", "equivalence", "largest_compatible")
        ]
    margin = inference.equivalence_pp / 100
    test = tost(
        headline.estimate, headline.se, margin=margin, df=headline.df, level=inference.level
    )
    detectable = mde(
        headline.se, df=headline.df, level=inference.level, target_power=inference.power
    )
    widest = largest_compatible(
        headline.estimate, headline.se, df=headline.df, level=inference.level
    )
    return [
        replace(
            blank,
            key=f"{stem}.mde",
            term="mde",
            estimate=detectable,
            null=found_with(inference.power),
            note="from the standard error of the design",
        ),
        replace(
            blank,
            key=f"{stem}.equivalence",
            term="equivalence",
            estimate=headline.estimate,
            ci_low=test.ci_low,
            ci_high=test.ci_high,
            p_value=test.p_value,
            df=headline.df,
            inference="two one-sided tests",
            null=f"at least {margin:g} in size",
            note="",
        ),
        replace(
            blank,
            key=f"{stem}.largest_compatible",
            term="largest_compatible",
            estimate=widest,
            null="",
            note="the limit of the interval that is farther from zero",
        ),
    ]


def test_of(record: Estimate, method: str, p: float, label: str, parts: Parts) -> Estimate:
    """A p-value of the record's hypothesis by another method."""
    return replace(
        record,
        key=f"{record.spec}.{method}",
        term=f"att_{method}",
        **no_inference(p_value=p),
        inference=label,
        seed=parts.of("seed"),
        draws=parts.of("inference").draws,
    )
