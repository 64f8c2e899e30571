import numpy as np
import pandas as pd
import pytest
from panels import WINDOWS, make_panel, parts, spec

from fij_eval.effects import run


@pytest.fixture(scope="module")
def panel():
    made = make_panel(units=30, treated=10, gaps=0.1)
    made.loc[made["municipality_code"] == "1130", "arm"] = "excluded"
    made.loc[made["municipality_code"].isin(["1101", "1102", "1129"]), "county_code"] = "56"
    few = made["municipality_code"].eq("1103") & made["reference_month"].eq("2024-04")
    made.loc[few, "residents"] = 12
    return made


@pytest.fixture(scope="module")
def records(panel):
    found = run.estimate(
        "description", panel, parts(spec("did_m"), spec("did_p", estimand="person_average"))
    )
    return {record.key: record for record in found}


def rows_of(panel, month, arm):
    return panel[(panel["reference_month"] == month) & (panel["arm"] == arm)]


def test_an_unweighted_mean_is_the_mean_of_the_shares_there_are(panel, records):
    rows = rows_of(panel, "2025-04", "network")
    record = records["mean.all.network.2025-04.municipality"]
    assert record.estimate == pytest.approx(rows["share"].mean(), abs=1e-14)  # rounding alone
    assert record.n_units == rows["share"].notna().sum()
    assert record.weights == "none"


def test_a_pooled_mean_is_wage_earners_over_residents_of_the_month(panel, records):
    rows = rows_of(panel, "2025-04", "comparison")
    both = rows[rows["employed"].notna() & rows["residents"].notna()]
    record = records["mean.all.comparison.2025-04.pooled"]
    assert record.estimate == pytest.approx(
        both["employed"].sum() / both["residents"].sum(), abs=1e-14
    )  # rounding alone
    assert record.persons == both["residents"].sum()


def test_a_frozen_mean_weighs_by_the_reference_month(panel, records):
    rows = rows_of(panel, "2025-04", "comparison").set_index("municipality_code")
    then = panel[panel["reference_month"] == "2024-04"].set_index("municipality_code")["residents"]
    known = rows["share"].dropna()
    weight = then.loc[known.index].astype(float)
    record = records["mean.all.comparison.2025-04.person"]
    # rounding alone
    assert record.estimate == pytest.approx((known * weight).sum() / weight.sum(), abs=1e-14)
    assert record.weights == "residents 2024-04"


def test_missing_figures_are_left_out_and_counted_never_zero(panel, records):
    rows = rows_of(panel, "2024-09", "comparison")
    hidden = int(rows["share"].isna().sum())
    assert hidden > 0
    record = records["mean.all.comparison.2024-09.municipality"]
    assert record.n_units == len(rows) - hidden
    assert record.note == f"{hidden} municipalities left out (confidential {hidden})"


def test_eligible_means_leave_out_small_municipalities(records):
    everyone = records["mean.all.network.2024-09.municipality"]
    eligible = records["mean.eligible.network.2024-09.municipality"]
    assert everyone.n_units - eligible.n_units in (0, 1)
    assert records["sample.analysed.network"].estimate == 9
    assert records["sample.dropped_2.network"].note == "fewer than 20 refugees in 2024-04"


def test_county_means_hold_every_municipality_of_the_county(panel, records):
    rows = panel[(panel["reference_month"] == "2025-04") & (panel["county_code"] == "56")]
    record = records["county.56.2025-04.municipality"]
    assert record.estimate == pytest.approx(rows["share"].mean(), abs=1e-14)  # rounding alone
    assert record.n_units + int(rows["share"].isna().sum()) == 3


def test_lowest_and_highest_are_those_of_the_network(panel, records):
    rows = rows_of(panel, "2025-04", "network")
    assert records["min.all.network.2025-04"].estimate == rows["share"].min()
    assert records["max.all.network.2025-04"].estimate == rows["share"].max()


def test_the_interim_change_pairs_the_municipalities_and_stands_for_both_arms(panel, records):
    wide = panel.pivot_table(
        index=["municipality_code", "arm"], columns="reference_month", values="share"
    ).reset_index()
    for arm in ("network", "comparison"):
        of_arm = wide[wide["arm"] == arm]
        expected = (of_arm["2025-04"] - of_arm["2024-09"]).mean()
        record = records[f"change.{arm}.2024-09.2025-04.municipality"]
        assert record.estimate == pytest.approx(expected, abs=1e-14)  # rounding alone


def test_cell_means_belong_to_the_two_by_two_of_main(panel, records):
    main = run.estimate("main", panel, parts(spec("did_p", estimand="person_average")))[0]
    change = {
        arm: records[f"cell.did_p.{arm}.change"].estimate for arm in ("network", "comparison")
    }
    # the same numbers, subtracted in another order
    assert change["network"] - change["comparison"] == pytest.approx(main.estimate, abs=1e-14)
    assert (
        records["cell.did_p.network.base"].persons + records["cell.did_p.comparison.base"].persons
        == main.persons
    )


def test_an_arm_without_any_figure_has_a_record_without_a_number():
    made = make_panel(units=20, treated=8)
    gone = made["arm"].eq("network") & made["reference_month"].eq("2024-09")
    made.loc[gone, "share"] = np.nan
    made.loc[gone, "share_missing"] = "no_row"
    made.loc[gone, "employed"] = pd.NA
    found = {r.key: r for r in run.estimate("description", made, parts(spec(), windows=WINDOWS))}
    for weighting in ("municipality", "person", "pooled"):
        record = found[f"mean.all.network.2024-09.{weighting}"]
        assert record.estimate is None
        assert record.note == "8 municipalities left out (no_row 8)"


def test_a_municipality_without_frozen_weight_counts_in_no_weighted_mean(panel):
    given = panel.copy()
    here = given["municipality_code"].eq("1104")
    given.loc[here & given["reference_month"].eq("2024-04"), "residents"] = 0
    given.loc[here & given["reference_month"].eq("2025-04"), "share"] = 0.5
    found = {record.key: record for record in run.estimate("description", given, parts())}
    by_person, plain = (
        found[f"mean.all.network.2025-04.{kind}"] for kind in ("person", "municipality")
    )
    assert plain.n_units == by_person.n_units + 1
    assert "no count 1" in by_person.note
