"""The two-way regression a second time, by linearmodels: two programs must say the same.

The coefficient is that of ``PanelOLS`` with both effects; the error is CV1 in the project's
convention. With its own defaults linearmodels counts municipality effects that are nested in the
clusters, which makes the error too large by the square root of T/(T-1).
"""

from __future__ import annotations

import logging

import numpy as np

from fij_eval.effects.design import Design
from fij_eval.effects.samples import Floats
from fij_eval.effects.twfe import Fit
from fij_eval.errors import CheckError

logger = logging.getLogger(__name__)

#: Coefficients (as a share) and errors (relative) of the two programs may differ by this.
AGREE = 1e-8
#: linearmodels writes out a column a snapshot and regressor: with more numbers than this (0.4 GiB,
#: several times over while it works) it is not asked.
_LARGEST = 50_000_000


def check_second_fit(design: Design, fit: Fit, *, where: str) -> float | None:
    """Fit the design by linearmodels and compare.

    Args:
        design: The cells.
        fit: What ``twfe.regress`` made of them.
        where: Key of the record, for the message.

    Returns:
        The largest difference of coefficients and relative difference of errors; None where the
        panel is too large for linearmodels, which the log says.

    Raises:
        CheckError: If they differ by more than ``AGREE``.
    """
    from linearmodels.panel.utility import AbsorbingEffectError

    columns = len(fit.names) + len(design.covariates.names) + len(np.unique(design.time))
    if len(design.y) * columns > _LARGEST:
        logger.warning("%s: the panel is too large for a second fit by linearmodels", where)
        return None
    try:
        estimates, covariance = by_linearmodels(design, fit.collinear)
    except (AbsorbingEffectError, ValueError) as error:
        raise CheckError(
            "linearmodels cannot fit the two-way regression that was fitted here: covariates "
            "nearly determine each other, or the term",
            where=where,
            remedy="leave one of them out",
        ) from error
    ours, theirs = np.sqrt(np.diag(fit.covariance)), np.sqrt(np.diag(covariance))
    gap = max(
        float(np.abs(estimates - fit.estimates).max()),
        # without variation within the arms both errors are rounding, and no error is shown
        float((np.abs(ours - theirs) / np.maximum(ours, AGREE)).max()),
    )
    if not gap <= AGREE:
        raise CheckError(
            f"The two-way regression differs by {gap:.1e} from the same one fitted by linearmodels",
            where=where,
            remedy="look for covariates that nearly determine each other, and leave one out",
        )
    logger.info("%s: a second fit by linearmodels differs by %.1e", where, gap)
    return gap


def by_linearmodels(design: Design, without: tuple[str, ...] = ()) -> tuple[Floats, Floats]:
    """Coefficients of the terms, p, and their covariance, p x p, by linearmodels.

    Args:
        design: The cells.
        without: Covariates to leave out, which others determine.
    """
    import pandas as pd
    from linearmodels.panel import PanelOLS

    kept = [name not in without for name in design.covariates.names]
    columns = np.column_stack(
        [
            design.terms.written_out(design.unit, design.time),
            design.covariates.written_out(design.unit, design.time)[:, kept],
        ]
    )
    index = pd.MultiIndex.from_arrays([design.unit, design.time], names=["unit", "time"])
    # Generic names inside: a term may be called like a month or hold signs of a formula.
    exog = pd.DataFrame(columns, index=index, columns=[f"x{j}" for j in range(columns.shape[1])])
    model = PanelOLS(
        pd.Series(design.y, index=index, name="y"),
        exog,
        weights=pd.Series(design.weights, index=index, name="w"),
        entity_effects=True,
        time_effects=True,
        check_rank=False,  # what is collinear is left out above
    )
    result = model.fit(
        cov_type="clustered",
        cluster_entity=True,
        auto_df=False,
        count_effects=False,
        group_debias=True,
    )
    p = len(design.terms.names)
    return result.params.to_numpy(dtype=float)[:p], result.cov.to_numpy(dtype=float)[:p, :p]
