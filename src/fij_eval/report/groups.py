"""Groups of municipalities as figure 20 and table 11 show them: order, words, records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.report import records
from fij_eval.report.context import Catalogue, fill

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.report.records import Record
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "size_group": "Størrelse",
        "small": "Under 10 000 innbyggere",
        "medium": "10 000–25 000 innbyggere",
        "large": "Over 25 000 innbyggere",
        "form": "Oppmøte",
        "physical": "Møtte fysisk",
        "digital": "Bare digitalt",
        "unknown": "Form ikke oppgitt",
        "status": "Status i registeret",
        "participant": "Deltok",
        "signed_up": "Påmeldt, ikke bekreftet",
        "withdrew": "Trakk seg",
        "base_share": "Andel i jobb før oppstart",
        "below_median": "Under medianen",
        "above_median": "Over medianen",
    },
    "en": {
        "size_group": "Size",
        "small": "Under 10,000 inhabitants",
        "medium": "10,000–25,000 inhabitants",
        "large": "Over 25,000 inhabitants",
        "form": "Attendance",
        "physical": "Met in person",
        "digital": "Digital only",
        "unknown": "Form not stated",
        "status": "Status in the register",
        "participant": "Took part",
        "signed_up": "Signed up, not confirmed",
        "withdrew": "Withdrew",
        "base_share": "Share in work before kick-off",
        "below_median": "Below the median",
        "above_median": "Above the median",
    },
}

GROUPS = {
    "size_group": ("small", "medium", "large"),
    "form": ("physical", "digital", "unknown"),
    "status": ("participant", "signed_up", "withdrew"),
    "base_share": ("below_median", "above_median"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One group of one grouping, with its records.

    Attributes:
        grouping: What the network is divided by.
        group: Which part.
        att: The difference; None where there is no record.
        mde: Smallest detectable difference, a share; NaN where there is none.
        p_holm: p-value corrected over the grouping; NaN where there is none.
    """

    grouping: str
    group: str
    att: Record | None
    mde: float
    p_holm: float


def name(key: str, language: Language) -> str:
    """Words of a grouping or a group."""
    return fill(WORDS, language, key)


def groups(frame: pd.DataFrame, estimand: str) -> list[Group]:
    """All groups in order, those without any municipality of the network included."""
    found = records.by_key(frame)
    made = []
    for grouping, parts in GROUPS.items():
        for part in parts:
            stem = f"heterogeneity.{grouping}.{part}.{estimand}"
            att, mde, corrected = (found.get(f"{stem}.{t}") for t in ("att", "mde", "holm"))
            if att is not None:
                made.append(
                    Group(
                        grouping,
                        part,
                        att,
                        float("nan") if mde is None else float(mde["estimate"]),
                        float("nan") if corrected is None else float(corrected["p_value"]),
                    )
                )
    return made
