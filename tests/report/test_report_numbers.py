"""The numbers of the prose: from the records, in the reader's form, and worded by rule."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import report_world

from fij_eval.artefacts import write_json, write_parquet
from fij_eval.errors import InputError, ReportError
from fij_eval.report import numbers_bench, numbers_estimates, programme
from fij_eval.report.numbers import INPUTS, numbers, write
from fij_eval.report.numbers_data import newest_day
from fij_eval.report.wording import reach, spelled


@pytest.fixture(scope="module")
def known():
    return numbers(
        "nb",
        report_world.demo_frames(),
        settings=report_world.settings(),
        truth=report_world.TRUTH,
    )


def changed(analysis, key, **values):
    """The frames with one record changed."""
    frames = dict(report_world.demo_frames())
    records = frames[f"estimates_{analysis}"].copy()
    for name, value in values.items():
        records.loc[records["key"] == key, name] = value
    return {**frames, f"estimates_{analysis}": records}


def made(frames, language="nb", **settings):
    parts = report_world.settings()
    if settings:
        parts = parts.model_copy(update=settings)
    return numbers(language, frames, settings=parts, truth=report_world.TRUTH)


def test_a_difference_is_written_as_readers_write_it():
    frames = changed(
        "main", "did_municipality.att", estimate=0.0234, se=0.0101, ci_low=-0.004, ci_high=0.0508
    )
    found = made(frames)
    assert found["did.municipality_average.pp"] == "2,3\u00a0prosentpoeng"
    assert found["did.municipality_average.more"] == "2,3\u00a0prosentpoeng mer"
    assert found["did.municipality_average.ci"].replace("\u00a0", " ") == "−0,4 til 5,1"
    assert "2,3\u00a0prosentpoeng mer i de påmeldte" in found["did.municipality_average.sentence"]
    assert "rommer både" in found["did.municipality_average.reading"]
    assert made(frames, "en")["did.municipality_average.pp"] == "2.3\u00a0percentage points"


@pytest.mark.parametrize(
    ("estimate", "low", "high", "sentence", "reading"),
    [
        (0.03, 0.01, 0.05, " mer i ", "over null"),
        (-0.03, -0.05, -0.01, " mindre i ", "under null"),
        (-0.03, -0.05, 0.01, " mindre i ", "rommer både"),
        (0.0004, -0.02, 0.02, " like mye i ", "rommer både"),
        (-0.0004, -0.02, 0.02, " like mye i ", "rommer både"),
    ],
)
def test_the_sentence_follows_the_rounded_number_and_the_interval(
    estimate, low, high, sentence, reading
):
    frames = changed("main", "did_municipality.att", estimate=estimate, ci_low=low, ci_high=high)
    found = made(frames)
    assert sentence in found["did.municipality_average.sentence"]
    assert reading in found["did.municipality_average.reading"]


def test_a_record_without_a_number_gives_words_and_no_zero():
    empty = dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "p_value"), float("nan"))
    found = made(changed("main", "did_municipality.att", note="one municipality", **empty))
    assert "for få" in found["did.municipality_average.sentence"]
    assert found["did.municipality_average.pp"] == "(kan ikke beregnes)"
    assert found["did.municipality_average.reading"] == ""


def test_a_record_without_an_error_gives_no_interval():
    empty = dict.fromkeys(("se", "ci_low", "ci_high", "p_value"), float("nan"))
    found = made(changed("main", "did_municipality.att", **empty))
    assert found["did.municipality_average.ci"] == "(kan ikke beregnes)"
    assert "prosentpoeng" in found["did.municipality_average.pp"]


def test_numbers_equal_the_records(known):
    records = report_world.demo_frames()["estimates_main"].set_index("key")
    shown = float(known["twfe_adjusted.person_average.pp"].split()[0].replace(",", "."))
    # shown with one decimal, so within half of the last digit
    assert shown == pytest.approx(
        100 * records.loc["twfe_person_adjusted.att", "estimate"], abs=0.0501
    )


def test_roles_are_found_whatever_the_specifications_are_called():
    frames = dict(report_world.demo_frames())
    parts = report_world.settings()
    renamed = tuple(
        spec.model_copy(update={"id": f"x_{spec.id}"}) for spec in parts.of("specifications")
    )
    for analysis in ("description", "main", "event_study"):
        records = frames[f"estimates_{analysis}"].copy()
        own = records["spec"] != ""
        cells = records["key"].str.startswith("cell.")
        records.loc[own & ~cells, "key"] = "x_" + records.loc[own & ~cells, "key"]
        records.loc[cells, "key"] = records.loc[cells, "key"].str.replace("cell.", "cell.x_")
        frames[f"estimates_{analysis}"] = records
    assert made(frames, specifications=renamed) == made(report_world.demo_frames())


def test_a_role_without_a_specification_is_named_with_the_remedy():
    parts = report_world.settings()
    without = tuple(s for s in parts.of("specifications") if s.estimator != "did_2x2")
    with pytest.raises(ReportError, match=r"did_2x2.*specifications"):
        made(report_world.demo_frames(), specifications=without)


def test_records_of_other_settings_are_refused():
    frames = dict(report_world.demo_frames())
    frames["estimates_main"] = frames["estimates_main"].iloc[1:]
    with pytest.raises(ReportError, match=r"did_municipality\.att.*main\.parquet"):
        made(frames)


@pytest.mark.parametrize(("p", "words"), [(0.01, "ulikt allerede"), (0.4, "avdekker ikke")])
def test_the_joint_test_is_read_without_calling_trends_alike(p, words):
    frames = changed("event_study", "event_municipality.pre_trend", p_value=p)
    assert words in made(frames)["event.municipality_average.pre_reading"]


def test_the_limit_for_p_values_is_that_of_the_settings():
    inference = report_world.settings().of("inference").model_copy(update={"level": 0.9})
    found = made(report_world.demo_frames(), "en", inference=inference)
    assert (found["level"], found["alpha"]) == ("90", "10")
    assert "gives p below 10 per cent" in found["claim.holds"] + found["claim.fails"]


def test_too_few_months_before_the_start_are_said():
    frames = changed(
        "event_study", "event_municipality.pre_trend", p_value=float("nan"), note="too few"
    )
    found = made(frames)
    assert "for få" in found["event.municipality_average.pre_sentence"]
    assert found["event.municipality_average.pre_reading"] == ""


def test_months_and_municipalities_are_counted_from_the_panel(known):
    panel = report_world.demo_frames()["panel"]
    assert known["snap.n"] == "elleve"
    assert (known["snap.n_pre"], known["snap.n_post"]) == ("fire", "sju")
    assert known["place.municipalities"] == str(report_world.UNITS)
    assert known["missing.share"] == str(int(panel["share"].isna().sum()))


def test_a_month_of_the_settings_without_a_table_is_told():
    frames = dict(report_world.demo_frames())
    panel = frames["panel"]
    frames["panel"] = panel[panel["reference_month"] != "2025-07"]
    assert "juli\u00a02025" in made(frames)["snap.without"]


def test_the_register_is_held_against_the_interim_report(known):
    assert "48" in known["net.register_gap"]


def test_days_in_a_row_under_one_title_are_one_event(known):
    calendar = report_world.demo_frames()["reference_network_calendar"]
    made = programme.events(calendar)
    assert known["calendar.n"] == str(len(made))
    gatherings = int((made["kind"] == "gathering").sum())
    assert known["calendar.gathering"] == spelled(gatherings, "nb")
    assert gatherings < (calendar["kind"] == "gathering").sum()
    assert (made["start"] <= made["end"]).all()


def test_facts_that_are_words_give_no_number(known):
    assert "interim.share_max_2025_04" not in known
    assert known["interim.share_finnmark_2025_04"] == "48"


PLANNED = "primary.pp.municipality_average.att"


def test_the_truth_stands_beside_the_estimate():
    frames = changed("primary", PLANNED, ci_low=0.02, ci_high=0.04)
    assert made(frames)["truth.att.municipality_average"] == "3,1\u00a0prosentpoeng"
    assert "dekker den" in made(frames)["truth.reading.municipality_average"]
    missed = changed("primary", PLANNED, ci_low=0.05, ci_high=0.09)
    assert "dekker ikke" in made(missed)["truth.reading.municipality_average"]


def test_a_truth_without_the_estimand_is_refused():
    with pytest.raises(ReportError, match=r"person_average.*truth\.json"):
        numbers_estimates.about_truth(
            "nb",
            report_world.demo_frames(),
            {"effects": report_world.TRUTH["effects"][:2]},
            settings=report_world.settings(),
        )


def test_real_data_carry_no_mark_of_simulation_and_need_no_truth():
    frames = report_world.make_frames(report_world.make_panel(simulated=False))
    found = numbers("nb", frames, settings=report_world.settings())
    assert found["meta.simulated"] == ""
    assert not [key for key in found if key.startswith("truth.")]


def test_the_documents_day_is_that_of_the_newest_vintage(known):
    assert known["meta.data_day"] == "2026-05-06"
    with pytest.raises(ReportError, match="vintage with a date"):
        newest_day(pd.DataFrame({"outcome_vintage": ["unknown"]}))


def test_no_number_is_missing_or_a_python_word(known):
    for key, value in known.items():
        assert isinstance(value, str), key
        assert not {"nan", "None", "<NA>"} & set(value.split()), key


def test_write_reads_files_and_refuses_a_missing_one(tmp_path):
    inputs = {}
    for key, frame in report_world.demo_frames().items():
        if key == "register" or key.startswith("reference_"):
            inputs[key] = tmp_path / f"{key}.csv"
            frame.to_csv(inputs[key], index=False)
        else:
            inputs[key] = tmp_path / f"{key}.parquet"
            write_parquet(inputs[key], frame)
    inputs["truth"] = tmp_path / "truth.json"
    write_json(inputs["truth"], report_world.TRUTH)
    output = tmp_path / "nb.json"
    write("nb", inputs, output, settings=report_world.settings())
    written = json.loads(output.read_text(encoding="utf-8"))
    assert written == made(report_world.demo_frames())

    inputs["truth"].write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"truth\.json"):
        write("nb", inputs, output, settings=report_world.settings())
    del inputs[INPUTS[0]]
    with pytest.raises(ReportError, match="panel"):
        write("nb", inputs, output, settings=report_world.settings())


def test_how_rarely_the_highest_rung_can_come_out_is_said_from_the_bench(known):
    bench = report_world.demo_frames()["reference_bench"]
    rows = bench[
        (bench["scenario"] == "S1_5pp")
        & (bench["estimator"] == "claim_gate")
        & (bench["estimand"] == "municipality_average")
    ].set_index("inference")
    of = int(rows.loc["rung_3", "replications"])
    for rung in ("rung_3", "rung_4"):
        times = round(float(rows.loc[rung, "rejection"]) * of)
        assert known[f"gate.5pp.{rung}"].replace("\u00a0", "") == str(times)
    assert known["gate.5pp.effect"] == "5\u00a0prosentpoeng"
    assert "utenfor rekkevidde" in known["gate.reading"]


@pytest.mark.parametrize(
    ("language", "often", "reading"),
    [
        ("nb", "0.04", "så godt som utenfor rekkevidde"),
        ("nb", "0.06", "kan altså utebli"),
        ("en", "0.04", "all but out of reach"),
        ("en", "0.06", "may thus fail to come out"),
    ],
)
def test_whether_the_highest_rung_is_out_of_reach_follows_from_the_number(language, often, reading):
    frames = dict(report_world.demo_frames())
    bench = frames["reference_bench"].copy()
    bench["rejection"] = bench["rejection"].astype(object)
    rung = (bench["scenario"] == "S1_5pp") & (bench["inference"] == "rung_4")
    bench.loc[rung, "rejection"] = often
    found = numbers_bench.about_gate(language, {**frames, "reference_bench": bench})
    assert reading in found["gate.reading"]


def test_a_summary_without_the_gate_is_refused():
    frames = dict(report_world.demo_frames())
    bench = frames["reference_bench"]
    with pytest.raises(ReportError, match="how often S1_8pp, rung_4"):
        numbers_bench.about_gate(
            "nb",
            {
                **frames,
                "reference_bench": bench[
                    ~((bench["scenario"] == "S1_8pp") & (bench["inference"] == "rung_4"))
                ],
            },
        )


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("deviation", 0.0, "rommer intervallet null også uten avvik"),
        ("deviation", 0.127, "rommer intervallet null fra 0,1 ganger dette avviket"),
        # a value beside zero is not written as zero
        ("deviation", 0.03, "rommer intervallet null fra 0,03 ganger dette avviket"),
        ("bend", 0.0, "rommer intervallet null også uten knekk"),
        ("bend", 0.0025, "rommer intervallet null fra en knekk på 0,3\u00a0prosentpoeng"),
        ("bend", 0.0002, "rommer intervallet null fra en knekk på 0,02\u00a0prosentpoeng"),
        ("bend", float("nan"), "kan dette ikke regnes ut"),
    ],
)
def test_where_an_interval_reaches_zero_is_said_as_it_is(kind, value, said):
    assert reach({"estimate": value}, kind, "nb") == said
    assert reach(None, kind, "en") == "this cannot be worked out"
