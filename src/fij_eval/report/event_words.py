"""Words of the event study, figure 14: what its measurements say, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import records
from fij_eval.report.context import Catalogue, fill
from fij_eval.report.numbers_format import (
    count,
    interval,
    listed,
    month_name,
    one_sign,
    p_value,
    signed_pp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "title": "Endringen var større i nettverket ved {above} av {n} målinger",
        "title_none": "Ingen målinger etter oppstart kan sammenliknes med {base}",
        "subtitle": "Forskjell i andel i jobb mellom gruppene, prosentpoeng mot {base}, med "
        "{level} konfidensintervall (tykk strek) og samlet bånd for alle målinger (tynn strek). "
        "{samples}. {zeros} {tests}",
        "zeros": "Etter oppstart rommer intervallet null ved {k} av {n} målinger ({panel}).",
        "sample": "{n} kommuner, {treated} av dem i nettverket",
        "sample_of": "{sample} ({panel})",
        "test": "Prøve av målingene før oppstart samlet: {tests}.",
        "test_of": "p = {p} ({panel})",
        "no_test": "Målingene før oppstart kan ikke prøves samlet.",
        "municipality_average": "Kommunegjennomsnitt",
        "person_average": "Persongjennomsnitt",
        "axis": "Prosentpoeng mot {base}\n(nettverkets andel da: {mean})",
        "axis_short": "Prosentpoeng mot {base}",
        "before": "Før",
        "after": "Etter oppstart",
        "base": "Basis",
        "alt": "Punktdiagram med konfidensintervall for hver måling, mot {base}. {parts}",
        "alt_part": "{panel}: før oppstart ligger anslagene fra {pre_low} til {pre_high}, etter "
        "oppstart fra {post_low} til {post_high}. Siste måling, {last}, er {estimate} "
        "({interval}).",
        "alt_part_no_pre": "{panel}: etter oppstart ligger anslagene fra {post_low} til "
        "{post_high}. Siste måling, {last}, er {estimate} ({interval}).",
        "alt_none": "{panel}: ingen anslag etter oppstart.",
    },
    "en": {
        "title": "The network's change was larger at {above} of {n} measurements",
        "title_none": "No measurement after kick-off can be compared with {base}",
        "subtitle": "Difference in the share in work between the groups, percentage points against "
        "{base}, with {level} confidence interval (thick line) and a band for all measurements "
        "together (thin line). {samples}. {zeros} {tests}",
        "zeros": "After kick-off the interval includes zero at {k} of {n} measurements ({panel}).",
        "sample": "{n} municipalities, {treated} of them in the network",
        "sample_of": "{sample} ({panel})",
        "test": "Joint test of the measurements before kick-off: {tests}.",
        "test_of": "p = {p} ({panel})",
        "no_test": "The measurements before kick-off cannot be tested jointly.",
        "municipality_average": "Municipality average",
        "person_average": "Person average",
        "axis": "Percentage points against {base}\n(the network's share then: {mean})",
        "axis_short": "Percentage points against {base}",
        "before": "Before",
        "after": "After kick-off",
        "base": "Base",
        "alt": "Point chart with a confidence interval for each measurement, against {base}. "
        "{parts}",
        "alt_part": "{panel}: before kick-off the estimates run from {pre_low} to {pre_high}, "
        "after kick-off from {post_low} to {post_high}. The last, {last}, is {estimate} "
        "({interval}).",
        "alt_part_no_pre": "{panel}: after kick-off the estimates run from {post_low} to "
        "{post_high}. The last, {last}, is {estimate} ({interval}).",
        "alt_none": "{panel}: no estimates after kick-off.",
    },
}


def named(frame: pd.DataFrame, spec: str, language: Language) -> str:
    """What a specification averages over."""
    estimand = str(frame.loc[frame["spec"] == spec, "estimand"].iloc[0])
    return fill(WORDS, language, estimand)


def zeros(after: pd.DataFrame, spec: str, frame: pd.DataFrame, language: Language) -> str:
    """At how many measurements the interval of the first panel holds zero."""
    within = (after["ci_low"] <= 0) & (after["ci_high"] >= 0)
    return fill(
        WORDS,
        language,
        "zeros",
        k=count(int(within.sum()), language),
        n=count(int(after["ci_low"].notna().sum()), language),
        panel=named(frame, spec, language).lower(),
    )


def samples(frame: pd.DataFrame, specs: Sequence[str], language: Language) -> str:
    """Municipalities that enter, once if they are the same in all panels."""
    found = {}
    for spec in specs:
        row = frame[frame["spec"] == spec].iloc[0]
        n, treated = count(row["n_units"], language), count(row["n_treated"], language)
        found[spec] = fill(WORDS, language, "sample", n=n, treated=treated)
    if len(set(found.values())) == 1:
        return found[specs[0]]
    return "; ".join(
        fill(
            WORDS,
            language,
            "sample_of",
            sample=sample,
            panel=named(frame, spec, language).lower(),
        )
        for spec, sample in found.items()
    )


def tests(
    found: Mapping[str, records.Record],
    frame: pd.DataFrame,
    specs: Sequence[str],
    language: Language,
) -> str:
    """The joint tests of the measurements before kick-off."""
    tests = []
    for spec in specs:
        test = found.get(f"{spec}.pre_trend")
        if not records.known(test, "p_value"):
            continue
        p, panel = p_value(test["p_value"], language), named(frame, spec, language).lower()
        text = fill(WORDS, language, "test_of", p=p, panel=panel)
        tests.append(one_sign(text))
    if not tests:
        return fill(WORDS, language, "no_test")
    return fill(WORDS, language, "test", tests=listed(tests, language))


def alt(frame: pd.DataFrame, specs: Sequence[str], language: Language) -> str:
    """What is seen, panel by panel."""
    parts = []
    for spec in specs:
        rows = frame[frame["spec"] == spec]
        panel = named(frame, spec, language)
        before, after = (rows[rows["period"] == period] for period in ("before", "after"))
        if after.empty:
            parts.append(fill(WORDS, language, "alt_none", panel=panel))
            continue
        last = after.to_dict("records")[-1]
        values = {
            "panel": panel,
            "post_low": signed_pp(after["estimate"].min(), language, unit=False),
            "post_high": signed_pp(after["estimate"].max(), language),
            "last": month_name(str(last["reference_month"]), language),
            "estimate": signed_pp(last["estimate"], language, unit=False),
            "interval": interval(last["ci_low"], last["ci_high"], language)
            if records.known(last, "ci_low")
            else "–",
        }
        if before.empty:
            parts.append(fill(WORDS, language, "alt_part_no_pre", **values))
        else:
            parts.append(
                fill(
                    WORDS,
                    language,
                    "alt_part",
                    **values,
                    pre_low=signed_pp(before["estimate"].min(), language, unit=False),
                    pre_high=signed_pp(before["estimate"].max(), language),
                )
            )
    return " ".join(parts)
