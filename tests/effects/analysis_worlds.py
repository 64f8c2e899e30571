"""A panel with settlement that differs, and the frames and settings that all analyses read."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from panels import MONTHS, NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval import plan as plans
from fij_eval.effects import details, making, run
from fij_eval.effects.record import to_frame
from fij_eval.settings import Parts, load
from fij_eval.settings_analysis import InferenceSettings, PersonsSettings, RobustnessSettings

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "analysis_plan.yaml"
CONFIG = ROOT / "config.yaml"
PRE = ("2023-02", "2023-05", "2023-08", "2023-11", "2024-02", "2024-04")


def plan():
    return plans.load(PLAN)


def parts(**other):
    """All parts that analyses depend on, with as few draws as the settings allow."""
    chosen = {
        "windows": WINDOWS,
        "sample": SAMPLE,
        "network": NETWORK,
        "inference": InferenceSettings(level=0.95, draws=199),
        "robustness": RobustnessSettings(
            curve_draws=199,
            aa_draws=250,
            aa_estimator_draws=60,
            synthetic_draws=20,
            relative_magnitudes=(0, 1),
            smoothness_pp=(0,),
        ),
        "persons": PersonsSettings.model_validate(load(CONFIG).persons.model_dump()),
        "specifications": load(CONFIG).specifications,
        "seed": 1,
    } | other
    return Parts(**chosen)


def settle(panel, *, seed=2):
    """Settlement that differs between municipalities and years; sums since 2022 add up."""
    rng = np.random.default_rng(seed)
    codes = panel["municipality_code"].unique()
    yearly = {
        year: dict(zip(codes, rng.integers(6, 80, len(codes)), strict=True))
        for year in (2022, 2023, 2024, 2025)
    }
    years = panel["reference_month"].str.slice(0, 4).astype(int)
    own = [yearly[y][c] for y, c in zip(years, panel["municipality_code"], strict=True)]
    since = [
        sum(yearly[k][c] for k in yearly if k <= y)
        for y, c in zip(years, panel["municipality_code"], strict=True)
    ]
    return panel.assign(
        settled_year=pd.array(own, dtype="Int64"), settled_since_2022=pd.array(since, dtype="Int64")
    )


@cache
def panel(pre=4, *, units=90, treated=24, effect=0.05, seed=1, noise=0.03, gaps=0.0):
    """A panel with the last ``pre`` months before kick-off and all after it."""
    months = (*PRE[-pre:], *(m for m in MONTHS if m > "2024-06")) if pre else MONTHS[4:]
    made = make_panel(
        units=units,
        treated=treated,
        months=months,
        effect=effect,
        seed=seed,
        noise=noise,
        gaps=gaps,
    )
    return settle(made)


def frames(the_panel):
    """All frames that any analysis reads, without records of other analyses."""
    codes = sorted(the_panel["municipality_code"].unique())
    pairs = [(a, b) for a, b in pairwise(codes) if int(a) % 3]
    labour = [
        {
            "Region": code,
            "HovArbStyrkStatus": "A.01",
            "InnvandrKat": who,
            "Tid": year,
            # the two groups grow by different numbers, so that those who are not immigrants do too
            "value": float(size + 7 * k + (13 * int(year) + size * k) % 31),
        }
        for k, code in enumerate(codes)
        for who, size in (("A-G", 2_000), ("B", 300))
        for year in ("2022", "2023", "2024")
    ]
    return {
        "panel": the_panel,
        "reference_neighbours": pd.DataFrame(pairs, columns=["a", "b"]),
        "reference_municipalities": pd.DataFrame(
            {
                "municipality_code": codes,
                "economic_region_code": [f"r{k // 4}" for k in range(len(codes))],
            }
        ),
        "source_statbank_labour_status": pd.DataFrame(labour),
    }


def run_all(the_panel, settings=None, *, names=run.ANALYSES, the_plan=None):
    """Every analysis in order: name -> result, records of each handed on to the next."""
    given = parts() if settings is None else settings
    the_plan = plan() if the_plan is None else the_plan
    known = frames(the_panel)
    found = {}
    for name in names:
        found[name] = making.make(run.analysis(name), name, known, parts=given, plan=the_plan)
        known[f"estimates_{name}"] = to_frame(found[name].records)
        known[f"details_{name}"] = details.to_long(found[name].details)
    return found


def records(found):
    """All records by key."""
    return {record.key: record for result in found.values() for record in result.records}
