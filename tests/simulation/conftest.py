from pathlib import Path

import pytest

from fij_eval.simulation.national import read_points
from fij_eval.simulation.outcome import simulate
from fij_eval.simulation.places import read_places, read_sign_ups

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


@pytest.fixture(scope="session")
def places():
    return read_places(REFERENCE)


@pytest.fixture(scope="session")
def points():
    return read_points(REFERENCE)


@pytest.fixture(scope="session")
def sign_ups(places):
    return read_sign_ups(REFERENCE / "network_register.csv", places, REFERENCE)


@pytest.fixture(scope="session")
def play(places, points, sign_ups):
    def made(world, *, seed=1, replication=0):
        return simulate(
            places,
            world,
            points=points,
            sign_ups=sign_ups,
            seed=seed,
            replication=replication,
        )

    return made
