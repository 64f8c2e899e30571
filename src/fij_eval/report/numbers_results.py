"""Numbers and sentences of the prose from the planned analysis, its tests and the claim ladder.

The rung picks the sentence that says what was found; everything else here is what a reader needs to
judge it: the planned estimates, what could have been found, what the result stands, what it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.errors import ReportError
from fij_eval.report import records
from fij_eval.report.numbers_format import (
    count,
    interval,
    listed,
    number,
    of_hundred,
    one_sign,
    p_value,
    percent_number,
    pp,
    pp_number,
    signed_pp,
    whole,
)
from fij_eval.report.results import ESTIMANDS, HASH_DIGITS
from fij_eval.report.wording import reach, said, spelled, word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language, Parts

CRITERIA = ("A", "B", "C", "D", "E")
SCALES = ("pp", "logit")
_ANALYSES = (
    "primary",
    "claim",
    "robustness",
    "trends",
    "curve",
    "persons",
    "selection",
    "composition",
)
_CASES = ("central", "favourable", "unfavourable")


def about_claim(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """The sentence of the rung, what holds and what does not, and the plan.

    Raises:
        ReportError: If there is no record of the claim.
    """
    found, details = _known(frames), frames["details_claim"]
    level = settings.of("inference").level
    headline = records.wanted(found, "claim.rung", "claim")
    arm = word(language, f"arm_{settings.of('network').treated}_definite")
    facts = frame_of(details, "plan").set_index("name")["text"]
    departures = int(facts["deviations"])
    made = {
        "plan.hash": str(facts["checksum"])[:HASH_DIGITS],
        "plan.hash_full": str(facts["checksum"]),
        "plan.version": str(facts["version"]),
        "plan.deviations": word(language, "plan_followed")
        if departures == 0
        else word(language, "plan_departed", n=spelled(departures, language)),
        "plan.departures": _departures(details, language),
    }
    if not records.known(headline):
        return made | {
            "claim.sentence": word(language, "rung_none"),
            "claim.reading": "",
            "claim.rung": word(language, "no_number"),
            "claim.rung_number": "",
            "claim.holds": "",
            "claim.fails": "",
            "claim.basis": "",
        }
    which, rung = _lowest(found), round(float(headline["estimate"]))
    holds = {
        name: records.wanted(found, f"claim.criterion_{name}.{which}", "claim")["estimate"] == 1
        for name in CRITERIA
    }
    words = frame_of(details, "words")
    mine = words[words["estimand"] == which]
    notes = mine.loc[mine["name"].str.startswith("note_"), "text"].to_list()
    reading = [
        word(language, f"claim_{note}") for note in notes if not note.startswith("not_computed")
    ]
    if missing := [note[-1] for note in notes if note.startswith("not_computed")]:
        reading.append(_criteria(missing, "claim_not_computed", language, level))
    return made | {
        "claim.sentence": rung_sentence(rung, which, details, arm, language),
        "claim.reading": " ".join(reading),
        "claim.rung": spelled(rung, language),
        "claim.rung_number": str(rung),
        "claim.holds": _criteria([n for n in CRITERIA if holds[n]], "claim_holds", language, level),
        "claim.fails": _criteria(
            [n for n in CRITERIA if not holds[n]], "claim_fails", language, level
        ),
        "claim.basis": word(language, f"basis_{which}"),
    }


def rung_sentence(
    rung: int,
    which: str,
    details: pd.DataFrame,
    arm: str,
    language: Language,
) -> str:
    """The sentence of a rung with its numbers.

    Args:
        rung: 1 to 4.
        which: Estimand that the rung is taken from.
        details: Details of the claim.
        arm: What the network's municipalities are called.
        language: Language of the sentence.
    """
    values = frame_of(details, "values")
    mine = values[values["estimand"] == which].set_index("name")["number"]
    words = frame_of(details, "words")
    directions = words.loc[words["name"] == "direction", "text"]
    one_way = len(set(directions)) == 1
    less = directions[words["estimand"] == which].iloc[0] == "less"
    if rung >= 3 and not one_way:
        return word(language, "rung_mixed")
    if rung == 4:
        return word(
            language,
            "rung_4_less" if less else "rung_4_more",
            size=pp(mine["estimate"], language),
            low=pp_number(mine["ci_low"], language),
            high=pp_number(mine["ci_high"], language),
        )
    if rung == 3:
        return word(language, "rung_3_less" if less else "rung_3_more", network=arm)
    if rung == 2:
        return word(language, "rung_2", size=pp(mine["largest_compatible"], language))
    return word(language, "rung_1")


def about_primary(
    language: Language, frames: Mapping[str, pd.DataFrame], *, settings: Parts
) -> dict[str, str]:
    """The four planned estimates, what could be found, and what is compatible with the data."""
    found = _known(frames)
    inference = settings.of("inference")
    made = {
        "power.target": number(inference.power * 100, language, 0),
        "primary.margin": pp(inference.equivalence_pp / 100, language),
    }
    for estimand in ESTIMANDS:
        for scale in SCALES:
            stem = f"primary.{scale}.{estimand}"
            record = found.get(f"{stem}.att")
            made |= {
                f"{stem}.pp": said(record, language, pp),
                f"{stem}.signed": said(record, language, signed_pp),
                f"{stem}.ci": _ci(record, language),
                f"{stem}.p": _p(record, language),
                f"{stem}.ri_p": _p(found.get(f"{stem}.ri"), language),
                f"{stem}.joint_p": _p(found.get(f"{stem}.max_t"), language),
                f"{stem}.mde": said(found.get(f"{stem}.mde"), language, pp),
                f"{stem}.largest": said(found.get(f"{stem}.largest_compatible"), language, pp),
            }
        drawn = found.get(f"robustness.aa.{estimand}.adjusted.mde")
        made[f"power.drawn.{estimand}"] = said(drawn, language, pp)
        size = found.get(f"robustness.aa.{estimand}.adjusted.size")
        made[f"power.size.{estimand}"] = said(size, language, percent_number)
        for arm in ("observed", "predicted"):
            level = found.get(f"primary.pp.{estimand}.{arm}")
            made[f"primary.{arm}.{estimand}.of100"] = said(level, language, of_hundred)
        test = found.get(f"primary.pp.{estimand}.equivalence")
        made[f"primary.equivalence.{estimand}"] = _equivalence(test, language)
    return made


def about_persons(language: Language, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Persons in work, what taking part took, and how many in work would pay for it."""
    found = _known(frames)
    effect = found.get("persons.att")
    made = {
        "persons.sentence": word(language, "persons_none"),
        "persons.refugees": said(found.get("persons.refugees"), language, whole),
    }
    if records.known(effect, "ci_low"):
        more = effect["estimate"] >= 0
        # so many fewer: the limits count in the same direction
        n, low, high = (
            whole(value if more else -value, language)
            for value in (
                effect["estimate"],
                effect["ci_low" if more else "ci_high"],
                effect["ci_high" if more else "ci_low"],
            )
        )
        key = "persons_more" if more else "persons_less"
        made["persons.sentence"] = word(language, key, n=n, low=low, high=high)
    forms: dict[str, Callable[[float, Language], str]] = {
        "cost_each": whole,
        "saved": whole,
        "break_even_each": number,
        "break_even": whole,
        "break_even_pp": pp,
    }
    for case in _CASES:
        for term, form in forms.items():
            key = f"persons.{case}.{term}"
            made[key] = said(found.get(key), language, form)
    return made


def about_robustness(language: Language, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """What was tried to break the result, in the words of its numbers."""
    found = _known(frames)
    missing = word(language, "no_number")
    made = {}
    for name in ("specifications", "declared"):
        made[f"curve.{name}"] = said(found.get(f"curve.{name}"), language, whole)
    # a count, since 836 of 840 is not all of them, which 99.5 per cent rounds to
    same, all_of_them = found.get("curve.same_sign"), found.get("curve.specifications")
    made["curve.same_sign"] = (
        count(round(same["estimate"] * all_of_them["estimate"]), language)
        if records.known(same) and records.known(all_of_them)
        else missing
    )
    made["curve.median"] = said(found.get("curve.median"), language, pp_number)
    made["curve.p"] = _p(found.get("curve.median"), language)
    for end in ("lowest", "highest"):
        made[f"curve.{end}"] = said(found.get(f"curve.{end}"), language, pp_number)
    made["selection.auc"] = said(found.get("selection.auc"), language, of_hundred)
    for estimand in ESTIMANDS:
        value = found.get(f"trends.honest.{estimand}.breakdown")
        made[f"honest.reach.{estimand}"] = reach(value, "deviation", language)
        for term in ("slope", "bias"):
            record = found.get(f"trends.pretest.{estimand}.{term}_80")
            made[f"pretest.{term}.{estimand}"] = (
                pp(record["estimate"], language, 2 if term == "slope" else 1)
                if records.known(record)
                else missing
            )
        for variant in ("none", "offset"):
            record = found.get(f"composition.{variant}.{estimand}.att")
            made[f"composition.{variant}.{estimand}"] = said(record, language, pp_number)
        for kind in ("municipality", "county", "snapshot"):
            low, high = (
                found.get(f"robustness.leave_out.{estimand}.{kind}.{end}")
                for end in ("lowest", "highest")
            )
            made[f"leave_out.{kind}.{estimand}"] = (
                interval(low["estimate"], high["estimate"], language)
                if records.known(low) and records.known(high)
                else missing
            )
        for side in ("network", "comparison"):
            for part in ("total", "residence_time", "rates"):
                record = found.get(f"composition.kitagawa.{estimand}.{side}.{part}")
                made[f"kitagawa.{estimand}.{side}.{part}"] = said(record, language, pp)
    return made


def _known(frames: Mapping[str, pd.DataFrame]) -> dict[str, Record]:
    """All records of the analyses that this module reads, by key."""
    found: dict[str, Record] = {}
    for name in _ANALYSES:
        found |= records.by_key(frames[f"estimates_{name}"])
    return found


def _lowest(found: Mapping[str, Record]) -> str:
    """The estimand whose rung the report speaks from, the first of several as low."""
    rungs = {
        estimand: float(record["estimate"])
        for estimand in ESTIMANDS
        if records.known(record := found.get(f"claim.rung.{estimand}"))
    }
    if not rungs:
        raise ReportError(
            "A rung is recorded and no estimand that it comes from",
            where="estimates/claim",
            remedy="run the stage `estimates` again",
        )
    return min(rungs, key=lambda estimand: rungs[estimand])


def _criteria(names: list[str], sentence: str, language: Language, level: float) -> str:
    """A sentence that lists criteria; randomization is held against 1 - level."""
    if not names:
        return ""
    limit = {"B": {"alpha": percent_number(1 - level, language, 0)}}
    tests = [word(language, f"criterion_{name}", **limit.get(name, {})) for name in names]
    return word(language, sentence, tests=listed(tests, language))


def _departures(details: pd.DataFrame, language: Language) -> str:
    """Each departure from the plan in words; empty if there is none."""
    if not has(details, "deviations"):
        return ""
    return " ".join(
        word(language, "plan_departure", where=row["where"], planned=row["planned"], run=row["run"])
        for row in frame_of(details, "deviations").to_dict("records")
    )


def _equivalence(test: Record | None, language: Language) -> str:
    if not records.known(test, "p_value"):
        return word(language, "equivalence_none")
    p = p_value(test["p_value"], language)
    key = (
        "equivalence_small"
        if float(test["p_value"]) < 1 - float(test["level"])
        else "equivalence_not"
    )
    return one_sign(word(language, key, p=p))


def _ci(record: Record | None, language: Language) -> str:
    if not records.known(record, "ci_low"):
        return word(language, "no_number")
    return interval(record["ci_low"], record["ci_high"], language)


def _p(record: Record | None, language: Language) -> str:
    if not records.known(record, "p_value"):
        return word(language, "no_number")
    return p_value(record["p_value"], language)
