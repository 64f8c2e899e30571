"""Table 1: municipalities that signed up, by size group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.report import results
from fij_eval.report.context import Align, Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, day_name, month_name
from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("panel", "reference_municipalities", "reference_network_register")

WORDS: Catalogue = {
    "nb": {
        "title": "{n} meldte seg på nettverket",
        "whole": "{n} kommuner",
        "with_district": "{n} kommuner og én bydel",
        "with_districts": "{n} kommuner og {k} bydeler",
        "subtitle": "Påmeldte etter størrelsesgruppe i nettverket. Innbyggere etter siste telling "
        "før {month}; flyktninger fra Ukraina 20–66 år i {month}",
        "name": "Kommune",
        "county": "Fylke",
        "kick_off": "Oppstart",
        "population": "Innbyggere",
        "residents": "Flyktninger",
        "form": "Form",
        "status": "Status",
        "group": "{group}: {n} påmeldte",
        "few": "under {n}",
        "physical": "fysisk",
        "digital": "digital",
        "unknown": "ukjent",
        "signed_up": "påmeldt",
        "participant": "deltok",
        "withdrew": "trakk seg",
        "form_unknown": "Det er ikke kjent hvem som deltok fysisk, og hvem som bare deltok "
        "digitalt.",
        "status_unknown": "Det er ikke kjent hvem av de påmeldte som siden trakk seg.",
        "districts": ".. = tall finnes ikke. En bydel kan ikke skilles ut i tallene etter kommune; "
        "den er beskrevet, men inngår ikke i analysen.",
        "small_numbers": "Antall flyktninger under {n} er ikke vist.",
    },
    "en": {
        "title": "{n} signed up",
        "whole": "{n} municipalities",
        "with_district": "{n} municipalities and one city district",
        "with_districts": "{n} municipalities and {k} city districts",
        "subtitle": "Sign-ups by size group in the network. Inhabitants by the last count before "
        "{month}; refugees from Ukraine aged 20–66 in {month}",
        "name": "Municipality",
        "county": "County",
        "kick_off": "Kick-off",
        "population": "Inhabitants",
        "residents": "Refugees",
        "form": "Form",
        "status": "Status",
        "group": "{group}: {n} sign-ups",
        "few": "under {n}",
        "physical": "in person",
        "digital": "digital",
        "unknown": "unknown",
        "signed_up": "signed up",
        "participant": "took part",
        "withdrew": "withdrew",
        "form_unknown": "It is not known who took part in person and who only digitally.",
        "status_unknown": "It is not known which of the sign-ups withdrew later.",
        "districts": ".. = no figure. A city district cannot be told apart in figures by "
        "municipality; it is described, but not part of the analysis.",
        "small_numbers": "Numbers of refugees under {n} are not shown.",
    },
}

_GROUPS = ("small", "medium", "large")


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a sign-up, by group and name.

    Returns:
        ``municipality_code``, ``district_code``, ``name``, ``county``, ``size_group``,
        ``kick_off_date``, ``population``, ``residents`` (missing for a district and where there
        are fewer than the sample's threshold, so that the file shows no more than the table),
        ``few`` (whether they are), ``mode``, ``status``.
    """
    month = context.sample.reference_month
    panel = inputs["panel"]
    then = panel[panel["reference_month"] == month].set_index("municipality_code")
    county = inputs["reference_municipalities"].set_index("municipality_code")["county"]
    register = inputs["reference_network_register"]
    code = register["municipality_code"]
    district = register["district_code"] != ""
    residents = code.map(then["residents"]).astype("Int64").mask(district)
    few = residents.lt(context.sample.minimum_residents).fillna(value=False).astype(bool)
    frame = register.assign(
        county=code.map(county),
        population=code.map(then["population"]).astype("Int64").mask(district),
        residents=residents.mask(few),
        few=few,
        order=register["size_group"].map({group: k for k, group in enumerate(_GROUPS)}),
    ).sort_values(["order", "name"], ignore_index=True)
    columns = ["municipality_code", "district_code", "name", "county", "size_group"]
    return frame[[*columns, "kick_off_date", "population", "residents", "few", "mode", "status"]]


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 1."""
    language = context.language
    frame = data(inputs, context)
    has_form = (frame["mode"] != "unknown").any()
    has_status = (frame["status"] != "signed_up").any()
    keys = ["name", "county", "kick_off", "population", "residents"]
    keys += ["form"] * bool(has_form) + ["status"] * bool(has_status)
    align: dict[str, Align] = {"population": "right", "residents": "right"}
    rows, groups = [], {}
    sizes = frame["size_group"].value_counts()
    for k, row in enumerate(frame.to_dict("records")):
        if k == 0 or row["size_group"] != frame["size_group"].iloc[k - 1]:
            groups[k] = fill(
                WORDS,
                language,
                "group",
                group=shared(language, row["size_group"]),
                n=count(sizes[row["size_group"]], language),
            )
        cells = {
            "name": row["name"],
            "county": row["county"],
            "kick_off": day_name(row["kick_off_date"], language),
            "population": _count(row["population"], context),
            "residents": _residents(row, context),
            "form": fill(WORDS, language, row["mode"]),
            "status": fill(WORDS, language, row["status"]),
        }
        rows.append(tuple(cells[key] for key in keys))
    minimum = count(context.sample.minimum_residents, language)
    notes = [
        *([fill(WORDS, language, "districts")] if (frame["district_code"] != "").any() else []),
        *([] if has_form else [fill(WORDS, language, "form_unknown")]),
        *([] if has_status else [fill(WORDS, language, "status_unknown")]),
        *([fill(WORDS, language, "small_numbers", n=minimum)] if frame["few"].any() else []),
    ]
    panel = inputs["panel"]
    simulated = results.simulated(panel)
    then = panel[panel["reference_month"] == context.sample.reference_month]
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in keys),
        rows=tuple(rows),
        align=tuple(align.get(key, "left") for key in keys),
        groups=groups,
        title=fill(WORDS, language, "title", n=_signed_up(frame, context)),
        subtitle=fill(
            WORDS, language, "subtitle", month=month_name(context.sample.reference_month, language)
        ),
        notes=tuple(notes),
        source=source_line(
            language,
            ["register", "population", "employment"],
            simulated=["employment"] if simulated else [],
            vintages=then["outcome_vintage"],
            calculations=False,
        ),
        simulated=simulated,
    )


def _signed_up(frame: pd.DataFrame, context: Context) -> str:
    language = context.language
    districts = int((frame["district_code"] != "").sum())
    n = count(len(frame) - districts, language)
    if districts == 0:
        return fill(WORDS, language, "whole", n=n)
    if districts == 1:
        return fill(WORDS, language, "with_district", n=n)
    return fill(WORDS, language, "with_districts", n=n, k=count(districts, language))


def _count(value: object, context: Context) -> str:
    import pandas as pd

    if value is pd.NA or value is None:
        return shared(context.language, "missing")
    return count(value, context.language)  # type: ignore[arg-type]  # a number: nothing else is in the column


def _residents(row: Mapping[Any, Any], context: Context) -> str:
    if row["few"]:
        minimum = count(context.sample.minimum_residents, context.language)
        return fill(WORDS, context.language, "few", n=minimum)
    return _count(row["residents"], context)
