"""The committed measurements of cost, held to what is asked of them."""

from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
#: Linear, but for what two measurements on a shared machine differ by: a tenfold panel that takes
#: a third more than ten times as long has an exponent of 1.12.
LINEAR = 1.12


@pytest.fixture(scope="module")
def growth():
    return pd.read_csv(BENCHMARKS / "growth.csv")


@pytest.mark.parametrize(
    ("estimator", "periods"),
    [
        (name, periods)
        for name in (
            "twfe",
            "twfe_covariates",
            "event_study",
            "event_study_covariates",
            "randomization",
        )
        for periods in (11, 44)
    ],
)
def test_time_grows_no_faster_than_linearly_in_cells_along_units(estimator, periods):
    rises = pd.read_csv(BENCHMARKS / "growth_exponents.csv")
    row = rises[(rises["estimator"] == estimator) & (rises["grows"] == f"units, {periods} periods")]
    assert len(row) == 1
    assert row["time_exponent"].iloc[0] <= LINEAR
    assert row["memory_exponent"].iloc[0] <= LINEAR


def test_the_largest_panel_stays_below_two_gib(growth):
    largest = growth[(growth["units"] == 35_700) & (growth["periods"] == 44)]
    measured = largest.dropna(subset=["peak_mib"])
    assert {"twfe", "twfe_covariates", "event_study", "randomization"} <= set(measured["estimator"])
    assert (measured["peak_mib"] < 2048).all()


def test_against_public_programs_every_aim_is_met_or_said_not_to_be():
    results = pd.read_csv(BENCHMARKS / "results.csv")
    text = (BENCHMARKS / "results.md").read_text(encoding="utf-8")
    assert text.count("not met") == int((results["ratio"] < results["aim"]).sum())
    for units, periods in ((357, 11), (3_570, 44)):
        tasks = set(results[(results["units"] == units)]["task"].str.split(",").str[0])
        assert {"two-way fixed effects", "event study", "randomization inference"} <= tasks, periods
    for line in results.itertuples():
        assert f"| {line.units} x {line.periods} | {line.task} | {line.public} |" in text
