"""A family of estimates tested together: the same drawn networks for all of them.

Each estimate may have its own outcome, scale, weights and sample. Because every one is computed for
the same assignments, the dependence between them is kept, and the largest t of the family has an
exact distribution under no effect on any unit.

Source: Westfall & Young (1993); Young (2019); Romano & Wolf (2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fij_eval.effects.inference import assignments
from fij_eval.effects.inference.linear import Absorbed, FloatArray
from fij_eval.effects.inference.multiple import Family, family
from fij_eval.effects.inference.randomization import cohorts, statistics
from fij_eval.errors import EstimationError


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One estimate of a family.

    Attributes:
        absorbed: Its design, partialled out, with one treatment.
        pattern: Treatment of its rows by cohort, from ``randomization.timing``. All members have
            the same cohorts.
    """

    absorbed: Absorbed
    pattern: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class JointTest:
    """Joint randomization test of a family.

    Attributes:
        names: Members in order.
        t: Their t values, shape (K,).
        family: Adjusted p-values.
    """

    names: tuple[str, ...]
    t: FloatArray
    family: Family


def joint_randomization(
    members: Mapping[str, Member],
    strata: Mapping[str, str],
    *,
    rng: np.random.Generator,
    draws: int = 9_999,
    level: float = 0.95,
) -> JointTest:
    """Max-t and Romano-Wolf p-values of a family from common assignments.

    Assignments are drawn over all units that any member holds; a member that lacks some of them
    takes those it has.

    Args:
        members: The family.
        strata: Stratum of each unit by name.
        rng: Stream of the draws.
        draws: Number of assignments.
        level: Joint confidence level.

    Raises:
        EstimationError: If the family is empty, a unit has no stratum or belongs to different
            cohorts in two members, or nothing can be permuted.
    """
    if not members:
        raise EstimationError("The family of hypotheses is empty")
    label: dict[str, int] = {}
    for name, member in members.items():
        own = cohorts(member.absorbed.design, member.pattern)
        for unit, cohort in zip(member.absorbed.design.unit_names, own, strict=True):
            if label.setdefault(unit, int(cohort)) != cohort:
                raise EstimationError(
                    "A unit belongs to different cohorts in two estimates of a family",
                    where=f"{name}, {unit}",
                )
    units = sorted(label)
    if lacking := [unit for unit in units if unit not in strata]:
        raise EstimationError("A unit has no stratum", where=lacking[0])
    real = np.array([label[unit] for unit in units], dtype=np.int8)
    drawn = assignments.draw(real, [strata[u] for u in units], rng=rng, draws=draws)
    place = {unit: i for i, unit in enumerate(units)}
    everyone = np.vstack([real, drawn])
    columns = []
    for member in members.values():
        chosen = [place[unit] for unit in member.absorbed.design.unit_names]
        columns.append(statistics(member.absorbed, member.pattern, everyone[:, chosen]).t)
    t = np.column_stack(columns)
    return JointTest(tuple(members), t[0], family(t[0], t[1:], level=level))
