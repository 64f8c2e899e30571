"""A short run of the fuzzing of every parser; `make fuzz` runs it for a minute each."""

import fuzzing
import naive_readers
import pytest
import small_files

#: Opening a bundle writes files and waits for the disk.
SLOW = {"bundle": 3}


@pytest.mark.parametrize("name", fuzzing.TARGETS)
def test_a_mutated_file_is_read_right_or_refused(name):
    _, tried, _, fault = fuzzing.fuzz(name, seconds=30, seed="test", most=SLOW.get(name, 60))
    assert not fault
    assert tried


@pytest.mark.parametrize(
    "name", ["json-stat2", "boundaries", "article CSV", "article page", "IMDi page", "NAV workbook"]
)
def test_the_fuzzing_finds_a_parser_that_reads_wrong(name, monkeypatch):
    """The naive readers have teeth: another file's answer is not accepted."""
    make, parse, check = fuzzing.TARGETS[name]
    answer = parse(make())
    other = small_files.workbook(9001) if name == "NAV workbook" else changed(make())
    with pytest.raises(naive_readers.WrongError):
        check(other, answer)


def changed(content):
    for old, new in (
        (b"[10.0,", b"[10.1,"),
        (b"717710", b"717711"),
        (b"435", b"436"),
        (b"1 400", b"1 401"),
    ):
        content = content.replace(old, new)
    return content
