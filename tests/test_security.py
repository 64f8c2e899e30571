"""No way in: nothing runs what data, settings or files say, as docs/security.md claims."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from fij_eval import cli
from fij_eval.artefacts import cell_text
from fij_eval.errors import FijError, SettingsError
from fij_eval.report import making
from fij_eval.settings import check, load, parts
from fij_eval.settings_yaml import read_yaml

ROOT = Path(__file__).parents[1]
PYTHON = sorted(
    path
    for folder in ("src", "workflow", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]

#: Modules that run what they read, and shells.
RUNNING = ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "pty", "pexpect")
#: Calls that run a text, read pickles, or check nothing.
CALLS = (
    *("eval", "exec", "os.system", "os.popen", "tempfile.mktemp", "pd.read_pickle"),
    *("yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.unsafe_load_all"),
    *("pandas.read_pickle", "ssl._create_unverified_context", "commands.getoutput"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "np.fromfile", "numpy.fromfile"),
)
SAFE_LOADERS = ("CarefulLoader", "yaml.SafeLoader")
#: What a module may use to speak with the world; `sources/http.py` is the one way.
NETWORK = ("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "ftplib")


def faults(source, name="x.py"):
    """What in a module's text would run or trust what it should not."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            found += [f"imports {m}" for m in modules if m.partition(".")[0] in RUNNING]
            if name.startswith("src/") and name != "src/fij_eval/sources/http.py":
                found += [f"imports {m}" for m in modules if m in NETWORK]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called in CALLS:
            found.append(f"calls {called}")
        if called == "yaml.load" and given.get("Loader") not in (
            "CarefulLoader",
            "yaml.SafeLoader",
        ):
            found.append("calls yaml.load without a safe loader")
        found += [
            f"{n}={given[n]}" for n in ("shell", "allow_pickle") if given.get(n, "0") == "True"
        ]
        if given.get("verify") == "False" or given.get("cert_reqs", "").endswith("CERT_NONE"):
            found.append("does not check a certificate")
        parser = called.rpartition(".")[2] in ("XMLParser", "HTMLParser", "iterparse")
        if parser and called.startswith("etree") and given.get("resolve_entities") != "False":
            found.append(f"{called} resolves entities")
    return found


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_runs_or_trusts_what_it_reads(path):
    name = path.relative_to(ROOT).as_posix()
    assert faults(path.read_text(encoding="utf-8"), name) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "eval(text)",
        "os.system(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "subprocess.run(text, shell=True)",
        "np.load(path, allow_pickle=True)",
        "session.get(url, verify=False)",
        "pd.read_pickle(path)",
        "etree.XMLParser()",
    ],
)
def test_the_search_would_find_it(line):
    assert faults(line)


def test_only_one_module_speaks_with_the_world():
    assert faults("import requests", "src/fij_eval/panel/build.py")
    assert not faults("import requests", "src/fij_eval/sources/http.py")


def quoting(text):
    """Fields of shell commands that reach the shell as they are."""
    commands = re.findall(r"^ +shell:\n((?: +[\"'].*\n)+)", text, re.MULTILINE)
    fields = [field for command in commands for field in re.findall(r"\{([^{}]+)\}", command)]
    return commands, [field for field in fields if not field.endswith(":q")]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_field_of_a_shell_command_is_quoted(path):
    text = path.read_text(encoding="utf-8")
    commands, bare = quoting(text)
    assert bare == []
    assert len(commands) == len(re.findall(r"^ +shell:", text, re.MULTILINE))


def test_a_field_without_quotes_would_be_found():
    rule = 'rule x:\n    shell:\n        "fij-eval {input} {output:q}"\n'
    assert quoting(rule)[1] == ["input"]


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "fig01_immigration/../x", "x\x00y"])
@pytest.mark.parametrize("verb", ["figure", "table"])
def test_a_name_that_is_a_path_is_refused(verb, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    config = str(ROOT / "config.yaml")
    code = cli.main([verb, name, "--output", "out/x.svg", "--settings", config])
    assert code not in (0, cli.EXIT_FAULT)
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "address",
    [
        "http://data.ssb.no/api",
        "https://name:secret@data.ssb.no/api",
        "file:///etc/passwd",
        "ftp://x",
    ],
)
def test_an_address_without_encryption_or_with_a_password_is_refused(address):
    content = read_yaml(ROOT / "config.yaml")
    content["live"]["statbank"]["address"] = address
    with pytest.raises(SettingsError) as refused:
        check(content, where="config.yaml")
    assert "live.statbank.address" in str(refused.value)


def test_yaml_makes_no_objects(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("mode: !!python/object/apply:os.system ['touch pwned']\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="not YAML"):
        load(path)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("text", ["=1+1", "+CMD|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx"])
def test_a_cell_of_a_csv_file_is_never_a_formula(text, tmp_path):
    assert cell_text(text) == f"'{text}"
    frame = pd.DataFrame({"name": [text, "Bø"], "change": [-0.5, 0.25]})
    making.write_csv(tmp_path / "x.csv", frame, "en")
    read = pd.read_csv(tmp_path / "x.csv", dtype=str, keep_default_na=False)
    assert list(read["name"]) == [f"'{text}", "Bø"]
    assert list(read["change"]) == ["-0.5", "0.25"]


@pytest.mark.parametrize("number", ["-0.5", "-12", "+3,5", "-1e-07", "", "a=b", -0.5, None])
def test_a_cell_that_no_spreadsheet_runs_is_as_it_was(number):
    assert cell_text(number) == number


def test_settings_of_a_command_are_checked_like_those_of_the_file():
    with pytest.raises(FijError, match="unknown key"):
        parts('{"seed": 1, "shell": "rm -rf /"}')


def test_secrets_are_asked_for_nowhere():
    """No service needs a key, so no setting holds one: what is not there cannot leak."""
    words = re.compile(r"(?i)\b(api_?key|token|passwd|password|secret)\b\s*[:=]")
    files = [ROOT / "config.yaml", *(p for p in PYTHON if "src" in p.relative_to(ROOT).parts)]
    assert [p.name for p in files if words.search(p.read_text(encoding="utf-8"))] == []
