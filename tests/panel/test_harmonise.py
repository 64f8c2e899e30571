"""Figures of earlier structures land on the right codes of 2024, or nowhere."""

from __future__ import annotations

import pandas as pd
import pytest
from panel_world import klass_tables

from fij_eval.errors import CheckError
from fij_eval.panel.harmonise import bridge, carry, split_parts


def changes_of(*rows):
    frame = pd.DataFrame(rows, columns=["occurred", "old_code", "new_code"])
    return frame.assign(old_name="", new_name="")


def figures(**values):
    rows = [
        {"code": code.removeprefix("c"), "n": value, "n_missing": "" if value is not None else
         "confidential", "share": 0.5, "share_missing": "", "file": f"of {code}"}
        for code, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"n": "Int64"})


def carried(frame, changes, date="2020-06-01"):
    result = carry(frame, bridge(date, changes), counts=["n"], shares=["share"])
    return result.set_index("code")


REAL = klass_tables()["klass_changes"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("5401", "5501"), ("5403", "5601"), ("3001", "3101"), ("3018", "3114"), ("3801", "3901")],
)
def test_renumbered_codes_of_troms_finnmark_viken_keep_their_figures(old, new):
    result = carried(figures(**{f"c{old}": 7, "c1103": 5}), REAL, "2023-08-01")
    assert result["n"].to_dict() == {new: 7, "1103": 5}
    assert result.loc[new, "share"] == 0.5


def test_alesund_is_never_divided_between_its_parts():
    result = carried(figures(c1507=900), REAL, "2023-08-01")
    assert list(result.index) == ["1508", "1580"]
    assert result[["n", "share"]].isna().all().all()
    assert set(result["n_missing"]) == set(result["share_missing"]) == {"split_municipality"}


def test_figures_of_2024_are_left_as_they_are():
    frame = figures(c1508=5, c1580=3)
    result = carry(frame, bridge("2024-01-01", REAL), counts=["n"], shares=["share"])
    pd.testing.assert_frame_equal(result, frame)


def test_a_chain_of_changes_is_followed():
    changes = changes_of(("2021-01-01", "1111", "2222"), ("2023-01-01", "2222", "3333"))
    assert carried(figures(c1111=4), changes)["n"].to_dict() == {"3333": 4}


def test_only_changes_after_the_structure_count():
    changes = changes_of(("2021-01-01", "1111", "2222"), ("2023-01-01", "2222", "3333"))
    assert bridge("2021-01-01", changes).renamed == {"2222": "3333"}


def test_a_code_given_to_another_municipality_is_not_followed_twice():
    changes = changes_of(
        ("2021-01-01", "1111", "2222"),
        ("2021-01-01", "3333", "1111"),
        ("2022-01-01", "1111", "4444"),
    )
    result = carried(figures(c1111=1, c3333=3), changes)
    assert result["n"].to_dict() == {"2222": 1, "4444": 3}


def test_merged_municipalities_are_summed_when_every_part_is_there():
    changes = changes_of(("2022-01-01", "1111", "9000"), ("2022-01-01", "2222", "9000"))
    result = carried(figures(c1111=4, c2222=6), changes)
    assert result.loc["9000", "n"] == 10
    assert pd.isna(result.loc["9000", "share"])
    assert result.loc["9000", "share_missing"] == "not_applicable"


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"c1111": 4, "c2222": None}, "confidential"), ({"c1111": 4}, "no_row")],
)
def test_a_merger_without_one_of_its_parts_has_no_sum(values, reason):
    changes = changes_of(("2022-01-01", "1111", "9000"), ("2022-01-01", "2222", "9000"))
    result = carried(figures(**values), changes)
    assert pd.isna(result.loc["9000", "n"])
    assert result.loc["9000", "n_missing"] == reason


def test_a_code_that_takes_up_another_is_a_merger():
    changes = changes_of(("2022-01-01", "1111", "2222"), ("2022-01-01", "2222", "2222"))
    assert carried(figures(c1111=4, c2222=6), changes)["n"].to_dict() == {"2222": 10}


def test_two_municipalities_on_one_code_stop_instead_of_one_being_lost():
    changes = changes_of(("2022-01-01", "1111", "2222"))
    with pytest.raises(CheckError, match="fall on one code of 2024: 2222"):
        carried(figures(c1111=4, c2222=6), changes)


def test_changes_of_name_alone_change_no_code():
    assert bridge("2020-06-01", changes_of(("2021-01-01", "1111", "1111"))).renamed == {}


def test_codes_renumbered_after_2024_are_carried_back():
    changes = changes_of(("2026-01-01", "1111", "2222"), ("2027-01-01", "2222", "3333"))
    result = carried(figures(c3333=4), changes, "2027-06-01")
    assert result["n"].to_dict() == {"1111": 4}


def test_mergers_after_2024_stop():
    changes = changes_of(("2026-01-01", "1111", "9000"), ("2026-01-01", "2222", "9000"))
    with pytest.raises(CheckError, match="merged or split on 2026-01-01"):
        bridge("2026-06-01", changes)


def test_the_parts_of_the_split_are_known_with_its_date():
    assert split_parts(REAL) == {"1508": "2024-01-01", "1580": "2024-01-01"}


def test_a_split_after_2024_is_no_part_and_a_merger_of_nobody_is_no_row():
    later = changes_of(("2026-01-01", "1111", "2111"), ("2026-01-01", "1111", "2112"))
    assert split_parts(later) == {}
    merger = changes_of(("2021-01-01", "1111", "2111"), ("2021-01-01", "1112", "2111"))
    assert carried(figures(c5555=4), merger)["n"].to_dict() == {"5555": 4}
