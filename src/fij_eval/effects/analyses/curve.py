"""The specification curve: every declared combination of the five choices, judged jointly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects.analyses.common import Result, fields, sample_of, without
from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.inflow import inflow_after
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.declared import declared_grid
from fij_eval.effects.robustness.specification_curve import AXES, specification_curve
from fij_eval.effects.robustness.spillover import adjacency
from fij_eval.effects.samples import windows
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.plan import AnalysisPlan
    from fij_eval.settings import Parts

INPUTS = ("panel", "reference_neighbours", "reference_municipalities")
SETTINGS = ("windows", "sample", "network", "inference", "robustness", "seed")
ANALYSIS = "curve"


def make(frames: Mapping[str, pd.DataFrame], parts: Parts, plan: AnalysisPlan) -> Result:  # noqa: ARG001 -- every analysis has these arguments
    """Records ``curve.<what>``; all specifications as table ``specifications``.

    Choices that these data do not allow are in the table ``left_out`` with the reason.
    """
    import pandas as pd

    sample = sample_of(frames, parts)
    chosen = windows(sample, parts.of("windows"))
    settings, inference = parts.of("robustness"), parts.of("inference")
    codes = [str(code) for code in sample.units.index]
    places = frames["reference_municipalities"].set_index("municipality_code")
    regions = places["economic_region_code"].reindex(codes).astype("object").to_numpy()
    common = fields(
        ANALYSIS,
        sample,
        spec="curve",
        estimator="specification_curve",
        estimand="municipality_average",
        windows=chosen,
    )
    try:
        in_both(sample, chosen)
        declared = declared_grid(
            sample,
            post=chosen.post,
            near=adjacency(frames["reference_neighbours"], codes),
            same_region=(regions[:, None] == regions[None, :]) & ~np.eye(len(codes), dtype=bool),
            expected=sample.current["expected_share"],
            inflow=inflow_after(frames["panel"], sample),
        )
        found = specification_curve(
            declared.grid,
            treated=sample.treated,
            strata=sample.units[inference.strata].astype(str).tolist(),
            rng=stream(parts.of("seed"), "specification_curve"),
            draws=settings.curve_draws,
            level=inference.level,
        )
    except CheckError:
        raise
    except EstimationError as error:
        return Result((without(common, key="curve.median", term="median", reason=error.what),))
    counts = {
        "n_units": len(sample.units),
        "n_treated": int(sample.treated.sum()),
        "level": inference.level,
    }
    rows = (
        ("median", "pp", found.median_pp, found.p_median, "median over all specifications"),
        (
            "share_significant",
            "statistic",
            found.share_significant,
            found.p_significant,
            "part of the specifications whose interval excludes zero on the median's side",
        ),
        ("mean_z", "statistic", found.mean_z, found.p_mean_z, "mean z"),
    )
    whole = found.frame[found.frame["note"] == ""]["estimate_pp"]
    records = [
        Estimate(
            key=f"curve.{term}",
            term=term,
            scale=scale,
            estimate=value,
            p_value=p,
            inference=f"joint permutation within {inference.strata}",
            seed=parts.of("seed"),
            draws=found.draws,
            null="no effect on any municipality",
            note=note,
            **counts,
            **common,
        )
        for term, scale, value, p, note in rows
    ]
    records += [
        Estimate(
            key=f"curve.{term}",
            term=term,
            scale=scale,
            estimate=float(value),
            note=note,
            **counts,
            **common,
        )
        for term, scale, value, note in (
            ("specifications", "statistic", found.estimated, "specifications with a number"),
            ("declared", "statistic", len(found.frame), "specifications declared"),
            (
                "same_sign",
                "statistic",
                (np.sign(whole) == np.sign(found.median_pp)).mean(),
                "part with the median's sign",
            ),
            ("lowest", "pp", whole.min(), "lowest estimate"),
            ("highest", "pp", whole.max(), "highest estimate"),
        )
    ]
    left = pd.DataFrame(
        {"choice": list(declared.left_out), "reason": list(declared.left_out.values())},
        dtype="str",
    )
    axes = _by_choice(found.frame)
    return Result(
        tuple(records), {"specifications": found.frame, "left_out": left, "by_choice": axes}
    )


def _by_choice(frame: pd.DataFrame) -> pd.DataFrame:
    """Median estimate by each choice on each axis: which axis moves the answer."""
    import pandas as pd

    found = frame[frame["note"] == ""]
    rows = [
        {
            "axis": axis,
            "choice": str(choice),
            "median_pp": float(group["estimate_pp"].median()),
            "lowest_pp": float(group["estimate_pp"].min()),
            "highest_pp": float(group["estimate_pp"].max()),
            "specifications": len(group),
        }
        for axis in AXES
        for choice, group in found.groupby(axis, sort=False)
    ]
    return pd.DataFrame(rows)
