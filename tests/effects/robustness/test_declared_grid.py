"""The declared grid on a panel as the contract has it."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1]))  # the room's own panels

from panels import NETWORK, SAMPLE, make_panel

from fij_eval.effects.robustness.declared import declared_grid
from fij_eval.effects.robustness.specification_curve import (
    specification_curve,
)
from fij_eval.effects.samples import build
from fij_eval.errors import EstimationError

POST = ("2025-02", "2025-04", "2025-07", "2025-09", "2025-12")


@pytest.fixture(scope="module")
def sample():
    return build(make_panel(), sample=SAMPLE, network=NETWORK)


def test_at_least_three_hundred_specifications_are_declared_and_estimated(sample):
    n = len(sample.units)
    beside = np.abs(np.arange(n)[:, None] - np.arange(n)) == 1
    rng = np.random.default_rng(0)
    declared = declared_grid(
        sample,
        post=POST,
        near=beside,
        same_region=np.arange(n)[:, None] // 3 == np.arange(n) // 3,
        expected=rng.uniform(0.2, 0.4, size=sample.outcome.shape),
        inflow=rng.uniform(size=n),
    )
    assert declared.grid.size >= 300
    curve = specification_curve(
        declared.grid,
        treated=sample.treated,
        strata=sample.units["size_group"].astype(str).to_list(),
        rng=np.random.default_rng(1),
        draws=9,
    )
    assert curve.estimated >= 300
    assert curve.frame.loc[curve.frame["note"] == "", "estimate_pp"].notna().all()


def test_same_season_compares_the_same_calendar_months(sample):
    window = declared_grid(sample, post=POST).grid.base["same season"]
    seasons = [{sample.months[k][5:] for k in side} for side in (window.base, window.post)]
    assert seasons[0] == seasons[1] == {"02", "04"}


def test_what_the_data_do_not_allow_is_left_out_with_its_reason(sample):
    declared = declared_grid(sample, post=POST)
    assert set(declared.grid.composition) == {"none"}
    assert "composition: offset" in declared.left_out
    assert "comparison: not neighbours" in declared.left_out
    with pytest.raises(EstimationError, match="before kick-off"):
        declared_grid(sample, post=())
