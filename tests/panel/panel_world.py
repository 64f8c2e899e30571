"""Parsed tables of an invented world on the real municipalities, small enough to build at once."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from fij_eval.panel.build import Facts
from fij_eval.panel.municipalities import read_csv, read_reference
from fij_eval.panel.register import read_register
from fij_eval.settings import DataSettings, NetworkSettings, SampleSettings, WindowSettings

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
MONTHS = ("2023-08", "2024-02", "2024-04", "2024-06", "2024-09", "2025-04")

#: What the service itself calls them, where that is not KLASS' name.
STATBANK_NAMES = {"1514": "Sande (Møre og Romsdal)", "5006": "Steinkjer - Stïentje"}


def rows_of(name):
    with (REFERENCE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def settings(**changes):
    parts = {
        "data": DataSettings(snapshots=MONTHS, register="register.csv"),
        "network": NetworkSettings(
            start="2024-06", end="2025-12", treated="itt", excluded=("0301",)
        ),
        "sample": SampleSettings(minimum_residents=20, reference_month="2024-04"),
        "windows": WindowSettings(base_months=12, post_from_months=6),
    }
    return parts | changes


def klass_tables():
    municipalities = rows_of("municipalities.csv")
    changes = rows_of("code_changes.csv")
    now = {r["municipality_code"]: r["name"] for r in municipalities}
    codes = [
        {"code": r["code_2023"], "name": r["name_2023"], "valid_from": "2020-01-01",
         "valid_to": "2024-01-01"}
        for r in {c["code_2023"]: c for c in changes}.values()
    ]  # fmt: skip
    codes += [
        {"code": code, "name": name, "valid_from": "2024-01-01", "valid_to": ""}
        for code, name in now.items()
    ]
    codes.append({"code": "9999", "name": "Uoppgitt", "valid_from": "2020-01-01", "valid_to": ""})
    old = {"30": "Viken", "38": "Vestfold og Telemark",
           "54": "Troms og Finnmark - Romsa ja Finnmárku - Tromssa ja Finmarkku"}  # fmt: skip
    county_rows = [
        {"code": code, "name": name, "valid_from": "2020-01-01", "valid_to": "2024-01-01"}
        for code, name in old.items()
    ]
    county_rows += [
        {"code": code, "name": name, "valid_from": "2024-01-01" if code > "30" and code not in
         ("34", "42", "46", "50") else "2020-01-01", "valid_to": ""}
        for code, name in {r["county_code"]: r["county"] for r in municipalities}.items()
    ]  # fmt: skip
    moved = [
        {"old_code": c["code_2023"], "old_name": c["name_2023"], "new_code": c["code_2024"],
         "new_name": c["name_2024"], "occurred": "2024-01-01"}
        for c in changes
        if c["change"] != "unchanged"
    ]  # fmt: skip
    return {
        "klass_municipalities": pd.DataFrame(codes),
        "klass_counties": pd.DataFrame(county_rows),
        "klass_changes": pd.DataFrame(moved),
    }


def names_in(month):
    """Code to label in the structure of the month, as Statbank writes them."""
    if month < "2024-01":
        found = {r["code_2023"]: r["name_2023"] for r in rows_of("code_changes.csv")}
    else:
        found = {r["municipality_code"]: r["name"] for r in rows_of("municipalities.csv")}
    return found | {code: name for code, name in STATBANK_NAMES.items() if code in found}


def article_table(month, *, published, vintage=None, lift=0.0):
    """A month's table: 16-155 residents by rank of code, 20-40 per cent employed."""
    records = []
    for number, (code, name) in enumerate(sorted(names_in(month).items())):
        residents = 16 + (int(code) * 7) % 140  # less than tenfold where codes change
        employed = round(residents * (0.2 + lift + (int(code) % 21) / 100))
        records.append(
            {"label": name, "name": name, "reference_month": month, "published": published,
             "vintage": vintage or published, "residents": residents, "residents_missing": "",
             "employed": employed, "employed_missing": "", "share": round(employed / residents, 3),
             "share_missing": "", "file": f"{month}.html", "row": number + 1, "simulated": True}
        )  # fmt: skip
    frame = pd.DataFrame(records)
    return frame.astype({"residents": "Int64", "employed": "Int64", "row": "Int64"})


def nav_table():
    records = [
        {"code": code, "label": f"{code} {name}", "reference_month": month,
         "unemployed": int(code or 0) % 90 + 4, "unemployed_missing": "",
         "unemployment_rate": 0.02, "unemployment_rate_missing": "", "vintage": "2026-01-10",
         "file": f"hl060_{month[:4]}.xlsx", "simulated": True}
        for month in MONTHS
        for code, name in [*names_in(month).items(), ("2100", "Svalbard"), ("", "Ukjent")]
    ]  # fmt: skip
    return pd.DataFrame(records).astype({"unemployed": "Int64"})


def places_in(year):
    """Code, Norwegian name and county of the municipalities there were in a year."""
    rows = rows_of("municipalities.csv")
    if year >= 2024:
        return rows
    old = {r["code_2024"]: r["code_2023"] for r in rows_of("code_changes.csv")}
    counties = {"30": "Viken", "38": "Vestfold og Telemark", "54": "Troms og Finnmark"}
    return [
        r | {"county": counties.get(old[r["municipality_code"]][:2], r["county"])}
        for r in rows
        if r["municipality_code"] != "1580"
    ]


def imdi_table():
    records = [
        {"year": year, "county": r["county"], "name": r["name_norwegian"].split(" (")[0],
         "settled_collective": None if r["municipality_code"] == "1151" else year - 2000,
         "settled_collective_missing": "below_five" if r["municipality_code"] == "1151" else "",
         "vintage": f"{year + 1}-01-15", "file": f"bosetting-{year}.html", "row": row,
         "simulated": False}
        for year in (2022, 2023, 2024, 2025)
        for row, r in enumerate(places_in(year), start=1)
    ]  # fmt: skip
    return pd.DataFrame(records).astype(
        {"year": "Int64", "settled_collective": "Int64", "row": "Int64"}
    )


def population_table(table, periods):
    """As the code list agg_KommSummer gives it: Haram 0 before 2024, Ålesund with Haram."""
    records = []
    for r in rows_of("municipalities.csv"):
        for period in periods:
            year = int(period[:4]) + ("K4" in period)
            value = r[f"population_{year}"] or "0"
            records.append(
                {"Region": f"K-{r['municipality_code']}", "Tid": period, "value": float(value),
                 "value_missing": "", "table": table, "vintage": "2025-02-25T07-00-00Z",
                 "simulated": False}
            )  # fmt: skip
    return pd.DataFrame(records)


def make_tables():
    return {
        **klass_tables(),
        "ssb_article_municipal": pd.concat(
            [
                article_table("2023-08", published="2023-11-20"),
                article_table("2024-02", published="2024-05-20"),
                article_table("2024-04", published="2024-07-20"),
                article_table("2024-09", published="2024-12-20", lift=0.02),
                article_table("2024-09", published="2025-03-20", lift=0.05),
                article_table("2025-04", published="2025-07-20", lift=0.1),
            ],
            ignore_index=True,
        ),
        "nav_hl060": nav_table(),
        "imdi_settlement": imdi_table(),
        "statbank_population_yearly": population_table("07459", ["2022", "2023", "2024", "2025"]),
        "statbank_population_quarterly": population_table(
            "01222", ["2023K1", "2023K2", "2023K4", "2024K1", "2024K3", "2024K4"]
        ),
    }


def make_facts():
    municipalities = read_reference(REFERENCE)
    register = read_register(
        REFERENCE / "network_register.csv",
        municipalities,
        read_csv(REFERENCE / "oslo_districts.csv"),
    )
    return Facts(
        municipalities=municipalities,
        register=register,
        interim=read_csv(REFERENCE / "interim_report.csv"),
        population_totals=read_csv(REFERENCE / "population_totals.csv"),
    )
