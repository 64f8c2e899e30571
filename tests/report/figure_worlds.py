"""A small made-up panel over the real municipalities, and the records estimated from it."""

from functools import cache
from pathlib import Path

import analysed
import numpy as np
import pandas as pd

from fij_eval.effects import run
from fij_eval.months import months_between
from fij_eval.panel.contracts import PANEL, enforce
from fij_eval.report.context import Context
from fij_eval.settings import (
    InferenceSettings,
    NetworkSettings,
    SampleSettings,
    Specification,
    WindowSettings,
    load,
)

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
MONTHS = ("2023-08", "2023-11", "2024-02", "2024-04", "2024-09", "2024-11", "2025-04", "2025-09")
START = "2024-06"


def reference(name):
    return pd.read_csv(REFERENCE / f"{name}.csv", dtype="str", keep_default_na=False)


def context(language="nb", treated="itt", minimum=20):
    return Context(
        language=language,
        network=NetworkSettings(start=START, end="2025-12", treated=treated, excluded=("0301",)),
        sample=SampleSettings(minimum_residents=minimum, reference_month="2024-04"),
    )


def _size_group(population):
    return np.select([population < 10_000, population <= 25_000], ["small", "medium"], "large")


@cache
def _panel(months, seed, simulated):
    """One row a municipality and month: levels by region, a rise over time, noise by size."""
    random = np.random.default_rng(seed)
    places = reference("municipalities")
    places["population"] = places["population_2024"].astype("int64")
    regions = reference("regions").set_index("county_code")["region"]
    register = reference("network_register")
    network = set(register.loc[register["district_code"] == "", "municipality_code"])
    residents = np.maximum(3, (places["population"] * 0.006 + random.gamma(2, 20, len(places))))
    residents = residents.astype("int64").to_numpy()
    level = np.clip(
        0.28 - 0.02 * np.log(places["population"] / 8_000) + random.normal(0, 0.07, len(places)),
        0.05,
        0.8,
    )
    unemployment = np.clip(0.02 - 0.05 * (level - 0.28), 0.004, 0.06)
    # parts of the residents that settled in one year differ, as residence times do
    settled = (
        residents * np.linspace(0.1, 0.5, len(places))[random.permutation(len(places))]
    ).astype("int64")
    frames = []
    for month in months:
        since = months_between(START, month)
        trend = 0.006 * months_between(months[0], month)
        gain = np.where(places["municipality_code"].isin(network) & (since > 0), 0.02, 0)
        share = np.clip(level - 0.1 + trend + gain, 0.02, 0.95)
        employed = random.binomial(residents, share)
        frames.append(
            pd.DataFrame(
                {
                    "municipality_code": places["municipality_code"],
                    "reference_month": month,
                    "municipality_name": places["name_norwegian"],
                    "county_code": places["county_code"],
                    "county_name": places["county"],
                    "region": places["county_code"].map(regions),
                    "centrality": places["centrality"].astype("Int64"),
                    "size_group": _size_group(places["population"]),
                    "residents": residents,
                    "employed": employed,
                    "share": employed / residents,
                    "population": places["population"],
                    "unemployed": (unemployment * places["population"] / 2).astype("int64"),
                    "unemployment_rate": unemployment,
                    "settled_year": settled,
                    "settled_since_2022": residents + 5,
                    "event_months": pd.array([since] * len(places), dtype="Int64"),
                    "post": since > 0,
                }
            )
        )
    frame = pd.concat(frames, ignore_index=True)
    hidden = frame["employed"] < 3
    frame["employed"] = frame["employed"].astype("Int64").mask(hidden)
    frame["share"] = frame["share"].mask(hidden)
    for name in (
        *("residents", "employed", "share", "population", "unemployed", "unemployment_rate"),
        *("settled_year", "settled_since_2022"),
    ):
        frame[f"{name}_missing"] = np.where(frame[name].isna(), "confidential", "")
    inside = frame["municipality_code"].isin(network)
    oslo = frame["municipality_code"] == "0301"
    frame["arm"] = np.select([inside, oslo], ["network", "excluded"], "comparison")
    frame["network_status"] = np.where(inside, "signed_up", "none")
    frame["network_form"] = np.where(inside, "unknown", "none")
    frame["kick_off_date"] = np.where(inside, "2024-06-14", "")
    frame["withdrew_on"] = ""
    frame["treated"] = inside
    frame["post"] = frame["post"] & inside
    frame["event_months"] = frame["event_months"].mask(~inside)
    frame["unemployment_break"] = frame["reference_month"] >= "2025-04"
    frame["simulated"] = simulated
    frame["population_period"] = "2024K1"
    for name in ("outcome", "population", "unemployment", "settled"):
        frame[f"{name}_vintage"] = "2025-11-14"
        frame[f"{name}_source"] = "made up"
    whole = dict.fromkeys(("residents", "employed", "population", "unemployed"), "Int64")
    whole |= {"settled_year": "Int64", "settled_since_2022": "Int64"}
    frame = frame[list(PANEL.columns)].astype(whole)
    texts = [n for n, column in PANEL.columns.items() if str(column.dtype) in {"str", "string"}]
    return enforce(frame.astype(dict.fromkeys(texts, "str")), PANEL, name="made-up panel")


def panel(months=MONTHS, seed=1, *, simulated=True):
    return _panel(tuple(months), seed, simulated).copy()


SPECIFICATIONS = tuple(
    Specification(**spec)
    for spec in (
        {"id": "did_municipality", "estimator": "did_2x2", "estimand": "municipality_average"},
        {"id": "did_person", "estimator": "did_2x2", "estimand": "person_average"},
        {"id": "twfe_municipality", "estimator": "twfe", "estimand": "municipality_average"},
        {
            "id": "twfe_adjusted",
            "estimator": "twfe",
            "estimand": "municipality_average",
            "covariates": ("log_population", "region"),
        },
        {
            "id": "event_municipality",
            "estimator": "event_study",
            "estimand": "municipality_average",
            "base": "2024-04",
        },
        {
            "id": "event_person",
            "estimator": "event_study",
            "estimand": "person_average",
            "base": "2024-04",
        },
    )
)


@cache
def _records(analysis, months, seed, simulated):
    made = context()
    parts = run.Parts(
        specifications=SPECIFICATIONS,
        windows=WindowSettings(base_months=12, post_from_months=6),
        sample=made.sample,
        network=made.network,
        inference=InferenceSettings(level=0.95),
        seed=1,
    )
    return run.to_frame(run.estimate(analysis, panel(months, seed, simulated=simulated), parts))


def records(analysis, months=MONTHS, seed=1, *, simulated=True):
    return _records(analysis, tuple(months), seed, simulated).copy()


#: Records that need no plan and little time; the others are made together, once.
BASIC = ("estimates_description", "estimates_main", "estimates_event_study")


@cache
def _analysed(months, seed):
    parts = run.Parts.model_validate(
        load(REFERENCE.parents[1] / "config.yaml").model_dump(by_alias=True)
    )
    return analysed.analyse(panel(months, seed), parts)


def immigration():
    years = [str(year) for year in range(2008, 2026)]
    persons = [500.0 + 40 * k for k in range(14)] + [31_000.0, 33_500.0, 20_000.0, 12_000.0]
    return pd.DataFrame(
        {
            "Land": "140",
            "ContentsCode": "Innvandring",
            "Tid": years,
            "value": persons,
            "value_missing": "",
            "table": "07822",
            "vintage": "2026-02-25T07-00-00Z",
            "simulated": False,
        }
    )


def inputs(wanted, months=MONTHS, seed=1, *, simulated=True):
    """Every kind of input that a figure or table may ask for."""
    made = {}
    for key in wanted:
        if key == "panel":
            made[key] = panel(months, seed, simulated=simulated)
        elif key == "register":
            made[key] = reference("network_register")
        elif key in BASIC:
            analysis = key.removeprefix("estimates_")
            made[key] = records(analysis, months, seed, simulated=simulated)
        elif key.startswith("estimates_"):
            made[key] = _analysed(tuple(months), seed)[key].assign(simulated=simulated)
        elif key.startswith("details_"):
            made[key] = _analysed(tuple(months), seed)[key].copy()
        elif key.startswith("reference_"):
            made[key] = reference(key.removeprefix("reference_"))
        else:
            made[key] = immigration()
    return made
