"""The demo's files: right in form, true to the world they come from, the same every time."""

import csv
import hashlib
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from fij_eval import settings
from fij_eval.errors import SettingsError
from fij_eval.places import SERVICES
from fij_eval.simulation.calibration import calibration
from fij_eval.simulation.measurement import publish
from fij_eval.simulation.national import read_points
from fij_eval.simulation.places import read_places
from fij_eval.sources import demo, demo_article, imdi, klass, nav, ssb_article, statbank
from fij_eval.sources.demo_article import structure
from fij_eval.sources.store import RawStore, read_index

PROJECT = Path(__file__).parents[2]
REFERENCE = PROJECT / "data" / "reference"
SNAPSHOTS = ("2023-08", "2024-04", "2024-09", "2025-04", "2025-12")


def parts(**changes):
    """The project's settings with fewer snapshots, and with changes by part."""
    everything = settings.load(PROJECT / "config.yaml")
    changes = {"data": {"snapshots": SNAPSHOTS}, **changes}

    def changed(name):
        part = getattr(everything, name)
        content = {**part.model_dump(by_alias=True), **changes.get(name, {})}
        return type(part).model_validate(content)

    return {
        "seed": everything.seed,
        "tables": changes.get("tables", everything.tables),
        **{name: changed(name) for name in ("data", "demo", "network", "sample", "windows")},
    }


def fingerprint(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One demo, its world and its parsed tables."""
    folder = tmp_path_factory.mktemp("demo")
    root, tables = folder / "raw" / "demo", folder / "sources"
    given = parts()
    demo.write(REFERENCE, root, **given)
    places = read_places(REFERENCE)
    world = demo.play(
        REFERENCE,
        places,
        **{k: given[k] for k in ("seed", "data", "demo", "network", "sample")},
    )
    tables.mkdir()
    statbank.write_tables(root / "index" / "statbank.json", tables, tables=given["tables"])
    for name, parser in (
        ("klass", klass),
        ("nav", nav),
        ("ssb_article", ssb_article),
        ("imdi", imdi),
    ):
        parser.write_tables(root / "index" / f"{name}.json", tables)
    frames = {path.stem: pd.read_parquet(path) for path in tables.glob("*.parquet")}
    return SimpleNamespace(root=root, given=given, places=places, world=world, frames=frames)


def entries(made, service):
    return read_index(made.root / "index" / f"{service}.json")


def content(made, service, item):
    found = [e for e in entries(made, service) if e.item == item]
    assert len(found) == 1
    return (made.root / found[0].path).read_bytes()


def test_two_writes_give_the_same_bytes(made, tmp_path):
    again = tmp_path / "demo"
    demo.write(REFERENCE, again, **made.given)
    assert fingerprint(again) == fingerprint(made.root)


def test_another_effect_replaces_the_demo_and_nothing_else(made, tmp_path):
    root = tmp_path / "demo"
    demo.write(REFERENCE, root, **made.given)
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    demo.write(REFERENCE, root, **parts(demo={"effect_pp": 0.0}))
    assert (root / "notes.txt").read_text(encoding="utf-8") == "mine"
    told = json.loads((root / "truth.json").read_text(encoding="utf-8"))
    assert {row["realised"] for row in told["effects"]} == {0.0}
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    for service in SERVICES:
        store = RawStore(root)
        assert store.entries(service) == read_index(root / "index" / f"{service}.json")


def test_every_file_is_in_an_index_with_its_checksum(made):
    store, named = RawStore(made.root), set()
    for service in SERVICES:
        for entry in entries(made, service):
            store.read(entry)
            named |= {entry.path, f"{entry.path}.meta.json"}
    others = {"truth.json", *(f"index/{service}.json" for service in SERVICES)}
    assert {path for path in fingerprint(made.root) if path not in others} == named


def test_what_is_simulated_says_so_and_what_is_real_does_not(made):
    flags = {(s, e.item): e.simulated for s in SERVICES for e in entries(made, s)}
    real = {("statbank", "07459"), *(("klass", i) for i in ("131-codes", "131-changes"))}
    real |= {("klass", "104-codes"), ("klass", "103-codes")}
    real |= {("imdi", f"bosetting-{year}") for year in (2022, 2023, 2024)}
    assert {key for key, simulated in flags.items() if not simulated} == real
    for entry in entries(made, "ssb_article"):
        assert demo_article.NOTICE in (made.root / entry.path).read_text(encoding="utf-8")


def test_the_answers_keep_the_services_habits(made):
    answer = json.loads(content(made, "statbank", "01222"))
    index = answer["dimension"]["Region"]["category"]["index"]
    assert sorted(index.values()) == list(range(357))
    assert list(index.values()) != sorted(index.values())
    assert answer["id"][-1] == "Tid"
    assert len(answer["value"]) == int(np.prod(answer["size"]))
    labour = json.loads(content(made, "statbank", "13563"))
    missing = {i for i, value in enumerate(labour["value"]) if value is None}
    assert missing == {int(i) for i in labour["status"]}
    assert not {1, 2} & set(labour["value"])


def test_the_request_names_ukraine_by_the_code_of_the_answer(made):
    entry = next(e for e in entries(made, "statbank") if e.item == "07822")
    line = next(s for s in entry.request["selection"] if s["variableCode"] == "Land")
    answer = json.loads((made.root / entry.path).read_bytes())
    assert answer["dimension"]["Land"]["category"]["label"] == {line["valueCodes"][0]: "Ukraina"}
    assert len(answer["value"]) == 18  # 2008 to 2025


def test_population_is_the_real_one_with_the_code_lists_trap(made):
    frame = made.frames["statbank_population_yearly"]
    sums = frame.groupby("Tid")["value"].sum()
    assert sums["2024"] == 5_550_203
    by_code = frame.set_index(["Region", "Tid"])["value"]
    assert by_code["K-1580", "2023"] == 0
    assert by_code["K-1580", "2024"] == 9_357
    quarters = made.frames["statbank_population_quarterly"].set_index(["Region", "Tid"])["value"]
    assert quarters["K-1580", "2023K4"] == 0
    assert quarters["K-1508", "2023K4"] == 58_509 + 9_357
    assert quarters["K-0301", "2025K4"] == 728_714


@pytest.mark.parametrize("month", SNAPSHOTS)
def test_the_parsed_table_is_the_world_as_measured(made, month):
    """From persons through the page and back: every figure and every hidden cell."""
    frame = made.frames["ssb_article_municipal"]
    frame = frame[frame["reference_month"] == month]
    frame = frame[frame["published"] == frame["published"].max()].reset_index(drop=True)
    names, group = structure(made.places, month, plain=month < "2024-06")
    assert len(frame) == len(names) == (356 if month < "2024" else 357)
    column = made.world.column(month)
    residents = np.bincount(group, weights=made.world.residents[:, column])
    employed = np.bincount(group, weights=made.world.employed[:, column])
    shown = publish(residents.astype(int), employed.astype(int), hide_below=3)
    hidden = shown.hidden_employed
    assert hidden.any()
    assert (frame["employed_missing"] == "confidential").tolist() == hidden.tolist()
    assert (
        frame["residents_missing"] == "confidential"
    ).tolist() == shown.hidden_residents.tolist()
    assert frame["employed"].isna().tolist() == hidden.tolist()
    seen = ~hidden & (residents > 0)
    assert frame.loc[seen, "residents"].tolist() == residents[seen].tolist()
    assert frame.loc[seen, "employed"].tolist() == employed[seen].tolist()
    # One decimal of a per cent: at most half of 0.001 off.
    gap = frame.loc[seen, "share"].to_numpy() - employed[seen] / residents[seen]
    assert np.abs(gap).max() <= 0.0005 + 1e-12


def test_the_demos_own_world_imitates_what_was_published(made):
    """The calibration table's limits are the tolerances; each is explained beside its target."""
    table = calibration(made.places, made.world, points=read_points(REFERENCE))
    outside = table[~table["value"].between(table["low"], table["high"])]
    assert outside.empty, outside.to_string()


def test_names_have_the_sources_habits(made):
    frame = made.frames["ssb_article_municipal"]
    labels = {month: set(rows["label"]) for month, rows in frame.groupby("reference_month")}
    assert {"Ålesund", "Våler (Viken)", "Sande (Møre og Romsdal)"} <= labels["2023-08"]
    assert "Haram" not in labels["2023-08"]
    assert "Steinkjer" in labels["2024-04"]
    assert "Trondheim" in labels["2024-04"]
    assert "Trondheim - Tråante" in labels["2024-09"]
    assert "Herøy (Nordland)1" in labels["2024-09"]
    assert "Oslo" in labels["2024-09"]
    assert "Oslo - Oslove" in labels["2025-12"]
    assert "Herøy (Nordland)" in set(frame["name"])


def test_a_revised_month_has_two_vintages_that_differ(made):
    frame = made.frames["ssb_article_municipal"]
    frame = frame[frame["reference_month"] == "2024-09"]
    dates = sorted(frame["published"].unique())
    assert len(dates) == 2
    first, last = (frame[frame["published"] == d].reset_index(drop=True) for d in dates)
    assert (first["employed"].fillna(-1) != last["employed"].fillna(-1)).any()
    assert first["employed"].sum() < last["employed"].sum()
    assert frame[frame["published"] == dates[0]]["name"].tolist() == last["name"].tolist()
    other = made.frames["ssb_article_municipal"].query("reference_month == '2025-12'")
    assert len(set(other["published"])) == 1


def test_older_tables_are_downloads_and_newer_ones_pages(made):
    files = {e.item: set() for e in entries(made, "ssb_article")}
    for entry in entries(made, "ssb_article"):
        files[entry.item].add(Path(entry.path).name)
    assert files["2024-04"] == {"tabell1.csv", "tabell2.csv"}
    assert files["2024-09"] == {"page.html"}
    text = (
        made.root
        / next(
            e.path
            for e in entries(made, "ssb_article")
            if e.item == "2024-04" and e.about["table"] == "2"
        )
    ).read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert {len(row) for row in rows} == {4}
    assert any("\u00a0" in row[1] for row in rows)
    assert any("," in row[3] for row in rows[1:])
    assert rows[-1][1:] == ["", "", ""]


def test_the_national_table_sums_the_country(made):
    frame = made.frames["ssb_article_national"]
    row = frame[(frame["published"] == frame["published"].max())].set_index("reference_month")
    column = made.world.column("2025-12")
    assert row.loc["2025-12", "residents"] == made.world.residents[:, column].sum()
    assert row.loc["2025-12", "employed"] == made.world.employed[:, column].sum()
    assert len(row) == 13


def test_workbooks_have_navs_form(made):
    book = load_workbook(io.BytesIO(content(made, "nav", "hl060-2024")))
    assert book.sheetnames == ["3. Kommune Antall", "4. Kommune Prosent av arbeidsst"]
    rows = list(book["3. Kommune Antall"].iter_rows(values_only=True))
    assert any(row[1] == "Januar - desember 2024" for row in rows)
    labels = [row[1] for row in rows]
    assert "0301 Oslo - Oslove" in labels
    assert "2100 Svalbard" in labels
    cells = [cell for row in rows[5:] for cell in row[2:]]
    assert "*" in cells
    assert not {1, 2, 3} & set(cells)


def test_unemployment_of_2023_has_the_codes_of_2023(made):
    frame = made.frames["nav_hl060"]
    before = set(frame.loc[frame["reference_month"] == "2023-08", "code"])
    after = set(frame.loc[frame["reference_month"] == "2024-01", "code"])
    assert len(before) == 356
    assert len(after) == 357
    assert "1507" in before
    assert "1507" not in after
    hidden = frame["unemployed_missing"] == "below_four"
    assert hidden.any()
    assert frame.loc[hidden, "unemployed"].isna().all()
    # The labour force is a bit over half of the population: a rate is two per cent or so.
    assert 0.01 < frame["unemployment_rate"].median() < 0.03


def test_the_statistics_step_up_in_april_2025(made):
    frame = made.frames["nav_hl060"]
    total = frame.groupby("reference_month")["unemployed"].sum()
    step = (total["2025-04"] / total["2025-03"]) / (total["2024-04"] / total["2024-03"])
    # The level rises by 8 per cent; shocks of 357 municipalities leave about half a per cent.
    assert 1.05 < step < 1.11


def test_the_classification_tells_the_reform(made):
    codes = made.frames["klass_municipalities"]
    assert set(codes.loc[codes["code"] == "1507", "valid_to"]) == {"2024-01-01"}
    assert set(codes.loc[codes["code"] == "1580", "valid_from"]) == {"2024-01-01"}
    valid = codes[
        (codes["valid_from"] <= "2024-01-01")
        & (codes["valid_to"].replace("", "9999") > "2024-01-01")
    ]
    assert sorted(valid["code"]) == list(made.places.codes)
    changes = made.frames["klass_changes"]
    assert set(changes.loc[changes["old_code"] == "1507", "new_code"]) == {"1508", "1580"}
    assert len(changes) == 115
    assert len(made.frames["klass_districts"]) == 18


def test_settlement_pages_show_the_real_figures(made):
    frame = made.frames["imdi_settlement"]
    real = frame[frame["year"] == 2024].set_index("name")["settled_collective"]
    for row, name in enumerate(made.places.names_norwegian):
        count = made.places.settled[row, 2]
        assert pd.isna(real[name]) if count < 0 else real[name] == count
    assert "Haram" not in set(frame.loc[frame["year"] == 2023, "name"])
    assert (frame["settled_collective_missing"] == "below_five").sum() >= 12
    assert set(frame.loc[frame["year"] == 2022, "county"]) > {"Viken"}
    later = frame[frame["year"] == 2025]
    assert later["simulated"].all()
    assert (later["settled"].dropna() >= 0).all()


def test_the_truth_is_the_effect_that_the_settings_name(made):
    told = json.loads((made.root / "truth.json").read_text(encoding="utf-8"))
    rows = {(row["estimand"], row["term"]): row for row in told["effects"]}
    for estimand in ("municipality_average", "person_average"):
        assert rows[estimand, "2024-04"]["expected"] == 0
        assert rows[estimand, "2024-04"]["realised"] == 0
        # Fully phased in a year after kick-off; who is above 97 per cent is cut at one, which is
        # less than 1e-6 of a share.
        assert rows[estimand, "2025-12"]["expected"] == pytest.approx(0.03, abs=1e-6)
        assert rows[estimand, "2024-09"]["expected"] == pytest.approx(0.03 * 3 / 12, abs=1e-6)
        # Two snapshots in the window: ten months and a full phase-in.
        window = (0.03 * 10 / 12 + 0.03) / 2
        assert rows[estimand, "post"]["expected"] == pytest.approx(window, abs=1e-6)
        # 44 municipalities of about 170 persons: the draws leave less than half a point.
        assert rows[estimand, "post"]["realised"] == pytest.approx(window, abs=0.005)
    assert told["post_snapshots"] == ["2025-04", "2025-12"]
    assert told["simulated"] is True


def test_choosing_other_snapshots_leaves_every_figure_as_it_was(made, tmp_path):
    root = tmp_path / "demo"
    fewer = parts(data={"snapshots": ("2024-04", "2025-04")}, demo={"revised_months": ()})
    demo.write(REFERENCE, root, **fewer)
    old = fingerprint(made.root)
    new = fingerprint(root)
    same = [p for p in new if "2024-04" in p and p.endswith(".csv")]
    assert len(same) == 2
    assert all(new[path] == old[path] for path in same)


def test_an_unknown_table_stops_before_anything_is_written(tmp_path):
    given = parts()
    role = given["tables"]["immigration"]
    tables = {**given["tables"], "immigration": role.model_copy(update={"table": "12345"})}
    with pytest.raises(SettingsError, match="no answer for the Statbank table 12345"):
        demo.write(REFERENCE, tmp_path / "demo", **{**given, "tables": tables})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("month", ["2022-01", "2031-01"])
def test_a_month_without_a_world_is_refused(tmp_path, month):
    given = parts(
        data={"snapshots": tuple(sorted(["2024-04", month]))}, demo={"revised_months": ()}
    )
    with pytest.raises(SettingsError, match=f"no world for {month}"):
        demo.write(REFERENCE, tmp_path / "demo", **given)


def test_one_pre_period_and_hiding_nothing_can_be_asked_for(tmp_path):
    root = tmp_path / "demo"
    given = parts(
        data={"snapshots": ("2024-04", "2025-04")},
        demo={"revised_months": (), "hide_below": 0, "share_decimals": 0},
    )
    demo.write(REFERENCE, root, **given)
    page = (root / "ssb_article" / "2025-04").rglob("page.html")
    text = next(iter(page)).read_text(encoding="utf-8")
    assert "<td>:</td>" not in text
