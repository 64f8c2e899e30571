"""Every refusal of an input, in any test of a room, says where and what to do."""

import pytest

from fij_eval.errors import CheckError, FijError, InputError


@pytest.fixture(autouse=True)
def _messages_are_whole(monkeypatch):
    """Whatever the test looks at: a message without a place or a remedy fails it."""
    told = FijError.__init__

    def whole(self, what, *, where="", remedy=""):
        told(self, what, where=where, remedy=remedy)
        if type(self) in (InputError, CheckError):
            assert where, f"no place: {what}"
            assert "None" not in where, f"no place: {what} {where}"
            assert remedy, f"no remedy: {what}"

    monkeypatch.setattr(FijError, "__init__", whole)
