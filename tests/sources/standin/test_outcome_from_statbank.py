"""The outcome from a Statbank table, as a change of settings alone."""

import json

import pandas as pd
import pytest
import standin_server
import yaml
from standin_small import entries_in
from standin_statbank import Table

from fij_eval import settings
from fij_eval.errors import InputError
from fij_eval.sources import fetch, ssb_article, statbank_outcome, vintages
from fij_eval.sources.store import RawStore

REGIONS = {"0": "Hele landet", "0301": "Oslo", "1507": "Ålesund (-2023)", "1508": "Ålesund"}
CONTENTS = {"Bosatte": "Bosatte 20-66 år", "Syss": "Sysselsatte", "Andel": "Andel (prosent)"}
MONTHS = ["2023M11", "2024M09"]


def document(values=None, contents=None, months=MONTHS):
    contents = contents or CONTENTS
    rows = values or [
        *(9000, 9500, 3000, 3500, 33.3, 36.8),  # the country
        *(1000, 1100, 300, 360, 30.0, 32.7),
        *(200, None, 60, None, 30.0, None),
        *(None, 180, None, None, None, None),
    ]
    dots = {str(n): "." for n in (13, 15, 17, 18, 20, 22)}
    hidden = {"21": ":", "23": ":"}

    def axis(label, codes, *, elimination=False):
        index = {code: place for place, code in enumerate(codes)}
        category = {"index": index, "label": dict(codes)}
        extension = {"elimination": elimination}
        return {"label": label, "category": category, "extension": extension}

    return {
        "version": "2.0",
        "class": "dataset",
        "label": "99999: Flyktninger",
        "updated": "2024-12-12T07:00:00Z",
        "id": ["Region", "ContentsCode", "Tid"],
        "size": [len(REGIONS), len(contents), len(months)],
        "dimension": {
            "Region": axis("region", REGIONS, elimination=True),
            "ContentsCode": axis("statistikkvariabel", contents),
            "Tid": axis("måned", {month: month for month in months}),
        },
        "value": rows,
        "status": dots | hidden if values is None else {},
        "extension": {"px": {"tableid": "99999"}},
    }


def outcome():
    lines = {"Region": ["*"], "ContentsCode": ["*"], "Tid": ["from(2023M08)"]}
    return settings.StatbankTable.model_validate(
        {
            "table": "99999",
            "selection": {name: {"values": values} for name, values in lines.items()},
            "unit": "persons",
            "becomes": "refugees in work",
        }
    )


def article(month):
    heads = "<tr><th>Kommune</th><th>Bosatte</th><th>Sysselsatte</th></tr>"
    return (
        "<!DOCTYPE html><html><body><p>Publisert: 1. mars 2025</p><table>"
        f"<caption>Tabell 2. {month}</caption>{heads}<tr><td>Oslo</td><td>7</td><td>3</td></tr>"
        "</table></body></html>"
    ).encode()


def test_two_vintages_of_the_table_are_compared_by_cell(tmp_path):
    store = RawStore(tmp_path)
    known = {"service": "ssb_article", "item": "99999", "about": {"role": "outcome"}}
    before = document()
    after = {**before, "value": [*before["value"][:6], 1001, *before["value"][7:]]}
    one, two = (
        store.put(json.dumps(each).encode(), vintage=day, filename="data.json", **known)
        for day, each in (("2024-12-12", before), ("2025-02-25", after))
    )
    (change,) = vintages.changes(store, [one], [two])
    assert change.cell == "Region=0301, ContentsCode=Bosatte, Tid=2023M11"
    assert change.amount == 1


def test_the_table_gives_the_months_and_takes_the_place_of_the_article(tools, standin, tmp_path):
    standin.tables["99999"] = Table(document())
    standin.page("/article", article("September 2024"))
    made = tools({"outcome": outcome()})
    fetch.fetch("ssb_article", made)
    standin.page("/article", article("Desember 2024"))
    index = fetch.fetch("ssb_article", made)
    assert {row["item"] for row in entries_in(index)} == {"2024-09", "2024-12", "99999"}
    ssb_article.write_tables(index, tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out/ssb_article_municipal.parquet")
    found = {
        (row["reference_month"], row["name"]): (row["residents"], row["employed"], row["share"])
        for row in frame.to_dict("records")
    }
    assert found["2023-11", "Oslo"] == (1000, 300, pytest.approx(0.30))
    assert found["2023-11", "Ålesund"] == (200, 60, pytest.approx(0.30))
    assert found["2024-09", "Oslo"] == (1100, 360, pytest.approx(0.327))
    assert found["2024-12", "Oslo"][:2] == (7, 3)
    hidden = frame[frame["name"].eq("Ålesund") & frame["reference_month"].eq("2024-09")].iloc[0]
    assert hidden["residents"] == 180
    assert pd.isna(hidden["employed"])
    assert hidden["employed_missing"] == "confidential"
    assert len(frame) == 5
    statbank = frame[frame["reference_month"].lt("2024-12")]
    assert set(statbank["published"]) == {"2024-12-12"}


def test_a_request_in_parts_gives_the_rows_of_all_its_parts(tools, standin, tmp_path):
    standin.tables["99999"] = Table(document())
    standin.page("/article", article("Desember 2024"))
    whole = fetch.fetch("ssb_article", tools({"outcome": outcome()}))
    few = standin_server.live_settings(standin)["statbank"] | {"max_cells": 12}
    parts = fetch.fetch("ssb_article", tools({"outcome": outcome()}, root="few", statbank=few))
    assert len(entries_in(parts)) == len(entries_in(whole)) + 1
    frames = []
    for index, folder in ((whole, tmp_path / "whole"), (parts, tmp_path / "parts")):
        ssb_article.write_tables(index, folder)
        frame = pd.read_parquet(folder / "ssb_article_municipal.parquet")
        frames.append(frame.drop(columns=["file", "row"]))
    pd.testing.assert_frame_equal(*frames)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contents": {"Lønn": "Månedslønn", "Syss": "Sysselsatte", "B": "Bosatte"}}, "contents"),
        ({"contents": {"A": "Sysselsatte", "Syss": "Sysselsatte", "B": "Bosatte"}}, "contents"),
        ({"months": ["2023", "2024"]}, "not a month"),
        ({"values": [5, 5, 9, 9, 1, 1] * 4}, "in work among"),
        ({"values": [9, 9, 5, 5, 101, 1] * 4}, "not a share"),
        ({"values": [9.5, 9, 5, 5, 10, 1] * 4}, "not a number of persons"),
    ],
)
def test_a_table_that_cannot_be_the_outcome_is_refused(change, said):
    content = json.dumps(document(**change)).encode()
    with pytest.raises(InputError, match=said):
        statbank_outcome.parse(content, where="data.json")


def test_the_role_is_optional_in_the_settings():
    from pathlib import Path

    path = Path(__file__).parent.parent.parent.parent / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "outcome" not in settings.check(content, where="config.yaml").tables
    content["tables"]["outcome"] = outcome().model_dump(mode="json")
    assert settings.check(content, where="config.yaml").tables["outcome"].table == "99999"
