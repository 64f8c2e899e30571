"""What the page to explore may hold: who is named, which cells are shown, who is compared."""

import json

import figure_worlds as worlds
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report.disclosure import LEVEL, visible, why_not, wilson
from fij_eval.report.explorer_data import SMALLEST_GROUP, payload

ANALYSES = ("main", "event_study")


def made(panel=None, language="nb"):
    panel = worlds.panel() if panel is None else panel
    estimates = [worlds.records(name) for name in ANALYSES]
    return payload(panel, worlds.records("description"), estimates, worlds.context(language))


@pytest.fixture(scope="module")
def data():
    return made()


def by_code(data):
    return {one["code"]: one for one in data["municipalities"]}


def small(panel):
    then = panel[panel["reference_month"] == "2024-04"]
    return then[then["residents"] < 20]


def test_municipalities_with_few_refugees_are_nowhere_in_the_data(data):
    few = small(worlds.panel())
    assert len(few) > 5
    assert data["unnamed"] == len(few)
    text = json.dumps(data, ensure_ascii=False)
    named = " ".join(one["name"] for one in data["municipalities"])
    for row in few.to_dict("records"):
        assert row["municipality_code"] not in by_code(data)
        assert f'"{row["municipality_code"]}"' not in text
        # «Vik» also lies within other names and words; longer names must be gone altogether
        if len(row["municipality_name"]) > 4 and row["municipality_name"] not in named:
            assert row["municipality_name"] not in text


def test_one_whose_number_is_not_known_is_not_named(data):
    panel = worlds.panel()
    code = "3901"
    gone = (panel["municipality_code"] == code) & (panel["reference_month"] == "2024-04")
    panel.loc[gone, "residents"] = pd.NA
    assert code in by_code(data)
    assert code not in by_code(made(panel))


def test_no_count_below_five_can_be_worked_out_from_what_is_shown(data):
    shown = 0
    for one in data["municipalities"]:
        for share, residents, why in zip(one["share"], one["residents"], one["why"], strict=True):
            if share is None:
                assert why in ("hidden", "missing")
                continue
            shown += 1
            assert why == ""
            assert residents >= 20
            employed = round(share / 100 * residents)
            assert SMALLEST_COUNT <= employed <= residents - SMALLEST_COUNT
    assert shown > 1000


@pytest.mark.parametrize(
    ("residents", "employed", "shown"),
    [(20, 5, True), (20, 4, False), (19, 9, False), (20, 15, True), (20, 16, False)],
)
def test_a_cell_is_shown_from_twenty_refugees_with_five_on_either_side(residents, employed, shown):
    rows = pd.DataFrame(
        {
            "residents": pd.array([residents, residents], dtype="Int64"),
            # where only the share is published, it says as much
            "employed": pd.array([employed, pd.NA], dtype="Int64"),
            "share": employed / residents,
        }
    )
    assert list(visible(rows, 20)) == [shown, shown]


def test_a_cell_that_the_source_hides_is_never_shown():
    rows = pd.DataFrame(
        {
            "residents": pd.array([pd.NA, 40], dtype="Int64"),
            "employed": pd.array([pd.NA, pd.NA], dtype="Int64"),
            "share": [0.4, np.nan],
        }
    )
    assert list(visible(rows, 20)) == [False, False]


def test_series_are_those_of_the_panel(data):
    panel = worlds.panel()
    one = by_code(data)["4601"]
    rows = panel[panel["municipality_code"] == "4601"].sort_values("reference_month")
    assert [month["id"] for month in data["months"]] == list(rows["reference_month"])
    # one decimal is kept
    assert one["share"] == pytest.approx(list(100 * rows["share"]), abs=0.05 + 1e-9)
    assert one["residents"] == list(rows["residents"])


def test_the_interval_for_chance_is_that_of_wilson():
    for share, n in ((0.1, 20), (0.5, 41), (0.93, 300), (0.0, 25), (1.0, 25)):
        theirs = proportion_confint(share * n, n, alpha=1 - LEVEL, method="wilson")
        # the same formula: rounding of the machine alone
        assert wilson(share, n) == pytest.approx(theirs, abs=1e-12)


def test_similar_ones_have_the_same_size_and_region_or_the_same_size_where_those_are_few(data):
    known = by_code(data)
    kinds = set()
    for one in known.values():
        assert one["code"] not in one["peers"]
        assert len(one["peers"]) >= SMALLEST_GROUP
        peers = [known[code] for code in one["peers"]]
        assert all(peer["size"] == one["size"] and peer["arm"] != "excluded" for peer in peers)
        same = [p for p in peers if p["region"] == one["region"]]
        assert (len(same) == len(peers)) if one["kind"] == "region" else (len(same) < len(peers))
        kinds.add(one["kind"])
    assert kinds == {"region", "size"}


def test_the_mean_of_similar_ones_leaves_out_the_municipality_itself(data):
    known = by_code(data)
    one = known["3401"]
    theirs = [known[code]["share"][-1] for code in one["peers"]]
    shown = [value for value in theirs if value is not None]
    # shares in the data are rounded to 0.1, and so is the mean
    assert one["mean"][-1] == pytest.approx(sum(shown) / len(shown), abs=0.1)


def test_a_mean_of_fewer_than_five_is_not_shown():
    panel = worlds.panel()
    last = panel["reference_month"] == panel["reference_month"].max()
    kept = panel["municipality_code"].isin(["3401", "3403", "3405", "3407"])
    panel.loc[last & ~kept, ["employed", "share"]] = pd.NA
    panel.loc[last & ~kept, ["employed_missing", "share_missing"]] = "confidential"
    data = made(panel)
    assert all(one["mean"][-1] is None for one in data["municipalities"])
    assert any(one["mean"][-2] is not None for one in data["municipalities"])


def test_every_record_is_shown_with_its_interval_as_in_the_report(data):
    records = pd.concat([worlds.records(name) for name in ANALYSES])
    assert [one["key"] for one in data["estimates"]] == list(records["key"])
    first, record = data["estimates"][0], records.iloc[0]
    assert first["estimate"] == pytest.approx(100 * record["estimate"], abs=0.005 + 1e-9)
    assert first["low"] < first["estimate"] < first["high"]
    base = next(one for one in data["estimates"] if one["is_base"])
    assert base["low"] is None


def test_a_limit_beside_zero_is_not_zero_on_the_page():
    record = worlds.records("main").iloc[[0]].assign(ci_low=-0.00002, ci_high=0.031)
    (one,) = payload(worlds.panel(), worlds.records("description"), [record], worlds.context())[
        "estimates"
    ]
    assert (one["low"], one["high"], one["decimals"]) == (-0.002, 3.1, 2)


def test_a_share_that_does_not_exist_is_missing_and_one_that_is_kept_back_is_hidden():
    reasons = {"": "hidden", "confidential": "hidden", "no_row": "missing"}
    assert {reason: why_not(reason) for reason in reasons} == reasons


def test_the_data_can_be_written_as_json_without_nan(data):
    assert "NaN" not in json.dumps(data, allow_nan=False)


def test_means_of_the_arms_are_those_of_the_records(data):
    description = worlds.records("description").set_index("key")["estimate"]
    mean = description["mean.eligible.network.2024-09.municipality"]
    place = [month["id"] for month in data["months"]].index("2024-09")
    assert data["means"]["network"][place] == pytest.approx(100 * mean, abs=0.05 + 1e-9)
