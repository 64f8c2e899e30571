"""Table 1b: who represents the municipalities in the network, as the interim report gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import percent
from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("reference_interim_report",)

WORDS: Catalogue = {
    "nb": {
        "title": "{most} er den største gruppen av representanter",
        "subtitle": "Representanter i nettverket etter hvor de arbeider, og hvor mange av "
        "kommunenes grupper som har med minst én slik representant. Prosent",
        "who": "Representant for",
        "of_persons": "Av alle representanter",
        "of_groups": "Av kommunenes grupper",
        "refugee_service": "Flyktningtjenesten",
        "nav": "NAV",
        "hr": "HR eller personal",
        "business": "Næring",
        "director": "Kommunedirektør",
        "union": "Tillitsvalgte",
        "other": "Andre",
        "gap": ".. = står ikke i delrapporten.",
    },
    "en": {
        "title": "{most} is the largest group of representatives",
        "subtitle": "Representatives in the network by where they work, and how many of the "
        "municipalities' groups include at least one such representative. Per cent",
        "who": "Representative of",
        "of_persons": "Of all representatives",
        "of_groups": "Of the municipalities' groups",
        "refugee_service": "The refugee service",
        "nav": "NAV",
        "hr": "HR",
        "business": "Business development",
        "director": "Chief executive",
        "union": "Unions",
        "other": "Others",
        "gap": ".. = not stated in the interim report.",
    },
}

_KINDS = ("refugee_service", "nav", "hr", "business", "director", "union", "other")


def data(facts: pd.DataFrame) -> pd.DataFrame:
    """``kind``, ``share_of_representatives``, ``share_of_groups`` (0-1), the largest first.

    Raises:
        ReportError: If the interim report's facts hold no representatives, or one that is unknown.
    """
    import pandas as pd

    stated = dict(zip(facts["key"], facts["value"], strict=True))
    prefix = "representatives_"
    given = {key.removeprefix(prefix) for key in stated if key.startswith(prefix)}
    if not given or given - set(_KINDS):
        raise ReportError(
            f"The representatives in the interim report's facts are {sorted(given) or 'missing'}",
            where="data/reference/interim_report.csv",
            remedy=f"name each of {', '.join(_KINDS)}",
        )
    rows = [
        {
            "kind": kind,
            "share_of_representatives": _share(stated.get(f"{prefix}{kind}")),
            "share_of_groups": _share(stated.get(f"groups_with_{kind}")),
        }
        for kind in _KINDS
    ]
    return pd.DataFrame(rows).sort_values(
        "share_of_representatives", ascending=False, kind="stable", ignore_index=True
    )


def _share(percent_text: str | None) -> float:
    return float("nan") if percent_text is None else float(percent_text) / 100


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 1b.

    Raises:
        ReportError: If the facts hold no representatives.
    """
    language = context.language
    frame = data(inputs["reference_interim_report"])
    columns = ("share_of_representatives", "share_of_groups")
    return Table(
        data=frame,
        header=tuple(fill(WORDS, language, key) for key in ("who", "of_persons", "of_groups")),
        rows=tuple(
            (
                fill(WORDS, language, row["kind"]),
                *(
                    percent(row[c], language, 0)
                    if row[c] == row[c]
                    else shared(language, "missing")
                    for c in columns
                ),
            )
            for row in frame.to_dict("records")
        ),
        align=("left", "right", "right"),
        title=fill(
            WORDS, language, "title", most=fill(WORDS, language, str(frame["kind"].iloc[0]))
        ),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=(fill(WORDS, language, "gap"),) if frame.isna().any().any() else (),
        source=source_line(language, ["interim"], calculations=False),
    )
