"""Analyses that the data give no number: records that say why, and checks that go through."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from analysis_worlds import frames, panel, parts, plan, records, run_all
from panels import NETWORK, SAMPLE, WINDOWS

from fij_eval.artefacts import write_parquet
from fij_eval.effects import claims, making, run, samples
from fij_eval.effects.analyses import change_in_parts, claim, common, curve, persons, primary
from fij_eval.effects.analyses.attempts import left_out, neighbours, networks, placebos
from fij_eval.effects.analyses.common import Result
from fij_eval.effects.analyses.differing_trends import before
from fij_eval.effects.analyses.holm_records import holm_records
from fij_eval.effects.analyses.primary_family import joint, points
from fij_eval.effects.checks import check_equalities
from fij_eval.effects.inference import assignments
from fij_eval.effects.record import Estimate, from_frame, to_frame
from fij_eval.errors import CheckError, EstimationError, InputError

ESTIMANDS = ("municipality_average", "person_average")


def small(**options):
    return panel(units=40, treated=12, **options)


def sample_of(given):
    return samples.build(given, sample=SAMPLE, network=NETWORK)


def fails(error):
    def raising(*_, **__):
        raise error

    return raising


REASON = EstimationError("the data do not give it")
#: Where a step is made, by the analysis that takes it, and the record that then says why.
STEPS = {
    "leave out": (left_out, "leave_one_out", "robustness", "leave_out.{}.municipality"),
    "pseudo-networks": (networks, "pseudo_networks", "robustness", None),
    "curve": (curve, "declared_grid", "curve", "curve.median"),
    "placebos in time": (before, "in_time", "trends", "trends.placebo_time.{}.none"),
    "joint": (assignments, "draw", "primary", None),
    "point": (points, "absorbed", "primary", "primary.pp.{}.att"),
    "other strata": (points, "randomization_test", "primary", "primary.pp.{}.ri_region"),
    "decomposition": (
        change_in_parts,
        "decompose",
        "composition",
        "composition.kitagawa.{}.network.total",
    ),
}


@pytest.mark.parametrize("step", [s for s in STEPS if STEPS[s][3]])
def test_a_step_that_the_data_do_not_give_is_a_record_with_its_reason(monkeypatch, step):
    module, name, analysis, key = STEPS[step]
    monkeypatch.setattr(module, name, fails(REASON))
    found = records(run_all(small(), names=(analysis,)))
    for estimand in ESTIMANDS:
        ours = [k for k in found if key.format(estimand) in k]
        assert ours, sorted(found)
        assert all(found[k].estimate is None or found[k].p_value is None for k in ours)
        assert any(REASON.what in found[k].note for k in ours)


@pytest.mark.parametrize(
    "step",
    ["leave out", "curve", "placebos in time", "joint", "point", "other strata"],
)
def test_a_check_that_fails_is_no_lack_of_data(monkeypatch, step):
    module, name, analysis, _ = STEPS[step]
    monkeypatch.setattr(module, name, fails(CheckError("a step is wrong")))
    with pytest.raises(CheckError, match="a step is wrong"):
        run_all(small(), names=(analysis,))


def test_a_check_that_fails_goes_through_a_trial():
    with pytest.raises(CheckError):
        common.tried({}, "key", fails(CheckError("a step is wrong")))


def test_too_few_non_participants_leave_no_pseudo_networks(monkeypatch):
    monkeypatch.setattr(networks, "pseudo_networks", fails(CheckError("too few in «small»")))
    found = records(run_all(small(), names=("robustness",)))
    for estimand in ESTIMANDS:
        record = found[f"robustness.aa.{estimand}.spread"]
        assert record.estimate is None
        assert record.note == "too few in «small»"
        assert not [key for key in found if key.startswith(f"robustness.aa.{estimand}.adjusted")]


def test_every_pseudo_network_without_a_number_leaves_no_table(monkeypatch):
    for name in ("permuted_differences",):
        monkeypatch.setattr(networks, name, fails(REASON))
    monkeypatch.setattr(networks.fractional_draws, "effects", fails(REASON))
    found = run_all(small(), names=("robustness",))
    assert not [name for name in found["robustness"].details if name.startswith("aa.")]
    record = records(found)["robustness.aa.person_average.raw.spread"]
    assert record.note == REASON.what


def test_nothing_to_permute_leaves_out_the_joint_tests(monkeypatch):
    monkeypatch.setattr(joint.assignments, "draw", fails(REASON))
    found = run_all(small(), names=("primary",))
    assert "family" not in found["primary"].details
    assert not [key for key in records(found) if key.endswith((".max_t", ".romano_wolf"))]


def test_a_hypothesis_without_draws_is_left_out_of_the_family(monkeypatch):
    monkeypatch.setattr(joint.fractional_draws, "effects", fails(REASON))
    family = run_all(small(), names=("primary",))["primary"].details["family"]
    assert sorted(family["hypothesis"]) == [f"primary.pp.{e}" for e in ESTIMANDS]


def test_a_family_whose_own_assignment_has_no_t_is_not_tested(monkeypatch):
    broken = joint._statistics

    def without_first(*arguments):
        columns = broken(*arguments)
        for _, estimates, _ in columns:
            estimates[0] = np.nan
        return columns

    monkeypatch.setattr(joint, "_statistics", without_first)
    assert "family" not in run_all(small(), names=("primary",))["primary"].details


def test_a_draw_without_an_error_is_left_out_of_the_family(monkeypatch):
    broken = joint._statistics

    def without_error(*arguments):
        columns = broken(*arguments)
        for _, _, errors in columns:
            errors[3] = 0.0
        return columns

    monkeypatch.setattr(joint, "_statistics", without_error)
    family = run_all(small(), names=("primary",))["primary"].details["family"]
    assert family["p_max_t"].between(1 / 199, 1).all()  # 198 draws and the network's own


@pytest.mark.parametrize("scale", ["pp", "logit"])
def test_a_plan_of_one_scale_has_records_of_this_scale_alone(scale):
    one = plan().model_copy(
        update={"primary": plan().primary.model_copy(update={"scales": (scale,)})}
    )
    found = run_all(small(), names=("primary",), the_plan=one)
    told = {key.split(".")[1] for key in records(found) if key.startswith("primary.")}
    assert told & {"pp", "logit"} == {scale}
    assert any(name.startswith("clusters.") for name in found["primary"].details) == (scale == "pp")


def test_a_point_without_clusters_leaves_no_table_of_them(monkeypatch):
    monkeypatch.setattr(primary, "points", lambda *_: ([], None))
    details = run_all(small(), names=("primary",))["primary"].details
    assert not [name for name in details if name.startswith("clusters.")]


def test_two_kick_offs_whose_network_is_never_whole_have_no_comparisons():
    given = small()
    members = sorted(given.loc[given["arm"].eq("network"), "municipality_code"].unique())
    given.loc[given["municipality_code"].isin(members[:6]), "kick_off_date"] = "2024-10-01"
    hidden = given["municipality_code"].isin(members) & given["reference_month"].eq("2025-02")
    given.loc[hidden, ["share", "employed"]] = [np.nan, None]
    assert "comparisons" not in run_all(given, names=("estimators",))["estimators"].details
    # where kick-offs differ, two estimators that are equal for one need not be
    assert check_equalities(sample_of(given), samples.windows(sample_of(given), WINDOWS)) == 0.0


def in_counties(given, of_member, of_other):
    """County codes by number of the municipality within its arm."""
    codes = sorted(given["municipality_code"].unique())
    arms = given.drop_duplicates("municipality_code").set_index("municipality_code")["arm"]
    seen = {"network": 0, "comparison": 0}
    county = {}
    for code in codes:
        arm = arms[code]
        rule = of_member if arm == "network" else of_other
        county[code] = f"{10 + rule(seen[arm]):02d}"
        seen[arm] += 1
    return given.assign(county_code=given["municipality_code"].map(county))


def by_county(given):
    return records(run_all(given, names=("robustness",)))[
        "robustness.county_clusters.person_average.att"
    ]


def test_errors_by_county_come_from_counties_and_the_record_says_how_many_have_both_arms():
    record = by_county(
        in_counties(panel(units=60, treated=20), lambda k: k % 8, lambda k: 8 + k % 9)
    )
    assert (record.n_units, record.n_treated) == (60, 20)
    assert record.note == "17 counties, 8 with a participant"
    assert record.inference == "CV3 by county, t(16)"
    record = by_county(in_counties(panel(units=60, treated=20), lambda k: k % 9, lambda k: k % 9))
    assert record.note == "9 counties, most with municipalities of both arms"
    assert record.inference == "CV3 by county, t(8)"
    assert record.se > 0
    assert record.ci_low < record.estimate < record.ci_high


def test_few_counties_with_a_participant_give_no_error_by_county():
    record = by_county(in_counties(panel(units=60, treated=20), lambda k: k % 3, lambda k: k % 12))
    assert record.estimate is not None
    assert (record.se, record.ci_low, record.p_value, record.inference) == (None, None, None, "")
    assert record.note == (
        "no error: 3 treated clusters are too few for a cluster-robust one; "
        "12 counties, 3 with a participant"
    )


def test_a_leave_out_without_any_number_has_no_extremes(monkeypatch):
    empty = left_out.leave_one_out

    def nothing(*arguments, **options):
        return empty(*arguments, **options).assign(estimate=np.nan)

    monkeypatch.setattr(left_out, "leave_one_out", nothing)
    found = records(run_all(small(), names=("robustness",)))
    stem = "robustness.leave_out.person_average"
    assert f"{stem}.snapshot.lowest" in found
    assert f"{stem}.municipality.lowest" not in found


def labour(**years):
    return frames(small())["source_statbank_labour_status"].pipe(
        lambda f: f[f["Tid"].isin(years.get("kept", ("2022", "2023", "2024")))]
    )


def test_other_employment_needs_a_november_on_either_side_and_both_groups():
    sample = sample_of(small())
    whole = placebos.other_employment(labour(), sample)
    wide = labour().pivot_table(index="Region", columns=["InnvandrKat", "Tid"], values="value")
    # kick-off in June 2024: from November 2023 to November 2024
    before, after = (wide["A-G", year] - wide["B", year] for year in ("2023", "2024"))
    np.testing.assert_allclose(whole, np.log(after / before).to_numpy(), atol=1e-12)
    assert whole.std() > 0
    for kept in (("2022", "2023"), ("2022", "2024")):
        assert np.isnan(placebos.other_employment(labour(kept=kept), sample)).all()
    everyone_only = labour()[lambda f: f["InnvandrKat"].eq("A-G") | f["Tid"].ne("2024")]
    assert np.isnan(placebos.other_employment(everyone_only, sample)).all()


def test_municipalities_without_both_figures_are_counted_in_the_note(monkeypatch):
    given = small()
    known = frames(given)
    gone = known["source_statbank_labour_status"]["Region"].isin(["1120", "1121"])
    known["source_statbank_labour_status"] = known["source_statbank_labour_status"][~gone]
    found = making.make(run.analysis("robustness"), "robustness", known, parts=parts(), plan=plan())
    record = {r.key: r for r in found.records}[
        "robustness.placebo_outcome.person_average.other_employment"
    ]
    assert record.note.endswith("; 2 municipalities without both figures")
    assert record.se > 0


def test_a_claim_without_the_scale_of_the_plan_says_what_to_do():
    sample = sample_of(small())
    with pytest.raises(EstimationError, match="no primary estimate") as refused:
        claim.evidence({}, ESTIMANDS[0], sample)
    assert "pp" in refused.value.remedy


def record(**fields):
    return Estimate(
        **(
            {
                "key": "k",
                "analysis": "main",
                "spec": "k",
                "estimator": "twfe",
                "term": "att",
                "estimand": "person_average",
                "scale": "pp",
                "sample": "all",
                "comparison": "never treated",
                "base": "b",
                "post": "p",
                "weights": "none",
                "note": "-",
            }
            | fields
        )
    )


def test_secondary_effects_are_corrected_together_by_holm():
    secondary = [
        record(key=f"s{k}.att", plan_status="secondary", estimate=0.1, p_value=p)
        for k, p in enumerate((0.01, 0.04, None))
    ]
    about = {"analysis": "claim", "key": lambda r: f"holm.{r.key}", "over": "effects"}
    found = holm_records([*secondary, record(key="x.att", term="mde", p_value=0.5)], **about)
    assert [r.p_value for r in found] == pytest.approx([0.02, 0.04])
    assert [r.key for r in found] == ["holm.s0.att", "holm.s1.att"]
    assert holm_records(secondary[:1], **about) == []


def test_an_estimate_that_is_not_finite_is_a_record_without_a_number():
    fields = {
        name: getattr(record(), name)
        for name in ("analysis", "spec", "estimator", "estimand", "sample", "comparison")
    } | {"base": "b", "post": "p", "weights": "none"}
    found = common.effect(
        fields,
        key="k",
        value=np.nan,
        variance=1.0,
        level=0.95,
        inference="t",
        n_units=20,
        n_treated=8,
    )
    assert found.estimate is None
    assert found.note == "the estimate is not finite"


def test_what_does_not_enter_is_told_in_words():
    sample = sample_of(small())
    assert common.left_out(sample, 40) == ""
    assert common.left_out(sample, 38) == "2 eligible municipalities do not enter"
    assert common.left_out(sample, 38, lacking=1, collinear=3) == (
        "2 eligible municipalities do not enter (1 of them lack a covariate); "
        "3 collinear covariate columns left out"
    )


def test_nothing_saved_and_nobody_in_the_network_have_no_break_even_in_points():
    sample = sample_of(small())
    chosen = samples.windows(sample, WINDOWS)
    settings = parts().of("persons")
    free = settings.model_copy(
        update={
            "years_in_work": settings.years_in_work.model_copy(
                update={"low": 0.0, "central": 0.0, "high": 0.0}
            )
        }
    )
    lost = {r.key: r for r in persons._break_even(sample, chosen, free, 12, 900.0)}
    assert lost["persons.central.break_even"].estimate is None
    assert lost["persons.central.break_even"].note == "nothing is saved in this case"
    assert "persons.central.break_even_pp" not in lost
    keys = [r.key for r in persons._break_even(sample, chosen, settings, 12, 0.0)]
    assert "persons.central.break_even" in keys
    assert "persons.central.break_even_pp" not in keys
    some = {r.key: r for r in persons._break_even(sample, chosen, settings, 12, 900.0)}
    # persons of all municipalities over the network's refugees
    assert some["persons.central.break_even_pp"].estimate == pytest.approx(
        some["persons.central.break_even"].estimate / 900
    )


def test_without_a_snapshot_before_kick_off_balance_looks_at_levels_alone():
    sample = sample_of(small())
    late = replace(sample, start="2023-01", units=sample.units.assign(kick_off="2023-01"))
    from fij_eval.effects.analyses import selection

    assert "share employed" in selection._variables(sample)
    assert "share employed" not in selection._variables(late)


def test_every_variable_of_the_balance_has_a_name_for_readers():
    from fij_eval.effects.analyses import selection
    from fij_eval.report.variables import variable

    names = selection._variables(sample_of(small()))
    assert len({variable(name, "nb") for name in names}) == len(names)


def test_the_event_study_says_which_snapshots_it_lacks(monkeypatch):
    from panels import make_panel, spec
    from panels import parts as of_settings

    from fij_eval.effects.analyses import event_study

    given = make_panel(units=40, treated=12)
    gone = given["arm"].eq("network") & given["reference_month"].eq("2024-11")
    given.loc[gone, ["share", "employed"]] = [np.nan, None]
    settings = of_settings(spec("event", "event_study"))
    found = {r.key: r for r in run.estimate("event_study", given, settings)}
    assert found["event.2024-11"].estimate is None
    assert "network" in found["event.2024-11"].note
    assert any(".band." in key for key in found)
    monkeypatch.setattr(event_study, "sup_t", fails(REASON))
    assert not [r for r in run.estimate("event_study", given, settings) if ".band." in r.key]


def test_a_claim_fills_the_places_of_its_sentence():
    found = claims.climb(
        claims.Evidence(
            primary=record(
                key="primary.pp.person_average.att", estimate=0.05, se=0.01, ci_low=0.03,
                ci_high=0.07, p_value=0.001, df=30.0, level=0.95, n_units=60, n_treated=20,
            ),
            other_scale=None, randomization_p=0.001, breakdown=None, composition_adjusted=None,
            placebo_p={}, mde=0.02, pre_periods=4,
        )
    )  # fmt: skip
    assert set(found.needs) == set(claims.SENTENCES[found.sentence])
    for place, name in claims.SENTENCES[found.sentence].items():
        assert found.needs[place] == found.values[name]  # noqa: PD011 -- no frame


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"estimand": "everyone"}, "estimand «everyone»"),
        ({"scale": "miles"}, "scale «miles»"),
        ({"plan_status": "perhaps"}, "plan_status «perhaps»"),
        ({"note": ""}, "no number and no reason"),
    ],
)
def test_a_record_that_no_reader_could_place_is_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        record(**changed)


def test_records_with_one_key_are_refused_and_named():
    with pytest.raises(ValueError, match=r"\['k'\]"):
        to_frame([record(), record(), record(key="other")])
    assert from_frame(to_frame([record(covariates=("a", "b"))])) == [record(covariates=("a", "b"))]


def test_an_analysis_whose_records_carry_another_name_is_refused():
    class Stray:
        def make(self, *_):
            return Result((record(analysis="elsewhere"),))

    with pytest.raises(EstimationError, match="«elsewhere»") as refused:
        making.make(Stray(), "main", {}, parts=parts(), plan=plan())
    assert refused.value.where == "effects/analyses/main.py"


def test_reference_tables_are_read_as_text_and_one_that_is_lost_is_named(tmp_path):
    path = tmp_path / "neighbours.csv"
    path.write_text("a,b\n0301,\n", encoding="utf-8")
    found = making._read("reference_neighbours", {"reference_neighbours": path})
    assert found.to_dict("list") == {"a": ["0301"], "b": [""]}
    frame = to_frame([record()])
    write_parquet(tmp_path / "records.parquet", frame)
    given = {"estimates_main": tmp_path / "records.parquet"}
    assert from_frame(making._read("estimates_main", given)) == [record()]
    with pytest.raises(InputError, match="cannot be read") as refused:
        making._read("x", {"x": tmp_path / "none.csv"})
    assert refused.value.where == str(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("key", "lacking"),
    [
        ("reference_neighbours", "a"),
        ("reference_municipalities", "municipality_code"),
        ("source_statbank_labour_status", "Region"),
        ("estimates_primary", "key"),
    ],
)
def test_a_file_that_is_another_than_its_name_says_is_refused(tmp_path, key, lacking):
    path = tmp_path / "other.csv"
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"lacks the column «{lacking}»") as refused:
        making._read(key, {key: path})
    assert refused.value.where == str(path)


def test_a_table_that_is_no_panel_is_refused_whatever_its_ending(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_bytes(b"x,y\n1,2\n")
    with pytest.raises(InputError, match="not whole parquet"):
        making._read("panel", {"panel": path})
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        making._read("reference_neighbours", {"reference_neighbours": path})


def test_the_record_that_says_why_stands_where_the_number_would_stand(monkeypatch):
    asked = []

    def both(given, key, make, **options):
        numbers = found(given, key, make, **options)
        (why,) = found(given, key, fails(REASON), **options)
        asked.append((numbers, why))
        return numbers

    found = common.tried
    for module in list(sys.modules.values()):
        if getattr(module, "tried", None) is found and module is not common:
            monkeypatch.setattr(module, "tried", both)
    run_all(small(), names=tuple(n for n in run.ANALYSES if n not in ("curve", "description")))
    assert len(asked) >= 30
    for numbers, why in asked:
        assert why.note == REASON.what
        assert why.estimate is None
        same = [r for r in numbers if r.key == why.key]
        assert same, (why.key, [r.key for r in numbers])
        assert (same[0].term, same[0].scale, same[0].spec) == (why.term, why.scale, why.spec)


def test_the_headline_is_that_of_the_estimand_with_the_lowest_rung():
    def of(rung, direction="positive"):
        return claims.Claim(
            rung=rung, criteria={}, direction=direction, values={}, sources={}, notes=()
        )

    given = {
        name: getattr(record(), name)
        for name in ("analysis", "estimator", "estimand", "sample", "comparison")
    } | {"base": "b", "post": "p", "weights": "none"}
    low = claim._headline({ESTIMANDS[0]: of(4), ESTIMANDS[1]: of(2)}, given, plan())
    assert low.estimate == 2
    assert low.note == f"lowest over the estimands ({ESTIMANDS[1]}), all with the same sign"
    high = claim._headline({ESTIMANDS[0]: of(1), ESTIMANDS[1]: of(3, "negative")}, given, plan())
    assert high.note == f"lowest over the estimands ({ESTIMANDS[0]}), with different signs"
    lacking = claim._headline({ESTIMANDS[0]: of(1)}, given, plan())
    assert lacking.estimate is None
    assert lacking.note == f"the primary analysis has no result for {ESTIMANDS[1]}"


def test_with_five_in_the_network_no_scale_has_a_bootstrap():
    found = records(run_all(panel(units=60, treated=5), names=("primary",)))
    for scale in ("pp", "logit"):
        for estimand in ESTIMANDS:
            wild = found[f"primary.{scale}.{estimand}.wild"]
            assert wild.estimate is not None
            assert wild.p_value is None
            assert "5 treated clusters are too few" in wild.note
            assert found[f"primary.{scale}.{estimand}.ri"].p_value is not None


def test_without_a_jackknife_the_estimate_stands_and_is_judged_by_randomization():
    given = panel(units=60, treated=20)
    arms = given.drop_duplicates("municipality_code").set_index("municipality_code")["arm"]
    north = [arms[arms.eq("network")].index[0], arms[arms.ne("network")].index[0]]
    region = np.where(
        given["municipality_code"].isin(north), "north", given["region"].replace("north", "west")
    )
    result = run_all(given.assign(region=region), names=("primary",))
    found = records(result)
    for estimand in ESTIMANDS:
        stem = f"primary.logit.{estimand}"
        assert found[f"{stem}.att"].estimate == found[f"{stem}.cv1"].estimate
        assert found[f"{stem}.att"].se is None
        assert found[f"{stem}.att"].note.startswith(f"without {north[1]}: covariates of network")
        assert found[f"{stem}.log_odds"].term == "att_log_odds"
        assert found[f"{stem}.ri_t"].p_value < 0.05
    assert len(result["primary"].details["family"]) == 4


def test_a_wrong_weighting_stops_whichever_analysis_makes_it():
    class Stray:
        def make(self, *_):
            return Result((record(analysis="scale", estimate=0.1),))

    with pytest.raises(CheckError, match="is weighted by «none»"):
        making.make(Stray(), "scale", {}, parts=parts(), plan=plan())


def test_the_way_to_a_participant_goes_by_municipalities_that_do_not_enter():
    given = panel(units=8, treated=2)
    codes = sorted(given["municipality_code"].unique())
    pairs = pd.DataFrame({"a": codes[:-1], "b": codes[1:]})  # a row of municipalities
    few = given["municipality_code"].isin([codes[1], codes[4]])  # a participant and another
    sample = sample_of(given.assign(residents=given["residents"].mask(few, 3)))
    assert len(sample.units) == 6
    steps = dict(zip(sample.units.index, neighbours.borders(given, pairs, sample), strict=True))
    assert steps == {codes[0]: 0, codes[2]: 1, codes[3]: 2, **{codes[k]: k - 1 for k in (5, 6, 7)}}
