"""Table V5: every estimate of the run, in the order of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.months import is_month
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import (
    count,
    interval,
    month_short,
    number,
    p_value,
    percent_number,
    pp_number,
)
from fij_eval.report.vocabulary import source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_main", "estimates_event_study")

WORDS: Catalogue = {
    "nb": {
        "title": "Alle anslag fra innstillingenes spesifikasjoner",
        "subtitle": "Forskjell i endring mellom {network} og andre kommuner, i prosentpoeng. "
        "Prøver er gitt som F-verdi, snittet i grunnmåneden i prosent.",
        "network_itt": "påmeldte kommuner",
        "network_participants": "deltakerkommuner",
        "what": "Anslag",
        "estimate": "Verdi",
        "se": "Standardfeil",
        "ci": "{level} % intervall",
        "p": "p-verdi",
        "units": "Kommuner",
        "did_2x2": "Differanse av differanser (2×2)",
        "twfe": "Faste effekter",
        "event_study": "Hendelsesstudie",
        "municipality_average": "hver kommune teller likt",
        "person_average": "hver flyktning teller likt",
        "covariates": "justert",
        "group": "{estimator}, {estimand}{adjusted} ({spec})",
        "att": "Forskjell i endring",
        "att_holm": "Den samme, p-verdi korrigert etter Holm",
        "band": "{month}, felles bånd",
        "pre_trend": "Felles prøve, før oppstarten",
        "levelling_off": "Prøve på utflating til slutt",
        "base_mean": "Snitt i grunnmåneden",
        "base": "grunnmåned",
        "simulated": "Sysselsettingen er simulert.",
        "units_note": "I parentes: hvor mange av kommunene som er {network}. Standardfeil klynget "
        "på kommune. Spesifikasjonens navn i innstillingene står i parentes i overskriften.",
    },
    "en": {
        "title": "All estimates of the settings’ specifications",
        "subtitle": "Difference in change between {network} and other municipalities, in "
        "percentage points. Tests are given as F values, the mean in the base month in per cent.",
        "network_itt": "municipalities that signed up",
        "network_participants": "participating municipalities",
        "what": "Estimate",
        "estimate": "Value",
        "se": "Standard error",
        "ci": "{level}% interval",
        "p": "p-value",
        "units": "Municipalities",
        "did_2x2": "Difference in differences (2×2)",
        "twfe": "Fixed effects",
        "event_study": "Event study",
        "municipality_average": "each municipality counts the same",
        "person_average": "each refugee counts the same",
        "covariates": "adjusted",
        "group": "{estimator}, {estimand}{adjusted} ({spec})",
        "att": "Difference in change",
        "att_holm": "The same, p-value corrected by Holm",
        "band": "{month}, joint band",
        "pre_trend": "Joint test, before the start",
        "levelling_off": "Test of levelling off at the end",
        "base_mean": "Mean in the base month",
        "base": "base month",
        "simulated": "Employment is simulated.",
        "units_note": "In brackets: how many of the municipalities are {network}. Standard errors "
        "clustered by municipality. The name of the specification in the settings stands in "
        "brackets in the heading.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """All records of both analyses, those of a specification together."""
    import pandas as pd

    every = pd.concat([inputs[key] for key in INPUTS], ignore_index=True)
    first = {spec: place for place, spec in enumerate(every["spec"].unique())}
    return every.sort_values("spec", key=lambda spec: spec.map(first), kind="stable").reset_index(
        drop=True
    )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V5, from the records."""
    language = context.language
    frame = data(inputs)
    records = [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
    network = fill(WORDS, language, f"network_{context.network.treated}")
    groups: dict[int, str] = {}
    previous = None
    for i, record in enumerate(records):
        if record["spec"] != previous:
            groups[i] = _heading(record, context)
            previous = record["spec"]
    level = number(float(frame["level"].max()) * 100, language, 0)
    simulated = bool(frame["simulated"].any())
    notes = [fill(WORDS, language, "units_note", network=network)]
    if simulated:
        notes.append(fill(WORDS, language, "simulated"))
    return Table(
        data=frame,
        header=(
            fill(WORDS, language, "what"),
            fill(WORDS, language, "estimate"),
            fill(WORDS, language, "se"),
            fill(WORDS, language, "ci", level=level),
            fill(WORDS, language, "p"),
            fill(WORDS, language, "units"),
        ),
        rows=tuple(_row(record, context) for record in records),
        align=("left", "right", "right", "right", "right", "right"),
        groups=groups,
        title=fill(WORDS, language, "title"),
        subtitle=fill(WORDS, language, "subtitle", network=network),
        notes=tuple(notes),
        source=source_line(
            language,
            ("employment", "register"),
            simulated=("employment",) if simulated else (),
        ),
        simulated=simulated,
    )


def _heading(record: Mapping[str, Any], context: Context) -> str:
    """Heading of a specification: estimator, estimand, whether adjusted, its id."""
    language = context.language
    adjusted = f", {fill(WORDS, language, 'covariates')}" if record["covariates"] else ""
    return fill(
        WORDS,
        language,
        "group",
        estimator=_word(record["estimator"], context),
        estimand=fill(WORDS, language, record["estimand"]),
        adjusted=adjusted,
        spec=record["spec"],
    )


def _word(key: str, context: Context) -> str:
    """The words for a term or estimator; a new one stands as the record has it."""
    known = WORDS[context.language]
    return known.get(key, key.replace("_", " "))


def _row(record: Mapping[str, Any], context: Context) -> tuple[str, ...]:
    """One record; where it has no number, the standard sign for what cannot be given."""
    import pandas as pd

    language = context.language
    term = str(record["term"])
    name = month_short(term, language) if is_month(term) else _word(term, context)
    if term.startswith("band "):
        month = month_short(term.removeprefix("band "), language)
        name = fill(WORDS, language, "band", month=month)
    is_base = is_month(term) and term == record["base"]
    if is_base:
        name = f"{name} ({fill(WORDS, language, 'base')})"
    units = f"{count(record['n_units'], language)} ({count(record['n_treated'], language)})"
    if pd.isna(record["estimate"]):
        return (name, "..", "", "", "", units)
    value = float(record["estimate"])
    if record["scale"] == "share":
        shown = percent_number(value, language)
    elif record["scale"] == "statistic":
        shown = number(value, language, 2)
    else:
        shown = pp_number(value, language)
    return (
        name,
        shown,
        "" if pd.isna(record["se"]) else pp_number(record["se"], language),
        ""
        if pd.isna(record["ci_low"])
        else interval(record["ci_low"], record["ci_high"], language),
        "" if pd.isna(record["p_value"]) else p_value(record["p_value"], language),
        units,
    )
