"""Every rung of the claim ladder, and the words that are forbidden below it."""

import dataclasses

import pytest

from fij_eval.effects.claims import Evidence, climb, overclaims
from fij_eval.effects.record import Estimate
from fij_eval.errors import EstimationError


def record(estimate=0.03, low=0.01, high=0.05, *, key="twfe.pp", scale="pp", note=""):
    return Estimate(
        key=key,
        analysis="main",
        spec="primary",
        estimator="twfe",
        term="att",
        estimand="municipality_average",
        scale=scale,
        sample="all",
        comparison="all",
        base="window",
        post="window",
        weights="none",
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        note=note,
    )


def evidence(**changes):
    full = Evidence(
        primary=record(),
        other_scale=record(0.2, 0.05, 0.35, key="logit", scale="logit"),
        randomization_p=0.01,
        breakdown=1.2,
        composition_adjusted=record(0.02, 0.0, 0.04, key="adjusted"),
        placebo_p={"time": 0.4, "unemployment": 0.7},
        mde=0.028,
        pre_periods=4,
    )
    return dataclasses.replace(full, **changes)


def test_all_criteria_reach_the_fourth_rung():
    claim = climb(evidence())
    assert claim.rung == 4
    assert all(claim.criteria.values())
    assert claim.direction == "more"
    assert claim.values["ci_low"] == 0.01
    assert claim.sources["primary"] == "twfe.pp"
    assert claim.notes == ()


@pytest.mark.parametrize(
    ("letter", "change"),
    [
        ("C", {"breakdown": 0.99}),
        ("C", {"breakdown": None}),
        ("D", {"composition_adjusted": record(0.0149, key="adjusted")}),
        ("D", {"composition_adjusted": record(-0.04, key="adjusted")}),
        ("D", {"composition_adjusted": None}),
        ("E", {"placebo_p": {"time": 0.4, "unemployment": 0.02}}),
        ("E", {"placebo_p": {}}),
    ],
)
def test_one_missing_robustness_criterion_stops_at_the_third_rung(letter, change):
    claim = climb(evidence(**change))
    assert claim.rung == 3
    assert [name for name, holds in claim.criteria.items() if not holds] == [letter]


def test_placebos_are_judged_together():
    many = {str(i): 0.5 for i in range(9)} | {"unlucky": 0.02}
    assert climb(evidence(placebo_p=many)).rung == 4


def test_one_period_before_kick_off_stops_at_the_third_rung():
    claim = climb(evidence(pre_periods=1))
    assert claim.rung == 3
    assert "few_periods" in claim.notes


def test_a_fall_is_told_as_one():
    claim = climb(
        evidence(
            primary=record(-0.03, -0.05, -0.01),
            other_scale=record(-0.2, -0.35, -0.05, key="logit", scale="logit"),
            composition_adjusted=record(-0.02, key="adjusted"),
        )
    )
    assert claim.rung == 4
    assert claim.direction == "less"
    assert (claim.values["ci_low"], claim.values["ci_high"]) == (0.01, 0.05)


@pytest.mark.parametrize(
    "change",
    [
        {"other_scale": record(0.1, -0.01, 0.2, key="logit", scale="logit")},
        {"other_scale": record(-0.2, -0.3, -0.1, key="logit", scale="logit")},
        {"other_scale": None},
        {"randomization_p": 0.06},
        {"randomization_p": None},
    ],
)
def test_disagreeing_methods_say_nothing(change):
    claim = climb(evidence(**change))
    assert claim.rung == 1
    assert "methods_disagree" in claim.notes


def test_interval_inside_the_detectable_effect_reaches_the_second_rung():
    claim = climb(evidence(primary=record(0.005, -0.012, 0.022), randomization_p=0.5))
    assert claim.rung == 2
    assert claim.values["largest_compatible"] == 0.022


@pytest.mark.parametrize(("low", "high"), [(-0.012, 0.028), (-0.03, 0.01), (-0.05, 0.05)])
def test_interval_that_holds_the_detectable_effect_is_the_first_rung(low, high):
    claim = climb(evidence(primary=record(0.0, low, high), randomization_p=0.5))
    assert claim.rung == 1
    assert "methods_disagree" not in claim.notes


def test_criteria_without_result_are_named():
    claim = climb(
        evidence(
            other_scale=None,
            randomization_p=None,
            breakdown=None,
            composition_adjusted=None,
            placebo_p={},
        )
    )
    assert {f"not_computed_{c}" for c in "ABCDE"} <= set(claim.notes)


def test_no_number_other_scale_and_no_detectable_effect_are_refused():
    with pytest.raises(EstimationError, match="no number"):
        climb(evidence(primary=record(None, None, None, note="one treated unit")))
    with pytest.raises(EstimationError, match="percentage points"):
        climb(evidence(primary=record(scale="logit")))
    with pytest.raises(EstimationError, match="detectable"):
        climb(evidence(mde=0.0))


RUNG_TEXTS = {
    4: "Analysen tyder på at deltakelsen har økt andelen i jobb med om lag 3 prosentpoeng (fra 1 "
    "til 5). Resultatet tåler de prøvene vi har gjort, men kommunene valgte selv å bli med.",
    3: "Andelen økte mer i deltakerkommunene. Vi kan ikke skille nettverkets bidrag fra andre "
    "forskjeller mellom kommunene.",
    2: "Vi finner ingen sikker forskjell. Virkninger over 2,2 prosentpoeng er lite forenlige med "
    "dataene.",
    1: "Dataene er for usikre til å si om nettverket har virket. Det betyr ikke at det ikke har "
    "virket.",
}


@pytest.mark.parametrize("rung", [1, 2, 3, 4])
def test_the_wording_of_each_rung_may_stand_at_it(rung):
    assert overclaims(RUNG_TEXTS[rung], "nb", rung) == ()


@pytest.mark.parametrize("rung", [1, 2, 3])
def test_the_wording_of_the_fourth_rung_may_not_stand_below_it(rung):
    assert overclaims(RUNG_TEXTS[4], "nb", rung)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Effekten av nettverket var stor."),
        ("nb", "Deltakelse førte til flere i jobb."),
        ("nb", "Forskjellen er sta\u00adtistisk signi\u00adfikant."),
        ("nb", "Økningen skyldes nettverket."),
        ("nb", "Nettverket har\nbidratt til økningen."),
        ("en", "The effect of the network was large."),
        ("en", "Participation led to more people in work."),
        ("en", "The difference is statistically significant."),
        ("en", "The rise is due to the network."),
    ],
)
def test_causal_words_are_found_below_the_fourth_rung_only(language, text):
    assert overclaims(text, language, 3)
    assert overclaims(text, language, 4) == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Nettverket har ingen effekt."),
        ("nb", "Nettverket har ikke hatt virkning."),
        ("nb", "Tiltaket virker ikke."),
        ("en", "The network had no effect."),
        ("en", "The network did not work."),
    ],
)
@pytest.mark.parametrize("rung", [1, 2, 4])
def test_not_finding_is_never_told_as_finding_nothing(language, text, rung):
    assert overclaims(text, language, rung)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Figuren viser forskjellen mellom deltakere og andre."),
        ("nb", "Andelen i jobb er større i kommuner med lav ledighet."),
        ("en", "The share in work rose more among participants."),
        ("en", "This does not mean that it has not worked."),
    ],
)
def test_plain_description_may_stand_everywhere(language, text):
    assert overclaims(text, language, 1) == ()
