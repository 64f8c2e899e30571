"""The sample of mutants is the same every time, and its page counts what came of each."""

import sample
import trial
from sample import Outcome


def test_a_larger_sample_holds_the_smaller_one_and_the_order_of_names_says_nothing():
    names = dict.fromkeys(f"m{k}" for k in range(50))
    small = sample.sample(names, 10, 1)
    assert sample.sample(dict(reversed(names.items())), 20, 1)[:10] == small
    assert sample.sample(names, 10, 2) != small


def test_the_page_counts_noticed_explained_and_gaps():
    found = [
        Outcome(mutant="fij_eval.panel.a.x_f__mutmut_1", outcome="killed", test="t"),
        Outcome(mutant="fij_eval.panel.a.x_f__mutmut_2", outcome="survived", why="the same"),
        Outcome(mutant="fij_eval.effects.b.x_g__mutmut_1", outcome="no test", before="a"),
        Outcome(mutant="fij_eval.effects.b.x_g__mutmut_2", outcome="timeout"),
    ]
    page = sample.page(found, 7)
    assert "| panel | 2 | 1 | 1 | 0 | 100.0% |" in page
    assert "| effects | 2 | 1 | 0 | 1 | 50.0% |" in page
    assert "| all | 4 | 2 | 1 | 1 | 75.0% |" in page
    assert "`fij_eval.effects.b.x_g__mutmut_1`" in page
    assert "(seed\n7)" in page or "seed 7" in page.replace("\n", " ")


ACCEPTED = f"{trial.ACCEPTED}all"


def test_tests_about_a_function_come_first_and_no_more_than_there_is_time_for(monkeypatch):
    monkeypatch.setattr(trial, "MOST_ABOUT", 1)
    seen = {
        "functions": {"m.x_f": ["slow", "quick", "sharing", "about", ACCEPTED]},
        "seconds": {"slow": 20.0, "quick": 0.1, "sharing": 0.0, "about": 0.2, ACCEPTED: 8.0},
        "shares": {"slow": [], "quick": [], "sharing": ["made"], "about": [], ACCEPTED: ["made"]},
        "shared": {"made": 2.0},
        "runs": {"slow": 9, "quick": 9, "sharing": 9, "about": 1, ACCEPTED: 99},
    }
    monkeypatch.setattr(trial, "AT_MOST", 30)
    found = trial.in_order(seen, "m.x_f__mutmut_3")
    # 0.2 + (8 + 2) + 0 + 0.1 seconds; 20 more would be too long
    assert found == ["about", ACCEPTED, "quick", "sharing"]
    monkeypatch.setattr(trial, "AT_MOST", 31)
    assert trial.in_order(seen, "m.x_f__mutmut_3") == [*found, "slow"]
    assert trial.in_order(seen, "m.x_other__mutmut_3") == []


def test_what_a_test_file_does_now_takes_the_place_of_what_it_did():
    before = {
        "functions": {"f": ["a.py::t", "b.py::t"], "g": ["a.py::t"]},
        "seconds": {"a.py::t": 1, "b.py::t": 2},
        "shares": {"a.py::t": [], "b.py::t": []},
        "shared": {},
    }
    after = {
        "functions": {"g": ["a.py::u"]},
        "seconds": {"a.py::u": 3},
        "shares": {"a.py::u": ["x"]},
        "shared": {"x": 1},
    }
    found = trial.merged(before, after, ["a.py"])
    assert found["functions"] == {"f": ["b.py::t"], "g": ["a.py::u"]}
    assert found["seconds"] == {"b.py::t": 2, "a.py::u": 3}
    assert found["shared"] == {"x": 1}


def test_kinds_that_make_no_difference_are_told_from_those_that_do():
    def kind(before, after, name="fij_eval.effects.clustered.x_cv1__mutmut_1", line=""):
        return sample._by_kind(name, line or before, before, after)

    zipped = "for a, b in zip(x, y, strict=True):"
    for other in ("strict=False", "strict=None"):
        assert kind(zipped, zipped.replace("strict=True", other))
    assert kind(zipped, "for a, b in zip(x, y, ):")
    assert not kind(zipped, "for a, b in zip(x, strict=True):")
    assert not kind(zipped, "for a, b in zip(x, None, strict=True):")
    assert kind('read(encoding="utf-8")', 'read(encoding="UTF-8")')
    assert not kind('read(encoding="utf-8")', "read(encoding=None)")
    said = 'raise NotEstimableError("one cluster only: no cluster-robust error exists")'
    assert kind(said, said.replace("one", "XXone"))
    assert not kind(said, "raise NotEstimableError(None)")
    filled = 'raise NotEstimableError(f"{n} observations for {k} coefficients")'
    assert kind(filled, filled.replace("observations", "OBSERVATIONS"))
    assert not kind(filled, filled.replace("{n}", "{n + 1}"))
    assert not kind('sorted("one")', 'sorted("XXoneXX")')
