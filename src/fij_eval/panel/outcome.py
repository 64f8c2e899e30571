"""The outcome: Ukrainian refugees aged 20-66, and the wage earners among them, by municipality.

One vintage a reference month, the latest; names to codes under the structure of the month; codes to
the structure of 2024.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import CheckError
from fij_eval.panel.harmonise import bridge, carry
from fij_eval.panel.municipalities import Structure, match_names
from fij_eval.panel.names import folded
from fij_eval.sources.labels import NO_MUNICIPALITIES
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

#: Published shares are rounded, to whole per cent at the coarsest.
ROUNDING = 0.005

_COLUMNS = (
    "municipality_code",
    "reference_month",
    "residents",
    "residents_missing",
    "employed",
    "employed_missing",
    "share",
    "share_missing",
    "outcome_vintage",
    "outcome_source",
    "simulated",
)


def latest_vintages(articles: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """Rows of the latest vintage of each reference month that is asked for.

    Args:
        articles: ``ssb_article_municipal``.
        months: Reference months.
    """
    wanted = articles[articles["reference_month"].isin(list(months))]
    latest = wanted.groupby("reference_month")["vintage"].transform("max")
    return wanted[wanted["vintage"].eq(latest)].reset_index(drop=True)


def outcome(
    articles: pd.DataFrame,
    changes: pd.DataFrame,
    structure: Callable[[str], Structure],
) -> pd.DataFrame:
    """The outcome by municipality of 2024 and reference month.

    The share is ``employed / residents`` where both are published, which is the published share
    without its rounding; else it is the published share.

    Args:
        articles: One vintage a reference month, see ``latest_vintages``.
        changes: Changes of municipal codes.
        structure: The structure valid at a date.

    Returns:
        One row a municipality in the month's table; columns as in the panel.

    Raises:
        CheckError: If a name has not one code, or a share contradicts its counts.
    """
    import pandas as pd

    tables = [
        _one_month(table, changes, structure)
        for _, table in articles.groupby("reference_month", sort=True)
    ]
    if not tables:
        raise CheckError(
            "No reference month of data.snapshots has a table of municipalities",
            where="ssb_article_municipal",
            remedy="name months in data.snapshots that the archive holds, or fetch them",
        )
    return pd.concat(tables, ignore_index=True)


def _one_month(
    table: pd.DataFrame, changes: pd.DataFrame, structure: Callable[[str], Structure]
) -> pd.DataFrame:
    """The outcome in one reference month."""
    month, published = table["reference_month"].iloc[0], table["published"].iloc[0]
    file = str(table["file"].iloc[0])
    places = table[~table["name"].map(folded).isin(NO_MUNICIPALITIES)].reset_index(drop=True)
    codes, used = match_names(
        places["name"].tolist(),
        map(structure, (f"{month}-01", published)),
        file=file,
        rows=places["row"].tolist(),
    )
    carried = carry(
        exact_shares(places, file=file).assign(code=codes),
        bridge(used.date, changes),
        counts=["residents", "employed"],
        shares=["share"],
    )
    # A merged municipality has no share until its parts' counts are added.
    return (
        exact_shares(carried, file=file)
        .rename(columns={"code": "municipality_code", "vintage": "outcome_vintage"})
        .assign(outcome_source=f"ssb_article/{month}")[list(_COLUMNS)]
    )


def exact_shares(frame: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """The frame with shares from the counts where both counts are there.

    A share of nobody does not exist: where no refugee is resident, it is missing.

    Args:
        frame: ``residents``, ``employed``, ``share``, each with its ``_missing``.
        file: File, for the message.

    Raises:
        CheckError: If a published share is further from its counts than rounding explains.
    """
    residents = frame["residents"].astype("Float64").astype("float64")
    employed = frame["employed"].astype("Float64").astype("float64")
    counted = residents.gt(0) & employed.notna()
    exact = (employed / residents.where(counted)).where(counted)
    apart = (frame["share"] - exact).abs().gt(ROUNDING + 1e-9)
    if apart.any():
        row = frame[apart].iloc[0]
        raise CheckError(
            f"In {int(apart.sum())} rows the published share is not employed divided by "
            f"residents, first for «{row['name']}»: {row['share']:.4f} against "
            f"{row['employed']} of {row['residents']}",
            where=f"{file}, row {row['row']}",
            remedy="see whether the columns of the table changed places or meaning",
        )
    nobody = residents.eq(0)
    return frame.assign(
        share=frame["share"].where(~counted, exact).mask(nobody),
        share_missing=frame["share_missing"]
        .mask(counted, Missing.NONE.value)
        .mask(nobody, Missing.NOT_APPLICABLE.value),
    )
