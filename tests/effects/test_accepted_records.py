"""What the analyses tell of two made-up panels is what was accepted: see ``accepted_records``."""

import accepted_records
import pytest

#: How far a number may lie from the accepted one, relative to it: sums differ between processors.
NEAR = 2e-5
HOW = "if the change is meant: python tests/effects/accepted_records.py, and look at the difference"


def differences(found, accepted):
    """What differs, in words."""
    said = [f"gone: {key}" for key in accepted.index.difference(found.index)]
    said += [f"new: {key}" for key in found.index.difference(accepted.index)]
    said += [f"columns: {list(found.columns)}"] * (list(found.columns) != list(accepted.columns))
    if said:
        return said
    if list(found.index) != list(accepted.index):
        return ["another order"]
    return [
        f"{key} {column}: {before!r} -> {now!r}"
        for column in found.columns
        for key, before, now in zip(found.index, accepted[column], found[column], strict=True)
        if before != now and not _near(before, now)
    ]


def _near(before, now):
    try:
        return float(now) == pytest.approx(float(before), rel=NEAR, abs=1e-9)
    except ValueError:
        return False


@pytest.mark.parametrize(("world", "name"), accepted_records.analyses())
def test_records_and_tables_are_those_that_were_accepted(world, name):
    said = []
    for what in ("records", "tables"):
        found = getattr(accepted_records, what)(world, name)
        said += differences(found, accepted_records.read(world, name, what))
    assert not said, "\n".join([*said[:20], f"{len(said)} differences; {HOW}"])


def test_a_difference_is_seen():
    accepted = accepted_records.read("little", "primary", "records")
    assert differences(accepted, accepted) == []
    assert differences(accepted.iloc[::-1], accepted) == ["another order"]
    assert differences(accepted.iloc[1:], accepted) == [f"gone: {accepted.index[0]}"]
    other = accepted.copy()
    other.iloc[0, other.columns.get_loc("note")] += "."
    assert len(differences(other, accepted)) == 1
    number = accepted["estimate"].ne("").to_numpy().nonzero()[0][0]
    other = accepted.copy()
    other.iloc[number, other.columns.get_loc("estimate")] = "12.5"
    assert len(differences(other, accepted)) == 1
