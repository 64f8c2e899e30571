"""Synthetic difference in differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021).

American Economic Review 111(12), algorithm 1: comparison municipalities get weights so that their
weighted path before kick-off runs parallel to the network's, snapshots get weights so that they
tell the post window's level, and the effect is the weighted 2x2. Weights solve ridge problems on
the simplex by Frank-Wolfe steps with the regularisation, start, sparsification and stopping rule of
the authors' program, so that the weights are theirs. All placebo problems are solved at once, as
one array problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights

#: With fewer snapshots before kick-off the weights fit noise.
MINIMUM_PRE = 4
_PRE_STEPS, _STEPS = 100, 10_000
_STOP = 1e-5
_ETA_TIME = 1e-6
#: Weights below this part of the largest are set to zero before the last fit.
_SPARSE = 0.25


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticDid:
    """The estimate with its weights.

    Attributes:
        att: The effect on the post window.
        unit_weights: Weight of each comparison unit, n0, sum one.
        time_weights: Weight of each base snapshot, sum one.
        comparison: Rows of the sample of the comparison units, n0.
        network: Rows of the sample of the network's units, n1.
        effective_comparisons: Effective number of comparison units, 1 / sum of squared weights.
        network_path: The network's weighted mean at base and post snapshots.
        synthetic_path: The comparison units' weighted mean at the same.
        months: Base and post snapshots.
        jackknife_variance: Variance by leaving out one unit at fixed weights (algorithm 3); NaN
            with one treated unit or one weighted comparison unit.
        left_out: Units that lack a snapshot of the windows.
        persons: Refugees 20-66 of the reference month in the units that enter.
    """

    att: float
    unit_weights: Floats
    time_weights: Floats
    comparison: tuple[int, ...]
    network: tuple[int, ...]
    effective_comparisons: float
    network_path: Floats
    synthetic_path: Floats
    months: tuple[str, ...]
    jackknife_variance: float
    left_out: int
    persons: int


@dataclass(frozen=True, slots=True)
class Placebo:
    """Placebo estimates on the comparison units alone (algorithm 4)."""

    estimates: Floats

    @property
    def variance(self) -> float:
        """Variance of the estimate if the network's units vary like the comparison units."""
        return float(self.estimates.var())


def estimate(sample: Sample, windows: Windows, *, estimand: str) -> SyntheticDid:
    """The synthetic difference in differences on the units with every snapshot of the windows.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        estimand: ``municipality_average`` or ``person_average``: how the network's units are
            averaged; the comparison units' weights are found.

    Raises:
        NotEstimableError: If there are fewer than four base snapshots, or an arm is empty.
    """
    y, treated, left_out, rows = _complete(sample, windows)
    pre = len(windows.base)
    w = weights(sample, estimand)[rows][treated]
    aim = w / w.sum()
    control, network = y[~treated], aim @ y[treated]
    omega, lam = _weights(control[None], network[None], pre, len(w))
    att = _contrast(control, network, omega[0], lam[0])
    return SyntheticDid(
        att=att,
        unit_weights=omega[0],
        time_weights=lam[0],
        comparison=tuple(rows[~treated].tolist()),
        network=tuple(rows[treated].tolist()),
        effective_comparisons=float(1 / (omega[0] ** 2).sum()),
        network_path=network,
        synthetic_path=omega[0] @ control,
        months=(*windows.base, *windows.post),
        jackknife_variance=_jackknife(y, treated, w, omega[0], lam[0]),
        left_out=left_out,
        persons=int(sample.units["weight"].to_numpy(dtype=float)[rows].sum()),
    )


def placebo(
    sample: Sample,
    windows: Windows,
    *,
    draws: int,
    rng: np.random.Generator,
) -> Placebo:
    """Estimates for comparison units drawn as if they were the network, all at once.

    Every draw takes as many units as the network has, averages them unweighted, and finds the
    weights anew.

    Args:
        sample: The analysis sample.
        windows: Base and post snapshots.
        draws: Number of draws.
        rng: Random stream.

    Raises:
        NotEstimableError: As for ``estimate``, or if the network has as many units as the
            comparison arm.
    """
    y, treated, _, _ = _complete(sample, windows)
    control, size = y[~treated], int(treated.sum())
    if len(control) <= size:
        raise NotEstimableError(
            f"{len(control)} comparison units cannot stand in for {size} network units"
        )
    order = rng.permuted(np.tile(np.arange(len(control)), (draws, 1)), axis=1)
    fake = control[order[:, :size]].mean(axis=1)
    rest = control[order[:, size:]]
    omega, lam = _weights(rest, fake, len(windows.base), size)
    pairs = zip(rest, fake, omega, lam, strict=True)
    return Placebo(np.array([_contrast(c, f, o, t) for c, f, o, t in pairs]))


def _complete(sample: Sample, windows: Windows) -> tuple[Floats, Flags, int, np.ndarray]:
    """Outcome of the units with all snapshots (base first), their arm, how many lack one, rows."""
    if len(windows.base) < MINIMUM_PRE:
        raise NotEstimableError(
            f"{len(windows.base)} snapshots before kick-off; synthetic comparison needs "
            f"{MINIMUM_PRE}"
        )
    some = in_both(sample, windows)
    y = sample.outcome[:, sample.at((*windows.base, *windows.post))]
    whole = np.isfinite(y).all(axis=1)
    rows = np.nonzero(whole)[0]
    treated = sample.treated[rows]
    if treated.all() or not treated.any():
        arm = "comparison" if treated.all() else "network"
        raise NotEstimableError(f"no municipality of the {arm} arm has every snapshot")
    return y[rows], treated, int((some & ~whole).sum()), rows


def _contrast(control: Floats, network: Floats, omega: Floats, lam: Floats) -> float:
    """The weighted 2x2."""
    gap = network - omega @ control
    return float(gap[len(lam) :].mean() - gap[: len(lam)] @ lam)


def _weights(control: Floats, network: Floats, pre: int, treated: int) -> tuple[Floats, Floats]:
    """Unit and time weights of B problems.

    Args:
        control: Outcome of comparison units, B x n0 x T.
        network: Mean outcome of the network, B x T.
        pre: Base snapshots, the first of the T.
        treated: Units in the network, which sets the regularisation.
    """
    before, after = control[:, :, :pre], control[:, :, pre:].mean(axis=2)
    noise = np.diff(before, axis=2).reshape(len(control), -1).std(axis=1, ddof=1)
    eta = (treated * (control.shape[2] - pre)) ** 0.25
    lam = _simplex(before, after, zeta=_ETA_TIME * noise, stop=_STOP * noise)
    omega = _simplex(
        before.transpose(0, 2, 1), network[:, :pre], zeta=eta * noise, stop=_STOP * noise
    )
    return omega, lam


def _simplex(a: Floats, b: Floats, *, zeta: Floats, stop: Floats) -> Floats:
    """Weights x on the simplex that bring A x near b up to a constant, B problems of m x k.

    Minimises zeta^2 |x|^2 + |A x - b|^2 / m after centring (the constant), first roughly, then
    again from the sparsified solution.
    """
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    start = np.full((len(a), a.shape[2]), 1 / a.shape[2])
    rough = _frank_wolfe(a, b, start, zeta=zeta, stop=stop, steps=_PRE_STEPS)
    largest = rough.max(axis=1, keepdims=True)
    sparse = np.where(rough <= _SPARSE * largest, 0.0, rough)
    sparse /= sparse.sum(axis=1, keepdims=True)
    return _frank_wolfe(a, b, sparse, zeta=zeta, stop=stop, steps=_STEPS)


def _frank_wolfe(
    a: Floats, b: Floats, x: Floats, *, zeta: Floats, stop: Floats, steps: int
) -> Floats:
    """Frank-Wolfe steps with exact line search until no problem improves by ``stop`` squared."""
    x = x.copy()
    m = a.shape[1]
    eta = m * zeta**2
    active = np.arange(len(a))
    error = np.einsum("bmk,bk->bm", a, x) - b
    value = np.full(len(a), np.inf)
    at, xt = a, x
    for step_number in range(steps):
        rows = np.arange(len(active))
        gradient = np.matmul(error[active][:, None, :], at)[:, 0] + eta[active][:, None] * xt
        best = gradient.argmin(axis=1)
        direction = -xt
        direction[rows, best] += 1
        change = at[rows, :, best] - (error[active] + b[active])
        slope = (gradient * direction).sum(axis=1)
        curve = (change**2).sum(axis=1) + eta[active] * (direction**2).sum(axis=1)
        length = np.clip(-slope / np.where(curve > 0, curve, 1.0), 0.0, 1.0)
        xt = xt + length[:, None] * direction
        x[active] = xt
        error[active] += length[:, None] * change
        now = zeta[active] ** 2 * (xt**2).sum(axis=1) + (error[active] ** 2).sum(axis=1) / m
        going = (value[active] - now > stop[active] ** 2) | (step_number == 0)
        value[active] = now
        if not going.all():
            active, at, xt = active[going], at[going], xt[going]
            if len(active) == 0:
                break
    return x


def _jackknife(y: Floats, treated: Flags, weight: Floats, omega: Floats, lam: Floats) -> float:
    """Variance by leaving out each unit in turn at fixed weights, renormalised."""
    if treated.sum() < 2 or (omega > 0).sum() < 2:
        return float("nan")
    control, network = y[~treated], y[treated]
    gaps = []
    for i in range(len(omega)):
        kept = np.delete(omega, i)
        kept = kept / kept.sum() if kept.sum() > 0 else np.full(len(kept), 1 / len(kept))
        mean = np.average(network, axis=0, weights=weight)
        gaps.append(_contrast(np.delete(control, i, axis=0), mean, kept, lam))
    for j in range(len(weight)):
        mean = np.average(np.delete(network, j, axis=0), axis=0, weights=np.delete(weight, j))
        gaps.append(_contrast(control, mean, omega, lam))
    n = len(gaps)
    return float((n - 1) / n * ((np.array(gaps) - np.mean(gaps)) ** 2).sum())
