"""One build in small, made once; every test has a copy of its own."""

import shutil
from pathlib import Path

import pytest
import small_build


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as monkeypatch:
        small_build.make(folder, monkeypatch)
    return folder


@pytest.fixture
def manifest(built, tmp_path, monkeypatch):
    """The manifest of the build in small; the test runs in its folder."""
    folder = tmp_path / "build"
    shutil.copytree(built, folder)
    monkeypatch.chdir(folder)
    return Path("results/demo/manifest.json")
