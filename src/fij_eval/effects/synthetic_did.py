"""Synthetic difference in differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021).

American Economic Review 111(12), algorithm 1: comparison municipalities get weights so that their
weighted path before kick-off runs parallel to the network's, snapshots get weights so that they
tell the post window's level, and the effect is the weighted 2x2. Weights solve ridge problems on
the simplex by Frank-Wolfe steps with the regularisation, start, sparsification and stopping rule of
the authors' program, so that the weights are theirs. Placebo problems take the exact minimum that
those steps approach, by Newton's method on the dual, all problems at once: the steps stop a little
short of it, by far less than placebos differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fij_eval.effects.did2x2 import in_both
from fij_eval.effects.samples import Flags, Floats, NotEstimableError, Sample, Windows, weights
from fij_eval.effects.stepdown import NEEDED

_PRE_STEPS, _STEPS = 100, 10_000
_STOP = 1e-5
_ETA_TIME = 1e-6
_NEWTON_STEPS, _NEWTON_STOP = 60, 1e-12
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
    weight = weights(sample, estimand)
    y, treated, left_out, rows = _complete(sample, windows, weight)
    pre = len(windows.base)
    w = weight[rows][treated]
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
    y, treated, _, _ = _complete(sample, windows, np.ones(len(sample.units)))
    control, size = y[~treated], int(treated.sum())
    if len(control) <= size:
        raise NotEstimableError(
            f"{len(control)} comparison units cannot stand in for {size} network units"
        )
    order = rng.permuted(np.tile(np.arange(len(control)), (draws, 1)), axis=1)
    fake = control[order[:, :size]].mean(axis=1)
    rest = control[order[:, size:]]
    omega, lam = _weights(rest, fake, len(windows.base), size, exact=True)
    pairs = zip(rest, fake, omega, lam, strict=True)
    return Placebo(np.array([_contrast(c, f, o, t) for c, f, o, t in pairs]))


def _complete(
    sample: Sample, windows: Windows, weight: Floats
) -> tuple[Floats, Flags, int, np.ndarray]:
    """Outcome of units with weight and all snapshots (base first), arm, how many lack one, rows."""
    # with fewer snapshots the weights fit noise
    if len(windows.base) < NEEDED["synthetic"]:
        raise NotEstimableError(
            f"{len(windows.base)} snapshots before kick-off; synthetic comparison needs "
            f"{NEEDED['synthetic']}"
        )
    some = in_both(sample, windows) & (weight > 0)
    y = sample.outcome[:, sample.at((*windows.base, *windows.post))]
    whole = some & np.isfinite(y).all(axis=1)
    rows = np.nonzero(whole)[0]
    treated = sample.treated[rows]
    if treated.all() or not treated.any():
        arm = "comparison" if treated.all() else "network"
        raise NotEstimableError(f"no municipality of the {arm} arm has every snapshot")
    if np.ptp(y[rows]) == 0:
        raise NotEstimableError("the outcome does not vary")
    return y[rows], treated, int((some & ~whole).sum()), rows


def _contrast(control: Floats, network: Floats, omega: Floats, lam: Floats) -> float:
    """The weighted 2x2."""
    gap = network - omega @ control
    return float(gap[len(lam) :].mean() - gap[: len(lam)] @ lam)


def _weights(
    control: Floats, network: Floats, pre: int, treated: int, *, exact: bool = False
) -> tuple[Floats, Floats]:
    """Unit and time weights of B problems.

    Args:
        control: Outcome of comparison units, B x n0 x T.
        network: Mean outcome of the network, B x T.
        pre: Base snapshots, the first of the T.
        treated: Units in the network, which sets the regularisation.
        exact: Unit weights at the exact minimum instead of the authors' steps.
    """
    before, after = control[:, :, :pre], control[:, :, pre:].mean(axis=2)
    noise = np.diff(before, axis=2).reshape(len(control), -1).std(axis=1, ddof=1)
    eta = (treated * (control.shape[2] - pre)) ** 0.25
    lam = _simplex(before, after, zeta=_ETA_TIME * noise, stop=_STOP * noise)
    paths, aims, zeta = before.transpose(0, 2, 1), network[:, :pre], eta * noise
    if exact:
        omega = _exact(paths, aims, zeta=zeta)
    else:
        omega = _simplex(paths, aims, zeta=zeta, stop=_STOP * noise)
    return omega, lam


def _simplex(a: Floats, b: Floats, *, zeta: Floats, stop: Floats) -> Floats:
    """Weights x on the simplex that bring A x near b up to a constant, B problems of m x k.

    Minimises zeta^2 |x|^2 + |A x - b|^2 / m after centring (the constant), first roughly, then
    again from the sparsified solution.
    """
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    m, eta = a.shape[1], a.shape[1] * zeta**2
    if m > a.shape[2] + 1:
        # Lengths of A x - b are all that counts, and the triangle of a QR keeps them in few rows.
        both = np.concatenate([a, b[:, :, None]], axis=2)
        triangle: Floats = np.asarray(np.linalg.qr(both, mode="r"))
        a, b = triangle[:, :, :-1], triangle[:, :, -1]
    stop = m * stop**2
    start = np.full((len(a), a.shape[2]), 1 / a.shape[2])
    rough = _frank_wolfe(a, b, start, eta=eta, stop=stop, steps=_PRE_STEPS)
    largest = rough.max(axis=1, keepdims=True)
    sparse = np.where(rough <= _SPARSE * largest, 0.0, rough)
    sparse /= sparse.sum(axis=1, keepdims=True)
    return _frank_wolfe(a, b, sparse, eta=eta, stop=stop, steps=_STEPS)


def _exact(a: Floats, b: Floats, *, zeta: Floats) -> Floats:
    """The minimum of the problems of ``_simplex`` where the ridge is not negligible.

    With r = A x - b the conditions of Kuhn and Tucker say that x is the projection of -A'r / eta on
    the simplex; r solves m equations, whose potential is convex and piecewise quadratic, by
    Newton's method with a shortened step where a full one does not lower the potential.
    """
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    m, eta = a.shape[1], (a.shape[1] * zeta**2)[:, None]

    def at(r: Floats) -> tuple[Floats, Floats]:
        x = _project(-np.matmul(r[:, None, :], a)[:, 0] / eta)
        potential = (
            (r**2).sum(axis=1) / 2 + (b * r).sum(axis=1) - eta[:, 0] * (x**2).sum(axis=1) / 2
        )
        return x, potential - np.matmul(r[:, None, :], np.matmul(a, x[:, :, None]))[:, 0, 0]

    r = a.mean(axis=2) - b
    x, potential = at(r)
    for _ in range(_NEWTON_STEPS):
        gradient = r + b - np.matmul(a, x[:, :, None])[:, :, 0]
        if np.abs(gradient).max() <= _NEWTON_STOP * np.abs(a).max():
            return x
        inside = a * (x > 0)[:, None, :]
        mean = inside.sum(axis=2) / (x > 0).sum(axis=1, keepdims=True)
        spread = np.matmul(inside, (a - mean[:, :, None]).transpose(0, 2, 1))
        curvature = np.eye(m) + spread / eta[:, :, None]
        step = -np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        fall = (gradient * step).sum(axis=1)
        length = np.ones(len(a))
        for _ in range(_NEWTON_STEPS):  # pragma: no branch -- a short step always falls
            new_x, new_potential = at(r + length[:, None] * step)
            slack = 1e-14 * (1 + np.abs(potential))
            short = new_potential > potential + 1e-4 * length * fall + slack
            if not short.any():
                break
            length = np.where(short, length / 2, length)
        r, x, potential = r + length[:, None] * step, new_x, new_potential
    raise NotEstimableError("the weights of a placebo did not converge")


def _project(v: Floats) -> Floats:
    """Nearest points of the simplex, B x k."""
    order = -np.sort(-v, axis=1)
    excess = order.cumsum(axis=1) - 1
    counts = np.arange(1, v.shape[1] + 1)
    last = (order - excess / counts > 0).sum(axis=1)
    level = excess[np.arange(len(v)), last - 1] / last
    nearest: Floats = np.maximum(v - level[:, None], 0)
    return nearest


def _frank_wolfe(
    a: Floats, b: Floats, x: Floats, *, eta: Floats, stop: Floats, steps: int
) -> Floats:
    """Frank-Wolfe steps on eta |x|^2 + |A x - b|^2 until no problem improves by ``stop``.

    Line search is exact. A step moves x towards one corner of the simplex, so that A x, |x|^2 and
    the objective follow from what they were; a problem that has stopped leaves the arrays.
    """
    solved = np.empty_like(x)
    active, x = np.arange(len(a)), x.copy()
    fitted, norm = np.einsum("bmk,bk->bm", a, x), (x**2).sum(axis=1)
    value = np.full(len(a), np.inf)
    for number in range(steps):
        rows = np.arange(len(active))
        error = fitted - b
        gradient = np.matmul(error[:, None, :], a)[:, 0]
        gradient += eta[:, None] * x
        best = gradient.argmin(axis=1)
        corner = x[rows, best]
        change = a[rows, :, best] - fitted
        slope = gradient[rows, best] - np.einsum("bk,bk->b", gradient, x)
        curve = (change**2).sum(axis=1) + eta * (1 - 2 * corner + norm)
        length = np.clip(-slope / np.where(curve > 0, curve, 1.0), 0.0, 1.0)
        x *= (1 - length)[:, None]
        x[rows, best] += length
        norm = (1 - length) ** 2 * norm + 2 * length * (1 - length) * corner + length**2
        fitted = fitted + length[:, None] * change
        now = eta * norm + ((fitted - b) ** 2).sum(axis=1)
        going = (value - now > stop) | (number == 0)
        value = now
        if not going.all():
            solved[active[~going]] = x[~going]
            active, a, b, x = active[going], a[going], b[going], x[going]
            fitted, norm, value = fitted[going], norm[going], value[going]
            eta, stop = eta[going], stop[going]
            if len(active) == 0:
                return solved
    solved[active] = x
    return solved


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
