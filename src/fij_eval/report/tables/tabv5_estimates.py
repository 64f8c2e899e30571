"""Table V5: every estimate of every analysis, the two estimands side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.report import results
from fij_eval.report.context import Align, Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import (
    count,
    interval,
    number,
    p_value,
    percent,
    percent_number,
    pp_number,
)
from fij_eval.report.record_names import ANALYSES, analysis_name, record_name, specification
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = (
    "estimates_primary",
    "estimates_claim",
    "estimates_main",
    "estimates_event_study",
    "estimates_scale",
    "estimates_estimators",
    "estimates_composition",
    "estimates_curve",
    "estimates_trends",
    "estimates_robustness",
    "estimates_pseudo_networks",
    "estimates_heterogeneity",
    "estimates_selection",
    "estimates_persons",
    "panel",
)

WORDS: Catalogue = {
    "nb": {
        "title": "Kjøringen ga {n} anslag og prøver",
        "subtitle": "Alle resultater etter analyse, med {level} intervall og p-verdi. K: hver "
        "kommune teller likt. F: hver flyktning teller likt",
        "what": "Anslag",
        "unit": "Enhet",
        "value": "{which}",
        "ci": "{which}, intervall",
        "p": "{which}, p",
        "municipality_average": "K",
        "person_average": "F",
        "pp": "pp.",
        "share": "%",
        "logit": "log",
        "ratio": "log",
        "persons": "pers.",
        "nok": "1000 kr",
        "count": "antall",
        "statistic": "tall",
        "units": "Enheter: pp. = prosentpoeng; log = logaritmen av odds eller forhold; tall = "
        "testverdi, andel eller ganger uten enhet. Resultater som ikke skiller mellom K og F, står "
        "under K. Grensen for p-verdier er {alpha} prosent.",
        "more": "Standardfeil, frihetsgrader, antall kommuner og måten usikkerheten er regnet på, "
        "står i datafilen til tabellen. Snittene bak figurene i kapittel 4 og de enkelte "
        "kombinasjonene i spesifikasjonskurven står i datafilene til figurene.",
        "gap": ".. = tallet kan ikke gis med disse dataene; grunnen står i datafilen.",
    },
    "en": {
        "title": "The run gave {n} estimates and tests",
        "subtitle": "All results by analysis, with {level} interval and p-value. M: each "
        "municipality counts the same. R: each refugee counts the same",
        "what": "Estimate",
        "unit": "Unit",
        "value": "{which}",
        "ci": "{which}, interval",
        "p": "{which}, p",
        "municipality_average": "M",
        "person_average": "R",
        "pp": "pp",
        "share": "%",
        "logit": "log",
        "ratio": "log",
        "persons": "pers.",
        "nok": "NOK 1000",
        "count": "number",
        "statistic": "value",
        "units": "Units: pp = percentage points; log = logarithm of odds or ratio; value = test "
        "value, share or multiple without unit. Results that do not tell M and R apart stand under "
        "M. The limit for p-values is {alpha} per cent.",
        "more": "Standard errors, degrees of freedom, number of municipalities and the way that "
        "uncertainty was found stand in the table's data file. The means behind the figures of "
        "chapter 4 and the single combinations of the specification curve stand in the data files "
        "of the figures.",
        "gap": ".. = the number cannot be given with these data; the data file has the reason.",
    },
}

_FIELDS = ("key", "estimate", "se", "ci_low", "ci_high", "p_value", "df", "n_units", "n_treated",
           "inference", "plan_status", "note")  # fmt: skip
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right", "right", "right")
#: From here on decimals say nothing.
_LARGE = 100
_THOUSAND = 1000
_PREFIX = {"municipality_average": "municipality", "person_average": "person"}


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a result, the fields of both estimands side by side.

    Records belong together that differ in their estimand alone; where several of the settings'
    specifications are alike but for their names, the first belongs to the first.

    Returns:
        ``analysis``, ``specification``, ``term``, ``scale`` and for each estimand the fields of
        its record (``municipality_estimate``, ``person_key``, …), missing where there is none.
    """
    import pandas as pd

    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name in ANALYSES["nb"]:
        seen: dict[tuple[Any, ...], int] = {}
        for record in inputs[f"estimates_{name}"].to_dict("records"):
            what = (name, specification(record), record["term"], record["scale"],
                    _case(name, str(record["key"])))  # fmt: skip
            place = (*what, record["estimand"])
            seen[place] = seen.get(place, -1) + 1
            row = rows.setdefault(
                (*what, seen[place]),
                {
                    "analysis": name,
                    "specification": specification(record),
                    "term": record["term"],
                    "scale": record["scale"],
                    "record": record,
                },
            )
            row |= {f"{_PREFIX[record['estimand']]}_{field}": record[field] for field in _FIELDS}
    frame = pd.DataFrame(list(rows.values()))
    for prefix in _PREFIX.values():
        for field in _FIELDS:
            if f"{prefix}_{field}" not in frame:
                frame[f"{prefix}_{field}"] = None
    return frame


def _case(analysis: str, key: str) -> str:
    """What tells records apart whose specification and term are the same."""
    parts = key.split(".")
    return {"persons": parts[1], "trends": parts[-1]}.get(analysis, "") if len(parts) > 1 else ""


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V5, from the records of all analyses but the descriptive means."""
    language = context.language
    frame = data(inputs)
    records = frame.to_dict("records")
    n = sum(len(inputs[f"estimates_{name}"]) for name in ANALYSES[language])
    level = float(inputs["estimates_primary"]["level"].max())
    simulated = any(results.simulated(inputs[f"estimates_{a}"]) for a in ANALYSES[language])
    marks = [fill(WORDS, language, which) for which in _PREFIX]
    header = [fill(WORDS, language, "what"), fill(WORDS, language, "unit")]
    for mark in marks:
        header += [fill(WORDS, language, key, which=mark) for key in ("value", "ci", "p")]
    rows = tuple(_row(row, language) for row in records)
    notes = [
        fill(WORDS, language, "units", alpha=percent_number(1 - level, language, 0)),
        fill(WORDS, language, "more"),
        *([fill(WORDS, language, "gap")] if any(".." in row for row in rows) else []),
    ]
    return Table(
        data=frame.drop(columns="record"),
        header=tuple(header),
        rows=rows,
        align=_ALIGN,
        groups=grouped(frame["analysis"], lambda name: analysis_name(name, language)),
        title=fill(WORDS, language, "title", n=count(n, language)),
        subtitle=fill(WORDS, language, "subtitle", level=percent(level, language, 0)),
        notes=tuple(notes),
        source=results.source(
            language, inputs["panel"], simulated=simulated, more=("unemployment", "settlement")
        ),
        simulated=simulated,
    )


def _row(row: Mapping[Any, Any], language: Language) -> tuple[str, ...]:
    """A result: what it is, its unit, and value, interval and p-value of each estimand."""
    scale = str(row["scale"])
    cells = [record_name(row["record"], language), fill(WORDS, language, scale)]
    for prefix in _PREFIX.values():
        cells += _cells({f: row[f"{prefix}_{f}"] for f in _FIELDS}, scale, language)
    return tuple(cells)


def _cells(record: Mapping[str, Any], scale: str, language: Language) -> list[str]:
    """Value, interval and p-value; nothing where there is no record."""
    import pandas as pd

    if pd.isna(record["key"]):
        return ["", "", ""]
    if pd.isna(record["estimate"]):
        return [shared(language, "missing"), "", ""]
    has_interval = not (pd.isna(record["ci_low"]) or pd.isna(record["ci_high"]))
    return [
        written(float(record["estimate"]), scale, language),
        _interval(float(record["ci_low"]), float(record["ci_high"]), scale, language)
        if has_interval
        else "",
        "" if pd.isna(record["p_value"]) else p_value(record["p_value"], language),
    ]


def written(value: float, scale: str, language: Language) -> str:
    """A value of a record in its unit, without the unit."""
    match scale:
        case "pp":
            return pp_number(value, language, 2)
        case "share":
            return percent_number(value, language)
        case "nok":
            return number(value / _THOUSAND, language, 0)
        case "count":
            return count(round(value), language)
        case "persons":
            return number(value, language, 1 if abs(value) < _LARGE else 0)
        case _:
            whole = float(value).is_integer() or abs(value) >= _LARGE
            return number(value, language, 0 if whole else 2 if abs(value) > 1 else 3)


def _interval(low: float, high: float, scale: str, language: Language) -> str:
    if scale in {"pp", "share"}:
        return interval(low, high, language, 2 if scale == "pp" else 1)
    if scale == "nok":
        return interval(low / _THOUSAND, high / _THOUSAND, language, 0, shares=False)
    decimals = {"count": 0, "persons": 0 if high >= _LARGE else 1}.get(scale, 2)
    return interval(low, high, language, decimals, shares=False)
