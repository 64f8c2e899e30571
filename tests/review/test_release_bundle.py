"""A release holds one commit and what it built, or is refused."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import small_build

from fij_eval import cli, places
from fij_eval.artefacts import sha256_of
from fij_eval.errors import InputError
from fij_eval.review import release

pytestmark = pytest.mark.xdist_group("review")

CONFIG = Path("config.yaml")
FILES = {
    "pyproject.toml": '[project]\nname = "x"\nversion = "1.2.3"\n',
    "CITATION.cff": "version: 1.2.3\n",
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-01\n",
    "LICENSE": "free\n",
}


def git(*arguments):
    who = ("-c", "user.name=n", "-c", "user.email=n@localhost")
    subprocess.run([shutil.which("git"), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def released(manifest, monkeypatch):
    """The build in small as a commit, with one document; one service in its archive is enough."""
    monkeypatch.setattr(release.bundle, "ALL_SERVICES", ("nav",))
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    git("init", "--quiet")
    git("add", "src", "config.yaml", *FILES)
    git("commit", "--quiet", "-m", "all")
    return small_build.document(Path("reports/demo/rapport.pdf"), manifest, Path(small_build.TABLE))


def members(path):
    with tarfile.open(path) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar.getmembers()}


def test_the_bundle_holds_code_raw_files_records_documents_and_their_checksums(released):
    made = release.make("demo", config=CONFIG, folder=Path("dist"))
    found = members(made)
    top = made.stem
    assert top.startswith("fij-eval-1.2.3-demo-")
    inside = {name.partition("/")[2] for name in found}
    assert {"code.tar", "raw.tar", "CITATION.cff", "README.txt", released.as_posix()} <= inside
    assert {"results/demo/manifest.json", small_build.TABLE, small_build.NUMBERS} <= inside
    listed = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert listed == {n: sha256_of(c) for n, c in found.items() if n != "SHA256SUMS"}
    assert "simulated" in found[f"{top}/README.txt"].decode()
    with tarfile.open(fileobj=io.BytesIO(found[f"{top}/code.tar"])) as code:
        assert code.extractfile(f"fij-eval-1.2.3/{small_build.CODE}").read() == b"# a step\n"
    checksum = made.with_suffix(".tar.sha256").read_text().split()
    assert checksum == [sha256_of(made.read_bytes()), made.name]


@pytest.mark.usefixtures("released")
def test_the_same_commit_and_build_give_the_same_bytes(capsys):
    first = release.make("demo", config=CONFIG, folder=Path("dist")).read_bytes()
    assert cli.main(["release", "--output", "again"]) == 0
    name = Path(capsys.readouterr().out.splitlines()[0])
    assert name.read_bytes() == first


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("CITATION.cff", "version: 1.2.4\n", r"1\.2\.3 and CITATION\.cff 1\.2\.4"),
        ("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 1.2.30\n", "no heading for version"),
    ],
)
def test_versions_that_differ_are_refused(name, text, says):
    Path(name).write_text(text, encoding="utf-8")
    git("commit", "--quiet", "-am", "other")
    with pytest.raises(InputError, match=says):
        release.make("demo", config=CONFIG, folder=Path("dist"))
    assert not Path("dist").exists()


@pytest.mark.usefixtures("released")
def test_what_is_not_committed_is_refused():
    Path("LICENSE").write_text("other\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not committed\. Where: LICENSE"):
        release.make("demo", config=CONFIG, folder=Path("dist"))


@pytest.mark.usefixtures("released")
def test_a_document_that_the_commit_did_not_build_is_refused():
    Path(small_build.CODE).write_text("# another step\n", encoding="utf-8")
    git("commit", "--quiet", "-am", "other")
    with pytest.raises(InputError, match=f"does not rebuild rapport.pdf: file {small_build.CODE}"):
        release.make("demo", config=CONFIG, folder=Path("dist"))


def test_without_a_report_there_is_nothing_to_release(released):
    released.unlink()
    with pytest.raises(InputError, match="no report to release"):
        release.make("demo", config=CONFIG, folder=Path("dist"))


@pytest.mark.usefixtures("manifest")
def test_outside_a_checkout_there_is_no_release(monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="git status failed"):
        release.make("demo", config=CONFIG, folder=Path("dist"))
    assert places.modes() == ["demo"]
