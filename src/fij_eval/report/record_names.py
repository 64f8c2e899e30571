"""What records are called where all of them are listed: analysis, specification, term.

Names are put together from the parts of a record. A part that is new stands as the record has it,
so that nothing is ever left out of the list for want of a word; a test sees to it that the records
of the project have words for all their parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fij_eval.months import is_month
from fij_eval.report.context import Catalogue
from fij_eval.report.estimator_names import WORDS as ESTIMATORS
from fij_eval.report.groups import WORDS as GROUPS
from fij_eval.report.numbers_format import month_short, number
from fij_eval.report.vocabulary import lowered, raised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fij_eval.settings import Language

#: Headings by analysis, in the order of reading.
ANALYSES: Catalogue = {
    "nb": {
        "primary": "Planens analyse",
        "claim": "Reglene for svaret",
        "main": "Uten planens justering",
        "event_study": "Hendelsesstudien",
        "scale": "Skala",
        "estimators": "Andre metoder",
        "composition": "Hvem som bor der",
        "curve": "Alle måtene å regne på",
        "trends": "Utviklingen før oppstart",
        "robustness": "Prøver av resultatet",
        "pseudo_networks": "Tilfeldige nettverk",
        "heterogeneity": "Grupper av kommuner",
        "selection": "Hvem som ble med",
        "persons": "Personer og kostnader",
    },
    "en": {
        "primary": "The planned analysis",
        "claim": "The rules for the answer",
        "main": "Without the plan's adjustment",
        "event_study": "The event study",
        "scale": "Scale",
        "estimators": "Other methods",
        "composition": "Who lives there",
        "curve": "All ways of calculating",
        "trends": "Trends before the start",
        "robustness": "Tests of the result",
        "pseudo_networks": "Drawn networks",
        "heterogeneity": "Groups of municipalities",
        "selection": "Who joined",
        "persons": "Persons and costs",
    },
}

#: Words of specifications, estimators and terms.
PARTS: Catalogue = {
    "nb": {
        "primary.pp": "prosentpoeng",
        "primary.logit": "logit",
        "check": "likheter som metoden skal gi",
        "att": "forskjell i endring",
        "att_cv1": "CV1",
        "att_wild": "vill bootstrap",
        "att_ri": "permutasjon, anslag",
        "att_ri_t": "permutasjon, t-verdi",
        "att_ri_region": "permutasjon innen landsdel",
        "att_balanced": "kommuner med alle målinger",
        "att_max_t": "fire hypoteser samlet",
        "att_romano_wolf": "Romano–Wolf",
        "att_log_odds": "logaritmen av oddsforholdet",
        "att_holm": "p-verdi korrigert etter Holm",
        "att_did": "samme modell uten andelen før",
        "observed": "andel etterpå",
        "predicted": "andel tilsagt av andre kommuner",
        "mde": "minste som kan påvises",
        "equivalence": "prøve av at forskjellen er liten",
        "largest_compatible": "største forenlige med dataene",
        "largest_difference": "største avvik mellom like metoder",
        "rung": "trinn på stigen",
        "criterion_A": "intervall uten null på begge skalaer",
        "criterion_B": "permutasjonsprøven under grensen",
        "criterion_C": "tåler like store avvik som før",
        "criterion_D": "står seg med justering for botid",
        "criterion_E": "plasseboprøvene slår ikke ut",
        "pre_periods": "målinger før oppstart",
        "step": "trinn i metodene det gir",
        "did_2x2": "forskjell-i-forskjeller (2×2)",
        "twfe": "faste effekter",
        "event_study": "",
        "event_windows": "",
        "adjusted_spec": "{what}, justert",
        "pre_trend": "felles prøve før oppstart (F)",
        "levelling_off": "utflating til slutt (F)",
        "base_mean": "nettverkets andel i grunnmåneden",
        "contrast": "logaritmen av forholdet",
        "persistence": "andelen før, koeffisient",
        "discrimination": "kjennetegnene skiller gruppene (AUC)",
        "none": "uten ventet andel",
        "covariate": "ventet andel som forklaring",
        "offset": "ventet andel trukket fra",
        "expected": "utfall: ventet andel",
        "inflow": "utfall: bosatte etter oppstart",
        "kitagawa.network": "oppdeling, nettverket",
        "kitagawa.comparison": "oppdeling, andre",
        "total": "hele endringen",
        "residence_time": "botid",
        "rates": "andel ved gitt botid",
        "who_is_counted": "hvem som er talt med",
        "curve": "",
        "median": "median",
        "share_significant": "andel med p under grensen",
        "mean_z": "snitt av z-verdiene",
        "specifications": "antall beregnet",
        "declared": "antall oppgitt på forhånd",
        "same_sign": "andel med medianens fortegn",
        "lowest": "lavest",
        "highest": "høyest",
        "relative_magnitudes": "avvik inntil {value} ganger det før",
        "breakdown": "grenseverdi, avvik",
        "smoothness": "knekk inntil {value} prosentpoeng",
        "breakdown_smoothness": "grenseverdi, knekk",
        "slope at power": "helling påvist med sjanse {value}",
        "bias at power": "skjevhet den gir, sjanse {value}",
        "bias_if_passed at power": "skjevhet når prøven ikke slår ut, sjanse {value}",
        "placebo": "oppstart tenkt før {month}",
        "band": "{month}, samlet bånd",
        "placebo_outcome": "plassebo",
        "placebo_space": "plassebo",
        "unemployment": "ledigheten",
        "other_employment": "sysselsatte ellers",
        "neighbours": "naboer i nettverkets sted",
        "spillover": "smitte",
        "far_controls": "mot kommuner langt unna",
        "ring_1": "første ring av naboer",
        "ring_2": "andre ring av naboer",
        "aa.raw": "tilfeldige nettverk, uten justering",
        "aa.adjusted": "tilfeldige nettverk, justert",
        "aa.logit": "tilfeldige nettverk, logit",
        "group": "oppstart i {month}",
        "dynamic": "{months} måneder fra oppstart",
        "group_time_unadjusted": "gruppe og tid, uten justering",
        "log_unadjusted": "forholdstall, uten justering",
        "poisson_offset_unadjusted": "Poisson med flyktninger som offset, uten justering",
        "aa mean": "snitt",
        "aa spread": "spredning",
        "aa mean_se": "standardfeil",
        "aa size": "andel falske funn",
        "aa mde": "kan påvises",
        "leave_out": "uten én",
        "lowest without a municipality": "lavest uten en kommune",
        "highest without a municipality": "høyest uten en kommune",
        "lowest without a county": "lavest uten et fylke",
        "highest without a county": "høyest uten et fylke",
        "lowest without a snapshot": "lavest uten en måling",
        "highest without a snapshot": "høyest uten en måling",
        "county_clusters": "fylket som klynge",
        "moran": "Morans I",
        "hidden": "skjulte tall",
        "hidden low": "på det laveste",
        "hidden high": "på det høyeste",
        "hidden middle": "på midten",
        "selection": "",
        "auc": "treffsikkerhet (AUC)",
        "joint": "alle forhold samlet",
        "funnel_target": "samlet andel, siste måling",
        "funnel_dispersion": "overspredning, siste måling",
        "funnel_outside": "kommuner utenfor det ventede, siste måling",
        "persons": "",
        "break_even": "",
        "net": "",
        "refugees": "flyktninger i nettverket",
        "persons att": "forskjell i personer",
        "cost_each": "kostnad per kommune",
        "cost": "kostnad, alle",
        "saved": "spart per person i jobb",
        "break_even_each": "personer som skal til, per kommune",
        "break_even total": "personer som skal til, alle",
        "break_even_pp": "forskjell som skal til",
        "net total": "spart minus kostnad",
        "central": "midt",
        "favourable": "gunstig",
        "unfavourable": "ugunstig",
        "month_base": "{month} (grunnmåned)",
    },
    "en": {
        "primary.pp": "percentage points",
        "primary.logit": "logit",
        "check": "equalities that the method must give",
        "att": "difference in change",
        "att_cv1": "CV1",
        "att_wild": "wild bootstrap",
        "att_ri": "permutation, estimate",
        "att_ri_t": "permutation, t-value",
        "att_ri_region": "permutation within region",
        "att_balanced": "municipalities with every measurement",
        "att_max_t": "four hypotheses jointly",
        "att_romano_wolf": "Romano–Wolf",
        "att_log_odds": "log odds ratio",
        "att_holm": "p-value corrected by Holm",
        "att_did": "the same model without the earlier share",
        "observed": "share afterwards",
        "predicted": "share predicted from others",
        "mde": "smallest detectable",
        "equivalence": "test of a small difference",
        "largest_compatible": "largest compatible with the data",
        "largest_difference": "largest gap between equal methods",
        "rung": "rung of the ladder",
        "criterion_A": "interval without zero on both scales",
        "criterion_B": "permutation test below the limit",
        "criterion_C": "stands deviations as large as earlier",
        "criterion_D": "holds when residence time is allowed for",
        "criterion_E": "placebo tests do not stand out",
        "pre_periods": "measurements before the start",
        "step": "step of methods that they allow",
        "did_2x2": "difference-in-differences (2×2)",
        "twfe": "fixed effects",
        "event_study": "",
        "event_windows": "",
        "adjusted_spec": "{what}, adjusted",
        "pre_trend": "joint test before the start (F)",
        "levelling_off": "levelling off at the end (F)",
        "base_mean": "network's share in the base month",
        "contrast": "log ratio",
        "persistence": "earlier share, coefficient",
        "discrimination": "characteristics tell groups apart (AUC)",
        "none": "without the expected share",
        "covariate": "expected share as covariate",
        "offset": "expected share as offset",
        "expected": "outcome: the expected share",
        "inflow": "outcome: settled after the start",
        "kitagawa.network": "decomposition, the network",
        "kitagawa.comparison": "decomposition, others",
        "total": "the whole change",
        "residence_time": "residence time",
        "rates": "share given residence time",
        "who_is_counted": "who is counted",
        "curve": "",
        "median": "median",
        "share_significant": "share with p below the limit",
        "mean_z": "mean of the z-values",
        "specifications": "number worked out",
        "declared": "number declared in advance",
        "same_sign": "share with the median's sign",
        "lowest": "lowest",
        "highest": "highest",
        "relative_magnitudes": "deviations up to {value} times earlier ones",
        "breakdown": "breakdown value, deviations",
        "smoothness": "bends up to {value} percentage points",
        "breakdown_smoothness": "breakdown value, bends",
        "slope at power": "slope found with chance {value}",
        "bias at power": "bias that it gives, chance {value}",
        "bias_if_passed at power": "bias where the test finds nothing, chance {value}",
        "placebo": "start thought before {month}",
        "band": "{month}, joint band",
        "placebo_outcome": "placebo",
        "placebo_space": "placebo",
        "unemployment": "unemployment",
        "other_employment": "others employed",
        "neighbours": "neighbours in the network's place",
        "spillover": "spillover",
        "far_controls": "against municipalities far away",
        "ring_1": "first ring of neighbours",
        "ring_2": "second ring of neighbours",
        "aa.raw": "random networks, without adjustment",
        "aa.adjusted": "random networks, adjusted",
        "aa.logit": "random networks, logit",
        "group": "kick-off in {month}",
        "dynamic": "{months} months from kick-off",
        "group_time_unadjusted": "group-time, without adjustment",
        "log_unadjusted": "ratio, without adjustment",
        "poisson_offset_unadjusted": "Poisson with refugees as offset, without adjustment",
        "aa mean": "mean",
        "aa spread": "spread",
        "aa mean_se": "standard error",
        "aa size": "share of false finds",
        "aa mde": "detectable",
        "leave_out": "without one",
        "lowest without a municipality": "lowest without a municipality",
        "highest without a municipality": "highest without a municipality",
        "lowest without a county": "lowest without a county",
        "highest without a county": "highest without a county",
        "lowest without a snapshot": "lowest without a measurement",
        "highest without a snapshot": "highest without a measurement",
        "county_clusters": "county as cluster",
        "moran": "Moran's I",
        "hidden": "hidden cells",
        "hidden low": "at their lowest",
        "hidden high": "at their highest",
        "hidden middle": "in the middle",
        "selection": "",
        "auc": "accuracy (AUC)",
        "joint": "all characteristics jointly",
        "funnel_target": "share of all, last measurement",
        "funnel_dispersion": "over-dispersion, last measurement",
        "funnel_outside": "municipalities outside what is expected, last measurement",
        "persons": "",
        "break_even": "",
        "net": "",
        "refugees": "refugees in the network",
        "persons att": "difference in persons",
        "cost_each": "cost per municipality",
        "cost": "cost, all",
        "saved": "saved a person in work",
        "break_even_each": "persons needed per municipality",
        "break_even total": "persons needed, all",
        "break_even_pp": "difference needed",
        "net total": "savings less costs",
        "central": "middle",
        "favourable": "favourable",
        "unfavourable": "unfavourable",
        "month_base": "{month} (base month)",
    },
}

_VALUE = re.compile(r"(relative_magnitudes|smoothness|\w+ at power) ([\d.]+)\Z")
_CASES = ("central", "favourable", "unfavourable")
#: Terms that mean something of their own in one analysis.
_OWN_TERMS = {
    ("persons", "att"): "persons att",
    ("persons", "break_even"): "break_even total",
    ("persons", "net"): "net total",
}


def analysis_name(analysis: str, language: Language) -> str:
    """Heading of an analysis."""
    known = ANALYSES[language]
    return known[analysis] if analysis in known else _plain(analysis)


def record_name(record: Mapping[Any, Any], language: Language) -> str:
    """What a record is, within its analysis and without its estimand."""
    parts = [part for part in (_specification(record, language), _term(record, language)) if part]
    # the difference is what every analysis is about: it is named where there is nothing else
    if record["term"] == "att" and record["analysis"] != "primary" and len(parts) > 1:
        parts.pop()
    parts = list(dict.fromkeys(parts))
    case = str(record["key"]).split(".")[1] if record["analysis"] == "persons" else ""
    if case in _CASES:
        parts.append(_word(case, language))
    text = ": ".join(parts[:2]) + "".join(f" ({part})" for part in parts[2:])
    return raised(text) if text else _plain(str(record["key"]))


def specification(record: Mapping[Any, Any]) -> str:
    """The record's specification without its estimand: what two estimands have in common.

    In analyses of the settings' specifications, whose names are free, it is what they are: their
    estimator, and whether they are adjusted.
    """
    if record["analysis"] in {"main", "event_study"} or (
        record["analysis"] == "claim" and record["term"] == "att_holm"
    ):
        return f"{record['estimator']}{'.adjusted' if record['covariates'] else ''}"
    spec = re.sub(r"\.?(?:municipality|person)_average", "", str(record["spec"]))
    return spec or str(record["analysis"])


def _specification(record: Mapping[Any, Any], language: Language) -> str:
    spec = specification(record)
    if spec == str(record["analysis"]) or spec in ("claim", "break_even", "net"):
        return ""
    if spec.endswith(".adjusted") and record["analysis"] in {"main", "event_study", "claim"}:
        inner = _word(spec.removesuffix(".adjusted"), language)
        return PARTS[language]["adjusted_spec"].format(what=inner)
    if record["analysis"] == "scale":
        name, _, kind = spec.rpartition(".")
        return lowered(ESTIMATORS[language].get(kind, "{what}").format(what=_word(name, language)))
    if record["analysis"] == "heterogeneity":
        return _word(spec.rpartition(".")[2], language)
    return _word(spec, language)


def _term(record: Mapping[Any, Any], language: Language) -> str:  # noqa: PLR0911 -- one a kind
    term = str(record["term"])
    own = _OWN_TERMS.get((str(record["analysis"]), term), term)
    words = PARTS[language]
    if is_month(term):
        month = month_short(term, language)
        if term == str(record["base"]) and record["analysis"] == "event_study":
            return words["month_base"].format(month=month)
        return month
    if term.startswith("band "):
        return words["band"].format(month=month_short(term.removeprefix("band "), language))
    if term == "placebo":
        return words["placebo"].format(
            month=month_short(str(record["key"]).rpartition(".")[2], language)
        )
    if part := _part(term, language):
        return part
    if found := _VALUE.match(term):
        value = number(float(found[2]), language, 0 if float(found[2]).is_integer() else 1)
        return words[found[1]].format(value=value)
    return _word(own, language)


def _part(term: str, language: Language) -> str:
    """A month of kick-off or a number of months since, in words; empty for another term."""
    kind, _, part = term.partition(" ")
    words = PARTS[language]
    if kind == "group" and is_month(part):
        return words[kind].format(month=month_short(part, language))
    if kind == "dynamic":
        return words[kind].format(months=number(int(part), language, 0))
    return ""


def _word(key: str, language: Language) -> str:
    for catalogue in (PARTS, ESTIMATORS, GROUPS):
        if key in catalogue[language]:
            return lowered(catalogue[language][key])
    return _plain(key)


def _plain(key: str) -> str:
    return key.replace("_", " ").replace(".", ", ")
