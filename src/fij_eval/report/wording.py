"""Words that numbers bring along into the prose, in each language: chosen by rule, never by hand.

Sentences about a difference say what is seen and how sure it is. None says what caused it: that is
for the rules that weigh all tests together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fij_eval.report import records
from fij_eval.report.context import Catalogue, fill
from fij_eval.report.numbers_format import count, number, pp

if TYPE_CHECKING:
    from collections.abc import Callable

    from fij_eval.report.records import Record
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "yes": "ja",
        "none": "ingen",
        "expected_share": "andel ventet ut fra botid",
        "small_numbers": "null ett to tre fire fem seks sju åtte ni ti elleve tolv",
        "more": "{size} mer",
        "less": "{size} mindre",
        "status_preliminary": "foreløpig rapport",
        "status_final": "endelig rapport",
        "arm_itt": "påmeldte kommuner",
        "arm_itt_definite": "de påmeldte kommunene",
        "arm_itt_meaning": "alle kommuner som meldte seg på, også dem som kan ha trukket seg",
        "arm_participants": "deltakerkommuner",
        "arm_participants_definite": "deltakerkommunene",
        "arm_participants_meaning": "kommuner som meldte seg på og ikke trakk seg",
        "register_gap": "Delrapporten teller til sammen {stated} deltakere og frafalne, så listen "
        "er ikke helt den samme som den endelige.",
        "months_without_table": "For {months} finnes ingen tabell for kommunene.",
        "span": "{first}–{last}",
        "log_population": "folketall",
        "size_group": "størrelsesgruppe",
        "region": "landsdel",
        "unemployment_rate": "ledighet",
        "refugees_per_capita": "flyktninger per innbygger",
        "centrality": "sentralitet",
        "unemployment_rate_now": "løpende ledighet",
        "log_population_now": "løpende folketall",
        "difference_more": "Andelen i jobb økte {size} mer i {network} enn i andre kommuner.",
        "difference_less": "Andelen i jobb økte {size} mindre i {network} enn i andre kommuner.",
        "difference_same": "Andelen i jobb økte like mye i {network} som i andre kommuner, "
        "avrundet til {size}.",
        "not_estimated": "Målingene som finnes, er for få til å beregne forskjellen.",
        "no_number": "(kan ikke beregnes)",
        "interval_spans": "Intervallet rommer både at andelen økte mer og at den økte mindre i "
        "{network} enn i andre kommuner.",
        "interval_above": "Hele intervallet ligger over null. Forskjellen er altså større enn det "
        "vi venter av tilfeldig variasjon alene.",
        "interval_below": "Hele intervallet ligger under null. Forskjellen er altså større enn det "
        "vi venter av tilfeldig variasjon alene, i motsatt retning av målet.",
        "pre_trend": "Den felles prøven på målingene før oppstarten gir p-verdien {p}.",
        "pre_trend_missing": "Det er for få målinger før oppstarten til å prøve om gruppene "
        "fulgtes ad.",
        "pre_trend_low": "Prøven tyder på at gruppene utviklet seg ulikt allerede før oppstarten.",
        "pre_trend_high": "Prøven avdekker ikke ulik utvikling før oppstarten. Det viser ikke at "
        "utviklingen var lik, for prøven har liten styrke.",
        "rung_4_more": "Analysen tyder på at deltakelsen har økt andelen i jobb med om lag {size} "
        "(fra {low} til {high}). Resultatet tåler de prøvene vi har gjort, men kommunene valgte "
        "selv å bli med.",
        "rung_4_less": "Analysen tyder på at deltakelsen har senket andelen i jobb med om lag "
        "{size} (fra {low} til {high}). Resultatet tåler de prøvene vi har gjort, men kommunene "
        "valgte selv å bli med.",
        "rung_3_more": "Andelen økte mer i {network}. Vi kan ikke skille nettverkets bidrag fra "
        "andre forskjeller mellom kommunene.",
        "rung_3_less": "Andelen økte mindre i {network}. Vi kan ikke skille nettverkets bidrag fra "
        "andre forskjeller mellom kommunene.",
        "rung_2": "Vi finner ingen sikker forskjell. Virkninger over {size} er lite forenlige med "
        "dataene.",
        "rung_1": "Dataene er for usikre til å si om nettverket har virket. Det betyr ikke at det "
        "ikke har virket.",
        "rung_mixed": "Anslagene peker ulike veier etter hvordan kommunene vektes. Da kan vi ikke "
        "si om andelen økte mest i nettverket eller utenfor.",
        "rung_none": "Analysen i planen kan ikke gjennomføres med disse dataene. Det sier "
        "ingenting om nettverket.",
        "criterion_A": "at intervallet utelukker null på begge skalaer",
        "criterion_B": "at permutasjonsprøven gir p under {alpha} prosent",
        "criterion_C": "at resultatet tåler like store avvik i utviklingen som før oppstarten",
        "criterion_D": "at anslaget står seg når vi justerer for botid",
        "criterion_E": "at plasseboprøvene ikke slår ut",
        "claim_holds": "Dette er oppfylt: {tests}.",
        "claim_fails": "Dette er ikke oppfylt: {tests}.",
        "claim_methods_disagree": "Intervallet utelukker null, men ikke alle måter å regne på er "
        "enige om det.",
        "claim_few_periods": "Med én måling før oppstarten kan vi ikke si mer enn dette.",
        "claim_not_computed": "Dette kunne ikke regnes ut: {tests}.",
        "basis_municipality_average": "når hver kommune teller likt",
        "basis_person_average": "når hver flyktning teller likt",
        "plan_followed": "Analysen følger planen uten avvik.",
        "plan_departed": "Analysen avviker fra planen (antall avvik: {n}). Resultater som rammes, "
        "er merket utforskende.",
        "plan_departure": "{where}: planen sier {planned}, kjøringen har {run}.",
        "persons_more": "Anslaget svarer til om lag {n} flere personer i jobb (fra {low} til "
        "{high}).",
        "persons_less": "Anslaget svarer til om lag {n} færre personer i jobb (fra {low} til "
        "{high}).",
        "persons_none": "Anslaget kan ikke regnes om til personer med disse dataene.",
        "equivalence_small": "Dataene taler for at forskjellen er mindre enn dette (p = {p}).",
        "equivalence_not": "Dataene utelukker ikke at forskjellen er større enn dette (p = {p}).",
        "equivalence_none": "Om forskjellen er mindre enn dette, kan ikke prøves.",
        "gate_rarely": "Den sterkeste konklusjonen er altså så godt som utenfor rekkevidde med "
        "disse målingene. At den ikke kommer ut, sier lite om nettverket.",
        "gate_sometimes": "Den sterkeste konklusjonen kan altså utebli også når forskjellen er "
        "der.",
        "step_nothing": "Det finnes ingen måling før oppstarten. Da kan vi ikke sammenlikne før "
        "og etter.",
        "step_difference": "Med én måling før oppstarten kan vi sammenlikne før og etter. Om "
        "utviklingen før oppstarten kan vi ikke si noe, og svaret kommer ikke høyere enn til "
        "trinn tre.",
        "step_leads": "Med {n} målinger før oppstarten kan vi sammenlikne før og etter og vise "
        "ett punkt i tiden før. Hvor ulik utvikling svaret tåler, kan vi ikke prøve.",
        "step_robust_trends": "Med {n} målinger før oppstarten kan vi sammenlikne før og etter, "
        "vise tiden før og prøve hvor ulik utvikling svaret tåler.",
        "synthetic_none": "Syntetiske vekter krever minst {needed} målinger før oppstarten. Med "
        "{n} regner vi dem ikke ut.",
        "synthetic_found": "Syntetisk kontroll er regnet ut og står blant metodene, men vektene er "
        "ikke vist: Til det trengs minst {needed} målinger før oppstarten, og det finnes {n}.",
        "synthetic_shown": "Syntetiske vekter er både regnet ut og vist. Det krever minst "
        "{needed} målinger før oppstarten.",
        "reach_deviation": "rommer intervallet null fra {value} ganger dette avviket",
        "reach_deviation_none": "rommer intervallet null også uten avvik",
        "reach_bend": "rommer intervallet null fra en knekk på {value}",
        "reach_bend_none": "rommer intervallet null også uten knekk",
        "reach_unknown": "kan dette ikke regnes ut",
        "truth_covered": "Intervallet dekker den simulerte virkningen.",
        "truth_missed": "Intervallet dekker ikke den simulerte virkningen.",
    },
    "en": {
        "yes": "yes",
        "none": "none",
        "expected_share": "share expected from residence time",
        "small_numbers": "zero one two three four five six seven eight nine ten eleven twelve",
        "more": "{size} more",
        "less": "{size} less",
        "status_preliminary": "preliminary report",
        "status_final": "final report",
        "arm_itt": "municipalities that signed up",
        "arm_itt_definite": "the municipalities that signed up",
        "arm_itt_meaning": "all municipalities that signed up, those that may have withdrawn later "
        "included",
        "arm_participants": "participating municipalities",
        "arm_participants_definite": "the participating municipalities",
        "arm_participants_meaning": "municipalities that signed up and did not withdraw",
        "register_gap": "The interim report counts {stated} participants and withdrawals in all, "
        "so the list is not quite the final one.",
        "months_without_table": "There is no table of municipalities for {months}.",
        "span": "{first}–{last}",
        "log_population": "population",
        "size_group": "size group",
        "region": "part of the country",
        "unemployment_rate": "unemployment",
        "refugees_per_capita": "refugees per inhabitant",
        "centrality": "centrality",
        "unemployment_rate_now": "current unemployment",
        "log_population_now": "current population",
        "difference_more": "The share in work rose {size} more in {network} than in other "
        "municipalities.",
        "difference_less": "The share in work rose {size} less in {network} than in other "
        "municipalities.",
        "difference_same": "The share in work rose as much in {network} as in other "
        "municipalities, rounded to {size}.",
        "not_estimated": "There are too few measurements to work out the difference.",
        "no_number": "(cannot be worked out)",
        "interval_spans": "The interval allows for both a larger and a smaller rise in {network} "
        "than in other municipalities.",
        "interval_above": "The whole interval lies above zero. The difference is thus larger than "
        "we expect of chance variation alone.",
        "interval_below": "The whole interval lies below zero. The difference is thus larger than "
        "we expect of chance variation alone, and runs against the aim.",
        "pre_trend": "The joint test of the measurements before the start gives the p-value {p}.",
        "pre_trend_missing": "There are too few measurements before the start to test whether the "
        "groups moved together.",
        "pre_trend_low": "The test suggests that the groups developed differently already before "
        "the start.",
        "pre_trend_high": "The test does not reveal different developments before the start. That "
        "does not show that they were alike, for the test has little power.",
        "rung_4_more": "The analysis points to participation having raised the share in work by "
        "about {size} (from {low} to {high}). The result withstands the tests that we have made, "
        "but the municipalities themselves chose to join.",
        "rung_4_less": "The analysis points to participation having lowered the share in work by "
        "about {size} (from {low} to {high}). The result withstands the tests that we have made, "
        "but the municipalities themselves chose to join.",
        "rung_3_more": "The share rose more in {network}. We cannot tell the network's "
        "contribution from other differences between the municipalities.",
        "rung_3_less": "The share rose less in {network}. We cannot tell the network's "
        "contribution from other differences between the municipalities.",
        "rung_2": "We find no certain difference. Contributions above {size} are hardly "
        "compatible with the data.",
        "rung_1": "The data are too uncertain to say whether the network has worked. That does "
        "not mean that it has not worked.",
        "rung_mixed": "The estimates point in different directions by how the municipalities are "
        "weighted. We then cannot say whether the share rose most in the network or outside it.",
        "rung_none": "The planned analysis cannot be carried out with these data. That says "
        "nothing about the network.",
        "criterion_A": "that the interval excludes zero on both scales",
        "criterion_B": "that the permutation test gives p below {alpha} per cent",
        "criterion_C": "that the result withstands trends differing as much as before the start",
        "criterion_D": "that the estimate holds when we adjust for residence time",
        "criterion_E": "that the placebo tests do not stand out",
        "claim_holds": "This holds: {tests}.",
        "claim_fails": "This does not hold: {tests}.",
        "claim_methods_disagree": "The interval excludes zero, but not all ways of calculating "
        "agree on that.",
        "claim_few_periods": "With one measurement before the start we cannot say more than this.",
        "claim_not_computed": "This could not be worked out: {tests}.",
        "basis_municipality_average": "with each municipality counted the same",
        "basis_person_average": "with each refugee counted the same",
        "plan_followed": "The analysis follows the plan without deviation.",
        "plan_departed": "The analysis departs from the plan (number of departures: {n}). Results "
        "concerned are marked as exploratory.",
        "plan_departure": "{where}: the plan says {planned}, the run has {run}.",
        "persons_more": "The estimate corresponds to about {n} more persons in work (from {low} to "
        "{high}).",
        "persons_less": "The estimate corresponds to about {n} fewer persons in work (from {low} "
        "to {high}).",
        "persons_none": "The estimate cannot be translated to persons with these data.",
        "equivalence_small": "The data speak for a difference smaller than this (p = {p}).",
        "equivalence_not": "The data do not rule out a difference larger than this (p = {p}).",
        "equivalence_none": "Whether the difference is smaller than this cannot be tested.",
        "gate_rarely": "The strongest conclusion is thus all but out of reach with these data. "
        "That it does not come out says little about the network.",
        "gate_sometimes": "The strongest conclusion may thus fail to come out although the "
        "difference is there.",
        "step_nothing": "There is no measurement before the start. We then cannot compare before "
        "and after.",
        "step_difference": "With one measurement before the start we can compare before and "
        "after. Of the development before the start we can say nothing, and the answer does not "
        "come higher than rung three.",
        "step_leads": "With {n} measurements before the start we can compare before and after and "
        "show one point of the time before. How far developments may differ before the "
        "answer fails, we cannot test.",
        "step_robust_trends": "With {n} measurements before the start we can compare before and "
        "after, show the time before and test how far developments may differ before the answer "
        "fails.",
        "synthetic_none": "Synthetic weights need at least {needed} measurements before the "
        "start. With {n} we do not work them out.",
        "synthetic_found": "Synthetic control is worked out and stands among the methods, but its "
        "weights are not shown: that takes at least {needed} measurements before the start, and "
        "there are {n}.",
        "synthetic_shown": "Synthetic weights are both worked out and shown. That needs at least "
        "{needed} measurements before the start.",
        "reach_deviation": "the interval reaches zero at {value} times that deviation",
        "reach_deviation_none": "the interval includes zero even without a deviation",
        "reach_bend": "the interval reaches zero at a bend of {value}",
        "reach_bend_none": "the interval includes zero even without a bend",
        "reach_unknown": "this cannot be worked out",
        "truth_covered": "The interval covers the simulated effect.",
        "truth_missed": "The interval does not cover the simulated effect.",
    },
}


def spelled(value: int, language: Language) -> str:
    """A count as running text has it: in letters up to twelve (neuter), else in digits."""
    names = word(language, "small_numbers").split()
    return names[value] if 0 <= value < len(names) else count(value, language)


def said(record: Record | None, language: Language, form: Callable[[float, Language], str]) -> str:
    """The number of a record in a form, or the words for none."""
    if not records.known(record):
        return word(language, "no_number")
    return form(record["estimate"], language)


def reach(record: Record | None, kind: Literal["deviation", "bend"], language: Language) -> str:
    """Where an interval that allows for differing trends reaches zero.

    Args:
        record: The breakdown value, times or a share; zero where the interval holds zero.
        kind: Whether it is told in times the largest deviation, or as a bend.
        language: Language of the sentence.
    """
    if not records.known(record):
        return word(language, "reach_unknown")
    value = float(record["estimate"])
    if value == 0:
        return word(language, f"reach_{kind}_none")
    # one decimal more where a value beside zero would be written as zero
    shown = value if kind == "deviation" else 100 * value
    decimals = 1 if round(shown, 1) else 2
    said = (
        number(value, language, decimals) if kind == "deviation" else pp(value, language, decimals)
    )
    return word(language, f"reach_{kind}", value=said)


def word(language: Language, key: str, **values: str) -> str:
    """A word or sentence of the catalogue with its places filled."""
    return fill(WORDS, language, key, **values)
