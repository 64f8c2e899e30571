"""Randomization over all hypotheses of the primary family at once: the same networks for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fij_eval.effects import fractional_draws
from fij_eval.effects.analyses.primary_family.case import Case, test_of
from fij_eval.effects.inference import assignments
from fij_eval.effects.inference.multiple import family
from fij_eval.effects.inference.p_values import two_sided
from fij_eval.effects.record import Estimate
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.errors import CheckError, EstimationError
from fij_eval.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import Parts

#: An error of a share smaller than this is rounding.
NO_VARIATION = 1e-12


def joint(
    cases: list[Case], records: list[Estimate], scales: tuple[str, ...], parts: Parts
) -> tuple[list[Estimate], pd.DataFrame | None]:
    """Randomization over all hypotheses at once: the same assignments for every one.

    On the logit scale every assignment is fitted again: see ``fij_eval.effects.fractional_draws``.
    """
    import pandas as pd

    if not cases or len({case.data.codes for case in cases}) > 1:
        return [], None
    inference, seed = parts.of("inference"), parts.of("seed")
    data = cases[0].data
    cohort = data.treated.astype(np.int8)
    try:
        labels = assignments.draw(
            cohort, data.strata, rng=stream(seed, "joint_randomization"), draws=inference.draws
        )
    except CheckError:
        raise
    except EstimationError:
        return [], None  # nothing to permute: the single tests say so
    everyone = np.vstack([cohort[None, :], labels]) > 0
    columns = _statistics(cases, records, scales, everyone)
    if not columns:
        return [], None
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.column_stack([estimates / errors for _, estimates, errors in columns])
    whole = np.isfinite(t).all(axis=1)
    if not whole[0]:
        return [], None
    found = family(t[0], t[1:][whole[1:]], level=inference.level)
    label = f"randomization within {inference.strata}"
    tests: list[Estimate] = []
    for k, (headline, estimates, _) in enumerate(columns):
        if headline.spec.startswith("primary.logit"):
            for method, values, what in (
                ("ri", estimates, "coefficient"),
                ("ri_t", t[:, k], "t"),
            ):
                name = f"{label}, {what}, every assignment fitted again"
                p = two_sided(values[1:], values[0])
                tests.append(test_of(headline, method, p, name, parts))
        name = f"{label}, largest t of {len(columns)}"
        tests.append(test_of(headline, "max_t", float(found.single_step[k]), name, parts))
        name = f"{label}, Romano-Wolf over {len(columns)}"
        tests.append(test_of(headline, "romano_wolf", float(found.step_down[k]), name, parts))
    table = pd.DataFrame(
        {
            "hypothesis": [headline.spec for headline, _, _ in columns],
            "t": t[0],
            "p_max_t": found.single_step,
            "p_romano_wolf": found.step_down,
            "critical": found.critical,
            "p_any": found.p_any,
        }
    )
    return tests, table


def _statistics(
    cases: list[Case], records: list[Estimate], scales: tuple[str, ...], everyone: np.ndarray
) -> list[tuple[Estimate, np.ndarray, np.ndarray]]:
    """Headline record, estimates and errors of each hypothesis under all assignments."""
    by_key = {record.key: record for record in records}
    columns: list[tuple[Estimate, np.ndarray, np.ndarray]] = []
    for case in cases:
        for scale in scales:
            headline = by_key.get(f"primary.{scale}.{case.estimand}.att")
            if headline is None or headline.estimate is None:
                continue
            try:
                estimates, errors = (
                    permuted_differences(
                        case.data.change,
                        everyone,
                        weights=case.data.weight,
                        covariates=case.data.covariates,
                    )
                    if scale == "pp"
                    else fractional_draws.effects(case.data, everyone)
                )
            except EstimationError:
                continue
            # without variation there is nothing to compare, and rounding would pass for it
            if errors[0] > NO_VARIATION:
                columns.append((headline, estimates, errors))
    return columns
