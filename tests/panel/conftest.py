from __future__ import annotations

import dataclasses

import pytest
from panel_world import make_facts, make_tables, settings

from fij_eval.panel.build import build
from whole_messages import _messages_are_whole  # noqa: F401 -- for every test of the room


@pytest.fixture(scope="session")
def facts():
    return make_facts()


@pytest.fixture(scope="session")
def _tables_once():
    return make_tables()


@pytest.fixture
def tables(_tables_once):
    return {name: frame.copy() for name, frame in _tables_once.items()}


@pytest.fixture(scope="session")
def built(_tables_once, facts):
    return build(_tables_once, facts, **settings())


@pytest.fixture(scope="session")
def panel(built):
    return built[0]


@pytest.fixture
def with_register(facts):
    """Facts with changed rows of the register."""

    def change(**changes):
        register = facts.register.copy()
        for code, values in changes.items():
            register.loc[register["municipality_code"].eq(code.removeprefix("c")), list(values)] = (
                list(values.values())
            )
        return dataclasses.replace(facts, register=register)

    return change
