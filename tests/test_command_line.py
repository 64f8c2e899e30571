"""The command line: help, exit codes, one paragraph for what is wrong, records of what was done."""

import ast
import json
from pathlib import Path

import pytest

from fij_eval import cli, places, provenance
from fij_eval.errors import CheckError, FijError
from fij_eval.sources import klass
from fij_eval.verb import Files, Verb

ROOT = Path(__file__).parent.parent


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def somewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fake(monkeypatch, run, *, is_job=False):
    """Put one verb in the place of all others."""
    verb = Verb(
        name="fake",
        help="do it",
        example="fij-eval fake",
        arguments=lambda _: None,
        run=run,
        is_job=is_job,
    )
    monkeypatch.setattr(cli, "VERBS", (verb,))


def raising(error):
    def run(arguments):
        raise error

    return run


def test_help_has_an_example_of_every_verb(capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(["--help"])
    assert done.value.code == 0
    shown = capsys.readouterr().out
    for verb in cli.VERBS:
        assert f"fij-eval {verb.name}" in shown


@pytest.mark.parametrize("verb", cli.VERBS, ids=lambda verb: verb.name)
def test_an_example_is_a_command_that_parses(verb):
    arguments = cli._parser().parse_args(verb.example.split()[1:])
    assert arguments.verb is verb


@pytest.mark.parametrize(
    ("error", "code"),
    [(kind("What", where="w", remedy="r"), kind.exit_code) for kind in FijError.__subclasses__()],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_error_has_its_exit_code(monkeypatch, somewhere, capsys, error, code):
    fake(monkeypatch, raising(error))
    assert cli.main(["fake"]) == code
    assert capsys.readouterr().err == "What. Where: w. What to do: r.\n"


def test_kinds_of_error_do_not_share_exit_codes():
    codes = [kind.exit_code for kind in FijError.__subclasses__()]
    others = [0, 1, cli.EXIT_USAGE, cli.EXIT_FAULT, cli.EXIT_FILES, cli.EXIT_INTERRUPTED]
    assert len({*codes, *others}) == len(codes) + len(others)


def test_the_traceback_goes_to_a_file_and_not_to_the_screen(monkeypatch, somewhere, capsys):
    fake(monkeypatch, raising(CheckError("Rows are lost")))
    cli.main(["fake"])
    assert "Traceback" not in capsys.readouterr().err
    kept = (somewhere / "logs/tracebacks/fake.txt").read_text(encoding="utf-8")
    assert "Traceback" in kept
    assert "Rows are lost" in kept


def test_a_fault_of_ours_says_so_and_where_its_traceback_is(monkeypatch, somewhere, capsys):
    fake(monkeypatch, raising(ZeroDivisionError("division by zero")))
    assert cli.main(["fake"]) == 70
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("A fault in the program, not in your data: ZeroDivisionError")
    assert "logs/tracebacks/fake.txt" in said


def test_a_full_disk_is_a_paragraph(monkeypatch, somewhere, capsys):
    fake(monkeypatch, raising(OSError(28, "No space left on device", "results/x.csv")))
    assert cli.main(["fake"]) == 74
    said = " ".join(capsys.readouterr().err.split())
    assert "No space left on device" in said
    assert "results/x.csv" in said
    assert "Traceback" not in said


def test_an_interruption_has_its_own_code(monkeypatch, somewhere):
    fake(monkeypatch, raising(KeyboardInterrupt()))
    assert cli.main(["fake"]) == 130


def test_long_paragraphs_are_wrapped(monkeypatch, somewhere, capsys):
    fake(monkeypatch, raising(CheckError("word " * 200)))
    cli.main(["fake"])
    assert max(map(len, capsys.readouterr().err.splitlines())) <= 92


@pytest.mark.parametrize(
    "command", [[], ["figur"], ["parse", "nva"], ["panel"], ["figure", "x", "--langage", "nb"]]
)
def test_a_wrong_command_is_a_paragraph_that_names_help(command, capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(command)
    assert done.value.code == 64
    assert "--help" in capsys.readouterr().err


def test_settings_are_printed_as_understood(at_root, capsys):
    assert cli.main(["settings"]) == 0
    assert "reference_month: 2024-04" in capsys.readouterr().out


def test_wrong_settings_end_with_code_2(somewhere, capsys):
    (somewhere / "config.yaml").write_text("mode: demo\n", encoding="utf-8")
    assert cli.main(["settings"]) == 2
    assert "seed: missing" in capsys.readouterr().err


def test_it_is_known_which_code_each_job_runs():
    """A record names it: without it, ``--record`` would end in a fault."""
    assert {verb.name for verb in cli.VERBS if verb.is_job} == set(places._MODULES)


def test_a_parser_that_depends_on_no_setting_keeps_none_in_its_record(
    monkeypatch, at_root, tmp_path
):
    monkeypatch.setattr(klass, "write_tables", lambda *_: None)
    monkeypatch.setattr(provenance, "checksums", lambda paths: dict.fromkeys(map(str, paths), ""))
    record = tmp_path / "record.json"
    command = ["parse", "klass", "--index", "klass.json", "--output", "tables"]
    assert cli.main([*command, "--record", str(record), "--log", str(tmp_path / "x.log")]) == 0
    assert json.loads(record.read_text(encoding="utf-8"))["settings"] == {}


def test_a_job_keeps_its_record_without_bookkeeping_and_its_facts_apart(
    monkeypatch, at_root, tmp_path
):
    read = Path("config.yaml")
    fake(monkeypatch, lambda _: Files((read,), (read,)), is_job=True)
    monkeypatch.setitem(places._MODULES, "fake", ("fij_eval.months",))
    record, log = tmp_path / "record.json", tmp_path / "fake.log"
    command = ["fake", "--record", str(record), "--rule", "fakes", f"--log={log}"]
    assert cli.main(command) == 0
    kept = json.loads(record.read_text(encoding="utf-8"))
    assert kept["rule"] == "fakes"
    assert kept["command"] == ["fake"]
    assert list(kept["inputs"]) == ["config.yaml"]
    assert "src/fij_eval/months.py" in kept["code"]
    facts = json.loads((tmp_path / "fake.json").read_text(encoding="utf-8"))
    assert facts["wall_seconds"] >= 0
    assert not set(kept) & {"started", "wall_seconds", "platform", "python"}


@pytest.mark.parametrize(
    "module",
    [
        "cli",
        "verb",
        "verbs",
        *(f"verbs_{kind}" for kind in ("bench", "documents", "live", "project", "review")),
    ],
)
def test_the_command_line_holds_no_arithmetic(module):
    """Rules leave these modules out of their code inputs, so nothing in them may make a number."""
    tree = ast.parse((ROOT / f"src/fij_eval/{module}.py").read_text(encoding="utf-8"))
    found = [ast.unparse(node) for node in ast.walk(tree) if is_arithmetic(node)]
    assert found == []


def is_arithmetic(node):
    """Whether a piece of code reckons: `folder / "name"` joins paths, `A | B` types."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        named = isinstance(node.right, ast.Constant) and isinstance(node.right.value, str)
        return not (named or isinstance(node.right, ast.JoinedStr))
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.BitOr)
    return isinstance(node, ast.AugAssign)
