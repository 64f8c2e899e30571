"""An error of ours is one paragraph in words."""

import pytest

from fij_eval.errors import FijError, InputError


def test_an_error_is_a_paragraph_of_what_where_and_what_to_do():
    error = InputError("The file is empty.", where="a.csv", remedy="fetch it again")
    assert str(error) == "The file is empty. Where: a.csv. What to do: fetch it again."
    assert str(FijError("Wrong")) == "Wrong."
    assert str(FijError("Wrong", remedy="do right.")) == "Wrong. What to do: do right."


@pytest.mark.parametrize("part", ["what", "where", "remedy"])
def test_what_is_no_text_is_a_fault_of_the_program(part):
    words = {"what": "Wrong", "where": "here", "remedy": "do right"} | {part: None}
    with pytest.raises(TypeError, match="None"):
        FijError(words.pop("what"), **words)
