"""The numbers of the prose: every one from a record, a table or a setting, as a finished string.

Prose asks for a number by its key (``#n("key")``) and holds none itself. Keys stay the same when
the settings change: ``did.municipality_average.pp`` is the first specification in the settings that
is a 2×2 for that estimand, whatever its id.
"""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import read_json, write_json
from fij_eval.errors import ReportError
from fij_eval.report import (
    numbers_bench,
    numbers_data,
    numbers_estimates,
    numbers_methods,
    numbers_results,
)
from fij_eval.report.making import read_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from fij_eval.settings import Language, Parts

log = logging.getLogger(__name__)

INPUTS = (
    "panel",
    "register",
    "estimates_description",
    "estimates_main",
    "estimates_event_study",
    "estimates_primary",
    "estimates_composition",
    "estimates_estimators",
    "estimates_scale",
    "estimates_trends",
    "estimates_robustness",
    "estimates_curve",
    "estimates_selection",
    "estimates_persons",
    "estimates_claim",
    "details_claim",
    "reference_bench",
    "reference_interim_report",
    "reference_national_points",
    "reference_network_calendar",
    "source_statbank_immigration",
)
#: Read where it is given: the simulated truth, which only the demo has.
INPUTS_DEMO = ("truth",)


def write(language: Language, inputs: Mapping[str, Path], output: Path, *, settings: Parts) -> None:
    """Make all numbers and write them as JSON, key to string.

    Args:
        language: Language of the strings.
        inputs: Key to file: those of ``INPUTS``, and ``truth`` in the demo.
        output: ``results/<mode>/numbers/<language>.json``.
        settings: The parts ``data``, ``tables``, ``network``, ``sample``, ``windows``,
            ``inference``, ``specifications``, ``report``, and in the demo ``demo``.

    Raises:
        ReportError: If an input is not given, or a number cannot be written.
        InputError: If an input cannot be read.
    """
    frames = read_inputs(inputs, INPUTS, "numbers")
    truth = _truth(inputs["truth"]) if "truth" in inputs else None
    known = numbers(language, frames, settings=settings, truth=truth)
    write_json(output, known)
    log.info("numbers (%s): %d", language, len(known))


def numbers(
    language: Language,
    frames: Mapping[str, pd.DataFrame],
    *,
    settings: Parts,
    truth: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """All numbers of the prose.

    Args:
        language: Language of the strings.
        frames: Those of ``INPUTS``.
        settings: See ``write``.
        truth: The simulated truth, in the demo.

    Raises:
        ReportError: If two makers give the same key, or a number cannot be written.
    """
    known: dict[str, str] = {}
    for maker in makers(language, frames, settings=settings, truth=truth):
        made = maker()
        if twice := sorted(known.keys() & made.keys()):
            raise ReportError(f"The number «{twice[0]}» is made twice", where="report/numbers.py")
        known |= made
    return known


def makers(
    language: Language,
    frames: Mapping[str, pd.DataFrame],
    *,
    settings: Parts,
    truth: Mapping[str, Any] | None = None,
) -> tuple[Callable[[], dict[str, str]], ...]:
    """What makes the numbers, each a group of keys; see ``numbers``."""
    told = (
        numbers_data.about_run,
        numbers_data.about_network,
        numbers_data.about_snapshots,
        numbers_data.about_status,
        numbers_estimates.about_sample,
        numbers_estimates.about_differences,
        numbers_estimates.about_event_study,
        numbers_results.about_claim,
        numbers_results.about_primary,
        numbers_methods.about_steps,
    )
    found = [partial(maker, language, frames, settings=settings) for maker in told]
    found += [
        partial(maker, language, frames)
        for maker in (
            numbers_bench.about_gate,
            numbers_data.about_interim_report,
            numbers_results.about_persons,
            numbers_results.about_robustness,
            numbers_methods.about_methods,
        )
    ]
    if truth is not None:
        found.append(
            partial(numbers_estimates.about_truth, language, frames, truth, settings=settings)
        )
    return tuple(found)


def _truth(path: Path) -> dict[str, Any]:
    remedy = "delete it and run `snakemake` again"
    content: dict[str, Any] = read_json(path, what="The simulated truth", remedy=remedy)
    return content
