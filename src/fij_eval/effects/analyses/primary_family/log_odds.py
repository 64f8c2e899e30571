"""The primary effect with trends alike in log odds, translated back to percentage points."""

from __future__ import annotations

from typing import Any

from fij_eval.effects import fractional, fractional_draws
from fij_eval.effects.analyses.common import effect, tried, without
from fij_eval.effects.analyses.primary_family.case import Case, sizes, test_of
from fij_eval.effects.record import Estimate
from fij_eval.randomness import stream


def log_odds(case: Case, common: dict[str, Any]) -> list[Estimate]:
    """The average partial effect of the fractional logit, with its errors and tests."""
    stem, data, inference = str(common["spec"]), case.data, case.inference
    shared = {"level": inference.level, **case.counts}

    def made() -> list[Estimate]:
        found = fractional.estimate(data)
        rows = [
            ("att", found.att, found.cv3, "pp", "CV3 t(G-1)"),
            ("cv1", found.att, found.cv1, "pp", "CV1 t(G-1)"),
            ("log_odds", found.log_odds, found.log_odds_cv3, "logit", "CV3 t(G-1)"),
        ]
        records = [
            without(common, key=f"{stem}.{name}", reason=found.without_jackknife, scale=scale)
            if se is None
            else effect(
                common,
                key=f"{stem}.{name}",
                term="att" if name == "att" else f"att_{name}",
                scale=scale,
                value=value,
                variance=se**2,
                inference=label,
                note="observed less predicted share" if scale == "pp" else "log odds ratio",
                **shared,
            )
            for name, value, se, scale, label in rows
        ]
        headline = records[0]
        _, _, p_wild = fractional_draws.wild(
            data,
            rng=stream(case.parts.of("seed"), "wild", stem),
            draws=inference.draws,
        )
        records.append(
            test_of(
                headline,
                "wild",
                p_wild,
                f"wild cluster restricted bootstrap, Webb, {inference.draws}, refitted",
                case.parts,
            )
        )
        return [*records, *sizes(headline, inference)]

    return tried(common, f"{stem}.att", made)
