"""Table 2: the four means of a 2x2 and their differences, weighted and unweighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import records, results
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, month_name, percent_number, signed_pp
from fij_eval.report.vocabulary import arm, estimand, window

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("estimates_description", "estimates_main", "panel")

WORDS: Catalogue = {
    "nb": {
        "title": "Endringen var størst i {arm}",
        "title_equal": "Endringen var like stor i begge grupper",
        "subtitle": "Andel i jobb blant flyktninger fra Ukraina 20–66 år, prosent, før og etter "
        "oppstart, og forskjellene i prosentpoeng",
        "group": "{estimand}. Før: {base}. Etter: {post}",
        "unit": "Gruppe",
        "municipalities": "Kommuner",
        "persons": "Flyktninger",
        "base": "Før",
        "post": "Etter",
        "change": "Endring",
        "difference": "Forskjell",
        "note": "Før og etter er gjennomsnitt av målingene i hver periode for kommuner med tall i "
        "begge. Forskjellen i endring er regnet uten avrunding. Den er ikke nettverkets virkning: "
        "kommunene valgte selv å bli med.",
        "persons_note": "Flyktninger: bosatte 20–66 år i {month}.",
    },
    "en": {
        "title": "The change was largest in {arm}",
        "title_equal": "The change was equal in both groups",
        "subtitle": "Share in work among refugees from Ukraine aged 20–66, per cent, before and "
        "after kick-off, and the differences in percentage points",
        "group": "{estimand}. Before: {base}. After: {post}",
        "unit": "Group",
        "municipalities": "Municipalities",
        "persons": "Refugees",
        "base": "Before",
        "post": "After",
        "change": "Change",
        "difference": "Difference",
        "note": "Before and after are means of the measurements in each period for municipalities "
        "with figures in both. The difference in change is worked out without rounding. It is not "
        "the contribution of the network: the municipalities chose to join.",
        "persons_note": "Refugees: residents aged 20–66 in {month}.",
    },
}

_ARMS = ("network", "comparison")
_COLUMNS = ("base", "post", "change")


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an arm and one for their difference, for each 2x2 in the settings.

    Returns:
        ``spec``, ``estimand``, ``row`` (arm or ``difference``), ``municipalities``, ``persons``,
        ``base``, ``post``, ``change`` (shares), ``base_window``, ``post_window``.

    Raises:
        ReportError: If no 2x2 has its means.
    """
    import pandas as pd

    cells = records.by_key(inputs["estimates_description"])
    effects = records.by_key(inputs["estimates_main"])
    rows: list[dict[str, object]] = []
    for effect in effects.values():
        spec = str(effect["spec"])
        first = cells.get(f"cell.{spec}.network.base")
        if effect["estimator"] != "did_2x2" or first is None or not records.known(effect):
            continue
        shared_columns = {
            "spec": spec,
            "estimand": str(effect["estimand"]),
            "base_window": str(effect["base"]),
            "post_window": str(effect["post"]),
        }
        means = {
            name: {
                c: records.wanted(cells, f"cell.{spec}.{name}.{c}", "description") for c in _COLUMNS
            }
            for name in _ARMS
        }
        rows.extend(
            {
                **shared_columns,
                "row": name,
                "municipalities": int(means[name]["base"]["n_units"]),
                "persons": int(means[name]["base"]["persons"]),
                **{c: float(means[name][c]["estimate"]) for c in _COLUMNS},
            }
            for name in _ARMS
        )
        gap = {
            c: float(means["network"][c]["estimate"]) - float(means["comparison"][c]["estimate"])
            for c in ("base", "post")
        }
        rows.append(
            {
                **shared_columns,
                "row": "difference",
                "municipalities": int(effect["n_units"]),
                "persons": int(effect["persons"]),
                **gap,
                "change": float(effect["estimate"]),
            }
        )
    if not rows:
        raise ReportError(
            "No 2x2 has its means",
            where="estimates/description, estimates/main",
            remedy="add a specification with the estimator did_2x2, or see the notes of its record",
        )
    columns = ["spec", "estimand", "row", "municipalities", "persons", *_COLUMNS]
    return pd.DataFrame(rows)[[*columns, "base_window", "post_window"]]


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 2.

    Raises:
        ReportError: If no 2x2 has its means.
    """
    language = context.language
    frame = data(inputs)
    rows, groups = [], {}
    for k, row in enumerate(frame.to_dict("records")):
        if row["row"] == _ARMS[0]:
            groups[k] = fill(
                WORDS,
                language,
                "group",
                estimand=estimand(row["estimand"], context),
                base=window(row["base_window"], language),
                post=window(row["post_window"], language),
            )
        apart = row["row"] == "difference"
        written = [
            signed_pp(row[c], language, unit=False) if apart else percent_number(row[c], language)
            for c in ("base", "post")
        ]
        name = fill(WORDS, language, "difference") if apart else arm(row["row"], context)
        rows.append(
            (
                name,
                count(row["municipalities"], language),
                count(row["persons"], language),
                *written,
                signed_pp(row["change"], language, unit=False),
            )
        )
    change = frame[frame["spec"] == frame["spec"].iloc[0]].set_index("row")["change"]
    equal = signed_pp(change["difference"], language, unit=False) == signed_pp(
        0, language, unit=False
    )
    largest = "network" if change["network"] > change["comparison"] else "comparison"
    simulated = results.simulated(inputs["estimates_main"])
    keys = ("unit", "municipalities", "persons", *_COLUMNS)
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in keys),
        rows=tuple(rows),
        align=("left", "right", "right", "right", "right", "right"),
        groups=groups,
        title=fill(WORDS, language, "title_equal")
        if equal
        else fill(WORDS, language, "title", arm=arm(largest, context, inline=True)),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=(
            fill(WORDS, language, "note"),
            fill(
                WORDS,
                language,
                "persons_note",
                month=month_name(context.sample.reference_month, language),
            ),
        ),
        source=results.source(language, inputs["panel"], simulated=simulated),
        simulated=simulated,
    )
