"""Statbank: what is asked, what is kept, and each way in which it can go wrong."""

import json

import pytest
from standin_server import as_type, status, trouble
from standin_small import FROM_2023, entries_in, population, selection
from standin_statbank import Table

from fij_eval.errors import FijError, InputError, ServiceError, SettingsError
from fij_eval.sources import fetch, statbank
from fij_eval.sources.answers import JSON, StatusError, UnreachableError
from fij_eval.sources.selection import Line, Variable, cells, expand, resolve, split


def frames(index, tables, output):
    statbank.write_tables(index, output, tables=tables)
    import pandas as pd

    return {role: pd.read_parquet(output / f"statbank_{role}.parquet") for role in tables}


def test_the_answer_is_kept_beside_its_request_and_reads_back(tools, table, standin, tmp_path):
    made = tools()
    index = fetch.fetch("statbank", made)
    (row,) = entries_in(index)
    assert row["vintage"] == "2026-02-24T07-00-00Z"
    assert row["updated"] == "2026-02-24T07:00:00Z"
    assert row["request"] == {
        "selection": [
            {"variableCode": "Region", "codelist": "agg_KommSummer", "valueCodes": ["*"]},
            {"variableCode": "ContentsCode", "valueCodes": ["Personer1"]},
            {"variableCode": "Tid", "valueCodes": ["from(2023)"]},
        ]
    }
    assert json.loads(standin.asked[-1][3]) == row["request"]
    assert row["headers"]["x-ratelimit-policy"] == "40;w=60s"
    assert "CC BY 4.0" in row["licence"]
    assert not row["simulated"]
    frame = frames(index, made.tables, tmp_path / "out")["population_yearly"]
    assert frame["value"].tolist() == FROM_2023
    assert frame["Region"].tolist()[::2] == ["K-0301", "K-1103", "K-4601"]


def test_a_vintage_that_is_archived_is_not_asked_for_again(tools, table, standin):
    fetch.fetch("statbank", tools())
    before = len(standin.asked)
    fetch.fetch("statbank", tools())
    assert standin.paths()[before:] == ["GET /pxwebapi/v2/tables/07459"]


def test_a_changed_table_becomes_a_new_vintage_and_the_old_one_stays(tools, table, tmp_path):
    first = fetch.fetch("statbank", tools())
    old = entries_in(first)[0]
    table.updated = "2026-03-01T07:00:00Z"
    table.document["value"][1] += 5
    made = tools()
    (row,) = entries_in(fetch.fetch("statbank", made))
    assert row["vintage"] == "2026-03-01T07-00-00Z"
    assert (made.store.root / old["path"]).exists()
    assert frames(first, made.tables, tmp_path / "out")["population_yearly"]["value"][0] == (
        FROM_2023[0] + 5
    )


def test_another_selection_of_the_same_vintage_lies_beside_the_first(tools, table):
    fetch.fetch("statbank", tools())
    changed = {"population_yearly": selection(Tid={"values": ["2022"]})}
    made = tools(changed)
    (row,) = entries_in(fetch.fetch("statbank", made))
    assert row["path"].startswith("statbank/07459/2026-02-24T07-00-00Z/data-")
    assert len([e for e in made.store.entries("statbank") if e.about.get("role")]) == 2


def test_a_large_request_is_split_over_the_region_and_joined_again(tools, standin, tmp_path):
    regions = [f"{1101 + place}" for place in range(10)]
    standin.tables["07459"] = Table(population(regions))
    standin.limit = 7
    service = {
        "api": "v2",
        "address": f"{standin.address}/pxwebapi/v2",
        "address_v1": f"{standin.address}/v0/no/table",
        "max_cells": 7,
    }
    made = tools(statbank=service)
    index = fetch.fetch("statbank", made)
    rows = entries_in(index)
    # two years a region, at most seven cells: three regions a request
    assert sorted(row["about"]["part"] for row in rows) == ["1/4", "2/4", "3/4", "4/4"]
    frame = frames(index, made.tables, tmp_path / "out")["population_yearly"]
    whole = [v for place in range(10) for v in (100 * place + 2023, 100 * place + 2024)]
    assert frame["value"].tolist() == whole


def test_an_interrupted_fetch_goes_on_where_it_stopped(tools, standin, clock):
    regions = [f"{1101 + place}" for place in range(10)]
    standin.tables["07459"] = Table(population(regions))
    service = {
        "api": "v2",
        "address": f"{standin.address}/pxwebapi/v2",
        "address_v1": f"{standin.address}/v0/no/table",
        "max_cells": 7,
    }
    count = iter(range(100))
    standin.order(
        "POST", lambda reply: reply if next(count) < 2 else trouble("reset")(reply), times=6
    )
    with pytest.raises(UnreachableError, match="Missing of statbank: Statbank 07459") as raised:
        fetch.fetch("statbank", tools(statbank=service))
    assert "goes on from there" in raised.value.remedy
    root = tools().store.root
    assert not (root / "index/statbank.json").exists()
    assert not [path for path in root.rglob("*") if path.name.startswith(".data")]
    clock.pass_by(minutes=5)
    before = len(standin.asked)
    assert len(entries_in(fetch.fetch("statbank", tools(statbank=service)))) == 4
    assert standin.paths()[before:].count("POST /pxwebapi/v2/tables/07459/data") == 2


def test_a_table_that_changes_between_parts_is_fetched_again(tools, table, standin):
    service = {
        "api": "v2",
        "address": f"{standin.address}/pxwebapi/v2",
        "address_v1": f"{standin.address}/v0/no/table",
        "max_cells": 2,
    }

    def change(reply):
        table.updated = "2026-03-01T07:00:00Z"
        return reply

    standin.order("POST", change)
    with pytest.raises(ServiceError, match="changed while its parts were fetched"):
        fetch.fetch("statbank", tools(statbank=service))


def test_a_label_is_looked_up_in_the_metadata(tools, table, standin):
    asked = {"population_yearly": selection(Region={"values": ["label:bergen"]})}
    fetch.fetch("statbank", tools(asked))
    body = json.loads(standin.asked[-1][3])
    assert body["selection"][0] == {"variableCode": "Region", "valueCodes": ["4601"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Tid": {"values": ["2203"]}}, "no value «2203»; the nearest is «2023»"),
        ({"Region": {"values": ["label:Berge"]}}, "no value «Berge»; the nearest is «Bergen»"),
        ({"ContentsCode": {"values": ["personer1"]}}, "no value «personer1»; the nearest is"),
        ({"Tidd": {"values": ["2023"]}}, "no variable «Tidd»; the nearest is «Tid»"),
        ({"Tid": None}, "must be told which values of «Tid»"),
        (
            {"Region": {"values": ["*"], "codelist": "agg_kommsummer"}},
            "no code list «agg_kommsummer»; the nearest is «agg_KommSummer»",
        ),
        ({"Tid": {"values": ["from(2030)"]}}, r"no value «from\(2030\)»"),
        ({"Tid": {"values": ["range(2022)"]}}, r"no value «range\(2022\)»"),
    ],
)
def test_a_wrong_selection_is_told_before_it_is_sent(tools, table, standin, change, said):
    with pytest.raises(SettingsError, match=said) as raised:
        fetch.fetch("statbank", tools({"population_yearly": selection(**change)}))
    assert "07459" in str(raised.value)
    assert not any("POST" in path for path in standin.paths())


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (status(400, b'{"title": "Missing selection for mandantory variable"}'), "mandantory"),
        (status(403, b'{"title": "Too many cells selected"}'), "lower live.statbank.max_cells"),
        (status(500), "when a value stands twice"),
        (status(400, b'{"title": "Non-existent value"}'), "Tid: from"),
        (as_type("text/html", b"<html>Vedlikehold</html>"), "not with JSON"),
        (as_type("application/json", b"[1]"), "not an object"),
        (as_type("application/json", b'{"class": "dataset"}'), "«id» is not a list"),
    ],
)
def test_a_refused_request_names_the_table_and_keeps_nothing(tools, table, standin, reply, said):
    standin.order("POST", reply)
    made = tools()
    with pytest.raises(FijError, match=said) as raised:
        fetch.fetch("statbank", made)
    assert "07459" in str(raised.value)
    assert not [entry for entry in made.store.entries() if entry.about.get("role")]


def test_an_answer_with_other_values_than_asked_for_is_refused(tools, table, standin):
    def lose_one(reply):
        document = population(("0301", "1103"), ("2023", "2024"))
        return as_type("application/json", json.dumps(document).encode())(reply)

    standin.order("POST", lose_one)
    with pytest.raises(InputError, match=r"does not hold the value «K-4601» of «Region»"):
        fetch.fetch("statbank", tools())


def test_a_renamed_variable_is_told_with_those_there_are(tools, table):
    table.document["dimension"]["Kommune"] = table.document["dimension"].pop("Region")
    table.document["id"][0] = "Kommune"
    with pytest.raises(SettingsError, match="no variable «Region»") as raised:
        fetch.fetch("statbank", tools())
    assert "Kommune" in raised.value.remedy


def test_a_table_that_is_gone_says_how_to_find_another(tools, standin):
    with pytest.raises(ServiceError, match="has no table 07459") as raised:
        fetch.fetch("statbank", tools())
    assert "tables search" in raised.value.remedy


def test_a_discontinued_table_is_kept_with_a_warning(tools, table, caplog):
    table.discontinued = True
    fetch.fetch("statbank", tools())
    assert "is discontinued, its last period is 2024" in caplog.text


def test_one_table_that_fails_does_not_keep_the_others_from_the_archive(tools, table, standin):
    lost = selection().model_copy(update={"table": "11111"})
    made = tools({"immigrants": lost, "population_yearly": selection()})
    with pytest.raises(ServiceError, match=r"Missing of statbank: Statbank 11111 .*; fetched and"):
        fetch.fetch("statbank", made)
    assert [e for e in made.store.entries("statbank") if e.about.get("role") == "population_yearly"]


def test_duplicate_values_are_sent_once(tools, table, standin):
    asked = {"population_yearly": selection(Tid={"values": ["2023", "2023", "from(2023)"]})}
    fetch.fetch("statbank", tools(asked))
    assert json.loads(standin.asked[-1][3])["selection"][2]["valueCodes"] == ["2023", "from(2023)"]


def test_a_selection_too_long_for_an_address_is_fetched_since_it_is_posted(tools, standin):
    """A long GET gives 404, so that every selection goes in a body."""
    regions = [f"{1101 + place}" for place in range(400)]
    standin.tables["07459"] = Table(population(regions))
    codes = [f"K-{code}" for code in regions]
    asked = selection(Region={"values": codes, "codelist": "agg_KommSummer"})
    made = tools({"population_yearly": asked})
    (row,) = entries_in(fetch.fetch("statbank", made))
    assert row["method"] == "POST"
    assert row["request"]["selection"][0]["valueCodes"] == codes
    at = f"{standin.address}/pxwebapi/v2/tables/07459/data"
    short = {"codelist[Region]": "agg_KommSummer", "valueCodes[ContentsCode]": "Personer1"}
    short |= {"valueCodes[Tid]": "[range(2022,2023)]", "outputFormat": "json-stat2"}
    few = made.http.get(at, kind=JSON, params=short | {"valueCodes[Region]": ",".join(codes[:2])})
    assert json.loads(few.content)["size"] == [2, 1, 2]
    with pytest.raises(StatusError, match="status 404"):
        made.http.get(at, kind=JSON, params=short | {"valueCodes[Region]": ",".join(codes)})


def test_a_lower_limit_of_cells_than_documented_is_told_with_the_setting(tools, table, standin):
    standin.limit = 5
    with pytest.raises(ServiceError, match=r"Too many cells selected.*live\.statbank\.max_cells"):
        fetch.fetch("statbank", tools())


def test_a_changed_number_of_a_table_is_a_change_of_settings_alone(tools, table, standin):
    standin.tables["14700"] = standin.tables.pop("07459")
    table.document["label"] = "14700: Befolkning"
    table.document["extension"]["px"]["tableid"] = "14700"
    moved = selection().model_copy(update={"table": "14700"})
    made = tools({"population_yearly": moved})
    (row,) = entries_in(fetch.fetch("statbank", made))
    assert (row["item"], row["about"]["role"]) == ("14700", "population_yearly")


def test_v1_gives_the_same_figures_with_expressions_written_out(tools, table, standin, tmp_path):
    codes = [("0301", "Oslo"), ("1103", "Stavanger"), ("4601", "Bergen")]
    rows = [
        {
            "code": code,
            "name": name,
            "validFromInRequestedRange": "2020-01-01",
            "validToInRequestedRange": "2027-01-01",
        }
        for code, name in codes
    ]
    service = {
        "api": "v1",
        "address": f"{standin.address}/pxwebapi/v2",
        "address_v1": f"{standin.address}/v0/no/table",
        "max_cells": 800_000,
    }
    made = tools(statbank=service)
    with pytest.raises(ServiceError, match="fetch klass"):
        fetch.fetch("statbank", made)
    made.store.put(
        json.dumps({"codes": rows}).encode(),
        service="klass",
        item="131-codes",
        vintage="2026-05-06",
        filename="data.json",
    )
    index = fetch.fetch("statbank", made)
    (row,) = entries_in(index)
    query = row["request"]["query"]
    assert query[0]["selection"] == {
        "filter": "agg:KommSummer",
        "values": ["K-0301", "K-1103", "K-4601"],
    }
    assert query[2]["selection"] == {"filter": "item", "values": ["2023", "2024"]}
    frame = frames(index, made.tables, tmp_path / "out")["population_yearly"]
    assert frame["value"].tolist() == FROM_2023


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("*", "2021 2022 2023 2024"),
        ("202?", "2021 2022 2023 2024"),
        ("*3", "2023"),
        ("top(2)", "2023 2024"),
        ("bottom(1)", "2021"),
        ("from(2023)", "2023 2024"),
        ("to(2022)", "2021 2022"),
        ("range(2022,2023)", "2022 2023"),
        ("from(2019)", "2021 2022 2023 2024"),
        ("2022", "2022"),
        ("top(x)", ""),
        ("", ""),
    ],
)
def test_expressions_mean_what_the_interface_documents(expression, found):
    assert expand(expression, ["2021", "2022", "2023", "2024"]) == found.split()


def test_cells_are_counted_over_all_variables_and_the_parts_cover_all():
    codes = tuple(f"{place:04d}" for place in range(357))
    lines = (
        Line(variable="Region", codelist="", values=("*",), codes=codes),
        Line(variable="Alder", codelist="", values=("*",), codes=tuple(map(str, range(106)))),
        Line(variable="Tid", codelist="", values=("*",), codes=tuple(map(str, range(30)))),
    )
    assert cells(lines) == 357 * 106 * 30
    parts = split("07459", lines, 800_000)
    assert all(cells(part) <= 800_000 for part in parts)
    assert [code for part in parts for code in part[0].codes] == list(codes)
    with pytest.raises(SettingsError, match="3180 for each value of «Region»"):
        split("07459", lines, 3000)


def test_a_variable_that_may_be_left_out_is(tools):
    variables = (
        Variable(code="Kjonn", label="kjønn", values={"1": "Menn"}, elimination=True),
        Variable(code="Tid", label="år", values={"2023": "2023"}),
    )
    asked = selection(Region=None, ContentsCode=None)
    (line,) = resolve("population_yearly", asked, variables, {})
    assert line.variable == "Tid"
