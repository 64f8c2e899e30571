"""Table 15: what taking part took, what would pay for it, and what the estimate comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.effects.details import frame_of
from fij_eval.report import records, results
from fij_eval.report.assumptions import assumption, value
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import interval, number, pp_number, whole
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language

INPUTS = ("estimates_persons", "details_persons", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Regnestykket går opp med {each} flere personer per kommune",
        "title_none": "Regnestykket kan ikke gjøres med disse antakelsene",
        "subtitle": "Gunstig: lave kostnader og høy sparing. Ugunstig: omvendt. Bare avgiften er "
        "kjent, resten er antakelser i innstillingene",
        "head": "Størrelse",
        "favourable": "Gunstig",
        "central": "Midt",
        "unfavourable": "Ugunstig",
        "group_assumptions": "Antakelser",
        "group_costs": "Kostnad og sparing, kroner",
        "group_needed": "Det som skal til for at sparingen svarer til kostnadene",
        "group_net": "Sparing minus kostnader for alle kommunene, millioner kroner",
        "fee": "{name} per kommune",
        "travel_nok": "{name} per kommune",
        "hours": "{name} per kommune",
        "hourly_wage_nok": "{name}",
        "social_assistance_nok": "{name} per person og år",
        "years_in_work": "{name}",
        "cost_each": "Kostnad per kommune",
        "cost": "Kostnad for alle kommunene",
        "saved": "Spart per person i jobb",
        "break_even_each": "Flere personer i jobb per kommune",
        "break_even": "Flere personer i jobb i alle kommunene",
        "break_even_pp": "Forskjell i andel i jobb, prosentpoeng",
        "net": "Med analysens anslag",
        "net_interval": "Med intervallets grenser",
        "note": "Analysens anslag i personer: {n} ({interval}). Regnestykket sier ikke "
        "om nettverket er grunnen.",
    },
    "en": {
        "title": "Costs are met by {each} more persons per municipality",
        "title_none": "The calculation cannot be done with these assumptions",
        "subtitle": "Favourable: low costs and high savings. Unfavourable: the reverse. Only the "
        "fee is known, the rest are assumptions of the settings",
        "head": "Quantity",
        "favourable": "Favourable",
        "central": "Middle",
        "unfavourable": "Unfavourable",
        "group_assumptions": "Assumptions",
        "group_costs": "Costs and savings, NOK",
        "group_needed": "What it takes for savings to equal costs",
        "group_net": "Savings less costs for all municipalities, NOK million",
        "fee": "{name} per municipality",
        "travel_nok": "{name} per municipality",
        "hours": "{name} per municipality",
        "hourly_wage_nok": "{name}",
        "social_assistance_nok": "{name} per person and year",
        "years_in_work": "{name}",
        "cost_each": "Cost per municipality",
        "cost": "Cost for all municipalities",
        "saved": "Saved a person in work",
        "break_even_each": "More persons in work per municipality",
        "break_even": "More persons in work in all municipalities",
        "break_even_pp": "Difference in the share in work, percentage points",
        "net": "At the analysis's estimate",
        "net_interval": "At the limits of its interval",
        "note": "The analysis's estimate in persons: {n} ({interval}). The calculation does not "
        "say whether the network is the reason.",
    },
}

CASES = ("favourable", "central", "unfavourable")
_COSTS = ("travel_nok", "hours", "hourly_wage_nok")
_MILLION = 1e6


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """``group``, ``what``, and the value in each case; limits as rows of their own."""
    import pandas as pd

    found = records.by_key(inputs["estimates_persons"])
    table = frame_of(inputs["details_persons"], "sensitivity")
    assumed = {str(row["assumption"]): row for row in table.to_dict("records")}
    rows = [{"group": "assumptions", "what": "fee"} | dict.fromkeys(CASES, _fee(found, assumed))]
    for name in (*_COSTS, "social_assistance_nok", "years_in_work"):
        ends = ("low", "high") if name in _COSTS else ("high", "low")
        values = dict(zip(CASES, (ends[0], "central", ends[1]), strict=True))
        rows.append(
            {"group": "assumptions", "what": name}
            | {case: float(assumed[name][end]) for case, end in values.items()}
        )
    for group, terms in (
        ("costs", ("cost_each", "cost", "saved")),
        ("needed", ("break_even_each", "break_even", "break_even_pp")),
        ("net", ("net",)),
    ):
        rows += [
            {"group": group, "what": term}
            | {case: _of(found.get(f"persons.{case}.{term}"), "estimate") for case in CASES}
            for term in terms
        ]
    rows += [
        {"group": "net", "what": f"net_{limit}"}
        | {case: _of(found.get(f"persons.{case}.net"), f"ci_{limit}") for case in CASES}
        for limit in ("low", "high")
    ]
    return pd.DataFrame(rows)


def _fee(found: Mapping[str, Record], assumed: Mapping[str, Mapping[Any, Any]]) -> float:
    """The fee: what is left of the central cost without travel and hours."""
    travel, hours, wage = (float(assumed[name]["central"]) for name in _COSTS)
    spent = travel + hours * wage
    return _of(found.get("persons.central.cost_each"), "estimate") - spent


def _of(record: Record | None, field: str) -> float:
    return float("nan") if record is None or record[field] is None else float(record[field])


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 15."""
    language = context.language
    frame = data(inputs)
    simulated = results.simulated(inputs["estimates_persons"])
    shown = frame[~frame["what"].isin(["net_low", "net_high"])]
    limits = {str(row["what"]): row for row in frame.to_dict("records")}
    rows: list[tuple[str, ...]] = [_row(row, language) for row in shown.to_dict("records")]
    groups = shown["group"].to_list()
    kept = shown
    if all(limits["net_low"][case] == limits["net_low"][case] for case in CASES):
        rows.append(_limits(limits, language))
        groups.append("net")
        kept = frame[frame["what"] != "net_high"]
    each = float(limits["break_even_each"]["central"])
    return Table(
        data=kept.reset_index(drop=True),
        header=tuple(fill(WORDS, language, key) for key in ("head", *CASES)),
        rows=tuple(rows),
        align=("left", "right", "right", "right"),
        groups=grouped(groups, lambda name: fill(WORDS, language, f"group_{name}")),
        title=fill(WORDS, language, "title_none")
        if each != each  # noqa: PLR0124 -- missing
        else fill(WORDS, language, "title", each=number(each, language)),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=tuple(_notes(records.by_key(inputs["estimates_persons"]), language)),
        source=results.source(language, inputs["panel"], simulated=simulated, more=("interim",)),
        simulated=simulated,
    )


def _row(row: Mapping[Any, Any], language: Language) -> tuple[str, ...]:
    what = str(row["what"])
    if row["group"] == "assumptions":
        known = "fee_nok" if what == "fee" else what
        label = fill(WORDS, language, what, name=assumption(known, language))
        return (label, *(value(known, float(row[case]), language) for case in CASES))
    label = fill(WORDS, language, what)
    return (label, *(_written(what, float(row[case]), language) for case in CASES))


def _written(what: str, amount: float, language: Language) -> str:
    if amount != amount:  # noqa: PLR0124 -- missing
        return shared(language, "missing")
    match what:
        case "break_even_each":
            return number(amount, language)
        case "break_even_pp":
            return pp_number(amount, language)
        case "net":
            return number(amount / _MILLION, language)
        case _:
            return whole(amount, language)


def _limits(limits: Mapping[str, Mapping[Any, Any]], language: Language) -> tuple[str, ...]:
    """Savings less costs at the interval's limits."""
    cells = [
        interval(
            limits["net_low"][case] / _MILLION,
            limits["net_high"][case] / _MILLION,
            language,
            shares=False,
        )
        for case in CASES
    ]
    return (fill(WORDS, language, "net_interval"), *cells)


def _notes(found: Mapping[str, Record], language: Language) -> Iterator[str]:
    effect = found.get("persons.att")
    if records.known(effect, "ci_low"):
        yield fill(
            WORDS,
            language,
            "note",
            n=whole(effect["estimate"], language),
            interval=interval(effect["ci_low"], effect["ci_high"], language, 0, shares=False),
        )
