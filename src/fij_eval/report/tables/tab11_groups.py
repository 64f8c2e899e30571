"""Table 11: the difference within groups, with what could be found in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.groups import Group, groups, name
from fij_eval.report.numbers_format import count, percent_number
from fij_eval.report.record_table import Row, rows_table
from fij_eval.report.vocabulary import estimand, lowered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = ("estimates_heterogeneity", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} grupper har nok kommuner til et intervall",
        "subtitle": "Forskjell mot andre kommuner i hver gruppe, prosentpoeng, justert som planen "
        "sier. Minste som kan påvises: forskjellen som analysen ville finne med {power} "
        "prosent sannsynlighet",
        "row": "{grouping}: {group}",
        "absent": "Uten kommuner i nettverket: {groups}.",
        "head": "Gruppe",
        "note": "p-verdien er korrigert for antall grupper i samme inndeling (Holm) der det er "
        "flere. Gruppene er beskrivende og avgjør ingenting alene.",
    },
    "en": {
        "title": "{k} of {n} groups have enough municipalities for an interval",
        "subtitle": "Difference from other municipalities within each group, percentage points, "
        "adjusted as planned. Smallest detectable: the difference that the analysis would find "
        "with {power} per cent probability",
        "row": "{grouping}: {group}",
        "absent": "Without municipalities in the network: {groups}.",
        "head": "Group",
        "note": "The p-value is corrected for the number of groups in the same division (Holm) "
        "where there are several. The groups are descriptive and decide nothing alone.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 11."""
    language, frame = context.language, inputs["estimates_heterogeneity"]
    simulated = results.simulated(frame)
    rows, first = [], groups(frame, results.ESTIMANDS[0])
    for which in results.ESTIMANDS:
        for group in groups(frame, which):
            if not _present(group):
                continue
            corrected = group.p_holm == group.p_holm
            more = {"mde": group.mde} | ({"p": group.p_holm} if corrected else {})
            label = _label(group, language)
            rows.append(
                Row(label=label, record=group.att, group=estimand(which, context), more=more)
            )
    able = sum(records.known(g.att, "ci_low") for g in first)
    return rows_table(
        rows,
        language,
        columns=("estimate", "interval", "p", "mde", "treated"),
        words={
            "title": fill(
                WORDS, language, "title", k=count(able, language), n=count(len(first), language)
            ),
            "subtitle": fill(
                WORDS,
                language,
                "subtitle",
                power=percent_number(
                    records.target_power(records.by_key(frame).values()), language, 0
                ),
            ),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=(fill(WORDS, language, "note"), *_absent(first, language)),
        simulated=simulated,
    )


def _present(group: Group) -> bool:
    """Whether any municipality of the network is in the group."""
    return group.att is not None and bool(group.att["n_treated"])


def _absent(every: Iterable[Group], language: Language) -> Iterator[str]:
    """Names of groups without municipalities in the network."""
    left_out = [_label(group, language) for group in every if not _present(group)]
    if left_out:
        listed = "; ".join(lowered(label) for label in left_out)
        yield fill(WORDS, language, "absent", groups=listed)


def _label(group: Group, language: Language) -> str:
    return fill(
        WORDS,
        language,
        "row",
        grouping=name(group.grouping, language),
        group=name(group.group, language).lower(),
    )
