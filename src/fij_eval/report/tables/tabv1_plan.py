"""Table V1: every entry of the plan, and what the run has there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fij_eval.effects.details import frame_of
from fij_eval.months import is_month
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import count, listed, month_name, percent
from fij_eval.report.record_names import PARTS
from fij_eval.report.vocabulary import raised
from fij_eval.report.wording import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = ("details_claim",)

WORDS: Catalogue = {
    "nb": {
        "title": "Kjøringen følger planen",
        "title_departed": "Kjøringen avviker fra planen på {n} punkter",
        "subtitle": "Planens valg, versjon {version}, og hva kjøringen har. Sjekksum {checksum}",
        "what": "Valg",
        "planned": "Planen",
        "run": "Kjøringen",
        "as_planned": "som planen",
        "decides": "planen bestemmer",
        "not_run": "ikke kjørt",
        "source": "Kilder: planfilen (analysis_plan.yaml) og kjøringens innstillinger.",
        "group_sample": "Utvalg",
        "group_network": "Nettverk",
        "group_windows": "Perioder",
        "group_inference": "Usikkerhet",
        "group_primary": "Hovedanalysen",
        "group_secondary": "Ved siden av, korrigert etter Holm",
        "sample.minimum_residents": "Minste antall flyktninger i en kommune",
        "sample.reference_month": "Måned som utvalg og vekter hentes fra",
        "network.start": "Nettverkets første måned",
        "network.end": "Nettverkets siste måned",
        "network.treated": "Hvem som regnes med i nettverket",
        "network.excluded": "Kommuner utenfor begge grupper (kommunenummer)",
        "windows.base_months": "Måneder i perioden før",
        "windows.post_from_months": "Måneder fra oppstart til perioden etter",
        "inference.level": "Konfidensnivå",
        "inference.draws": "Trekninger",
        "inference.strata": "Permutasjon innen",
        "primary.estimands": "Hva det tas snitt over",
        "primary.scales": "Skalaer",
        "primary.covariates": "Kjennetegn det justeres for",
        "primary.error": "Standardfeil",
        "primary.joint": "Hypotesene samlet",
        "secondary": "{estimator}, {estimand}",
        "secondary_base": "mot {base}",
        "secondary_none": "uten justering",
        "itt": "alle påmeldte",
        "participants": "de som ikke trakk seg",
        "size_group": "størrelsesgruppe",
        "region": "landsdel",
        "municipality_average": "hver kommune teller likt",
        "person_average": "hver flyktning teller likt",
        "pp": "prosentpoeng",
        "logit": "logit",
        "CV3": "klynget på kommune, jackknife (CV3)",
        "max_t": "største t-verdi",
        "event_study": "hendelsesstudie",
    },
    "en": {
        "title": "The run follows the plan",
        "title_departed": "The run departs from the plan in {n} places",
        "subtitle": "The plan's choices, version {version}, and what the run has. Checksum "
        "{checksum}",
        "what": "Choice",
        "planned": "The plan",
        "run": "The run",
        "as_planned": "as planned",
        "decides": "the plan decides",
        "not_run": "not run",
        "source": "Sources: the plan (analysis_plan.yaml) and the run's settings.",
        "group_sample": "Sample",
        "group_network": "Network",
        "group_windows": "Periods",
        "group_inference": "Uncertainty",
        "group_primary": "The primary analysis",
        "group_secondary": "Beside it, corrected by Holm",
        "sample.minimum_residents": "Fewest refugees in a municipality",
        "sample.reference_month": "Month that sample and weights are taken from",
        "network.start": "First month of the network",
        "network.end": "Last month of the network",
        "network.treated": "Who counts as in the network",
        "network.excluded": "Municipalities outside both groups (codes)",
        "windows.base_months": "Months in the period before",
        "windows.post_from_months": "Months from the start to the period after",
        "inference.level": "Confidence level",
        "inference.draws": "Draws",
        "inference.strata": "Permutation within",
        "primary.estimands": "What is averaged over",
        "primary.scales": "Scales",
        "primary.covariates": "Characteristics adjusted for",
        "primary.error": "Standard error",
        "primary.joint": "The hypotheses jointly",
        "secondary": "{estimator}, {estimand}",
        "secondary_base": "against {base}",
        "secondary_none": "without adjustment",
        "itt": "all that signed up",
        "participants": "those that did not withdraw",
        "size_group": "size group",
        "region": "region",
        "municipality_average": "each municipality counts the same",
        "person_average": "each refugee counts the same",
        "pp": "percentage points",
        "logit": "logit",
        "CV3": "clustered by municipality, jackknife (CV3)",
        "max_t": "largest t-value",
        "event_study": "event study",
    },
}

#: Digits of the checksum that fit the line.
_DIGITS = 16


def data(details: pd.DataFrame) -> pd.DataFrame:
    """``where``, ``planned``, ``run`` as the records have them (JSON)."""
    return frame_of(details, "planned")


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V1."""
    language, details = context.language, inputs["details_claim"]
    frame = data(details)
    facts = frame_of(details, "plan").set_index("name")["text"]
    departures = int(facts["deviations"])
    entries = frame.to_dict("records")
    parts = [str(entry["where"]).partition(".")[0] for entry in entries]
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in ("what", "planned", "run")),
        rows=tuple(_row(entry, language) for entry in entries),
        align=("left", "left", "left"),
        groups=grouped(parts, lambda part: fill(WORDS, language, f"group_{part}")),
        title=fill(WORDS, language, "title")
        if not departures
        else fill(WORDS, language, "title_departed", n=count(departures, language)),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            version=str(facts["version"]),
            checksum=str(facts["checksum"])[:_DIGITS],
        ),
        source=fill(WORDS, language, "source"),
    )


def _row(entry: Mapping[Any, Any], language: Language) -> tuple[str, str, str]:
    where, planned = str(entry["where"]), json.loads(entry["planned"])
    if where == "secondary":
        done = "as_planned" if entry["run"] else "not_run"
        return (*_secondary(planned, language), fill(WORDS, language, done))
    run = str(entry["run"])
    said = (
        fill(WORDS, language, "decides")
        if not run
        else fill(WORDS, language, "as_planned")
        if run == entry["planned"]
        else _value(where, json.loads(run), language)
    )
    return (fill(WORDS, language, where), _value(where, planned, language), said)


def _secondary(spec: Mapping[str, Any], language: Language) -> tuple[str, str]:
    """A secondary specification, and what it adjusts for or measures against."""
    estimator = str(spec["estimator"])
    name = (
        WORDS[language][estimator]
        if estimator in WORDS[language]
        else PARTS[language].get(estimator, estimator)
    )
    what = fill(
        WORDS,
        language,
        "secondary",
        estimator=raised(name),
        estimand=fill(WORDS, language, str(spec["estimand"])),
    )
    covariates = [word(language, str(c)) for c in spec["covariates"]]
    parts = [
        listed(covariates, language) if covariates else fill(WORDS, language, "secondary_none")
    ]
    if is_month(str(spec["base"])):
        parts.append(
            fill(WORDS, language, "secondary_base", base=month_name(str(spec["base"]), language))
        )
    return what, ", ".join(parts)


def _value(where: str, value: Any, language: Language) -> str:  # noqa: ANN401 -- from JSON
    """A value of the plan in words."""
    if isinstance(value, list):
        return listed((_value(where, item, language) for item in value), language)
    if where == "inference.level":
        return percent(value, language, 0)
    if isinstance(value, int):
        return count(value, language)
    text = str(value)
    if is_month(text):
        return month_name(text, language)
    if where == "primary.covariates":
        return word(language, text)
    return fill(WORDS, language, text) if text in WORDS[language] else text
