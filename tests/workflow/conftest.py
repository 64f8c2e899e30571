"""One build for all tests that look at a finished one; they run in one process."""

import build_copy
import pytest


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A copy of the project, built from nothing; who edits it puts it back."""
    return build_copy.built(tmp_path_factory.mktemp("build"))
