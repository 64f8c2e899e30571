"""The claim ladder: what may be said follows from the results by rule.

``climb`` turns records and criteria into a rung and the values that its sentence needs. The
sentences stand with the report's texts; here stands which words they may not hold.

==== =========================================================== =================================
rung rule                                                        says
==== =========================================================== =================================
4    A-E and at least two periods before kick-off                points to a contribution
3    A and B, not all of C-E                                     a difference, cause not separated
2    interval includes 0 and excludes the detectable effect      no certain difference
1    otherwise                                                   too uncertain to say
==== =========================================================== =================================

A: the intervals exclude 0 on both scales, on the same side. B: randomization p below 1 - level.
C: breakdown M-bar at least 1. D: same sign and at least half the size with composition adjusted.
E: no placebo rejects after Holm's correction, and at least one was run. What was not computed does
not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fij_eval.effects.inference.multiple import holm
from fij_eval.effects.record import Estimate
from fij_eval.errors import EstimationError

Rung = Literal[1, 2, 3, 4]
Direction = Literal["more", "less"]
Language = Literal["nb", "en"]

BREAKDOWN_NEEDED = 1.0
SHARE_OF_SIZE_NEEDED = 0.5


#: Sentence -> its places and the values that fill them, the same in every language. ``network`` is
#: a word of the report, not a value.
SENTENCES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "rung_4_more": {"size": "estimate", "low": "ci_low", "high": "ci_high"},
        "rung_4_less": {"size": "estimate", "low": "ci_low", "high": "ci_high"},
        "rung_3_more": {},
        "rung_3_less": {},
        "rung_2": {"size": "largest_compatible"},
        "rung_1": {},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the ladder stands on.

    Attributes:
        primary: The primary estimate in percentage points, with its interval.
        other_scale: The co-primary estimate (logit, on its own scale or as average partial
            effect), with its interval.
        randomization_p: p-value of the randomization test of ``primary``; None if not computed.
        breakdown: Breakdown M-bar of ``primary``; None if not computed.
        composition_adjusted: ``primary`` with composition adjusted; None if not computed.
        placebo_p: p-value of each placebo, by name.
        mde: Minimum detectable effect at 80 per cent power, as a share, known before the result.
        pre_periods: Periods before kick-off, the base period included.
    """

    primary: Estimate
    other_scale: Estimate | None
    randomization_p: float | None
    breakdown: float | None
    composition_adjusted: Estimate | None
    placebo_p: Mapping[str, float]
    mde: float
    pre_periods: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A rung, why, and what its sentence needs.

    Attributes:
        rung: 1 to 4.
        criteria: Whether each of A to E holds.
        direction: Sign of the estimate.
        values: Numbers by name, as shares: ``estimate``, ``ci_low``, ``ci_high``, ``mde`` and
            ``largest_compatible`` (the largest effect in size that the interval holds); the first
            three without sign, ``ci_low`` being the limit nearer to zero, where the rung is 3 or 4.
        sources: Keys of the records that the values and criteria come from.
        notes: What a reader must know of the way to the rung: ``methods_disagree`` (the interval
            excludes 0, but A or B fails), ``few_periods`` (A-E hold with one period before
            kick-off), and ``not_computed_B``, ... for criteria without a result.
    """

    rung: Rung
    criteria: Mapping[str, bool]
    direction: Direction
    values: Mapping[str, float]
    sources: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Key of the sentence, one of ``SENTENCES``."""
        return f"rung_{self.rung}_{self.direction}" if self.rung >= 3 else f"rung_{self.rung}"

    @property
    def needs(self) -> Mapping[str, float]:
        """What fills the places of the sentence, by place."""
        return {place: self.values[name] for place, name in SENTENCES[self.sentence].items()}


def climb(evidence: Evidence) -> Claim:
    """The rung that the evidence reaches.

    Raises:
        EstimationError: If the primary estimate has no number or no interval, is not in percentage
            points, or the minimum detectable effect is not positive.
    """
    primary = evidence.primary
    if primary.estimate is None or primary.ci_low is None or primary.ci_high is None:
        raise EstimationError(
            f"The primary estimate has no number to base a claim on ({primary.note or 'interval'})",
            where=primary.key,
            remedy="report that the primary analysis could not be carried out",
        )
    if primary.scale != "pp":
        raise EstimationError("The primary estimate is not in percentage points", where=primary.key)
    if not evidence.mde > 0:
        raise EstimationError("The minimum detectable effect is not positive", where=primary.key)
    low, high = primary.ci_low, primary.ci_high
    criteria = _criteria(evidence)
    notes = [f"not_computed_{name}" for name in _not_computed(evidence)]
    includes_zero = low <= 0 <= high
    rung: Rung
    if criteria["A"] and criteria["B"]:
        rung = 3
        if criteria["C"] and criteria["D"] and criteria["E"]:
            if evidence.pre_periods >= 2:
                rung = 4
            else:
                notes.append("few_periods")
    elif includes_zero and -evidence.mde < low and high < evidence.mde:
        rung = 2
    else:
        rung = 1
        if not includes_zero:
            notes.append("methods_disagree")
    near, far = sorted((abs(low), abs(high)))
    signless = rung >= 3
    values = {
        "estimate": abs(primary.estimate) if signless else primary.estimate,
        "ci_low": near if signless else low,
        "ci_high": far if signless else high,
        "largest_compatible": far,
        "mde": evidence.mde,
    }
    used = {
        "primary": primary,
        "other_scale": evidence.other_scale,
        "composition_adjusted": evidence.composition_adjusted,
    }
    return Claim(
        rung=rung,
        criteria=MappingProxyType(criteria),
        direction="more" if primary.estimate >= 0 else "less",
        values=MappingProxyType(values),
        sources=MappingProxyType({k: r.key for k, r in used.items() if r is not None}),
        notes=tuple(notes),
    )


def _side(record: Estimate | None) -> int:
    """On which side of 0 the interval lies: 1, -1, or 0 where it includes 0 or does not exist."""
    if record is None or record.ci_low is None or record.ci_high is None:
        return 0
    return 1 if record.ci_low > 0 else -1 if record.ci_high < 0 else 0


def _criteria(evidence: Evidence) -> dict[str, bool]:
    """Whether each criterion holds."""
    primary, adjusted = evidence.primary, evidence.composition_adjusted
    size = 1 - primary.level
    side = _side(primary)
    estimate = primary.estimate or 0.0
    p = list(evidence.placebo_p.values())
    return {
        "A": side != 0 and side == _side(evidence.other_scale),
        "B": evidence.randomization_p is not None and evidence.randomization_p < size,
        "C": evidence.breakdown is not None and evidence.breakdown >= BREAKDOWN_NEEDED,
        "D": (
            adjusted is not None
            and adjusted.estimate is not None
            and adjusted.estimate * estimate > 0
            and abs(adjusted.estimate) >= SHARE_OF_SIZE_NEEDED * abs(estimate)
        ),
        "E": bool(p) and bool((holm(p) >= size).all()),
    }


def _not_computed(evidence: Evidence) -> list[str]:
    """Criteria that there is no result for."""
    other, adjusted = evidence.other_scale, evidence.composition_adjusted
    missing = {
        "A": other is None or other.ci_low is None,
        "B": evidence.randomization_p is None,
        "C": evidence.breakdown is None,
        "D": adjusted is None or adjusted.estimate is None,
        "E": not evidence.placebo_p,
    }
    return [name for name, absent in missing.items() if absent]


#: Words that say more than an association: rung 4 and the chapter on method alone may hold them.
CAUSAL_WORDS: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "nb": (
            r"effekt(en|er|ene)? av",
            r"virkning(en)? av",
            r"før(te|er|t) til",
            r"forårsak\w*",
            r"skyldes (deltak|nettverk)\w*",
            r"på grunn av (deltak|nettverk)\w*",
            r"takket være",
            r"(deltakelsen|nettverket) (har )?(økte?|ga|gitt|bidro|bidratt|senket|redusert)\w*",
            r"signifikan\w*",
            r"bevis(t|te|er|et)?",
        ),
        "en": (
            r"(effects?|impacts?) of",
            r"(led|leads?|leading) to",
            r"caus(e|es|ed|ing|ally)",
            r"(because of|due to) (taking part|participation|the network)",
            r"thanks to",
            r"(participation|the network) (has |have |having )?(increased|raised|reduced|lowered)",
            r"significan\w*",
            r"pro(ves?|ved|of)",
        ),
    }
)

#: Words that turn a failure to find into a finding: the chapter on method alone may hold them.
NULL_WORDS: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "nb": (
            r"ingen (effekt|virkning)(er)?",
            r"(har|hadde) ikke (hatt )?(effekt|virkning)",
            r"virke(t|r) ikke",
            r"(?<!det )ikke (har )?virket",
            r"uten effekt",
        ),
        "en": (
            r"no (effects?|impacts?)",
            r"did not work",
            r"(?<!that it )(does|has|had) not (work|worked)",
            r"without effect",
            r"ineffective",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Overclaim:
    """A word that the text may not hold at its rung.

    Attributes:
        found: The words as they stand.
        position: Place of the first letter.
        context: The words with their surroundings.
    """

    found: str
    position: int
    context: str


def overclaims(text: str, language: Language, rung: Rung) -> tuple[Overclaim, ...]:
    """Words in the text that claim more than the rung allows.

    Args:
        text: Running text without the chapter on method, where all words may stand; line breaks
            and hard spaces count as spaces, soft hyphens as nothing.
        language: Language of the text.
        rung: The rung that was reached.
    """
    # soft hyphens are replaced by nothing, so positions are those of the cleaned text
    plain = re.sub(r"\s+", " ", text.replace("\u00ad", ""))
    patterns = list(NULL_WORDS[language]) + (list(CAUSAL_WORDS[language]) if rung < 4 else [])
    found = [
        Overclaim(match[0], match.start(), plain[max(0, match.start() - 40) : match.end() + 40])
        for pattern in patterns
        for match in re.finditer(rf"\b(?:{pattern})\b", plain, flags=re.IGNORECASE)
    ]
    return tuple(sorted(found, key=lambda o: (o.position, o.found)))
