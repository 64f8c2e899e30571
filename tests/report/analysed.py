"""All analyses of a made-up panel, with few draws: records and details by key."""

from pathlib import Path

import pandas as pd

from fij_eval import plan as plans
from fij_eval.effects import run, seasons
from fij_eval.effects.details import to_long
from fij_eval.effects.record import to_frame

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "data" / "reference"
#: Fewest draws that the settings allow: what is tested here is the report, not the draws. Gaps move
#: the estimates of so small a world more than they may, which is acknowledged.
DRAWS = {"draws": 199, "attrition": "report"}
ROBUSTNESS = {
    "curve_draws": 199,
    "aa_draws": 299,
    "aa_estimator_draws": 50,
    "synthetic_draws": 20,
}
ALL = run.ANALYSES

_LABOUR = ("Region", "HovArbStyrkStatus", "Alder", "InnvandrKat", "ContentsCode", "Tid",
           "value_missing", "table", "vintage")  # fmt: skip


def labour_status(panel):
    """Residents 20-66 in and outside work in two Novembers, in the form of the parsed table."""
    places = panel.drop_duplicates("municipality_code")
    rows = [
        {
            "Region": code,
            "HovArbStyrkStatus": status,
            "Alder": "20-66",
            "InnvandrKat": group,
            "ContentsCode": "Bosatte",
            "Tid": year,
            "value": float(round(part * size * (1 + 0.01 * (int(year) - 2021)))),
            "value_missing": "",
            "table": "13563",
            "vintage": "2025-11-25T07-00-00Z",
            "simulated": True,
        }
        for code, size in zip(places["municipality_code"], places["population"], strict=True)
        for year in ("2022", "2023", "2024")
        for group, share in (("A-G", 0.6), ("B", 0.1))
        for status, part in (("A.01", share * 0.75), ("A.09", share * 0.25))
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(_LABOUR, "str"))


def analyse(panel, settings, names=ALL):
    """``estimates_<name>`` and ``details_<name>`` of the analyses, in order.

    Args:
        panel: The panel.
        settings: Parts of the settings, all those of the analyses.
        names: Analyses, each after those that it reads.
    """
    parts = settings.model_copy(
        update={
            "inference": settings.inference.model_copy(update=DRAWS),
            "robustness": settings.robustness.model_copy(update=ROBUSTNESS),
        }
    )
    plan = plans.load(ROOT / "analysis_plan.yaml")
    frames = {"panel": panel, "source_statbank_labour_status": labour_status(panel)}
    made = {}
    for name in names:
        module = run.analysis(name)
        for key in module.INPUTS:
            if key.startswith("reference_"):
                path = REFERENCE / f"{key.removeprefix('reference_')}.csv"
                frames[key] = pd.read_csv(path, dtype="str", keep_default_na=False)
        result = module.make({key: frames[key] for key in module.INPUTS}, parts, plan)
        made[f"estimates_{name}"] = to_frame(seasons.flag(result.records))
        made[f"details_{name}"] = to_long(result.details)
        frames |= made
    return made
