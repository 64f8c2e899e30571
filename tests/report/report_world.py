"""An invented panel, its records, and stand-in figures and tables for the tests of the document."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import analysed
import numpy as np
import pandas as pd

from fij_eval.artefacts import write_json, write_text
from fij_eval.panel.contracts import PANEL, REGIONS, enforce
from fij_eval.report.prose import DOCUMENTS, asked_for, prose, templates
from fij_eval.settings import Parts, load

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "data" / "reference"
UNITS, TREATED = 60, 20
COUNTIES = {"11": "Rogaland", "31": "Østfold", "55": "Troms - Romsa - Tromssa"}
VINTAGES = {
    "outcome": "2026-03-12",
    "population": "2026-02-25T07-00-00Z",
    "unemployment": "2026-01-09",
    "settled": "2025-11-14",
}


def settings():
    """The settings that come with the project, as a command is handed them."""
    return Parts.model_validate(load(ROOT / "config.yaml").model_dump(by_alias=True))


def make_panel(*, effect=0.05, seed=3, simulated=True, months=()):
    rng = np.random.default_rng(seed)
    months = months or settings().of("data").snapshots
    codes = np.array([f"{1101 + i}" for i in range(UNITS)])
    treated = np.arange(UNITS) < TREATED
    counties = np.array(list(COUNTIES))[np.arange(UNITS) % len(COUNTIES)]
    level = rng.normal(0.2, 0.04, UNITS)
    residents = rng.integers(30, 400, UNITS)
    population = rng.integers(2_000, 60_000, UNITS)
    size = np.array(["small", "medium", "large"])[np.digitize(population, [10_000, 25_000])]
    frames = []
    for t, month in enumerate(months):
        post = month > "2024-06"
        share = np.clip(
            level + 0.02 * t + rng.normal(0, 0.03, UNITS) + effect * (treated & post), 0.01, 0.9
        )
        employed = np.round(share * residents)
        hidden = rng.random(UNITS) < 0.03
        frame = pd.DataFrame(
            {
                "municipality_code": codes,
                "reference_month": month,
                "municipality_name": [f"Kommune {code}" for code in codes],
                "county_code": counties,
                "county_name": [COUNTIES[code] for code in counties],
                "region": np.array(REGIONS)[np.arange(UNITS) % len(REGIONS)],
                "centrality": 1 + np.arange(UNITS) % 6,
                "size_group": size,
                "residents": residents,
                "residents_missing": "",
                "employed": pd.array(employed, dtype="Int64"),
                "employed_missing": np.where(hidden, "confidential", ""),
                "share": np.where(hidden, np.nan, employed / residents),
                "share_missing": np.where(hidden, "confidential", ""),
                "population": population,
                "population_missing": "",
                "population_period": "2024K1",
                "unemployed": population // 60,
                "unemployed_missing": "",
                "unemployment_rate": rng.uniform(0.01, 0.04, UNITS),
                "unemployment_rate_missing": "",
                "unemployment_break": month >= "2025-04",
                "settled_year": (residents * (0.15 + 0.05 * (np.arange(UNITS) % 7))).astype(
                    "int64"
                ),
                "settled_year_missing": "",
                "settled_since_2022": residents,
                "settled_since_2022_missing": "",
                "arm": np.where(treated, "network", "comparison"),
                "network_status": np.where(treated, "signed_up", "none"),
                "network_form": np.where(treated, "unknown", "none"),
                "kick_off_date": np.where(treated, "2024-06-14", ""),
                "withdrew_on": "",
                "treated": treated,
                "post": treated & post,
                "event_months": pd.array([t if flag else pd.NA for flag in treated], dtype="Int64"),
                "simulated": simulated,
            }
        )
        frame.loc[hidden, "employed"] = pd.NA
        for name, vintage in VINTAGES.items():
            frame[f"{name}_vintage"] = vintage
            frame[f"{name}_source"] = f"source of {name}"
        frames.append(frame)
    panel = pd.concat(frames, ignore_index=True)
    whole = ("residents", "population", "unemployed", "settled_year", "settled_since_2022")
    panel = panel.astype(dict.fromkeys(whole, "Int64")).astype({"centrality": "Int64"})
    texts = [n for n in panel.columns if str(PANEL.columns[n].dtype).startswith("str")]
    panel = panel.astype(dict.fromkeys(texts, "str"))[list(PANEL.columns)]
    return enforce(panel, PANEL, name="test panel")


@cache
def demo_frames():
    """All inputs of the numbers, from a panel with an effect; made once."""
    return make_frames(make_panel())


def make_frames(panel):
    """All inputs of the numbers from a panel."""
    estimates = analysed.analyse(panel, settings())
    reference = {
        f"reference_{name}": _table(REFERENCE / f"{name}.csv")
        for name in ("bench", "interim_report", "national_points", "network_calendar")
    }
    register = _table(REFERENCE / "network_register.csv")
    immigration = pd.DataFrame(
        {"Tid": ["2022", "2023"], "table": "07822", "vintage": "2026-05-06T06-00-00Z"}
    )
    return {
        "panel": panel,
        "register": register,
        **estimates,
        **reference,
        "source_statbank_immigration": immigration,
    }


TRUTH = {
    "effects": [
        {"estimand": "municipality_average", "term": "2025-04", "expected": 0.02},
        {"estimand": "municipality_average", "term": "post", "expected": 0.031},
        {"estimand": "person_average", "term": "post", "expected": 0.029},
    ]
}

PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="460" height="230"
 viewBox="0 0 460 230"><rect width="460" height="230" fill="#eef3f8"/>
<text x="20" y="40" font-family="Source Sans Pro" font-size="12">{name}: −1,5 ≤ y</text></svg>
"""


def stand_ins(folder, document_name="rapport"):
    """Figures, tables and a manifest in the form that the other steps write."""
    document = DOCUMENTS[document_name]
    language = document.language
    figures, tables = folder / "figures" / language, folder / "tables" / language
    texts = prose(document)
    for name in asked_for("fig", texts):
        write_text(figures / f"{name}.svg", PICTURE.format(name=name))
        write_text(figures / f"{name}.csv", "måned;andel\n2024-09;34,5\n")
        write_json(
            figures / f"{name}.json",
            {
                "name": name,
                "title": f"En tittel med funnet i {name}",
                "subtitle": "Andel i jobb, uvektet snitt",
                "source": "Kilde: SSB (simulert).",
                "alt": f"En linje som stiger fra venstre mot høyre i {name}",
            },
        )
    for name in asked_for("tab", texts):
        write_text(tables / f"{name}.csv", "kommune;andel\nÅl;34,5\n")
        write_json(
            tables / f"{name}.json",
            {
                "name": name,
                "title": f"En tittel for {name}",
                "subtitle": "Uvektet",
                "header": ["Kommune", "Andel", "Antall"],
                "rows": [[f"*Ål* $x$ #strong[{i}] <y>", "34,5", "1\u2009234"] for i in range(60)],
                "align": ["left", "right", "right"],
                "groups": {"0": "Små", "30": "Store"},
                "notes": ["En merknad."],
                "source": "Kilde: SSB (simulert).",
            },
        )
    write_json(folder / "manifest.json", {"project": {"name": "fij-eval"}})
    return {"figures": figures, "tables": tables, "manifest": folder / "manifest.json"}


def _table(path):
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def template_sources():
    """The typst templates."""
    return templates()
