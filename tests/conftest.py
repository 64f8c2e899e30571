"""One undisturbed build, made once, for all tests that look at a whole build."""

import pytest

import whole_build

#: The shared build, once it is made; a module may have a `project` of its own.
_SHARED = []


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A copy in a folder whose name is hard on careless quoting, built from nothing.

    Who edits it puts it back; `shared_build_stays_as_it_was` sees to it.
    """
    folder = tmp_path_factory.mktemp("build") / "a copy with spaces and æøå"
    whole_build.copy_of_sources(folder)
    whole_build.snakemake(folder)
    _SHARED.append(folder)
    return folder


@pytest.fixture(scope="session")
def undisturbed(project):
    """Path -> sha256 of every file of the undisturbed build."""
    return whole_build.checksums(project)


@pytest.fixture(autouse=True)
def shared_build_stays_as_it_was(request):
    """Fail a test that leaves the shared build other than it was, and not the one after it."""
    names = request.fixturenames
    folder = request.getfixturevalue("project") if "project" in names else None
    if folder not in _SHARED:
        yield
        return
    before = whole_build.state(folder)
    yield
    after = whole_build.state(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not changed, "the test leaves the shared build changed; let it work in a copy"
