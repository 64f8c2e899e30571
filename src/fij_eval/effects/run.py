"""Analyses by name, for the command line.

Only the command line and tests import this module: whatever imports it depends on every analysis. A
rule depends on its own analysis and on ``making`` instead. Imports are plain statements, within the
function so that one is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.effects import making
from fij_eval.effects.record import Estimate, to_frame
from fij_eval.errors import EstimationError
from fij_eval.places import ANALYSES
from fij_eval.plan import AnalysisPlan, as_planned
from fij_eval.settings import Parts

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.effects.analyses.common import Analysis

__all__ = ["ANALYSES", "Parts", "analysis", "estimate", "to_frame", "write"]


def write(name: str, inputs: Mapping[str, Path], output: Path, *, plan: Path, parts: Parts) -> None:
    """Make the analysis with this name; see ``making.write``.

    Raises:
        EstimationError: If there is none, or the settings ask for what cannot be.
        CheckError: If the panel breaks its contract, or an estimate a check.
        InputError: If an input is not given or cannot be read.
        SettingsError: If the plan is wrong.
    """
    making.write(analysis(name), name, inputs, output, plan=plan, parts=parts)


def estimate(
    name: str,
    panel: pd.DataFrame,
    parts: Parts,
    *,
    plan: AnalysisPlan | None = None,
    **frames: pd.DataFrame,
) -> list[Estimate]:
    """Records of an analysis without files, as its module makes them, before the plan is asked.

    Args:
        name: The analysis.
        panel: The panel.
        parts: Parts of the settings that it depends on.
        plan: The plan; that of a run planned as it is if not given.
        **frames: Further frames that it reads, by key.

    Raises:
        EstimationError: If there is none with this name, or the settings ask for what cannot be.
    """
    module = analysis(name)
    whole = {"panel": panel, **frames}
    return list(module.make(whole, parts, as_planned(parts) if plan is None else plan).records)


def analysis(name: str) -> Analysis:  # noqa: C901, PLR0911, PLR0912 -- one case an analysis
    """The module of an analysis.

    Raises:
        EstimationError: If there is none with this name.
    """
    match name:
        case "description":
            from fij_eval.effects.analyses import description

            return description
        case "main":
            from fij_eval.effects.analyses import main

            return main
        case "event_study":
            from fij_eval.effects.analyses import event_study

            return event_study
        case "primary":
            from fij_eval.effects.analyses import primary

            return primary
        case "estimators":
            from fij_eval.effects.analyses import estimators

            return estimators
        case "scale":
            from fij_eval.effects.analyses import scale

            return scale
        case "composition":
            from fij_eval.effects.analyses import composition

            return composition
        case "heterogeneity":
            from fij_eval.effects.analyses import heterogeneity

            return heterogeneity
        case "trends":
            from fij_eval.effects.analyses import trends

            return trends
        case "robustness":
            from fij_eval.effects.analyses import robustness

            return robustness
        case "pseudo_networks":
            from fij_eval.effects.analyses import pseudo_networks

            return pseudo_networks
        case "curve":
            from fij_eval.effects.analyses import curve

            return curve
        case "selection":
            from fij_eval.effects.analyses import selection

            return selection
        case "persons":
            from fij_eval.effects.analyses import persons

            return persons
        case "claim":
            from fij_eval.effects.analyses import claim

            return claim
        case _:
            raise EstimationError(
                f"The analysis «{name}» does not exist",
                where="estimates",
                remedy=f"choose one of {', '.join(ANALYSES)}",
            )
