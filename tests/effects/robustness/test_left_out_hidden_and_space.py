"""Leave-one-out, suppression bounds, rings and Moran's I against brute force and closed forms."""

import numpy as np
import pandas as pd
import pytest

from fij_eval.effects.inference import linear
from fij_eval.effects.robustness import spatial, spillover, suppression
from fij_eval.effects.robustness.leave_out import leave_one_out
from fij_eval.errors import CheckError, EstimationError


def panel(seed=0, n=30, periods=5, treated=8):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(n * periods), periods)
    frame = pd.DataFrame(
        {
            "municipality_code": [f"{i:04d}" for i in unit],
            "reference_month": [f"2024-{t + 1:02d}" for t in time],
            "county": [f"c{i % 6}" for i in unit],
            "treated": ((unit < treated) & (time >= 2)).astype(float),
            "weight": rng.uniform(1, 5, size=n)[unit],
        }
    )
    return frame.assign(y=rng.normal(0.4, 0.1, size=len(frame)))


def estimate(frame):
    model = linear.design(frame, outcome="y", treatment=["treated"], weights="weight")
    return linear.fit(linear.absorb(model)).coefficient[0]


@pytest.mark.parametrize("by", ["municipality_code", "county"])
def test_leaving_out_equals_refitting(by):
    frame = panel()
    table = leave_one_out(frame, by=by, outcome="y", treatment="treated", weights="weight")
    assert set(table["left_out"]) == set(frame[by])
    full = estimate(frame)
    for row in table.itertuples():
        again = estimate(frame[frame[by] != row.left_out])
        assert row.estimate == pytest.approx(again, abs=1e-9)  # rounding
        assert row.change == pytest.approx(again - full, abs=1e-9)
    assert table["change"].abs().is_monotonic_decreasing


def test_the_only_treated_unit_cannot_be_left_out_and_says_so():
    table = leave_one_out(
        panel(treated=1), by="municipality_code", outcome="y", treatment="treated"
    )
    alone = table[table["left_out"] == "0000"].iloc[0]
    assert np.isnan(alone["estimate"])
    assert "does not vary" in alone["note"]
    assert table["estimate"].notna().sum() == 29


def test_bounds_are_reached_by_the_worst_of_all_ways_to_fill_hidden_cells():
    frame = panel(1, n=8, periods=4, treated=3)
    hidden = [1, 6, 13, 22, 30]
    residents = np.full(len(frame), 20.0)
    residents[6] = np.nan
    share = frame["y"].to_numpy().copy()
    share[hidden] = np.nan
    low, high = suppression.hidden_limits(share, residents)
    assert (low[6], high[6]) == (0, 1)
    assert (low[1], high[1]) == (0, 0.1)
    order = np.lexsort((frame["reference_month"], frame["municipality_code"]))
    model = linear.design(frame, outcome="y", treatment=["treated"], weights="weight")
    found = suppression.bounds(linear.absorb(model), low[order], high[order])
    every = [
        estimate(frame.assign(y=np.where(np.isfinite(share), share, np.where(fill, high, low))))
        for code in range(2**5)
        for fill in [_fill(code, hidden, len(frame))]
    ]
    assert found.low == pytest.approx(min(every), abs=1e-9)  # linear: corners are enough
    assert found.high == pytest.approx(max(every), abs=1e-9)
    assert found.low < found.middle < found.high
    assert found.hidden == 5


def _fill(code, hidden, n):
    fill = np.zeros(n, dtype=bool)
    fill[[h for k, h in enumerate(hidden) if code >> k & 1]] = True
    return fill


def test_nothing_hidden_gives_the_estimate_itself_and_crossed_limits_are_refused():
    frame = panel(2)
    absorbed = linear.absorb(
        linear.design(frame, outcome="y", treatment=["treated"], weights="weight")
    )
    y = absorbed.design.outcome
    found = suppression.bounds(absorbed, y, y)
    assert found.low == pytest.approx(estimate(frame), abs=1e-10)
    assert found.low == found.high
    with pytest.raises(CheckError, match="crossed"):
        suppression.bounds(absorbed, y + 1, y)
    with pytest.raises(CheckError, match="missing"):
        suppression.bounds(absorbed, np.full_like(y, np.nan), y)


def chain(n):
    pairs = pd.DataFrame({"a": [f"{i:04d}" for i in range(n - 1)]})
    pairs["b"] = [f"{i + 1:04d}" for i in range(n - 1)]
    return spillover.adjacency(pairs, [f"{i:04d}" for i in range(n)])


def test_adjacency_is_symmetric_and_leaves_unknown_units_out():
    pairs = pd.DataFrame({"a": ["0001", "0002", "9999"], "b": ["0002", "0002", "0001"]})
    near = spillover.adjacency(pairs, ["0001", "0002", "0003"])
    assert near.tolist() == [[False, True, False], [True, False, False], [False] * 3]


def test_distance_counts_borders_and_marks_islands():
    near = chain(6)
    near[5, 4] = near[4, 5] = False
    treated = np.array([False, True, False, False, False, False])
    assert spillover.distance_to(treated, near).tolist() == [1, 0, 1, 2, 3, -1]


def test_far_controls_recover_an_effect_that_spills_over():
    n = 300
    near = chain(n)
    treated = np.arange(n) % 10 == 0
    ring = spillover.distance_to(treated, near)
    outcome = np.random.default_rng(0).normal(0, 0.001, size=n)
    outcome += 0.05 * treated + 0.02 * (ring == 1)
    found = spillover.rings(outcome, ring, width=2)
    # errors of 0.001 over at least 30 units: about 0.0002, four of them
    assert found[0].result.estimate == pytest.approx(0.05, abs=0.001)
    assert found[1].result.estimate == pytest.approx(0.02, abs=0.001)
    assert found[2].result.estimate == pytest.approx(0.0, abs=0.001)
    assert [r.units for r in found] == [30, 59, 59]
    naive = outcome[treated].mean() - outcome[~treated].mean()
    assert naive < 0.047


def test_rings_that_hold_everyone_leave_nobody_to_compare_with():
    near = chain(20)
    treated = np.arange(20) % 3 == 0
    steps = spillover.distance_to(treated, near)
    found = spillover.rings(np.arange(20.0) ** 2, steps, width=1)
    assert found[0].result is None
    with pytest.raises(EstimationError, match="no ring"):
        spillover.rings(np.arange(20.0), steps, width=0)


def test_a_chequerboard_ring_has_moran_minus_one():
    near = chain(20)
    near[0, 19] = near[19, 0] = True
    values = np.where(np.arange(20) % 2 == 0, 1.0, -1.0)
    found = spatial.moran(values, near, rng=np.random.default_rng(0), draws=999)
    assert found.statistic == pytest.approx(-1)
    assert found.expected == pytest.approx(-1 / 19)
    assert found.p_value <= 0.002  # only the two chequerboards are as extreme


def test_moran_equals_its_definition_with_missing_and_isolated_units():
    rng = np.random.default_rng(1)
    near = chain(40)
    values = rng.normal(size=40).cumsum()
    values[[5, 7]] = np.nan  # unit 6 is left without a neighbour
    found = spatial.moran(values, near, rng=rng, draws=99)
    used = [i for i in range(40) if i not in (5, 6, 7)]
    z = values[used] - values[used].mean()
    w = near[np.ix_(used, used)].astype(float)
    w /= w.sum(axis=1, keepdims=True)
    by_hand = (
        len(z)
        / w.sum()
        * sum(w[i, j] * z[i] * z[j] for i in range(len(z)) for j in range(len(z)))
        / (z @ z)
    )
    assert found.statistic == pytest.approx(by_hand, abs=1e-12)  # the same sums
    assert (found.units, found.isolated) == (37, 1)


def test_constant_values_have_no_moran():
    with pytest.raises(EstimationError, match="vary"):
        spatial.moran(np.ones(30), chain(30), rng=np.random.default_rng(0))
