from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import MONTHS, make_panel, parts, spec

from fij_eval import plan as plans
from fij_eval.artefacts import read_parquet, write_parquet
from fij_eval.effects import making, run
from fij_eval.effects.record import from_frame, to_frame
from fij_eval.errors import CheckError, EstimationError
from fij_eval.settings import Specification

PLAN = Path(__file__).parents[2] / "analysis_plan.yaml"
#: Analyses whose specifications stand in the settings; the others are tested in test_all_analyses.
OF_SETTINGS = ("description", "main", "event_study")
ALL = (
    spec("did_m"),
    spec("did_p", estimand="person_average"),
    spec("twfe_m", "twfe"),
    spec("twfe_p", "twfe", "person_average", covariates=("log_population", "region")),
    spec("event_m", "event_study"),
)


def write(panel, folder, analysis, specifications=ALL):
    path = folder / "panel.parquet"
    write_parquet(path, panel)
    output = folder / "estimates" / f"{analysis}.parquet"
    run.write(analysis, {"panel": path}, output, plan=PLAN, parts=parts(*specifications))
    return output


@pytest.mark.parametrize("analysis", OF_SETTINGS)
def test_records_are_written_whole_and_read_back_the_same(tmp_path, analysis):
    panel = make_panel(gaps=0.05)
    output = write(panel, tmp_path, analysis)
    frame = read_parquet(output)
    records = from_frame(frame)
    assert records == run.estimate(analysis, panel, parts(*ALL))
    assert len(pd.read_csv(output.with_suffix(".csv"))) == len(records)
    assert all(record.simulated for record in records)


def test_two_runs_write_the_same_bytes(tmp_path):
    panel = make_panel(gaps=0.05)
    one, other = (tmp_path / name for name in ("one", "other"))
    for folder in (one, other):
        folder.mkdir()
        write(panel, folder, "main")
    for name in ("main.parquet", "main.csv"):
        first, second = (folder / "estimates" / name for folder in (one, other))
        assert first.read_bytes() == second.read_bytes()


def test_keys_are_unique_over_all_analyses():
    panel = make_panel()
    keys = [r.key for a in OF_SETTINGS for r in run.estimate(a, panel, parts(*ALL))]
    assert len(keys) == len(set(keys))


def test_a_specification_more_is_a_record_more():
    panel = make_panel()
    more = Specification(
        id="one_month",
        estimator="did_2x2",
        estimand="person_average",
        base="2024-02",
        post="2025-02",
    )
    records = run.estimate("main", panel, parts(*ALL, more))
    assert [r.key for r in records][-1] == "one_month.att"
    assert (records[-1].base, records[-1].post) == ("2024-02", "2025-02")
    assert records[-1].note == ""


def test_months_of_different_seasons_are_flagged():
    panel = make_panel()
    odd = spec("odd", base="2024-04", post="2025-09")
    made = making.make(
        run.analysis("main"),
        "main",
        {"panel": panel},
        parts=parts(odd),
        plan=plans.as_planned(parts(odd)),
    )
    assert "different seasons" in made.records[0].note


def test_an_analysis_without_specifications_is_an_empty_file_of_records(tmp_path):
    output = write(make_panel(units=8, treated=3), tmp_path, "event_study", (spec(),))
    frame = read_parquet(output)
    assert len(frame) == 0
    assert list(frame.columns) == list(to_frame([]).columns)


def test_the_made_up_effect_lies_in_every_interval():
    # noise 0.04 and 300 units: standard errors near 0.003, no draw is re-rolled
    panel = make_panel(units=300, treated=100, effect=0.04, seed=5)
    for record in run.estimate("main", panel, parts(*ALL)):
        assert record.ci_low < 0.04 < record.ci_high
        assert record.se < 0.006


def test_few_treated_clusters_give_an_estimate_without_an_error():
    records = run.estimate("main", make_panel(treated=5), parts(*ALL))
    for record in records:
        assert record.estimate is not None
        assert record.se is None
        assert "5 treated clusters are too few" in record.note


def degenerate():
    panel = make_panel(units=20, treated=8)
    constant = panel.assign(share=0.3)
    hidden = panel.copy()
    hidden.loc[hidden["arm"] == "network", "share"] = np.nan
    return {
        "no treated": (panel.assign(arm="comparison"), "network arm"),
        "all treated": (panel.assign(arm="network"), "comparison arm"),
        "treated all missing": (hidden, "network arm"),
        "constant outcome": (constant, "no variation"),
        "one municipality": (panel[panel["municipality_code"] == "1101"], "comparison arm"),
        "no post": (panel[panel["reference_month"] <= "2024-04"], "no snapshot"),
    }


@pytest.mark.parametrize("case", degenerate())
def test_degenerate_panels_give_records_that_say_why(case):
    panel, reason = degenerate()[case]
    records = run.estimate("main", panel, parts(*ALL))
    records += run.estimate("event_study", panel, parts(*ALL))
    assert any(reason in record.note for record in records)
    for record in records:
        if case == "no post" and record.analysis == "event_study":
            continue  # the snapshots before kick-off still have their coefficients
        assert record.se is None
        assert record.estimate is None or case == "constant outcome"


def test_a_panel_that_breaks_its_contract_is_refused_and_nothing_is_written(tmp_path):
    panel = make_panel(units=8, treated=3)
    panel.loc[0, "share"] = 34.0
    with pytest.raises(CheckError, match="share"):
        write(panel, tmp_path, "main")
    assert not (tmp_path / "estimates").exists()


def test_an_unknown_analysis_is_refused():
    with pytest.raises(EstimationError, match="«prime» does not exist"):
        run.estimate("prime", make_panel(units=4, treated=2, months=MONTHS[3:5]), parts(*ALL))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_says_nothing(seed):
    panel = make_panel(units=24, treated=9, gaps=0.1)
    mixed = panel.sample(frac=1, random_state=seed)
    assert run.estimate("main", panel, parts(*ALL)) == run.estimate("main", mixed, parts(*ALL))
