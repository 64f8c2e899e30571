"""The register's counts beside those that the interim report states.

The final list of participants was never published. Every difference is printed, none is hidden and
none stops the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.panel.contracts import SIZE_GROUPS
from fij_eval.panel.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

_COUNTIES = {"33": "participants_buskerud", "50": "participants_trondelag",
             "31": "participants_ostfold"}  # fmt: skip


def register_counts(register: pd.DataFrame) -> dict[str, int]:
    """Counts of the register under the keys of the interim report's figures.

    Those that withdrew are counted apart; everyone else is counted as taking part, as the register
    cannot yet tell sign-ups from participants.
    """
    left = register["status"].eq("withdrew")
    stay = register[~left]
    whole = stay[stay["district_code"].eq("")]
    counts = {"participants_total": len(stay), "withdrawn": int(left.sum())}
    for group in SIZE_GROUPS:
        counts[f"participants_{group}"] = int(stay["size_group"].eq(group).sum())
    for county, key in _COUNTIES.items():
        counts[key] = int(whole["municipality_code"].str.startswith(county).sum())
    counts["participants_oslo_districts"] = int(stay["district_code"].ne("").sum())
    return counts


def check_register_counts(register: pd.DataFrame, interim: pd.DataFrame) -> list[Finding]:
    """Differences between the register and the interim report.

    Args:
        register: By contract ``REGISTER``.
        interim: ``key``, ``value`` of the report's figures.
    """
    stated = dict(zip(interim["key"], interim["value"], strict=True))
    ours = register_counts(register)
    facts: dict[str, float | int | str | None] = {}
    differences = []
    for key, count in ours.items():
        report = int(stated[key])
        facts |= {f"{key}.register": count, f"{key}.report": report}
        if count != report:
            differences.append(f"{key}: {count} in the register, {report} in the report")
    statuses = register["status"].value_counts()
    facts |= {f"status.{status}": int(n) for status, n in sorted(statuses.items())}
    return [
        Finding(
            id="register_counts",
            what="Counts in the interim report that the register does not give",
            n=len(differences),
            examples=tuple(differences),
            severity="warning" if differences else "info",
            facts=facts,
        )
    ]


def check_size_groups(register: pd.DataFrame, municipalities: pd.DataFrame) -> list[Finding]:
    """Groups in the register that are not those of the population on 1 January 2024.

    A municipality may have been placed in another group by the network; the panel's group follows
    the population for all, so that network and comparison are grouped alike.
    """
    whole = register[register["district_code"].eq("")]
    by_population = whole["municipality_code"].map(
        municipalities.set_index("municipality_code")["size_group"]
    )
    other = whole[by_population.ne(whole["size_group"])]
    return [
        Finding(
            id="size_groups",
            what="Municipalities whose group in the register is not that of their population on "
            "1 January 2024",
            n=len(other),
            examples=tuple(
                f"{row.municipality_code} {row.name}: {row.size_group}"
                for row in other.itertuples(index=False)
            ),
            severity="warning" if len(other) else "info",
        )
    ]
