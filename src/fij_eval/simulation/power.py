"""Design before data: what could be found with this register, these snapshots and this much noise.

Two answers side by side. From the panel itself: networks drawn among municipalities that did not
take part, with as many members in each size group as the real one, where there is nothing to find;
the spread of their estimates is an error that assumes nothing of the errors' shape (an A/A test).
It knows nothing of the outcomes of those that take part. From the bench: the same on simulated
worlds with more or fewer snapshots, rounded or hidden counts, and with and without settlement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fij_eval.artefacts import read_parquet, write_parquet, write_text
from fij_eval.effects.inference.equivalence import power as power_of
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.effects.robustness.pseudo_networks import aa_test, pseudo_networks
from fij_eval.effects.samples import NotEstimableError, Sample, Windows, build, windows
from fij_eval.effects.two_windows import collapse
from fij_eval.errors import EstimationError
from fij_eval.randomness import stream
from fij_eval.simulation import power_answer
from fij_eval.simulation.bench import read_summary
from fij_eval.simulation.room import COVARIATES
from fij_eval.simulation.truth import ESTIMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from fij_eval.settings import NetworkSettings, SampleSettings, WindowSettings
    from fij_eval.settings_analysis import InferenceSettings, RobustnessSettings

    FloatArray = NDArray[np.float64]

#: Effects for which power is given, as shares.
EFFECTS = tuple(round(0.005 * step, 3) for step in range(1, 17))
#: Covariates of each estimator of the A/A test.
ESTIMATORS = {
    "did": (),
    "twfe_adjusted": COVARIATES,
    "twfe_expected": (*COVARIATES, "expected_share"),
}
#: Scenarios of the bench without an effect that differ in what is known.
DESIGNS = {
    "S0": "as_now",
    "D_few": "few_snapshots",
    "D_monthly": "monthly_snapshots",
    "S13_0pp": "real_sign_ups",
    "S12_independent": "no_persistence",
    "S12_persistent": "high_persistence",
    "S12_shocks": "large_shocks",
}
#: Scenarios of the bench with 3 pp that differ in how counts are published.
PUBLISHED = {
    "S1_3pp": "exact_counts",
    "S7_hidden": "small_cells_hidden",
    "S7_rounded": "rounded",
    "S7_preliminary": "preliminary",
}
#: Scenarios of the bench where participants' inflow falls, without an effect.
INFLOW = {"S6": "falling_inflow", "S6_yearly": "falling_inflow_by_year"}
COLUMNS = (
    "source",
    "design",
    "estimator",
    "estimand",
    "measure",
    "effect",
    "value",
    "mcse",
    "draws",
    "simulated",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    """One choice of snapshots and outcome on the panel."""

    name: str
    sample: Sample
    windows: Windows


def from_panel(
    sample: Sample,
    chosen: Windows,
    *,
    draws: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """What networks that did not exist give, estimator by estimator.

    Args:
        sample: The analysis sample.
        chosen: Base and post window.
        draws: Networks that are drawn.
        level: Confidence level of the tests.
        seed: Seed of the settings.

    Returns:
        Columns ``COLUMNS``: for each design, estimator and estimand the measures ``se`` (spread of
        the estimates), ``size``, ``mde`` and ``power`` at each of ``EFFECTS``.

    Raises:
        EstimationError: If nothing can be estimated.
        CheckError: If too few municipalities did not take part.
    """
    rows: list[dict[str, object]] = []
    assigned = pseudo_networks(
        sample.treated,
        sample.units["size_group"].astype(str).tolist(),
        rng=stream(seed, "power", "networks"),
        draws=draws,
    )
    for variant in _variants(sample, chosen):
        for estimator, covariates in ESTIMATORS.items():
            for estimand in ESTIMANDS:
                key = {
                    "source": "panel",
                    "design": variant.name,
                    "estimator": estimator,
                    "estimand": estimand,
                    "simulated": sample.simulated,
                }
                try:
                    found = _estimates(variant, estimand, covariates, assigned)
                    rows += [{**key, **row} for row in _summary(*found, level=level)]
                except (NotEstimableError, EstimationError):
                    continue
    if not rows:
        raise EstimationError(
            "No estimator gives a number on networks drawn among those that did not take part",
            where="power",
            remedy="look at the panel's outcome and at the windows",
        )
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def from_bench(summary: pd.DataFrame) -> pd.DataFrame:
    """The same measures from simulated worlds that differ in what is known.

    Args:
        summary: From ``bench.read_summary``.
    """
    rows: list[dict[str, object]] = []
    chosen = summary[summary["estimator"].isin(ESTIMATORS) & (summary["inference"] == "CV3")]
    for scenario, design in {**DESIGNS, **PUBLISHED, **INFLOW}.items():
        for row in chosen[chosen["scenario"] == scenario].to_dict("records"):
            key = {
                "source": "bench",
                "design": design,
                "estimator": row["estimator"],
                "estimand": row["estimand"],
                "draws": int(row["replications"]),
                "simulated": True,
            }
            measures = {"se": "emp_se", "mde": "mde"}
            if scenario not in PUBLISHED:
                measures["size"] = "rejection"
            if scenario not in DESIGNS:
                measures["bias"] = "bias"
            rows += [
                {**key, "measure": name, "value": row[column], "mcse": row[f"{column}_mcse"]}
                for name, column in measures.items()
            ]
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def write_power(
    panel: Path,
    summary: Path,
    output: Path,
    *,
    sample: SampleSettings,
    network: NetworkSettings,
    window: WindowSettings,
    inference: InferenceSettings,
    robustness: RobustnessSettings,
    seed: int,
) -> None:
    """Read panel and bench, write both answers as parquet, and CSV, table and figure beside it.

    Raises:
        InputError: If a file cannot be read.
        CheckError: If the panel breaks its contract, or too few did not take part.
        EstimationError: If nothing can be estimated.
    """
    from fij_eval.panel.contracts import PANEL, enforce

    made = build(
        enforce(read_parquet(panel), PANEL, name=str(panel)), sample=sample, network=network
    )
    table = pd.concat(
        [
            from_panel(
                made,
                windows(made, window),
                draws=robustness.aa_draws,
                level=inference.level,
                seed=seed,
            ),
            from_bench(read_summary(summary)),
        ],
        ignore_index=True,
    ).astype({"effect": "float64", "draws": "Int64", "simulated": "bool"})
    write_parquet(output, table)
    write_text(output.with_suffix(".csv"), table.to_csv(index=False, lineterminator="\n"))
    write_text(output.with_suffix(".md"), power_answer.table(table))
    write_text(output.with_suffix(".svg"), power_answer.figure(table))


def _variants(sample: Sample, chosen: Windows) -> Iterator[_Variant]:
    """The panel as it is, with fewer snapshots, and with shares from counts."""
    yield _Variant(name="as_now", sample=sample, windows=chosen)
    if len(chosen.base) > 1:
        fewer = Windows(chosen.base[-1:], chosen.post)
        yield _Variant(name="one_base_snapshot", sample=sample, windows=fewer)
    if len(chosen.post) > 1:
        fewer = Windows(chosen.base, chosen.post[-1:])
        yield _Variant(name="one_post_snapshot", sample=sample, windows=fewer)
    counted = np.divide(
        sample.employed,
        sample.residents,
        out=np.full(sample.outcome.shape, np.nan),
        where=sample.residents > 0,
    )
    if np.isfinite(counted).any():
        outcome = np.where(np.isfinite(sample.outcome), counted, np.nan)
        yield _Variant(
            name="shares_from_counts", sample=replace(sample, outcome=outcome), windows=chosen
        )


def _estimates(
    variant: _Variant,
    estimand: str,
    covariates: tuple[str, ...],
    assigned: NDArray[np.int8],
) -> tuple[FloatArray, FloatArray, float]:
    """Estimates, HC1 errors and degrees of freedom on all drawn networks."""
    data = collapse(variant.sample, variant.windows, estimand=estimand, covariates=covariates)
    estimates, errors = permuted_differences(
        data.post - data.base,
        assigned[:, data.rows] > 0,
        weights=data.weight,
        covariates=data.covariates if data.covariates.shape[1] else None,
        keep=~data.treated,
    )
    return estimates, errors, float((~data.treated).sum() - 1)


def _summary(
    estimates: FloatArray, errors: FloatArray, df: float, *, level: float
) -> Iterator[dict[str, object]]:
    found = aa_test(estimates, errors, df=df, level=level)
    count = found.draws
    mcse = found.spread / np.sqrt(2 * (count - 1))
    for measure, value, error in (
        ("se", found.spread, mcse),
        ("size", found.size, found.size_error),
        ("mde", found.mde, found.mde * mcse / found.spread),
    ):
        yield {"measure": measure, "value": value, "mcse": error, "draws": count}
    for effect in EFFECTS:
        value = power_of(effect, found.spread, df=df, level=level)
        yield {"measure": "power", "effect": effect, "value": value, "draws": count}
