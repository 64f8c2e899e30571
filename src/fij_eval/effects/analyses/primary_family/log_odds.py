"""The primary effect with trends alike in log odds, translated back to percentage points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fij_eval.effects import fractional, fractional_draws
from fij_eval.effects.analyses.common import effect, too_few, tried
from fij_eval.effects.analyses.primary_family.case import Case, sizes, test_of
from fij_eval.effects.record import Estimate
from fij_eval.randomness import stream


def log_odds(case: Case, common: dict[str, Any]) -> list[Estimate]:
    """The average partial effect of the fractional logit, with its errors and tests."""
    stem, data, inference = str(common["spec"]), case.data, case.inference
    shared = {"level": inference.level, **case.data.counts}

    def made() -> list[Estimate]:
        found = fractional.estimate(data)
        rows = [
            ("att", found.att, found.cv3, "pp", "CV3 t(G-1)"),
            ("cv1", found.att, found.cv1, "pp", "CV1 t(G-1)"),
            ("log_odds", found.log_odds, found.log_odds_cv3, "logit", "CV3 t(G-1)"),
        ]
        records = []
        for name, value, se, scale, label in rows:
            about: dict[str, Any] = {
                "key": f"{stem}.{name}",
                "term": "att" if name == "att" else f"att_{name}",
                "scale": scale,
                **shared,
            }
            if se is None:  # the estimate stands, as in percentage points
                about |= {"estimate": value, "note": found.without_jackknife}
                records.append(Estimate(**about, **common))
                continue
            what = "observed less predicted share" if scale == "pp" else "log odds ratio"
            records.append(
                effect(common, value=value, variance=se**2, inference=label, note=what, **about)
            )
        return [*records, _wild(case, records[0], stem), *sizes(records[0], inference)]

    return tried(common, f"{stem}.att", made)


def _wild(case: Case, headline: Estimate, stem: str) -> Estimate:
    """Record of the wild bootstrap; without a p-value where there are too few for any error."""
    draws = case.inference.draws
    label = f"wild cluster restricted bootstrap, Webb, {draws}, refitted"
    if too_few(case.data.n_units, case.data.n_treated):
        return replace(headline, key=f"{stem}.wild", term="att_wild", inference=label)
    rng = stream(case.parts.of("seed"), "wild", stem)
    _, _, p = fractional_draws.wild(case.data, rng=rng, draws=draws)
    return test_of(headline, "wild", p, label, case.parts)
