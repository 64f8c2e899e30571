"""The 2x2 difference in differences as arithmetic that anyone can check.

ATT = (mean of post - mean of base, network) - (mean of post - mean of base, comparison), where each
municipality first gets its own mean over the snapshots of either window and municipalities are then
averaged, unweighted or with frozen weights (Baker, Callaway, Cunningham, Goodman-Bacon & Sant'Anna,
«Difference-in-Differences Designs: A Practitioner's Guide», arXiv 2503.13323, equations 2 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.clustered import cv1
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoByTwo:
    """The four means, two changes and their difference.

    Attributes:
        network_base: Mean share of the network arm in the base window (0-1).
        network_post: The same in the post window.
        comparison_base: Mean share of the comparison arm in the base window.
        comparison_post: The same in the post window.
        att: Difference of the two changes.
        variance: Cluster-robust variance (CV1) of ``att``; with one change a cluster this is HC1.
        entered: n flags: units of the sample with a weight and the outcome in both windows.
        n_units: Units that enter.
        n_treated: Of these, in the network arm.
        n_obs: Municipality-months that enter.
        persons: Refugees 20-66 of the reference month in the units that enter: network, comparison.
    """

    network_base: float
    network_post: float
    comparison_base: float
    comparison_post: float
    att: float
    variance: float
    entered: Flags
    n_units: int
    n_treated: int
    n_obs: int
    persons: tuple[int, int]


def refuse_empty(windows: Windows) -> None:
    """Raise where a window has no snapshot.

    Raises:
        NotEstimableError: With the name of the window.
    """
    for name, months in (("base", windows.base), ("post", windows.post)):
        if not months:
            raise NotEstimableError(f"no snapshot in the {name} window")


def in_both(sample: Sample, windows: Windows) -> Flags:
    """Units with the outcome at least once in either window, n flags.

    Raises:
        NotEstimableError: If a window has no snapshot or an arm no such unit.
    """
    refuse_empty(windows)
    seen = np.isfinite(sample.outcome)
    entered: Flags = np.logical_and(
        seen[:, sample.at(windows.base)].any(axis=1), seen[:, sample.at(windows.post)].any(axis=1)
    )
    for name, flags in (("network", sample.treated), ("comparison", ~sample.treated)):
        if not (entered & flags).any():
            raise NotEstimableError(
                f"no municipality of the {name} arm has the outcome in both windows"
            )
    return entered


def window_means(sample: Sample, windows: Windows, used: Flags) -> tuple[Floats, Floats, int]:
    """Each unit's mean over the base and the post window, and the municipality-months behind them.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        used: Units with the outcome at least once in either window, n flags.
    """
    base, post = (sample.outcome[used][:, sample.at(m)] for m in (windows.base, windows.post))
    n_obs = int(np.isfinite(base).sum() + np.isfinite(post).sum())
    return np.nanmean(base, axis=1), np.nanmean(post, axis=1), n_obs


def estimate(sample: Sample, windows: Windows, *, estimand: str) -> TwoByTwo:
    """The 2x2 difference in differences.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``.

    Raises:
        NotEstimableError: If a window has no snapshot, or an arm no unit with both.
    """
    weight = weights(sample, estimand)
    entered = in_both(sample, windows) & (weight > 0)
    treated, weight = sample.treated[entered], weight[entered]
    if treated.all() or not treated.any():
        raise NotEstimableError("the weights of an arm sum to zero")
    base, post, n_obs = window_means(sample, windows, entered)
    means = {
        (arm, window): float(np.average(values[flags], weights=weight[flags]))
        for arm, flags in (("network", treated), ("comparison", ~treated))
        for window, values in (("base", base), ("post", post))
    }
    att = (means["network", "post"] - means["network", "base"]) - (
        means["comparison", "post"] - means["comparison", "base"]
    )
    residents = sample.units["weight"].to_numpy(dtype=float)[entered]
    return TwoByTwo(
        network_base=means["network", "base"],
        network_post=means["network", "post"],
        comparison_base=means["comparison", "base"],
        comparison_post=means["comparison", "post"],
        att=att,
        variance=_variance(post - base, treated, weight),
        entered=entered,
        n_units=int(entered.sum()),
        n_treated=int(treated.sum()),
        n_obs=n_obs,
        persons=(int(residents[treated].sum()), int(residents[~treated].sum())),
    )


def _variance(change: Floats, treated: Flags, weight: Floats) -> float:
    """CV1 variance of the difference in mean changes; NaN if there is no degree of freedom."""
    if len(change) <= 2:
        return float("nan")
    x = np.column_stack([np.ones(len(change)), treated.astype(float)])
    fitted = np.where(
        treated,
        np.average(change[treated], weights=weight[treated]),
        np.average(change[~treated], weights=weight[~treated]),
    )
    return float(cv1(x, change - fitted, weight, np.arange(len(change)))[1, 1])
