"""The joint test of a family against its parts."""

import numpy as np
import pytest
from inference_panels import panel

from fij_eval.effects.inference import linear
from fij_eval.effects.inference.joint import Member, joint_randomization
from fij_eval.effects.inference.randomization import randomization_test, timing
from fij_eval.errors import EstimationError

STARTS = ("2024-04", "2024-05")


def member(frame, **options):
    absorbed = linear.absorb(linear.design(frame, outcome="y", treatment=["treated"], **options))
    return Member(absorbed, timing(absorbed.design, STARTS))


def strata_of(frame):
    return {code: str(int(code) % 2) for code in frame["municipality_code"].unique()}


def test_a_family_of_one_is_the_randomization_test():
    frame = panel(61)
    strata = strata_of(frame)
    one = member(frame)
    # the same stream over the same units in the same order draws the same networks
    names = sorted(strata)
    assert list(one.absorbed.design.unit_names) == names
    joint = joint_randomization({"a": one}, strata, rng=np.random.default_rng(1), draws=499)
    alone = randomization_test(
        one.absorbed,
        one.pattern,
        [strata[n] for n in names],
        rng=np.random.default_rng(1),
        draws=499,
    )
    assert joint.t[0] == pytest.approx(alone.t)
    assert joint.family.single_step[0] == alone.p_t


def test_weighted_and_unweighted_are_tested_together_and_cost_less_than_bonferroni():
    frame = panel(67)
    family = {"plain": member(frame), "weighted": member(frame, weights="weight")}
    joint = joint_randomization(family, strata_of(frame), rng=np.random.default_rng(2), draws=999)
    single = {
        name: joint_randomization(
            {name: one}, strata_of(frame), rng=np.random.default_rng(2), draws=999
        ).family.single_step[0]
        for name, one in family.items()
    }
    for adjusted, name in zip(joint.family.single_step, joint.names, strict=True):
        # the same draws: the maximum of two exceeds each of them, and at most as often as both
        assert adjusted >= single[name]
    smallest = min(joint.family.single_step)
    bonferroni = 2 * max(single.values())
    assert smallest <= bonferroni


def test_a_member_may_lack_units():
    frame = panel(71)
    fewer = frame[frame["municipality_code"] != "0030"]
    family = {"all": member(frame), "fewer": member(fewer)}
    joint = joint_randomization(family, strata_of(frame), rng=np.random.default_rng(3), draws=99)
    assert joint.family.draws == 99
    assert np.isfinite(joint.t).all()


def test_empty_families_and_unknown_strata_are_refused():
    frame = panel(73)
    with pytest.raises(EstimationError, match="empty"):
        joint_randomization({}, {}, rng=np.random.default_rng(0))
    with pytest.raises(EstimationError, match="no stratum"):
        joint_randomization({"a": member(frame)}, {}, rng=np.random.default_rng(0))
