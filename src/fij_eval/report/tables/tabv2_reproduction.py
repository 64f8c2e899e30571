"""Table V2: figures of the interim report beside the same figures from these data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import results
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import count, month_name, number
from fij_eval.report.reproduction import Line, lines
from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = (
    "estimates_description",
    "panel",
    "reference_interim_report",
    "reference_network_register",
    "reference_regions",
)

WORDS: Catalogue = {
    "nb": {
        "title": "{within} av {n} tall ligger innenfor toleransen",
        "subtitle": "Tall i NIBRs delrapport fra juni 2025 og de samme tallene regnet her. Andeler "
        "i prosent, differanser i prosentpoeng; antall kommuner ellers",
        "what": "Størrelse",
        "theirs": "Delrapporten",
        "ours": "Her",
        "difference": "Differanse",
        "tolerance": "Toleranse",
        "why": "Grunn til differanse",
        "group_network": "Deltakere",
        "group_shares": "Andel i jobb",
        "total": "Med i nettverket, bydel medregnet",
        "small": "Under 10 000 innbyggere",
        "medium": "10 000–25 000 innbyggere",
        "large": "Over 25 000 innbyggere",
        "oslo_districts": "Bydeler i Oslo",
        "withdrawn": "Trakk seg",
        "county": "I {county}",
        "mean": "Nettverket, uvektet gjennomsnitt, {month}",
        "min": "Nettverket, laveste kommune, {month}",
        "max": "Nettverket, høyeste kommune, {month}",
        "county_mean": "{county}, uvektet gjennomsnitt, {month}",
        "lowest": "Fylket med lavest gjennomsnitt, {month}",
        "lowest_theirs": "rundt Oslofjorden",
        "over": "over {n}",
        "signups": "påmeldte, ikke deltakere",
        "not_registered": "registeret sier ikke hvem som trakk seg",
        "simulated": "simulert sysselsetting",
        "vintage": "tallene er revidert siden",
        "no_month": "ingen måling denne måneden",
        "none": "",
        "note_tolerance": "Toleranse: null for antall; ett prosentpoeng for andeler, som er gitt "
        "avrundet i delrapporten. For «over» er det nok å nå grensen.",
        "note_missing": ".. = kan ikke regnes med disse dataene.",
    },
    "en": {
        "title": "{within} of {n} figures lie within the tolerance",
        "subtitle": "Figures of NIBR's interim report of June 2025 and the same figures worked out "
        "here. Shares in per cent, differences in percentage points; numbers of municipalities "
        "otherwise",
        "what": "Quantity",
        "theirs": "Interim report",
        "ours": "Here",
        "difference": "Difference",
        "tolerance": "Tolerance",
        "why": "Reason for difference",
        "group_network": "Participants",
        "group_shares": "Share in work",
        "total": "In the network, district included",
        "small": "Under 10,000 inhabitants",
        "medium": "10,000–25,000 inhabitants",
        "large": "Over 25,000 inhabitants",
        "oslo_districts": "Districts of Oslo",
        "withdrawn": "Withdrew",
        "county": "In {county}",
        "mean": "Network, unweighted mean, {month}",
        "min": "Network, lowest municipality, {month}",
        "max": "Network, highest municipality, {month}",
        "county_mean": "{county}, unweighted mean, {month}",
        "lowest": "County with the lowest mean, {month}",
        "lowest_theirs": "round the Oslofjord",
        "over": "over {n}",
        "signups": "sign-ups, not participants",
        "not_registered": "the register does not say who withdrew",
        "simulated": "simulated employment",
        "vintage": "the figures are revised since",
        "no_month": "no measurement that month",
        "none": "",
        "note_tolerance": "Tolerance: none for numbers; one percentage point for shares, which the "
        "interim report gives rounded. For “over” it is enough to reach the limit.",
        "note_missing": ".. = cannot be worked out with these data.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a figure.

    Returns:
        ``key``, ``interim_report``, ``here``, ``difference``, ``tolerance`` (shares 0-1 or
        numbers), ``within``, ``text_here``, ``reason``.
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "key": line.key,
                "interim_report": line.theirs,
                "here": line.ours,
                "difference": line.difference,
                "tolerance": line.tolerance,
                "within": {True: "yes", False: "no", None: ""}[line.within],
                "text_here": line.text_ours,
                "reason": line.why,
            }
            for line in lines(inputs)
        ]
    ).astype({"interim_report": "float64", "here": "float64", "difference": "float64"})


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V2."""
    language = context.language
    found = lines(inputs)
    compared = [line for line in found if line.within is not None]
    simulated = results.simulated(inputs["estimates_description"])
    keys = ("what", "theirs", "ours", "difference", "tolerance", "why")
    notes = [fill(WORDS, language, "note_tolerance")]
    if any(line.within is None for line in found):
        notes.append(fill(WORDS, language, "note_missing"))
    return Table(
        data=data(inputs),
        header=tuple(fill(WORDS, language, key) for key in keys),
        rows=tuple(_row(line, language) for line in found),
        align=("left", "right", "right", "right", "right", "left"),
        groups=grouped((x.group for x in found), lambda group: fill(WORDS, language, group)),
        title=fill(
            WORDS,
            language,
            "title",
            within=count(sum(bool(line.within) for line in compared), language),
            n=count(len(compared), language),
        ),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=tuple(notes),
        source=source_line(
            language,
            ["interim", "employment", "register"],
            simulated=["employment"] if simulated else [],
            vintages=inputs["panel"]["outcome_vintage"],
        ),
        simulated=simulated,
    )


def _row(line: Line, language: Language) -> tuple[str, ...]:
    gap = shared(language, "missing")
    key, values = line.words
    said = {k: month_name(v, language) if k == "month" else v for k, v in values.items()}
    factor, decimals = (100, 1) if line.share else (1, 0)

    def written(value: float | None, places: int = decimals, *, sign: bool = False) -> str:
        return gap if value is None else number(factor * value, language, places, sign=sign)

    theirs = written(line.theirs, 0)
    if line.over:
        theirs = fill(WORDS, language, "over", n=theirs)
    if line.text_theirs:
        theirs = fill(WORDS, language, line.text_theirs)
    ours = written(line.ours)
    if line.text_ours:
        ours = line.text_ours
    return (
        fill(WORDS, language, key, **said),
        theirs,
        ours,
        "" if line.text_theirs else written(line.difference, sign=True),
        "" if line.text_theirs else written(line.tolerance, 0),
        fill(WORDS, language, line.why),
    )
