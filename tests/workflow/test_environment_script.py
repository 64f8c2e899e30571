"""The script that makes the environment: nothing twice, no half-made stamp, pip's own index."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def script(monkeypatch, tmp_path):
    """The script, at work in a folder of its own with no command really run."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "workflow/environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.lock").write_text("uv==1 \\\n    --hash=sha256:0\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr("sys.argv", ["environment.py"])
    (tmp_path / ".venv").mkdir()
    module.commands = []

    def pretend(*command, **variables):
        module.commands.append(" ".join(map(str, command)))

    monkeypatch.setattr(module, "_run", pretend)
    monkeypatch.setattr(module, "_pip_settings", lambda _: "")
    return module


def test_a_second_call_installs_nothing(script):
    assert script.main() == 0
    first = list(script.commands)
    assert any("pip sync" in command and "--require-hashes" in command for command in first)
    assert script.main() == 0
    assert script.commands == first


def test_a_changed_lock_installs_again(script):
    script.main()
    count = len(script.commands)
    script.LOCK.write_text("uv==2 \\\n    --hash=sha256:1\n", encoding="utf-8")
    script.main()
    assert len(script.commands) > count


def test_a_failed_installation_leaves_no_stamp_and_says_what_to_do(script, monkeypatch, capsys):
    def fail(*command, **variables):
        raise subprocess.CalledProcessError(2, command)

    monkeypatch.setattr(script, "_run", fail)
    assert script.main() == 1
    said = capsys.readouterr().err
    assert "What to do" in said
    assert "Traceback" not in said
    assert not (script.ROOT / ".venv/fij-eval-stamp").exists()


def test_an_old_python_is_named(script, monkeypatch, capsys):
    class Version(tuple):
        __slots__ = ()

    monkeypatch.setattr(script.sys, "version_info", Version((3, 9, 2)))
    assert script.main() == 1
    assert "Python 3.9.2 is too old" in capsys.readouterr().err


def test_uv_is_taken_from_the_lock_with_its_hashes_where_the_machine_has_none(
    script, monkeypatch, tmp_path
):
    monkeypatch.setattr(script.shutil, "which", lambda _: None)
    script.main()
    assert any("--require-hashes --no-deps -r" in command for command in script.commands)
    text = (tmp_path / ".venv/uv.lock").read_text(encoding="utf-8")
    assert text.startswith("uv==1")
    assert "--hash=sha256:0" in text


def test_uv_looks_where_pip_is_set_up_to_look(script, monkeypatch):
    for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    said = (
        "global.index-url='file:///one/simple'\n"
        "global.extra-index-url='\\nfile:///two\\nfile:///three'\n"
    )
    monkeypatch.setattr(script, "_pip_settings", lambda _: said)
    found = script._index(Path("python"))
    assert found["UV_DEFAULT_INDEX"] == "file:///one/simple"
    assert found["UV_INDEX"] == "file:///two file:///three"


def test_what_is_set_for_uv_itself_goes_first(script, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///mine")
    monkeypatch.setattr(script, "_pip_settings", lambda _: "global.index-url='file:///one'\n")
    assert "UV_DEFAULT_INDEX" not in script._index(Path("python"))


def test_the_lock_pins_every_package_with_hashes_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) > 100
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    assert "://" not in text
    assert "--index" not in text


#: Packages that numbers, figures or documents pass through.
_MAKING = (
    "linearmodels",
    "matplotlib",
    "numpy",
    "openpyxl",
    "pandas",
    "pyarrow",
    "pyjanitor",
    "scipy",
    "snakemake",
    "statsmodels",
    "typst",
)


def test_every_python_gets_the_same_version_of_what_results_pass_through():
    pins = re.findall(
        r"^(\S+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )
    versions = {name: [v for n, v in pins if n == name] for name in _MAKING}
    assert {name: found for name, found in versions.items() if len(found) != 1} == {}
