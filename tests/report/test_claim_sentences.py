"""From the rung to the sentence: every rung, both directions, both languages, and its numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fij_eval.effects import details
from fij_eval.effects.analyses import claim as analysis
from fij_eval.effects.claims import SENTENCES, climb, overclaims
from fij_eval.report.context import places
from fij_eval.report.numbers_format import pp, pp_number
from fij_eval.report.numbers_results import rung_sentence
from fij_eval.report.wording import WORDS

sys.path.append(str(Path(__file__).parents[1] / "effects"))

import analysis_worlds
from test_claim_ladder import evidence, record

NETWORK = {"nb": "nettverkskommunene", "en": "the network municipalities"}
MORE = {
    4: {},
    3: {"breakdown": 0.2},
    2: {"primary": record(0.005, -0.012, 0.022), "randomization_p": 0.5},
    1: {"primary": record(0.0, -0.05, 0.05), "randomization_p": 0.5},
}
BELOW = {
    "primary": record(-0.03, -0.05, -0.01),
    "other_scale": record(-0.2, -0.35, -0.05, key="logit", scale="logit"),
    "composition_adjusted": record(-0.02, key="adjusted"),
}
LESS = {
    4: BELOW,
    3: BELOW | {"breakdown": 0.2},
    2: {"primary": record(-0.005, -0.022, 0.012), "randomization_p": 0.5},
    1: {"primary": record(-0.01, -0.06, 0.04), "randomization_p": 0.5},
}
CASES = [
    (rung, direction, language)
    for rung in (1, 2, 3, 4)
    for direction in ("more", "less")
    for language in ("nb", "en")
]


def said(rung, direction, language):
    """The claim and the sentence that the report makes of it."""
    found = climb(evidence(**{"more": MORE, "less": LESS}[direction][rung]))
    assert (found.rung, found.direction) == (rung, direction)
    tables = analysis._tables(
        {"municipality_average": found}, analysis_worlds.parts(), analysis_worlds.plan()
    )
    long = details.to_long(tables)
    arm = NETWORK[language]
    return found, rung_sentence(rung, "municipality_average", long, arm, language)


@pytest.mark.parametrize(("rung", "direction", "language"), CASES)
def test_the_sentence_is_that_of_the_rung_with_the_values_it_names(rung, direction, language):
    found, sentence = said(rung, direction, language)
    filled = {
        place: (pp if place == "size" else pp_number)(value, language)
        for place, value in found.needs.items()
    }
    words = WORDS[language][found.sentence]
    assert sentence == words.format(network=NETWORK[language], **filled)
    assert set(places(words)) - {"network"} == set(SENTENCES[found.sentence])


@pytest.mark.parametrize(("rung", "direction", "language"), CASES)
def test_the_sentence_may_stand_at_its_rung_and_the_fourth_at_no_other(rung, direction, language):
    _, sentence = said(rung, direction, language)
    assert overclaims(sentence, language, rung) == ()
    if rung == 4:
        assert all(overclaims(sentence, language, lower) for lower in (1, 2, 3))


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_fall_is_told_as_one_in_both_languages(language):
    smaller, lowered = {"nb": ("mindre", "senket"), "en": ("less", "lowered")}[language]
    assert smaller in said(3, "less", language)[1]
    assert smaller not in said(3, "more", language)[1]
    assert lowered in said(4, "less", language)[1]
    # sizes without sign: the word says the direction
    assert "−" not in said(4, "less", language)[1]


def test_every_sentence_is_reached():
    reached = {said(*case)[0].sentence for case in CASES}
    assert reached == set(SENTENCES)
