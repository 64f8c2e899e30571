"""A pytest plugin for mutants: which test sees which function run, at what cost in processor time.

mutmut asks the same, but takes a function to be run only by the test during which it runs. What a
fixture of a module or session makes, or a cached function returns, is made during the first test
that asks; the others look at the same result, and would not be tried on a mutant. Here every test
that uses something shared is held to run what made it.

Loaded by name (`-p which_tests`), so that caches are replaced before any test is imported.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path

import pytest
from hypothesis import settings
from mutmut.state import state

#: Written into the folder that the tests run in.
ANSWER = Path("which_tests.json")

#: What is shared -> (the functions that ran while it was made, seconds).
_MADE: dict[str, tuple[frozenset[str], float]] = {}
_USED: set[str] = set()
_FOUND: dict[str, list] = {"functions": {}, "seconds": {}, "shares": {}, "shared": {}}


def pytest_configure(config):
    """Examples of Hypothesis are the same in every run, and no test fails for being slow."""
    del config
    settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    settings.load_profile("mutants")


def _seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _make(key, function):
    """Make something shared, and note which functions ran."""
    before = set(state()._stats)
    state()._stats.clear()
    began = _seconds()
    try:
        return function()
    finally:
        _MADE[key] = (frozenset(state()._stats), _seconds() - began)
        state()._stats.update(before)
        _use(key)


def _use(key):
    if key in _MADE:
        state()._stats.update(_MADE[key][0])
        _USED.add(key)


def _noting(function):
    """A cache like functools.cache, that notes who looks at what it keeps."""
    kept = {}

    @functools.wraps(function)
    def cached(*args, **kwargs):
        arguments = (args, tuple(sorted(kwargs.items())))
        key = f"{function.__module__}.{function.__qualname__}{arguments!r}"
        if arguments not in kept:
            kept[arguments] = _make(key, lambda: function(*args, **kwargs))
        _use(key)
        return kept[arguments]

    cached.cache_clear = kept.clear
    return cached


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    if fixturedef.scope == "function":
        return (yield)
    before, began = set(state()._stats), _seconds()
    state()._stats.clear()
    try:
        return (yield)
    finally:
        key = _name(fixturedef)
        ran, took = _MADE.get(key, (frozenset(), 0.0))  # one that is made for several parameters
        _MADE[key] = (ran | state()._stats, took + _seconds() - began)
        state()._stats.update(before)


def _name(fixturedef):
    return f"{fixturedef.baseid}::{fixturedef.argname}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    del nextitem
    state()._stats.clear()
    _USED.clear()
    known, began = set(_MADE), _seconds()
    try:
        return (yield)
    finally:
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            for each in definitions:
                _use(_name(each))
        fresh = sum(_MADE[key][1] for key in set(_MADE) - known)
        _FOUND["seconds"][item.nodeid] = max(_seconds() - began - fresh, 0.0)
        _FOUND["shares"][item.nodeid] = sorted(_USED)
        for function in state()._stats:
            _FOUND["functions"].setdefault(function, []).append(item.nodeid)
        state()._stats.clear()


def pytest_sessionfinish():
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        _FOUND["shared"] = {key: seconds for key, (_, seconds) in _MADE.items()}
        ANSWER.write_text(json.dumps(_FOUND, indent=1, sort_keys=True), encoding="utf-8")


if os.environ.get("MUTANT_UNDER_TEST") == "stats":
    functools.cache = _noting
    functools.lru_cache = lambda maxsize=128, typed=False: (  # noqa: ARG005 -- as it is called
        _noting(maxsize) if callable(maxsize) else _noting
    )
