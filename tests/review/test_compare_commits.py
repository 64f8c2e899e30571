"""Records of commits are made apart, compared, and gone afterwards, also when something fails."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from fij_eval import cli
from fij_eval.artefacts import write_text
from fij_eval.errors import InputError
from fij_eval.review import commits
from whole_build import copy_of_build, fij_eval


def git(folder, *arguments):
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    run = subprocess.run(
        [shutil.which("git"), *who, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip()


def commit_all(folder, message="all"):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A git checkout with two commits, entered; what is made beside it would be seen."""
    folder = tmp_path / "a checkout, æøå"
    scratch = tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.chdir(folder)
    write_text(Path("config.yaml"), "mode: demo\n")
    write_text(Path("requirements.lock"), "numpy==1\n")
    write_text(Path(".gitignore"), "/results/*\n/data/raw/*\n/logs/\n")
    write_text(Path("value.csv"), "key;estimate\nåre;1,5\n")
    git(folder, "init", "--quiet")
    commit_all(folder)
    write_text(Path("value.csv"), "key;estimate\nåre;2,5\n")
    commit_all(folder)
    git(folder, "tag", "now")
    return folder


@pytest.fixture
def made(checkout, monkeypatch):
    """Stands for the build of a commit: its value is its record. Gives the folders it was in."""
    folders = []

    def make(folder, mode):
        folders.append((folder, mode))
        shutil.copy(folder / "value.csv", write_estimates(folder / f"results/{mode}"))
        return ""

    monkeypatch.setattr(commits, "make_records", make)
    return folders


def write_estimates(results):
    (results / "estimates").mkdir(parents=True)
    return results / "estimates/main.csv"


def left_behind(checkout):
    """Folders of commits that are still there, and what git would call changed."""
    return [*(checkout.parent / "scratch").iterdir()], git(checkout, "status", "--porcelain")


def test_two_commits_are_compared_by_their_records(checkout, made, capsys):
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == 1
    shown = capsys.readouterr()
    assert re.search(r"åre estimate +1,5 +2,5 +\+1 ", shown.out)
    assert "The results differ. 1 files compared" in shown.out
    first = git(checkout, "rev-parse", "HEAD~1")
    assert f"The records of commit {first[:12]} («HEAD~1») are made" in " ".join(shown.err.split())
    assert [mode for _, mode in made] == ["demo", "demo"]
    assert left_behind(checkout) == ([], "")


def test_one_commit_under_two_names_is_made_once(checkout, made):
    short = git(checkout, "rev-parse", "--short", "HEAD")
    assert cli.main(["compare", "now", short]) == 0
    assert len(made) == 1


def test_what_is_not_committed_does_not_count(made, capsys):
    write_text(Path("value.csv"), "key;estimate\nåre;9\n")
    assert cli.main(["compare", "HEAD", "HEAD"]) == 0
    assert "1 equal byte for byte" in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["results/demo", "results/demo/estimates"])
def test_a_commit_is_compared_with_the_records_of_a_folder(made, folder):
    shutil.copy("value.csv", write_estimates(Path("results/demo")))
    write_text(Path("results/demo/tables/nb/tab.csv"), "no;record\n1;2\n")
    assert cli.main(["compare", "HEAD", folder]) == 0
    assert cli.main(["compare", folder, "HEAD~1"]) == 1
    assert len(made) == 2


def test_a_folder_goes_before_a_commit_of_its_name(checkout, made):
    git(checkout, "branch", "old", "HEAD~1")
    shutil.copy("value.csv", write_estimates(Path("old")))
    assert cli.main(["compare", "old", "HEAD"]) == 0
    assert cli.main(["compare", "heads/old", "HEAD"]) == 1
    assert len(made) == 3


def paragraph(capsys):
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    return " ".join(shown.split())


@pytest.mark.parametrize("name", ["no-such-branch", "HEAD~7", "--all", "HEAD:value.csv", "", "ø æ"])
def test_a_name_that_is_neither_path_nor_commit_is_one_paragraph(made, capsys, name):
    assert cli.main(["compare", "--", "HEAD", name]) == InputError.exit_code
    said = paragraph(capsys)
    assert f"«{name}» is no file or folder here, nor a commit (git knows no commit" in said
    assert "What to do: name two folders of results" in said
    assert made == []


def test_a_folder_without_git_is_one_paragraph(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == InputError.exit_code
    assert "nor a commit (git rev-parse failed: fatal: not a git repository" in paragraph(capsys)


def test_a_machine_without_git_is_one_paragraph(checkout, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(checkout))
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == InputError.exit_code
    assert "nor a commit (git is not installed)" in paragraph(capsys)


def test_records_that_cannot_be_made_are_one_paragraph_and_leave_nothing(checkout, capsys):
    """The real builder: this checkout holds no workflow."""
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == InputError.exit_code
    said = paragraph(capsys)
    (log,) = Path("logs/compare").iterdir()
    assert "(«HEAD~1») cannot be made here. Where: " + log.as_posix() in said
    assert "Snakefile" in log.read_text(encoding="utf-8")
    assert left_behind(checkout) == ([], "")


def test_a_build_that_gives_no_records_is_no_equal_one(checkout, monkeypatch, capsys):
    monkeypatch.setattr(commits, "make_records", lambda *_: "")
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == InputError.exit_code
    assert "cannot be made here" in paragraph(capsys)
    (log,) = Path("logs/compare").iterdir()
    assert "No folder results/demo/estimates came of it" in log.read_text(encoding="utf-8")


def test_an_interrupted_comparison_leaves_nothing(checkout, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commits, "make_records", interrupted)
    assert cli.main(["compare", "HEAD~1", "HEAD"]) == cli.EXIT_INTERRUPTED
    assert left_behind(checkout) == ([], "")


def test_a_commit_with_other_packages_is_told(checkout, made, capsys):
    write_text(Path("requirements.lock"), "numpy==2\n")
    commit_all(checkout)
    cli.main(["compare", "HEAD", "HEAD"])
    assert "requirements.lock is another" not in paragraph(capsys)
    cli.main(["compare", "HEAD", "HEAD~1"])
    assert paragraph(capsys).count("Its requirements.lock is another") == 1


@pytest.mark.parametrize("mode", ["live", "archive"])
def test_real_raw_files_are_lent_to_the_commit_and_survive_it(checkout, monkeypatch, mode):
    write_text(Path("config.yaml"), f"mode: {mode}\n")
    commit_all(checkout)
    index = Path("data/raw", mode, "index/nav.json")
    write_text(index, "[]")
    seen = []

    def make(folder, chosen):
        seen.append((folder / "data/raw" / chosen / "index/nav.json").read_text(encoding="utf-8"))
        write_text(folder / f"results/{chosen}/estimates/main.csv", "a;b\n")
        return ""

    monkeypatch.setattr(commits, "make_records", make)
    with commits.opened(("HEAD", "HEAD")) as (one, other):
        assert one == other
        assert one.parts[-2:] == ("archive", "estimates")
    assert seen == ["[]"]
    assert index.read_text(encoding="utf-8") == "[]"
    assert left_behind(checkout) == ([], "")


def test_real_raw_files_that_are_not_here_are_one_paragraph(checkout, made, capsys):
    write_text(Path("config.yaml"), "mode: live\n")
    commit_all(checkout)
    assert cli.main(["compare", "HEAD", "HEAD~1"]) == InputError.exit_code
    assert "rest on raw files that are not here. Where: data/raw/live" in paragraph(capsys)
    assert cli.main(["compare", "HEAD", "HEAD", "--mode", "demo"]) == 0
    assert [mode for _, mode in made] == ["demo"]


def test_settings_that_cannot_be_read_are_one_paragraph(checkout, made, capsys):
    write_text(Path("config.yaml"), "mode: [demo\n")
    commit_all(checkout)
    assert cli.main(["compare", "HEAD", "HEAD~1"]) == InputError.exit_code
    assert "(«HEAD») cannot be read: The file with the settings is not YAML" in paragraph(capsys)
    assert left_behind(checkout) == ([], "")


@pytest.mark.build
@pytest.mark.xdist_group("build")
def test_the_records_of_the_commit_that_was_built_are_the_same_bytes(project, tmp_path):
    twin = copy_of_build(project, tmp_path / "twin, æøå")
    git(twin, "init", "--quiet")
    commit_all(twin)
    code, said = fij_eval(twin, "compare", "HEAD", "results/demo")
    assert code == 0, said
    compared, equal = re.search(r"(\d+) files compared; (\d+) equal byte for byte", said).groups()
    known = [path for path in (twin / "results/demo/estimates").iterdir() if path.is_file()]
    assert int(compared) == int(equal) == len(known)
    assert git(twin, "status", "--porcelain") == ""
