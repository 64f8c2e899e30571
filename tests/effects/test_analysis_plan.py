import pytest
from analysis_worlds import CONFIG, PLAN, parts, plan
from panels import NETWORK, SAMPLE, WINDOWS, spec

from fij_eval import plan as plans
from fij_eval.effects.record import Estimate
from fij_eval.errors import SettingsError
from fij_eval.settings import Parts, load
from fij_eval.settings_yaml import read_yaml


def estimate(**other):
    fields = {
        "key": "k",
        "analysis": "a",
        "spec": "s",
        "estimator": "e",
        "term": "att",
        "estimand": "municipality_average",
        "scale": "pp",
        "sample": "",
        "comparison": "",
        "base": "",
        "post": "",
        "weights": "none",
        "estimate": 0.01,
        "plan_status": "primary",
    }
    return Estimate(**(fields | other))


def test_the_settings_that_come_with_the_project_keep_the_plan():
    whole = Parts.model_validate(load(CONFIG).model_dump(by_alias=True))
    assert plans.deviations(plan(), whole) == ()


def test_every_departure_is_listed_with_what_was_planned_and_what_is_run():
    other = parts(
        windows=WINDOWS.model_copy(update={"base_months": 6}),
        sample=SAMPLE.model_copy(update={"minimum_residents": 50}),
        network=NETWORK.model_copy(update={"treated": "participants"}),
    )
    found = {d.where: (d.planned, d.run) for d in plans.deviations(plan(), other)}
    assert found["windows.base_months"] == ("12", "6")
    assert found["sample.minimum_residents"] == ("20", "50")
    assert found["network.treated"] == ('"itt"', '"participants"')
    assert found["inference.draws"] == ("9999", "199")  # the tests draw less


def test_a_planned_specification_that_is_not_run_is_a_departure():
    few = parts(specifications=(spec("did", plan="secondary"),))
    listed = [d for d in plans.deviations(plan(), few) if d.run == "not run"]
    assert len(listed) == len(plan().secondary) - 1


def test_a_declared_specification_outside_the_plan_is_exploratory_and_the_others_are_not():
    more = parts(
        specifications=(
            spec("new", base="2024-02", plan="secondary"),
            spec("did", plan="secondary"),
        ),
        inference=None,
    )
    departures = plans.deviations(plan(), more)
    new, planned = plans.with_status(
        [
            estimate(key="a", spec="new", plan_status="secondary"),
            estimate(key="b", spec="did", plan_status="secondary"),
        ],
        departures,
    )
    assert new.plan_status == "exploratory"
    assert "not in the plan" in new.note
    assert planned.plan_status == "secondary"


def test_a_departure_in_the_sample_makes_planned_results_exploratory_and_leaves_descriptions():
    other = parts(sample=SAMPLE.model_copy(update={"minimum_residents": 50}))
    departures = plans.deviations(plan(), other)
    primary, descriptive = plans.with_status(
        [estimate(), estimate(key="d", plan_status="descriptive")], departures
    )
    assert primary.plan_status == "exploratory"
    assert "sample.minimum_residents is 50, planned 20" in primary.note
    assert descriptive.plan_status == "descriptive"


def test_the_checksum_is_that_of_the_decisions_and_not_of_the_file():
    content = read_yaml(PLAN)
    turned = dict(reversed(list(content.items())))
    assert plans.checksum(plans.check(turned, where="")) == plans.checksum(plan())
    changed = content | {"windows": content["windows"] | {"base_months": 11}}
    assert plans.checksum(plans.check(changed, where="")) != plans.checksum(plan())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"windows": {"base_month": 12, "post_from_months": 6}}, "windows.base_month: unknown key"),
        ({"primary": {"estimands": []}}, "primary"),
        ({"inference": {"level": 95, "draws": 9999, "strata": "size_group"}}, "inference.level"),
        ({"version": "one"}, "version"),
    ],
)
def test_faults_in_the_plan_are_named_by_key(change, words):
    with pytest.raises(SettingsError, match=words) as caught:
        plans.check(read_yaml(PLAN) | change, where="analysis_plan.yaml")
    assert caught.value.exit_code == 2


def test_a_plan_that_is_no_mapping_is_refused():
    with pytest.raises(SettingsError, match="not a mapping"):
        plans.check(["a"], where="analysis_plan.yaml")


def test_a_run_planned_as_it_is_does_not_depart():
    given = parts(specifications=())
    assert plans.deviations(plans.as_planned(given), given) == ()
