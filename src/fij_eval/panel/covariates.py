"""Population, registered unemployment and settlement, by municipality and reference month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import CheckError
from fij_eval.panel.harmonise import bridge, carry, split_parts
from fij_eval.panel.municipalities import Structure, match_names
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

#: From this month on NAV's modernised statistics count registered unemployed in another way.
UNEMPLOYMENT_BREAK = "2025-04"

#: First year with settlement of refugees from Ukraine.
FIRST_SETTLEMENT_YEAR = 2022

#: Rows of HL060 that are no municipality of the mainland.
_SVALBARD = "2100"

_QUARTER_ENDS = {"K1": "03-31", "K2": "06-30", "K3": "09-30", "K4": "12-31"}


def population_counts(
    tables: Mapping[str, pd.DataFrame], changes: pd.DataFrame, codes: Sequence[str]
) -> pd.DataFrame:
    """All population counts of the municipalities of 2024, with dates.

    The code list that carries Statbank's series back over reforms books all of a split municipality
    on one of its parts, and shows 0 for one that did not exist: both are made missing.

    Args:
        tables: ``statbank_population_yearly`` and ``statbank_population_quarterly``, by role.
        changes: Changes of municipal codes.
        codes: Municipalities of 2024.

    Returns:
        ``municipality_code``, ``date`` (ISO), ``population``, ``population_missing``,
        ``population_period``, ``population_vintage``, ``population_source``, ``simulated``; sorted
        by date.

    Raises:
        CheckError: If a municipality has two counts of one period.
    """
    import pandas as pd

    counts = pd.concat([_counts(frame) for frame in tables.values()], ignore_index=True)
    counts = counts[counts["municipality_code"].isin(list(codes))]
    key = ["municipality_code", "population_source", "population_period"]
    if counts.duplicated(key).any():
        row = counts[counts.duplicated(key)].iloc[0]
        raise CheckError(
            f"Municipality {row['municipality_code']} has two counts of population in "
            f"{row['population_period']}",
            where=str(row["population_source"]),
            remedy="let the table's selection in the settings name one content and one code list",
        )
    born = counts["municipality_code"].map(split_parts(changes)).fillna("")
    unknown = counts["date"].lt(born)
    nobody = counts["population"].eq(0).fillna(value=False) & ~unknown
    missing = (
        counts["population_missing"]
        .mask(nobody, Missing.NOT_APPLICABLE.value)
        .mask(unknown, Missing.SPLIT.value)
    )
    counts = counts.assign(
        population=counts["population"].mask(unknown | nobody), population_missing=missing
    )
    return counts.sort_values(["date", "municipality_code"], ignore_index=True)


def population(counts: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """The latest count of population at or before each reference month.

    A count at the end of a month is one at that month. Where the latest count has no figure for a
    municipality, its latest figure before that is used, never one across a split.

    Args:
        counts: See ``population_counts``.
        months: Reference months.

    Returns:
        One row a municipality and month; columns as in the panel.
    """
    import pandas as pd
    from janitor import conditional_join

    counted = counts.assign(
        counted_in=pd.to_datetime(counts["date"].str.slice(0, 7), format="%Y-%m"),
        there=counts["population"].notna(),
    )
    wanted = pd.DataFrame(
        {"reference_month": list(months), "month": pd.to_datetime(list(months), format="%Y-%m")}
    )
    latest: pd.DataFrame = (
        conditional_join(counted, wanted, ("counted_in", "month", "<="))
        # Stable: a row with a figure wins over a later one without.
        .sort_values(["month", "there", "date", "population_source"], kind="stable")
        .drop_duplicates(["municipality_code", "reference_month"], keep="last")
        .drop(columns=["counted_in", "there", "date", "month"])
        .reset_index(drop=True)
    )
    return latest


def unemployment(
    nav: pd.DataFrame,
    changes: pd.DataFrame,
    structure: Callable[[str], Structure],
    months: Sequence[str],
) -> pd.DataFrame:
    """Registered unemployed in each reference month, persons and share of the labour force.

    Args:
        nav: ``nav_hl060``, all months and vintages.
        changes: Changes of municipal codes.
        structure: The structure valid at a date.
        months: Reference months.

    Returns:
        One row a municipality and month that HL060 has; columns as in the panel.

    Raises:
        CheckError: If a code is no municipality of its month, or stands twice.
    """
    import pandas as pd

    wanted = nav[nav["reference_month"].isin(list(months))]
    latest = wanted.groupby("reference_month")["vintage"].transform("max")
    pieces = [_empty_unemployment(nav)]
    for month, table in wanted[wanted["vintage"].eq(latest)].groupby("reference_month"):
        valid = structure(f"{month}-01")
        places = _mainland(table, valid)
        carried = carry(
            places,
            bridge(valid.date, changes),
            counts=["unemployed"],
            shares=["unemployment_rate"],
        )
        pieces.append(
            carried.assign(unemployment_source=f"nav/hl060-{str(month)[:4]}").rename(
                columns={"code": "municipality_code", "vintage": "unemployment_vintage"}
            )
        )
    return pd.concat(pieces, ignore_index=True).drop(columns=["label", "file"])


def settlement(
    imdi: pd.DataFrame,
    changes: pd.DataFrame,
    structure: Callable[[str], Structure],
) -> pd.DataFrame:
    """Refugees settled under collective protection in each calendar year, and since 2022.

    Collective protection is what refugees from Ukraine are given, so that ``settled_collective`` is
    the column that counts them; all ages, first settlements. The year's figure covers the whole
    calendar year, months after the reference month too: it describes inflow and is no covariate
    dated before treatment.

    Args:
        imdi: ``imdi_settlement``, all years and vintages.
        changes: Changes of municipal codes.
        structure: The structure valid at a date.

    Returns:
        ``municipality_code``, ``year``, ``settled_year``, ``settled_since_2022``, each with
        ``_missing``, ``settled_vintage``, ``settled_source``, ``simulated``. The sum since 2022 is
        missing where any year is.

    Raises:
        CheckError: If a name has not one code.
    """
    import pandas as pd

    latest = imdi.groupby("year")["vintage"].transform("max")
    pieces = []
    for year, table in imdi[imdi["vintage"].eq(latest)].groupby("year"):
        codes, used = match_names(
            table["name"].tolist(),
            map(structure, (f"{year}-12-01", table["vintage"].iloc[0][:10])),
            file=str(table["file"].iloc[0]),
            rows=table["row"].tolist(),
            counties=table["county"].tolist(),
        )
        kept = table.rename(
            columns={
                "settled_collective": "settled_year",
                "settled_collective_missing": "settled_year_missing",
                "vintage": "settled_vintage",
            }
        )[["year", "settled_year", "settled_year_missing", "settled_vintage", "simulated"]]
        carried = carry(
            kept.assign(code=codes), bridge(used.date, changes), counts=["settled_year"]
        )
        pieces.append(carried.assign(settled_source=f"imdi/bosetting-{year}"))
    years = pd.concat(pieces, ignore_index=True).rename(columns={"code": "municipality_code"})
    return _since(years)


def _since(years: pd.DataFrame) -> pd.DataFrame:
    """The frame with the sum since the first year, missing where any year is."""
    import pandas as pd

    codes = pd.Index(sorted(set(years["municipality_code"])), name="municipality_code")
    pages = {year: page.set_index("municipality_code") for year, page in years.groupby("year")}
    total = pd.Series(0, index=codes, dtype="Int64")
    reason = pd.Series("", index=codes, dtype="str")
    pieces = []
    for year in range(FIRST_SETTLEMENT_YEAR, int(years["year"].max()) + 1):
        page = pages.get(year)
        if page is None:
            total = total + pd.NA
            why = pd.Series(Missing.NOT_PUBLISHED.value, index=codes, dtype="str")
        else:
            total = total + page["settled_year"].reindex(codes)
            why = page["settled_year_missing"].reindex(codes).fillna(Missing.NO_ROW.value)
        reason = reason.where(reason.ne(""), why)
        sums = {
            "settled_since_2022": total,
            "settled_since_2022_missing": reason,
            "settled_year_missing": why,
        }
        pieces.append(pd.DataFrame(sums).assign(year=year).reset_index())
    return pd.concat(pieces, ignore_index=True).merge(
        years.drop(columns="settled_year_missing"), on=["municipality_code", "year"], how="left"
    )


def _counts(frame: pd.DataFrame) -> pd.DataFrame:
    """One Statbank table of population in the panel's words, its latest vintage alone."""
    latest = frame[frame["vintage"].eq(frame["vintage"].max())]
    periods = latest["Tid"]
    quarters = periods.str.slice(4)
    dates = periods.str.slice(0, 4) + "-" + quarters.map(_QUARTER_ENDS).fillna("01-01")
    return latest.assign(
        # Aggregated codes are written «K-0301».
        municipality_code=latest["Region"].str.removeprefix("K-"),
        date=dates,
        population=latest["value"].astype("Int64"),
        population_missing=latest["value_missing"],
        population_period=periods,
        population_vintage=latest["vintage"],
        population_source="statbank/" + latest["table"],
    )[
        [
            "municipality_code",
            "date",
            "population",
            "population_missing",
            "population_period",
            "population_vintage",
            "population_source",
            "simulated",
        ]
    ]


def _mainland(table: pd.DataFrame, valid: Structure) -> pd.DataFrame:
    """Rows of municipalities; codes that are neither that nor known others are refused."""
    file = str(table["file"].iloc[0])
    numbered = table[table["code"].str.fullmatch(r"\d{4}") & table["code"].ne("9999")]
    places = numbered[numbered["code"].ne(_SVALBARD)]
    unknown = sorted(set(places["code"]) - set(valid.names))
    if unknown:
        raise CheckError(
            f"HL060 has {len(unknown)} codes that were no municipalities on {valid.date}: "
            f"{', '.join(unknown[:3])}",
            where=file,
            remedy="fetch the codes (KLASS) again, or see whether the workbook's months carry the "
            "codes of another year",
        )
    if places["code"].duplicated().any():
        twice = places.loc[places["code"].duplicated(), "code"].iloc[0]
        raise CheckError(
            f"HL060 has municipality {twice} twice in {table['reference_month'].iloc[0]}",
            where=file,
            remedy="keep one workbook a year and publication date",
        )
    return places.reset_index(drop=True)


def _empty_unemployment(nav: pd.DataFrame) -> pd.DataFrame:
    """No rows, with the columns and types that rows would have."""
    return (
        nav.iloc[:0]
        .rename(columns={"code": "municipality_code", "vintage": "unemployment_vintage"})
        .assign(unemployment_source="")
        .astype({"unemployment_source": "str"})
    )
