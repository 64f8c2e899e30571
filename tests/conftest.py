"""One undisturbed build, made once, for all tests that look at a whole build."""

import pytest

import whole_build


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A copy in a folder whose name is hard on careless quoting, built from nothing.

    Who edits it puts it back.
    """
    folder = tmp_path_factory.mktemp("build") / "a copy with spaces and æøå"
    whole_build.copy_of_sources(folder)
    whole_build.snakemake(folder)
    return folder


@pytest.fixture(scope="session")
def undisturbed(project):
    """Path -> sha256 of every file of the undisturbed build."""
    return whole_build.checksums(project)
