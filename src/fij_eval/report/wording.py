"""Words that numbers bring along into the prose, in each language: chosen by rule, never by hand.

Sentences about a difference say what is seen and how sure it is. None says what caused it: that is
for the rules that weigh all tests together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, fill
from fij_eval.report.numbers_format import count

if TYPE_CHECKING:
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "yes": "ja",
        "none": "ingen",
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
        "register_gap": "Listen har {listed} påmeldinger. Deltakerne og de som trakk seg, er til "
        "sammen {stated} ifølge delrapporten, så listen er ikke helt den samme som den endelige.",
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
        "truth_covered": "Intervallet dekker den simulerte virkningen.",
        "truth_missed": "Intervallet dekker ikke den simulerte virkningen.",
    },
    "en": {
        "yes": "yes",
        "none": "none",
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
        "register_gap": "The list has {listed} sign-ups. Participants and withdrawals are {stated} "
        "in all by the interim report, so the list is not quite the final one.",
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
        "truth_covered": "The interval covers the simulated effect.",
        "truth_missed": "The interval does not cover the simulated effect.",
    },
}


def spelled(value: int, language: Language) -> str:
    """A count as running text has it: in letters up to twelve (neuter), else in digits."""
    names = word(language, "small_numbers").split()
    return names[value] if 0 <= value < len(names) else count(value, language)


def word(language: Language, key: str, **values: str) -> str:
    """A word or sentence of the catalogue with its places filled."""
    return fill(WORDS, language, key, **values)
