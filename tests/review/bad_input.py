"""Every file that a researcher edits, spoilt in hundreds of ways: what came of each.

Run as a program it writes the table in ``docs/bad_input.md``.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import tempfile
from collections import defaultdict
from pathlib import Path

import bad_dropped
import yaml
from bad_case import REFUSED, RIGHT, Case, outcome

from fij_eval import plan, settings
from fij_eval.artefacts import write_text
from fij_eval.panel.municipalities import read_csv, read_reference
from fij_eval.panel.register import read_register

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "data/reference"
DOCUMENT = ROOT / "docs/bad_input.md"

#: Mappings whose keys a researcher chooses: there another key is no misspelling.
OPEN = ("selection",)


def cases(folder):
    """All cases; spoilt files are written to the folder."""
    yield from _of_yaml("config.yaml", settings.check, settings.load, settings.effective, folder)
    yield from _of_yaml("analysis_plan.yaml", plan.check, plan.load, _plain, folder)
    yield from _of_overrides()
    yield from _of_register(folder)
    yield from bad_dropped.cases(folder / "dropped")


def _plain(found):
    return found.model_dump(mode="json")


def _of_yaml(name, check, load, effective, folder):
    """Keys dropped and misspelt, values of other kinds, files that are not YAML."""
    text = (ROOT / name).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    whole = effective(check(content, where=name))

    def checked(spoilt, path, expected):
        found = effective(check(spoilt, where=name))
        return _departure(whole, found, path, expected)

    for path in _paths(content):
        place = _named(path)
        if not isinstance(path[-1], int):
            spoilt = _without(content, path)
            yield Case(name, "key left out", place, _call(checked, spoilt, path, _ANY))
            if path[-2:-1] not in [(key,) for key in OPEN] and "tables" not in path[-2:-1]:
                spoilt = _misspelt(content, path)
                yield Case(name, "key misspelt", place, _call(checked, spoilt, path, _NEVER))
        for kind, other in _others(_at(content, path)):
            spoilt = _with(content, path, other)
            yield Case(name, kind, place, _call(checked, spoilt, path, other))

    def loaded(raw, expected):
        path = folder / name
        path.write_bytes(raw)
        found = effective(load(path))
        return "" if expected is _ANY or found == whole else "not what the file says"

    for kind, raw in _spoilt_yaml(text):
        yield Case(name, kind, "file", _call(loaded, raw, whole))


def _spoilt_yaml(text):
    raw = text.encode()
    first = next(line for line in text.splitlines() if line[:1].isalpha())
    yield "line ends of Windows", raw.replace(b"\n", b"\r\n")
    yield "byte order mark", b"\xef\xbb\xbf" + raw
    yield "empty file", b""
    yield "comments only", b"# nothing\n"
    yield "not UTF-8", raw + b"\n# \xe6\xf8\xe5\n"
    yield "UTF-16", text.encode("utf-16")
    yield "NUL byte", raw + b"\x00"
    yield "cut off in the middle", raw[: len(raw) // 2].rsplit(b"\n", 1)[0] + b"\n  - ["
    yield "tab for indentation", raw + b"\n\tkey: 1\n"
    yield "bracket not closed", raw + b"\nmore: [1, 2\n"
    yield "key twice", raw + b"\n" + first.encode() + b"\n"
    yield "two documents", raw + b"\n---\nmode: demo\n"
    yield "Python object", raw + b"\nmore: !!python/object/apply:os.getcwd []\n"
    yield "a list", b"- mode\n- demo\n"
    yield "a word", b"demo\n"
    yield "unknown alias", raw + b"\nmore: *nowhere\n"
    yield "merge with itself", raw + b"\nmore: &a [*a]\n"
    yield "very deep", b"[" * 3000 + b"]" * 3000
    number = "base_months: 12"
    for kind, other in (
        ("number with a leading zero", "base_months: 012"),
        ("number read in sixties", "base_months: 1:12"),
        ("hexadecimal number", "base_months: 0xC"),
        ("number with an underscore", "base_months: 1_2"),
        ("decimal comma", "base_months: 12,0"),
        ("full-width digits", "base_months: \uff11\uff12"),
    ):
        yield kind, text.replace(number, other).encode()


def _others(value):
    """Values of other kinds in a value's place."""
    yield "nothing for a value", None
    if isinstance(value, dict):
        yield "text for a mapping", "x"
        yield "list for a mapping", [1]
        return
    if isinstance(value, list):
        yield "text for a list", "x"
        yield "mapping for a list", {"x": 1}
        yield "empty list", []
        yield "list in a list", [value]
        return
    yield "list for a value", [value, value]
    yield "mapping for a value", {"x": value}
    if isinstance(value, str):
        yield "other text", "x\u00e6\U0001f4a5"
        yield "empty text", ""
        yield "number for text", 17
        yield "yes for text", True
        yield "escaping text", "'; rm -rf / #${HOME}"
        return
    yield "text for a number", "mange"
    yield "yes for a number", True
    yield "no for a number", False
    yield "negative number", -1
    yield "huge number", 10**30
    yield "infinity", math.inf
    yield "not a number", math.nan
    yield "number as text", str(value)


def _of_overrides():
    """`--settings` of a command: what a shell or a hand makes of the JSON."""
    name = "--settings"
    good = settings.part_of(settings.load(ROOT / "config.yaml"), ("seed", "windows", "sample"))
    whole = settings.parts(good)

    def read(text):
        found = settings.parts(text)
        return "" if found == whole else "not what was given"

    spoilt = {
        "cut off": good[: len(good) // 2],
        "empty mapping for all": good.replace("{", "{ ", 1),
        "single quotes": good.replace('"', "'"),
        "trailing comma": good[:-1] + ",}",
        "not a number": good.replace('"base_months":12', '"base_months":NaN'),
        "infinity": good.replace('"base_months":12', '"base_months":Infinity'),
        "number as text": good.replace('"base_months":12', '"base_months":"12"'),
        "yes for a number": good.replace('"base_months":12', '"base_months":true'),
        "key twice": good[:-1] + ',"seed":1}',
        "unknown key": good[:-1] + ',"sed":1}',
        "a list": "[1]",
        "a word": "demo",
        "no such file": "none/config.yaml",
        "a folder": "docs",
        "very deep": '{"a":' * 3000 + "1" + "}" * 3000,
        "NUL byte": good[:-1] + "\x00}",
        "lone surrogate": good[:-1] + ',"s\\ud800":1}',
        "empty text": "",
        "spaces around": f"  {good}  ",
    }
    for kind, text in spoilt.items():
        yield Case(name, kind, "JSON", _call(read, text))
    yield from _of_values_in_overrides(name)


#: Parts of the settings that are overridden most.
OVERRIDDEN = ("seed", "languages", "windows", "sample", "network", "inference", "demo", "report")


def _of_values_in_overrides(name):
    """Each value of the parts that `--config` overrides and rules hand on, of another kind."""
    content = settings.effective(settings.load(ROOT / "config.yaml"))
    content = {part: content[part] for part in OVERRIDDEN}

    def plain(text):
        return settings.parts(text).model_dump(mode="json", by_alias=True, exclude_none=True)

    whole = plain(settings.as_json(content))

    def read(spoilt, path, expected):
        return _departure(whole, plain(json.dumps(spoilt)), path, expected)

    for path in _paths(content):
        for kind, other in _others(_at(content, path)):
            # nothing at all for a part is a part that is not given
            if other is not None or len(path) > 1:
                call = _call(read, _with(content, path, other), path, other)
                yield Case(name, kind, _named(path), call)


def _of_register(folder):
    """Cells, rows, columns and the file itself."""
    name = "network_register.csv"
    text = (REFERENCE / name).read_text(encoding="utf-8")
    header, *rows = list(csv.reader(io.StringIO(text)))
    municipalities = read_reference(REFERENCE)
    districts = read_csv(REFERENCE / "oslo_districts.csv")
    path = folder / name

    def read(raw):
        path.write_bytes(raw)
        frame = read_register(path, municipalities, districts)
        return {tuple(row) for row in frame.astype(str).to_numpy().tolist()}

    def is_read_as(raw, expected):
        return "" if read(raw) == {tuple(row) for row in expected} else "not what the file says"

    for number in (0, 1, 7, len(rows) - 1):
        for column, value in zip(header, rows[number], strict=True):
            place = f"row {number + 2}, {column}"
            for kind, other in _other_cells(value):
                changed = copy.deepcopy(rows)
                changed[number][header.index(column)] = other
                expected = copy.deepcopy(rows)
                expected[number][header.index(column)] = other.strip()
                yield Case(name, kind, place, _call(is_read_as, _csv(header, changed), expected))
    for kind, raw, expected in _spoilt_registers(text, header, rows):
        yield Case(name, kind, "file", _call(is_read_as, raw, expected))


def _other_cells(value):
    yield "empty cell", ""
    yield "spaces around", f"  {value} "
    yield "other word", "x"
    yield "formula", "=1+1"
    yield "line break in a cell", f"{value}\n{value}"
    yield "quotes in a cell", f'"{value}"'
    if value.isdigit():
        yield "code as a number", str(int(value))
        yield "code of a spreadsheet", f"{value}.0"
    if value.count("-") == 2:
        year, month, day = value.split("-")
        yield "date of a spreadsheet", f"{day}.{month}.{year}"
        yield "date that does not exist", f"{year}-02-30"
        yield "date without hyphens", f"{year}{month}{day}"
    if value and value.upper() != value:
        yield "capitals", value.upper()


def _spoilt_registers(text, header, rows):
    raw = text.encode()
    yield "line ends of Windows", raw.replace(b"\n", b"\r\n"), rows
    yield "byte order mark", b"\xef\xbb\xbf" + raw, rows
    yield "semicolons", _csv(header, rows, ";"), rows
    yield "columns in another order", _csv(header[::-1], [row[::-1] for row in rows]), rows
    yield "blank rows", raw + b"\n,,,,,,,,,,\n", rows
    yield "tabs", _csv(header, rows, "\t"), rows
    yield "line ends of old Macs", raw.replace(b"\n", b"\r"), rows
    yield "Latin-1", text.encode("latin-1"), rows
    yield "UTF-16", text.encode("utf-16"), rows
    yield "empty file", b"", rows
    yield "header only", _csv(header, []), rows
    yield "cut off in a row", raw[:-20], rows
    yield "quote not closed", raw + b'"\n', rows
    yield "NUL byte", raw + b"\x00\n", rows
    yield "spreadsheet file", b"PK\x03\x04" + raw, rows
    yield "column left out", _csv(header[:-1], [row[:-1] for row in rows]), rows
    yield "column added", _csv([*header, "note"], [[*row, ""] for row in rows]), rows
    yield "column misspelt", raw.replace(b"kick_off_date", b"kickoff_date"), rows
    yield "column twice", _csv([*header[:-1], header[0]], rows), rows
    yield "cell too many", _csv(header, [[*rows[0], "x"], *rows[1:]]), rows
    yield "cell too few", _csv(header, [rows[0][:-1], *rows[1:]]), rows
    yield "row twice", _csv(header, [*rows, rows[0]]), rows
    yield "municipality beside its district", _csv(header, [*rows, _whole(rows[0])]), rows
    yield "title above the header", b"Register\n" + raw, rows


def _whole(row):
    return [row[0], "", "Oslo", *row[3:]]


def _csv(header, rows, separator=","):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue().encode()


_ANY, _NEVER = object(), object()


def _departure(whole, found, path, expected):
    """What is wrong with settings that were accepted: empty if they are what was written."""
    if expected is _NEVER:
        return "an unknown key was passed over"
    before, after = dict(_leaves(whole)), dict(_leaves(found))
    start = tuple(str(part) for part in path)
    elsewhere = [
        key
        for key in before.keys() | after.keys()
        if key[: len(start)] != start and before.get(key) != after.get(key)
    ]
    if elsewhere and not isinstance(path[-1], int):
        return f"{'.'.join(elsewhere[0])} changed too"
    if expected is _ANY or isinstance(expected, dict | list):
        return ""
    got = after.get(start)
    return "" if _same(expected, got) else f"{expected!r} was read as {got!r}"


def _same(given, got):
    if isinstance(given, bool) or isinstance(got, bool):
        return given is got
    if isinstance(given, str) and isinstance(got, int | float):
        return float(given) == got
    if isinstance(got, float):
        return math.isclose(given, got)
    return given == got or str(given) == got


def _leaves(content, path=()):
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(content, list | tuple) and content:
        for number, value in enumerate(content):
            yield from _leaves(value, (*path, str(number)))
    else:
        yield path, content


def _paths(content, path=()):
    """Paths of every key and of the first entry of every list."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*path, key)
            yield from _paths(value, (*path, key))
    elif isinstance(content, list) and content:
        yield (*path, 0)
        yield from _paths(content[0], (*path, 0))


def _at(content, path):
    for part in path:
        content = content[part]
    return content


def _with(content, path, value):
    content = copy.deepcopy(content)
    _at(content, path[:-1])[path[-1]] = value
    return content


def _without(content, path):
    content = copy.deepcopy(content)
    del _at(content, path[:-1])[path[-1]]
    return content


def _misspelt(content, path):
    content = copy.deepcopy(content)
    at = _at(content, path[:-1])
    at[f"{path[-1]}x"] = at.pop(path[-1])
    return content


def _named(path):
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in path)


def _call(function, *arguments):
    return lambda: function(*arguments)


def table(found):
    """The document: what was tried on each file, and what came."""
    groups = defaultdict(list)
    for case, (verdict, said) in found:
        groups[case.file, case.kind].append((case, verdict, said))
    lines = [
        "# Bad input: what was tried, and what came",
        "",
        "Made by `python tests/review/bad_input.py`; the tests try the same again. Each spoilt",
        "input is refused in one paragraph that names place and remedy, or gives what the file",
        "says. A traceback, a number that is not the one written, or a key passed over in silence",
        "is a fault and stops the tests.",
        "",
        f"{len(found)} inputs in all.",
        "",
        "| file | what was done to it | tried | refused | right result | refused in these words |",
        "|---|---|---|---|---|---|",
    ]
    for (file, kind), rows in sorted(groups.items()):
        counts = [sum(verdict == wanted for _, verdict, _ in rows) for wanted in (REFUSED, RIGHT)]
        said = next((said for _, verdict, said in rows if verdict == REFUSED), "")
        lines.append(
            f"| {file} | {kind} | {len(rows)} | {counts[0]} | {counts[1]} | {_cell(said)} |"
        )
    return "\n".join(lines) + "\n"


def _cell(text):
    words = " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
    words = "".join(letter if letter.isprintable() else "?" for letter in words)
    return words if len(words) <= 160 else words[:159] + "…"


def main():
    """Try everything and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        found = [(case, outcome(case)) for case in cases(Path(folder))]
    named = [(case, (verdict, said.replace(f"{folder}/", ""))) for case, (verdict, said) in found]
    write_text(DOCUMENT, table(named))
    for case, (verdict, _) in found:
        if verdict not in (REFUSED, RIGHT):
            print(case.file, case.kind, case.place, verdict, sep=" | ")  # noqa: T201 -- a program's answer


if __name__ == "__main__":
    main()
