import shutil
from pathlib import Path

import numpy as np
import pytest

from fij_eval.errors import InputError
from fij_eval.simulation.places import HIDDEN_SETTLED, read_places, read_sign_ups

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    return folder


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_municipalities_are_those_of_2024(places):
    assert len(places) == 357
    assert list(places.codes) == sorted(places.codes)
    assert places.population_of(2024).sum() == 5_550_203
    haram, alesund = places.codes.index("1580"), places.codes.index("1508")
    assert places.population_of(2023)[haram] == -1
    assert set(places.split[0]) == {alesund, haram}


def test_hidden_settlement_is_marked_and_not_a_number(places):
    assert (places.settled == HIDDEN_SETTLED).sum() == 12
    assert places.settled.min() == HIDDEN_SETTLED


def test_size_groups_follow_the_population_of_2024(places):
    population, size = places.population_of(2024), places.size_group()
    assert population[size == 0].max() < 10_000
    assert population[size == 1].min() >= 10_000
    assert population[size == 1].max() <= 25_000
    assert population[size == 2].min() > 25_000


def test_a_hidden_count_is_drawn_between_one_and_four(play, places):
    from fij_eval.simulation.world import World

    hidden = places.settled[:, 2] == HIDDEN_SETTLED
    for seed in range(5):
        settled = play(World(snapshots=("2024-04",)), seed=seed).settled
        three_quarters = settled[hidden, 8:11].sum(axis=1)
        assert (three_quarters <= 4).all()
        assert (settled[hidden, 8:12].sum(axis=1) >= 1).all()


def test_settlement_before_the_split_is_shared_by_both_parts(play, places):
    from fij_eval.simulation.world import World

    settled = play(World(snapshots=("2024-04",))).settled
    alesund, haram = places.codes.index("1508"), places.codes.index("1580")
    assert settled[haram, :8].sum() > 0
    together = places.settled[[alesund, haram], :2].sum()
    assert settled[[alesund, haram], :8].sum() == together


def test_real_settlement_is_kept_to_the_last_person(play, places):
    from fij_eval.simulation.world import World

    settled = play(World(snapshots=("2024-04",))).settled
    plain = (places.settled != HIDDEN_SETTLED).all(axis=1)
    plain[list(places.split[0])] = False
    np.testing.assert_array_equal(settled[plain, :4].sum(axis=1), places.settled[plain, 0])
    np.testing.assert_array_equal(settled[plain, 4:8].sum(axis=1), places.settled[plain, 1])


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("municipalities.csv", "settled_2022", "settled_2021", "settled_2022"),
        ("municipalities.csv", "699827", "many", "do not fit together"),
        ("neighbours.csv", "0301,3201", "0301,9998", "do not fit together"),
        ("regions.csv", "03,Oslo", "99,Oslo", "do not fit together"),
    ],
)
def test_a_damaged_reference_table_is_refused(copy, file, old, new, says):
    edit(copy / file, old, new)
    with pytest.raises(InputError, match=says):
        read_places(copy)


def test_a_missing_reference_table_is_refused(copy):
    (copy / "regions.csv").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_places(copy)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1108,,Sandnes", "1109,,Sandnes", "row 3, municipality_code: «1109»"),
        ("2024-06-20,,unknown,signed_up,KS", "20.6.2024,,unknown,signed_up,KS", "is not a date"),
        ("kick_off_date", "kickoff", "did you mean «kick_off_date»"),
        (",signed_up,KS", ",signedup,KS", "«signedup» is not one of"),
    ],
)
def test_a_wrong_register_is_refused_in_the_words_of_the_panel(copy, places, old, new, says):
    path = copy / "network_register.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        read_sign_ups(path, places, copy)
    assert "came with the project" not in caught.value.remedy


def test_a_register_from_a_spreadsheet_is_read(copy, places, sign_ups):
    path = copy / "network_register.csv"
    text = path.read_text(encoding="utf-8")
    assert ";" not in text
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(",", ";").replace("\n", "\r\n").encode())
    assert read_sign_ups(path, places, copy) == sign_ups
