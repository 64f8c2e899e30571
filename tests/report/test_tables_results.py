"""Tables and figures of other methods, costs, the plan and the municipalities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import report_world

from fij_eval.effects.details import frame_of, to_long
from fij_eval.effects.stepdown import NEEDED
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import results, style
from fij_eval.report.context import Context
from fij_eval.report.estimator_names import ESTIMATORS, key_of
from fij_eval.report.figures import (
    fig10_love,
    fig16_power,
    fig17_honest,
    fig22_break_even,
    fig23_synthetic,
    fig24_estimators,
    fig25_overlap,
)
from fij_eval.report.numbers_methods import about_methods, about_steps
from fij_eval.report.numbers_results import about_persons
from fij_eval.report.tables import (
    tab03_balance,
    tab09_power,
    tab10_placebos,
    tab11_groups,
    tab13_estimators,
    tab13b_scale,
    tab15_persons,
    tabv1_plan,
    tabv7_other_measures,
    tabv9_municipalities,
)

MINIMUM = 60


def context(language="nb", minimum=None):
    parts = report_world.settings()
    sample = parts.of("sample")
    if minimum:
        sample = sample.model_copy(update={"minimum_residents": minimum})
    return Context(language=language, network=parts.of("network"), sample=sample)


def frames():
    return report_world.demo_frames()


def drawn(module, language="nb", **changed):
    with style.applied():
        return module.make(frames() | changed, context(language))


def value(text):
    return float(text.replace("−", "-").replace("\u2009", "").replace(",", "."))


def test_each_method_is_shown_with_its_record_for_both_estimands():
    table = tab13_estimators.make(frames(), context())
    records = frames()["estimates_estimators"].set_index("key")
    shown = table.data.set_index("key")
    for which in ("municipality_average", "person_average"):
        assert f"primary.pp.{which}.att" in shown.index
        for _, pattern in ESTIMATORS:
            key = key_of(pattern, which)
            assert shown.loc[key, "estimate"] == records.loc[key, "estimate"]
    assert len(table.rows) == 2 * (1 + len(ESTIMATORS))


def test_the_title_of_the_methods_spans_their_estimates():
    table = tab13_estimators.make(frames(), context())
    mine = table.data[table.data["key"].str.startswith("estimators.")]["estimate"]
    low, high = f"{100 * mine.min():+.1f}", f"{100 * mine.max():+.1f}"
    for number in (low, high):
        assert number.replace(".", ",").replace("-", "−") in table.title


def test_notes_tell_how_far_weights_are_spread_and_whether_groups_overlap():
    given = frames()
    table = tab13_estimators.make(given, context("en"))
    weights = frame_of(given["details_estimators"], "balancing_weights.municipality_average")
    # the sum of weights is one
    assert weights["weight"].sum() == pytest.approx(1, abs=1e-9)
    effective = 1 / (weights["weight"] ** 2).sum()
    assert any(f"worth {effective:.0f} municipalities" in note for note in table.notes)
    assert any("tell the groups apart" in note for note in table.notes)


def test_every_scale_with_a_record_has_a_row():
    table = tab13b_scale.make(frames(), context())
    wanted = frames()["estimates_scale"]["key"]
    assert set(table.data["key"]) == set(wanted[wanted.str.endswith(".att")])


def test_costs_savings_and_break_even_follow_from_the_assumptions():
    table = tab15_persons.make(frames(), context())
    rows = table.data.set_index("what")
    for case in tab15_persons.CASES:
        spent = rows.loc["fee", case] + rows.loc["travel_nok", case]
        spent += rows.loc["hours", case] * rows.loc["hourly_wage_nok", case]
        # the same sums in another order
        assert rows.loc["cost_each", case] == pytest.approx(spent, rel=1e-12)
        saved = rows.loc["social_assistance_nok", case] * rows.loc["years_in_work", case]
        assert rows.loc["saved", case] == pytest.approx(saved, rel=1e-12)
        assert rows.loc["break_even_each", case] == pytest.approx(spent / saved, rel=1e-12)
    assert rows.loc["fee", "central"] == report_world.settings().persons.fee_nok


def test_the_fewest_persons_are_needed_where_costs_are_low_and_savings_high():
    needed = tab15_persons.make(frames(), context()).data.set_index("what").loc["break_even_each"]
    assert needed["favourable"] < needed["central"] < needed["unfavourable"]


def test_bars_of_the_sensitivity_are_the_records_and_the_widest_is_named():
    drawing = drawn(fig22_break_even)
    frame = drawing.data
    width = (frame["break_even_high"] - frame["break_even_low"]).abs()
    assert width.is_monotonic_decreasing
    axes = drawing.figure.axes[0]
    ends = sorted((p.get_x(), p.get_x() + p.get_width()) for p in axes.patches)
    wanted = sorted(
        (min(a, b), max(a, b))
        for a, b in zip(frame["break_even_low"], frame["break_even_high"], strict=True)
    )
    assert np.allclose(ends, wanted, rtol=1e-12)  # drawn as they are
    assert not drawing.simulated


def test_the_plan_is_listed_whole_with_what_the_run_has():
    table = tabv1_plan.make(frames(), context("en"))
    planned = frame_of(frames()["details_claim"], "planned")
    assert len(table.rows) == len(planned)
    assert table.title == "The run follows the plan" or "departs" in table.title
    rows = {row[0]: row for row in table.rows}
    assert rows["Fewest refugees in a municipality"][1:] == ("20", "as planned")


def test_a_departure_stands_beside_what_was_planned():
    details = frames()["details_claim"]
    tables = {name: frame_of(details, name) for name in details["table"].unique()}
    tables["planned"].loc[tables["planned"]["where"] == "sample.minimum_residents", "run"] = "50"
    tables["plan"].loc[tables["plan"]["name"] == "deviations", "text"] = "1"
    table = tabv1_plan.make({"details_claim": to_long(tables)}, context("en"))
    rows = {row[0]: row for row in table.rows}
    assert rows["Fewest refugees in a municipality"][1:] == ("20", "50")
    assert table.title == "The run departs from the plan in 1 places"


def test_municipalities_with_few_refugees_are_neither_named_nor_counted_apart():
    panel = frames()["panel"]
    table = tabv9_municipalities.make({"panel": panel}, context(minimum=MINIMUM))
    then = panel[panel["reference_month"] == "2024-04"].set_index("municipality_name")["residents"]
    few = set(then[then < MINIMUM].index)
    assert few
    assert not few & {row[0] for row in table.rows}
    assert set(table.data["municipality_name"]) == set(then[then >= MINIMUM].index)
    left = sum(int(text.rpartition(", ")[2].split()[0]) for text in table.groups.values())
    assert left == len(few)


def test_no_small_count_can_be_worked_out_from_a_row():
    panel = frames()["panel"].copy()
    some = []
    for month in ("2024-04", "2025-12"):
        some += list(panel.index[panel["reference_month"] == month][:20])
    panel.loc[some, "employed"] = 4
    panel.loc[some, "share"] = 4 / panel.loc[some, "residents"].astype("float64")
    table = tabv9_municipalities.make({"panel": panel}, context())
    by_code = table.data.set_index("municipality_code")
    for end, month in (("before", "2024-04"), ("last", "2025-12")):
        then = panel[panel["reference_month"] == month].set_index("municipality_code")
        shown = by_code[by_code[f"{end}_share"].notna()]
        residents = then.loc[shown.index, "residents"].to_numpy(dtype=float)
        counts = shown[f"{end}_share"].to_numpy() * residents
        # a share times its residents is a whole number but for rounding
        assert (counts > SMALLEST_COUNT - 1e-6).all()
        assert (residents - counts > SMALLEST_COUNT - 1e-6).all()
    spoilt = sorted(set(panel.loc[some, "municipality_code"]) & set(by_code.index))
    assert spoilt
    for end in ("before", "last"):
        assert set(by_code.loc[spoilt, f"{end}_why"]) == {"hidden"}
    signs = [
        row[3] for row in table.rows if row[0] in set(by_code.loc[spoilt, "municipality_name"])
    ]
    assert set(signs) == {":"}


def test_one_that_withdrew_is_no_district_where_participants_alone_count():
    panel, given = frames()["panel"].copy(), context("en")
    codes = sorted(set(tabv9_municipalities.data(panel, given)["municipality_code"]))[:2]
    panel.loc[panel["municipality_code"].isin(codes), "arm"] = "excluded"
    network = given.network.model_copy(update={"treated": "participants", "excluded": codes[1:]})
    table = tabv9_municipalities.make({"panel": panel}, replace(given, network=network))
    order = table.data["municipality_code"].to_list()
    assert [table.rows[order.index(code)][1] for code in codes] == ["withdrew", "a district"]


def test_other_outcomes_are_compared_in_the_groups_of_the_run():
    given = context("en")
    network = given.network.model_copy(update={"treated": "participants"})
    table = tabv7_other_measures.make(frames(), replace(given, network=network))
    assert "between participating municipalities and other municipalities" in table.subtitle


def test_a_very_small_p_value_of_spatial_dependence_is_not_written_as_zero():
    given = frames()["estimates_robustness"].copy()
    moran = given["key"] == "robustness.moran.municipality_average.statistic"
    given.loc[moran, ["estimate", "p_value"]] = [0.4, 0.0002]
    table = tab10_placebos.make(frames() | {"estimates_robustness": given}, context("en"))
    (note,) = (note for note in table.notes if "0.400" in note)
    assert note.replace("\u00a0", " ").endswith("p < 0.001.")


def test_characteristics_that_cannot_be_compared_are_not_counted():
    balance = frame_of(frames()["details_selection"], "balance.municipality_average")
    known = int(balance["normalised_difference"].notna().sum())
    assert known < len(balance)
    table = tab03_balance.make(frames(), context("en"))
    assert f"of {known} characteristics" in table.title
    assert f"of {known} characteristics" in drawn(fig10_love, "en").words.title


def test_settlement_beyond_what_was_published_is_called_partly_simulated():
    panel = frames()["panel"]
    told = results.source("en", panel, simulated=True, more=("settlement", "population"))
    assert "IMDi, settlement (partly simulated); Statistics Norway, population;" in told
    assert "simulated" not in results.source("en", panel, simulated=False, more=("settlement",))


def test_fewer_persons_in_work_have_limits_in_the_same_direction():
    given = frames()["estimates_persons"].copy()
    effect = given["key"] == "persons.att"
    given.loc[effect, ["estimate", "ci_low", "ci_high"]] = [-5.0, -20.0, 10.0]
    said = about_persons("en", frames() | {"estimates_persons": given})["persons.sentence"]
    assert "about 5 fewer persons in work (from \u221210 to 20)" in said


def test_the_chance_of_finding_the_smallest_detectable_difference_is_the_one_aimed_at():
    frame = drawn(fig16_power).data
    power = report_world.settings().of("inference").power
    for _, part in frame.groupby("estimand"):
        at = np.interp(part["mde"].iloc[0], part["size"], part["power"])
        assert at == pytest.approx(power, abs=2e-3)  # between two points of the curve
    record = frames()["estimates_primary"].set_index("key").loc["primary.pp.person_average.att"]
    mde = frame.loc[frame["estimand"] == "person_average", "mde"].iloc[0]
    chance = fig16_power.power(mde, record["se"], df=record["df"], level=record["level"])
    assert chance == pytest.approx(power, abs=1e-8)


def test_municipalities_stand_in_alphabetical_order_and_are_not_ranked():
    names = ["Ås", "Ærøy", "Østre Toten", "Asker", "Åmli"]
    ordered = sorted(names, key=tabv9_municipalities.alphabetical)
    assert ordered == ["Asker", "Ærøy", "Østre Toten", "Åmli", "Ås"]
    table = tabv9_municipalities.make({"panel": frames()["panel"]}, context())
    for _, part in table.data.groupby("county_name"):
        keys = [tabv9_municipalities.alphabetical(name) for name in part["municipality_name"]]
        assert keys == sorted(keys)
    shares = table.data["last_share"].dropna()
    assert not shares.is_monotonic_decreasing
    assert not shares.is_monotonic_increasing


def test_intervals_of_both_restrictions_are_drawn():
    drawing = drawn(fig17_honest)
    assert set(drawing.data["restriction"]) == set(fig17_honest.RESTRICTIONS)
    assert len(drawing.figure.axes) == 4
    trends = frames()["estimates_trends"]
    smooth = trends[trends["term"].str.startswith("smoothness") & trends["ci_low"].notna()]
    mine = drawing.data[drawing.data["restriction"] == "smoothness"]
    assert sorted(mine["ci_low"]) == sorted(smooth["ci_low"])


def test_the_forest_of_methods_holds_the_plan_and_each_method_with_a_number():
    drawing = drawn(fig24_estimators)
    assert set(drawing.data["method"]) == {"plan", *(name for name, _ in ESTIMATORS)}
    points = drawing.figure.axes[0].get_lines()
    drawn_at = sorted(float(line.get_xdata()[0]) for line in points if line.get_marker() == "o")
    first = drawing.data[drawing.data["estimand"] == "municipality_average"]
    assert np.allclose(drawn_at, sorted(first["estimate"]), rtol=1e-12)  # drawn as they are


def test_overlap_counts_every_municipality_once_and_says_who_is_alone():
    drawing = drawn(fig25_overlap)
    found = fig25_overlap.propensities(frames()["details_estimators"])
    counted = drawing.data.groupby("arm")["municipalities"].sum()
    assert counted.to_dict() == {name: len(values) for name, values in found.items()}
    details = frames()["details_estimators"]
    tables = {"overlap.municipality_average": frame_of(details, "overlap.municipality_average")}
    inside = tables["overlap.municipality_average"]["network"] == 1
    tables["overlap.municipality_average"].loc[inside, "propensity"] = 0.99
    alone = drawn(fig25_overlap, details_estimators=to_long(tables))
    assert alone.words.title.startswith(f"{int(inside.sum())} av nettverkets")


def test_synthetic_weights_are_shown_only_with_enough_measurements_before_the_start():
    panel = frames()["panel"]
    before = sorted(m for m in panel["reference_month"].unique() if m < "2024-06")
    assert len(before) == NEEDED["synthetic_shown"] - 1
    hidden = drawn(fig23_synthetic)
    assert hidden.data.empty
    assert not hidden.shown
    assert "minst 5 målinger" in hidden.words.subtitle
    earlier = panel[panel["reference_month"] == before[0]].assign(reference_month="2023-05")
    shown = drawn(fig23_synthetic, panel=pd.concat([earlier, panel], ignore_index=True))
    assert shown.shown
    parts = shown.data.groupby("what")["weight"].sum()
    # weights sum to one
    assert parts["unit_weight"] == pytest.approx(1, abs=1e-9)
    assert parts["time_weight"] == pytest.approx(1, abs=1e-9)
    assert len(shown.figure.axes) == 3


@pytest.mark.parametrize(
    ("before", "said", "synthetic"),
    [
        (0, "ingen måling før", "regner vi dem ikke ut"),
        (1, "kan vi ikke si noe", "regner vi dem ikke ut"),
        (2, "vise ett punkt", "regner vi dem ikke ut"),
        (3, "prøve hvor ulik", "regner vi dem ikke ut"),
        (4, "prøve hvor ulik", "vektene er ikke vist"),
        (6, "prøve hvor ulik", "både regnet ut og vist"),
    ],
)
def test_the_text_says_what_the_number_of_measurements_allows(before, said, synthetic):
    panel = frames()["panel"]
    months = ["2023-02", "2023-05", "2023-08", "2023-11", "2024-02", "2024-04"][6 - before :]
    one = panel[panel["reference_month"] == "2025-04"]
    parts = [one.assign(reference_month=month) for month in (*months, "2024-11", "2025-04")]
    given = {"panel": pd.concat(parts, ignore_index=True)}
    made = about_steps("nb", given, settings=report_world.settings())
    assert said in made["step.sentence"]
    assert synthetic in made["step.synthetic"]


def test_numbers_of_methods_and_scales_are_those_of_their_tables():
    made = about_methods("en", frames())
    table = tab13_estimators.make(frames(), context("en"))
    mine = table.data[
        table.data["key"].str.startswith("estimators.")
        & (table.data["estimand"] == "municipality_average")
    ]["estimate"]
    assert value(made["methods.low"]) == pytest.approx(100 * mine.min(), abs=0.051)  # one decimal
    assert value(made["methods.high"]) == pytest.approx(100 * mine.max(), abs=0.051)
    assert made["methods.n"] == "ten"


def test_a_table_keeps_its_context_when_the_language_changes():
    norwegian = tab15_persons.make(frames(), context("nb"))
    english = tab15_persons.make(frames(), replace(context("nb"), language="en"))
    assert norwegian.data.equals(english.data)
    assert norwegian.header != english.header


def test_what_can_be_detected_spans_all_its_grounds_and_tells_the_size_of_the_test_once_each():
    table = tab09_power.make(frames(), context("en"))
    known = table.data["shown_mde"].dropna()
    low, high = f"{100 * known.min():.1f}", f"{100 * known.max():.1f}"
    assert f"{low} to {high}" in table.title.replace("\u00a0", " ")
    # networks drawn among others hold none of the network: such a number cannot occur
    assert {row[-1] for row in table.rows if row[0].startswith("Random networks")} == {"."}
    sizes = [note for note in table.notes if "random networks" in note]
    assert len(sizes) == 2
    assert all("without adjustment and" in note for note in sizes)


def asked(frame, *, power, level):
    """Records of a run that asked for another power and another level."""
    null = frame["null"].where(
        ~frame["term"].str.endswith("mde"), f"found with probability {power}"
    )
    return frame.assign(null=null, level=level)


@pytest.mark.parametrize("module", [tab09_power, tab11_groups])
def test_power_and_level_are_those_of_the_run(module):
    names = ("primary", "robustness", "heterogeneity")
    given = {
        f"estimates_{n}": asked(frames()[f"estimates_{n}"], power=0.9, level=0.9) for n in names
    }
    table = module.make(frames() | given, context("en"))
    assert "with 90 per cent probability" in table.subtitle
    for note in table.notes:
        if "random networks" in note:
            assert note.endswith("below 10 per cent. 10 per cent is right.")


def test_groups_without_municipalities_in_the_network_are_named_below_and_have_no_row():
    table = tab11_groups.make(frames(), context("nb"))
    given = frames()["estimates_heterogeneity"]
    of_groups = given[given["term"] == "att"]
    present = of_groups["n_treated"].fillna(0) > 0
    assert set(table.data["key"]) == set(of_groups.loc[present, "key"])
    absent = of_groups[~present & of_groups["key"].str.endswith("municipality_average.att")]
    assert len(absent)
    named = next(note for note in table.notes if note.startswith("Uten kommuner i nettverket"))
    assert named.count(";") == len(absent) - 1
    assert "oppmøte: bare digitalt" in named
