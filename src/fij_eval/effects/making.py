"""The one module of the room that reads and writes files: frames in, records out.

A rule depends on this module and on its own analysis, so that an edit in one estimator makes only
what stands on it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval import plan as plans
from fij_eval.artefacts import read_parquet, write_parquet, write_text
from fij_eval.effects import details, seasons
from fij_eval.effects.record import COLUMNS, Estimate, check_weighting, to_frame
from fij_eval.errors import EstimationError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.effects.analyses.common import Analysis, Result
    from fij_eval.settings import Parts

logger = logging.getLogger(__name__)

#: Columns that analyses read of tables other than the panel.
_COLUMNS = {
    "reference_neighbours": ("a", "b"),
    "reference_municipalities": ("municipality_code", "economic_region_code"),
    "source_statbank_labour_status": (
        "Region",
        "HovArbStyrkStatus",
        "InnvandrKat",
        "Tid",
        "value",
    ),
}
#: Beginning of the keys of records that another analysis made.
_RECORDS = "estimates_"


def write(
    analysis: Analysis,
    name: str,
    inputs: Mapping[str, Path],
    output: Path,
    *,
    plan: Path,
    parts: Parts,
) -> None:
    """Read what the analysis asks for, estimate, write records and details.

    Writes the records as parquet and as CSV beside it, and frames that are no estimates as
    ``<name>.details.parquet`` (``fij_eval.effects.details``).

    Args:
        analysis: Module of ``fij_eval.effects.analyses``.
        name: Its name, which its records carry.
        inputs: Key to file: those of its ``INPUTS``.
        output: ``…/estimates/<name>.parquet``.
        plan: ``analysis_plan.yaml``.
        parts: Parts of the settings: those of its ``SETTINGS``.

    Raises:
        EstimationError: If the settings ask for what cannot be.
        CheckError: If the panel breaks its contract, or an estimate a check.
        InputError: If an input is not given or cannot be read.
        SettingsError: If the plan is wrong.
    """
    frames = {key: _read(key, inputs) for key in analysis.INPUTS}
    found = make(analysis, name, frames, parts=parts, plan=plans.load(plan))
    records = to_frame(found.records)
    write_parquet(output, records)
    write_text(output.with_suffix(".csv"), records.to_csv(index=False, lineterminator="\n"))
    write_parquet(output.with_suffix(".details.parquet"), details.to_long(found.details))


def make(
    analysis: Analysis,
    name: str,
    frames: Mapping[str, pd.DataFrame],
    *,
    parts: Parts,
    plan: plans.AnalysisPlan,
) -> Result:
    """The analysis's records with the status that the plan leaves them.

    Raises:
        EstimationError: If the settings ask for what cannot be, or a record carries another name.
        CheckError: If an estimate breaks a check, or a record is weighted otherwise than it says.
    """
    from dataclasses import replace

    found = analysis.make(frames, parts, plan)
    records = plans.with_status(seasons.flag(found.records), plans.deviations(plan, parts))
    if strangers := {record.analysis for record in records} - {name}:
        raise EstimationError(
            f"Records of the analysis «{name}» carry the name «{min(strangers)}»",
            where=f"effects/analyses/{name}.py",
        )
    check_weighting(records)
    _report(name, records)
    return replace(found, records=records)


def _report(name: str, records: tuple[Estimate, ...]) -> None:
    empty = sum(record.estimate is None for record in records)
    logger.info("%s: %d records, %d of them without a number", name, len(records), empty)


def _read(key: str, inputs: Mapping[str, Path]) -> pd.DataFrame:
    """A frame that an analysis asks for; the panel is held to its contract."""
    if key not in inputs:
        raise InputError(
            f"The analysis reads «{key}», and no file is given for it",
            where="--input",
            remedy=f"add --input {key}=FILE",
        )
    path = inputs[key]
    if key == "panel":
        from fij_eval.panel.contracts import PANEL, enforce

        return enforce(read_parquet(path), PANEL, name=str(path))
    frame = _read_csv(path) if path.suffix == ".csv" else read_parquet(path)
    columns = COLUMNS if key.startswith(_RECORDS) else _COLUMNS.get(key, ())
    if lacking := [name for name in columns if name not in frame]:
        raise InputError(
            f"The file given for «{key}» lacks the column «{lacking[0]}»",
            where=str(path),
            remedy="give the file that the rule names, as the command that Snakemake prints does",
        )
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    """A reference table: everything is text."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False)
    except (OSError, ValueError) as error:  # not there, not text, no table
        raise InputError(
            f"A table that this step reads cannot be read ({error})", where=str(path)
        ) from error
