"""Numbers and sentences: what the measurements allow, what other methods and scales say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.stepdown import NEEDED
from fij_eval.report import records
from fij_eval.report.estimator_names import ESTIMATORS, key_of
from fij_eval.report.numbers_format import pp_number
from fij_eval.report.results import ESTIMANDS
from fij_eval.report.snapshots import outcome_months
from fij_eval.report.wording import reach, spelled, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language, Parts


def about_steps(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """What may be done with so many measurements before the start, by the rule of steps.

    ``step.sentence`` says what is done and what is not; ``step.synthetic`` whether synthetic
    weights are found and shown.
    """
    start = settings.of("network").start
    before = sum(month < start for month in outcome_months(frames["panel"]))
    n, needed = spelled(before, language), {k: spelled(v, language) for k, v in NEEDED.items()}
    for name in ("robust_trends", "leads", "difference"):
        if before >= NEEDED[name]:
            # one is told in letters of its own gender
            told = {} if name == "difference" else {"n": n}
            sentence = word(language, f"step_{name}", **told)
            break
    else:
        sentence = word(language, "step_nothing")
    if before >= NEEDED["synthetic_shown"]:
        synthetic = word(language, "synthetic_shown", needed=needed["synthetic_shown"])
    elif before >= NEEDED["synthetic"]:
        synthetic = word(language, "synthetic_found", n=n, needed=needed["synthetic_shown"])
    else:
        synthetic = word(language, "synthetic_none", n=n, needed=needed["synthetic"])
    return {"step.sentence": sentence, "step.synthetic": synthetic}


def about_methods(language: Language, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """How far other estimators and other scales move the answer, each municipality alike."""
    missing = word(language, "no_number")
    which = ESTIMANDS[0]
    methods = records.by_key(frames["estimates_estimators"])
    scales = records.by_key(frames["estimates_scale"])
    found: dict[str, list[Record | None]] = {
        "methods": [methods.get(key_of(pattern, which)) for _, pattern in ESTIMATORS],
        "scales": [r for key, r in scales.items() if key.endswith(f".{which}.att")],
    }
    made = {}
    for name, some in found.items():
        values = [float(r["estimate"]) for r in some if records.known(r)]
        made[f"{name}.n"] = spelled(len(values), language)
        made[f"{name}.low"] = pp_number(min(values), language) if values else missing
        made[f"{name}.high"] = pp_number(max(values), language) if values else missing
    return made | _bend(frames, language)


def _bend(frames: Mapping[str, pd.DataFrame], language: Language) -> dict[str, str]:
    """At which bend from measurement to measurement the interval reaches zero, in words."""
    trends = records.by_key(frames["estimates_trends"])
    made = {}
    for which in ESTIMANDS:
        record = trends.get(f"trends.honest.{which}.breakdown_smoothness")
        made[f"honest.bend.{which}"] = reach(record, "bend", language)
    return made
