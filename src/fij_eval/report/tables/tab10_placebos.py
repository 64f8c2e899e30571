"""Table 10: differences where none should be, spillover, and how little the pre-test would see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.months import is_month
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import month_name, number, one_sign, p_value, percent, pp
from fij_eval.report.record_table import Row, counted_title, rows_table
from fij_eval.report.vocabulary import estimand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.report.records import Record

INPUTS = ("estimates_trends", "estimates_robustness", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "{k} av {n} plasseboprøver skiller seg fra null",
        "title_none": "Ingen plasseboprøver kan gjøres med disse dataene",
        "subtitle": "Anslag der det ikke skal være noe å finne, prosentpoeng, med {level} "
        "intervall. En prøve skiller seg ut når intervallet ikke rommer null",
        "head": "Prøve",
        "time": "Oppstart tenkt før {month}",
        "unemployment": "Ledigheten i kommunen",
        "other_employment": "Sysselsatte utenfor innvandrergruppen (logaritme ganger hundre)",
        "neighbours": "Naboer av nettverket i stedet for nettverket",
        "far_controls": "Anslaget mot kommuner langt unna",
        "ring_1": "Første ring av naboer mot kommuner langt unna",
        "ring_2": "Andre ring av naboer mot kommuner langt unna",
        "county_clusters": "Anslaget med fylket som klynge",
        "hidden_low": "Skjulte tall satt til det laveste de kan være",
        "hidden_high": "Skjulte tall satt til det høyeste de kan være",
        "group_placebo": "{estimand}: plassebo",
        "group_spill": "{estimand}: smitte, avhengighet og skjulte tall",
        "pretest": "{estimand}: prøven før oppstart oppdager {power} av gangene en forskjell i "
        "utvikling på {slope} i måneden; den ville gitt en skjevhet på {bias}.",
        "moran": "{estimand}: romlig avhengighet i endringene (Morans I) {i}, p = {p}.",
    },
    "en": {
        "title": "{k} of {n} placebo tests differ from zero",
        "title_none": "No placebo test can be made with these data",
        "subtitle": "Estimates where nothing should be found, percentage points, with {level} "
        "interval. A test stands out when its interval does not include zero",
        "head": "Test",
        "time": "Kick-off thought before {month}",
        "unemployment": "The municipality's unemployment",
        "other_employment": "Employed outside the immigrant group (logarithm times a hundred)",
        "neighbours": "The network's neighbours in its place",
        "far_controls": "The estimate against municipalities far away",
        "ring_1": "First ring of neighbours against municipalities far away",
        "ring_2": "Second ring of neighbours against municipalities far away",
        "county_clusters": "The estimate with the county as cluster",
        "hidden_low": "Hidden cells at the lowest they can be",
        "hidden_high": "Hidden cells at the highest they can be",
        "group_placebo": "{estimand}: placebo",
        "group_spill": "{estimand}: spillover, dependence and hidden cells",
        "pretest": "{estimand}: the test before kick-off detects {power} of the time a difference "
        "in trends of {slope} a month; it would give a bias of {bias}.",
        "moran": "{estimand}: spatial dependence of the changes (Moran's I) {i}, p = {p}.",
    },
}

_OUTCOMES = ("unemployment", "other_employment")
_SPILL = {
    "far_controls": "spillover.{e}.far_controls",
    "ring_1": "spillover.{e}.ring_1",
    "ring_2": "spillover.{e}.ring_2",
    "county_clusters": "county_clusters.{e}.att",
    "hidden_low": "hidden.{e}.low",
    "hidden_high": "hidden.{e}.high",
}


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 10."""
    language = context.language
    found = records.by_key(inputs["estimates_trends"]) | records.by_key(
        inputs["estimates_robustness"]
    )
    simulated = results.simulated(inputs["estimates_robustness"])
    rows: list[Row] = []
    tested = []
    for which in results.ESTIMANDS:
        heading = estimand(which, context)
        placebos = list(_placebos(found, which, context))
        tested += [r for _, r in placebos if records.known(r, "ci_low")]
        group = fill(WORDS, language, "group_placebo", estimand=heading)
        rows += [Row(label=label, record=r, group=group, decimals=2) for label, r in placebos]
        group = fill(WORDS, language, "group_spill", estimand=heading)
        rows += [
            Row(
                label=fill(WORDS, language, key),
                record=found.get(f"robustness.{stem.format(e=which)}"),
                group=group,
                decimals=2,
            )
            for key, stem in _SPILL.items()
        ]
    level = float(inputs["estimates_robustness"]["level"].iloc[0])
    return rows_table(
        rows,
        language,
        columns=("estimate", "interval", "p", "units"),
        words={
            "title": counted_title(WORDS, language, tested),
            "subtitle": fill(WORDS, language, "subtitle", level=percent(level, language, 0)),
            "source": results.source(
                language, inputs["panel"], simulated=simulated, more=("unemployment",)
            ),
        },
        head=fill(WORDS, language, "head"),
        notes=tuple(_notes(found, context)),
        simulated=simulated,
    )


def _placebos(
    found: Mapping[str, Record], which: str, context: Context
) -> Iterator[tuple[str, Record | None]]:
    """Label and record of each placebo: in time, in outcome, in space."""
    prefix = f"trends.placebo_time.{which}."
    for key in sorted(key for key in found if key.startswith(prefix)):
        month = key.removeprefix(prefix)
        if is_month(month):
            said = month_name(month, context.language)
            yield fill(WORDS, context.language, "time", month=said), found[key]
    for outcome in _OUTCOMES:
        record = found.get(f"robustness.placebo_outcome.{which}.{outcome}")
        yield fill(WORDS, context.language, outcome), record
    yield (
        fill(WORDS, context.language, "neighbours"),
        found.get(f"robustness.placebo_space.{which}.neighbours"),
    )


def _notes(found: Mapping[str, Record], context: Context) -> Iterator[str]:
    """Power of the test before kick-off, and spatial dependence."""
    language = context.language
    for which in results.ESTIMANDS:
        heading = estimand(which, context)
        for power in (0.5, 0.8):
            stem = f"trends.pretest.{which}"
            slope, bias = (found.get(f"{stem}.{k}_{power * 100:g}") for k in ("slope", "bias"))
            if not (records.known(slope) and records.known(bias)):
                continue
            yield fill(
                WORDS,
                language,
                "pretest",
                estimand=heading,
                power=percent(power, language, 0),
                slope=pp(slope["estimate"], language, 2),
                bias=pp(bias["estimate"], language),
            )
        moran = found.get(f"robustness.moran.{which}.statistic")
        if records.known(moran):
            said = number(moran["estimate"], language, 3)
            p = p_value(moran["p_value"], language)
            yield one_sign(fill(WORDS, language, "moran", estimand=heading, i=said, p=p))
