"""Checklists: every point has an answer from the run, and every place it names is in the report."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import report_world

from fij_eval.panel.codebook import codebook_rows
from fij_eval.report import registry
from fij_eval.report.checklist_values import values
from fij_eval.report.checklist_words import ANSWERS, POINTS
from fij_eval.report.checklists import ITEMS
from fij_eval.report.context import Context, places
from fij_eval.report.prose import DOCUMENTS, asked_for, prose
from fij_eval.report.tables import tabv8_checklists

SIZES = {"strobe": 22, "trend": 22, "top": 8}
"""Points of the published checklists."""


def context(language="nb", treated="itt"):
    parts = report_world.settings()
    network = parts.of("network").model_copy(update={"treated": treated})
    return Context(language=language, network=network, sample=parts.of("sample"))


def inputs():
    frames = report_world.demo_frames()
    return frames | {"codebook": pd.DataFrame(codebook_rows(frames["panel"]))}


def made(language="nb", **changed):
    return tabv8_checklists.make(inputs() | changed, context(language))


def labels_of(document):
    """Labels that references of a document may lead to."""
    texts = prose(document)
    whole = "\n".join(texts.values())
    found = set(re.findall(r"^=+ .*<([a-z-]+)>$", whole, re.MULTILINE))
    found |= {f"app-{mark}" for mark in re.findall(r'#appendix\("(V\d+)"', whole)}
    return found | set(asked_for("fig", texts)) | set(asked_for("tab", texts))


def test_every_point_of_the_published_checklists_is_there_in_order():
    for group, size in SIZES.items():
        numbers = [item.number for item in ITEMS if item.group == group]
        assert numbers == list(range(1, size + 1))
    assert sum(item.group == "referee" for item in ITEMS) > 10


def test_words_are_the_same_in_both_languages():
    for words in (POINTS, ANSWERS):
        assert words["nb"].keys() == words["en"].keys()
        for key, template in words["nb"].items():
            assert places(template) == places(words["en"][key]), key


@pytest.mark.parametrize("name", [n for n, d in DOCUMENTS.items() if d.template == "full"])
def test_every_place_that_a_point_names_is_in_the_report(name):
    known = labels_of(DOCUMENTS[name])
    for item in ITEMS:
        assert set(item.where) <= known, item
        assert bool(item.where) == item.answered


def test_every_record_that_a_point_names_is_made_by_the_run():
    frames = inputs()
    keys = {key for n, f in frames.items() if n.startswith("estimates_") for key in f["key"]}
    assert {item.record for item in ITEMS if item.record} <= keys


@pytest.mark.parametrize("language", ["nb", "en"])
def test_answers_hold_what_the_run_found(language):
    table = made(language)
    assert table.references == 2
    answers = dict(zip(table.data["checklist"] + table.data["number"].astype(str),
                       table.data["answer"], strict=True))  # fmt: skip
    known = values(inputs(), context(language))
    assert known["mde"] in answers["strobe10"]
    assert known["n"] in answers["trend16"]
    assert known["rung"] in answers["strobe18"]
    open_points = table.data[table.data["answered"] == "no"]
    assert list(open_points["checklist"]) == ["strobe", "top"]
    assert (open_points["where"] == "").all()


def test_another_result_gives_another_answer():
    primary = inputs()["estimates_primary"].copy()
    rows = primary["key"] == "primary.pp.municipality_average.mde"
    primary.loc[rows, "estimate"] = 0.0777
    table = made(estimates_primary=primary)
    assert (
        "7,8 prosentpoeng"
        in table.data.loc[table.data["point"].str.startswith("10."), "answer"].iloc[0]
    )


def test_what_cannot_be_worked_out_has_the_standard_sign():
    primary = inputs()["estimates_primary"].copy()
    rows = primary["key"] == "primary.pp.municipality_average.mde"
    primary.loc[rows, "estimate"] = float("nan")
    table = made(estimates_primary=primary)
    answer = table.data.loc[table.data["point"].str.startswith("10."), "answer"].iloc[0]
    assert "er .. prosentpoeng" in answer


def test_a_settled_register_and_a_single_base_month_change_the_answers():
    frames = inputs()
    register = frames["register"].copy()
    register["status"] = "participant"
    primary = frames["estimates_primary"].assign(base="2024-04")
    table = made(register=register, estimates_primary=primary)
    referee = table.data[table.data["checklist"] == "referee"].set_index("number")["answer"]
    assert referee[2].startswith("Ja. Grunnperioden er april")
    assert referee[13].startswith("Ja. Alle")
    plain = made().data
    before = plain[plain["checklist"] == "referee"].set_index("number")["answer"]
    assert before[2].startswith("Nei")
    assert before[13].startswith("Nei")


def test_the_table_is_known_to_the_registry_by_its_name():
    assert registry.table("tabv8_checklists") is tabv8_checklists
