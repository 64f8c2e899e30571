"""The archive as a whole: verified, compared, bundled, opened; and every way to tamper with it."""

import io
import json
import tarfile

import pytest
from standin_server import trouble
from standin_small import population

from fij_eval import cli
from fij_eval.artefacts import json_text, sha256_of
from fij_eval.errors import ArchiveError
from fij_eval.places import SERVICES
from fij_eval.sources import archive, bundle, vintages
from fij_eval.sources.store import META_SUFFIX, RawStore, read_index


@pytest.fixture
def root(tmp_path):
    """An archive with an answer of each service, and two vintages of a table."""
    store = RawStore(tmp_path / "data/raw/live")
    first = population()
    second = population() | {"updated": "2026-03-01T07:00:00Z"}
    second["value"] = [*first["value"][:-1], None]
    second["status"] = {"8": ":"}
    second["value"][0] += 7
    for service in SERVICES:
        entries = []
        for vintage, content in (("2026-02-24", first), ("2026-03-01", second)):
            entry = store.put(
                json.dumps(content).encode(),
                service=service,
                item="07459" if service == "statbank" else "thing",
                vintage=vintage,
                filename="data.json",
                retrieved=f"{vintage}T12:00:00Z",
                about={"role": "population_yearly"},
            )
            entries.append(entry)
        store.write_index(store.root / "index" / f"{service}.json", entries[1:])
    return store.root


def names(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def rewritten(path, change):
    """The bundle with its members passed through ``change`` and its sums made anew."""
    with tarfile.open(path) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar if m.name != "SHA256SUMS"}
    members = change(members)
    sums = "".join(f"{sha256_of(content)}  {name}\n" for name, content in members.items())
    return packed(path, {"SHA256SUMS": sums.encode(), **members})


def packed(path, members, kinds=None):
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.type, info.linkname = (kinds or {}).get(name, (tarfile.REGTYPE, ""))
            tar.addfile(info, io.BytesIO(content))
    return path


def test_a_whole_archive_verifies(root):
    assert archive.verify(root) == 2 * len(SERVICES)
    archive.verify_in_use(root)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-1]), "no longer has the checksum"),
        (lambda p: p.unlink(), "cannot be read"),
        (lambda p: p.with_name("more.json").write_text("{}"), "no description beside it"),
        (lambda p: p.with_name(p.name + META_SUFFIX).write_text("{"), "description in the raw"),
        (lambda p: p.with_name(p.name + META_SUFFIX).unlink(), "no description beside it"),
    ],
)
def test_any_changed_file_is_found(root, tamper, said):
    tamper(root / "nav/thing/2026-03-01/data.json")
    with pytest.raises(ArchiveError, match=said):
        archive.verify(root)


def test_an_index_that_says_otherwise_is_found(root):
    index = root / "index/nav.json"
    content = json.loads(index.read_text(encoding="utf-8"))
    content["entries"][0]["about"] = {"reference_month": "2030-01"}
    index.write_text(json_text(content), encoding="utf-8")
    with pytest.raises(ArchiveError, match="otherwise than the archive describes"):
        archive.verify(root)


def test_the_files_in_use_are_checked_before_a_build(root):
    place = root / "nav/thing/2026-03-01/data.json"
    (root / "nav/thing/2026-02-24/data.json").write_bytes(b"")
    archive.verify_in_use(root)  # an old vintage that no index names does not stop a build
    place.write_bytes(b"")
    with pytest.raises(ArchiveError, match="no longer has the checksum"):
        archive.verify_in_use(root)


def test_simulated_figures_among_fetched_ones_stop_the_build(root):
    archive.verify_in_use(root, fetched=True)
    index = root / "index/nav.json"
    entry = RawStore(root).put(
        b"x", service="nav", item="y", vintage="1", filename="x", simulated=True
    )
    RawStore(root).write_index(index, [*read_index(index), entry])
    archive.verify_in_use(root)
    with pytest.raises(ArchiveError, match=r"simulated figures of nav y.*fij-eval fetch nav"):
        archive.verify_in_use(root, fetched=True)


def test_what_is_kept_is_never_written_over(root):
    store = RawStore(root)
    known = {"service": "nav", "item": "thing", "vintage": "2026-03-01", "filename": "data.json"}
    with pytest.raises(ArchiveError, match="with other bytes"):
        store.put(b"other", **known)


@pytest.mark.parametrize("item", ["../../x", "/etc", "a/../../../../b", "a\\..\\b"])
def test_no_name_leaves_the_store(root, item):
    with pytest.raises(ArchiveError, match="leaves the raw archive"):
        RawStore(root).put(b"x", service="nav", item=item, vintage="v", filename="f")


def test_an_index_that_points_outside_is_refused(root):
    store = RawStore(root)
    entry = store.entries("nav")[0]
    outside = type(entry)(**{**vars_of(entry), "path": "../../../secret"})
    with pytest.raises(ArchiveError, match="leaves the raw archive"):
        store.read(outside)


def vars_of(entry):
    from dataclasses import asdict

    return asdict(entry)


def test_a_comparison_names_cells_and_amounts(root):
    store = RawStore(root)
    before = vintages.entries_of(store, "statbank/07459/2026-02-24")
    after = vintages.entries_of(store, "statbank/07459/2026-03-01/data.json")
    one, two = vintages.changes(store, before, after)
    assert one.cell == "Region=K-0301, ContentsCode=Personer1, Tid=2022"
    assert (one.before, one.after, one.amount) == ("2022", "2029", 7)
    assert two.cell == "Region=K-4601, ContentsCode=Personer1, Tid=2024"
    assert (two.before, two.after, two.amount) == ("2224", "(confidential)", None)
    assert vintages.changes(store, before, before) == []
    assert vintages.table([one, two])["amount"].isna().tolist() == [False, True]


def test_a_name_that_is_a_formula_is_none_in_a_written_comparison(tmp_path):
    change = vintages.Change(
        cell="code=0301", measure="name", before="=1+1", after="Oslo", amount=None
    )
    vintages.write_changes([change], tmp_path / "out.csv")
    assert "code=0301,name,'=1+1,Oslo," in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_a_lost_row_is_a_change(root):
    store = RawStore(root)
    content = json.dumps(population(("0301", "1103"))).encode()
    known = {"service": "statbank", "item": "07459", "vintage": "2026-04-01"}
    store.put(content, **known, filename="data.json")
    before = vintages.entries_of(store, "statbank/07459/2026-02-24")
    after = vintages.entries_of(store, "statbank/07459/2026-04-01")
    assert {c.after for c in vintages.changes(store, before, after)} == {"no row"}


def test_an_unknown_vintage_is_told_with_those_there_are(root):
    with pytest.raises(ArchiveError, match="statbank/07459/2026-02-24") as raised:
        vintages.entries_of(RawStore(root), "statbank/07459/2026")
    assert "holds no vintage" in raised.value.what


def test_a_bundle_is_the_same_bytes_and_opens_to_the_same_archive(root, tmp_path):
    for name in ("one.tar", "two.tar"):
        bundle.export(root, tmp_path / name)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    target = tmp_path / "elsewhere/archive"
    assert bundle.open_bundle(tmp_path / "one.tar", target) == 2 * len(SERVICES)
    for path in root.rglob("*.json"):
        assert (target / path.relative_to(root)).read_bytes() == path.read_bytes()
    bundle.open_bundle(tmp_path / "one.tar", target)  # again: what a bundle put there is replaced
    bundle.export(target, tmp_path / "three.tar")
    assert (tmp_path / "three.tar").read_bytes() == (tmp_path / "one.tar").read_bytes()
    assert [p.name for p in target.parent.iterdir()] == ["archive"]


def test_a_bundle_holds_no_trace_of_the_machine(root, tmp_path):
    bundle.export(root, tmp_path / "one.tar")
    with tarfile.open(tmp_path / "one.tar") as tar:
        facts = {(m.uid, m.gid, m.uname, m.gname, m.mtime, m.mode) for m in tar}
    assert facts == {(0, 0, "", "", 0, 0o644)}
    assert str(tmp_path).encode() not in (tmp_path / "one.tar").read_bytes()


def test_an_archive_without_a_finished_fetch_is_bundled_with_its_newest_vintages(root, tmp_path):
    for index in (root / "index").glob("*.json"):
        index.unlink()
    bundle.export(root, tmp_path / "one.tar")
    with tarfile.open(tmp_path / "one.tar") as tar:
        rows = json.loads(tar.extractfile("index/statbank.json").read())["entries"]
    assert [row["vintage"] for row in rows] == ["2026-03-01"]


def test_a_service_that_no_run_needs_is_bundled_where_it_is_there(root, tmp_path):
    target = tmp_path / "one.tar"
    bundle.export(root, target)
    assert bundle.optional_services(target) == ()
    RawStore(root).put(
        b"{}", service="kartverket", item="municipalities", vintage="1", filename="x.geojson"
    )
    bundle.export(root, target)  # also without an index: its fetch did not come to its end
    assert bundle.optional_services(target) == ("kartverket",)
    opened = tmp_path / "opened"
    bundle.open_bundle(target, opened)
    (entry,) = read_index(opened / "index/kartverket.json")
    assert entry.path == "kartverket/municipalities/1/x.geojson"


def test_what_is_no_bundle_has_no_services(tmp_path):
    path = tmp_path / "x.tar"
    for content in (b"", b"no tar", b"\0" * 10_240):
        path.write_bytes(content)
        with pytest.raises(ArchiveError, match="bundle is not whole"):
            bundle.optional_services(path)


def test_an_archive_that_lacks_a_service_is_not_bundled(root, tmp_path):
    import shutil

    shutil.rmtree(root / "nav")
    (root / "index/nav.json").unlink()
    with pytest.raises(ArchiveError, match="nothing of the service «nav»") as raised:
        bundle.export(root, tmp_path / "one.tar")
    assert "fij-eval fetch nav" in raised.value.remedy
    assert not (tmp_path / "one.tar").exists()


def climbing(members):
    return {**members, "../../outside.json": b"{}"}


HOSTILE = {
    "climbing": climbing,
    "absolute": lambda m: {**m, "/tmp/fij-outside.json": b"{}"},  # noqa: S108 -- never written
    "hidden": lambda m: {**m, ".ssh/key": b"x"},
    "dotted": lambda m: {**m, "nav/./x.json": b"x"},
    "drive": lambda m: {**m, "c:/x.json": b"x"},
    "backslash": lambda m: {**m, "nav\\..\\x": b"x"},
    "stray": lambda m: {**m, "nav/thing/2026-03-01/stray.json": b"x"},
    "no index": lambda m: {k: v for k, v in m.items() if k != "index/nav.json"},
    "another's description": lambda m: {
        k: v.replace(b"nav/thing/2026-03-01", b"nav/thing/2026-03-02") for k, v in m.items()
    },
    "changed answer": lambda m: {
        k: v.replace(b"Oslo", b"Osla") if k.endswith("data.json") else v for k, v in m.items()
    },
    "broken description": lambda m: {
        k: b"{" if k.endswith(META_SUFFIX) else v for k, v in m.items()
    },
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_bundle_is_refused_and_leaves_nothing(root, tmp_path, kind):
    path = tmp_path / "one.tar"
    bundle.export(root, path)
    rewritten(path, HOSTILE[kind])
    target = tmp_path / "elsewhere/archive"
    with pytest.raises(ArchiveError):
        bundle.open_bundle(path, target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, b"S"])
def test_links_pipes_and_sparse_files_are_refused(tmp_path, kind):
    name = "nav/thing/v/data.json"
    content = {"SHA256SUMS": f"{sha256_of(b'')}  {name}\n".encode(), name: b""}
    path = packed(tmp_path / "one.tar", content, {name: (kind, "../../../../etc/passwd")})
    with pytest.raises(ArchiveError):
        bundle.open_bundle(path, tmp_path / "elsewhere/archive")


@pytest.mark.parametrize("size", [0, 100, 512, 5000, 20_000])
def test_a_bundle_that_is_cut_off_is_refused(root, tmp_path, size):
    path = tmp_path / "one.tar"
    bundle.export(root, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ArchiveError, match="not whole"):
        bundle.open_bundle(path, tmp_path / "elsewhere/archive")


def test_any_flipped_byte_of_a_bundle_is_refused_or_harmless(root, tmp_path):
    path, target = tmp_path / "one.tar", tmp_path / "elsewhere/archive"
    bundle.export(root, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 997):  # a prime step: headers, sums and bodies are all hit
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            bundle.open_bundle(path, target)
        except ArchiveError:
            continue
        for each in root.rglob("*.json"):
            assert (target / each.relative_to(root)).read_bytes() == each.read_bytes(), place


def test_an_archive_that_did_not_come_from_a_bundle_is_left_alone(root, tmp_path):
    bundle.export(root, tmp_path / "one.tar")
    with pytest.raises(ArchiveError, match="did not come from a bundle"):
        bundle.open_bundle(tmp_path / "one.tar", root)
    assert archive.verify(root)


def test_a_bundle_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ArchiveError, match="No such file"):
        bundle.open_bundle(tmp_path / "none.tar", tmp_path / "archive")


def test_a_fetch_that_is_killed_leaves_no_half_file(tools, table, standin, monkeypatch):
    from fij_eval.sources import fetch, store

    def killed(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        raise KeyboardInterrupt

    made = tools()
    with monkeypatch.context() as patch:
        patch.setattr(store, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch.fetch("statbank", made)
    assert made.store.entries() == []
    fetch.fetch("statbank", made)
    assert archive.verify(made.store.root) == 3  # metadata, code list, figures


# --- the verbs


def test_the_verbs_list_verify_and_compare(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["archive", "list", "nav"]) == 0
    assert capsys.readouterr().out.count("nav/thing/") == 2
    assert cli.main(["archive", "verify"]) == 0
    assert "10 answers, all as they were kept" in capsys.readouterr().out
    a, b = "statbank/07459/2026-02-24", "statbank/07459/2026-03-01"
    assert cli.main(["archive", "diff", a, b, "--output", "out.csv"]) == 0
    said = capsys.readouterr().out
    assert "value: 2022 → 2029  (+7)" in said
    assert "2 cells differ" in said
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert '"Region=K-0301, ' in (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert cli.main(["archive", "export", "x.tar"]) == 0
    assert cli.main(["archive", "open", "x.tar"]) == 0
    assert (tmp_path / "data/raw/archive/index/nav.json").exists()
    assert cli.main(["archive", "verify", "--mode", "demo"]) == 5


def test_the_verbs_find_and_show_tables(standin, table, tmp_path, monkeypatch, capsys):
    import standin_server

    monkeypatch.chdir(tmp_path)
    given = json.dumps({"live": standin_server.live_settings(standin), "tables": {}})
    assert cli.main(["tables", "search", "befolkning", "--settings", given]) == 0
    assert "07459  07459: Befolkning  2022-2024" in capsys.readouterr().out
    assert cli.main(["tables", "show", "07459", "--settings", given]) == 0
    said = capsys.readouterr().out
    assert "code list agg_KommSummer" in said
    assert "Tid  år: 3 values, must be given" in said
    assert cli.main(["tables", "show", "99999", "--settings", given]) == 6
    v1 = standin_server.live_settings(standin)
    v1["statbank"]["api"] = "v1"
    given = json.dumps({"live": v1, "tables": {}})
    assert cli.main(["tables", "search", "befolkning", "--settings", given]) == 0
    assert "07459" in capsys.readouterr().out
    assert cli.main(["tables", "show", "07459", "--settings", given]) == 0


def test_the_verb_fetch_ends_with_the_services_code(standin, table, tmp_path, monkeypatch, capsys):
    import standin_server
    from standin_small import selection

    monkeypatch.chdir(tmp_path)
    tables = {"population_yearly": selection().model_dump(mode="json")}
    live = standin_server.live_settings(standin, attempts=1)
    given = json.dumps({"live": live, "tables": tables})
    assert cli.main(["fetch", "statbank", "--settings", given]) == 0
    assert (tmp_path / "data/raw/live/index/statbank.json").exists()
    standin.order("/pxwebapi", trouble("reset"), times=9)
    capsys.readouterr()
    assert cli.main(["fetch", "statbank", "--settings", given]) == 6
    assert "mode: archive" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(SystemExit):
        cli.main(["fetch", "statbnk"])
    assert "did you mean «statbank»" in " ".join(capsys.readouterr().err.split())
