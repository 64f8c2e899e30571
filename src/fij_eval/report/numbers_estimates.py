"""Numbers of the prose that come from the records of estimates.

A record without a number gives words that say so in its place. Sentences say what is seen: by how
much more or less the share rose, and what the interval allows for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.months import is_month
from fij_eval.report import records
from fij_eval.report.numbers_format import (
    count,
    interval,
    listed,
    month_name,
    of_hundred,
    p_value,
    percent_number,
    pp,
    pp_number,
    signed_pp,
)
from fij_eval.report.results import ESTIMANDS
from fij_eval.report.wording import said, spelled, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language, Parts, Specification


@dataclass(frozen=True, slots=True)
class Role:
    """What a specification is to the prose, whatever its id in the settings."""

    name: str
    estimator: str
    adjusted: bool


ROLES = (
    Role("did", "did_2x2", adjusted=False),
    Role("twfe", "twfe", adjusted=False),
    Role("twfe_adjusted", "twfe", adjusted=True),
)
EVENT = Role("event", "event_study", adjusted=False)


def specification(role: Role, estimand: str, settings: Parts) -> Specification:
    """The first specification of the settings that fills a role.

    Raises:
        ReportError: If none does.
    """
    found: Specification
    for found in settings.of("specifications"):
        if (
            found.estimator == role.estimator
            and found.estimand == estimand
            and bool(found.covariates) == role.adjusted
            and found.post == "window"
            and (found.base == "window" or role is EVENT)
        ):
            return found
    covariates = "with covariates" if role.adjusted else "without covariates"
    raise ReportError(
        f"The report tells of a {role.estimator} {covariates} for {estimand} over the standard "
        "windows, and no specification asks for one",
        where="settings: specifications",
        remedy="put such an entry back; those that came with the project have one of each",
    )


def about_sample(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """Which municipalities and windows enter the analysis."""
    known = records.by_key(frames["estimates_description"])
    sample, windows = settings.of("sample"), settings.of("windows")
    network, others = (
        records.wanted(known, f"sample.analysed.{arm}", "description")["estimate"]
        for arm in ("network", "comparison")
    )
    month = sample.reference_month
    panel = frames["panel"]
    then = panel[
        (panel["reference_month"] == month)
        & (panel["arm"] != "excluded")
        & panel["residents"].ge(sample.minimum_residents).fillna(value=False).astype(bool)
        & panel["municipality_code"].isin(panel.loc[panel["share"].notna(), "municipality_code"])
    ]
    did = _of_role(frames, ROLES[0], ESTIMANDS[0], settings)
    return {
        "sample.minimum": count(sample.minimum_residents, language),
        "sample.reference": month_name(month, language),
        "sample.n": count(network + others, language),
        "sample.n_network": count(network, language),
        "sample.n_others": count(others, language),
        "sample.persons": count(then["residents"].sum(), language),
        "win.base": _span(str(did["base"]), language),
        "win.post": _span(str(did["post"]), language),
        "win.post_from": spelled(windows.post_from_months, language),
    }


def about_differences(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """The differences in change between the arms, for each role and estimand."""
    made: dict[str, str] = {}
    arm = word(language, f"arm_{settings.of('network').treated}_definite")
    for role in ROLES:
        for estimand in ESTIMANDS:
            spec = specification(role, estimand, settings)
            record = _of_role(frames, role, estimand, settings)
            prefix = f"{role.name}.{estimand}"
            made |= {
                f"{prefix}.{key}": text for key, text in _difference(record, arm, language).items()
            }
            made[f"{prefix}.covariates"] = listed(
                (word(language, name) for name in spec.covariates), language
            ) or word(language, "none")
            if role.estimator == "did_2x2":
                made |= _cells(frames, spec.id, prefix, language)
    values = [
        float(record["estimate"])
        for record in records.by_key(frames["estimates_main"]).values()
        if records.known(record) and (record["scale"], record["term"]) == ("pp", "att")
    ]
    missing = word(language, "no_number")
    return made | {
        "range.n": spelled(len(values), language),
        "range.low": pp_number(min(values), language) if values else missing,
        "range.high": pp_number(max(values), language) if values else missing,
    }


def about_event_study(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """The joint test of the months before the start, and the base month."""
    known = records.by_key(frames["estimates_event_study"])
    made = {}
    for estimand in ESTIMANDS:
        spec = specification(EVENT, estimand, settings)
        test = known.get(f"{spec.id}.pre_trend")
        if not records.known(test, "p_value"):
            said, read = word(language, "pre_trend_missing"), ""
        else:
            said = word(language, "pre_trend", p=p_value(test["p_value"], language))
            low = test["p_value"] < 1 - test["level"]
            read = word(language, "pre_trend_low" if low else "pre_trend_high")
        made[f"event.{estimand}.pre_sentence"] = said
        made[f"event.{estimand}.pre_reading"] = read
        made[f"event.{estimand}.base"] = month_name(spec.base, language)
    return made


def about_truth(
    language: Language,
    frames: Mapping[str, pd.DataFrame],
    truth: Mapping[str, Any],
    *,
    settings: Parts,
) -> dict[str, str]:
    """The simulated effect beside the planned estimate of it.

    Raises:
        ReportError: If the truth lacks an estimand.
    """
    demo, planned = settings.of("demo"), records.by_key(frames["estimates_primary"])
    made = {
        "truth.effect": pp(demo.effect_pp / 100, language),
        "truth.phase_in": count(demo.phase_in_months, language),
    }
    for estimand in ESTIMANDS:
        true = _true_effect(truth, estimand)
        made[f"truth.att.{estimand}"] = pp(true, language)
        record = planned.get(f"primary.pp.{estimand}.att")
        if not records.known(record, "ci_low"):
            made[f"truth.reading.{estimand}"] = ""
            continue
        covered = record["ci_low"] <= true <= record["ci_high"]
        made[f"truth.reading.{estimand}"] = word(
            language, "truth_covered" if covered else "truth_missed"
        )
    return made


def _true_effect(truth: Mapping[str, Any], estimand: str) -> float:
    """The effect over the post window in expected probabilities.

    Raises:
        ReportError: If the truth does not hold it.
    """
    for row in truth.get("effects", ()):
        if row["estimand"] == estimand and row["term"] == "post":
            return float(row["expected"])
    raise ReportError(
        f"The simulated truth has no effect for {estimand} over the months after the start",
        where="data/raw/demo/truth.json",
        remedy="delete data/raw/demo and run `snakemake` again",
    )


def _difference(record: Record, arm: str, language: Language) -> dict[str, str]:
    """Strings of one difference."""
    missing = word(language, "no_number")
    made = {
        "n_units": count(record["n_units"], language),
        "n_network": count(record["n_treated"], language),
        "persons": count(record["persons"], language)
        if records.known(record, "persons")
        else missing,
    }
    if not records.known(record):
        none = dict.fromkeys(("pp", "more", "pp_signed", "se", "ci", "p"), missing)
        return made | none | {"sentence": word(language, "not_estimated"), "reading": ""}
    estimate = record["estimate"]
    made |= {
        "pp": pp(estimate, language),
        "pp_signed": signed_pp(estimate, language),
        "more": word(
            language,
            "less" if _shown(estimate, language) < 0 else "more",
            size=pp(abs(estimate), language),
        ),
        "sentence": _sentence(estimate, arm, language),
        "se": missing,
        "ci": missing,
        "p": missing,
        "reading": "",
    }
    if not records.known(record, "ci_low"):
        return made
    if record["ci_low"] > 0:
        reading = "interval_above"
    elif record["ci_high"] < 0:
        reading = "interval_below"
    else:
        reading = "interval_spans"
    return made | {
        "se": pp_number(record["se"], language),
        "ci": interval(record["ci_low"], record["ci_high"], language),
        "p": p_value(record["p_value"], language),
        "reading": word(language, reading, network=arm)
        if reading == "interval_spans"
        else word(language, reading),
    }


def _sentence(difference: float, arm: str, language: Language) -> str:
    """What a difference says, by what its reader sees of it: a rounded zero is no «more»."""
    size = pp(abs(difference), language)
    key = {1: "difference_more", -1: "difference_less", 0: "difference_same"}[
        _shown(difference, language)
    ]
    return word(language, key, size=size, network=arm)


def _shown(difference: float, language: Language) -> int:
    """Sign of a difference as its reader sees it: 0 where it is rounded to zero."""
    if pp(difference, language) == pp(0.0, language):
        return 0
    return 1 if difference > 0 else -1


def _cells(
    frames: Mapping[str, pd.DataFrame], spec: str, prefix: str, language: Language
) -> dict[str, str]:
    """The four means behind a 2×2 and the two changes."""
    known = records.by_key(frames["estimates_description"])
    made = {}
    for key, arm in (("network", "network"), ("others", "comparison")):
        for term in ("base", "post", "change"):
            record = known.get(f"cell.{spec}.{arm}.{term}")
            change = term == "change"
            made[f"{prefix}.{key}.{term}"] = said(
                record, language, pp if change else percent_number
            )
            if not change:
                made[f"{prefix}.{key}.{term}.of100"] = said(record, language, of_hundred)
    return made


def _of_role(
    frames: Mapping[str, pd.DataFrame], role: Role, estimand: str, settings: Parts
) -> Record:
    """The record of the average difference of a role."""
    known = records.by_key(frames["estimates_main"])
    return records.wanted(known, f"{specification(role, estimand, settings).id}.att", "main")


def _span(span: str, language: Language) -> str:
    """A window as readers write it: «august 2023–april 2024»."""
    months = [part for part in span.split("..") if is_month(part)]
    if not months:
        return word(language, "no_number")
    first, last = (month_name(month, language) for month in (months[0], months[-1]))
    return first if first == last else word(language, "span", first=first, last=last)
