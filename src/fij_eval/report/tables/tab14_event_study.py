"""Table 14: the event study of figure 14 in numbers, with its joint tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.months import is_month, months_between
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import (
    count,
    interval,
    month_name,
    number,
    one_sign,
    p_value,
    percent,
    percent_words,
    signed_pp,
)
from fij_eval.report.vocabulary import arm, estimand, shared, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language

INPUTS = ("estimates_event_study", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Forskjellen ved hver måling, mot {base}",
        "subtitle": "Forskjell i andel i jobb mellom {network} og {comparison}, prosentpoeng mot "
        "{base}, med {level} konfidensintervall",
        "month": "Måling",
        "since": "Måneder fra oppstart",
        "estimate": "Anslag",
        "interval": "Intervall",
        "p": "p-verdi",
        "units": "Kommuner",
        "base_row": "basis",
        "mean": "Andelen i nettverket i {base} var {mean}.",
        "pre_trend": "Målingene før oppstart ({months}) samlet: F\u00a0=\u00a0{f}, "
        "p\u00a0=\u00a0{p}.",
        "levelling_off": "De siste målingene ({months}) like: F\u00a0=\u00a0{f}, "
        "p\u00a0=\u00a0{p}.",
        "untested": "Målingene før oppstart kan ikke prøves samlet.",
        "of": "{estimand}: {said}",
        "caution": "At målingene før oppstart ikke skiller seg ut, viser ikke at gruppene ville "
        "ha fulgt hverandre uten nettverket.",
        "without": ".. = tallet kan ikke gis med disse dataene.",
    },
    "en": {
        "title": "The gap at each measurement, against {base}",
        "subtitle": "Difference in the share in work between {network} and {comparison}, "
        "percentage points against {base}, with {level} confidence interval",
        "month": "Measurement",
        "since": "Months from kick-off",
        "estimate": "Estimate",
        "interval": "Interval",
        "p": "p-value",
        "units": "Municipalities",
        "base_row": "base",
        "mean": "The share in the network in {base} was {mean}.",
        "pre_trend": "Measurements before kick-off ({months}) jointly: F\u00a0=\u00a0{f}, "
        "p\u00a0=\u00a0{p}.",
        "levelling_off": "The last measurements ({months}) equal: F\u00a0=\u00a0{f}, "
        "p\u00a0=\u00a0{p}.",
        "untested": "The measurements before kick-off cannot be tested jointly.",
        "of": "{estimand}: {said}",
        "caution": "That the measurements before kick-off do not stand out does not show that the "
        "groups would have moved together without the network.",
        "without": ".. = the number cannot be given with these data.",
    },
}

_COLUMNS = ("month", "since", "estimate", "interval", "p", "units")


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a specification and month, base month and missing ones included.

    Raises:
        ReportError: If there is no event study.
    """
    frame = inputs["estimates_event_study"]
    months = frame[frame["term"].map(is_month).astype(bool)].reset_index(drop=True)
    if months.empty:
        reasons = "; ".join(sorted({str(note) for note in frame["note"] if str(note)}))
        raise ReportError(
            f"There is no event study to show ({reasons or 'no specification'})",
            where="estimates/event_study",
            remedy="add a specification with the estimator event_study",
        )
    since = [months_between(context.network.start, str(term)) for term in months["term"]]
    columns = ["spec", "estimand", "reference_month", "months_since_kick_off", "estimate", "se"]
    more = ["ci_low", "ci_high", "p_value", "level", "base", "n_units", "n_treated", "covariates"]
    return months.rename(columns={"term": "reference_month"}).assign(months_since_kick_off=since)[
        [*columns, *more, "note"]
    ]


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 14.

    Raises:
        ReportError: If there is no event study.
    """
    language = context.language
    frame = data(inputs, context)
    base = month_name(str(frame["base"].iloc[0]), language)
    specs = zip(frame["spec"], frame["estimand"], strict=True)
    simulated = results.simulated(inputs["estimates_event_study"])
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in _COLUMNS),
        rows=tuple(_row(row, language) for row in frame.to_dict("records")),
        align=("left", "right", "right", "right", "right", "right"),
        groups=grouped(specs, lambda spec: estimand(str(spec[1]), context)),
        title=fill(WORDS, language, "title", base=base),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            network=arm("network", context, inline=True),
            comparison=arm("comparison", context, inline=True),
            base=base,
            level=percent(float(frame["level"].iloc[0]), language, 0),
        ),
        notes=tuple(_notes(inputs["estimates_event_study"], frame, context)),
        source=results.source(language, inputs["panel"], simulated=simulated),
        simulated=simulated,
    )


def _row(row: Mapping[Any, Any], language: Language) -> tuple[str, ...]:
    gap = shared(language, "missing")
    month = month_name(row["reference_month"], language)
    since = number(row["months_since_kick_off"], language, 0)
    if row["reference_month"] == row["base"]:
        return (month, since, fill(WORDS, language, "base_row"), "", "", "")
    known, has_error = row["estimate"] == row["estimate"], row["se"] == row["se"]
    return (
        month,
        since,
        signed_pp(row["estimate"], language, 2, unit=False) if known else gap,
        interval(row["ci_low"], row["ci_high"], language, 2) if has_error else gap,
        p_value(row["p_value"], language) if has_error else gap,
        count(row["n_units"], language) if known else gap,
    )


def _notes(estimates: pd.DataFrame, frame: pd.DataFrame, context: Context) -> Iterator[str]:
    language = context.language
    found = records.by_key(estimates)
    for spec, rows in frame.groupby("spec", sort=False):
        name = estimand(str(rows["estimand"].iloc[0]), context)
        said = " ".join(_said(str(spec), found, language))
        if said:
            yield fill(WORDS, language, "of", estimand=name, said=said)
    if frame["estimate"].isna().any() or frame.loc[frame["note"] != "base", "se"].isna().any():
        yield fill(WORDS, language, "without")
    yield fill(WORDS, language, "caution")


def _said(spec: str, found: Mapping[str, Record], language: Language) -> Iterator[str]:
    """Level of the base month and joint tests of one event study."""
    mean = found.get(f"{spec}.base_mean")
    if records.known(mean):
        yield fill(
            WORDS,
            language,
            "mean",
            base=month_name(str(mean["base"]), language),
            mean=percent_words(mean["estimate"], language),
        )
    for term in ("pre_trend", "levelling_off"):
        test = found.get(f"{spec}.{term}")
        if records.known(test):
            text = fill(
                WORDS,
                language,
                term,
                months=window(str(test["post"]), language),
                f=number(test["estimate"], language, 2),
                p=p_value(test["p_value"], language),
            )
            yield one_sign(text)
        elif term == "pre_trend":
            yield fill(WORDS, language, "untested")
