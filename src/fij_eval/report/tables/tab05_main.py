"""Table 5: the planned estimates on both scales, then those without the plan's adjustment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.report import results
from fij_eval.report.context import Catalogue, Context, Table, fill, grouped
from fij_eval.report.numbers_format import (
    count,
    interval,
    listed,
    month_name,
    p_value,
    percent,
    pp_number,
    signed_pp,
)
from fij_eval.report.vocabulary import arm, estimand, shared, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = ("estimates_primary", "estimates_main", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Anslagene går fra {low} til {high} prosentpoeng",
        "title_one": "Anslaget er {low} prosentpoeng",
        "title_none": "Dataene gir ingen anslag",
        "subtitle": "Forskjell i endring i andel i jobb mellom {network} og {comparison}, "
        "prosentpoeng, med {level} konfidensintervall",
        "model": "Modell",
        "plan_pp": "Planens analyse, prosentpoeng",
        "plan_logit": "Planens analyse, logit",
        "plan": "Planens analyse er justert for {covariates}. Logit er regnet om til prosentpoeng.",
        "estimate": "Anslag",
        "se": "Standardfeil",
        "interval": "Intervall",
        "p": "p-verdi",
        "units": "Kommuner",
        "treated": "I nettverket",
        "did_2x2": "Forskjell-i-forskjeller (2×2)",
        "twfe": "Faste effekter for kommune og måned",
        "adjusted": "{model}, justert",
        "adjusted_set": "{model}, justert ({set})",
        "windows": "Før: {base}. Etter: {post}.",
        "covariates": "Justert for {covariates}, målt i {month} eller før.",
        "covariates_set": "Justert ({set}): {covariates}, målt i {month} eller før.",
        "inference": "Standardfeil er robuste for avhengighet innen kommune.",
        "selection": "Kommunene valgte selv å bli med. Anslagene skiller ikke nettverkets bidrag "
        "fra andre forskjeller mellom kommunene.",
        "without": ".. = anslaget kan ikke gis med disse dataene.",
        "log_population": "folketall (logaritmen)",
        "size_group": "størrelsesgruppe",
        "region": "landsdel",
        "unemployment_rate": "ledighet",
        "refugees_per_capita": "flyktninger per innbygger",
        "centrality": "sentralitet",
        "expected_share": "endringen i andelen som botiden alene tilsier",
        "unemployment_rate_now": "ledighet samme måned",
        "log_population_now": "folketall samme måned",
    },
    "en": {
        "title": "The estimates run from {low} to {high} percentage points",
        "title_one": "The estimate is {low} percentage points",
        "title_none": "The data give no estimate",
        "subtitle": "Difference in the change of the share in work between {network} and "
        "{comparison}, percentage points, with {level} confidence interval",
        "model": "Model",
        "plan_pp": "The planned analysis, percentage points",
        "plan_logit": "The planned analysis, logit",
        "plan": "The planned analysis is adjusted for {covariates}. Logit is translated to "
        "percentage points.",
        "estimate": "Estimate",
        "se": "Standard error",
        "interval": "Interval",
        "p": "p-value",
        "units": "Municipalities",
        "treated": "In the network",
        "did_2x2": "Difference-in-differences (2×2)",
        "twfe": "Fixed effects for municipality and month",
        "adjusted": "{model}, adjusted",
        "adjusted_set": "{model}, adjusted ({set})",
        "windows": "Before: {base}. After: {post}.",
        "covariates": "Adjusted for {covariates}, dated {month} or earlier.",
        "covariates_set": "Adjusted ({set}): {covariates}, dated {month} or earlier.",
        "inference": "Standard errors are robust to dependence within a municipality.",
        "selection": "The municipalities chose to join. The estimates do not separate the "
        "network's contribution from other differences between the municipalities.",
        "without": ".. = the estimate cannot be given with these data.",
        "log_population": "population (logarithm)",
        "size_group": "size group",
        "region": "region",
        "unemployment_rate": "unemployment",
        "refugees_per_capita": "refugees per inhabitant",
        "centrality": "centrality",
        "expected_share": "the change in the share that residence time alone would give",
        "unemployment_rate_now": "unemployment in the same month",
        "log_population_now": "population in the same month",
    },
}

_COLUMNS = ("model", "estimate", "se", "interval", "p", "units", "treated")
_SETS = "abcdefghijklmnopqrstuvwxyz"


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The planned effects, then those of the main analysis, on the pp scale, by estimand.

    The planned ones are called ``plan_pp`` and ``plan_logit``; the others stand in the settings'
    order.

    Raises:
        ReportError: If there is no record.
    """
    import pandas as pd

    frame = inputs["estimates_main"]
    effects = frame[(frame["scale"] == "pp") & (frame["term"] == "att")]
    if effects.empty:
        raise ReportError(
            "There is no main estimate to show",
            where="estimates/main",
            remedy="add a specification with the estimator did_2x2 or twfe",
        )
    planned = inputs["estimates_primary"]
    planned = planned[planned["key"].str.fullmatch(r"primary\.\w+\.\w+\.att")]
    scales = "plan_" + planned["key"].str.split(".").str[1]
    effects = pd.concat([planned.assign(estimator=scales), effects], ignore_index=True)
    order = {name: k for k, name in enumerate(dict.fromkeys(effects["estimand"]))}
    columns = ["spec", "estimator", "estimand", "covariates", "base", "post", "estimate", "se"]
    more = ["ci_low", "ci_high", "p_value", "level", "df", "n_units", "n_treated", "n_obs"]
    ordered = effects.assign(order=effects["estimand"].map(order)).sort_values(
        "order", kind="stable", ignore_index=True
    )
    return ordered[[*columns, *more, "persons", "weights", "inference", "plan_status", "note"]]


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 5.

    Raises:
        ReportError: If there is no record.
    """
    language = context.language
    frame = data(inputs)
    sets = _covariate_sets(frame)
    found = frame[frame["estimate"].notna()]
    simulated = results.simulated(inputs["estimates_main"])
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in _COLUMNS),
        rows=tuple(_row(row, sets, language) for row in frame.to_dict("records")),
        align=("left", "right", "right", "right", "right", "right", "right"),
        groups=grouped(frame["estimand"], lambda name: estimand(name, context)),
        title=_title(found, language),
        subtitle=fill(
            WORDS,
            language,
            "subtitle",
            network=arm("network", context, inline=True),
            comparison=arm("comparison", context, inline=True),
            level=percent(float(frame["level"].iloc[0]), language, 0),
        ),
        notes=tuple(_notes(frame, sets, context)),
        source=results.source(language, inputs["panel"], simulated=simulated),
        simulated=simulated,
    )


def _covariate_sets(frame: pd.DataFrame) -> dict[str, str]:
    """A letter for each set of covariates, if there is more than one."""
    sets = [name for name in dict.fromkeys(frame.loc[~_planned(frame), "covariates"]) if name]
    return dict(zip(sets, _SETS, strict=False)) if len(sets) > 1 else {}


def _planned(frame: pd.DataFrame) -> pd.Series:
    """Which rows are of the planned analysis."""
    return frame["estimator"].str.startswith("plan_")


def _row(row: Mapping[Any, Any], sets: Mapping[str, str], language: Language) -> tuple[str, ...]:
    model = fill(WORDS, language, str(row["estimator"]))
    if str(row["estimator"]).startswith("plan_"):
        pass  # what it is adjusted for stands below the table
    elif row["covariates"] in sets:
        letter = sets[row["covariates"]]
        model = fill(WORDS, language, "adjusted_set", model=model, set=letter)
    elif row["covariates"]:
        model = fill(WORDS, language, "adjusted", model=model)
    gap = shared(language, "missing")
    has_error = row["se"] == row["se"]
    known = row["estimate"] == row["estimate"]
    return (
        model,
        signed_pp(row["estimate"], language, 2, unit=False) if known else gap,
        pp_number(row["se"], language, 2) if has_error else gap,
        interval(row["ci_low"], row["ci_high"], language, 2) if has_error else gap,
        p_value(row["p_value"], language) if has_error else gap,
        count(row["n_units"], language) if known else gap,
        count(row["n_treated"], language) if known else gap,
    )


def _title(found: pd.DataFrame, language: Language) -> str:
    if found.empty:
        return fill(WORDS, language, "title_none")
    low = signed_pp(found["estimate"].min(), language, unit=False)
    high = signed_pp(found["estimate"].max(), language, unit=False)
    if low == high:
        return fill(WORDS, language, "title_one", low=low)
    return fill(WORDS, language, "title", low=low, high=high)


def _notes(frame: pd.DataFrame, sets: Mapping[str, str], context: Context) -> Iterator[str]:
    language = context.language
    month = month_name(context.sample.reference_month, language)
    for base, post in dict.fromkeys(zip(frame["base"], frame["post"], strict=True)):
        if base and post:
            yield fill(
                WORDS,
                language,
                "windows",
                base=window(base, language),
                post=window(post, language),
            )
    planned = _planned(frame)
    for names in [name for name in dict.fromkeys(frame.loc[planned, "covariates"]) if name]:
        words = listed((fill(WORDS, language, name) for name in names.split("+")), language)
        yield fill(WORDS, language, "plan", covariates=words)
    for names in [name for name in dict.fromkeys(frame.loc[~planned, "covariates"]) if name]:
        words = listed((fill(WORDS, language, name) for name in names.split("+")), language)
        if names in sets:
            yield fill(
                WORDS, language, "covariates_set", covariates=words, month=month, set=sets[names]
            )
        else:
            yield fill(WORDS, language, "covariates", covariates=words, month=month)
    yield fill(WORDS, language, "inference")
    if frame["estimate"].isna().any():
        yield fill(WORDS, language, "without")
    yield fill(WORDS, language, "selection")
