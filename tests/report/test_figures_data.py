"""What figures show is what the data hold: each against its own arithmetic."""

import re

import figure_worlds as worlds
import numpy as np
import pandas as pd
import pytest

from fij_eval.errors import ReportError
from fij_eval.report import dumbbell, labels, registry, scatter, series, style
from fij_eval.report.figures import (
    fig01_immigration,
    fig02_county_shares,
    fig03_unemployment,
    fig04_population,
    fig05_change_network,
    fig05b_change_others,
    fig06_timeline,
    fig07_map,
    fig08_counties,
    fig09_series,
    fig12_funnel,
    fig14_event_study,
)
from fij_eval.report.numbers_format import p_value

EXACT = 1e-12  # the same sums in another order


def _at(month):
    panel = worlds.panel()
    return panel[(panel["reference_month"] == month) & panel["share"].notna()]


def _made(module, **changed):
    inputs = worlds.inputs(module.INPUTS) | changed
    with style.applied():
        return module.make(inputs, worlds.context())


def test_immigration_names_the_largest_year_and_skips_years_without_a_figure():
    table = worlds.immigration()
    table.loc[table["Tid"] == "2025", "value"] = np.nan
    frame = fig01_immigration.data({"source_statbank_immigration": table})
    assert frame["year"].iloc[-1] == 2024
    assert frame.loc[frame["persons"].idxmax(), "year"] == 2023
    drawing = _made(fig01_immigration)
    assert "2023" in drawing.words.title
    assert "33\u2009500" in drawing.words.alt


def test_immigration_without_any_figure_stops_with_the_reason():
    table = worlds.immigration().assign(value=np.nan)
    with pytest.raises(ReportError, match="no figure for any year"):
        fig01_immigration.data({"source_statbank_immigration": table})


def test_county_means_are_unweighted_over_municipalities_and_sorted():
    frame = fig02_county_shares.data(worlds.inputs(fig02_county_shares.INPUTS), "2025-04")
    rows = _at("2025-04")
    expected = rows.groupby("county_name")["share"].mean()
    assert frame["mean_unweighted"].is_monotonic_decreasing
    found = frame.set_index("county")["mean_unweighted"]
    assert np.allclose(found.sort_index(), expected.sort_index(), atol=EXACT)
    pooled = (
        rows.groupby("county_name")["employed"].sum()
        / rows.groupby("county_name")["residents"].sum()
    )
    weighted = frame.set_index("county")["mean_weighted"].sort_index()
    assert np.allclose(weighted, pooled.astype(float).sort_index(), atol=EXACT)
    title = _made(fig02_county_shares).words.title
    assert title.startswith(str(expected.idxmax()))
    assert str(expected.idxmin()) in title


@pytest.mark.parametrize(
    ("sign", "expected"), [(-1, "lavere der"), (1, "høyere der ledigheten"), (0, "Liten")]
)
def test_the_title_of_the_unemployment_figure_follows_the_association(sign, expected):
    panel = worlds.panel()
    random = np.random.default_rng(5).uniform(0.01, 0.03, len(panel))
    panel["unemployment_rate"] = 0.02 + 0.02 * sign * panel["share"].fillna(0.3) if sign else random
    drawing = _made(fig03_unemployment, panel=panel)
    assert expected in drawing.words.title


def test_scatters_hold_both_arms_and_never_oslo():
    sample = worlds.context().sample
    frame = scatter.data(worlds.panel(), "2025-04", sample, fig04_population.SHOWN)
    assert set(frame["arm"]) == {"network", "comparison"}
    assert "0301" not in set(frame["municipality_code"])
    rows = _at("2025-04")
    enough = (rows["residents"] >= 20) & (rows["arm"] != "excluded")
    # five in work and five out of it, else it is not shown: decision 8
    few = (rows["employed"] < 5) | (rows["residents"] - rows["employed"] < 5)
    assert len(frame) == (enough & ~few).sum()
    assert (enough & few).any()


@pytest.mark.parametrize(
    "module", [fig03_unemployment, fig04_population, fig05_change_network, fig12_funnel]
)
def test_no_point_gives_a_count_below_five_and_the_words_tell_how_many_are_left_out(module):
    panel = worlds.panel()
    large = panel[(panel["arm"] == "network") & (panel["residents"] > 200)]
    code = large["municipality_code"].iloc[0]
    few = (panel["municipality_code"] == code) & (panel["reference_month"] == "2025-04")
    whole = _made(module, panel=panel)
    panel.loc[few, ["residents", "employed", "share"]] = [40, 4, 0.1]
    drawing = _made(module, panel=panel)
    assert len(drawing.data) == len(whole.data) - 1
    if "municipality_code" in drawing.data:
        assert code not in set(drawing.data["municipality_code"])
    before, after = (_left_out(made.words.subtitle) for made in (whole, drawing))
    assert after == before + 1
    sizes = [c for c in drawing.data if c.startswith("residents")]
    for size in sizes:
        share = drawing.data[size.replace("residents", "share")]
        employed = (drawing.data[size].astype(float) * share).round()
        assert employed.ge(5).all()
        assert (drawing.data[size].astype(float) - employed).ge(5).all()


def _left_out(subtitle):
    found = re.search(r"Ikke vist \((\d+)\): for få personer", subtitle)
    return int(found[1]) if found else 0


def test_changes_in_the_network_are_sorted_by_end_and_their_means_are_those_of_the_rows():
    drawing = _made(fig05_change_network)
    frame = drawing.data
    assert frame["share_end"].is_monotonic_decreasing
    change = frame["share_end"] - frame["share_start"]
    assert np.allclose(frame["change"], change, atol=EXACT)
    assert f"{(change > 0).sum()} av {len(frame)}" in drawing.words.title
    dashed = [
        line.get_xdata()[0]
        for line in drawing.figure.axes[0].get_lines()
        if line.get_linestyle() == "--" and line.get_color() == style.TEXT_COLOURS["network"]
    ]
    assert sorted(dashed) == pytest.approx(
        sorted([frame["share_start"].mean(), frame["share_end"].mean()]), abs=EXACT
    )


def test_changes_of_others_are_county_means_with_the_mean_of_all_last():
    context = worlds.context()
    frame = fig05b_change_others.data(worlds.inputs(fig05b_change_others.INPUTS), context)
    counties, total = frame[frame["county"] != ""], frame.iloc[-1]
    assert total["county"] == ""
    weights = counties["municipalities"].astype(float)
    assert total["share_end"] == pytest.approx(
        np.average(counties["share_end"], weights=weights), abs=EXACT
    )
    assert counties["rose"].sum() == total["rose"]
    assert "municipality_name" not in frame


def test_the_timeline_counts_measurements_on_both_sides_of_kick_off():
    frame = fig06_timeline.data(worlds.inputs(fig06_timeline.INPUTS), worlds.context())
    measured = frame[frame["what"] == "measurement"]
    assert list(measured["kind"]) == ["before"] * 4 + ["after"] * 4
    phases = frame[frame["what"] == "phase"]
    assert list(phases["kind"]) == ["1", "2", "3", "4"]
    days = worlds.reference("network_calendar")["date"]
    events = frame[frame["what"] == "event"]
    assert events["start"].min() == days.min()
    assert events["end"].max() == days.max()
    # gatherings over two days are one event
    assert (events["start"] < events["end"]).any()
    assert len(events) < len(days)


def test_the_map_has_every_municipality_once_and_the_register_in_its_classes():
    frame = fig07_map.data(worlds.inputs(fig07_map.INPUTS))
    register = worlds.reference("network_register")
    assert len(frame) == 357
    assert not frame.duplicated(["hex_col", "hex_row"]).any()
    whole = register[register["district_code"] == ""]
    assert (frame["status"] == "signed_up").sum() == len(whole)
    assert frame.set_index("municipality_code").loc["0301", "status"] == "district"


def test_hexagons_of_neighbours_meet_and_outlines_lie_between_counties():
    frame = pd.DataFrame(
        {
            "hex_col": [0.0, 1.0, 0.5],
            "hex_row": [0, 0, 1],
            "county_code": ["11", "11", "46"],
        }
    )
    centres = fig07_map.centres(frame)
    distances = [np.hypot(*(centres[i] - centres[j])) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert distances == pytest.approx([1, 1, 1], abs=EXACT)
    edges = fig07_map.outlines(frame)
    # three hexagons have 18 sides; the one within county 11 is no outline, each of the two between
    # the counties is drawn once, and the outer ones all are
    assert len(edges) == 18 - 2 - 2
    lengths = np.hypot(*(edges[:, 0] - edges[:, 1]).T)
    assert np.allclose(lengths, 1 / np.sqrt(3), atol=0.02)  # ends are rounded to hundredths


def test_county_bars_add_up_to_the_register():
    frame = fig08_counties.data(worlds.inputs(fig08_counties.INPUTS), worlds.context())
    register = worlds.reference("network_register")
    assert frame["in_network"].sum() + frame["districts"].sum() == len(register)
    assert frame["municipalities"].sum() == 357
    assert frame.set_index("county").loc["Østfold", "in_network"] == 0
    oslo = frame.set_index("county").loc["Oslo"]
    assert oslo["in_network"] == 0
    assert oslo["districts"] == 1


def test_those_that_withdrew_are_marked_and_counted_only_under_intention_to_treat():
    register = worlds.reference("network_register")
    register["status"] = "participant"
    gone = register["municipality_code"] == "1811"
    register.loc[gone, "status"] = "withdrew"
    places = worlds.reference("municipalities")
    inputs = {"reference_municipalities": places, "reference_network_register": register}
    totals = {
        treated: fig08_counties.data(inputs, worlds.context(treated=treated))["in_network"].sum()
        for treated in ("itt", "participants")
    }
    assert totals["itt"] - totals["participants"] == 1
    assert (fig07_map.data(inputs)["status"] == "withdrew").sum() == 1
    with style.applied():
        drawing = fig07_map.make(inputs, worlds.context(treated="participants"))
        words = [text.get_text() for text in drawing.figure.axes[0].get_legend().get_texts()]
    assert "Trakk seg (1)" in words
    assert not any(word.startswith("Påmeldt") for word in words)


def test_series_are_the_unweighted_means_of_eligible_municipalities_on_both_scales():
    frame = series.data(worlds.inputs(fig09_series.INPUTS))
    panel = worlds.panel()
    then = panel[(panel["reference_month"] == "2024-04") & (panel["residents"] >= 20)]
    rows = panel[panel["municipality_code"].isin(then["municipality_code"])]
    expected = rows.groupby(["arm", "reference_month"])["share"].mean()
    for row in frame.to_dict("records"):
        mean = expected[row["arm"], row["reference_month"]]
        assert row["mean_share"] == pytest.approx(mean, abs=EXACT)
        assert row["logit"] == pytest.approx(np.log(mean / (1 - mean)), abs=1e-10)


def test_series_never_fill_a_month_without_a_mean():
    description = worlds.records("description")
    gone = description["key"].str.startswith("mean.eligible.network.2024-09")
    description.loc[gone, "estimate"] = np.nan
    frame = series.data({"estimates_description": description})
    network = frame[frame["arm"] == "network"]
    assert "2024-09" not in set(network["reference_month"])
    assert frame["mean_share"].notna().all()


def test_the_event_study_joins_no_points_and_marks_its_base():
    drawing = _made(fig14_event_study)
    frame = drawing.data
    assert list(frame.loc[frame["period"] == "base", "estimate"].unique()) == [0.0]
    assert set(frame["spec"]) == {"event_municipality", "event_person"}
    for axes in drawing.figure.axes:
        points = [line for line in axes.get_lines() if line.get_marker() in ("o", "D")]
        assert len(points) == len(worlds.MONTHS)
        assert all(len(line.get_xdata()) == 1 for line in points)


def test_the_event_study_says_its_pre_trend_test_and_the_mean_at_base():
    estimates = worlds.records("event_study").set_index("key")
    drawing = _made(fig14_event_study)
    p = estimates.loc["event_municipality.pre_trend", "p_value"]
    assert f"p = {p_value(p, 'nb')}" in drawing.words.subtitle
    mean = estimates.loc["event_municipality.base_mean", "estimate"]
    texts = " ".join(t.get_text() for t in drawing.figure.axes[0].texts)
    assert f"{100 * mean:.1f}".replace(".", ",") in texts


def test_an_event_study_without_estimates_stops_with_the_reasons():
    estimates = worlds.records("event_study")
    months = estimates["term"].str.match(r"\d{4}")
    empty = estimates[months].assign(estimate=np.nan, note="no snapshot before kick-off")
    with pytest.raises(ReportError, match="no snapshot before kick-off"):
        _made(fig14_event_study, estimates_event_study=empty)


@pytest.mark.parametrize("name", ["fig02_county_shares", "fig05_change_network", "fig06_timeline"])
def test_a_panel_without_any_share_stops_in_one_paragraph(name):
    module = registry.figure(name)
    panel = worlds.panel().assign(share=np.nan)
    with pytest.raises(ReportError, match="no share employed for any month"):
        module.make(worlds.inputs(module.INPUTS) | {"panel": panel}, worlds.context())


@pytest.mark.parametrize(
    "longest", ["Porsanger - Porsángu - Porsanki (123)", '=HYPERLINK("http://x";"y") (123)']
)
def test_a_long_name_of_a_row_has_room_left_of_the_axes(longest):
    rows = pd.DataFrame({"label": ["Oslo (9)", longest], "start": 0.1, "end": 0.3, "change": 0.2})
    shown = dumbbell.Dumbbells(
        rows=rows, arm="network", months=("2024-04", "2025-12"), means=(0.1, 0.3),
        banner="", change="Endring",
    )  # fmt: skip
    with style.applied():
        figure = dumbbell.draw(shown, "nb", row_cm=0.42)
        renderer = labels.drawn_with(figure)
        names = figure.axes[0].get_yticklabels()
        left = [name.get_window_extent(renderer).x0 for name in names]
    assert [name.get_text() for name in names] == list(rows["label"])
    assert min(left) >= 0
