"""Small panels for the tests of the effects room, in the form of the PANEL contract."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fij_eval.effects.run import Parts
from fij_eval.panel.contracts import FORMS, PANEL, REGIONS, SIZE_GROUPS
from fij_eval.settings import (
    InferenceSettings,
    NetworkSettings,
    SampleSettings,
    Specification,
    WindowSettings,
)

MONTHS = (
    "2023-08",
    "2023-11",
    "2024-02",
    "2024-04",
    "2024-09",
    "2024-11",
    "2025-02",
    "2025-04",
    "2025-07",
    "2025-09",
    "2025-12",
)
NETWORK = NetworkSettings(start="2024-06", end="2025-12", treated="itt", excluded=("0301",))
SAMPLE = SampleSettings(minimum_residents=20, reference_month="2024-04")
WINDOWS = WindowSettings(base_months=12, post_from_months=6)
INFERENCE = InferenceSettings(level=0.95)


def spec(name="s", estimator="did_2x2", estimand="municipality_average", **more) -> Specification:
    if estimator == "event_study":
        more.setdefault("base", "2024-04")
    return Specification(id=name, estimator=estimator, estimand=estimand, **more)


def parts(*specifications, **other) -> Parts:
    """The parts of the settings with the given specifications."""
    chosen = {
        "windows": WINDOWS,
        "sample": SAMPLE,
        "network": NETWORK,
        "inference": INFERENCE,
        "seed": 1,
    } | other
    return Parts(specifications=tuple(specifications), **chosen)


def make_panel(
    *,
    units=60,
    treated=20,
    months=MONTHS,
    effect=0.05,
    gaps=0.0,
    seed=1,
    noise=0.04,
    kick_off="2024-06-14",
) -> pd.DataFrame:
    """Made-up municipalities, whose effect appears in full at the first snapshot after kick-off."""
    rng = np.random.default_rng(seed)
    codes = [f"{1101 + i:04d}" for i in range(units)]
    in_network = np.arange(units) < treated
    population = rng.integers(2_000, 60_000, units)
    residents = rng.integers(25, 400, units)
    level = rng.normal(0.25, 0.05, units)
    region = rng.choice(REGIONS, units)
    size = np.array(SIZE_GROUPS)[np.digitize(population, [10_000, 25_000])]
    rate = rng.uniform(0.01, 0.04, units)
    rows = []
    for t, month in enumerate(months):
        share = level + 0.02 * t + rng.normal(0, noise, units)
        share = np.clip(share + effect * (in_network & (month > kick_off[:7])), 0.01, 0.95)
        current = residents + 3 * t
        employed = np.round(share * current).astype(int)
        hidden = rng.uniform(size=units) < gaps
        now = np.clip(rate + rng.normal(0, 0.003, units), 0.001, 0.1)
        for i in range(units):
            gone = bool(hidden[i])
            rows.append(
                {
                    "municipality_code": codes[i],
                    "reference_month": month,
                    "municipality_name": f"Place {i}",
                    "county_code": codes[i][:2],
                    "county_name": "County",
                    "region": region[i],
                    "centrality": int(i % 6) + 1,
                    "size_group": size[i],
                    "residents": current[i],
                    "residents_missing": "",
                    "employed": pd.NA if gone else employed[i],
                    "employed_missing": "confidential" if gone else "",
                    "share": np.nan if gone else share[i],
                    "share_missing": "confidential" if gone else "",
                    "outcome_vintage": "v",
                    "outcome_source": "made up",
                    "population": population[i] + 10 * t,
                    "population_missing": "",
                    "population_period": month,
                    "population_vintage": "v",
                    "population_source": "made up",
                    "unemployed": 10,
                    "unemployed_missing": "",
                    "unemployment_rate": now[i],
                    "unemployment_rate_missing": "",
                    "unemployment_break": False,
                    "unemployment_vintage": "v",
                    "unemployment_source": "made up",
                    "settled_year": 5,
                    "settled_year_missing": "",
                    "settled_since_2022": 20,
                    "settled_since_2022_missing": "",
                    "settled_vintage": "v",
                    "settled_source": "made up",
                    "arm": "network" if in_network[i] else "comparison",
                    "network_status": "signed_up" if in_network[i] else "none",
                    "network_form": FORMS[-1] if in_network[i] else "none",
                    "kick_off_date": kick_off if in_network[i] else "",
                    "withdrew_on": "",
                    "treated": bool(in_network[i]),
                    "post": month > kick_off[:7],
                    "event_months": 0,
                    "simulated": True,
                }
            )
    frame = pd.DataFrame(rows)
    whole = [name for name, column in PANEL.columns.items() if str(column.dtype) == "Int64"]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def df_het():
    """df_het of the did2s package (Butts & Gardner 2022), which pyfixest ships, by state and year.

    Returns:
        Cells of the untreated units' means, and the treated ones' ``mean`` and ``count``, both
        states x years. Effects are those of states, of which some units are treated.
    """
    import pyfixest as pf

    from fij_eval.effects import imputation

    data = pd.read_csv(f"{pf.__path__[0]}/did/data/df_het.csv")
    # effects are those of states, of which some units are treated: means by state, year and arm,
    # with the number of units as weight, say the same
    grids = {
        arm: {
            what: part.pivot_table("dep_var", "state", "year", aggfunc=what).fillna(0).to_numpy()
            for what in ("mean", "count")
        }
        for arm, part in data.groupby("treat")
    }
    others, treated = grids[0], grids[1]
    shape = others["mean"].shape
    late = {what: np.zeros(shape) for what in treated}
    first = data.loc[data["treat"] == 1, "year"].min() - data["year"].min()
    rows = np.isin(np.unique(data["state"]), np.unique(data.loc[data["treat"] == 1, "state"]))
    for what, values in treated.items():
        late[what][np.ix_(rows, np.arange(first, shape[1]))] = values
    cells = imputation._Cells(
        y=others["mean"],
        w=others["count"].astype(float),
        untreated=others["count"] > 0,
        target=late["count"] > 0,
        facts=np.ones((shape[0], 1)),
    )
    return cells, late
