import json
from pathlib import Path

import numpy as np
import pytest

from fij_eval.errors import SettingsError
from fij_eval.settings import StatbankTable
from fij_eval.simulation.places import read_places
from fij_eval.sources.demo_statbank import answer

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


@pytest.fixture(scope="module")
def places():
    return read_places(REFERENCE)


def ask(places, table="07459", **selection):
    values = {
        "Region": {"values": ["K-0301"], "codelist": "agg_KommSummer"},
        "ContentsCode": {"values": ["Personer1"]},
        "Tid": {"values": ["*"]},
        **selection,
    }
    asked = StatbankTable.model_validate(
        {"table": table, "selection": values, "unit": "persons", "becomes": "population"}
    )
    adults = np.zeros((len(places), len(places.years)), dtype=int)
    return answer("population_yearly", asked, places=places, adults=adults, seed=1)


def periods(given):
    index = json.loads(given.content)["dimension"]["Tid"]["category"]["index"]
    return [code for code, _ in sorted(index.items(), key=lambda item: item[1])]


@pytest.mark.parametrize(
    ("expressions", "found"),
    [
        (["*"], ["2022", "2023", "2024", "2025", "2026"]),
        (["from(2025)"], ["2025", "2026"]),
        (["to(2023)"], ["2022", "2023"]),
        (["range(2023,2024)"], ["2023", "2024"]),
        (["top(1)"], ["2026"]),
        (["2026", "2022"], ["2022", "2026"]),
        (["2024", "from(2024)"], ["2024", "2025", "2026"]),
    ],
)
def test_expressions_pick_what_the_service_would(places, expressions, found):
    assert periods(ask(places, Tid={"values": expressions})) == found


def test_the_values_are_those_of_the_picked_categories(places):
    given = ask(places, Tid={"values": ["range(2023,2024)"]})
    assert json.loads(given.content)["value"] == [709_037, 717_710]


def test_the_body_is_what_would_have_been_sent(places):
    body = ask(places, Tid={"values": ["top(2)"]}).request
    assert body["selection"][0] == {
        "variableCode": "Region",
        "codelist": "agg_KommSummer",
        "valueCodes": ["K-0301"],
    }
    assert body["selection"][2] == {"variableCode": "Tid", "valueCodes": ["top(2)"]}


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        ({"Tid": {"values": ["2019"]}}, "«2019» names no value of Tid"),
        ({"Region": {"values": ["label:Atlantis"]}}, "«label:Atlantis» names no value of Region"),
        ({"Kjonn": {"values": ["1"]}}, "has no variable «Kjonn»"),
    ],
)
def test_what_the_demo_does_not_know_is_named(places, selection, says):
    with pytest.raises(SettingsError, match=says.replace("(", r"\(")):
        ask(places, **selection)


def test_a_variable_left_out_is_named(places):
    with pytest.raises(SettingsError, match="says nothing of «InnvandrKat»"):
        ask(places, table="09817")
