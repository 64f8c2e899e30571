"""Table 13: the same question put to other estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.effects.details import frame_of, has
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.estimator_names import ESTIMATORS, estimator, key_of
from fij_eval.report.numbers_format import count, number, percent
from fij_eval.report.record_table import Row, ranged_title, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.report.records import Record

INPUTS = (
    "estimates_estimators",
    "details_estimators",
    "estimates_primary",
    "estimates_robustness",
    "estimates_pseudo_networks",
    "panel",
)

WORDS: Catalogue = {
    "nb": {
        "title": "Andre metoder gir fra {low} til {high} prosentpoeng",
        "title_none": "Ingen av de andre metodene kan brukes",
        "subtitle": "Forskjell i endring i andel i jobb, prosentpoeng, med {level} intervall. "
        "Hver rad svarer på samme spørsmål som planens analyse. Alle er utforskende",
        "head": "Metode",
        "base": "Gruppe og tid måler mot siste måling før oppstart, de andre mot snittet før.",
        "spread": "Spredning, tilfeldige nettverk: standardavviket til anslagene når metoden "
        "brukes på {draws} nettverk trukket blant kommuner som ikke deltok. Det bør være omtrent "
        "så stort som standardfeilen.",
        "bracket": "{estimand}: ANCOVA og samme modell uten andelen før rammer inn svaret hvis "
        "enten lik utvikling eller lik framtid ved lik fortid holder.",
        "no_bracket": "{estimand}: ANCOVA gir ingen ramme, for andelen før henger sterkere enn "
        "én til én sammen med andelen etter (koeffisient {rho}).",
        "weights": "{estimand}: Entropibalansering gir vekter som svarer til {n} kommuner med lik "
        "vekt; den største vekten er {largest}.",
        "overlap": "Kommuner i nettverket uten noen like seg blant de andre: {outside}. "
        "Kjennetegnene skiller gruppene i {auc} av 100 par.",
        "synthetic": "{estimand}: De syntetiske vektene svarer til {n} kommuner med lik vekt.",
    },
    "en": {
        "title": "Other methods give from {low} to {high} percentage points",
        "title_none": "None of the other methods can be used",
        "subtitle": "Difference in the change of the share in work, percentage points, with "
        "{level} interval. Each row answers the same question as the planned analysis. All are "
        "exploratory",
        "head": "Method",
        "base": "Group-time measures against the last measurement before the start, the others "
        "against the mean before.",
        "spread": "Spread, drawn networks: the standard deviation of the estimates when the "
        "method is used on {draws} networks drawn among municipalities that did not take part. It "
        "should be about as large as the standard error.",
        "bracket": "{estimand}: ANCOVA and the same model without the earlier share bracket the "
        "answer if either like trends or a like future after a like past holds.",
        "no_bracket": "{estimand}: ANCOVA gives no bracket, since the earlier share goes more than "
        "one to one with the later (coefficient {rho}).",
        "weights": "{estimand}: Entropy balancing gives weights worth {n} municipalities "
        "of equal weight; the largest weight is {largest}.",
        "overlap": "Municipalities of the network with none like them among the others: {outside}. "
        "The characteristics tell the groups apart in {auc} of 100 pairs.",
        "synthetic": "{estimand}: The synthetic weights are worth {n} municipalities of equal "
        "weight.",
    },
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 13."""
    language, frame = context.language, inputs["estimates_estimators"]
    found = records.by_key(frame) | records.by_key(inputs["estimates_primary"])
    simulated = results.simulated(frame)
    drawn = records.by_key(inputs["estimates_robustness"]) | records.by_key(
        inputs["estimates_pseudo_networks"]
    )
    rows, effects = [], []
    for which in results.ESTIMANDS:
        group = estimand(which, context)
        rows.append(
            Row(
                label=estimator("plan_pp", language),
                record=found.get(f"primary.pp.{which}.att"),
                group=group,
                more=_spread(drawn, f"robustness.aa.{which}.adjusted"),
                decimals=2,
            )
        )
        for name, pattern in ESTIMATORS:
            record = found.get(key_of(pattern, which))
            rows.append(
                Row(
                    label=estimator(name, language),
                    record=record,
                    group=group,
                    more=_spread(drawn, f"pseudo_networks.{name}.{which}"),
                    decimals=2,
                )
            )
            if records.known(record):
                effects.append(float(record["estimate"]))
    level = float(frame["level"].iloc[0])
    return rows_table(
        rows,
        language,
        columns=("estimate", "se", "spread", "interval", "p", "units"),
        words={
            "title": ranged_title(WORDS, language, effects),
            "subtitle": fill(WORDS, language, "subtitle", level=percent(level, language, 0)),
            "source": results.source(language, inputs["panel"], simulated=simulated),
        },
        head=fill(WORDS, language, "head"),
        notes=tuple(_notes(found | drawn, inputs["details_estimators"], context)),
        simulated=simulated,
    )


def _spread(drawn: Mapping[str, Record], stem: str) -> dict[str, float]:
    """How far an estimator's results on networks that did not exist lie apart; NaN if unknown."""
    record = drawn.get(f"{stem}.spread")
    return {"spread": float(record["estimate"]) if records.known(record) else float("nan")}


def _notes(found: Mapping[str, Record], details: pd.DataFrame, context: Context) -> Iterator[str]:
    """Base, bracket, how far weights are spread, and overlap."""
    language = context.language
    yield fill(WORDS, language, "base")
    spread = found.get(f"pseudo_networks.did_2x2.{results.ESTIMANDS[0]}.spread")
    if records.known(spread):
        yield fill(WORDS, language, "spread", draws=count(spread["draws"], language))
    for which in results.ESTIMANDS:
        heading = estimand(which, context)
        rho = found.get(f"estimators.ancova.{which}.persistence")
        if records.known(rho):
            if 0 <= float(rho["estimate"]) <= 1:
                yield fill(WORDS, language, "bracket", estimand=heading)
            else:
                said = number(rho["estimate"], language, 2)
                yield fill(WORDS, language, "no_bracket", estimand=heading, rho=said)
        for table, key in (("balancing_weights", "weights"), ("unit_weights", "synthetic")):
            if not has(details, f"{table}.{which}"):
                continue
            weight = frame_of(details, f"{table}.{which}")["weight"]
            values = {"n": number(1 / (weight**2).sum(), language, 0)}
            if key == "weights":
                values["largest"] = percent(weight.max(), language)
            yield fill(WORDS, language, key, estimand=heading, **values)
    yield from _overlap(found, details, context)


def _overlap(found: Mapping[str, Record], details: pd.DataFrame, context: Context) -> Iterator[str]:
    """How far the arms overlap; the same for both estimands, since no weights enter."""
    language, which = context.language, results.ESTIMANDS[0]
    auc = found.get(f"estimators.matching.{which}.discrimination")
    if not records.known(auc) or not has(details, f"overlap.{which}"):
        return
    seen = frame_of(details, f"overlap.{which}")
    network = seen["network"] == 1
    outside = int((seen["propensity"][network] > seen["propensity"][~network].max()).sum())
    yield fill(
        WORDS,
        language,
        "overlap",
        outside=count(outside, language),
        auc=number(100 * float(auc["estimate"]), language, 0),
    )
